"""What the facts behind a score, its challenges and its policy are named by in addresses."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.models import StoredFile
from app.core.policies import in_force
from app.identity.status import Role
from app.placements.models import Placement
from providers.market.status import ServiceType
from providers.quality.changing import propose
from providers.quality.compliance import record_check
from providers.quality.models import QualityChallenge
from providers.quality.outcomes import Said, record_outcome
from providers.quality.scoring import score_registration
from providers.quality.status import ComplianceRating, OutcomeKind
from providers.services.models import Service
from tests.guards.worlds.world import BASE_URL, HUB, Ids, World, names


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
