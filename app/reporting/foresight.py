"""What an import of the register would do in every room, before it is done: whom it suspends, which borough must make
sure of how many children by when, and who is written to; and what it changes, our enrolled services first.

Each room's own planning function is asked, the one by which it acts: nothing is worked out here a second time. No child
is named, and no placement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.workdays import date_words
from app.identity.models import Organisation, Person
from app.offers.telling import requests_concerned
from app.placements.assurance import boroughs_there
from providers.passport.gateway import foreseen_suspensions, gateway, words_of
from providers.passport.models import Claim, Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.judgements import result_words
from providers.register.models import Registration
from providers.register.prepared import DETAIL, Changes
from providers.register.status import Finding
from providers.services.models import Service

KINDS = ("regraded", "suspended", "left", "missing", "judged", "contradictory")
"""What can become of a registration, the gravest first, as far as a list can say which."""


@dataclass(frozen=True, slots=True)
class Line:
    """One registration in a list of changes: what it was and what it becomes, in words."""

    urn: str
    was: str = ""
    becomes: str = ""
    on: str = ""


def foresee(session: Session, changes: Changes, *, now: dt.datetime) -> dict[str, Any]:
    """The consequences as JSON can hold them:

    - `ours` and `market`: by kind (`KINDS`) the lines of our enrolled services, all of them, and of the rest, at most
      `DETAIL`; `counts` says how many there are of each kind in both;
    - `suspensions`: service, company, lot and basis of each enrolment that is suspended;
    - `assurance`: service, borough, number of children and the people told, with `due_hours`;
    - `flagged`: borough, the service and how many of its requests, and the people told;
    - `emails`: how many in all, `tasks` likewise, and `words` for a terminal.
    """
    suspensions, causes = foreseen_suspensions(session, changes.events, local_date(now))
    lines = dict(zip(KINDS, _lines(changes), strict=True))
    urns = {line.urn for found in lines.values() for line in found} | {cause.urn for cause in causes}
    names = _names(session, urns)
    flagged = [
        {**names[one.enrolment.claim.urn], **told}
        for one in suspensions
        for told in _flagged(session, one.enrolment.claim_id, one.enrolment.lot_id)
    ]
    judged = list({cause.urn: None for cause in causes if cause.inspection_id is not None})
    rule = gateway(session, local_date(now)) if judged else None
    there = boroughs_there(session, judged, rule.tell) if rule else {}
    assurance = [
        {
            **names[urn],
            "borough": borough.name,
            "children": len(borough.placement_ids),
            "people": [person.name for person in borough.people],
        }
        for urn in judged
        for borough in there.get(urn, ())
    ]
    found: dict[str, Any] = {
        "ours": {kind: [_shown(line, names) for line in _ours(lines[kind], names)] for kind in KINDS},
        "market": {kind: [_shown(line, names) for line in _others(lines[kind], names)] for kind in KINDS},
        "counts": {kind: [sum(names[line.urn]["ours"] for line in found), len(found)] for kind, found in lines.items()},
        "suspensions": [
            {**names[one.enrolment.claim.urn], "lot": one.enrolment.lot.name, "basis": one.cause.basis}
            for one in suspensions
        ],
        "assurance": assurance,
        "flagged": flagged,
        "due_hours": round(rule.due_within.total_seconds() / 3600) if rule else None,
        "tasks": sum(one["children"] for one in assurance),
        # each enrolment's company is written to, and whoever is told in the boroughs
        "emails": len(suspensions) + sum(len(one["people"]) for one in (*assurance, *flagged)),
    }
    return {**found, "words": _words(found)}


def _lines(changes: Changes) -> Iterator[list[Line]]:
    yield [
        Line(
            one.urn,
            result_words(one.before) or "",
            _becomes(result_words(one.after), one.findings),
            _day(one.inspected_on),
        )
        for one in changes.regraded
        if one.before is not None or one.findings
    ]
    yield [Line(one.urn, "", "Suspended by Ofsted", _day(one.as_of)) for one in changes.suspended]
    yield [Line(one.urn, "", one.status.capitalize(), _day(one.left_on)) for one in changes.left]
    yield [Line(urn) for urn in changes.missing]
    first = [one for one in changes.regraded if one.before is None and not one.findings]
    yield [
        *(Line(one.urn, "Not yet judged", result_words(one.after) or "", _day(one.inspected_on)) for one in first),
        *(
            Line(one.urn, result_words(one.result) or "", result_words(one.result) or "", _day(one.inspected_on))
            for one in changes.judged_again
        ),
    ]
    yield [Line(urn) for urn in changes.contradictory]


def _becomes(result: str | None, findings: tuple[Finding, ...]) -> str:
    """The grade or outcome, and what else was found that it does not say."""
    said = words_of(findings)
    return said if result is None or result in said else f"{result}, {said.lower()}" if said else result


def _day(day: dt.date) -> str:
    return date_words(day)


def _names(session: Session, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What to call each registration: the service's own name and its company's where somebody holds it, and whether it
    is enrolled with us.
    """
    wanted = sorted(urns)
    live = [EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED]
    found: dict[str, dict[str, Any]] = {
        urn: {"urn": urn, "service": urn, "company": "", "ours": False} for urn in wanted
    }
    for start in range(0, len(wanted), 1000):
        piece = wanted[start : start + 1000]
        rows = session.execute(
            select(Registration.urn, func.coalesce(Registration.name, Registration.owner)).where(
                Registration.urn.in_(piece)
            )
        )
        for urn, name in rows:
            found[urn]["service"] = name or urn
        held = session.execute(
            select(Claim.urn, Service.name, Organisation.name)
            .join(Enrolment, Enrolment.claim_id == Claim.id)
            .join(Service, Service.claim_id == Claim.id)
            .join(Organisation, Organisation.id == Claim.organisation_id)
            .where(Claim.urn.in_(piece), Enrolment.status.in_(live))
            .distinct()
        )
        for urn, service, company in held:
            found[urn] = {"urn": urn, "service": service, "company": company, "ours": True}
    return found


def _ours(lines: list[Line], names: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    return [line for line in lines if names[line.urn]["ours"]]


def _others(lines: list[Line], names: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    return [line for line in lines if not names[line.urn]["ours"]][:DETAIL]


def _shown(line: Line, names: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    name = names[line.urn]
    return {
        "urn": line.urn,
        "service": name["service"],
        "company": name["company"],
        "was": line.was,
        "becomes": line.becomes,
        "on": line.on,
    }


def _flagged(session: Session, claim_id: str, lot_id: str) -> Iterator[dict[str, Any]]:
    """By borough: how many of its requests a suspension concerns, and who is written to of each."""
    by_borough: dict[str, list[str]] = {}
    for request in requests_concerned(session, claim_id=claim_id, lot_id=lot_id):
        by_borough.setdefault(request.organisation_id, []).append(request.created_by)
    for organisation_id, people in by_borough.items():
        yield {
            "borough": session.get_one(Organisation, organisation_id).name,
            "requests": len(people),
            "people": sorted(session.get_one(Person, person_id).name for person_id in people),
        }


def _words(found: Mapping[str, Any]) -> list[str]:
    boroughs = {one["borough"] for one in found["assurance"]}
    suspended = len(found["suspensions"])
    if not suspended and not found["tasks"] and not found["emails"]:
        return ["No enrolment is suspended, no task given and no e-mail sent because of it"]
    return [
        f"{suspended:,} {'enrolment' if suspended == 1 else 'enrolments'} suspended",
        f"{found['tasks']:,} assurance {'task' if found['tasks'] == 1 else 'tasks'} for {len(boroughs):,} "
        f"{'borough' if len(boroughs) == 1 else 'boroughs'}, due within {found['due_hours']} hours",
        f"{found['emails']:,} {'e-mail' if found['emails'] == 1 else 'e-mails'}",
    ]
