"""A home in which children of several boroughs are to live, through the use cases. All of it is made up.

`make_home_with_children(session, vault=...)` gives the service and the cases; each case's borough has one placement
there that waits for its start, a team manager and a head of service.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.identity.status import Role
from app.placements.models import Placement
from providers.services.models import Service
from tests.factories import offers, placements
from tests.factories.placements import IN_AREA, Case
from tests.factories.requests import NOW, VAULT, make_actor
from tests.remembering import remembered

AFTER_AWARD = NOW + dt.timedelta(days=30)
"""A moment at which every award of these cases is made."""


@dataclass(frozen=True)
class HomeWithChildren:
    """A service, the case of each borough with a child there, and the placements."""

    service: Service
    cases: tuple[Case, ...]
    placements: tuple[Placement, ...]


@remembered
def make_home_with_children(session: Session, *, vault: Vault = VAULT, boroughs: int = 2) -> HomeWithChildren:
    """The home, and a placement of each borough that waits for its start, the whole way through each panel."""
    first, placement = placements.make_placement(session, vault=vault, services=({"places": 2 + boroughs},))
    cases, made = [first], [placement]
    home = first.scene.services[0]
    for number in range(1, boroughs):
        scene = offers.make_request_in(session, lot=first.scene.lot, services=[home], vault=vault)
        offer = offers.offer(scene, home, 4_000_00, start=scene.deadline.date(), place_postcode=IN_AREA)
        offers.open_offers(scene)
        preferred_at = scene.deadline + dt.timedelta(hours=1)
        offers.prefer(scene, offer, now=preferred_at)
        borough = placements.borough_of(session, scene)
        case = placements.found_panel_for(session, scene, offer, borough, preferred_at, 2, 9000 + number)
        placements.complete(case)
        placements.list_case(case)
        placements.decide(case)
        award = placements.award(case, placements.sign_all(case))[0]
        cases.append(case)
        made.append(session.scalars(select(Placement).where(Placement.award_id == award.id)).one())
    for case in cases:
        case.others["head"] = make_actor(session, Role.HEAD_OF_SERVICE, organisation=case.borough)
    return HomeWithChildren(home, tuple(cases), tuple(made))
