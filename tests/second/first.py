"""The product's matcher as a black box: text in, text out, by the few names that it publishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from matching.rank import MarketError, canonical_json, rank_market, read_market_text, verify_text


@dataclass(frozen=True)
class Refusal:
    path: str


def rank(written: bytes | str) -> Any:
    """RESULT as a tree, or where the market was refused."""
    return _or_refusal(lambda: json.loads(canonical_json(rank_market(read_market_text(written)).to_dict())))


def verify(written: bytes | str) -> Any:
    """(hash, path of the first difference or None), or where the record was refused."""

    def ask() -> Any:
        verdict = verify_text(written)
        return verdict.hash, verdict.difference

    return _or_refusal(ask)


def plan(written: bytes | str) -> Any:
    """PLAN as text, or where the market was refused."""
    return _or_refusal(lambda: import_module("matching.allocate.files").plan_text(written))


def fit(history: bytes | str) -> Any:
    """TARIFF as text, or where the history was refused."""
    return _or_refusal(lambda: import_module("matching.fit.files").fit_text(history))


def price(tariff: bytes | str, requests: bytes | str) -> Any:
    """PRICES as text, or where the requests were refused."""
    return _or_refusal(lambda: import_module("matching.fit.files").price_text(tariff, requests))


def has(room: str) -> bool:
    """Whether a part of the product's matcher is there to be asked."""
    return find_spec(f"matching.{room}") is not None and find_spec(f"matching.{room}.files") is not None


def _or_refusal(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MarketError as refused:
        return Refusal(refused.path)
