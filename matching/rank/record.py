"""The record of a decision (`homeward-record/1`): what went in, what came out and the hash of both; and the means to
compute it again.

A record is append-only. `verify` computes its result anew with the algorithm that it names and says where the first
difference lies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matching.rank.algorithms import ALGORITHMS, CURRENT, rank_market
from matching.rank.canonical import market_document, result_json
from matching.rank.facts import MILLION, Market
from matching.rank.gates import Gate
from matching.rank.reading import read_market
from matching.rank.results import SCHEMA as RESULT_SCHEMA
from matching.rank.results import Flag, RequestResult, Result
from matching.rank.strict import (
    MarketError,
    parse_json,
    read_constant,
    read_each,
    read_flag,
    read_integer,
    read_list,
    read_object,
    read_text,
    read_word,
    under,
)

SCHEMA = "homeward-record/1"

PART_FIELDS = ("price", "quality", "needs", "practical")
CANDIDATE_FIELDS = (
    "service",
    "offer",
    "eligible",
    "gates_failed",
    "parts",
    "contributions",
    "total",
    "rank",
    "tie_group",
    "flags",
    "to_tie_above",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a record recomputes.

    `hash` is the one computed now; `difference` the path of the first difference, None when all agrees.
    """

    hash: str
    difference: str | None

    @property
    def verified(self) -> bool:
        return self.difference is None


def check_market(market: Market) -> None:
    """MarketError when these facts could not be read back from a file: what cannot be checked later must not be
    decided on now.
    """
    read_market(market_document(market))


def make_record(market: Market, algorithm: int = CURRENT) -> tuple[Result, dict[str, Any]]:
    """Ranks a market and freezes it: the result, and the document to store. MarketError when the facts do not make a
    market.
    """
    check_market(market)
    result = rank_market(market, algorithm)
    return result, record_document(market, result)


def record_document(market: Market, result: Result) -> dict[str, Any]:
    """The record as a document. It holds no protected facts, for the market held none."""
    return {
        "schema": SCHEMA,
        "algorithm": result.algorithm,
        "market": market_document(market),
        "result": result.to_dict(),
    }


def verify_text(text: str | bytes) -> Verdict:
    """`verify` for the text of a file."""
    return verify(parse_json(text))


def verify(document: object) -> Verdict:
    """Computes a record again. MarketError when it is malformed or names an algorithm that never was.

    What is written as the same comes out is what a result may hold, and the same; only a request that is not is read
    field by field.
    """
    algorithm, market, result = _facts(document)
    said, requests = _result(result, "result")
    fresh = rank_market(market, algorithm)
    found = None if len(requests) == len(fresh.requests) else "result.requests"
    for index, one in enumerate(requests):
        now, path = fresh.requests[index] if index < len(fresh.requests) else None, f"result.requests[{index}]"
        if now is None or not _written_alike(one, now):
            stored = _request(one, path)
            if now is not None and found is None:
                found = first_difference(stored, now.to_dict(), path)
    return Verdict(hash=fresh.hash, difference=found if said == fresh.hash else "result.hash")


def read_record(document: object) -> tuple[int, Market, dict[str, Any]]:
    """The algorithm's number, the market and the stored result of a record. MarketError where it is not one."""
    algorithm, market, result = _facts(document)
    return algorithm, market, read_result(result, "result")


def _facts(document: object) -> tuple[int, Market, object]:
    fields = read_object(document, "", ("schema", "algorithm", "market", "result"))
    read_constant(fields["schema"], "schema", SCHEMA)
    algorithm = read_integer(fields["algorithm"], "algorithm")
    if algorithm not in ALGORITHMS:
        raise MarketError("algorithm", f"there is no algorithm {algorithm}")
    return algorithm, read_market(fields["market"], "market"), fields["result"]


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _written_alike(stored: object, now: RequestResult) -> bool:
    """Whether the stored request has the same canonical JSON, so the same fields and types, and no key twice."""
    try:
        if _canonical(stored) != result_json(now):
            return False
    except (TypeError, ValueError, RecursionError):  # a decimal, say, which no result holds
        return False
    assert isinstance(stored, dict)
    objects = [stored, stored["funnel"]]
    for one in stored["candidates"]:
        objects += (one, one["parts"], one["contributions"])
    return all(getattr(one, "twice", None) is None for one in objects)


def first_difference(stored: object, fresh: object, path: str) -> str | None:
    """The path of the first difference, fields in sorted order, a list before its items when the lengths differ."""
    if isinstance(stored, dict) and isinstance(fresh, dict):
        return _first(
            first_difference(stored.get(key), fresh.get(key), f"{path}.{key}") for key in sorted({*stored, *fresh})
        )
    if isinstance(stored, list) and isinstance(fresh, list):
        if len(stored) != len(fresh):
            return path
        pairs = enumerate(zip(stored, fresh, strict=True))
        return _first(first_difference(old, new, f"{path}[{index}]") for index, (old, new) in pairs)
    return None if type(stored) is type(fresh) and stored == fresh else path


def _first(found: Iterable[str | None]) -> str | None:
    return next((path for path in found if path is not None), None)


def read_result(value: object, path: str = "") -> dict[str, Any]:
    """A result file as a plain document without its additions. MarketError where it is not one."""
    said, requests = _result(value, path)
    return {
        "schema": RESULT_SCHEMA,
        "hash": said,
        "requests": list(read_each(requests, under(path, "requests"), _request)),
    }


def _result(value: object, path: str) -> tuple[str, list[Any]]:
    """The hash and the requests, not yet read."""
    fields = read_object(value, path, ("schema", "hash", "requests"))
    read_constant(fields["schema"], under(path, "schema"), RESULT_SCHEMA)
    return read_text(fields["hash"], under(path, "hash")), read_list(fields["requests"], under(path, "requests"))


def _request(value: object, path: str) -> dict[str, Any]:
    fields = read_object(value, path, ("request", "candidates", "funnel", "relaxations"))
    place = under(path, "funnel")
    funnel = read_object(fields["funnel"], place, [gate.value for gate in Gate])
    return {
        "request": read_text(fields["request"], under(path, "request")),
        "candidates": list(read_each(fields["candidates"], under(path, "candidates"), _candidate)),
        "funnel": {gate.value: read_integer(funnel[gate.value], under(place, gate.value)) for gate in Gate},
        "relaxations": list(read_each(fields["relaxations"], under(path, "relaxations"), _gates)),
    }


def _candidate(value: object, path: str) -> dict[str, Any]:
    fields = read_object(value, path, CANDIDATE_FIELDS)
    parts, contributions = under(path, "parts"), under(path, "contributions")
    given = read_object(fields["parts"], parts, PART_FIELDS)
    gave = read_object(fields["contributions"], contributions, PART_FIELDS)
    offer = fields["offer"]
    return {
        "service": read_text(fields["service"], under(path, "service")),
        "offer": None if offer is None else read_text(offer, under(path, "offer")),
        "eligible": read_flag(fields["eligible"], under(path, "eligible")),
        "gates_failed": _gates(fields["gates_failed"], under(path, "gates_failed")),
        "parts": {
            name: None
            if name == "price" and given[name] is None
            else read_integer(given[name], under(parts, name), 0, MILLION)
            for name in PART_FIELDS
        },
        "contributions": {name: read_integer(gave[name], under(contributions, name)) for name in PART_FIELDS},
        "total": read_integer(fields["total"], under(path, "total")),
        "rank": _optional_integer(fields["rank"], under(path, "rank"), 1),
        "tie_group": _optional_integer(fields["tie_group"], under(path, "tie_group"), 1),
        "flags": [flag.value for flag in read_each(fields["flags"], under(path, "flags"), _flag)],
        "to_tie_above": _optional_integer(fields["to_tie_above"], under(path, "to_tie_above"), 0),
    }


def _optional_integer(value: object, path: str, least: int) -> int | None:
    return None if value is None else read_integer(value, path, least)


def _gates(value: object, path: str) -> list[str]:
    return [gate.value for gate in read_each(value, path, _gate)]


def _gate(value: object, path: str) -> Gate:
    return read_word(value, path, Gate)


def _flag(value: object, path: str) -> Flag:
    return read_word(value, path, Flag)
