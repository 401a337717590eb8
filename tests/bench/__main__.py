"""Prints one JSON line for each figure: the register's imports on both databases, a new year's import into a large
market, the loading of the demonstration and the server time of each page of it. `python -m tests.bench imports`,
`register` or `demo` measures one of them only.
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
from tests.bench import demonstration, ofsted, register


@contextlib.contextmanager
def both_databases(folder: Path) -> Iterator[dict[str, str]]:
    """The addresses of a migrated, empty database on each engine."""
    folder.mkdir(exist_ok=True)
    sqlite = f"sqlite:///{folder / 'imports.db'}"
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
            with both_databases(folder) as addresses:
                say(ofsted.figures(addresses))
        if not wanted or "register" in wanted:
            with both_databases(folder / "register") as addresses:
                say(register.figures(addresses))
        if not wanted or "demo" in wanted:
            say(demonstration.figures(folder / "demo"))


if __name__ == "__main__":
    main(sys.argv[1:])
