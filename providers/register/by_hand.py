"""What a person types with its source: a school or a service that Ofsted's social care files do not list, and the
inspections of a school.

A school is judged by the independent school standards and safeguarding, each met or not met, and from November 2025 by
a report card of areas with five words of their own. No four-point grade is made of any of it (F-17).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, events
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.geography import authority_by_name, normalise_postcode
from app.identity.permissions import Actor, Permission
from providers.register.cells import OLDEST
from providers.register.comparing import search_words, standing_change
from providers.register.events import InspectionRecorded
from providers.register.models import MAX_PLACES, Inspection, Registration
from providers.register.queries import judgement_history, registration
from providers.register.status import (
    SCHOOL_TYPES,
    CardArea,
    CardWord,
    Coverage,
    EventType,
    Inspectorate,
    ProvisionType,
    RegistrationStatus,
    Source,
)
from providers.register.urn import URN_WORDS, clean_urn

MAX_NOTE = 500
STANDARD_LABEL = "Standard inspection"


def add_registration(
    session: Session,
    *,
    actor: Actor,
    urn: str,
    provision_type: ProvisionType,
    name: str,
    owner: str,
    local_authority: str,
    source_note: str,
    source_read_on: dt.date,
    postcode: str = "",
    places: int | None = None,
    now: dt.datetime,
) -> Registration:
    """Add a registration by hand, active as of today. `source_note` says where it was read, on `source_read_on`. What
    an Ofsted file says of the same URN later replaces what was typed.

    Needs `REGISTER_RESOLVE`. `Invalid` with a message for each bad field; `Conflict` when the register has the URN
    already.
    """
    actor.require(Permission.REGISTER_RESOLVE)
    errors: dict[str, str] = {}
    clean = clean_urn(urn)
    if clean is None:
        errors["urn"] = f"Enter a URN: {URN_WORDS}."
    if not name.strip() or len(name) > 300:
        errors["name"] = "Enter the name, in 300 characters or fewer."
    authority = authority_by_name(local_authority)
    if authority is None:
        errors["local_authority"] = "Enter a local authority by its name."
    written = normalise_postcode(postcode) if postcode.strip() else None
    if postcode.strip() and written is None:
        errors["postcode"] = "Enter a full UK postcode."
    if places is not None and not 0 <= places <= MAX_PLACES:
        errors["places"] = f"Places must be between 0 and {MAX_PLACES:,}."
    today = local_date(now)
    errors |= _source_errors(source_note, source_read_on, today)
    if errors or clean is None or authority is None:
        raise Invalid(errors)
    if session.get(Registration, clean) is not None:
        raise Conflict(f"The register already holds {clean}.", field="urn")
    added = Registration(
        urn=clean,
        provision_type=provision_type.value,
        name=name.strip(),
        owner=owner.strip()[:300] or None,
        registration_status=RegistrationStatus.ACTIVE.value,
        local_authority=authority.name,
        local_authority_gss=authority.gss,
        region=authority.region,
        postcode=written,
        places=places,
        source=Source.BY_HAND,
        first_seen=today,
        last_seen=today,
        facts_as_of=today,
        facts_from=None,
        short_breaks_only=False,
        several_buildings=False,
        source_note=source_note.strip(),
        source_read_on=source_read_on,
        added_by=actor.person_id,
        search_words="",
    )
    added.search_words = search_words(
        {column: getattr(added, column) for column in ("urn", "name", "owner", "town", "postcode", "local_authority")}
    )
    session.add(added)
    session.flush()
    audit.record(
        session, now=now, who=actor, act="register.registration.add", subject_kind="registration", subject_id=clean
    )
    return added


@dataclass(frozen=True, slots=True)
class SchoolInspection:
    """An inspection of a school as a person read it in a report. `label` names an additional inspection; it is empty
    for a standard one, the only kind that counts. None is "the report does not say".
    """

    inspected_on: dt.date
    published_on: dt.date | None
    inspectorate: Inspectorate
    source_note: str
    source_read_on: dt.date
    label: str = ""
    standards_met: bool | None = None
    safeguarding_met: bool | None = None
    report_card: Mapping[CardArea, CardWord] = field(default_factory=dict)

    @property
    def is_standard(self) -> bool:
        return not self.label.strip()


def school_to_inspect(session: Session, urn: str) -> Registration:
    """A registration whose inspections a person may type; `Conflict` says why not."""
    found = registration(session, urn)
    refused = not_typed(session, found)
    if refused:
        raise Conflict(refused)
    return found


def not_typed(session: Session, found: Registration) -> str | None:
    """Why nobody may type the inspections of a registration; None where somebody may.

    Where Ofsted's social care files already give a registration its grade, its education is inspected under the
    school's own URN: an ungraded judgement must not hide the graded one.
    """
    if found.provision_type not in SCHOOL_TYPES:
        return "Only inspections of schools are typed by hand. Others come from Ofsted's files."
    if any(one.full_judgement and one.result is not None for one in judgement_history(session, found.urn)):
        return (
            "Ofsted's files grade this registration. Record the school's inspection under the school's own URN of 6 "
            "digits."
        )
    return None


def record_inspection(
    session: Session, *, actor: Actor, urn: str, typed: SchoolInspection, now: dt.datetime
) -> Inspection:
    """Keep an inspection of a school that a person has read.

    Needs `REGISTER_RESOLVE`. `Invalid` with a message for each bad field; `Conflict` when the day's inspection is kept
    already. Publishes `InspectionRecorded`, and `Regraded` where the standing changes or something was found not met.
    """
    actor.require(Permission.REGISTER_RESOLVE)
    school = school_to_inspect(session, urn)
    today = local_date(now)
    errors = _inspection_errors(typed, today)
    if errors:
        raise Invalid(errors)
    kind = EventType.FULL if typed.is_standard else EventType.ADDITIONAL
    same = select(Inspection.id).where(
        Inspection.urn == school.urn, Inspection.inspected_on == typed.inspected_on, Inspection.event_type == kind
    )
    if session.scalar(same) is not None:
        raise Conflict("The register already holds an inspection of that day.", field="inspected_on")
    before = judgement_history(session, school.urn)
    made = Inspection(
        urn=school.urn,
        event_number=None,
        event_type=kind,
        event_label=STANDARD_LABEL if typed.is_standard else typed.label.strip(),
        inspected_on=typed.inspected_on,
        published_on=typed.published_on,
        full_judgement=typed.is_standard,
        standards_met=typed.standards_met,
        safeguarding_met=typed.safeguarding_met,
        report_card={area.value: word.value for area, word in typed.report_card.items()} or None,
        inspectorate=typed.inspectorate.value,
        labels={},
        contradictory=False,
        facts_as_of=today,
        facts_from=Coverage.BY_HAND,
        source_note=typed.source_note.strip(),
        source_read_on=typed.source_read_on,
        added_by=actor.person_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="register.inspection.record",
        subject_kind="inspection",
        subject_id=made.id,
        urn=school.urn,
        inspected_on=typed.inspected_on.isoformat(),
    )
    change = standing_change(school.urn, before, judgement_history(session, school.urn), today)
    if change is not None:
        events.publish(session, change)
    events.publish(session, InspectionRecorded(school.urn, made.id))
    return made


def _source_errors(note: str, read_on: dt.date, today: dt.date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not note.strip() or len(note) > MAX_NOTE:
        errors["source_note"] = f"Say where you read this, in {MAX_NOTE} characters or fewer."
    if read_on > today:
        errors["source_read_on"] = "The day on which you read it must not be in the future."
    return errors


def _inspection_errors(typed: SchoolInspection, today: dt.date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not OLDEST <= typed.inspected_on <= today:
        errors["inspected_on"] = "The day of the inspection must be a day in the past."
    if typed.published_on is not None and not typed.inspected_on <= typed.published_on <= today:
        errors["published_on"] = "The report is published after the inspection, and not in the future."
    if len(typed.label) > 120:
        errors["label"] = "The kind of inspection must be 120 characters or fewer."
    if typed.is_standard and typed.standards_met is None and not typed.report_card:
        errors["standards_met"] = "Say whether the standards are met, or fill in the report card."
    if typed.inspectorate is Inspectorate.ISI and typed.report_card:
        errors["report_card"] = "Only Ofsted writes report cards."
    return errors | _source_errors(typed.source_note, typed.source_read_on, today)
