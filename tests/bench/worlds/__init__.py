"""Made-up markets whose true answers are known, to judge the matcher from outside: it is never imported by the product.

A market is drawn by `market.py`, which does not know of any world, so no file can carry a trace of the truth. What then
becomes of each child with each candidate is drawn by one of the worlds of `truth.py` and written to another folder.
The bench lets the matcher read the first folder, and opens the second only when the rankings are on disk.

Magnitudes are from public figures, named where they stand. The worlds are ours: figures reached on them are reported
and nothing is tuned to them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.worlds.market import Json, draw_market
from tests.bench.worlds.truth import WORLDS, draw_truth

__all__ = ["HELD_OUT", "LOTS", "SEEDS", "WORLDS", "Sheet", "draw_market", "draw_truth", "sheets", "write"]

LOTS = ("residential", "ifa", "nmi_day", "supported", "residential", "nmi_38")
"""One market each, in this order, for every seed of a world."""

SEEDS = (1, 2)
"""What the bench draws."""

HELD_OUT = (101, 102, 103)
"""Looked at only to check a change of the shipped policy that was thought of elsewhere."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One market of one world, named by what made it."""

    world: str
    lot: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.world}-{self.lot}-{self.seed}"

    def market(self, requests: int = 24, services: int = 90) -> Json:
        return draw_market(self.lot, self.number, requests=requests, services=services)

    def truth(self, market: Json) -> dict[str, dict[str, float]]:
        return draw_truth(WORLDS[self.world], market, self.number)

    @property
    def number(self) -> int:
        """Every sheet has a market of its own."""
        return list(WORLDS).index(self.world) * 1_000_000 + self.seed


def sheets(seeds: tuple[int, ...] = SEEDS) -> list[Sheet]:
    """All markets of all worlds. A lot that stands twice in LOTS gets another seed the second time."""
    return [
        Sheet(world, lot, seed * 100 + place) for world in WORLDS for seed in seeds for place, lot in enumerate(LOTS)
    ]


def write(sheet: Sheet, markets: Path, truths: Path, **size: int) -> tuple[Path, Path]:
    """The market where the matcher may read it, and the truth where it may not. The same sheet gives the same bytes."""
    market = sheet.market(**size)
    files = markets / f"{sheet.name}.json", truths / f"{sheet.name}.truth.json"
    for file, content in zip(files, (market, sheet.truth(market)), strict=True):
        file.write_text(_text(content), encoding="utf-8")
    return files


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
