"""What would have been first under other weights: frozen shortlists put in order again by the engine that froze them,
beside the order that was shown.

Only the order is asked again. Gates ask nothing of weights, so the same offers are compared; prices, qualities and
distances are those of the record. Two orders differ in who is first only beyond a tie: where an offer that was first,
alone or tied, is first in both, nobody else has won. Nothing is written, and nothing here is a decision.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from app.core.errors import Invalid
from app.core.money import WEEKS_FOR_COMPARISON, round_half_even
from app.offers.sets import key_in, service_id_in, set_id
from app.requests.rules import WEIGHTS
from matching.rank import ALGORITHMS, Market, Policy, Request, Weights
from matching.rank.gates import squared_metres
from matching.rank.parts import annual_pence
from matching.rank.wording import tenths_of_miles

MILLION = 1_000_000


class Outcome(StrEnum):
    """Who is first now. `WITHIN_TIE`: not the offer that was shown first, but one that was tied with it."""

    SAME = "same"
    WITHIN_TIE = "within_tie"
    ANOTHER = "another"


class Reason(StrEnum):
    """Why a frozen shortlist is not compared."""

    UNREADABLE = "unreadable"
    NOBODY_OFFERED = "nobody_offered"
    NOBODY_PASSED = "nobody_passed"
    NOT_TOGETHER = "not_together"


REASON_WORDS = {
    Reason.UNREADABLE: "Its record cannot be read or does not fit its hash",
    Reason.NOBODY_OFFERED: "Nobody made an offer that was compared",
    Reason.NOBODY_PASSED: "No offer passed every rule, so none was first",
    Reason.NOT_TOGETHER: "Several children, and no offer was for all of them",
}


@dataclass(frozen=True)
class Asked:
    """Other weights, in per cent. The tie band (millionths) and the prior for unknown quality stay as each request had
    them where they are None.
    """

    weights: Weights
    tie_band: int | None = None
    unknown_quality_prior: int | None = None

    def of(self, policy: Policy) -> Policy:
        """A request's own policy under these weights."""
        return replace(
            policy,
            weights=self.weights,
            tie_band=policy.tie_band if self.tie_band is None else self.tie_band,
            unknown_quality_prior=(
                policy.unknown_quality_prior if self.unknown_quality_prior is None else self.unknown_quality_prior
            ),
        )


def asked_for(
    *,
    price: int,
    quality: int,
    needs: int,
    practical: int,
    tie_band: int | None = None,
    unknown_quality_prior: int | None = None,
) -> Asked:
    """What is asked, checked as a policy would be (F-30). Invalid at the field; at `price` where the weights do not add
    up.
    """
    given = dict(zip(WEIGHTS, (price, quality, needs, practical), strict=True))
    errors = {
        name: f"The weight of {'practical fit' if name == 'practical' else name} must be between 0 and 100"
        for name, value in given.items()
        if not 0 <= value <= 100
    }
    if not errors and sum(given.values()) != 100:
        errors["price"] = f"The four weights must add up to 100. These add up to {sum(given.values())}"
    if tie_band is not None and not 0 <= tie_band <= MILLION:
        errors["tie_band"] = "The tie band must be between 0 and 100 points"
    if unknown_quality_prior is not None and not 0 <= unknown_quality_prior <= 100:
        errors["prior"] = "The quality of a service without a score must be between 0 and 100"
    if errors:
        raise Invalid(errors)
    return Asked(Weights(**given), tie_band, unknown_quality_prior)


@dataclass(frozen=True)
class About:
    """Whose shortlist it is and when it was frozen. `places` is how many children the request is for."""

    request_id: str
    reference: str
    borough: str
    frozen_at: dt.datetime
    places: int


@dataclass(frozen=True)
class Case:
    """One frozen shortlist: its market, and the (offer, tie group) of those that could be shortlisted in the order that
    was shown, of the offers for all children. `chosen` are the offers of its latest decision.
    """

    about: About
    algorithm: int
    market: Market
    order: tuple[tuple[str, int], ...]
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Side:
    """The first offer of one order. `weekly_pence` is one child's, on 52 weeks a year (F-32); `annual_pence` a year of
    all its children. Quality and tenths of a mile are None where they were not known. `tied` counts those level with
    it.
    """

    offer_id: str
    service_id: str
    weekly_pence: int
    annual_pence: int
    quality: int | None
    tenths: int | None
    tied: int


@dataclass(frozen=True)
class Compared:
    """One request under both orders. `followed` says whether the decision took an offer that was first then, and
    `would_follow` one that is first now; None where nobody decided. `ranked` counts the offers in the order; `partial`
    the sets of only some of the children, which are left out.
    """

    about: About
    then: Side
    now: Side
    outcome: Outcome
    ranked: int
    partial: int
    chosen_services: tuple[str, ...]
    followed: bool | None
    would_follow: bool | None

    @property
    def differs(self) -> bool:
        return self.outcome is not Outcome.SAME

    @property
    def more_pence(self) -> int:
        """What a year of the first offer costs more now; negative where it costs less."""
        return self.now.annual_pence - self.then.annual_pence


@dataclass(frozen=True)
class LeftOut:
    """A frozen shortlist that is not compared, and why."""

    reference: str
    borough: str
    reason: Reason

    @property
    def words(self) -> str:
        return REASON_WORDS[self.reason]


def whole_set(request_id: str, places: int, requests: Iterable[Request]) -> Request | None:
    """The matcher's request of a record that asks for all the children together with the first of them; None where no
    offer was for all.
    """
    for request in requests:
        key = key_in(request.id)
        if request.places == places and request.id == set_id(request_id, key or "1", places):
            return request
    return None


def compare(case: Case, asked: Asked) -> Compared | LeftOut:
    """Who was first in a frozen shortlist and who is first under what is asked, by the algorithm of its record."""
    market = case.market
    if not market.offers:
        return _left(case, Reason.NOBODY_OFFERED)
    if not any(request.places == case.about.places for request in market.requests):
        return _left(case, Reason.NOT_TOGETHER)
    whole = whole_set(case.about.request_id, case.about.places, market.requests)
    if whole is None or not case.order:
        return _left(case, Reason.NOBODY_PASSED)
    offers = tuple(offer for offer in market.offers if offer.request == whole.id)
    again = replace(market, policy=asked.of(market.policy), requests=(whole,), offers=offers)
    (result,) = ALGORITHMS[case.algorithm](again)
    order = tuple((one.offer or "", one.tie_group or 0) for one in result.eligible)
    first_then, first_now = first_of(case.order), first_of(order)
    then = first_then[0]
    # Of those that are first now, the one that was shown first then; else one that was tied with it; else the head.
    now = next((one for one in first_then if one in first_now), first_now[0])
    outcome = Outcome.SAME if now == then else Outcome.WITHIN_TIE if now in first_then else Outcome.ANOTHER
    compared = {offer for offer, _ in case.order}
    services = {offer.id: service_id_in(offer.service) for offer in market.offers}
    return Compared(
        about=case.about,
        then=_side(case, whole, then, len(first_then) - 1),
        now=_side(case, whole, now, len(first_now) - 1),
        outcome=outcome,
        ranked=len(order),
        partial=len({key_in(request.id) for request in market.requests if request.places != case.about.places}),
        chosen_services=tuple(sorted(services[offer] for offer in case.chosen if offer in services)),
        followed=not case.chosen.isdisjoint(first_then) if case.chosen and case.chosen <= compared else None,
        would_follow=not case.chosen.isdisjoint(first_now) if case.chosen and case.chosen <= compared else None,
    )


def first_of(order: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """The offers of the first tie group, in the order shown."""
    return tuple(offer for offer, group in order if group == order[0][1])


def _left(case: Case, reason: Reason) -> LeftOut:
    return LeftOut(case.about.reference, case.about.borough, reason)


def _side(case: Case, whole: Request, offer_id: str, tied: int) -> Side:
    offer = next(one for one in case.market.offers if one.id == offer_id)
    service = next(one for one in case.market.services if one.id == offer.service)
    annual = annual_pence(service, offer) or 0
    metres = squared_metres(whole, service)
    return Side(
        offer_id=offer_id,
        service_id=service_id_in(service.id),
        weekly_pence=round_half_even(Fraction(annual, WEEKS_FOR_COMPARISON)),
        annual_pence=annual * case.about.places,
        quality=service.quality,
        tenths=None if metres is None else tenths_of_miles(metres),
        tied=tied,
    )


@dataclass(frozen=True)
class Mean:
    """A figure of the first offers then and now, over the `n` requests where it is known of both; sums, not rounded."""

    n: int
    then: int
    now: int


@dataclass(frozen=True)
class Totals:
    """The whole comparison in numbers. Pence are a year of the first offers, each of all its request's children."""

    compared: int
    alone: int
    another: int
    within_tie: int
    tied_then: int
    tied_now: int
    pence_then: int
    pence_now: int
    quality: Mean
    tenths: Mean
    decided: int
    followed: int
    would_follow: int
    partial: int
    left_out: dict[Reason, int] = field(default_factory=dict)

    @property
    def more_pence(self) -> int:
        return self.pence_now - self.pence_then


def totals(compared: Sequence[Compared], left_out: Iterable[LeftOut]) -> Totals:
    """Add a comparison up. `alone` are requests where one offer only could be shortlisted: no weights move those."""
    outcomes = Counter(one.outcome for one in compared)
    decided = [one for one in compared if one.followed is not None]
    return Totals(
        compared=len(compared),
        alone=sum(one.ranked == 1 for one in compared),
        another=outcomes[Outcome.ANOTHER],
        within_tie=outcomes[Outcome.WITHIN_TIE],
        tied_then=sum(one.then.tied > 0 for one in compared),
        tied_now=sum(one.now.tied > 0 for one in compared),
        pence_then=sum(one.then.annual_pence for one in compared),
        pence_now=sum(one.now.annual_pence for one in compared),
        quality=_mean([(one.then.quality, one.now.quality) for one in compared]),
        tenths=_mean([(one.then.tenths, one.now.tenths) for one in compared]),
        decided=len(decided),
        followed=sum(one.followed is True for one in decided),
        would_follow=sum(one.would_follow is True for one in decided),
        partial=sum(one.partial for one in compared),
        left_out=dict(Counter(one.reason for one in left_out)),
    )


def _mean(pairs: Iterable[tuple[int | None, int | None]]) -> Mean:
    known = [(then, now) for then, now in pairs if then is not None and now is not None]
    return Mean(len(known), sum(then for then, _ in known), sum(now for _, now in known))
