"""Explains one candidate's place by its own arithmetic, as data that a page, a letter or a panel paper can print.

What each part and each need gives, which needs stay unmet, which gates failed and on what facts, what a pound is
worth in points, and what would make it tie with the one shown above. Pieces add up exactly: parts to the total, needs
to the needs part. It speaks of one candidate only, so the same explanation can go to the provider about its own
offer; it names no child, borough or rival.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matching.rank import parts as score
from matching.rank.changes import Change, changes_to_tie, points_per_pound
from matching.rank.facts import (
    INDICATORS,
    MILLION,
    WEEKS,
    Evidence,
    Offer,
    Policy,
    PriceFormula,
    Request,
    Service,
)
from matching.rank.gates import Gate, refusals, squared_metres
from matching.rank.results import Candidate, RequestResult
from matching.rank.wording import MILLIONTHS_PER_POINT, count, decimals, miles, points, pounds, refusal_sentence

INDICATOR_NAMES = tuple(f"Need {number}" for number in range(1, INDICATORS + 1))


@dataclass(frozen=True, slots=True)
class PartLine:
    """What one part gives: `score` in millionths (None: not scored), `weight` in per cent, `contribution` in
    millionths of the total.
    """

    part: str
    score: int | None
    weight: int
    contribution: int
    sentence: str


@dataclass(frozen=True, slots=True)
class NeedLine:
    """One measured need.

    `met` is the share met in millionths; the contributions of all needs sum to that of the needs part.
    """

    indicator: int
    name: str
    need: int
    capability: int
    evidence: Evidence
    met: int
    contribution: int
    sentence: str

    @property
    def unmet(self) -> bool:
        """The stated level is below the need; a discount for weak evidence alone is not an unmet need."""
        return self.capability < self.need


@dataclass(frozen=True, slots=True)
class GateLine:
    """A failed gate; `soft` ones may be relaxed when nobody passes."""

    gate: Gate
    soft: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said about one candidate.

    `points_per_pound` is what £1 a week off its price adds, in points out of 100; None where there is no fixed rate.
    """

    service: str
    offer: str | None
    total: int
    summary: str
    parts: tuple[PartLine, ...]
    needs: tuple[NeedLine, ...]
    gates: tuple[GateLine, ...]
    flags: tuple[str, ...]
    points_per_pound: Fraction | None
    rate: str
    changes: tuple[Change, ...]

    @property
    def unmet_needs(self) -> tuple[NeedLine, ...]:
        return tuple(line for line in self.needs if line.unmet)

    def sentences(self) -> tuple[str, ...]:
        """Everything in words, in reading order."""
        gates, parts = (line.sentence for line in self.gates), (line.sentence for line in self.parts)
        needs, changes = (line.sentence for line in self.needs), (change.sentence for change in self.changes)
        return (self.summary, *gates, *parts, *needs, *self.flags, self.rate, *changes)

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON values; `points_per_pound` as text in decimals."""
        rate = self.points_per_pound
        return {
            "service": self.service,
            "offer": self.offer,
            "total": self.total,
            "summary": self.summary,
            "parts": [_fields(line) for line in self.parts],
            "needs": [_fields(line) | {"evidence": line.evidence.value, "unmet": line.unmet} for line in self.needs],
            "gates": [_fields(line) | {"gate": line.gate.value} for line in self.gates],
            "flags": list(self.flags),
            "points_per_pound": None if rate is None else decimals(rate, 6),
            "rate": self.rate,
            "changes": [_fields(change) for change in self.changes],
        }


def _fields(line: PartLine | NeedLine | GateLine | Change) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__dataclass_fields__}


def explain_request(
    policy: Policy,
    request: Request,
    services: Iterable[Service],
    offers: Iterable[Offer],
    result: RequestResult,
    indicator_names: Sequence[str] = INDICATOR_NAMES,
) -> tuple[Explanation, ...]:
    """An explanation of every candidate of a result, in its order.

    The facts must be those that the result came from.
    """
    by_id, made = {one.id: one for one in services}, {one.id: one for one in offers}
    groups = Counter(candidate.tie_group for candidate in result.eligible)
    explained, above = [], None
    for candidate in result.candidates:
        offer = None if candidate.offer is None else made[candidate.offer]
        tied = groups[candidate.tie_group] - 1 if candidate.eligible else 0
        explained.append(
            explain_candidate(policy, request, by_id[candidate.service], offer, candidate, above, tied, indicator_names)
        )
        above = candidate
    return tuple(explained)


def explain_candidate(
    policy: Policy,
    request: Request,
    service: Service,
    offer: Offer | None,
    candidate: Candidate,
    above: Candidate | None = None,
    tied: int = 0,
    indicator_names: Sequence[str] = INDICATOR_NAMES,
) -> Explanation:
    """Explains one candidate; `above` is the one shown immediately above it, None for the first; `tied` counts the
    others of its tie group.
    """
    needs = tuple(_need_lines(policy, request, service, candidate, indicator_names))
    rate = points_per_pound(policy, request, offer)
    return Explanation(
        service=candidate.service,
        offer=candidate.offer,
        total=candidate.total,
        summary=_summary(candidate, tied),
        parts=tuple(_part_lines(policy, request, service, offer, candidate)),
        needs=needs,
        gates=tuple(GateLine(one.gate, one.soft, refusal_sentence(one)) for one in refusals(policy, request, service)),
        flags=tuple(_flag_sentences(policy, request, service, offer)),
        points_per_pound=rate,
        rate=_rate_sentence(request, rate),
        changes=tuple(changes_to_tie(policy, request, service, candidate, above, indicator_names)),
    )


def _summary(candidate: Candidate, tied: int) -> str:
    total = f"{points(candidate.total)} points out of 100"
    if candidate.rank is None:
        return (
            f"Cannot be shortlisted: {count(len(candidate.gates_failed), 'gate')} failed. It would have scored {total}."
        )
    place = f"rank {candidate.rank}, tied with {count(tied, 'other')}" if tied else f"rank {candidate.rank}"
    return f"Scored {total}, {place}."


def _part_lines(
    policy: Policy, request: Request, service: Service, offer: Offer | None, candidate: Candidate
) -> Iterator[PartLine]:
    weights, parts, gave = policy.weights, candidate.parts, candidate.contributions
    facts = {
        "price": _price_fact(policy, request, service, offer, parts.price),
        "quality": _quality_fact(policy, service),
        "needs": _needs_fact(policy, request, service),
        "practical": _practical_fact(policy, request, service),
    }
    for part, fact in facts.items():
        given: int | None = getattr(parts, part)
        weight: int = getattr(weights, part)
        contribution: int = getattr(gave, part)
        if part == "price" and request.benchmark_pence_week is None:
            arithmetic = "The other weights stand for the whole."
        elif given is None:
            arithmetic = f"It gives 0 of {weight} points."
        else:
            whole = 100 if request.benchmark_pence_week is not None else 100 - weights.price
            most = decimals(Fraction(100 * weight, whole), 2) if whole else "0"
            arithmetic = f"Score {points(given)} of 100, which gives {points(contribution)} of {most} points."
        yield PartLine(part, given, weight, contribution, f"{fact} {arithmetic}")


def _price_fact(policy: Policy, request: Request, service: Service, offer: Offer | None, part: int | None) -> str:
    weekly, annual, benchmark = (
        score.weekly_pence(service, offer),
        score.annual_pence(service, offer),
        request.benchmark_pence_week,
    )
    if weekly is None or annual is None:
        return "Price: the service has no list price."
    weeks = score.weeks_a_year(offer)
    price = f"Price: {pounds(weekly)} a week for {count(weeks, 'week')} a year"
    if weeks != WEEKS:
        price += f", {pounds(score.round_half_up(annual, WEEKS))} a week over {WEEKS} weeks"
    if benchmark is None:
        return f"{price}; there is no benchmark, so price is not scored."
    if policy.price_formula is PriceFormula.BENCHMARK:
        return f"{price}, against a benchmark of {pounds(benchmark)} a week."
    if part is None:
        return f"{price}; no eligible offer has a price to compare with."
    return f"{price}, scored as the lowest eligible price over this one."


def _quality_fact(policy: Policy, service: Service) -> str:
    if service.quality is None:
        return f"Quality: not known yet, so the policy's {policy.unknown_quality_prior} out of 100 stands in."
    return f"Quality: {service.quality} out of 100."


def _needs_fact(policy: Policy, request: Request, service: Service) -> str:
    rows = list(score.measured_needs(policy, request, service))
    if not rows:
        return "Needs: no need was measured above 0, so all are met."
    unmet = sum(row.capability < row.need for row in rows)
    fact = f"Needs: {count(len(rows), 'need')} counted, {unmet or 'none'} not fully met."
    severe = sum(row.badly_unmet for row in rows)
    if severe:
        cap = points(policy.severe_need_cap)
        fact += f" {count(severe, 'high need')} met at none or low only, so the score can be {cap} at most."
    return fact


def _practical_fact(policy: Policy, request: Request, service: Service) -> str:
    metres = squared_metres(request, service)
    if metres is None:
        return "Distance: not known yet, so half of the score stands in."
    return f"Distance: {miles(metres)}; {count(policy.max_useful_miles, 'mile')} or more scores 0."


def _need_lines(
    policy: Policy, request: Request, service: Service, candidate: Candidate, names: Sequence[str]
) -> Iterator[NeedLine]:
    rows = list(score.measured_needs(policy, request, service))
    shares = shared_out(candidate.contributions.needs, [row.met for row in rows])
    for row, share in zip(rows, shares, strict=True):
        name = names[row.indicator]
        fact = f"{name}: need {row.need}, the service states {row.capability} ({row.evidence.value})"
        met = score.round_half_up(MILLION * row.met, row.wanted)
        percent = decimals(Fraction(met, MILLIONTHS_PER_POINT), 1)
        yield NeedLine(
            indicator=row.indicator,
            name=name,
            need=row.need,
            capability=row.capability,
            evidence=row.evidence,
            met=met,
            contribution=share,
            sentence=f"{fact}, counted as {percent}% met: {points(share)} points.",
        )


def shared_out(total: int, portions: Sequence[int]) -> list[int]:
    """`total` split in proportion to `portions` into integers that sum to it: largest remainder, the earlier first
    among equals.
    """
    whole = sum(portions)
    if not whole:
        return [0] * len(portions)
    shares = [total * portion // whole for portion in portions]
    by_remainder = sorted(range(len(portions)), key=lambda index: (-(total * portions[index] % whole), index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def _flag_sentences(policy: Policy, request: Request, service: Service, offer: Offer | None) -> Iterator[str]:
    if score.abnormally_low(policy, request, score.annual_pence(service, offer)):
        floor = decimals(Fraction(policy.price_floor, MILLIONTHS_PER_POINT), 2)
        yield f"The price is abnormally low: below {floor}% of the benchmark. Ask how it can be kept."


def _rate_sentence(request: Request, rate: Fraction | None) -> str:
    if request.benchmark_pence_week is None:
        return "Without a benchmark, price changes no points."
    if rate is None:
        return (
            "Price is scored against the lowest eligible price, so a pound has no fixed worth and another offer "
            "coming or going can change the order."
        )
    return f"Between ceiling and floor, each £10 a week off the price adds {decimals(10 * rate, 4)} points."
