"""The product's matcher as a black box: text in, text out, by the few names that it publishes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from matching.rank import MarketError, canonical_json, rank_market, read_market_text, verify_text


@dataclass(frozen=True)
class Refusal:
    path: str


def rank(written: bytes | str) -> Any:
    """RESULT as a tree, or where the market was refused."""
    try:
        return json.loads(canonical_json(rank_market(read_market_text(written)).to_dict()))
    except MarketError as refused:
        return Refusal(refused.path)


def verify(written: bytes | str) -> Any:
    """(hash, path of the first difference or None), or where the record was refused."""
    try:
        verdict = verify_text(written)
    except MarketError as refused:
        return Refusal(refused.path)
    return verdict.hash, verdict.difference
