"""What the register's files, exemptions, applications, the passport and homes are named by in addresses."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.models import StoredFile
from app.identity.status import OrganisationKind, Role
from app.offers.models import Exemption
from providers.passport.connected import Connection, add_connected
from providers.passport.models import Clarification, SupplierExclusion
from providers.passport.roles import ConnectedRole
from providers.passport.status import ExclusionKind, ExclusionStatus
from providers.register.models import RegisterUpload
from tests.factories.passport import Shelf, show
from tests.factories.services import make_home, make_proof
from tests.guards.worlds.world import EVERYBODY, HUB, Ids, World, names


@names("upload_id")
def uploads(session: Session, world: World) -> Ids:
    """Two files on their way into the register, which is everybody's who may import."""
    kept = StoredFile(sha256="9" * 64, size=1, media_type="text/csv", stored_at=world.now)
    session.add(kept)
    session.flush()
    rows = [
        RegisterUpload(
            file_name=f"made_up_{number}.csv",
            sha256=kept.sha256,
            as_of=dt.date(2026, 3, 31),
            skip_bad_rows=False,
            uploaded_by=world.our_people[Role.COMMISSIONER].person_id,
            uploaded_at=world.now,
        )
        for number in (1, 2)
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id, EVERYBODY)


@names("exemption_id")
def exemptions(session: Session, world: World) -> Ids:
    """A service exempt for a request of each borough."""
    rows = [
        Exemption(
            request_id=request_id,
            service_id=world.things["services"][0].id,
            against="Made-up judgement",
            reason="Made for a test",
            conditions="None",
            given_by=people[Role.HEAD_OF_SERVICE].person_id,
            given_at=world.now,
        )
        for request_id, people in (
            (world.ids["request_id"].ours, world.our_people),
            (world.ids["request_id"].theirs, world.their_people),
        )
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id)


@names("clarification_id")
def clarifications(session: Session, world: World) -> Ids:
    """A question of the hub about each of those applications."""
    rows = [
        Clarification(
            application_id=application_id,
            asked="A made-up question",
            asked_by=world.our_people[Role.COMMISSIONER].person_id,
            asked_at=world.now,
            answer_by=local_date(world.now),
        )
        for application_id in (world.ids["application_id"].ours, world.ids["application_id"].theirs)
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id)


@names("exclusion_id")
def exclusions(session: Session, world: World) -> Ids:
    """A ground for exclusion whose days are past, of each provider. The hub decides on both; nobody else sees any."""
    rows = [
        SupplierExclusion(
            organisation_id=place[OrganisationKind.PROVIDER].id,
            kind=ExclusionKind.EXCLUDABLE,
            status=ExclusionStatus.WAITING,
            ground="A made-up ground",
            basis="A made-up basis",
            from_day=local_date(world.now) - dt.timedelta(days=90),
            to_day=local_date(world.now) - dt.timedelta(days=30),
            recorded_by=world.our_people[Role.COMMISSIONER].person_id,
            recorded_at=world.now,
        )
        for place in (world.ours, world.theirs)
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id, HUB)


@names("evidence_id")
def evidence(session: Session, world: World) -> Ids:
    """A file that each provider showed. The hub reads both."""
    made = [
        show(
            session,
            people[Role.PROVIDER_ADMINISTRATOR],
            "public_liability",
            local_date(world.now) + dt.timedelta(days=365),
            store=Shelf(),
            now=world.now,
        ).id
        for people in (world.our_people, world.their_people)
    ]
    return Ids(*made, HUB)


@names("connected_id")
def connected(session: Session, world: World) -> Ids:
    """A director of each provider."""
    made = [
        add_connected(
            session,
            actor=people[Role.PROVIDER_ADMINISTRATOR],
            connection=Connection("Avery Example", ConnectedRole.DIRECTOR, local_date(world.now)),
            now=world.now,
        ).id
        for people in (world.our_people, world.their_people)
    ]
    return Ids(*made)


@names("home_id")
def homes(session: Session, world: World) -> Ids:
    """A home of each of those services. Only its own company reaches it by its id."""
    return Ids(*(make_home(session, service, now=world.now).id for service in world.things["services"]))


@names("proof_id")
def proofs(session: Session, world: World) -> Ids:
    """What each of those services showed of a need, with a file."""
    made = [
        make_proof(session, service, people[Role.PROVIDER_ADMINISTRATOR], now=world.now).id
        for service, people in zip(world.things["services"], (world.our_people, world.their_people), strict=True)
    ]
    return Ids(*made, HUB)
