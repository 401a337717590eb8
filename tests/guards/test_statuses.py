"""Statuses have words, and move as tests/cases/statuses.toml says and in no other way.

The table there is written by hand. A status column without a table of moves, a table that is not in the file, and an
assignment of a status by a function that has not asked the table all fail here.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

import app
import notifications
import providers
from app.core.database import Base, Word
from app.core.errors import WrongMove
from app.core.lifecycle import Lifecycle

ROOT = Path(__file__).resolve().parents[2]
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests/cases/statuses.toml").read_text("utf-8"))
STATUS_COLUMNS = frozenset({"status", "delivery", "to_status"})
PRODUCT = ("app", "providers", "notifications")


def modules(*named: str) -> Iterator[Any]:
    """Every module of the product of one of these names, imported."""
    for package in (app, providers, notifications):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] in named:
                yield importlib.import_module(found.name)


def lifecycles() -> dict[str, Lifecycle[Any]]:
    """Every table of moves of the product, by its name."""
    return {
        name: value
        for module in modules("status", "models")
        for name, value in vars(module).items()
        if isinstance(value, Lifecycle)
    }


TABLES = lifecycles()


def words_of(lifecycle: Lifecycle[Any]) -> type[StrEnum]:
    """The statuses that a table is about."""
    found: type[StrEnum] = type(next(iter(lifecycle.moves)))
    return found


def test_the_file_and_the_product_have_the_same_tables() -> None:
    assert set(TABLES) == set(EXPECTED)


def test_every_status_column_has_a_table_of_moves() -> None:
    known = {words_of(lifecycle) for lifecycle in TABLES.values()}
    columns = {
        f"{table.name}.{column.name}": column.type
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in STATUS_COLUMNS
    }
    assert len(columns) >= len(TABLES)
    assert not [name for name, kind in columns.items() if not (isinstance(kind, Word) and kind.words in known)]


def test_every_table_of_moves_is_some_columns() -> None:
    held = {
        column.type.words
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Word)
    }
    assert not [name for name, lifecycle in TABLES.items() if words_of(lifecycle) not in held]


def test_the_database_itself_refuses_a_status_that_is_not_one() -> None:
    """Each status column has a check constraint that lists exactly the words."""
    from sqlalchemy import CheckConstraint

    unguarded = []
    for table in Base.metadata.tables.values():
        checks = " ".join(str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
        for column in table.columns:
            if column.name in STATUS_COLUMNS and isinstance(column.type, Word):
                listed = ", ".join(f"'{word.value}'" for word in column.type.words)
                if f"{column.name} IN ({listed})" not in checks:
                    unguarded.append(f"{table.name}.{column.name}")
    assert not unguarded


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_status_has_the_words_that_people_read(name: str) -> None:
    words = {status.value: text for status, text in TABLES[name].words.items()}
    assert words == EXPECTED[name]["words"]


GRID = [
    (name, now, then, then in targets)
    for name, table in sorted(EXPECTED.items())
    for now, targets in table["moves"].items()
    for then in table["moves"]
]


def test_the_grid_is_whole() -> None:
    assert len(GRID) == sum(len(words_of(lifecycle)) ** 2 for lifecycle in TABLES.values())


@pytest.mark.parametrize(("name", "now", "then", "allowed"), GRID)
def test_a_move_is_as_the_table_says(name: str, now: str, then: str, allowed: bool) -> None:
    lifecycle = TABLES[name]
    statuses = words_of(lifecycle)
    before, after = statuses(now), statuses(then)
    assert lifecycle.allows(before, after) is allowed
    if allowed:
        assert lifecycle.require(before, after) is after
        return
    with pytest.raises(WrongMove) as refused:
        lifecycle.require(before, after, "This one")
    said = EXPECTED[name]["words"]
    assert said[now].lower() in refused.value.message
    assert said[then].lower() in refused.value.message


def assignments() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each function of the product that assigns to an attribute `status` or `delivery` of something, and where."""
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    targets = [
                        target
                        for inner in ast.walk(node)
                        if isinstance(inner, ast.Assign)
                        for target in inner.targets
                        if isinstance(target, ast.Attribute)
                        and target.attr in ("status", "delivery")
                        and not (isinstance(target.value, ast.Name) and target.value.id == "self")
                    ]
                    if targets:
                        yield f"{path.relative_to(ROOT)}:{node.name}", node


def test_a_status_is_assigned_only_where_its_table_was_asked() -> None:
    found = dict(assignments())
    asked = {
        place
        for place, function in found.items()
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and node.attr in ("require", "allows")
        and isinstance(node.value, ast.Name)
        and node.value.id in TABLES
    }
    assert len(found) >= len(TABLES) // 2
    assert not set(found) - asked
