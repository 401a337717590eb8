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
from app.offers.market import EXEMPT
from app.offers.models import Evaluation, Offer
from app.offers.queries import evaluation_of
from app.offers.sets import candidate_in, noted_children, reasons, results_in
from app.requests.models import PlacementRequest
from matching.rank import Candidate, Explanation, Gate, Market, explain_request, rank_market, read_market, verify
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


@dataclass(frozen=True)
class Entry:
    """One offer of a shortlist. Scores are millionths; a contribution is out of the part's weight in per cent. `exempt`
    says from what a service that was suspended was exempt for this request; "" for one that was not. `places` is how
    many its service had free for the request, `reasons` why it could not be shortlisted, in words.
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
    compared. `funnel` counts the offers that fell at each gate; `relaxations` are the smallest sets of gates that would
    admit somebody, where nobody passed.
    """

    evaluation: Evaluation
    eligible: tuple[Entry, ...]
    excluded: tuple[Entry, ...]
    left: tuple[tuple[Offer, str, str], ...]
    weights: dict[str, int]
    benchmark_pence: int | None
    benchmark_source: str | None
    funnel: tuple[tuple[str, int], ...]
    relaxations: tuple[tuple[str, ...], ...]
    recomputes: bool
    children: int

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
    return Standing(offer_id, candidate["rank"], candidate["tie_group"], candidate["total"], ranked)


def shortlist(session: Session, *, actor: Actor, request_id: str) -> Shortlist:
    """The shortlist of one's own borough's request. NotFound before it is frozen."""
    found = read_shortlist(session, actor=actor, request_id=request_id)
    if found is None:
        raise NotFound("shortlist")
    return found


def read_shortlist(session: Session, *, actor: Actor, request_id: str) -> Shortlist | None:
    """The shortlist of one's own borough's request; None before it is frozen. NotFound for another borough's."""
    evaluation = evaluation_of(session, actor=actor, request_id=request_id)
    if evaluation is None:
        return None
    market = read_market(evaluation.record["market"])
    entries = entries_of(session, evaluation, market)
    results = list(results_in(evaluation.record))
    fell = {gate.value: sum(result["funnel"][gate.value] for result in results) for gate in Gate}
    weights = market.policy.weights
    request = session.get_one(PlacementRequest, request_id)
    return Shortlist(
        evaluation=evaluation,
        eligible=tuple(entry for entry in entries if entry.candidate.eligible),
        excluded=tuple(entry for entry in entries if not entry.candidate.eligible),
        left=_left(session, evaluation, {entry.offer.id for entry in entries}),
        weights={words: getattr(weights, name) for name, words in PARTS},
        benchmark_pence=market.requests[0].benchmark_pence_week,
        benchmark_source=request.benchmark_source,
        funnel=tuple((gate, count) for gate, count in fell.items() if count),
        relaxations=tuple(tuple(gates) for gates in results[0]["relaxations"]) if len(results) == 1 else (),
        recomputes=recomputes(evaluation),
        children=request.places,
    )


def recomputes(evaluation: Evaluation) -> bool:
    """Whether the frozen record still computes to the same bytes, under the hash that was kept beside it."""
    verdict = verify(evaluation.record)
    return verdict.verified and evaluation.record["result"]["hash"] == evaluation.hash


def entries_of(session: Session, evaluation: Evaluation, market: Market) -> list[Entry]:
    """Every compared offer of a record with its explanation. The caller has checked who may see which."""
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
        for candidate, explanation in zip(result.candidates, explained, strict=True):
            if candidate.offer is None:
                continue
            service = services[candidate.service]
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
