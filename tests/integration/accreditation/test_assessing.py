"""Assessors mark what was sent, one or two of them, and a decision rests on the marks; the hub asks and the company
answers meanwhile.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import install
from app.identity.models import Person
from app.identity.permissions import Actor
from notifications.models import OutboxMessage
from providers.market.status import ProcurementMode
from providers.passport.applications import decide_application, withdraw_application
from providers.passport.clarifications import answer, ask, open_questions, own_clarification, threads_of
from providers.passport.dossier import evidence_of
from providers.passport.events import ApplicationDecided
from providers.passport.frozen import thawed
from providers.passport.marking import (
    Given,
    agree_marks,
    carry_marks,
    earlier_marks,
    marks_of,
    save_marks,
    verdict_of,
)
from providers.passport.models import Application, ApplicationMark, Clarification, PassportAnswer
from providers.passport.status import ApplicationStatus, MarkKind
from providers.services.models import Service
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.providers import BASE_URL, NOW, Market

BY = NOW.date() + dt.timedelta(days=3)


@pytest.fixture
def sent(session: Session, provider: Actor, service: Service, market: Market) -> Application:
    return joining.make_application(session, provider, service, market.residential)


@pytest.fixture
def second(session: Session, commissioner: Actor) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def decided(session: Session) -> list[ApplicationDecided]:
    """Every decision that is made known."""
    heard: list[ApplicationDecided] = []
    install(session, {ApplicationDecided: (lambda _, event: heard.append(event),)})
    return heard


def give(session: Session, actor: Actor, application: Application, **marks: tuple[str, str]) -> None:
    given = {key: Given(*value) for key, value in marks.items()}
    save_marks(session, actor=actor, application_id=application.id, marks=given, now=NOW)


def settle(session: Session, actor: Actor, application: Application, *, approve: bool) -> Application:
    return decide_application(
        session,
        actor=actor,
        application_id=application.id,
        approve=approve,
        reason="As the marks say.",
        now=NOW,
        version=application.version,
        base_url=BASE_URL,
    )


@pytest.mark.parametrize(
    ("value", "why", "field"),
    [("3", " ", "outcomes_why"), ("", "Words.", "outcomes_mark"), ("5", "Words.", "outcomes_mark")],
)
def test_a_mark_needs_its_words_and_words_their_mark(
    session: Session, commissioner: Actor, sent: Application, value: str, why: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        give(session, commissioner, sent, outcomes=(value, why), voice=("3", "Seen."))
    assert list(refused.value.errors) == [field]
    assert marks_of(session, sent.id) == [], "all of a page or nothing"


def test_the_database_itself_takes_no_mark_without_words(
    session: Session, commissioner: Actor, sent: Application
) -> None:
    nested = session.begin_nested()
    session.add(
        ApplicationMark(
            application_id=sent.id,
            number=1,
            question="outcomes",
            kind=MarkKind.OWN,
            score=3,
            why="",
            marked_by=commissioner.person_id,
            marked_at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    nested.rollback()


def test_marks_are_saved_section_by_section_and_the_newest_counts_while_the_old_stay(
    session: Session, commissioner: Actor, sent: Application
) -> None:
    give(session, commissioner, sent, leadership=("2", "Vacancies."), matching_practice=("", ""))
    give(session, commissioner, sent, leadership=("2", "Vacancies."))  # as it was: nothing new
    give(session, commissioner, sent, leadership=("3", "The vacancies are filled."))
    assert [(one.number, one.score) for one in marks_of(session, sent.id)] == [(1, 2), (2, 3)]
    line = next(one for one in verdict_of(session, sent).lines if one.question.key == "leadership")
    assert line.score == 3


def test_only_assessors_mark_and_only_what_waits(
    session: Session, provider: Actor, commissioner: Actor, market: Market, sent: Application
) -> None:
    with pytest.raises(NotAllowed):
        give(session, provider, sent, leadership=("4", "We are good."))
    with pytest.raises(Invalid):
        give(session, commissioner, sent, legal_form=("pass", "A fact is not marked."))
    draft = joining.make_draft(
        session, provider, joining.make_ready_service(session, provider, commissioner), market.residential
    )
    with pytest.raises(NotFound):
        give(session, commissioner, draft, leadership=("3", "Not sent yet."))
    withdraw_application(session, actor=provider, application_id=sent.id, now=NOW)
    with pytest.raises(Conflict):
        give(session, commissioner, sent, leadership=("3", "Too late."))


def test_the_same_person_is_never_the_second_assessor(session: Session, commissioner: Actor, sent: Application) -> None:
    joining.mark_all(session, commissioner, sent)
    joining.mark_all(session, commissioner, sent, voice="4")
    found = verdict_of(session, sent)
    assert [part.section.key for part in found.parts if not part.settled] == ["safeguarding", "quality"]
    for approve in (True, False):
        with pytest.raises(Conflict, match="a second assessor has not marked it"):
            settle(session, commissioner, sent, approve=approve)


def test_two_who_have_marked_close_the_section_to_everybody(
    session: Session, commissioner: Actor, second: Actor, sent: Application
) -> None:
    joining.assess(session, sent, commissioner, second)
    third = factory.make_commissioner(session)
    for actor in (commissioner, second, third):
        with pytest.raises(Conflict, match="Two people have marked"):
            give(session, actor, sent, voice=("0", "After all."))


def test_two_who_differ_too_much_agree_with_reasons_before_a_decision(
    session: Session, commissioner: Actor, second: Actor, sent: Application
) -> None:
    joining.mark_all(session, commissioner, sent, voice="4")
    joining.mark_all(session, second, sent, voice="2", outcomes="4")
    with pytest.raises(Conflict, match="a mark has to be agreed"):
        settle(session, commissioner, sent, approve=True)

    def agree(actor: Actor, **marks: tuple[str, str]) -> None:
        given = {key: Given(*value) for key, value in marks.items()}
        agree_marks(session, actor=actor, application_id=sent.id, marks=given, now=NOW)

    with pytest.raises(Conflict, match="nothing to agree"):
        agree(commissioner, outcomes=("3", "They are one apart."))
    with pytest.raises(Invalid) as refused:
        agree(commissioner, voice=("3", ""))
    assert refused.value.field == "voice_why"
    agree(factory.make_commissioner(session), voice=("3", "One of the two examples is old."))
    # 3 for all but outcomes, which is the middle of 3 and 4: (42 + 1.5) of 56 is 77.67
    assert settle(session, commissioner, sent, approve=True).marks_per_cent == 77


def test_a_failed_mark_is_never_approved_over_and_the_letter_says_what_was_not_passed(
    session: Session, commissioner: Actor, second: Actor, sent: Application, decided: list[ApplicationDecided]
) -> None:
    joining.mark_all(session, commissioner, sent, public_liability="fail")
    joining.mark_all(session, second, sent)
    give(session, commissioner, sent, public_liability=("fail", "The certificate is for £2 million."))
    with pytest.raises(Conflict, match="Public liability insurance, at least £5 million was failed"):
        settle(session, commissioner, sent, approve=True)
    refused = settle(session, second, sent, approve=False)
    assert (refused.status, refused.marks_per_cent, refused.disregarded) == (ApplicationStatus.REFUSED, 75, False)
    letter = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "application_decided")).one()
    assert "As the marks say." in letter.text
    assert "Public liability insurance, at least £5 million was failed." in letter.text
    assert [(one.application_id, one.approved) for one in decided] == [(sent.id, False)]


def test_nobody_decides_on_a_page_that_does_not_show_what_came_meanwhile(
    session: Session, provider: Actor, commissioner: Actor, sent: Application
) -> None:
    def decide_as_seen(version: int) -> None:
        decide_application(
            session,
            actor=commissioner,
            application_id=sent.id,
            approve=True,
            reason="As I saw it.",
            now=NOW,
            version=version,
            base_url=BASE_URL,
        )

    asked = question(session, commissioner, sent)
    seen = sent.version
    give(session, commissioner, sent, leadership=("1", "Thought again."))
    with pytest.raises(Stale):
        decide_as_seen(seen)
    seen = sent.version
    answer(
        session,
        actor=provider,
        clarification_id=asked.id,
        words="Three of 62.",
        now=NOW,
        version=asked.version,
        base_url=BASE_URL,
    )
    with pytest.raises(Stale):
        decide_as_seen(seen)


def test_a_sum_below_the_pass_mark_is_not_approved(
    session: Session, commissioner: Actor, second: Actor, sent: Application
) -> None:
    low = dict.fromkeys(
        ("safer_recruitment", "missing_children", "leadership", "matching_practice", "outcomes", "voice"), "2"
    )
    for actor in (commissioner, second):
        joining.mark_all(session, actor, sent, **low)
    with pytest.raises(Conflict, match="The scores come to 50 per cent, and 60 is the least"):
        settle(session, commissioner, sent, approve=True)


def test_what_was_marked_of_the_company_is_offered_again_and_taken_over_as_a_mark(
    session: Session, provider: Actor, commissioner: Actor, second: Actor, market: Market, sent: Application
) -> None:
    joining.mark_all(session, commissioner, sent, safer_recruitment="4")
    joining.mark_all(session, second, sent)
    settle(session, commissioner, sent, approve=True)
    changed = session.scalars(select(PassportAnswer).where(PassportAnswer.question == "missing_children")).one()
    changed.value = "We changed what we do."
    session.flush()
    service = joining.make_ready_service(session, provider, commissioner)
    other = joining.make_application(session, provider, service, market.residential)
    offered = earlier_marks(session, other, commissioner.person_id)
    assert "missing_children" not in offered, "the company answers differently now"
    assert "leadership" not in offered, "the service's own answers are marked anew"
    assert (offered["safer_recruitment"].mark.score, offered["safer_recruitment"].lot_name) == (
        4,
        market.residential.name,
    )
    third = factory.make_commissioner(session)
    assert earlier_marks(session, other, third.person_id)["safer_recruitment"].mark.by == commissioner.person_id
    carry_marks(session, actor=commissioner, application_id=other.id, part="insurance", now=NOW)
    rows = session.scalars(select(ApplicationMark).where(ApplicationMark.application_id == other.id)).all()
    assert {row.question for row in rows} == {"public_liability", "employers_liability", "professional_indemnity"}
    assert {row.marked_by for row in rows} == {commissioner.person_id}
    assert all(row.carried_from_id for row in rows)
    with pytest.raises(Conflict, match="no earlier mark"):
        carry_marks(session, actor=commissioner, application_id=other.id, part="insurance", now=NOW)


def question(
    session: Session, actor: Actor, application: Application, about: str | None = "leadership", by: dt.date = BY
) -> Clarification:
    return ask(
        session,
        actor=actor,
        application_id=application.id,
        question=about,
        words="How many shifts did agency staff cover?",
        answer_by=by,
        now=NOW,
        base_url=BASE_URL,
    )


def test_the_company_hears_that_it_is_asked_and_by_when_and_reads_what_on_the_page(
    session: Session, provider: Actor, commissioner: Actor, sent: Application
) -> None:
    asked = question(session, commissioner, sent)
    letter = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "clarification_asked")).one()
    assert letter.address == session.get_one(Person, provider.person_id).email
    assert "26 November 2026" in letter.subject
    assert f"/provider/clarifications/{asked.id}" in letter.text
    assert "agency" not in letter.text
    assert [one.clarification.id for one in open_questions(session, provider)] == [asked.id]
    assert open_questions(session, factory.make_provider(session)) == []
    with pytest.raises(NotFound):
        own_clarification(session, factory.make_provider(session), asked.id)


def test_an_answer_stands_beside_what_was_answered_first_and_is_given_once(
    session: Session, provider: Actor, commissioner: Actor, sent: Application
) -> None:
    asked = question(session, commissioner, sent)
    first = thawed(sent)["leadership"]
    opened = asked.version

    def reply(actor: Actor, words: str, version: int) -> Clarification:
        return answer(
            session,
            actor=actor,
            clarification_id=asked.id,
            words=words,
            now=NOW,
            version=version,
            base_url=BASE_URL,
        )

    with pytest.raises(NotFound):
        reply(factory.make_provider(session), "Not mine.", opened)
    with pytest.raises(Invalid):
        reply(provider, " ", opened)
    reply(provider, "Three of 62.", opened)
    assert thawed(sent)["leadership"] == first
    thread = threads_of(session, sent)[0]
    assert (thread.clarification.answer, thread.is_open) == ("Three of 62.", False)
    assert "clarification_answered" in set(session.scalars(select(OutboxMessage.template)))
    with pytest.raises(Stale):
        reply(provider, "Two of 62.", opened)
    with pytest.raises(Conflict, match="answered already"):
        reply(provider, "Two of 62.", asked.version)


def test_a_question_stops_no_clock_and_closes_with_the_decision(
    session: Session, provider: Actor, commissioner: Actor, second: Actor
) -> None:
    lot = factory.make_system_and_lots(session, mode=ProcurementMode.PCR34).residential
    sent = joining.make_application(session, provider, joining.make_ready_service(session, provider, commissioner), lot)
    due = sent.due_on
    asked = question(session, commissioner, sent, None)
    assert sent.due_on == due
    joining.assess(session, sent, commissioner, second)
    settle(session, commissioner, sent, approve=True)
    assert open_questions(session, provider) == []
    with pytest.raises(Conflict):
        question(session, commissioner, sent)
    with pytest.raises(Conflict, match="closed"):
        answer(
            session,
            actor=provider,
            clarification_id=asked.id,
            words="Late.",
            now=NOW,
            version=asked.version,
            base_url=BASE_URL,
        )


def test_what_cannot_be_asked_is_refused_at_its_field(
    session: Session, provider: Actor, commissioner: Actor, sent: Application
) -> None:
    with pytest.raises(Invalid) as refused:
        question(session, commissioner, sent, "education_offer", NOW.date() - dt.timedelta(days=1))
    assert set(refused.value.errors) == {"question", "answer_by"}
    with pytest.raises(NotAllowed):
        question(session, provider, sent)


def test_a_newer_file_comes_with_an_answer_and_the_first_stays_with_the_application(
    session: Session, provider: Actor, commissioner: Actor, sent: Application
) -> None:
    before = thawed(sent)["public_liability"]
    asked = question(session, commissioner, sent, "public_liability")

    def reply(last_day: dt.date | None) -> Clarification:
        return answer(
            session,
            actor=provider,
            clarification_id=asked.id,
            words="Here is the new one.",
            now=NOW + dt.timedelta(hours=1),
            version=asked.version,
            base_url=BASE_URL,
            store=joining.Shelf(),
            accepted=joining.pdf("renewed.pdf"),
            last_day=last_day,
        )

    with pytest.raises(Invalid) as refused:
        reply(None)
    assert refused.value.field == "last_day"
    reply(NOW.date() + dt.timedelta(days=400))
    now_shown = evidence_of(session, provider.organisation_id)["public_liability"]
    assert (now_shown.file_name, now_shown.evidence_id) == ("renewed.pdf", asked.evidence_id)
    assert thawed(sent)["public_liability"] == before
