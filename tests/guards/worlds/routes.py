"""What the route to the market is named by in addresses."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.identity.status import OrganisationKind, Role
from app.requests.in_house import note_asked
from tests.factories.requests import make_approved_request
from tests.guards.worlds.world import Ids, World, names


@names("borough.lot_id")
def lots_of_boroughs(_session: Session, world: World) -> Ids:
    """A lot that our borough takes part in, and one that only the other does."""
    market = world.things["market"]
    return Ids(market.supported.id, market.fostering.id)


@names("ask_id")
def in_house_asks(session: Session, world: World) -> Ids:
    """A question of each borough to a service of its side's provider, before the market is asked."""
    made = []
    sides = zip(
        (world.ours, world.theirs), (world.our_people, world.their_people), world.things["services"], strict=True
    )
    for places, people, service in sides:
        request, _, _ = make_approved_request(
            session,
            borough=places[OrganisationKind.BOROUGH],
            officer=people[Role.PLACEMENT_OFFICER],
            manager=people[Role.TEAM_MANAGER],
            vault=world.vault,
            now=world.now,
        )
        asked = [(service.id, service.organisation_id)]
        made += note_asked(session, request, asked, world.now, world.now)
    ours, theirs = made
    session.flush()
    return Ids(ours.id, theirs.id)
