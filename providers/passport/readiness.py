"""What an application still lacks before it can be sent, gap by gap, each with the place where it is filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from providers.market.status import ServiceType
from providers.passport.dossier import answers_of, evidence_of
from providers.passport.frozen import Given, given_now
from providers.passport.models import Application
from providers.passport.questions import AnswerKind, Question, Scope, Section, Selection


class Place(StrEnum):
    """Where a gap is filled."""

    PROFILE = "profile"
    PASSPORT = "passport"
    PART = "part"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing. `part` is the section of a question, `key` the question or the topic."""

    place: Place
    key: str
    words: str
    part: str = ""


def missing_from_passport(
    session: Session, organisation_id: str, selection: Selection, service_type: ServiceType, *, on: dt.date
) -> list[Question]:
    """Required company-scope questions of a lot of this kind that the passport does not answer, in order: no answer,
    or no evidence that is in date on a day.
    """
    answers, shown = answers_of(session, organisation_id), evidence_of(session, organisation_id)
    missing = []
    for section in selection.for_lot(service_type):
        for question in section.questions if section.scope is Scope.COMPANY else ():
            if not question.required:
                continue
            file, answer = shown.get(question.key), answers.get(question.key)
            if question.kind is AnswerKind.EVIDENCE:
                given = file is not None and file.is_in_date(on)
            else:
                given = answer is not None and bool(answer.value)
            if not given:
                missing.append(question)
    return missing


def missing_in(section: Section, given: Mapping[str, Given], on: dt.date) -> list[Gap]:
    """Required questions of a section that are not answered, or whose evidence is out of date on a day."""
    return [
        Gap(Place.PART, question.key, _ask(question, given.get(question.key)), part=section.key)
        for question in section.questions
        if question.required and not _holds(question, given.get(question.key), on)
    ]


def gaps_of(session: Session, application: Application, selection: Selection, on: dt.date) -> list[Gap]:
    """Everything that a draft lacks, but for the service's profile, which `providers.services.applying` knows."""
    lot = application.lot
    company = application.claim.organisation_id
    gaps = [
        Gap(Place.PASSPORT, question.key, f"In the passport: {_ask(question, None)}", part=question.section)
        for question in missing_from_passport(session, company, selection, lot.service_type, on=on)
    ]
    given = given_now(session, application, selection)
    for section in selection.for_lot(lot.service_type):
        if section.scope is Scope.SERVICE:
            gaps += missing_in(section, given, on)
    if not application.statement:
        gaps.append(Gap(Place.STATEMENT, "statement", "Enter what the service offers"))
    return gaps


def _holds(question: Question, given: Given | None, on: dt.date) -> bool:
    if given is None:
        return False
    return question.kind is not AnswerKind.EVIDENCE or given.last_day is None or on <= given.last_day


def _ask(question: Question, given: Given | None) -> str:
    if question.kind is AnswerKind.EVIDENCE:
        return f"{'Renew' if given else 'Add'} the evidence: {question.label}"
    return f"Answer the question: {question.label}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one part of a draft is: `asked` required questions, of which `missing` are not answered."""

    key: str
    title: str
    asked: int
    missing: int
    begun: bool


def passport_progress(
    session: Session, organisation_id: str, selection: Selection, service_type: ServiceType, on: dt.date
) -> Progress:
    """How far the company's passport is for a lot of this kind."""
    asked = sum(
        question.required
        for section in selection.for_lot(service_type)
        if section.scope is Scope.COMPANY
        for question in section.questions
    )
    missing = len(missing_from_passport(session, organisation_id, selection, service_type, on=on))
    return Progress("passport", "The company's passport", asked, missing, missing < asked)


def parts_progress(session: Session, application: Application, selection: Selection, on: dt.date) -> list[Progress]:
    """How far each section of a draft is."""
    given = given_now(session, application, selection)
    return [
        Progress(
            section.key,
            section.title,
            sum(question.required for question in section.questions),
            len(missing_in(section, given, on)),
            any(question.key in given for question in section.questions),
        )
        for section in selection.for_lot(application.lot.service_type)
        if section.scope is Scope.SERVICE
    ]
