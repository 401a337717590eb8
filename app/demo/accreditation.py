"""Joining as the demonstration plays it: an application drafted, answered and sent, marked by two assessors, decided;
and a few that stand half-way, so that every page has something to show. All made up.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import accept
from app.core.workdays import add_working_days
from app.demo.consortium import Consortium
from app.demo.stage import Stage
from app.identity.permissions import Actor
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.applications import decide_application
from providers.passport.clarifications import answer, ask
from providers.passport.dossier import evidence_of
from providers.passport.drafting import (
    parts_of,
    save_answers,
    save_statement,
    show_evidence,
    start_application,
)
from providers.passport.exclusions import decide_exclusion, record_exclusion
from providers.passport.marking import Given, save_marks, verdict_of
from providers.passport.models import Application
from providers.passport.questions import AnswerKind, Marking, Question, selection_on
from providers.passport.status import ExclusionKind
from providers.services.applying import submit
from providers.services.models import Service

PAGE = b"%PDF-1.4\n% made up for the demonstration\n"
STATEMENT = "A made-up service with made-up policies, insurances and references, all current."
ANSWERS = {
    "leadership": "The made-up manager has been in post for four years. One vacancy in twelve, agency staff on 6% "
    "of shifts, supervision every month.",
    "matching_practice": "We read the whole referral, weigh what it means for the children who live here, visit where "
    "there is time, and say no with reasons.",
    "education_offer": "Qualified teachers in every subject, therapy in the timetable, and eight of nine leavers went "
    "on to college.",
    "outcomes": "Each made-up child has a starting point. Nine of ten moves last year were planned, attendance rose "
    "from 78% to 91%.",
    "voice": "Children chose the new menu, the garden and the evening times. Minutes of their meeting show what "
    "changed.",
}
WHY = {
    "pass": "Seen, and as the question asks.",
    "2": "Acceptable, with small gaps: figures are given for one year only.",
    "3": "Good: says all of it, with evidence that was seen.",
    "4": "Excellent: all of it, and results that show it.",
}
HOUR = dt.timedelta(hours=1)


def play(
    session: Session,
    stage: Stage,
    consortium: Consortium,
    actor: Actor,
    service: Service,
    lot: Lot,
    now: dt.datetime,
    *,
    decided: bool,
    refused: bool,
) -> None:
    """An application from its draft to the decision; it waits for the hub where it is not `decided`."""
    application = send(session, stage, actor, service, lot, now)
    if not decided:
        return
    firsts = marks(stage, session, application)
    first, second = consortium.commissioner, consortium.second_commissioner
    save_marks(session, actor=first, application_id=application.id, marks=firsts, now=now + HOUR)
    seconds = doubled(session, application, firsts)
    save_marks(session, actor=second, application_id=application.id, marks=seconds, now=now + 2 * HOUR)
    decide_application(
        session,
        actor=first,
        application_id=application.id,
        approve=not refused,
        reason="Meets every selection question of the lot.",
        now=now + 3 * HOUR,
        version=application.version,
        base_url=stage.base_url,
    )


def send(session: Session, stage: Stage, actor: Actor, service: Service, lot: Lot, now: dt.datetime) -> Application:
    """An application that is answered in full and sent."""
    application = draft(session, stage, actor, service, lot, now)
    return submit(session, actor=actor, application_id=application.id, version=application.version, now=now)


def draft(
    session: Session,
    stage: Stage,
    actor: Actor,
    service: Service,
    lot: Lot,
    now: dt.datetime,
    *,
    leave_out: frozenset[str] = frozenset(),
) -> Application:
    """A draft with its answers, but for some that are left out."""
    made = start_application(session, actor=actor, claim_id=service.claim_id, lot_id=lot.id, now=now)
    for part in parts_of(selection_on(session, local_date(now)), lot):
        asked = [one for one in part.questions if one.key not in leave_out]
        texts = {one.key: ANSWERS.get(one.key, "") for one in asked if one.kind is not AnswerKind.EVIDENCE}
        save_answers(
            session, actor=actor, application_id=made.id, part=part.key, answers=texts, version=made.version, now=now
        )
        shown = evidence_of(session, actor.organisation_id, claim_id=service.claim_id)
        for question in asked:
            if question.kind is AnswerKind.EVIDENCE and question.key not in shown:
                show_evidence(
                    session,
                    actor=actor,
                    store=stage.wiring.files,
                    application_id=made.id,
                    question=question.key,
                    accepted=accept(io.BytesIO(PAGE), name=f"{question.evidence or question.key}.pdf"),
                    last_day=local_date(stage.now) + dt.timedelta(days=stage.draw.randrange(90, 700)),
                    now=now,
                )
    if "statement" in leave_out:
        return made
    return save_statement(
        session, actor=actor, application_id=made.id, statement=STATEMENT, version=made.version, now=now
    )


def marks(stage: Stage, session: Session, application: Application) -> dict[str, Given]:
    """One assessor's marks of everything, good enough to be approved."""
    found = {}
    for line in verdict_of(session, application).lines:
        value = _mark(stage, line.question)
        found[line.question.key] = Given(value, WHY[value])
    return found


def doubled(session: Session, application: Application, firsts: Mapping[str, Given]) -> dict[str, Given]:
    """The same marks for the sections that two people mark."""
    parts = [part for part in verdict_of(session, application).parts if part.double]
    return {line.question.key: firsts[line.question.key] for part in parts for line in part.lines}


def half_way(stage: Stage, consortium: Consortium, schools: list[tuple[Actor, Service]]) -> None:
    """Applications of schools to a second lot that stand at different places, and two grounds for exclusion."""
    lot = consortium.lots[ServiceType.NMI_38]
    returning, asked, drafting, differing = schools[:4]
    with stage.at(stage.day(-34)) as session:
        _refuse(session, stage, consortium, returning, lot, stage.day(-34))
    with stage.at(stage.day(-7)) as session:
        now = stage.day(-7)
        again = send(session, stage, *returning, lot, now)
        firsts = marks(stage, session, again)
        save_marks(session, actor=consortium.commissioner, application_id=again.id, marks=firsts, now=now + HOUR)
    with stage.at(stage.day(-5)) as session:
        _differ(session, stage, consortium, differing, lot, stage.day(-5))
    with stage.at(stage.day(-4)) as session:
        _question(session, stage, consortium, asked, lot, stage.day(-4))
    with stage.at(stage.day(-2)) as session:
        left = frozenset({"outcomes", "statement"})
        draft(session, stage, *drafting, lot, stage.day(-2), leave_out=left)


def grounds(stage: Stage, consortium: Consortium, company_id: str, other_id: str) -> None:
    """A discretionary ground that waits for a decision, and one that was decided of. Neither company has an offer."""
    hub = consortium.commissioner
    now = stage.day(-3)
    with stage.at(now) as session:
        for number, organisation_id in enumerate((company_id, other_id)):
            row = record_exclusion(
                session,
                actor=hub,
                organisation_id=organisation_id,
                kind=ExclusionKind.EXCLUDABLE,
                ground="A made-up earlier contract was ended for poor performance, said of the company itself.",
                basis="Procurement Act 2023, schedule 7: poor performance of a contract, in the last five years.",
                from_day=local_date(now) - dt.timedelta(days=200),
                to_day=local_date(now) + dt.timedelta(days=900),
                now=now,
            )
            if number:
                decide_exclusion(
                    session,
                    actor=consortium.second_commissioner,
                    exclusion_id=row.id,
                    admit=True,
                    reason="A new made-up manager and a plan that was checked: unlikely to happen again.",
                    now=now,
                    version=row.version,
                )


def _refuse(
    session: Session,
    stage: Stage,
    consortium: Consortium,
    who: tuple[Actor, Service],
    lot: Lot,
    now: dt.datetime,
) -> None:
    """An application whose outcomes are not shown, refused for that."""
    application = send(session, stage, *who, lot, now)
    weak = Given("1", "Weak: it names activities, and no outcome of any child is measured.")
    firsts = {**marks(stage, session, application), "outcomes": weak}
    seconds = doubled(session, application, firsts)
    first, second = consortium.commissioner, consortium.second_commissioner
    save_marks(session, actor=first, application_id=application.id, marks=firsts, now=now + HOUR)
    save_marks(session, actor=second, application_id=application.id, marks=seconds, now=now + 2 * HOUR)
    decide_application(
        session,
        actor=second,
        application_id=application.id,
        approve=False,
        reason="Show what changed for pupils, measured from where each began. Then apply again.",
        now=now + 3 * HOUR,
        version=application.version,
        base_url=stage.base_url,
    )


def _differ(
    session: Session,
    stage: Stage,
    consortium: Consortium,
    who: tuple[Actor, Service],
    lot: Lot,
    now: dt.datetime,
) -> None:
    """Two assessors who are two marks apart on one answer."""
    application = send(session, stage, *who, lot, now)
    firsts = {**marks(stage, session, application), "voice": Given("4", "Two changes that can be seen, with minutes.")}
    apart = Given("2", "One example is from the year before last.")
    seconds = {**doubled(session, application, firsts), "voice": apart}
    first, second = consortium.commissioner, consortium.second_commissioner
    save_marks(session, actor=first, application_id=application.id, marks=firsts, now=now + HOUR)
    save_marks(session, actor=second, application_id=application.id, marks=seconds, now=now + 2 * HOUR)


def _question(
    session: Session,
    stage: Stage,
    consortium: Consortium,
    who: tuple[Actor, Service],
    lot: Lot,
    now: dt.datetime,
) -> None:
    """An application with one question that was answered and one that is open."""
    application = send(session, stage, *who, lot, now)
    for minutes, question, words in (
        (0, "leadership", "How many of the shifts last month were covered by agency staff?"),
        (
            5,
            "statement_of_purpose",
            "The statement names the manager before last. Please send the one that Ofsted holds.",
        ),
    ):
        row = ask(
            session,
            actor=consortium.commissioner,
            application_id=application.id,
            question=question,
            words=words,
            answer_by=add_working_days(local_date(stage.now), 2),
            now=now + HOUR + dt.timedelta(minutes=minutes),
            base_url=stage.base_url,
        )
        if question == "leadership":
            answer(
                session,
                actor=who[0],
                clarification_id=row.id,
                words="Four of 62 made-up shifts.",
                now=now + 2 * HOUR,
                version=row.version,
                base_url=stage.base_url,
            )


def _mark(stage: Stage, question: Question) -> str:
    """A mark that passes: what weighs most is never less than good, so that the sum reaches the pass mark."""
    if question.marking is not Marking.SCORE:
        return "pass"
    return stage.draw.choice(("3", "3", "4") if question.weight > 2 else ("2", "3", "3", "4"))
