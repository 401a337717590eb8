"""RECORD: read, computed again, and compared."""

from __future__ import annotations

from typing import Any

from tests.second import canonical, market, ranking, reading
from tests.second.market import MILLION, PARTS
from tests.second.reading import ROOT, Reader, below, boolean, each, integer, one_of, or_null, record, text

score = integer(0, MILLION)
CANDIDATE = record(
    {
        "service": text,
        "offer": or_null(text),
        "eligible": boolean,
        "gates_failed": each(one_of(*ranking.GATES)),
        "parts": record({**dict.fromkeys(PARTS, score), "price": or_null(score)}),
        "contributions": record(dict.fromkeys(PARTS, integer(0))),
        "total": integer(0),
        "rank": or_null(integer(1)),
        "tie_group": or_null(integer(1)),
        "flags": each(one_of(*ranking.FLAGS)),
        "to_tie_above": or_null(integer(0)),
    }
)
RESULT = record(
    {
        "schema": one_of("homeward-result/1"),
        "hash": text,
        "requests": each(
            record(
                {
                    "request": text,
                    "candidates": each(CANDIDATE),
                    "funnel": record(dict.fromkeys(ranking.GATES, integer(0))),
                    "relaxations": each(each(one_of(*ranking.GATES))),
                }
            )
        ),
    }
)


def _algorithm(value: Any, path: str, reader: Reader) -> Any:
    number = integer(1)(value, path, reader)
    return number if number in (canonical.ALGORITHM, reading.BAD) else reader.refuse(path, "is unknown")


RECORD = record(
    {"schema": one_of("homeward-record/1"), "algorithm": _algorithm, "market": market.field, "result": RESULT}
)


def verify(written: bytes | str) -> tuple[str, str | None]:
    """The hash as computed today, and the path of the first difference if there is one."""
    reader = Reader()
    found = RECORD(reading.parse(written), ROOT, reader)
    reader.finish()
    today = ranking.rank(found["market"])
    if today["hash"] != found["result"]["hash"]:
        return today["hash"], "result.hash"
    return today["hash"], difference(found["result"], today, "result")


def difference(recorded: Any, today: Any, path: str) -> str | None:
    """The first place where two trees of the same shape differ, fields in sorted order."""
    if isinstance(today, dict) and isinstance(recorded, dict):
        steps: list[Any] = sorted(today)
    elif isinstance(today, list) and isinstance(recorded, list) and len(today) == len(recorded):
        steps = list(range(len(today)))
    else:
        return None if recorded == today and type(recorded) is type(today) else path
    for step in steps:
        found = difference(recorded[step], today[step], below(path, step))
        if found is not None:
            return found
    return None
