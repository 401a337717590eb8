"""An application is written over days, sent when it is whole, and frozen as it was sent."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from providers.market.status import ProcurementMode
from providers.passport import queries
from providers.passport.applications import decide_application
from providers.passport.drafting import (
    delete_draft,
    save_answers,
    save_statement,
    show_evidence,
    start_application,
)
from providers.passport.frozen import thawed
from providers.passport.models import Application, ApplicationAnswer, Evidence, PassportAnswer
from providers.passport.status import ApplicationStatus
from providers.services.applying import submit
from providers.services.models import Service
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.providers import BASE_URL, NOW, Market

LATER = NOW + dt.timedelta(days=9)
YEAR = dt.timedelta(days=365)


@pytest.fixture
def draft(session: Session, provider: Actor, service: Service, market: Market) -> Application:
    """Begun, and nothing answered."""
    return start_application(session, actor=provider, claim_id=service.claim_id, lot_id=market.residential.id, now=NOW)


def write(
    session: Session, provider: Actor, draft: Application, part: str = "quality", now: dt.datetime = NOW, **answers: str
) -> Application:
    return save_answers(
        session, actor=provider, application_id=draft.id, part=part, answers=answers, version=draft.version, now=now
    )


def send(session: Session, provider: Actor, draft: Application, now: dt.datetime = NOW) -> Application:
    return submit(session, actor=provider, application_id=draft.id, version=draft.version, now=now)


def answers(session: Session, application: Application) -> dict[str, str]:
    rows = session.scalars(select(ApplicationAnswer).where(ApplicationAnswer.application_id == application.id))
    return {row.question: row.value for row in rows}


def test_a_draft_is_kept_with_its_gaps_and_gone_on_with_days_later(
    session: Session, provider: Actor, draft: Application
) -> None:
    write(session, provider, draft, outcomes="Nine of ten.", voice="")
    assert answers(session, draft) == {"outcomes": "Nine of ten."}
    write(session, provider, draft, now=LATER, outcomes="Ten of ten.", voice="The garden.")
    assert answers(session, draft) == {"outcomes": "Ten of ten.", "voice": "The garden."}
    assert (draft.status, draft.saved_at, draft.due_on) == (ApplicationStatus.DRAFT, LATER, None)


def test_what_somebody_else_saved_meanwhile_is_not_written_over(
    session: Session, provider: Actor, draft: Application
) -> None:
    opened = draft.version
    write(session, provider, draft, outcomes="Nine of ten.")
    with pytest.raises(Stale):
        save_answers(
            session,
            actor=provider,
            application_id=draft.id,
            part="quality",
            answers={"outcomes": "None."},
            version=opened,
            now=NOW,
        )
    with pytest.raises(Stale):
        save_statement(session, actor=provider, application_id=draft.id, statement="A home.", version=opened, now=NOW)


def test_a_draft_is_nobody_elses_and_unseen_by_the_hub(
    session: Session, provider: Actor, commissioner: Actor, draft: Application
) -> None:
    stranger = factory.make_provider(session)
    with pytest.raises(NotFound):
        write(session, stranger, draft, outcomes="Mine now.")
    with pytest.raises(NotFound):
        delete_draft(session, actor=stranger, application_id=draft.id, now=NOW)
    with pytest.raises(NotFound):
        queries.application_for_hub(session, commissioner, draft.id, NOW.date())
    assert queries.applications_waiting(session, commissioner, NOW.date()) == []
    staff = make_actor(session, session.get_one(Organisation, provider.organisation_id), Role.PROVIDER_STAFF)
    assert queries.own_application(session, staff, draft.id, NOW.date()).application is draft
    with pytest.raises(NotAllowed):
        write(session, staff, draft, outcomes="Not my role.")


def test_questions_of_other_lots_and_other_sections_are_not_answered(
    session: Session, provider: Actor, draft: Application
) -> None:
    for part, question in (
        ("service", "education_offer"),
        ("quality", "leadership"),
        ("service", "statement_of_purpose"),
    ):
        with pytest.raises(Invalid) as refused:
            write(session, provider, draft, part, **{question: "Words."})
        assert refused.value.field == question
    with pytest.raises(NotFound):
        write(session, provider, draft, "insurance")


def test_one_application_to_a_lot_is_open_at_a_time(
    session: Session, provider: Actor, service: Service, market: Market, draft: Application
) -> None:
    def begin() -> Application:
        return start_application(
            session, actor=provider, claim_id=service.claim_id, lot_id=market.residential.id, now=NOW
        )

    with pytest.raises(Conflict, match="already has an application"):
        begin()
    second = Application(
        claim_id=draft.claim_id, lot_id=draft.lot_id, status=ApplicationStatus.DRAFT, statement="", started_at=NOW
    )
    nested = session.begin_nested()
    session.add(second)
    with pytest.raises(IntegrityError):
        session.flush()
    nested.rollback()
    delete_draft(session, actor=provider, application_id=draft.id, now=NOW)
    assert begin().status is ApplicationStatus.DRAFT


def test_a_deleted_draft_takes_its_answers_and_leaves_the_services_evidence(
    session: Session, provider: Actor, service: Service, market: Market
) -> None:
    made = joining.make_draft(session, provider, service, market.residential)
    delete_draft(session, actor=provider, application_id=made.id, now=NOW)
    assert session.scalars(select(ApplicationAnswer)).all() == []
    assert session.scalars(select(Evidence.question).where(Evidence.claim_id == service.claim_id)).all() == [
        "statement_of_purpose"
    ]


def test_evidence_needs_a_last_day_that_is_not_past(session: Session, provider: Actor, draft: Application) -> None:
    def show(question: str, last_day: dt.date | None) -> Evidence:
        return show_evidence(
            session,
            actor=provider,
            store=joining.Shelf(),
            application_id=draft.id,
            question=question,
            accepted=joining.pdf(),
            last_day=last_day,
            now=NOW,
        )

    for day in (None, NOW.date() - dt.timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            show("statement_of_purpose", day)
        assert refused.value.field == "statement_of_purpose_last_day"
    with pytest.raises(NotFound):
        show("public_liability", NOW.date())  # the company's own, in its passport
    assert show("statement_of_purpose", NOW.date()).claim_id == draft.claim_id


def test_what_is_missing_is_listed_whole_question_by_question(
    session: Session, provider: Actor, draft: Application
) -> None:
    with pytest.raises(Invalid) as refused:
        send(session, provider, draft)
    missing = set(refused.value.errors)
    assert {"statement", "statement_of_purpose", "leadership", "matching_practice", "outcomes", "voice"} <= missing
    assert {"public_liability", "safer_recruitment", "mandatory_exclusion", "agree_terms"} <= missing
    assert not missing & {"education_offer", "self_cleaning", "reference_2"}, "of schools, or optional"
    assert draft.status is ApplicationStatus.DRAFT


def test_insurance_that_runs_out_before_it_is_sent_is_missing(
    session: Session, provider: Actor, service: Service, market: Market
) -> None:
    made = joining.make_draft(session, provider, service, market.residential)
    with pytest.raises(Invalid) as refused:
        send(session, provider, made, now=NOW + YEAR + dt.timedelta(days=1))
    assert "public_liability" in refused.value.errors
    assert refused.value.errors["statement_of_purpose"] == "Renew the evidence: Statement of purpose"
    assert send(session, provider, made, now=NOW + YEAR).status is ApplicationStatus.SUBMITTED


def test_the_clock_begins_when_it_is_sent_and_not_when_it_is_begun(
    session: Session, provider: Actor, service: Service
) -> None:
    lot = factory.make_system_and_lots(session, mode=ProcurementMode.PCR34).residential
    made = joining.make_draft(session, provider, service, lot, now=NOW)
    sent = send(session, provider, made, now=dt.datetime(2026, 12, 18, 9, 0, tzinfo=dt.UTC))
    assert sent.due_on == dt.date(2027, 1, 6)  # ten working days over Christmas, as for one that is sent at once


def test_what_was_sent_stays_as_it_was_whatever_the_passport_says_later(
    session: Session, provider: Actor, service: Service, market: Market
) -> None:
    sent = joining.make_application(session, provider, service, market.residential)
    answer = session.scalars(select(PassportAnswer).where(PassportAnswer.question == "safer_recruitment")).one()
    before, answer.value = answer.value, "Changed afterwards."
    session.flush()
    given = thawed(sent)
    assert given["safer_recruitment"].value == before
    assert given["public_liability"].file_name == "our_public_liability.pdf"
    assert given["outcomes"].value.startswith("A made-up answer")
    with pytest.raises(Conflict, match="was sent"):
        write(session, provider, sent, outcomes="Better.")
    with pytest.raises(Conflict, match="was sent"):
        delete_draft(session, actor=provider, application_id=sent.id, now=NOW)


def test_after_a_refusal_a_new_application_begins_with_the_old_answers(
    session: Session, provider: Actor, commissioner: Actor, service: Service, market: Market
) -> None:
    first = joining.make_application(session, provider, service, market.residential)
    joining.assess(session, first, commissioner, factory.make_commissioner(session))
    decide_application(
        session,
        actor=commissioner,
        application_id=first.id,
        approve=False,
        reason="Show the outcomes.",
        now=NOW,
        version=first.version,
        base_url=BASE_URL,
    )
    again = start_application(
        session, actor=provider, claim_id=service.claim_id, lot_id=market.residential.id, now=LATER
    )
    assert (again.follows_id, again.statement, answers(session, again)) == (
        first.id,
        first.statement,
        answers(session, first),
    )
    write(session, provider, again, outcomes="Measured now.", voice="The garden.", now=LATER)
    sent = send(session, provider, again, now=LATER)
    assert thawed(sent)["outcomes"].value == "Measured now."
    assert thawed(first)["outcomes"].value != "Measured now."
