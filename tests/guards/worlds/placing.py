"""What people, requests, offers, panels and placements are named by in addresses."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.batches import begin
from app.core.clock import local_date
from app.identity.invitations import invite
from app.identity.models import Membership
from app.identity.permissions import Actor
from app.identity.status import ADMINISTRATOR_OF, OrganisationKind, Role
from app.panels.setting_up import seat
from app.panels.status import Element
from app.placements.models import Placement
from app.requests.covering import name_cover
from app.requests.models import RequestApproval
from app.requests.status import ApprovalHow
from app.requests.views import keep_view
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task
from providers.passport.models import Application, Enrolment
from providers.passport.status import ApplicationStatus
from providers.register.models import RegisterImport
from providers.register.status import Coverage, Grade
from tests.factories.placements import Case, award, complete, decide, list_case, make_case, share, sign_all
from tests.factories.providers import make_enrolled_service, make_inspection, make_registration, make_system_and_lots
from tests.factories.requests import make_child
from tests.guards.worlds.world import BASE_URL, EVERYBODY, HUB, Ids, World, names


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


@names("approval_id")
def approvals(session: Session, world: World) -> Ids:
    """An approval of each borough's request that is said to have been given by telephone."""
    made = []
    for case, people in zip(world.things["cases"], (world.our_people, world.their_people), strict=True):
        kept = session.scalars(select(RequestApproval).where(RequestApproval.request_id == case.request_id)).one()
        kept.how, kept.confirm_by = ApprovalHow.TELEPHONE, local_date(world.now)
        kept.given_by, kept.recorded_by = (people[role].person_id for role in (Role.SERVICE_MANAGER, Role.TEAM_MANAGER))
        made.append(kept.id)
    return Ids(*made)


@names("cover_id")
def covers(session: Session, world: World) -> Ids:
    """Somebody of each borough who stands in for a manager."""
    today = local_date(world.now)
    return Ids(
        *(
            name_cover(
                session,
                actor=people[Role.SERVICE_MANAGER],
                covering_id=people[Role.TEAM_MANAGER].person_id,
                first_day=today,
                last_day=today,
                reason="Made-up leave",
                now=world.now,
            ).id
            for people in (world.our_people, world.their_people)
        )
    )


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


@names("view_id")
def saved_views(session: Session, world: World) -> Ids:
    """A list of requests that an officer of each borough keeps."""
    kept = [
        keep_view(
            session, actor=people[Role.PLACEMENT_OFFICER], name="Made-up list", asked={"due": "late"}, now=world.now
        ).id
        for people in (world.our_people, world.their_people)
    ]
    return Ids(*kept)
