"""MARKET in, RESULT out, as the texts of files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from matching.rank.algorithms import rank_market
from matching.rank.reading import read_market_text
from matching.rank.results import Result


def result_text(market: bytes | str) -> str:
    """The result file of a market file. MarketError where it is not one."""
    return written(rank_market(read_market_text(market)))


def written(result: Result) -> str:
    """The result as the text of a file: fields in the order of the format, and one candidate on a line, so that two
    results can be compared line by line.
    """
    return _object(result.to_dict(), "requests", lambda request: _object(request, "candidates", _json)) + "\n"


def _object(document: Mapping[str, Any], listed: str, write: Callable[[Any], str]) -> str:
    """An object with the items of one of its lists each on a line of its own."""
    fields = (
        f"{_json(name)}: {_lines(map(write, value)) if name == listed else _json(value)}"
        for name, value in document.items()
    )
    return "{" + ", ".join(fields) + "}"


def _lines(items: map[str]) -> str:
    together = ",\n".join(items)
    return f"[\n{together}\n]" if together else "[]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
