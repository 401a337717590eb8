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
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.batches import begin
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.files import FolderStore
from app.core.models import StoredFile
from app.core.policies import in_force
from app.identity.invitations import invite
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.status import ADMINISTRATOR_OF, ROLES_OF, OrganisationKind, Role
from app.offers.models import Exemption
from app.panels.setting_up import seat
from app.panels.status import Element
from app.placements.models import Placement
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task
from providers.market.models import ApplicationRound, Participation, PriceBand
from providers.market.status import BandLevel, ServiceType
from providers.passport.connected import Connection, add_connected
from providers.passport.models import Application, Clarification, Enrolment, SupplierExclusion
from providers.passport.roles import ConnectedRole
from providers.passport.status import ApplicationStatus, ExclusionKind, ExclusionStatus
from providers.quality.changing import propose
from providers.quality.compliance import record_check
from providers.quality.models import QualityChallenge
from providers.quality.outcomes import Said, record_outcome
from providers.quality.scoring import score_registration
from providers.quality.status import ComplianceRating, OutcomeKind
from providers.register.models import RegisterImport, RegisterUpload
from providers.register.status import Coverage, Grade
from providers.services.bulk.working import send_in
from providers.services.models import Service
from providers.services.prices.models import DiscountKind
from providers.services.prices.setting import set_discount
from providers.services.uplifts.models import UpliftFile
from tests.factories.identity import make_actor, make_organisation
from tests.factories.passport import Shelf, show
from tests.factories.placements import Case, award, complete, decide, list_case, make_case, share, sign_all
from tests.factories.prices import csv_upload, make_uplift, set_list
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
    "bulk_sheet": "services",
    "part": "quality",
    "provider.passport_section.part": "company",
    "question": "statement_of_purpose",
    "indicator": "1",
}
"""Parameters that are words and not ids, and a word that is right; for one endpoint where it has its own."""

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
    """The name of the builder whose ids stand for a parameter of an endpoint: the endpoint's own, else the
    blueprint's, else the general one.
    """
    named = (f"{endpoint}.{parameter}", f"{endpoint.rpartition('.')[0]}.{parameter}", parameter)
    return next((name for name in named if name in BUILDERS), None)


def word_for(endpoint: str, parameter: str) -> str | None:
    """A right word for a parameter that is a word: the endpoint's own, else the general one."""
    return WORDS.get(f"{endpoint}.{parameter}", WORDS.get(parameter))


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
            status=ApplicationStatus.SUBMITTED,
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


@names("check_id")
def contract_checks(session: Session, world: World) -> Ids:
    """A contract check of each of those services. The hub keeps them all."""
    made = [
        record_check(
            session,
            actor=world.our_people[Role.COMMISSIONER],
            urn=service.urn,
            checked_on=local_date(world.now),
            rating=ComplianceRating.GOOD,
            words="Made for a test",
            now=world.now,
        ).id
        for service in world.things["services"]
    ]
    return Ids(*made, HUB)


@names("outcome_id")
def records_of_placements(session: Session, world: World) -> Ids:
    """What each borough said of its placement with the provider of its side."""
    made = []
    for placement_id, people in (
        (world.ids["placement_id"].ours, world.our_people),
        (world.ids["placement_id"].theirs, world.their_people),
    ):
        placement = session.get_one(Placement, placement_id)
        made.append(
            record_outcome(
                session,
                actor=people[Role.PLACEMENT_OFFICER],
                urn=session.get_one(Service, placement.service_id).urn,
                service_type=ServiceType.RESIDENTIAL,
                placement_reference=placement.reference,
                provider_id=placement.provider_id,
                started_on=local_date(world.now),
                said=Said(kind=OutcomeKind.REVIEW, happened_on=local_date(world.now), feedback=3),
                now=world.now,
                base_url=BASE_URL,
            ).id
        )
    return Ids(*made)


@names("challenge_id")
def challenges(session: Session, world: World) -> Ids:
    """A challenge of each provider's score, with a file. The hub answers both."""
    made = []
    for service, people in zip(world.things["services"], (world.our_people, world.their_people), strict=True):
        score = score_registration(session, service.urn, now=world.now, why="Made for a test")
        file = StoredFile(sha256=service.urn.rjust(64, "0"), size=1, media_type="application/pdf", stored_at=world.now)
        challenge = QualityChallenge(
            urn=service.urn,
            claim_id=service.claim_id,
            organisation_id=service.organisation_id,
            score_id=score.id,
            fact="inspection.overall",
            fact_label="Made for a test",
            fact_said="Good",
            why="Made for a test",
            sha256=file.sha256,
            file_name="made-up.pdf",
            made_by=people[Role.PROVIDER_ADMINISTRATOR].person_id,
            made_at=world.now,
        )
        session.add_all([file, challenge])
        session.flush()
        made.append(challenge.id)
    return Ids(*made, HUB)


@names("proposal_id")
def proposed_changes(session: Session, world: World) -> Ids:
    """Two changes of the quality policy that the hub looks at."""
    policy = in_force(session, "quality", local_date(world.now))
    made = [
        propose(
            session,
            actor=world.our_people[Role.COMMISSIONER],
            based_on_id=policy.id,
            changed={("age", "most_points"): most},
            why="Made for a test",
            now=world.now,
        ).id
        for most in (4, 5)
    ]
    return Ids(*made, HUB)


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
            inspection_id=world.ids["inspection_id"].ours,
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
