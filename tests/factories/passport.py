"""Passports for tests: answers and evidence through the use cases, on a store in a folder. All of it is made up."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import Accepted, FileKind, Store, accept
from app.core.policies import append, by_id
from app.identity.permissions import Actor
from providers.passport.answering import save_answers, section_version, typed_questions
from providers.passport.evidence import add_evidence
from providers.passport.models import Evidence
from providers.passport.questions import AnswerKind, Question, Scope, Selection, selection_on
from tests.factories.providers import NOW

PDF = b"%PDF-1.4\nmade up\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WORD = b"PK\x03\x04....[Content_Types].xml....word/document.xml...."


class Shelf:
    """A store in memory, for tests that are about rows. Counts what was put into it."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts = 0

    def check(self, accepted: Accepted, *, field: str = "file") -> None:
        """Takes whatever was accepted."""

    def put(self, accepted: Accepted) -> None:
        self.puts += 1
        self.kept[accepted.sha256] = accepted.data

    def get(self, sha256: str) -> bytes:
        return self.kept[sha256]


def a_file(name: str = "certificate.pdf", data: bytes = PDF, **more: Any) -> Accepted:
    """A file as it comes out of a form."""
    return accept(io.BytesIO(data), name=name, **more)


def a_pdf(words: str = "made up") -> Accepted:
    """A PDF with some words of its own."""
    data = b"%PDF-1.4\n" + words.encode() + b"\n%%EOF\n"
    return Accepted(data, FileKind.PDF, "certificate.pdf", hashlib.sha256(data).hexdigest())


def show(
    session: Session,
    actor: Actor,
    question: str,
    last_day: dt.date | None,
    *,
    store: Store | None = None,
    now: dt.datetime = NOW,
    claim_id: str | None = None,
    words: str = "made up",
) -> Evidence:
    """Evidence of a company or, with `claim_id`, of one of its services."""
    return add_evidence(
        session,
        actor=actor,
        store=store or Shelf(),
        accepted=a_pdf(words),
        question=question,
        last_day=last_day,
        now=now,
        claim_id=claim_id,
    )


def fill_in(
    session: Session,
    actor: Actor,
    *,
    now: dt.datetime = NOW,
    last_day: dt.date | None = None,
    but: Mapping[str, dt.date | None] | None = None,
) -> None:
    """Answer every question about the company and show all its evidence to a last day (a year ahead, if none is given);
    `but` gives other last days by question, None leaves one out.
    """
    selection = selection_on(session, local_date(now))
    usual = last_day or local_date(now) + dt.timedelta(days=365)
    others = dict(but or {})
    for section in selection.of(Scope.COMPANY):
        answers = {one.key: good_answer(one) for one in typed_questions(section) if one.key not in others}
        if answers:
            version = section_version(session, actor.organisation_id, section)
            save_answers(session, actor=actor, section=section.key, answers=answers, version=version, now=now)
        for one in section.questions:
            if one.kind is AnswerKind.EVIDENCE:
                day = others.get(one.key, usual)
                if day is not None:
                    show(session, actor, one.key, day, now=now)


def good_answer(question: Question) -> str:
    """An answer that passes."""
    if question.right is not None:
        return question.right
    return {
        AnswerKind.CHOICE: question.choices[0][0] if question.choices else "",
        AnswerKind.NUMBER: "250000",
        AnswerKind.DATE: "2026-03-31",
        AnswerKind.YES_NO: "yes",
    }.get(question.kind, "A made-up answer")


def new_questions(
    session: Session, on: dt.date, change: Mapping[str, Mapping[str, Any]] | None = None, **evidence: Any
) -> Selection:
    """A newer version of the shipped questions in force from a day: `change` replaces parts of questions by key,
    `evidence` the policy's numbers about evidence.
    """
    content = by_id(session, selection_on(session, on).policy_version_id).content
    content = {**content, "evidence": {**content["evidence"], **evidence}}
    content["questions"] = [{**one, **(change or {}).get(one["key"], {})} for one in content["questions"]]
    append(
        session,
        kind="selection",
        version=f"test-{on.isoformat()}-{len(change or {})}-{len(evidence)}",
        in_force_from=on,
        source="Made for a test",
        content=content,
        now=dt.datetime.combine(on, dt.time(1), dt.UTC),
    )
    return selection_on(session, on)


def files_in(folder: Path) -> list[Path]:
    """Every content that a folder store keeps."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
