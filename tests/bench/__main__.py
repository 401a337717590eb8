"""Prints one JSON line for each figure, on both databases where a database matters.

`imports` is the register's files into an empty database, `register` a new year's file into a large market, `providers`
the lists of a large market, `quality` the scores of one, `requests` the lists of a borough with 100,000 of them,
`keyboard` a prepared referral taken to the market by keyboard alone, `redaction` how well identifying text is found and
at what cost, `matching` the whole table by which the matcher is judged (`prices`, `allocation` and `matching_speed` are
parts of it), `stability` what the band of how often placements lasted holds, `demo` the loading of the demonstration
and the server time of each page of it. `python -m tests.bench register quality` measures those two only.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from app.core.migrate import upgrade
from tests import databases, servers
from tests.bench import (
    allocation,
    by_keyboard,
    demonstration,
    matching,
    matching_speed,
    ofsted,
    prices,
    providers,
    quality,
    redaction,
    register,
    requests,
    stability,
)

Figures = Iterable[dict[str, Any]]

ON_BOTH: dict[str, Callable[[dict[str, str], Path], Figures]] = {
    "imports": lambda addresses, _: ofsted.figures(addresses),
    "register": lambda addresses, _: register.figures(addresses),
    "providers": providers.figures,
    "quality": lambda addresses, _: quality.figures(addresses),
    "requests": requests.figures,
}

PIECES_OF_THE_TABLE: dict[str, Callable[[], Figures]] = {
    "prices": prices.figures,
    "allocation": allocation.figures,
    "matching_speed": matching_speed.figures,
}
"""Part of `matching`, and to be had alone."""


@contextlib.contextmanager
def both_databases(folder: Path) -> Iterator[dict[str, str]]:
    """The addresses of a migrated, empty database on each engine."""
    folder.mkdir(exist_ok=True)
    sqlite = f"sqlite:///{folder / 'homeward.db'}"
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


def say(figures: Figures) -> None:
    """Print figures as they come."""
    for figure in figures:
        print(json.dumps(figure), flush=True)


def main(wanted: list[str]) -> None:
    """Measure what is wanted, all by default."""
    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as name:
        folder = Path(name)
        for piece, figures in ON_BOTH.items():
            if not wanted or piece in wanted:
                with both_databases(folder / piece) as addresses:
                    say(figures(addresses, folder / piece))
        if not wanted or "keyboard" in wanted:
            say(by_keyboard.figures(folder / "keyboard"))
        if not wanted or "redaction" in wanted:
            say(redaction.figures())
        if not wanted or "matching" in wanted:
            say(matching.figures(folder / "matching"))
        if not wanted or "stability" in wanted:
            say(stability.figures())
        for piece, measure in PIECES_OF_THE_TABLE.items():
            if piece in wanted:
                say(measure())
        if not wanted or "demo" in wanted:
            say(demonstration.figures(folder / "demo"))


if __name__ == "__main__":
    main(sys.argv[1:])
