"""A request on the market with its invited companies and their offers, through the use cases. All of it is made up.

`make_scene(session)` is a published request on a residential lot with three invited services; `offer(scene, ...)` puts
an offer in, `open_offers(scene)` freezes the shortlist after the deadline, `prefer(scene, ...)` chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.events import install
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import Role
from app.offers.choosing import choose
from app.offers.content import OfferContent
from app.offers.invitations import invite_enrolled
from app.offers.models import Choice, Evaluation, Offer
from app.offers.offering import Late, submit_offer
from app.offers.opening import open_and_freeze
from app.requests.events import RequestPublished
from app.requests.models import PlacementRequest
from providers.market.models import Lot
from providers.services.models import Service
from tests.factories import providers
from tests.factories import requests as requests_factory
from tests.factories.requests import NOW, VAULT
from tests.remembering import remembered

BASE_URL = "https://homeward.example"
DAYS_OPEN = 14
REASON = "need_that_matters"
"""A reason of the shipped list that may be given whether the order is followed or not."""


@dataclass
class Scene:
    """A published request, who wrote it, and the services that were invited, with somebody of each company."""

    session: Session
    vault: Vault
    now: dt.datetime
    lot: Lot
    request: PlacementRequest
    officer: Actor
    services: list[Service]
    people: dict[str, Actor] = field(default_factory=dict)

    @property
    def deadline(self) -> dt.datetime:
        assert self.request.offers_close_at is not None
        return self.request.offers_close_at

    def provider(self, service: Service) -> Actor:
        """Somebody of a service's company."""
        return self.people[service.organisation_id]


def install_reactions(session: Session) -> None:
    """What the wiring would do when a request is published: tell the lot's enrolled services."""
    install(session, {RequestPublished: (lambda s, event: invite_enrolled(s, event, base_url=BASE_URL),)})


def somebody_of(session: Session, service: Service) -> Actor:
    """The administrator that a service's company came with."""
    person = session.scalars(
        select(Membership.person_id).where(Membership.organisation_id == service.organisation_id)
    ).first()
    assert person is not None
    actor = actor_for(session, person, service.organisation_id)
    assert actor is not None
    return actor


@remembered
def make_scene(
    session: Session,
    *,
    services: Sequence[Mapping[str, Any]] = ({}, {}, {}),
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    lot: Lot | None = None,
    borough: Organisation | None = None,
    needs: Sequence[int | None] = requests_factory.NEEDS,
    answers: dict[str, Any] | None = None,
    include: bool = True,
) -> Scene:
    """`services` are keyword arguments of `make_enrolled_service`, one mapping for each service to be invited."""
    if vault is VAULT:
        install_reactions(session)
    lot = lot or providers.make_system_and_lots(session, now).residential
    made = [providers.make_enrolled_service(session, lot=lot, now=now, **wanted) for wanted in services]
    return make_request_in(
        session,
        lot=lot,
        services=made,
        vault=vault,
        now=now,
        borough=borough,
        needs=needs,
        answers=answers,
        include=include,
    )


@remembered
def make_request_in(
    session: Session,
    *,
    lot: Lot,
    services: list[Service],
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    borough: Organisation | None = None,
    needs: Sequence[int | None] = requests_factory.NEEDS,
    answers: dict[str, Any] | None = None,
    include: bool = True,
) -> Scene:
    """Another request on a lot whose services are there already; each is told, whatever soft gate it fails, unless not
    `include`.
    """
    borough = borough or requests_factory.make_borough(session, now=now)
    officer = requests_factory.make_actor(session, Role.PLACEMENT_OFFICER, organisation=borough, now=now)
    request = requests_factory.make_published_request(
        session,
        lot=lot,
        officer=officer,
        vault=vault,
        now=now,
        offers_close_at=now + dt.timedelta(days=DAYS_OPEN),
        needs=needs,
        answers=answers,
        include=[service.id for service in services] if include else [],
    )
    people = {service.organisation_id: somebody_of(session, service) for service in services}
    return Scene(session, vault, now, lot, request, officer, services, people)


def content(
    care: int = 4_200_00,
    *,
    needs: Sequence[int | None] = requests_factory.NEEDS,
    start: dt.date | None = None,
    now: dt.datetime = NOW,
    **replaced: Any,
) -> OfferContent:
    """An offer's content that is right in every field; `care` in pence a week."""
    given: dict[str, Any] = {
        "care_pence": care,
        "education_pence": 0,
        "health_pence": 0,
        "transport_pence": 0,
        "weeks_per_year": 52,
        "can_start_on": start or (now + dt.timedelta(days=21)).date(),
        "place_postcode": "CR0 1EA",
        "how_needs_are_met": {n: f"Made-up plan for need {n}" for n, score in enumerate(needs, start=1) if score},
        "note": "",
        **replaced,
    }
    return OfferContent(**given)


@remembered
def offer(
    scene: Scene,
    service: Service,
    care: int = 4_200_00,
    *,
    now: dt.datetime | None = None,
    version: int | None = None,
    **replaced: Any,
) -> Offer:
    """An offer of a service, in time unless `now` says otherwise."""
    outcome = try_offer(scene, service, care, now=now, version=version, **replaced)
    assert isinstance(outcome, Offer)
    return outcome


@remembered
def try_offer(
    scene: Scene,
    service: Service,
    care: int = 4_200_00,
    *,
    now: dt.datetime | None = None,
    version: int | None = None,
    **replaced: Any,
) -> Offer | Late:
    """An offer, or the answer that it came too late. Its place is the service's own, where that is a home."""
    if service.easting is not None:
        replaced = {"place_postcode": service.postcode, **replaced}
    return submit_offer(
        scene.session,
        actor=scene.provider(service),
        vault=scene.vault,
        request_id=scene.request.id,
        service_id=service.id,
        content=content(care, needs=scene.request.needs or [], now=scene.now, **replaced),
        now=now or scene.now + dt.timedelta(hours=1),
        version=version,
    )


@remembered
def three_offers(session: Session) -> tuple[Scene, list[Offer]]:
    """A scene with an offer of each company: two that pass every gate, the better one dearer, and one that fails."""
    scene = make_scene(session, services=({"quality": 90}, {"quality": 60}, {"min_age": 16}))
    sent = [
        offer(scene, service, price)
        for service, price in zip(scene.services, (4_800_00, 4_100_00, 3_000_00), strict=True)
    ]
    return scene, sent


def open_offers(scene: Scene, *, now: dt.datetime | None = None) -> Evaluation:
    """Open and freeze, at the deadline unless told otherwise."""
    return open_and_freeze(scene.session, vault=scene.vault, request_id=scene.request.id, now=now or scene.deadline)


@remembered
def prefer(
    scene: Scene,
    chosen: Offer,
    *,
    code: str = REASON,
    reason: str = "Nearest to school",
    now: dt.datetime | None = None,
) -> Choice:
    """Choose an offer an hour after the deadline, unless told otherwise, for a reason that every situation allows."""
    return choose(
        scene.session,
        actor=scene.officer,
        request_id=scene.request.id,
        offer_id=chosen.id,
        reason_code=code,
        reason=reason,
        now=now or scene.deadline + dt.timedelta(hours=1),
        base_url=BASE_URL,
    )
