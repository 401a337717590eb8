"""Applications for tests: a passport that is filled, a draft with its answers, an application that was sent, and the
assessors' marks. All through the use cases, but for the passport, which is rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import Accepted, accept
from app.core.models import StoredFile
from app.identity.permissions import Actor
from providers.market.models import Lot
from providers.passport.dossier import answers_of
from providers.passport.drafting import parts_of, save_answers, save_statement, show_evidence, start_application
from providers.passport.marking import Given, save_marks, verdict_of
from providers.passport.models import Application, Evidence, PassportAnswer
from providers.passport.questions import AnswerKind, Marking, Question, Scope, selection_on
from providers.passport.verdict import Verdict
from providers.services.applying import submit
from providers.services.models import Service
from providers.services.profile import confirm_places, describe_service
from tests.factories.providers import NOW, make_claimed_service, make_commissioner, make_registration
from tests.remembering import remembered

PDF = b"%PDF-1.4\n% made up for a test\n"


class Shelf:
    """A store of files that forgets them with the test."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def put(self, accepted: Accepted) -> None:
        self.contents[accepted.sha256] = accepted.data

    def get(self, sha256: str) -> bytes:
        return self.contents[sha256]


def pdf(name: str = "made-up.pdf") -> Accepted:
    """A file that may be kept."""
    return accept(io.BytesIO(PDF), name=name)


def fill_passport(session: Session, provider: Actor, now: dt.datetime = NOW, **other: str) -> None:
    """Every company question answered as it has to be to pass, and evidence that holds for a year. `other` says what is
    answered differently, by question.
    """
    selection = selection_on(session, local_date(now))
    make_stored_file(session, now)
    for section in selection.of(Scope.COMPANY):
        for question in section.questions:
            if question.kind is AnswerKind.EVIDENCE:
                row = Evidence(
                    organisation_id=provider.organisation_id,
                    question=question.key,
                    sha256=hashlib.sha256(PDF).hexdigest(),
                    file_name=f"our_{question.key}.pdf",
                    last_day=local_date(now) + dt.timedelta(days=365),
                    added_by=provider.person_id,
                    added_at=now,
                )
                session.add(row)
                continue
            if not question.required and question.key not in other:
                continue
            session.add(
                PassportAnswer(
                    organisation_id=provider.organisation_id,
                    question=question.key,
                    policy_version_id=selection.policy_version_id,
                    value=other.get(question.key) or good_answer(question),
                    answered_by=provider.person_id,
                    answered_at=now,
                )
            )
    session.flush()


def make_stored_file(session: Session, now: dt.datetime = NOW) -> None:
    """The row of the file that evidence of these factories points at."""
    sha256 = hashlib.sha256(PDF).hexdigest()
    if session.get(StoredFile, sha256) is None:
        session.add(StoredFile(sha256=sha256, size=len(PDF), media_type="application/pdf", stored_at=now))
        session.flush()


def good_answer(question: Question) -> str:
    """An answer of the question's kind that would pass."""
    if question.right is not None:
        return question.right
    if question.choices:
        return question.choices[0][0]
    return {
        AnswerKind.YES_NO: "yes",
        AnswerKind.DATE: "2026-03-31",
        AnswerKind.NUMBER: "1200000",
    }.get(question.kind, f"A made-up answer to: {question.label}")


def make_draft(
    session: Session, provider: Actor, service: Service, lot: Lot, *, now: dt.datetime = NOW, passport: bool = True
) -> Application:
    """A draft with everything answered, through the use cases; the passport is filled where it is empty."""
    if passport and not answers_of(session, provider.organisation_id):
        fill_passport(session, provider, now)
    made = start_application(session, actor=provider, claim_id=service.claim_id, lot_id=lot.id, now=now)
    selection = selection_on(session, local_date(now))
    for section in parts_of(selection, lot):
        texts = [question for question in section.questions if question.kind is not AnswerKind.EVIDENCE]
        save_answers(
            session,
            actor=provider,
            application_id=made.id,
            part=section.key,
            answers={question.key: good_answer(question) for question in texts},
            version=made.version,
            now=now,
        )
        for question in section.questions:
            if question.kind is AnswerKind.EVIDENCE:
                show_evidence(
                    session,
                    actor=provider,
                    store=Shelf(),
                    application_id=made.id,
                    question=question.key,
                    accepted=pdf(),
                    last_day=local_date(now) + dt.timedelta(days=365),
                    now=now,
                )
    return save_statement(
        session, actor=provider, application_id=made.id, statement="A calm home.", version=made.version, now=now
    )


def make_application(
    session: Session, provider: Actor, service: Service, lot: Lot, *, now: dt.datetime = NOW, passport: bool = True
) -> Application:
    """An application that was sent, through the use cases."""
    made = make_draft(session, provider, service, lot, now=now, passport=passport)
    return submit(session, actor=provider, application_id=made.id, version=made.version, now=now)


def mark_all(
    session: Session, assessor: Actor, application: Application, *, now: dt.datetime = NOW, **other: str
) -> Verdict:
    """One assessor's marks of everything that this person may still mark: passed, and 3 of 4. `other` says which marks
    differ, by question: "fail", or a score.
    """
    standing = verdict_of(session, application)
    given = {
        line.question.key: Given(
            other.get(line.question.key) or good_mark(line.question), "As the made-up answer shows."
        )
        for part in standing.parts
        if not part.is_closed
        for line in part.lines
    }
    return save_marks(session, actor=assessor, application_id=application.id, marks=given, now=now)


def good_mark(question: Question) -> str:
    """A mark that passes."""
    return "3" if question.marking is Marking.SCORE else "pass"


def assess(session: Session, application: Application, *assessors: Actor, now: dt.datetime = NOW) -> None:
    """All marks of two assessors, so that the application can be decided."""
    for assessor in assessors or (make_commissioner(session), make_commissioner(session)):
        mark_all(session, assessor, application, now=now)


@remembered
def make_ready_service(session: Session, provider: Actor, commissioner: Actor, now: dt.datetime = NOW) -> Service:
    """A children's home that is claimed, confirmed and described, so that it may apply."""
    made = make_claimed_service(
        session, provider=provider, commissioner=commissioner, urn=make_registration(session).urn, now=now
    )
    describe_service(session, actor=provider, service_id=made.id, now=now, sexes=["F", "M"], capability=[2] * 12)
    return confirm_places(session, actor=provider, service_id=made.id, places=1, now=now)
