"""Who could take the child of a request, before anybody has offered: every service of a lot with every gate it fails.

One function for the page that shows it and for the act that tells the services, so that they never differ. The gates
are the matcher's, on the facts of this moment: free places less what is held, and no offer whose place could be named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.crypto import Vault
from app.identity.models import Organisation
from app.offers.children import ChildFacts, facts_of, least_sets
from app.offers.exemptions import exempt_services
from app.offers.funnel import Fallen, Funnel, funnel_of
from app.offers.holds import held_places
from app.offers.market import policy_of, request_about
from app.offers.sets import refused
from app.requests.models import PlacementRequest, RequestInclusion
from app.requests.publication import origin_of
from app.requests.route import Plan, Tier, route_on
from app.requests.rules import evaluation_on
from matching.rank import (
    Evidence,
    Gate,
    Lot,
    Ofsted,
    Policy,
    Refusal,
    Registration,
    Request,
    Service,
    Sex,
    Standing,
    rank_request,
)
from matching.rank.gates import MILLIMETRES_PER_MILE, squared_metres
from matching.rank.wording import miles, refusal_sentence
from providers.market.clocks import mode_rules
from providers.market.models import Lot as LotRow
from providers.services.queries import EnrolledService, enrolled_services

NEVER_CONFIRMED = 36_500
"""Days since a confirmation that was never given: further back than any policy looks."""


@dataclass(frozen=True)
class Candidate:
    """One service of the lot: every gate that it fails, why an officer includes it all the same, and its tier (from 1)
    under the plan of waves. `invited`: it is told, now or in its wave.
    """

    service: EnrolledService
    refusals: tuple[Refusal, ...]
    included: str | None
    tier: int
    miles: str | None
    needs: int
    invited: bool

    @property
    def can_be_included(self) -> bool:
        """Whether people may agree on every gate that it fails."""
        return bool(self.refusals) and all(refusal.soft for refusal in self.refusals)

    @property
    def reasons(self) -> list[str]:
        """Why it would be out, or what stands against it where all are invited: a sentence for every gate."""
        return [sentence_of(refusal) for refusal in self.refusals]


@dataclass(frozen=True)
class Candidates:
    """Every service of a lot for a request. `everyone`: the mode invites all, so that gates are labels."""

    lot: LotRow
    everyone: bool
    plan: Plan
    all: tuple[Candidate, ...]

    @property
    def invited(self) -> list[Candidate]:
        return [one for one in self.all if one.invited]

    @property
    def left_out(self) -> list[Candidate]:
        return [one for one in self.all if not one.invited]

    @property
    def funnel(self) -> Funnel:
        """Where those fell who would not be told, and what would bring somebody in where nobody would be."""
        return funnel_of(
            [
                Fallen(one.service.name, () if one.invited else tuple(refusal.gate for refusal in one.refusals))
                for one in self.all
            ]
        )

    @property
    def tiers(self) -> list[int]:
        """The tiers in which somebody is told, in order: the first of them opens with the publication."""
        return sorted({one.tier for one in self.invited})


def candidates_of(
    session: Session,
    *,
    request: PlacementRequest,
    lot: LotRow,
    now: dt.datetime,
    vault: Vault | None = None,
    plan: str | None = None,
    include: Mapping[str, str] | None = None,
) -> Candidates:
    """Every enrolled or suspended service of a lot for a request, by company and name, as it stands now.

    Before publication `vault` opens the child's home, from which distances count; afterwards the frozen origin does.
    `plan` and `include` (reasons by service) are the request's own unless given.
    """
    today = local_date(now)
    services = enrolled_services(session, lot.id, today)
    chosen = route_on(session, today).plan(plan if plan is not None else request.wave_plan, lot.service_type)
    everyone = mode_rules(session, lot.system.mode, today).invite_everyone
    judged = _Judging(session, request, lot, services, now, vault)
    included = inclusions(session, request.id, lot.id) if include is None else include
    found = []
    for service in services:
        failed = judged.failed(service)
        soft = all(refusal.soft for refusal in failed)
        out = any(refusal.gate is Gate.NOT_ENROLLED for refusal in failed) if everyone else bool(failed)
        reason = included.get(service.service_id) if failed and soft and not everyone else None
        found.append(judged.candidate(service, failed, reason, chosen.tiers, invited=not out or reason is not None))
    return Candidates(lot, everyone, chosen, tuple(found))


def fitting(
    session: Session,
    *,
    request: PlacementRequest,
    lot: LotRow,
    services: Sequence[EnrolledService],
    now: dt.datetime,
    vault: Vault,
    passing_over: frozenset[str],
    all_children: bool = False,
) -> list[tuple[EnrolledService, tuple[Refusal, ...]]]:
    """Which of some services on a lot could take the child, each with the gates it fails but for those passed over; of
    several children, all of them in one home where `all_children` says so.
    """
    judged = _Judging(session, request, lot, services, now, vault, all_children=all_children)
    return [
        (service, tuple(refusal for refusal in judged.failed(service) if refusal.gate.value not in passing_over))
        for service in services
    ]


def inclusions(session: Session, request_id: str, lot_id: str) -> dict[str, str]:
    """Why an officer includes services that fail soft gates, by service id."""
    rows = session.execute(
        select(RequestInclusion.service_id, RequestInclusion.reason).where(
            RequestInclusion.request_id == request_id, RequestInclusion.lot_id == lot_id
        )
    )
    return dict(rows.all())


def sentence_of(refusal: Refusal) -> str:
    """Why a candidate fails a gate; free places that nobody ever confirmed are said as such."""
    if refusal.facts.get("confirmed_days_ago") == NEVER_CONFIRMED:
        return "Its free places were never confirmed."
    return refusal_sentence(refusal)


def stored(refused: Iterable[Refusal]) -> list[dict[str, Any]]:
    """Gates with their figures and words, as rows keep them: no coordinate and no area code."""
    return [{"gate": one.gate.value, "words": sentence_of(one), **_plain(one)} for one in refused]


def _plain(refusal: Refusal) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, value in refusal.facts.items():
        if name in ("authority", "squared_metres"):
            continue
        if isinstance(value, Fraction):
            facts[name] = float(value)
        elif value == NEVER_CONFIRMED:
            facts[name] = None
        else:
            facts[name] = list(value) if isinstance(value, tuple) else value
    return facts


class _Judging:
    """The facts of one request on one lot, asked about each service."""

    def __init__(
        self,
        session: Session,
        request: PlacementRequest,
        lot: LotRow,
        services: Sequence[EnrolledService],
        now: dt.datetime,
        vault: Vault | None,
        *,
        all_children: bool = False,
    ) -> None:
        origin = origin_of(session, vault, request) if vault else _frozen_origin(request)
        borough = session.get_one(Organisation, request.organisation_id)
        self.now = now
        self.area = borough.gss_code
        self.policy = _policy(session, request, lot, now)
        self.origin = origin
        wanted = (facts_of(request),) if all_children else least_sets(request)
        self.sets = _sets(request, borough.gss_code or "unknown", lot, origin, wanted)
        ids = [service.service_id for service in services]
        self.held = held_places(session, ids, now=now, but_not=request.id)
        self.exempt = exempt_services(session, request.id)

    def failed(self, service: EnrolledService) -> tuple[Refusal, ...]:
        """Every gate that keeps a service from making an offer: of the smallest sets of children that it could be for,
        those of the one that it fits best.
        """
        return self._fits_best(service)[1]

    def _fits_best(self, service: EnrolledService) -> tuple[Request, tuple[Refusal, ...]]:
        facts = self._facts(service)
        found = []
        for asked, children in self.sets:
            gates: dict[Gate, Refusal] = {}
            for _, refusal in refused(self.policy, asked, facts, children):
                gates.setdefault(refusal.gate, refusal)
            if self.origin is None:
                gates.pop(Gate.DISTANCE, None)
            found.append((asked, tuple(gates.values())))
        return min(found, key=lambda one: len(one[1]))

    def candidate(
        self,
        service: EnrolledService,
        failed: tuple[Refusal, ...],
        included: str | None,
        tiers: tuple[Tier, ...],
        *,
        invited: bool,
    ) -> Candidate:
        facts = self._facts(service)
        asked, _ = self._fits_best(service)
        away = squared_metres(asked, facts) if self.origin is not None else None
        needs = rank_request(self.policy, asked, (facts,), ()).candidates[0].parts.needs or 0
        in_area = self.area is not None and service.authority_gss == self.area
        tier = next(
            number
            for number, one in enumerate(tiers, start=1)
            if number == len(tiers) or one.takes(in_area=in_area, within=_within(away, one.miles), needs=needs)
        )
        return Candidate(service, failed, included, tier, miles(away) if away is not None else None, needs, invited)

    def _facts(self, service: EnrolledService) -> Service:
        return as_it_stands(
            service,
            held=self.held.get(service.service_id, 0),
            exempt=service.service_id in self.exempt,
            now=self.now,
        )


def as_it_stands(service: EnrolledService, *, held: int, exempt: bool, now: dt.datetime) -> Service:
    """A service as the matcher knows it before it has offered: its free places less those `held`, no price and no
    quality. One that is exempt passes the gates of enrolment and Ofsted (F-16).
    """
    at = service.places_confirmed_at
    grade = Ofsted(service.ofsted) if service.ofsted else None
    return Service(
        id=service.service_id,
        provider=service.organisation_id,
        lot=Lot(service.lot_service_type.value),
        registration=Registration(service.registration.value),
        status=Standing.ENROLLED if exempt else Standing(service.status.value),
        ofsted=None if exempt and grade is Ofsted.INADEQUATE else grade,
        min_age=service.min_age,
        max_age=service.max_age,
        sexes=tuple(Sex(sex) for sex in service.sexes),
        capability=service.capability,
        evidence=tuple(Evidence(level) for level in service.evidence),
        places=max(0, service.places_free - held),
        places_confirmed_days_ago=NEVER_CONFIRMED if at is None else max(0, -((at - now) // dt.timedelta(days=1))),
        easting=service.easting,
        northing=service.northing,
        authority=service.authority_gss or "unknown",
        quality=None,
        solo=service.solo,
        adaptations=service.adaptations,
        languages=service.languages,
        list_price_pence_week=None,
    )


def _within(away: int | Fraction | None, limit: int | None) -> bool:
    if away is None or limit is None:
        return False
    return away * 1_000_000 <= (limit * MILLIMETRES_PER_MILE) ** 2


def _frozen_origin(request: PlacementRequest) -> tuple[int, int] | None:
    if request.origin_easting is None or request.origin_northing is None:
        return None
    return request.origin_easting, request.origin_northing


def _policy(session: Session, request: PlacementRequest, lot: LotRow, now: dt.datetime) -> Policy:
    """The frozen policy, or the one that would be frozen now."""
    if request.evaluation_policy_id is not None:
        return policy_of(session, request, lot.service_type)
    rules = evaluation_on(session, lot.service_type, local_date(now))
    as_frozen = PlacementRequest(evaluation_policy_id=rules.policy_version_id, weights=dict(rules.weights))
    return policy_of(session, as_frozen, lot.service_type)


def _sets(
    request: PlacementRequest,
    borough_gss: str,
    lot: LotRow,
    origin: tuple[int, int] | None,
    wanted: tuple[tuple[ChildFacts, ...], ...],
) -> tuple[tuple[Request, tuple[ChildFacts, ...]], ...]:
    """The sets of children that are asked about, each as the matcher is asked about it when offers are
    opened: on the highest of their needs, with a place for every one.
    """
    easting, northing = origin or (0, 0)
    return tuple(
        (
            replace(
                request_about(request, borough_gss, lot.service_type, children), easting=easting, northing=northing
            ),
            children,
        )
        for children in wanted
    )
