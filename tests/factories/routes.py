"""An approved request on its way to the market, with every reaction to what happens on it. All of it is made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.events import install
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from app.offers import escalating, in_house, telling_invited
from app.offers.events import ShortlistFrozen
from app.offers.invitations import invite_enrolled
from app.offers.models import Invitation
from app.requests import publication
from app.requests.events import (
    DeadlineExtended,
    InHouseAnswered,
    RequestAmended,
    RequestApproved,
    RequestPublished,
    RequestWidened,
    RequestWithdrawn,
)
from app.requests.models import PlacementRequest
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ProcurementMode
from providers.services.models import Service
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.identity import make_organisation
from tests.factories.requests import (
    NOW,
    VAULT,
    join,
    make_approved_request,
    make_borough,
    request_answers,
)

URL = made.BASE_URL
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BRIGHTON = "BN1 1JE"
"""Some 40 miles from the child's home in Croydon."""


@dataclass
class World:
    """An approved request of a borough with its people, and the lot that it would go to."""

    session: Session
    lot: Lot
    request: PlacementRequest
    officer: Actor
    manager: Actor

    def service(self, **given: Any) -> Service:
        return providers.make_enrolled_service(self.session, lot=self.lot, now=NOW, **given)

    def publish(self, closes: dt.datetime = NOW + 14 * DAY, **given: Any) -> None:
        publication.publish(
            self.session,
            actor=self.officer,
            vault=VAULT,
            request_id=self.request.id,
            lot_id=given.pop("lot_id", self.lot.id),
            offers_close_at=closes,
            version=self.request.version,
            now=given.pop("now", NOW),
            **given,
        )

    @property
    def told(self) -> set[str]:
        rows = select(Invitation.service_id).where(Invitation.request_id == self.request.id)
        return set(self.session.scalars(rows))

    def letters(self, template: str) -> list[str]:
        rows = select(OutboxMessage.address).where(OutboxMessage.template == template)
        return sorted(self.session.scalars(rows))


def told(reaction: Callable[..., object], **more: Any) -> Callable[..., object]:
    return lambda session, event: reaction(session, event, base_url=URL, **more)


def react(session: Session) -> None:
    """What the wiring would do."""
    install(
        session,
        {
            RequestApproved: (told(in_house.ask_in_house, vault=VAULT),),
            InHouseAnswered: (told(in_house.tell_answer),),
            RequestPublished: (told(invite_enrolled),),
            DeadlineExtended: (told(telling_invited.tell_extension),),
            RequestAmended: (told(telling_invited.tell_amendment),),
            RequestWithdrawn: (told(telling_invited.tell_withdrawal),),
            RequestWidened: (told(escalating.tell_widened),),
            ShortlistFrozen: (told(escalating.escalate),),
        },
    )


def build(
    session: Session,
    *,
    mode: ProcurementMode = ProcurementMode.PCR_LIGHT_TOUCH,
    own: int = 0,
    **answered: Any,
) -> World:
    """`own` is how many services the borough has itself, enrolled on the lot."""
    react(session)
    lot = providers.make_system_and_lots(session, NOW, mode=mode).residential
    borough = make_borough(session)
    join(session, borough.id, lot)
    for number in range(own):
        house = make_organisation(session, OrganisationKind.PROVIDER, f"Own house {number} of {borough.name}")
        house.in_house_of = borough.id
        providers.make_enrolled_service(session, lot=lot, organisation=house, name=f"Own {number}", now=NOW)
    request, officer, manager = make_approved_request(session, borough=borough, answers=request_answers(**answered))
    return World(session, lot, request, officer, manager)
