"""What discounts take off a list price: pure arithmetic over a company's rules, in whole pence.

Every discount is taken from the list price itself, never from what another left, and they are added up. So the order
of the rules does not matter. They are listed as brothers and sisters, long placements, placements with the consortium,
and at most the whole price comes off: what would go below nothing is cut from the last ones in that order.

* Brothers and sisters: a rate "from the second child" is for the second and each further child. An offer is one price
  for each child, so what the children save together is shared by all of them.
* Long placements and placements with the consortium: of the rates whose threshold is reached, the highest counts.

Each line is rounded once, half to even.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.core.money import round_half_even, split
from providers.services.prices.models import KIND_WORDS, DiscountKind

ELEMENTS = ("care", "education", "health", "transport")
WHOLE = 10_000
"""Basis points in one: a rate is in hundredths of a per cent."""

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


@dataclass(frozen=True)
class Itemised:
    """Pence a week by element, over so many weeks a year."""

    care_pence: int
    education_pence: int
    health_pence: int
    transport_pence: int
    weeks_per_year: int

    @property
    def elements(self) -> tuple[int, int, int, int]:
        """The four in their order."""
        return self.care_pence, self.education_pence, self.health_pence, self.transport_pence

    @property
    def weekly_pence(self) -> int:
        return sum(self.elements)

    @property
    def annual_pence(self) -> int:
        """What a year of the charged weeks comes to: prices over different weeks compare by it (F-32)."""
        return self.weekly_pence * self.weeks_per_year

    def at(self, weekly_pence: int) -> Itemised:
        """Another price a week, split over the elements as this one is; the parts sum to it."""
        if not self.weekly_pence:
            return self
        care, education, health, transport = split(weekly_pence, self.elements)
        return Itemised(care, education, health, transport, self.weeks_per_year)


@dataclass(frozen=True)
class Rule:
    """A rate in basis points from a threshold on."""

    kind: DiscountKind
    threshold: int
    basis_points: int


@dataclass(frozen=True)
class Occasion:
    """What discounts depend on: children placed together, weeks expected (None: not said), and the live placements that
    the company has with the consortium before this one.
    """

    children: int
    weeks: int | None
    live_placements: int


@dataclass(frozen=True)
class DiscountLine:
    """What one kind of discount takes off a week: its rate and its reason in words, and the pence."""

    kind: DiscountKind
    rate: str
    reason: str
    pence: int

    @property
    def words(self) -> str:
        """What kind of discount it is."""
        return KIND_WORDS[self.kind]


@dataclass(frozen=True)
class Discounted:
    """A list price, what comes off it in order, and what is left: `net_pence` + the sum of the lines = the list."""

    listed: Itemised
    lines: tuple[DiscountLine, ...]

    @property
    def net_pence(self) -> int:
        return self.listed.weekly_pence - sum(line.pence for line in self.lines)

    @property
    def net(self) -> Itemised:
        """What is left, by element."""
        return self.listed.at(self.net_pence)


def discounted(listed: Itemised, rules: Iterable[Rule], occasion: Occasion) -> Discounted:
    """The list price with every discount that applies. A kind that takes nothing off has no line."""
    by_kind: dict[DiscountKind, list[Rule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.kind, []).append(rule)
    left = price = listed.weekly_pence
    lines = []
    for kind in DiscountKind:
        found = _LINES[kind](by_kind.get(kind, []), occasion)
        if found is None:
            continue
        share, rate, reason = found
        pence = min(left, round_half_even(price * share))
        if pence:
            lines.append(DiscountLine(kind, rate, reason, pence))
            left -= pence
    return Discounted(listed, tuple(lines))


def rate_words(basis_points: int) -> str:
    """5%, 2.5%, 0.75%."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + "%" if rest else f"{whole}%"


def rule_words(rule: Rule) -> str:
    """What a rule says, for the company that set it and whoever reads an offer."""
    rate = rate_words(rule.basis_points)
    if rule.kind is DiscountKind.SIBLING:
        return f"{rate} from the {_ordinal(rule.threshold)} child placed together"
    if rule.kind is DiscountKind.LONG_TERM:
        return f"{rate} for placements expected to last {rule.threshold:,} weeks or more"
    what = "live placement" if rule.threshold == 1 else "live placements"
    return f"{rate} from {rule.threshold:,} {what} with the consortium"


def _best(rules: Sequence[Rule], reached: int) -> Rule | None:
    """Of the rules whose threshold is reached the one with the highest rate; of equals the lowest threshold."""
    fitting = [rule for rule in rules if rule.threshold <= reached]
    return max(fitting, key=lambda rule: (rule.basis_points, -rule.threshold), default=None)


def _sibling(rules: Sequence[Rule], occasion: Occasion) -> tuple[Fraction, str, str] | None:
    best = [_best(rules, child) for child in range(1, occasion.children + 1)]
    applied = [rule for rule in best if rule is not None]
    if not applied:
        return None
    share = Fraction(sum(rule.basis_points for rule in applied), WHOLE * occasion.children)
    said = " and ".join(rule_words(rule) for rule in dict.fromkeys(applied))
    shared = f"; shared by all {occasion.children} children it is {_average(share)} for each"
    return share, _average(share), f"{said}{shared}"


def _long_term(rules: Sequence[Rule], occasion: Occasion) -> tuple[Fraction, str, str] | None:
    rule = _best(rules, occasion.weeks) if occasion.weeks is not None else None
    if rule is None:
        return None
    reason = f"{rule_words(rule)}; this one is expected to last {occasion.weeks:,} weeks"
    return Fraction(rule.basis_points, WHOLE), rate_words(rule.basis_points), reason


def _volume(rules: Sequence[Rule], occasion: Occasion) -> tuple[Fraction, str, str] | None:
    rule = _best(rules, occasion.live_placements)
    if rule is None:
        return None
    reason = f"{rule_words(rule)}; there are {occasion.live_placements:,} today"
    return Fraction(rule.basis_points, WHOLE), rate_words(rule.basis_points), reason


_LINES = {
    DiscountKind.SIBLING: _sibling,
    DiscountKind.LONG_TERM: _long_term,
    DiscountKind.VOLUME: _volume,
}


def _average(share: Fraction) -> str:
    """A share in per cent, to two decimals where it is not whole in hundredths."""
    hundredths = share * WHOLE
    about = "" if hundredths.denominator == 1 else "about "
    return f"{about}{rate_words(round_half_even(hundredths))}"


def _ordinal(number: int) -> str:
    return _ORDINALS.get(number, f"{number}th")
