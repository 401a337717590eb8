"""The facts behind a score that only the consortium knows: contract checks, what becomes of placements, and challenges.
Rows stay, corrections are rows, and the score follows each of them.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import Sessions
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import publish
from app.core.files import FolderStore, accept
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from notifications.models import OutboxMessage
from providers.market.status import ServiceType
from providers.passport.events import ApplicationDecided, EvidenceChanged
from providers.passport.models import Application, Evidence
from providers.passport.status import ApplicationStatus
from providers.quality.challenges import (
    answer_challenge,
    challenge_fact,
    challenges_for_hub,
    challenges_of,
    challenges_waiting,
    own_challenge,
)
from providers.quality.compliance import checks_of, record_check
from providers.quality.models import ServiceOutcome
from providers.quality.outcomes import Said, correct_outcome, outcomes_of, record_outcome, reply_to_outcome
from providers.quality.queries import Quality, history, latest_quality
from providers.quality.scoring import score_registration
from providers.quality.status import ChallengeStatus, ComplianceRating, Ending, OutcomeKind, Progress
from providers.register.status import Grade
from providers.services.models import Service
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.providers import BASE_URL, NOW, Market

DAY = dt.timedelta(days=1)
STARTED = dt.date(2026, 3, 2)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """One open session on a migrated database, so that what the database itself refuses is refused here too."""
    with sessions() as session:
        factory.install_reactions(session)
        factory.make_policies(session)
        yield session
        session.rollback()


@pytest.fixture
def home(session: Session, market: Market) -> Service:
    """A home with Good in all three, recently, enrolled by nobody's marks, with no evidence."""
    service = factory.make_enrolled_service(session, lot=market.residential, grade=Grade.GOOD)
    factory.install_reactions(session, NOW + DAY)
    score_registration(session, service.urn, now=NOW + DAY, why="First")
    return service


@pytest.fixture
def owner(session: Session, home: Service) -> Actor:
    return make_actor(session, session.get_one(Organisation, home.organisation_id))


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, make_organisation(session, OrganisationKind.BOROUGH), Role.PLACEMENT_OFFICER)


def stands(session: Session, service: Service) -> Quality:
    found = latest_quality(session, service.urn)
    assert found is not None
    assert found.adds_up
    return found


def lines(quality: Quality) -> dict[str, tuple[int, bool]]:
    return {key: (line.points, line.known) for key, line in quality.lines}


def check(session: Session, actor: Actor, service: Service, **given: Any) -> Any:
    said: dict[str, Any] = {"rating": ComplianceRating.GOOD, "words": "All in order.", "checked_on": NOW.date()}
    return record_check(session, actor=actor, urn=service.urn, now=NOW + DAY, **{**said, **given})


def outcome(session: Session, actor: Actor, service: Service, **given: Any) -> ServiceOutcome:
    said: dict[str, Any] = {"kind": OutcomeKind.REVIEW, "happened_on": dt.date(2026, 6, 1), "progress": Progress.GOOD}
    reference = given.pop("reference", "PL-TEST")
    return record_outcome(
        session,
        actor=actor,
        urn=service.urn,
        service_type=ServiceType.RESIDENTIAL,
        placement_reference=reference,
        provider_id=service.organisation_id,
        started_on=STARTED,
        said=Said(**{**said, **given}),
        now=NOW + DAY,
        base_url=BASE_URL,
    )


def test_a_contract_check_raises_the_score_and_its_correction_counts_instead(
    session: Session, home: Service, commissioner: Actor, market: Market
) -> None:
    # 20 + 15 + 0 = 35, of which 20 per cent are 7
    assert stands(session, home).score == 47 + 7 + 12
    first = check(session, commissioner, home)
    # 20 + 30 + 0 = 50, 10
    assert stands(session, home).score == 47 + 10 + 12
    assert lines(stands(session, home))["strategic.compliance"] == (30, True)
    check(session, commissioner, home, rating=ComplianceRating.REQUIRES_IMPROVEMENT, corrects=first.id)
    # 20 + 12 + 0 = 32, 6.4
    assert stands(session, home).score == 47 + 6 + 12
    assert [(one.check.rating, one.corrected) for one in checks_of(session, home.urn)] in (
        [(ComplianceRating.GOOD, True), (ComplianceRating.REQUIRES_IMPROVEMENT, False)],
        [(ComplianceRating.REQUIRES_IMPROVEMENT, False), (ComplianceRating.GOOD, True)],
    )
    with pytest.raises(Conflict, match="corrected already"):
        check(session, commissioner, home, corrects=first.id)
    other = factory.make_enrolled_service(session, lot=market.residential)
    with pytest.raises(NotFound):
        check(session, commissioner, other, corrects=first.id)
    scores = [one.score for one in history(session, home.urn)]
    assert scores == [65, 69, 66, 78], "every value that was ever used stays, the latest first"


def test_a_contract_check_is_refused_without_words_ahead_of_time_or_of_nobodys_registration(
    session: Session, home: Service, commissioner: Actor, owner: Actor
) -> None:
    with pytest.raises(Invalid) as refused:
        check(session, commissioner, home, words=" ", checked_on=dt.date(2026, 11, 25))
    assert set(refused.value.errors) == {"words", "checked_on"}
    with pytest.raises(NotFound):
        record_check(
            session,
            actor=commissioner,
            urn=factory.make_registration(session).urn,
            checked_on=NOW.date(),
            rating=ComplianceRating.GOOD,
            words="Nobody holds it",
            now=NOW,
        )
    with pytest.raises(NotAllowed):
        check(session, owner, home)


def test_marks_evidence_and_enrolment_move_the_score_when_they_are_announced(
    session: Session, home: Service, owner: Actor, market: Market
) -> None:
    application = Application(
        claim_id=home.claim_id,
        lot_id=market.residential.id,
        status=ApplicationStatus.APPROVED,
        statement="Made for a test",
        submitted_by=owner.person_id,
        submitted_at=NOW,
        due_on=NOW.date(),
        decided_at=NOW,
        decided_by=owner.person_id,
        reason="Made for a test",
        marks_per_cent=90,
    )
    session.add(application)
    session.flush()
    publish(session, ApplicationDecided(application.id, home.claim_id, home.urn, True, NOW + DAY))
    # 36 + 15 + 0 = 51, 10.2
    assert stands(session, home).score == 47 + 10 + 12
    accepted = accept(io.BytesIO(b"%PDF-1.4 made up"), name="cover.pdf")
    from app.core.models import StoredFile

    session.add(StoredFile(sha256=accepted.sha256, size=accepted.size, media_type="application/pdf", stored_at=NOW))
    session.flush()
    session.add(
        Evidence(
            organisation_id=home.organisation_id,
            question="public_liability",
            sha256=accepted.sha256,
            file_name="cover.pdf",
            last_day=dt.date(2026, 11, 24),
            added_by=owner.person_id,
            added_at=NOW,
        )
    )
    session.flush()
    given = {"organisation_id": home.organisation_id, "claim_id": None, "question": "public_liability"}
    publish(session, EvidenceChanged(**given, at=NOW + DAY))
    quality = stands(session, home)
    said = dict(quality.lines)["strategic.currency"]
    assert said.said.startswith("1 of ")
    assert said.points > 0
    later = score_registration(session, home.urn, now=NOW + 2 * DAY, why="A day later it has lapsed")
    assert "lapsed after 24 November 2026" in later.parts["sections"][1]["lines"][2]["said"]


def test_a_borough_says_how_a_placement_goes_and_the_score_and_the_company_hear_of_it(
    session: Session, home: Service, officer: Actor
) -> None:
    assert lines(stands(session, home))["service.progress"] == (0, False)
    made = outcome(session, officer, home, started_on_day=True, reports_on_time=True, feedback=5)
    quality = stands(session, home)
    # (100 + 5 x 60) / 6 = 66.67 everywhere: 27 + 20 + 10 + 10 = 67, 13.4
    assert quality.score == 47 + 7 + 13
    assert lines(quality)["service.progress"] == (27, True)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "outcome_recorded")).one()
    assert "PL-TEST" in mail.subject
    assert mail.text.count(f"/provider/outcomes/{made.id}/reply") == 1


def test_a_correction_takes_the_place_of_a_record_that_stays(
    session: Session, home: Service, officer: Actor, owner: Actor
) -> None:
    made = outcome(session, officer, home, progress=Progress.WORSE)
    said = Said(kind=OutcomeKind.REVIEW, happened_on=made.happened_on, progress=Progress.GOOD)
    given: dict[str, Any] = {"started_on": STARTED, "now": NOW + DAY, "base_url": BASE_URL, "said": said}
    with pytest.raises(Invalid) as refused:
        correct_outcome(session, actor=officer, outcome_id=made.id, why=" ", **given)
    assert refused.value.field == "why"
    with pytest.raises(NotAllowed):
        correct_outcome(session, actor=owner, outcome_id=made.id, why="It was better", **given)
    correct_outcome(session, actor=officer, outcome_id=made.id, why="Read the wrong report.", **given)
    with pytest.raises(Conflict):
        correct_outcome(session, actor=officer, outcome_id=made.id, why="Once more", **given)
    found = outcomes_of(session, "PL-TEST")
    assert sorted((one.outcome.edition, one.corrected) for one in found) == [(1, True), (2, False)]
    # (100 + 300) / 6 = 66.67, 40 per cent are 27; the first one said (0 + 300) / 6 = 50, 20
    assert lines(stands(session, home))["service.progress"] == (27, True)


def test_a_moment_is_recorded_once_and_nothing_follows_an_ending(
    session: Session, home: Service, officer: Actor
) -> None:
    outcome(session, officer, home)
    with pytest.raises(Invalid, match="on that day was recorded already"):
        outcome(session, officer, home)
    outcome(session, officer, home, kind=OutcomeKind.ENDING, ending=Ending.UNPLANNED, happened_on=dt.date(2026, 7, 1))
    for given in (
        {"happened_on": dt.date(2026, 8, 1)},
        {"kind": OutcomeKind.ENDING, "ending": Ending.PLANNED, "happened_on": dt.date(2026, 6, 15)},
    ):
        with pytest.raises(Conflict, match="ending of this placement"):
            outcome(session, officer, home, **given)
    # the latest record counts: an unplanned ending, (0 + 300) / 6 = 50, 30 per cent are 15
    assert lines(stands(session, home))["service.stability"] == (15, True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"happened_on": dt.date(2026, 3, 1)}, "happened_on"),
        ({"happened_on": dt.date(2026, 11, 25)}, "happened_on"),
        ({"progress": None}, "progress"),
        ({"feedback": 6}, "feedback"),
        ({"kind": OutcomeKind.ENDING}, "ending"),
        ({"ending": Ending.PLANNED}, "ending"),
        ({"words": "x" * 2001}, "words"),
    ],
)
def test_a_record_that_cannot_be_is_refused_at_its_field(
    session: Session, home: Service, officer: Actor, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        outcome(session, officer, home, **given)
    assert set(refused.value.errors) == {field}


def test_the_company_replies_once_to_what_was_said_of_its_own_placements(
    session: Session, home: Service, officer: Actor, owner: Actor, provider: Actor
) -> None:
    made = outcome(session, officer, home)
    with pytest.raises(NotFound):
        reply_to_outcome(session, actor=provider, outcome_id=made.id, words="Not mine", now=NOW + DAY)
    reply_to_outcome(session, actor=owner, outcome_id=made.id, words="We agree.", now=NOW + DAY)
    with pytest.raises(Conflict):
        reply_to_outcome(session, actor=owner, outcome_id=made.id, words="And more.", now=NOW + DAY)
    (found,) = outcomes_of(session, "PL-TEST")
    assert found.reply is not None
    assert found.reply.words == "We agree."


def challenge(session: Session, actor: Actor, service: Service, folder: Path, **given: Any) -> Any:
    said: dict[str, Any] = {"fact": "strategic.compliance", "why": "We were checked in May.", "file": None}
    return challenge_fact(
        session,
        actor=actor,
        store=FolderStore(folder),
        claim_id=service.claim_id,
        now=NOW + DAY,
        base_url=BASE_URL,
        **{**said, **given},
    )


def test_a_challenge_is_made_with_its_file_answered_once_and_kept(
    session: Session, home: Service, owner: Actor, commissioner: Actor, tmp_path: Path
) -> None:
    file = accept(io.BytesIO(b"%PDF-1.4 a letter"), name="letter.pdf")
    made = challenge(session, owner, home, tmp_path, file=file)
    assert (made.fact_said, made.file_name) == ("No contract check in the last 24 months", "letter.pdf")
    assert challenges_waiting(session, commissioner) == 1
    with pytest.raises(Conflict, match="challenged this already"):
        challenge(session, owner, home, tmp_path)
    given: dict[str, Any] = {"upheld": True, "now": NOW + DAY, "base_url": BASE_URL}
    with pytest.raises(Stale):
        answer_challenge(
            session, actor=commissioner, challenge_id=made.id, answer="Yes", version=made.version + 1, **given
        )
    answer_challenge(
        session, actor=commissioner, challenge_id=made.id, answer="You were: we add it.", version=made.version, **given
    )
    with pytest.raises(Conflict):
        answer_challenge(
            session, actor=commissioner, challenge_id=made.id, answer="Again", version=made.version, **given
        )
    (kept,) = challenges_of(session, home.urn)
    assert (kept.challenge.status, kept.challenge.answer) == (ChallengeStatus.UPHELD, "You were: we add it.")
    assert challenges_waiting(session, commissioner) == 0
    assert challenges_for_hub(session, commissioner)[1] == 1
    told = dict(session.execute(select(OutboxMessage.template, OutboxMessage.subject)).all())
    assert set(told) == {"challenge_made", "challenge_answered"}
    assert told["challenge_answered"].endswith("is upheld")
    challenge(session, owner, home, tmp_path, why="Another time.")  # an answered one stands in nobody's way


def test_a_challenge_is_of_the_own_score_only_and_of_a_line_that_is_there(
    session: Session, home: Service, owner: Actor, provider: Actor, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        challenge(session, provider, home, tmp_path)
    for wrong in ({"fact": "strategic.nonsense"}, {"why": "  "}):
        with pytest.raises(Invalid):
            challenge(session, owner, home, tmp_path, **wrong)
    made = challenge(session, owner, home, tmp_path, fact="inspection.overall")
    with pytest.raises(NotFound):
        own_challenge(session, provider, made.id)


def test_that_there_is_no_inspection_may_be_challenged_too(session: Session, market: Market, tmp_path: Path) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential, grade=None, quality=None)
    score_registration(session, service.urn, now=NOW + DAY, why="First")
    owner = make_actor(session, session.get_one(Organisation, service.organisation_id))
    quality = stands(session, service)
    assert quality.score is None
    assert [(section.key, section.value, section.points) for section in quality.sections] == [
        ("inspection", None, 0),
        ("strategic", 35, 0),
        ("service", 60, 0),
    ]
    made = challenge(session, owner, service, tmp_path, fact="inspection")
    assert made.fact_said.startswith("Not yet inspected")
