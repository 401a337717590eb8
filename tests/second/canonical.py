"""Canonical JSON and the hash over it."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

ALGORITHM = 1
IN_ORDER_AS_THEY_ARE = frozenset({"indicator_weights", "capability", "evidence", "needs"})


def write(value: Any) -> str:
    """Sorted keys, no spaces, numbers in their shortest form."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{write(key)}:{write(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return shortest(value)
    return json.dumps(value, ensure_ascii=False)


def shortest(value: Decimal) -> str:
    """125.0 as 125, 0.50 as 0.5; never with an exponent."""
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def market_in_order(market: dict[str, Any]) -> dict[str, Any]:
    """A market without what is never used and with its lists in canonical order; additions are gone since reading."""
    bare = {**market, "requests": [_without(request, "protected") for request in market["requests"]]}
    return _in_order(bare)  # type: ignore[no-any-return]


def _without(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != key}


def _in_order(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _in_order(inner, key) for key, inner in value.items()}
    if not isinstance(value, list) or name in IN_ORDER_AS_THEY_ARE:
        return value
    items = [_in_order(item) for item in value]
    return sorted(items, key=lambda item: item["id"] if isinstance(item, dict) else write(item))


def digest(market: dict[str, Any], requests: list[dict[str, Any]]) -> str:
    whole = {"algorithm": ALGORITHM, "market": market_in_order(market), "requests": requests}
    return "sha256:" + hashlib.sha256(write(whole).encode("utf-8")).hexdigest()
