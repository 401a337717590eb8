"""The made-up companies answer their passports and show made-up papers: most of it in date, some of it ending soon,
one lapsed within the grace and one past it, so that its offers are barred.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import Accepted, FileKind
from app.demo.cast import STAFF_FAMILY, STAFF_GIVEN
from app.demo.stage import Stage
from app.identity.permissions import Actor
from providers.passport.answering import save_answers, typed_questions
from providers.passport.connected import Connection, add_connected, end_connected
from providers.passport.evidence import add_evidence
from providers.passport.known import LEGAL_FORM
from providers.passport.questions import AnswerKind, Question, Scope, selection_on
from providers.passport.roles import ConnectedRole, ShareBand

WATCHED = "public_liability"
ENDS_IN = {2: 55, 16: 25, 28: 5, 5: -6, 17: -24}
"""Days from now to the last day of one insurance, by the company's place among them. Below 0: it has lapsed."""

SERVICE_ENDS_IN = {9: 40}
HALF_WAY, ALL_BUT_ONE = 2, 1
"""How many of the last companies are still answering: the last has begun, the one before lacks its references."""

TEXTS = {
    "registered_address": "Made-up House, 1 Example Street, London",
    "owners": "Two made-up founders, each with half of the shares.",
    "safer_recruitment": "Enhanced checks before anybody starts and every three years, two references that were "
    "verified, and every gap in a work history explained in writing.",
    "missing_children": "Each child has a plan. The police and the council are told at once, and somebody independent "
    "speaks with the child within 72 hours of coming back.",
    "reference_1": "The made-up placements manager of a made-up council, placements@council.example",
    "reference_2": "A made-up regulator, regulator@example.org",
}


def answer_passport(
    session: Session, stage: Stage, actor: Actor, number: int, left: int, now: dt.datetime
) -> dt.date | None:
    """One company's answers, papers and connected people. `left` counts from the end: 1 and 2 are not through yet.
    Returns the first day on which it can no longer offer, where one of its papers ends before others of the
    demonstration's.
    """
    selection = selection_on(session, local_date(now))
    draw = random.Random(f"passport {number}")  # noqa: S311  # made up, and the same each time
    sections = selection.of(Scope.COMPANY)
    if left == HALF_WAY:
        sections = sections[:2]
    elif left == ALL_BUT_ONE:
        sections = tuple(section for section in sections if section.key != "references")
    for section in sections:
        typed = typed_questions(section)
        if typed:
            answers = {question.key: _answer(question, draw) for question in typed}
            save_answers(session, actor=actor, section=section.key, answers=answers, version=0, now=now)
        if left != HALF_WAY:
            for question in section.questions:
                _show(session, stage, actor, question, number, draw, now)
    _connect(session, actor, number, draw, now)
    ends_in = ENDS_IN.get(number)
    if ends_in is None:
        return None
    return local_date(stage.now) + dt.timedelta(days=ends_in + selection.grace_days + 1)


def show_service_papers(
    session: Session, stage: Stage, actor: Actor, claim_id: str, number: int, now: dt.datetime
) -> None:
    """The papers of one service."""
    selection = selection_on(session, local_date(now))
    for section in selection.of(Scope.SERVICE):
        for question in section.questions:
            if question.kind is AnswerKind.EVIDENCE:
                add_evidence(
                    session,
                    actor=actor,
                    store=stage.wiring.files,
                    accepted=paper(question.label),
                    question=question.key,
                    last_day=local_date(stage.now) + dt.timedelta(days=SERVICE_ENDS_IN.get(number, 300 + 7 * number)),
                    now=now,
                    claim_id=claim_id,
                )


def _show(
    session: Session,
    stage: Stage,
    actor: Actor,
    question: Question,
    number: int,
    draw: random.Random,
    now: dt.datetime,
) -> None:
    if question.kind is not AnswerKind.EVIDENCE:
        return
    ahead = draw.randrange(90, 500)
    if question.key == WATCHED:
        ahead = ENDS_IN.get(number, ahead)
    days = [ahead]
    if question.key == "accounts" and number % 3 == 0:
        days.insert(0, ahead - 80)  # and those of the year before
    for place, day in enumerate(days):
        add_evidence(
            session,
            actor=actor,
            store=stage.wiring.files,
            accepted=paper(question.label if place == 0 else f"{question.label}, renewed"),
            question=question.key,
            last_day=local_date(stage.now) + dt.timedelta(days=day) if question.expires else None,
            now=now + dt.timedelta(minutes=place),
        )


def _answer(question: Question, draw: random.Random) -> str:
    if question.right is not None:
        return question.right
    if question.kind is AnswerKind.CHOICE:
        return question.choices[0][0] if question.known == LEGAL_FORM else draw.choice(question.choices)[0]
    if question.kind is AnswerKind.NUMBER:
        return str(draw.randrange(400_000, 9_000_000, 1_000))
    if question.kind is AnswerKind.YES_NO:
        return "yes"
    return TEXTS.get(question.key, "" if not question.required else "A made-up answer.")


def _connect(session: Session, actor: Actor, number: int, draw: random.Random, now: dt.datetime) -> None:
    today = local_date(now)

    def named() -> str:
        return f"{draw.choice(STAFF_GIVEN)} {draw.choice(STAFF_FAMILY)}"

    people = [
        Connection(named(), ConnectedRole.DIRECTOR, today - dt.timedelta(days=draw.randrange(400, 3000))),
        Connection(
            named(),
            ConnectedRole.SIGNIFICANT_CONTROL,
            today - dt.timedelta(days=draw.randrange(400, 3000)),
            share=ShareBand.HALF_TO_THREE_QUARTERS,
        ),
    ]
    if number % 4 == 1:
        people.append(
            Connection(
                "Made-up Holdings Ltd",
                ConnectedRole.PARENT_COMPANY,
                today - dt.timedelta(days=900),
                share=ShareBand.MORE,
                company_number=f"98{number:06d}",
            )
        )
    rows = [add_connected(session, actor=actor, connection=one, now=now) for one in people]
    if number % 3 == 0:
        former = Connection(named(), ConnectedRole.DIRECTOR, today - dt.timedelta(days=2500))
        row = add_connected(session, actor=actor, connection=former, now=now)
        end_connected(
            session,
            actor=actor,
            connected_id=row.id,
            to_day=today - dt.timedelta(days=90),
            version=rows[0].version,
            now=now + dt.timedelta(minutes=1),
        )


def paper(title: str) -> Accepted:
    """A small PDF of one page that says what it stands for and that it is made up."""
    data = _pdf([f"Made-up: {title}", "A paper of the demonstration. It shows nothing about anybody."])
    slug = "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())[:60]
    return Accepted(data, FileKind.PDF, f"made-up-{slug}.pdf", hashlib.sha256(data).hexdigest())


def _pdf(lines: list[str]) -> bytes:
    """A PDF written by hand: one page, one font, a line below another."""
    plain = [line.encode("latin-1", "replace").translate(None, b"()\\") for line in lines]
    drawn = b"BT /F1 14 Tf 60 760 Td 20 TL " + b" ".join(b"(" + line + b") Tj T*" for line in plain) + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    whole, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return whole + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(whole))
    )
