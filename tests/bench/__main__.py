"""Prints one JSON line for each figure: the register's imports and the provider lists on both databases, the loading of
the demonstration and the server time of each page of it. `python -m tests.bench imports`, `providers` or `demo`
measures one of them only.
"""Prints one JSON line for each figure: the register's imports and the scores of a large market on both databases, the
loading of the demonstration and the server time of each page of it. `python -m tests.bench imports`, `quality` or
`demo` measures one of them only.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.core.migrate import upgrade
from tests import databases, servers
from tests.bench import demonstration, ofsted, providers
from tests.bench import demonstration, ofsted, quality


@contextlib.contextmanager
def both_databases(folder: Path, name: str = "imports") -> Iterator[dict[str, str]]:
def both_databases(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The addresses of a migrated, empty database on each engine."""
    sqlite = f"sqlite:///{folder / name}.db"
    upgrade(sqlite)
    lock = servers.begin_run()
    try:
        with databases.postgresql_database() as postgresql:
            upgrade(postgresql)
            yield {"sqlite": sqlite, "postgresql": postgresql}
    finally:
        try:
            databases.forget_run()
        finally:
            servers.end_run(lock)


def say(figures: Iterable[dict[str, Any]]) -> None:
    """Print figures as they come."""
    for figure in figures:
        print(json.dumps(figure), flush=True)


def main(wanted: list[str]) -> None:
    """Measure what is wanted, all by default."""
    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as name:
        folder = Path(name)
        if not wanted or "imports" in wanted:
            with both_databases(folder, "imports") as addresses:
                say(ofsted.figures(addresses))
        if not wanted or "providers" in wanted:
            with both_databases(folder, "providers") as addresses:
                say(providers.figures(addresses, folder))
        if not wanted or "quality" in wanted:
            with both_databases(folder, "quality") as addresses:
                say(quality.figures(addresses))
        if not wanted or "demo" in wanted:
            say(demonstration.figures(folder / "demo"))


if __name__ == "__main__":
    main(sys.argv[1:])
