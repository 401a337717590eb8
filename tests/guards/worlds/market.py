"""What systems, lots, services, prices, uplifts and spreadsheets are named by in addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import FolderStore
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from providers.market.models import ApplicationRound, Participation, PriceBand
from providers.market.status import BandLevel, ServiceType
from providers.services.bulk.working import send_in
from providers.services.prices.models import DiscountKind
from providers.services.prices.setting import set_discount
from providers.services.uplifts.models import UpliftFile
from tests.factories.identity import make_organisation
from tests.factories.prices import csv_upload, make_uplift, set_list
from tests.factories.providers import make_enrolled_service
from tests.guards.worlds.world import EVERYBODY, HUB, Ids, World, names


@names("system_id")
def systems(_session: Session, world: World) -> Ids:
    """A purchasing system, which is the hub's and public."""
    system = world.things["market"].system
    return Ids(system.id, system.id, EVERYBODY)


@names("lot_id")
def lots(_session: Session, world: World) -> Ids:
    """Two lots of it."""
    market = world.things["market"]
    return Ids(market.residential.id, market.fostering.id, EVERYBODY)


@names("band_id")
def bands(session: Session, world: World) -> Ids:
    """A price band of each of those lots."""
    made = [
        PriceBand(lot_id=lot, name="Made-up band", min_age=8, max_age=17, level=BandLevel.STANDARD, position=1)
        for lot in (world.ids["lot_id"].ours, world.ids["lot_id"].theirs)
    ]
    session.add_all(made)
    session.flush()
    return Ids(made[0].id, made[1].id, EVERYBODY)


@names("round_id")
def rounds(session: Session, world: World) -> Ids:
    """Two rounds of the system that are still to come."""
    system = world.things["market"].system
    made = [
        ApplicationRound(
            system_id=system.id,
            mode=system.mode,
            opens_on=local_date(world.now) + dt.timedelta(days=days),
            closes_on=local_date(world.now) + dt.timedelta(days=days + 5),
        )
        for days in (10, 30)
    ]
    session.add_all(made)
    session.flush()
    return Ids(made[0].id, made[1].id, EVERYBODY)


@names("participation_id")
def participations(session: Session, world: World) -> Ids:
    """Each borough's part in a lot: ours in the lot of our provider, theirs in another."""
    made = [
        Participation(lot_id=lot, organisation_id=place[OrganisationKind.BOROUGH].id, first_day=local_date(world.now))
        for lot, place in (
            (world.things["market"].supported.id, world.ours),
            (world.ids["lot_id"].theirs, world.theirs),
        )
    ]
    session.add_all(made)
    session.flush()
    return Ids(made[0].id, made[1].id, HUB)


@names("service_id")
def services(session: Session, world: World) -> Ids:
    """A service on a lot that our borough takes part in, and one on a lot that it takes no part in."""
    market = world.things["market"]
    made = [
        make_enrolled_service(session, lot=lot, organisation=place[OrganisationKind.PROVIDER], now=world.now).id
        for lot, place in (
            (market.supported, world.ours),
            (market.lots[ServiceType.NMI_DAY], world.theirs),
        )
    ]
    return Ids(*made)


@names("hub.enrol_in_house_service.claim_id")
def in_house(session: Session, world: World) -> Ids:
    """The claim of a home that our borough runs itself."""
    company = make_organisation(session, OrganisationKind.PROVIDER)
    company.in_house_of = world.ours[OrganisationKind.BOROUGH].id
    session.flush()
    service = make_enrolled_service(session, lot=world.things["market"].fostering, organisation=company, now=world.now)
    return Ids(service.claim_id, service.claim_id, HUB)


@names("provider.lot_id")
def lots_priced(session: Session, world: World) -> Ids:
    """A lot on which our provider has a price list, and one on which it has no service."""
    market = world.things["market"]
    for people, lot in _sides_priced(world):
        set_list(session, people[Role.PROVIDER_ADMINISTRATOR], lot, now=world.now)
    return Ids(market.residential.id, market.fostering.id)


def _store(session: Session) -> FolderStore:
    """The folder in which the application of this world keeps files: beside its database."""
    return FolderStore(Path(session.get_bind().engine.url.database or ".").parent / "files")


def _sides_priced(world: World) -> tuple[tuple[dict[Role, Actor], Any], ...]:
    market = world.things["market"]
    return ((world.our_people, market.residential), (world.their_people, market.fostering))


@names("discount_id")
def discounts(session: Session, world: World) -> Ids:
    """A discount of each provider."""
    made = [
        set_discount(
            session,
            actor=people[Role.PROVIDER_ADMINISTRATOR],
            lot_id=lot.id,
            kind=DiscountKind.VOLUME,
            threshold=3,
            basis_points=250,
            from_day=local_date(world.now),
            now=world.now,
        ).id
        for people, lot in _sides_priced(world)
    ]
    return Ids(*made)


@names("uplift_id")
def uplifts(session: Session, world: World) -> Ids:
    """An uplift of each provider on a lot of its own side's borough. The hub negotiates both."""
    world.things["uplifts"] = made = [
        make_uplift(session, people[Role.PROVIDER_ADMINISTRATOR], lot, store=_store(session), now=world.now)
        for people, lot in _sides_priced(world)
    ]
    return Ids(*(one.id for one in made), HUB)


@names("uplift_file_id")
def uplift_files(session: Session, world: World) -> Ids:
    """The evidence of those uplifts: each is found with its own uplift and with no other."""
    found = [
        session.scalars(select(UpliftFile.id).where(UpliftFile.uplift_id == one.id)).one()
        for one in world.things["uplifts"]
    ]
    return Ids(*found)


@names("bulk_file_id")
def bulk_files(session: Session, world: World) -> Ids:
    """A file that each provider sent."""
    made = [
        send_in(
            session,
            actor=people[Role.PROVIDER_ADMINISTRATOR],
            accepted=csv_upload("URN,Name\n"),
            store=_store(session),
            leads_to="/provider/bulk/files/{id}",
            now=world.now,
        )[0].id
        for people, _ in _sides_priced(world)
    ]
    return Ids(*made)
