"""What a pound is worth in points, and what would change a candidate's place: the closed forms that make a score
worth arguing with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from matching.rank import parts as score
from matching.rank.facts import MILLION, WEEKS, Evidence, Offer, Policy, PriceFormula, Request, Service
from matching.rank.results import Candidate
from matching.rank.wording import pounds

PENCE_PER_POUND = 100

LEVEL_WORDS = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Change:
    """One change that alone would bring the total level with the one shown above.

    `kind` is `price` (`amount` = pence a week off), `capability` (`amount` = the level needed) or `evidence`
    (`amount` = None, the word is in the sentence); `indicator` counts from 0 and is None for a price.
    """

    kind: str
    indicator: int | None
    amount: int | None
    sentence: str


def points_per_pound(policy: Policy, request: Request, offer: Offer | None) -> Fraction | None:
    """Points out of 100 that £1 a week off this price adds between ceiling and floor.

    None without a benchmark or a fixed rate.
    """
    benchmark = request.benchmark_pence_week
    if benchmark is None or policy.price_formula is not PriceFormula.BENCHMARK:
        return None
    pence_a_week = Fraction(PENCE_PER_POUND * score.weeks_a_year(offer), WEEKS)
    span = Fraction((policy.price_ceiling - policy.price_floor) * benchmark, MILLION)
    return policy.weights.price * pence_a_week / span


def changes_to_tie(
    policy: Policy,
    request: Request,
    service: Service,
    candidate: Candidate,
    above: Candidate | None,
    names: Sequence[str],
) -> Iterator[Change]:
    """What would, alone, bring the total level with the one above: a lower price, one higher capability, or better
    evidence of one.
    """
    if above is None or not candidate.eligible or above.total == candidate.total:
        return
    if candidate.to_tie_above:
        fall = candidate.to_tie_above
        yield Change("price", None, fall, f"A price {pounds(fall)} a week lower would be level with the one above.")
    for row in score.measured_needs(policy, request, service):
        name = names[row.indicator]

        def reaches(level: int, evidence: Evidence, indicator: int = row.indicator) -> bool:
            return _total_with(policy, request, service, candidate, indicator, level, evidence) >= above.total

        for level in range(row.capability + 1, row.need + 1):
            if reaches(level, row.evidence):
                now, then = LEVEL_WORDS[row.capability], LEVEL_WORDS[level]
                sentence = f"{name}: met at {then} instead of {now}, it would be level with the one above."
                yield Change("capability", row.indicator, level, sentence)
                break
        kinds = list(Evidence)
        for word in kinds[kinds.index(row.evidence) + 1 :]:
            if reaches(row.capability, word):
                better = f"with its level {word.value}, not {row.evidence.value}"
                sentence = f"{name}: {better}, it would be level with the one above."
                yield Change("evidence", row.indicator, None, sentence)
                break


def _total_with(
    policy: Policy,
    request: Request,
    service: Service,
    candidate: Candidate,
    indicator: int,
    level: int,
    evidence: Evidence,
) -> int:
    """The candidate's total if the service stated this capability, on this evidence, at one indicator."""
    capability, words = list(service.capability), list(service.evidence)
    capability[indicator], words[indicator] = level, evidence
    other = replace(service, capability=tuple(capability), evidence=tuple(words))
    parts = replace(candidate.parts, needs=score.needs(policy, request, other))
    return score.contributions(policy.weights, parts, request.benchmark_pence_week is not None).total
