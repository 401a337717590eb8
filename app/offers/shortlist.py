"""The frozen shortlist as people read it: places, ties, the sums that make each total, who fell at which gate, and why.

Everything comes from the frozen record: what is shown is what was decided on, whatever has changed since (F-21).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.needs import indicators
from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.offers.children import children_words, positions_of
from app.offers.fit import Fit, days_late, in_own_area
from app.offers.funnel import Fallen, Funnel, funnel_of
from app.offers.market import EXEMPT
from app.offers.models import Evaluation, Offer
from app.offers.queries import evaluation_of
from app.offers.reasons import situation_of
from app.offers.sets import candidate_in, noted_children, reasons
from app.offers.status import Situation
from app.requests.models import PlacementRequest
from matching.rank import (
    Candidate,
    Explanation,
    Market,
    PriceFormula,
    explain_request,
    rank_market,
    read_market,
    verify,
)
from matching.rank.gates import squared_metres
from providers.services.models import Service

PARTS = (("price", "Price"), ("quality", "Quality"), ("needs", "Needs"), ("practical", "Practical fit"))


@dataclass(frozen=True)
class Standing:
    """Where an offer stands in a frozen shortlist, among those for the same children. `rank` is None where it failed a
    gate; `ranked` counts those that did not.
    """

    offer_id: str
    rank: int | None
    tie_group: int | None
    total: int
    ranked: int
    situation: Situation = Situation.DEPARTS
    """What choosing it would be: to follow the order, to pick one of a tied set, or to depart from it."""


@dataclass(frozen=True)
class Entry:
    """One offer of a shortlist. Scores are millionths; a contribution is out of the part's weight in per cent. `exempt`
    says from what a service that was suspended was exempt for this request; "" for one that was not. `places` is how
    many its service had free for the request, `reasons` why it could not be shortlisted, in words, `situation` what
    choosing it would be, `leads` whether none is shown above it.
    """

    offer: Offer
    service_name: str
    provider_name: str
    quality: int | None
    candidate: Candidate
    explanation: Explanation
    tied: bool
    exempt: str
    places: int
    reasons: tuple[str, ...]
    fit: Fit
    situation: Situation
    leads: bool

    @property
    def rank(self) -> int | None:
        return self.candidate.rank

    @property
    def contributions(self) -> list[tuple[str, int]]:
        """(part in words, millionths of the total) in the order of the parts."""
        given = self.candidate.contributions
        return [(words, getattr(given, name)) for name, words in PARTS]


@dataclass(frozen=True)
class SetOfOffers:
    """The eligible offers for the same children of a group, in order. They are compared with each other."""

    positions: tuple[int, ...]
    words: str
    entries: tuple[Entry, ...]

    @property
    def groups(self) -> tuple[tuple[Entry, ...], ...]:
        """By tie group: a group of one stands alone."""
        return tuple(tuple(group) for _, group in groupby(self.entries, key=lambda entry: entry.candidate.tie_group))


@dataclass(frozen=True)
class Shortlist:
    """A whole frozen shortlist, in the order shown: that of the score, and for a group of children one after the other
    for each set of them that is offered for, the largest first.

    `left` are offers of services that had left the lot by the deadline (offer, service, provider): they were not
    compared. `funnel` counts the offers that fell at each gate, with what would admit somebody where nobody passed.
    `policy` is the version that the record was computed under; `lowest_ratio` whether it scores a price by the lowest
    one, so that an offer can move others; `tie_band` is in millionths.
    """

    evaluation: Evaluation
    eligible: tuple[Entry, ...]
    excluded: tuple[Entry, ...]
    left: tuple[tuple[Offer, str, str], ...]
    weights: dict[str, int]
    benchmark_pence: int | None
    benchmark_source: str | None
    funnel: Funnel
    recomputes: bool
    children: int
    policy: str
    lowest_ratio: bool
    tie_band: int

    @property
    def price_span(self) -> tuple[int, int] | None:
        """The price a week over the year up to which all the points for price are given, and that from which none are,
        in whole pence. None where price is not scored against a benchmark.
        """
        policy = self.evaluation.record["market"]["policy"]
        if self.benchmark_pence is None or self.lowest_ratio or not self.weights.get("Price"):
            return None
        whole, half = 1_000_000, 500_000
        floor, ceiling = (
            (policy[end] * self.benchmark_pence + half) // whole for end in ("price_floor", "price_ceiling")
        )
        return floor, ceiling

    @property
    def algorithm(self) -> int:
        """The number of the matcher's algorithm that the record was computed by."""
        return self.evaluation.algorithm

    @property
    def situations(self) -> frozenset[Situation]:
        """What choosing one of the eligible would be, for all of them."""
        return frozenset(entry.situation for entry in self.eligible)

    @property
    def sets(self) -> tuple[SetOfOffers, ...]:
        """The eligible by the children whom they are for."""
        return tuple(
            SetOfOffers(positions_of(key), children_words(key, self.children), tuple(group))
            for key, group in groupby(self.eligible, key=lambda entry: entry.offer.children_key)
        )

    @property
    def groups(self) -> tuple[tuple[Entry, ...], ...]:
        """The eligible by tie group, in order: a group of one stands alone."""
        return tuple(tuple(group) for _, group in groupby(self.eligible, key=lambda entry: entry.candidate.tie_group))

    @property
    def frozen_at(self) -> dt.datetime:
        return self.evaluation.frozen_at


def standing_of(evaluation: Evaluation, offer_id: str) -> Standing | None:
    """Where an offer stands in the record, or None where it is not in it."""
    found = candidate_in(evaluation.record, offer_id)
    if found is None:
        return None
    candidate, result = found
    ranked = sum(one["rank"] is not None for one in result["candidates"])
    situation = situation_of(candidate, result)
    return Standing(offer_id, candidate["rank"], candidate["tie_group"], candidate["total"], ranked, situation)


def shortlist(session: Session, *, actor: Actor, request_id: str) -> Shortlist:
    """The shortlist of one's own borough's request. NotFound before it is frozen."""
    found = read_shortlist(session, actor=actor, request_id=request_id)
    if found is None:
        raise NotFound("shortlist")
    return found


def read_shortlist(session: Session, *, actor: Actor, request_id: str) -> Shortlist | None:
    """The shortlist of one's own borough's request; None before it is frozen. NotFound for another borough's."""
    evaluation = evaluation_of(session, actor=actor, request_id=request_id)
    return shortlist_in(session, evaluation) if evaluation is not None else None


def shortlist_in(session: Session, evaluation: Evaluation) -> Shortlist:
    """A whole frozen shortlist. The caller has checked who may see it."""
    market = read_market(evaluation.record["market"])
    entries = entries_of(session, evaluation, market)
    weights = market.policy.weights
    request = session.get_one(PlacementRequest, evaluation.request_id)
    return Shortlist(
        evaluation=evaluation,
        eligible=tuple(entry for entry in entries if entry.candidate.eligible),
        excluded=tuple(entry for entry in entries if not entry.candidate.eligible),
        left=_left(session, evaluation, {entry.offer.id for entry in entries}),
        weights={words: getattr(weights, name) for name, words in PARTS},
        benchmark_pence=market.requests[0].benchmark_pence_week,
        benchmark_source=request.benchmark_source,
        funnel=funnel_of([Fallen(entry.service_name, entry.candidate.gates_failed) for entry in entries]),
        recomputes=recomputes(evaluation),
        children=request.places,
        policy=market.policy.version,
        lowest_ratio=market.policy.price_formula is PriceFormula.LOWEST_RATIO,
        tie_band=market.policy.tie_band,
    )


def recomputes(evaluation: Evaluation) -> bool:
    """Whether the frozen record still computes to the same bytes, under the hash that was kept beside it."""
    verdict = verify(evaluation.record)
    return verdict.verified and evaluation.record["result"]["hash"] == evaluation.hash


def entries_of(session: Session, evaluation: Evaluation, market: Market) -> list[Entry]:
    """Every compared offer of a record with its explanation. The caller has checked who may see which."""
    placing = session.get_one(PlacementRequest, evaluation.request_id)
    own_area = session.get_one(Organisation, placing.organisation_id).gss_code
    names = [indicator.label for indicator in indicators(session, market.as_of)]
    offers = {row[0].id: row for row in _named_offers(session, evaluation.request_id)}
    services = {service.id: service for service in market.services}
    children = noted_children(evaluation.record)
    exempt = {
        service["id"]: str(service[EXEMPT]["against"])
        for service in evaluation.record["market"]["services"]
        if EXEMPT in service
    }
    asked = {request.id: request for request in market.requests}
    entries: list[Entry] = []
    for result in rank_market(market, evaluation.algorithm).requests:
        request = asked[result.request]
        explained = explain_request(market.policy, request, market.services, market.offers, result, names)
        groups = [candidate.tie_group for candidate in result.candidates if candidate.tie_group is not None]
        stored = result.to_dict()
        for candidate, explanation, raw in zip(result.candidates, explained, stored["candidates"], strict=True):
            if candidate.offer is None:
                continue
            service = services[candidate.service]
            offer = offers[candidate.offer][0]
            entries.append(
                Entry(
                    *offers[candidate.offer],
                    quality=service.quality,
                    candidate=candidate,
                    explanation=explanation,
                    tied=groups.count(candidate.tie_group) > 1 if candidate.tie_group is not None else False,
                    exempt=exempt.get(candidate.service, ""),
                    places=service.places,
                    reasons=reasons(market.policy, request, service, children[request.id]),
                    fit=Fit(
                        squared_metres=squared_metres(request, service),
                        in_area=in_own_area(offer.place_authority_gss, own_area),
                        together=None if placing.places == 1 else request.places == placing.places,
                        days_late=days_late(offer.can_start_on, placing.needed_from),
                    ),
                    situation=situation_of(raw, stored),
                    leads=candidate.eligible and candidate is result.candidates[0],
                )
            )
    return sorted(entries, key=_by_children)


def _by_children(entry: Entry) -> tuple[int, tuple[int, ...]]:
    """The largest sets of children first; what is for the same children stays in its order."""
    positions = positions_of(entry.offer.children_key)
    return -len(positions), positions


def _named_offers(session: Session, request_id: str) -> list[tuple[Offer, str, str]]:
    """Every offer of a request with the names of its service and provider."""
    return list(
        session.execute(
            select(Offer, Service.name, Organisation.name)
            .join(Service, Service.id == Offer.service_id)
            .join(Organisation, Organisation.id == Offer.organisation_id)
            .where(Offer.request_id == request_id)
            .order_by(Organisation.name, Service.name, Offer.id)
        )
    )


def _left(session: Session, evaluation: Evaluation, compared: set[str]) -> tuple[tuple[Offer, str, str], ...]:
    """Offers that were opened and are not in the record."""
    return tuple(
        row
        for row in _named_offers(session, evaluation.request_id)
        if row[0].opened_at is not None and row[0].id not in compared
    )
