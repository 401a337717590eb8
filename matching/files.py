"""The matcher from file to file: what the commands `homeward matching ...` do.

An output appears whole or not at all: it is written beside its place and then renamed, so that whoever reads it meets
the old one or the new one. Only what a command needs is loaded: ranking, verifying and allocating wait for no
statistics.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG

from matching.rank.record import Verdict, verify_text
from matching.rank.strict import MarketError


def rank(market: Path, out: Path) -> None:
    """RESULT from MARKET."""
    from matching.rank.files import result_text

    convert(out, result_text, market)


def verify(record: Path) -> Verdict:
    """Whether RECORD recomputes."""
    return verify_text(read(record))


def price_fit(history: Path, out: Path) -> None:
    """TARIFF from HISTORY."""
    from matching.fit.files import fit_text

    convert(out, fit_text, history)


def price(tariff: Path, requests: Path, out: Path) -> None:
    """PRICES from TARIFF and REQUESTS."""
    from matching.fit.files import price_text

    convert(out, price_text, tariff, requests)


def allocate(market: Path, out: Path) -> None:
    """PLAN from MARKET."""
    from matching.allocate.files import plan_text

    convert(out, plan_text, market)


def convert(out: Path, make: Callable[..., str], *sources: Path) -> None:
    """What `make` says of the bytes of the sources, as the file `out`. MarketError where a source is not what it should
    be, or a file cannot be read or written; then `out` is as it was.
    """
    write(out, make(*map(read, sources)))


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise MarketError(str(path), f"cannot be read: {_words(error)}") from None


def write(path: Path, text: str) -> None:
    """The text as a file of UTF-8 that ends with one newline. A device or a pipe is written to and stays what it is."""
    data = (text.rstrip("\n") + "\n").encode("utf-8")
    try:
        mode = path.stat().st_mode if path.exists() else None
        if mode is None or S_ISREG(mode):
            _replace(Path(os.path.realpath(path)), data, mode)  # a link keeps pointing where it points
        else:
            path.write_bytes(data)
    except (OSError, ValueError) as error:
        raise MarketError(str(path), f"cannot be written: {_words(error)}") from None


def _replace(place: Path, data: bytes, mode: int | None) -> None:
    beside = place.with_name(f".{place.name[:200]}.{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(data)
        if mode is not None:
            beside.chmod(mode & 0o7777)
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _words(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
