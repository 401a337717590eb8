"""The world that the tenancy walk walks through: two of each kind of organisation, somebody in every role, and a
thing of each kind.

Each parameter of an address that names a thing has a builder here, which makes one thing that belongs to our side and
one that belongs to the other, and gives both ids. To add a room: write a function under `names` with the parameter's
name that takes the session and the world, make the two things through the room's factories
(tests/factories/<room>.py), and return `Ids(ours, theirs)`. Builders run once, in the order in which they stand, and
may use what an earlier one made: `world.ids[...]`.

`reached_by` names kinds of organisation whose people rightly reach the other side's thing, such as the hub. What
belongs to nobody, such as a line of the public register, is reached by `EVERYBODY`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.batches import begin
from app.core.clock import local_date
from app.core.crypto import Vault
from app.identity.invitations import invite
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.status import ADMINISTRATOR_OF, ROLES_OF, OrganisationKind, Role
from app.panels.setting_up import seat
from app.panels.status import Element
from app.placements.models import Placement
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task
from providers.passport.models import Application, Enrolment
from providers.register.models import RegisterImport
from providers.register.status import Coverage, Grade
from tests.factories.identity import make_actor, make_organisation
from tests.factories.placements import Case, award, complete, decide, list_case, make_case, share, sign_all
from tests.factories.providers import make_enrolled_service, make_inspection, make_registration, make_system_and_lots
from tests.factories.requests import make_child
from tests.factories.services import make_home, make_proof

BASE_URL = "https://homeward.example"

SECRETS: Mapping[str, str] = {
    "token": "a secret out of an e-mail: whoever holds it may open the page, and it is looked up by its hash",
}
"""Parameters that name no organisation's thing, and why."""

WORDS: Mapping[str, str] = {
    "topic": "name",
    "section": "key_information",
    "indicator": "1",
}
"""Parameters that are words and not ids, and a word that is right."""

OPEN_TO_ALL: Mapping[str, str] = {
    "static": "styles and scripts",
    "help.show": "help is for everybody",
    "demo.message": "the demonstration's mailbox, on this machine only, of made-up people",
    "account.invitation": "behind a secret from an e-mail",
    "account.reset": "behind a secret from an e-mail",
    "account.confirm_sign_up": "behind a secret from an e-mail",
    "public.confirm_places": "behind a secret from an e-mail, for the services that it was made for and once",
}
"""Endpoints that are public although their address has a parameter, and why."""


HUB = frozenset({OrganisationKind.HUB})
EVERYBODY = frozenset(OrganisationKind)


@dataclass(frozen=True)
class Ids:
    """The id of a thing of our side, of the same kind of thing of the other side, and who may see both."""

    ours: str
    theirs: str
    reached_by: frozenset[OrganisationKind] = frozenset()


@dataclass
class World:
    """Our side and the other side: an organisation of each kind (the hub is one), and for each role an actor."""

    now: dt.datetime
    vault: Vault
    ours: dict[OrganisationKind, Organisation]
    theirs: dict[OrganisationKind, Organisation]
    our_people: dict[Role, Actor]
    their_people: dict[Role, Actor]
    ids: dict[str, Ids] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


Builder: TypeAlias = Callable[[Session, World], Ids]
BUILDERS: dict[str, Builder] = {}


def names(parameter: str) -> Callable[[Builder], Builder]:
    """Say which parameter of an address a builder's ids are for."""

    def keep(builder: Builder) -> Builder:
        if parameter in BUILDERS:
            raise ValueError(f"two builders for {parameter}")
        BUILDERS[parameter] = builder
        return builder

    return keep


def builder_of(endpoint: str, parameter: str) -> str | None:
    """The name of the builder whose ids stand for a parameter of an endpoint: the blueprint's own, else the general
    one."""
    own = f"{endpoint.rpartition('.')[0]}.{parameter}"
    return own if own in BUILDERS else parameter if parameter in BUILDERS else None


def build_world(session: Session, now: dt.datetime, vault: Vault) -> World:
    """Organisations and people, then a thing of each kind on each side."""
    kinds = list(OrganisationKind)
    ours = {kind: make_organisation(session, kind) for kind in kinds}
    theirs = {kind: make_organisation(session, kind) for kind in kinds if kind is not OrganisationKind.HUB}
    world = World(now, vault, ours, theirs, _people(session, ours), _people(session, theirs))
    for parameter, builder in BUILDERS.items():
        world.ids[parameter] = builder(session, world)
        session.flush()
    return world


def _people(session: Session, places: Mapping[OrganisationKind, Organisation]) -> dict[Role, Actor]:
    return {role: make_actor(session, place, role) for kind, place in places.items() for role in ROLES_OF[kind]}


def role_of(session: Session, actor: Actor) -> Any:
    """The id of the membership behind an actor."""
    return session.scalars(select(Membership.id).where(Membership.person_id == actor.person_id)).one()


@names("membership_id")
def memberships(session: Session, world: World) -> Ids:
    """A role held in each borough."""
    people = (world.our_people[Role.TEAM_MANAGER], world.their_people[Role.TEAM_MANAGER])
    return Ids(*(role_of(session, actor) for actor in people))


@names("person_id")
def persons(_session: Session, world: World) -> Ids:
    """Somebody of each borough."""
    return Ids(world.our_people[Role.TEAM_MANAGER].person_id, world.their_people[Role.TEAM_MANAGER].person_id)


@names("organisation_id")
def organisations(_session: Session, world: World) -> Ids:
    """Each borough. The hub looks after both."""
    ours, theirs = world.ours[OrganisationKind.BOROUGH], world.theirs[OrganisationKind.BOROUGH]
    return Ids(ours.id, theirs.id, HUB)


@names("invitation_id")
def invitations(session: Session, world: World) -> Ids:
    """An open invitation to each borough."""
    administrator = ADMINISTRATOR_OF[OrganisationKind.BOROUGH]
    made = [
        invite(
            session,
            actor=people[administrator],
            email=f"invited.{side}@example.org",
            role=Role.TEAM_MANAGER,
            now=world.now,
            base_url=BASE_URL,
        ).id
        for side, people in (("here", world.our_people), ("there", world.their_people))
    ]
    return Ids(*made)


@names("claim_id")
def claims(session: Session, world: World) -> Ids:
    """A service of each provider, enrolled on a lot. The hub decides on both."""
    market = make_system_and_lots(session, world.now)
    world.things["services"] = services = [
        make_enrolled_service(session, lot=market.residential, organisation=place, now=world.now)
        for place in (world.ours[OrganisationKind.PROVIDER], world.theirs[OrganisationKind.PROVIDER])
    ]
    world.things["market"] = market
    ours, theirs = services
    return Ids(ours.claim_id, theirs.claim_id, HUB)


@names("enrolment_id")
def enrolments(session: Session, world: World) -> Ids:
    """The enrolments of those services."""
    claim = world.ids["claim_id"]
    found = [
        session.scalars(select(Enrolment.id).where(Enrolment.claim_id == claim_id)).one()
        for claim_id in (claim.ours, claim.theirs)
    ]
    return Ids(*found, HUB)


@names("application_id")
def applications(session: Session, world: World) -> Ids:
    """An application of each of those services to another lot."""
    claim = world.ids["claim_id"]
    rows = [
        Application(
            claim_id=claim_id,
            lot_id=world.things["market"].supported.id,
            statement="Made for a test",
            submitted_by=people[Role.PROVIDER_ADMINISTRATOR].person_id,
            submitted_at=world.now,
            due_on=local_date(world.now) + dt.timedelta(days=14),
        )
        for claim_id, people in ((claim.ours, world.our_people), (claim.theirs, world.their_people))
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id, HUB)


@names("hub.organisation_id")
def providers_of_the_hub(_session: Session, world: World) -> Ids:
    """Each provider, as the hub's pages mean it."""
    ours, theirs = world.ours[OrganisationKind.PROVIDER], world.theirs[OrganisationKind.PROVIDER]
    return Ids(ours.id, theirs.id, HUB)


@names("hub.urn")
def registrations(_session: Session, world: World) -> Ids:
    """The registrations of those services: lines of a public register."""
    ours, theirs = world.things["services"]
    return Ids(ours.urn, theirs.urn, EVERYBODY)


@names("provider.urn")
def unclaimed(session: Session, _world: World) -> Ids:
    """Registrations that nobody has claimed: any provider may."""
    return Ids(make_registration(session).urn, make_registration(session).urn, EVERYBODY)


@names("inspection_id")
def judgements_in_doubt(session: Session, world: World) -> Ids:
    """A contradictory judgement of each of those services. It is the register's, and the hub resolves it."""
    made = [
        make_inspection(
            session,
            service.urn,
            overall=Grade.GOOD,
            protected=Grade.INADEQUATE,
            inspected_on=dt.date(2025, 1, 15),
            contradictory=True,
        ).id
        for service in world.things["services"]
    ]
    return Ids(*made, EVERYBODY)


@names("import_id")
def imports(session: Session, world: World) -> Ids:
    """Two imports of the register, which is everybody's."""
    rows = [
        RegisterImport(
            file_name=f"made_up_{number}.csv",
            sha256=str(number) * 64,
            as_of=dt.date(2026, 3, 31),
            coverage=next(iter(Coverage)),
            rows_read=0,
            new=0,
            changed=0,
            unchanged=0,
            rejected=0,
            imported_at=world.now,
            report={"rows_read": 0},
            urns=[],
        )
        for number in (1, 2)
    ]
    session.add_all(rows)
    session.flush()
    ours, theirs = rows
    return Ids(ours.id, theirs.id, EVERYBODY)


@names("child_id")
def children(session: Session, world: World) -> Ids:
    """A child of each borough. Nobody but their own borough knows of them, the hub neither."""
    made = [
        make_child(session, actor=people[Role.PLACEMENT_OFFICER], vault=world.vault, now=world.now).id
        for people in (world.our_people, world.their_people)
    ]
    return Ids(*made)


@names("request_id")
def requests(session: Session, world: World) -> Ids:
    """A request of each borough with a preferred offer of its side's provider: ours on a lot of our provider, theirs on
    one where ours is not enrolled.
    """
    world.things["cases"] = cases = [_case(session, world, side) for side in (0, 1)]
    return Ids(*(case.request_id for case in cases))


def _case(session: Session, world: World, side: int) -> Case:
    """A preferred offer of one side, begun long enough ago for its deadline to have passed, its place still held. The
    side's own people sit on the panel.
    """
    places, people = ((world.ours, world.our_people), (world.theirs, world.their_people))[side]
    market = world.things["market"]
    case = make_case(
        session,
        borough=places[OrganisationKind.BOROUGH],
        services=({"organisation": places[OrganisationKind.PROVIDER]},),
        lot=(market.residential, market.fostering)[side],
        vault=world.vault,
        now=world.now - dt.timedelta(days=40),
    )
    seats: tuple[tuple[Role, dict[str, Any]], ...] = (
        (Role.PANEL_CHAIR, {"is_chair": True}),
        (Role.PANEL_ADMINISTRATOR, {}),
        (Role.PANEL_MEMBER, {"payer_id": case.social_care.id}),
        (Role.AGENCY_PANEL_MEMBER, {"payer_id": case.health.id}),
    )
    for role, given in seats:
        first_day = local_date(world.now) - dt.timedelta(days=365)
        seat(session, panel_id=case.panel.id, person_id=people[role].person_id, first_day=first_day, **given)
    return case


@names("offer_id")
def offers(_session: Session, world: World) -> Ids:
    """The preferred offers."""
    return Ids(*(case.offer.id for case in world.things["cases"]))


@names("referral_id")
def referrals(_session: Session, world: World) -> Ids:
    """Their referrals, on the agenda."""
    for case in world.things["cases"]:
        complete(case)
        list_case(case)
    return Ids(*(case.referral.id for case in world.things["cases"]))


@names("placement_id")
def placements(session: Session, world: World) -> Ids:
    """A placement of each side that waits for its start, with all that led to it."""
    world.things["placed"] = placed = [_case(session, world, side) for side in (0, 1)]
    found = []
    for case in placed:
        complete(case)
        share(case, (case.social_care, Element.CARE, case.referral.weekly_pence))
        list_case(case)
        decide(case)
        awarded = award(case, sign_all(case))[0]
        found.append(session.scalars(select(Placement.id).where(Placement.award_id == awarded.id)).one())
    return Ids(*found)


@names("decision_id")
def decisions(_session: Session, world: World) -> Ids:
    """The decisions behind those placements."""
    return Ids(*(case.decision.id for case in world.things["placed"]))


@names("task_id")
def tasks(session: Session, world: World) -> Ids:
    """A task of each borough."""
    made = [
        add_task(
            session,
            organisation_id=place[OrganisationKind.BOROUGH].id,
            key="made for a test",
            kind=TaskKind.STATUTORY,
            title="Do a made-up thing",
            basis="Made-up rule",
            subject_kind="placement",
            subject_id=placement_id,
            due_on=local_date(world.now),
            now=world.now,
        ).id
        for place, placement_id in (
            (world.ours, world.ids["placement_id"].ours),
            (world.theirs, world.ids["placement_id"].theirs),
        )
    ]
    return Ids(*made)


@names("batch_id")
def batches(session: Session, world: World) -> Ids:
    """Long work of each borough."""
    made = [
        begin(
            session,
            kind="made_up_work",
            title="Made-up work",
            organisation_id=place[OrganisationKind.BOROUGH].id,
            person_id=None,
            payload={},
            now=world.now,
        ).id
        for place in (world.ours, world.theirs)
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
