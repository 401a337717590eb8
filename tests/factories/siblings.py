"""A request for brothers and sisters on the market, with its invited companies. All of it is made up.

`make_group(session, siblings=...)` is a published request for three children, a boy of 13, a girl of 9 and a boy of 6,
with services that are invited; `offer(scene, service, "1,2")` puts an offer in for some of them, `prefer_plan` chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.identity.models import Organisation
from app.identity.status import Role
from app.offers.children import needs_of, positions_of
from app.offers.choosing import choose_plan
from app.offers.models import Choice, Offer
from app.offers.offering import submit_offer
from app.panels import referrals
from app.panels.models import Authority
from app.requests import publication
from app.requests.models import PlacementRequest, RequestChild
from app.requests.status import Siblings
from providers.market.models import Lot
from tests.factories import offers, placements, providers, requests
from tests.factories.offers import BASE_URL, DAYS_OPEN, Scene
from tests.factories.placements import Case
from tests.factories.requests import NEEDS, NOW, VAULT
from tests.remembering import remembered

WEEKS = 52
GIRL_NEEDS: tuple[int | None, ...] = (0, 3, None, 1, 2, None, 1, 0, 0, 0, 1, 0)
BOY_NEEDS: tuple[int | None, ...] = (None, 0, 1, 0, 0, 1, 0, 2, 1, 0, 0, 1)
OTHERS: tuple[tuple[dt.date, str, tuple[int | None, ...], int], ...] = (
    (dt.date(2017, 3, 2), "F", GIRL_NEEDS, 9 * WEEKS + 40),
    (dt.date(2020, 1, 5), "M", BOY_NEEDS, 6 * WEEKS + 50),
)


@remembered
def make_group_request(
    session: Session,
    *,
    lot: Lot,
    siblings: Siblings = Siblings.PREFERRED,
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    borough: Organisation | None = None,
    children: int = 3,
    include: Sequence[str] = (),
    **matching: Any,
) -> tuple[PlacementRequest, Any]:
    """A published request for two or three children, and its officer. `matching` are columns of the request; the
    services of `include` are told although they fail a gate on which people may agree.
    """
    borough = borough or requests.make_borough(session, now=now)
    officer = requests.make_actor(session, Role.PLACEMENT_OFFICER, organisation=borough, now=now)
    request, officer, _ = requests.make_approved_request(
        session, borough=borough, officer=officer, vault=vault, now=now, needs=NEEDS
    )
    for position, (born, sex, needs, weeks) in enumerate(OTHERS[: children - 1], start=2):
        child = requests.make_child(
            session,
            actor=officer,
            vault=vault,
            given_name=f"Sibling{position}",
            date_of_birth=born,
            sex=sex,
            now=now,
        )
        request.children.append(
            RequestChild(child_id=child.id, position=position, age_weeks=weeks, sex=sex, needs=list(needs))
        )
    request.places, request.siblings = children, siblings
    for column, value in matching.items():
        setattr(request, column, value)
    session.flush()
    requests.join(session, request.organisation_id, lot, now=now)
    requests.include_services(session, request, lot, include, officer, now)
    publication.publish(
        session,
        actor=officer,
        vault=vault,
        request_id=request.id,
        lot_id=lot.id,
        offers_close_at=now + dt.timedelta(days=DAYS_OPEN),
        version=request.version,
        now=now,
    )
    return request, officer


@remembered
def make_group(
    session: Session,
    *,
    siblings: Siblings = Siblings.PREFERRED,
    services: Sequence[Mapping[str, Any]] = ({}, {}, {}),
    vault: Vault = VAULT,
    now: dt.datetime = NOW,
    borough: Organisation | None = None,
    **request_with: Any,
) -> Scene:
    """`services` are keyword arguments of `make_enrolled_service`, one mapping for each service to be invited."""
    if vault is VAULT:
        offers.install_reactions(session)
    lot = providers.make_system_and_lots(session, now).residential
    made = [providers.make_enrolled_service(session, lot=lot, now=now, **wanted) for wanted in services]
    request, officer = make_group_request(
        session,
        lot=lot,
        siblings=siblings,
        vault=vault,
        now=now,
        borough=borough,
        include=[service.id for service in made],
        **request_with,
    )
    people = {service.organisation_id: offers.somebody_of(session, service) for service in made}
    return Scene(session, vault, now, lot, request, officer, made, people)


@remembered
def offer(scene: Scene, number: int, children: str, care: int = 4_200_00, **replaced: Any) -> Offer:
    """An offer of the service of that number for the children of that key, in time and right in every field."""
    service = scene.services[number]
    needs = needs_of(scene.request, children)
    outcome = submit_offer(
        scene.session,
        actor=scene.provider(service),
        vault=scene.vault,
        request_id=scene.request.id,
        service_id=service.id,
        content=offers.content(
            care,
            needs=needs,
            now=scene.now,
            **{"place_postcode": service.postcode or "CR0 1EA", "start": scene.deadline.date(), **replaced},
        ),
        now=scene.now + dt.timedelta(hours=1),
        children=positions_of(children),
    )
    assert isinstance(outcome, Offer)
    return outcome


@remembered
def prefer_plan(scene: Scene, *chosen: Offer, apart_reason: str = "", now: dt.datetime | None = None) -> list[Choice]:
    """Choose a plan an hour after the deadline, unless told otherwise."""
    return choose_plan(
        scene.session,
        actor=scene.officer,
        request_id=scene.request.id,
        offer_ids=[one.id for one in chosen],
        reason_code=offers.REASON,
        reason="Nearest to school",
        apart_reason=apart_reason,
        now=now or scene.deadline + dt.timedelta(hours=1),
        base_url=BASE_URL,
    )


@remembered
def authorise(case: Case, chosen: Offer) -> Authority:
    """The panel's authority for one offer of a plan, the whole way: referred, completed, listed, decided and signed."""
    of_offer = replace(case, offer=chosen)
    referrals.refer(
        case.session, actor=case.officer, request_id=case.request_id, now=case.preferred_at, offer_id=chosen.id
    )
    placements.complete(of_offer)
    placements.list_case(of_offer)
    placements.decide(of_offer)
    return placements.sign_all(of_offer)
