"""`homeward matching`: the matcher's files in and out, so that anyone can check it. No database, no settings.

A file that is not what its format says is one line on standard error, `error: <path>: <reason>` with the place in the
file, and exit code 2; then nothing is written, and an output that was there already stays as it was. So it stays, with
one line and exit code 3, when the file is right and the work fails, for want of memory, say; 130 when it was
interrupted. 1 is what `verify` answers for a record that does not recompute, and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from matching import files
from matching.rank.strict import MarketError

FAILED, INTERRUPTED = 3, 130

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


@contextmanager
def refusing() -> Iterator[None]:
    """Says in one line, whatever a file holds, what is wrong with it (exit code 2) or what stopped the work (3)."""
    try:
        yield
    except MarketError as error:
        _end(f"{error.path}: {error.reason}", 2)
    except MemoryError:
        _end("there is not enough memory for files of this size", FAILED)
    except KeyboardInterrupt:
        _end("interrupted before it was done", INTERRUPTED)
    except Exception as error:  # whatever it is, who runs this in a script must see that it failed
        words = " ".join(str(error).split())
        _end(f"it could not be computed: {type(error).__name__}{': ' if words else ''}{words}", FAILED)


def _end(words: str, code: int) -> NoReturn:
    line = f"error: {words}"
    click.echo("".join(one if one.isprintable() else ascii(one)[1:-1] for one in line), err=True)
    sys.exit(code)


@contextmanager
def nothing_said() -> Iterator[None]:
    """What a library writes past Python (the constraint solver at times does) goes to standard error: standard output
    holds nothing that is not ours. For commands alone: the whole process has but one standard output.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def out(name: str) -> Callable[[F], F]:
    return click.option("--out", required=True, metavar=name, type=FILE, help="Replaced when all is done.")


@click.group()
def matching() -> None:
    """Rank, verify, price and allocate from files. Needs no database and no settings.

    The formats are described by the JSON Schemas in matching/schemas.
    """


@matching.command()
@click.argument("market", metavar="MARKET.json", type=FILE)
@out("RESULT.json")
def rank(market: Path, out: Path) -> None:
    """Rank the candidates of every request of MARKET.json."""
    with refusing():
        files.rank(market, out)


@matching.command()
@click.argument("record", metavar="RECORD.json", type=FILE)
def verify(record: Path) -> None:
    """Compute the decision of RECORD.json again.

    Prints its hash when the same comes out; otherwise the path of the first difference, with exit code 1.
    """
    with refusing():
        verdict = files.verify(record)
    click.echo(verdict.difference or verdict.hash)
    if not verdict.verified:
        sys.exit(1)


@matching.command("price-fit")
@click.argument("history", metavar="HISTORY.csv", type=FILE)
@out("TARIFF.json")
def price_fit(history: Path, out: Path) -> None:
    """Fit the tariff of expected prices to the placements of HISTORY.csv."""
    with refusing():
        files.price_fit(history, out)


@matching.command()
@click.argument("tariff", metavar="TARIFF.json", type=FILE)
@click.argument("requests", metavar="REQUESTS.json", type=FILE)
@out("PRICES.json")
def price(tariff: Path, requests: Path, out: Path) -> None:
    """Price the requests of REQUESTS.json by the tariff of TARIFF.json."""
    with refusing():
        files.price(tariff, requests, out)


@matching.command()
@click.argument("market", metavar="MARKET.json", type=FILE)
@out("PLAN.json")
def allocate(market: Path, out: Path) -> None:
    """Propose one plan for all requests of MARKET.json that share its places."""
    with refusing(), nothing_said():
        files.allocate(market, out)
