"""A frozen shortlist as its pages draw it: a bar whose parts are the total, the numbers people argue about, the needs
that stay unmet, and the arithmetic behind "why".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from app.core.money import pounds, split
from app.offers.models import Offer
from app.offers.shortlist import Entry, Shortlist
from app.web.charts import Part, stacked_bar
from app.web.charts.bars import StackedBar
from app.web.points import points, short_points
from matching.rank import Evidence, Flag
from matching.rank.explain import NeedLine
from matching.rank.facts import MILLION
from matching.rank.wording import decimals

MILLIONTHS_PER_TENTH = 1_000

LEVEL_WORDS = ("None", "Low", "Medium", "High")
EVIDENCE_WORDS: dict[str, str] = {
    Evidence.DECLARED: "Declared only",
    Evidence.EVIDENCED: "Evidence shown",
    Evidence.VERIFIED: "Verified",
}
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

    @property
    def needs(self) -> NeedsTable:
        """The needs one by one."""
        return NeedsTable.of(self.entry.explanation.needs)

    @property
    def fall(self) -> str:
        """What its price would have to fall by, a week, to be level with the one above; "" where no fall does it."""
        fall = self.entry.candidate.to_tie_above
        return f"{pounds(fall)} a week less" if fall else ""

    @property
    def to_tie(self) -> str:
        """The change that would bring it level with the next above: the price, or else that there is another."""
        if self.entry.leads or self.entry.rank is None:
            return "First" if self.entry.leads else ""
        if self.entry.candidate.to_tie_above == 0:
            return "Level already"
        others = any(change.kind != "price" for change in self.entry.explanation.changes)
        return self.fall or ("Not by price: see why" if others else "No single change")

    @property
    def ten_pounds(self) -> str:
        """What £10 a week is worth in points, to two decimals; "" where there is no fixed rate."""
        return ten_pounds(self.entry.explanation.points_per_pound)

    @property
    def no_price_points(self) -> bool:
        """The price is scored against a benchmark and has none of its points: a dearer one would score the same."""
        return bool(self.ten_pounds) and self.entry.candidate.parts.price == 0

    @property
    def all_price_points(self) -> bool:
        """The price has all the points, so that a lower one would score the same."""
        return bool(self.ten_pounds) and self.entry.candidate.parts.price == MILLION


@dataclass(frozen=True)
class NeedRow:
    """One need: what the child needs, what the service states and on which evidence, how much of the need that counts
    as met, and the points that it gives.
    """

    name: str
    needed: str
    stated: str
    evidence: str
    counts: str
    points: str
    unmet: bool


@dataclass(frozen=True)
class NeedsTable:
    """The needs of one offer, one by one. `total` is what the needs part gives: the sum of the rows."""

    rows: tuple[NeedRow, ...]
    total: str

    @classmethod
    def of(cls, lines: Iterable[NeedLine]) -> NeedsTable:
        """From the arithmetic of one offer."""
        listed = tuple(lines)
        return cls(
            tuple(
                NeedRow(
                    name=line.name,
                    needed=LEVEL_WORDS[line.need],
                    stated=LEVEL_WORDS[line.capability],
                    evidence=EVIDENCE_WORDS[line.evidence],
                    counts=f"{short_points(line.met)}%",
                    points=points(line.contribution),
                    unmet=line.unmet,
                )
                for line in listed
            ),
            points(sum(line.contribution for line in listed)),
        )


def ten_pounds(rate: Fraction | None) -> str:
    """£10 a week in points, to two decimals, halves up; "" where a pound has no fixed worth."""
    return "" if rate is None else decimals(10 * rate, 2)


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


def legend_of(found: Shortlist) -> StackedBar:
    """The four parts with their weights, to say once above the bars."""
    return stacked_bar(
        [Part(f"{words}, {weight} points at most", weight) for words, weight in found.weights.items()], of=100
    )
