"""Placements with their money, as rows, for the tests of spend and savings: many at once, under every key and trigger
of the database. All made up.

`SpendMarket.make(session, ...)` sets up boroughs, lots and budgets; `place(...)` notes placements; `write(session)`
writes them all. `fill(...)` notes a mixed market of any size, the same for the same number.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.database import new_id
from app.core.models import PolicyVersion
from app.identity.models import Organisation
from app.identity.status import OrganisationKind
from app.offers.models import Offer
from app.offers.status import OfferStatus
from app.panels.models import Authority, Payer
from app.panels.status import AuthorityKind, AuthorityStatus, Element, PayerKind
from app.placements.models import Award, CostLine, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.requests.models import PlacementRequest, RequestChild
from app.requests.status import RequestStatus
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.services.models import Service
from tests.factories.identity import make_organisation, make_person
from tests.factories.providers import make_enrolled_service, make_system_and_lots

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
ELEMENT_OF = {
    PayerKind.SOCIAL_CARE: Element.CARE,
    PayerKind.EDUCATION: Element.EDUCATION,
    PayerKind.HEALTH: Element.HEALTH,
}
TYPES = (ServiceType.FOSTERING, ServiceType.RESIDENTIAL, ServiceType.SUPPORTED, ServiceType.NMI_52)
BOROUGHS = (
    "Croydon",
    "Sutton",
    "Merton",
    "Lambeth",
    "Southwark",
    "Lewisham",
    "Bexley",
    "Bromley",
    "Greenwich",
    "Wandsworth",
    "Kingston",
    "Richmond",
)
WEEKLY = {
    ServiceType.FOSTERING: (93_000, 112_000),
    ServiceType.RESIDENTIAL: (480_000, 780_000),
    ServiceType.SUPPORTED: (60_000, 150_000),
    ServiceType.NMI_52: (350_000, 600_000),
}

_numbers = itertools.count(1)


@dataclass
class SpendMarket:
    """Boroughs with budgets, lots, one service, and the placements that wait to be written."""

    boroughs: list[Organisation]
    lots: list[Lot]
    payers: dict[tuple[str, PayerKind], str]
    service: Service
    person_id: str
    policy_id: str
    rows: dict[type, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def make(
        cls, session: Session, *, boroughs: Sequence[str] = ("Croydon", "Sutton"), lots: int = 2, now: dt.datetime = NOW
    ) -> SpendMarket:
        """Boroughs of these names, the first so many lots of a system, and three budgets for each borough."""
        made = [make_organisation(session, OrganisationKind.BOROUGH, name) for name in boroughs]
        market = make_system_and_lots(session, now, boroughs=made)
        payers = {}
        for borough in made:
            for kind in PayerKind:
                payer = Payer(organisation_id=borough.id, kind=kind, name=f"{borough.name} made-up {kind.value} budget")
                session.add(payer)
                session.flush()
                payers[borough.id, kind] = payer.id
        chosen = [market.lots[service_type] for service_type in TYPES[:lots]]
        policy_id = session.scalars(select(PolicyVersion.id).where(PolicyVersion.kind == "evaluation")).first()
        assert policy_id is not None
        return cls(
            made,
            chosen,
            payers,
            make_enrolled_service(session, lot=chosen[0], now=now),
            make_person(session).id,
            policy_id,
        )

    def place(
        self,
        *,
        first_day: dt.date,
        last_day: dt.date,
        weekly: int | Mapping[PayerKind, int],
        borough: int = 0,
        lot: int = 0,
        started_on: dt.date | None = None,
        ended_on: dt.date | None = None,
        benchmark: int | None = None,
        status: PlacementStatus | None = None,
        void: bool = False,
    ) -> str:
        """Note one placement, whose id it returns. Its status follows from its days unless given."""
        shares = weekly if isinstance(weekly, Mapping) else {PayerKind.SOCIAL_CARE: weekly}
        price = sum(shares.values())
        number = next(_numbers)
        place, where = self.boroughs[borough], self.lots[lot]
        when = dt.datetime.combine(first_day, dt.time(9), dt.UTC) - dt.timedelta(days=40)
        ids = {kind: new_id() for kind in (Child, PlacementRequest, RequestChild, Offer, Authority, Award, Placement)}
        status = status or (
            PlacementStatus.ENDED
            if ended_on
            else PlacementStatus.LIVE
            if started_on
            else PlacementStatus.AWAITING_START
        )
        sealed = dict.fromkeys(
            (
                "sealed_given_name",
                "sealed_family_name",
                "sealed_date_of_birth",
                "sealed_home_postcode",
                "sealed_ethnicity",
            ),
            "made up",
        )
        own = {"organisation_id": place.id}
        by = {"created_by": self.person_id, "created_at": when}
        self._note(
            Child,
            id=ids[Child],
            reference=f"CH-{number:06}",
            name_index=f"{number:064}",
            sex="F",
            **sealed,
            **own,
            **by,
        )
        self._note(
            PlacementRequest,
            id=ids[PlacementRequest],
            reference=f"RQ-{number:06}",
            form_version="standard-1",
            status=RequestStatus.AWARDED,
            changed_at=when,
            published_at=when,
            offers_close_at=when + dt.timedelta(days=14),
            lot_id=where.id,
            weights={"price": 40, "quality": 30, "needs": 30},
            evaluation_policy_id=self.policy_id,
            age_weeks=700,
            needs=[1] * 12,
            benchmark_pence=benchmark,
            benchmark_source="A made-up benchmark" if benchmark else None,
            **own,
            **by,
        )
        self._note(
            RequestChild, id=ids[RequestChild], request_id=ids[PlacementRequest], child_id=ids[Child], position=1
        )
        self._note(
            Offer,
            id=ids[Offer],
            reference=f"OF-{number:06}",
            request_id=ids[PlacementRequest],
            service_id=self.service.id,
            organisation_id=self.service.organisation_id,
            status=OfferStatus.WON,
            submitted_by=self.person_id,
            submitted_at=when,
            changed_at=when,
            wrapped_key="made up",
            sealed_content="made up",
        )
        self._note(
            Authority,
            id=ids[Authority],
            kind=AuthorityKind.DELEGATED,
            status=AuthorityStatus.LIVE,
            offer_id=ids[Offer],
            weekly_ceiling_pence=price,
            first_day=first_day,
            last_day=last_day,
            reason="Made for a test",
            given_by=self.person_id,
            given_at=when,
            recorded_at=when,
            **own,
        )
        self._note(
            Award,
            id=ids[Award],
            reference=f"AW-{number:06}",
            request_id=ids[PlacementRequest],
            request_child_id=ids[RequestChild],
            offer_id=ids[Offer],
            authority_id=ids[Authority],
            status=AwardStatus.VOID if void else AwardStatus.LIVE,
            weekly_pence=price,
            first_day=first_day,
            last_day=last_day,
            awarded_by=self.person_id,
            awarded_at=when,
            **own,
        )
        self._note(
            Placement,
            id=ids[Placement],
            reference=f"PL-{number:06}",
            award_id=ids[Award],
            child_id=ids[Child],
            service_id=self.service.id,
            provider_id=self.service.organisation_id,
            lot_id=where.id,
            status=status,
            planned_start=first_day,
            planned_end=last_day,
            started_on=started_on,
            ended_on=ended_on,
            created_at=when,
            **own,
        )
        for kind, pence in shares.items():
            self._note(
                CostLine,
                id=new_id(),
                placement_id=ids[Placement],
                payer_id=self.payers[place.id, kind],
                authority_id=ids[Authority],
                element=ELEMENT_OF[kind],
                weekly_pence=pence,
                first_day=first_day,
                last_day=last_day,
            )
        return ids[Placement]

    def fill(self, placements: int, *, seed: int = 1, today: dt.date = TODAY) -> None:
        """Note a market as it might be: most placements live, some awaited, ended or past their last authorised day."""
        chance = random.Random(seed)
        for number in range(placements):
            lot = number % len(self.lots)
            low, high = WEEKLY[self.lots[lot].service_type]
            price, benchmark = chance.randrange(low, high), (low + high) // 2
            first = today - dt.timedelta(days=chance.randrange(-30, 500))
            last = first + dt.timedelta(days=chance.choice((182, 364, 364, 545)))
            started = first + dt.timedelta(days=chance.randrange(4)) if first < today - dt.timedelta(days=4) else None
            ended = None
            if started and (last < today - dt.timedelta(days=20) or chance.random() < 0.1) and chance.random() < 0.8:
                ended = min(today, started + dt.timedelta(days=chance.randrange(20, 400)))
            education = price // 4 if lot == 3 else 0
            shares = {PayerKind.SOCIAL_CARE: price - education} | (
                {PayerKind.EDUCATION: education} if education else {}
            )
            self.place(
                borough=chance.randrange(len(self.boroughs)),
                lot=lot,
                first_day=first,
                last_day=last,
                weekly=shares,
                started_on=started,
                ended_on=ended,
                benchmark=None if chance.random() < 0.1 else benchmark,
            )

    def write(self, session: Session) -> None:
        """Write what was noted, each table in one statement, in an order that the keys bear."""
        for kind, rows in self.rows.items():
            table: Table = kind.__table__  # type: ignore[attr-defined]
            versioned = {"version": 1} if "version" in table.c else {}
            session.execute(insert(table), [{**versioned, **row} for row in rows])
        self.rows.clear()
        session.expire_all()

    def _note(self, of: type, /, **row: Any) -> None:
        self.rows[of].append({**({"places": 1} if of is PlacementRequest else {}), **row})
