"""A frozen shortlist as its page draws it: a bar whose parts are the total, the numbers people argue about, the needs
that stay unmet, and the arithmetic behind "why".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.money import split
from app.offers.models import Offer
from app.offers.shortlist import Entry, Shortlist
from app.web.charts import Part, stacked_bar
from app.web.charts.bars import StackedBar
from app.web.points import points, short_points
from app.web.rendering import join_words
from matching.rank import Flag, Gate

MILLIONTHS_PER_TENTH = 1_000

GATE_WORDS: dict[str, str] = {
    Gate.LOT: "On another lot",
    Gate.NOT_ENROLLED: "Suspended",
    Gate.UNLAWFUL_FOR_AGE: "Not lawful for the child's age",
    Gate.OFSTED_INADEQUATE: "Judged Inadequate by Ofsted",
    Gate.AGE: "Takes other ages",
    Gate.SEX: "Takes the other sex only",
    Gate.NO_PLACE: "Not enough free places",
    Gate.STALE_VACANCY: "Places not confirmed lately",
    Gate.SOLO: "Cannot arrange a solo placement",
    Gate.ADAPTATION: "Lacks an adaptation",
    Gate.LANGUAGE: "Lacks the language",
    Gate.EXCLUDED_AREA: "In an area that the request excludes",
    Gate.DISTANCE: "Further away than the request's limit",
}
SOFT_WORDS: dict[str, str] = {
    Gate.AGE: "ask whether the service would widen its ages",
    Gate.SEX: "ask whether the service would take the other sex",
    Gate.NO_PLACE: "ask for the places, or place brothers and sisters apart",
    Gate.STALE_VACANCY: "ask the provider to confirm its places",
    Gate.SOLO: "give up the solo placement",
    Gate.ADAPTATION: "agree the adaptation with the provider",
    Gate.LANGUAGE: "give up the language",
    Gate.DISTANCE: "accept a home further away",
}
LEVEL_WORDS = ("None", "Low", "Medium", "High")
FLAG_WORDS: dict[str, tuple[str, str]] = {
    Flag.ABNORMALLY_LOW: ("Abnormally low price", "bad"),
    Flag.PRICE_UNKNOWN: ("Price unknown", "warn"),
    Flag.QUALITY_UNKNOWN: ("Not yet inspected", "warn"),
    Flag.DISTANCE_UNKNOWN: ("Distance unknown", "warn"),
}


@dataclass(frozen=True)
class Row:
    """One offer of the shortlist as it is drawn."""

    entry: Entry
    bar: StackedBar
    flags: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, entry: Entry) -> Row:
        """Raises ValueError where the contributions do not sum to the total: such a row would lie."""
        if sum(given for _, given in entry.contributions) != entry.candidate.total:
            raise ValueError("the contributions do not sum to the total")
        bar = stacked_bar(_tenths(entry), of=1000, unit="points", show=shown_points)
        return cls(entry, bar, tuple(FLAG_WORDS[flag] for flag in entry.candidate.flags))

    @property
    def offer(self) -> Offer:
        """The opened offer."""
        return self.entry.offer

    @property
    def total(self) -> str:
        """The exact total in points."""
        return points(self.entry.candidate.total)

    @property
    def sums(self) -> list[tuple[str, str, str]]:
        """(part, sentence, exact points): the addition that makes the total."""
        lines = self.entry.explanation.parts
        return [
            (words, line.sentence, points(given))
            for (words, given), line in zip(self.entry.contributions, lines, strict=True)
        ]

    @property
    def needs_per_cent(self) -> str:
        """The needs score, out of 100."""
        return short_points(self.entry.candidate.parts.needs)

    @property
    def unmet(self) -> list[tuple[str, int, int]]:
        """(need, level needed, level stated) for each need that the service's stated level does not reach."""
        return [(line.name, line.need, line.capability) for line in self.entry.explanation.unmet_needs]


def shown_points(tenths: float) -> str:
    """Tenths of a point as points; the whole as 100."""
    return f"{tenths / 10:.1f}".replace("100.0", "100")


def _tenths(entry: Entry) -> list[Part]:
    """The parts in tenths of a point, shared out so that what the bar says sums to what is written beside it."""
    total = round(entry.candidate.total / MILLIONTHS_PER_TENTH)
    given = [millionths for _, millionths in entry.contributions]
    shares = split(total, given) if any(given) else given
    return [Part(words, share) for (words, _), share in zip(entry.contributions, shares, strict=True)]


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """Rows of the excluded, in the record's order."""
    return [Row.of(entry) for entry in entries]


def funnel_rows(found: Shortlist) -> list[tuple[str, int]]:
    """How many offers fell at each gate, in words, for an empty shortlist."""
    return [(GATE_WORDS[gate], count) for gate, count in found.funnel]


def relaxation_words(found: Shortlist) -> list[str]:
    """The smallest sets of changes that would admit somebody, each as a sentence."""
    sentences = (join_words(SOFT_WORDS[gate] for gate in gates) for gates in found.relaxations)
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences]


def legend_of(found: Shortlist) -> StackedBar:
    """The four parts with their weights, to say once above the bars."""
    return stacked_bar(
        [Part(f"{words}, {weight} points at most", weight) for words, weight in found.weights.items()], of=100
    )
