"""Strengths and difficulties questionnaires of a child: recorded, put right by another entry, never changed.

The total is the sum of four scales of difficulties, 0 to 10 each; the fifth scale, of kind behaviour, stands apart from
it. How a total is read is one rule: `app.children.sdq.band` (F-57).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import age_years
from app.children.models import SdqScore
from app.children.records import for_writing, ids_of, reveal
from app.children.sdq import LEAST, MOST, SdqBand, band
from app.children.status import SdqBy
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Invalid, NotFound
from app.identity.models import Person
from app.identity.permissions import Actor, Permission

SCALES: dict[str, str] = {
    "emotional": "Emotional symptoms",
    "conduct": "Conduct problems",
    "hyperactivity": "Hyperactivity or inattention",
    "peer": "Problems with other children",
}
PROSOCIAL = "Kind and helpful behaviour"
HIGHEST = 10
YOUNGEST, YOUNGEST_ALONE = 2, 11
"""There is a questionnaire from the age of 2; children fill in one of their own from 11 (sdqinfo.org)."""


@dataclass(frozen=True)
class Sdq:
    """One questionnaire as it stands: with its band, who recorded it, and whether it put another right."""

    score: SdqScore
    band: SdqBand
    recorded_by: str


def total_of(total: int | None, scales: Mapping[str, int | None]) -> int:
    """The total of a questionnaire, from the four scales where they are given. Invalid where only some are, where they
    do not sum to the total, or where nothing is.
    """
    given = {name: scales.get(name) for name in SCALES}
    errors = {
        name: f"{SCALES[name]} must be between 0 and {HIGHEST}."
        for name, value in given.items()
        if value is not None and not 0 <= value <= HIGHEST
    }
    missing = [name for name, value in given.items() if value is None]
    if missing and len(missing) < len(given):
        errors |= {
            name: f"Enter the score for {SCALES[name].lower()}, or leave all four scales empty." for name in missing
        }
    if total is not None and not LEAST <= total <= MOST:
        errors["total"] = f"The total must be between {LEAST} and {MOST}."
    if not missing and not errors:
        found = sum(value or 0 for value in given.values())
        if total is not None and total != found:
            errors["total"] = f"The four scales add up to {found}, not to {total}."
        total = found
    if errors:
        raise Invalid(errors)
    if total is None:
        raise Invalid("Enter the total, or all four scales of difficulties.", field="total")
    return total


def record_sdq(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    child_id: str,
    completed_on: dt.date,
    filled_in_by: SdqBy,
    total: int | None,
    scales: Mapping[str, int | None],
    now: dt.datetime,
    prosocial: int | None = None,
    corrects: str | None = None,
) -> SdqScore:
    """Keep a questionnaire's scores. `scales` are the four of difficulties by name; `corrects` is the id of a wrong
    entry that this one takes the place of. Invalid names every field that is wrong.
    """
    actor.require(Permission.CHILD_WRITE)
    child = for_writing(session, actor=actor, child_id=child_id)
    found = total_of(total, scales)
    if prosocial is not None and not 0 <= prosocial <= HIGHEST:
        raise Invalid(f"{PROSOCIAL} must be between 0 and {HIGHEST}.", field="prosocial")
    if completed_on > local_date(now):
        raise Invalid("The day of the questionnaire must not be in the future.", field="completed_on")
    age = age_years(reveal(vault=vault, child=child).date_of_birth, completed_on)
    if age < YOUNGEST:
        raise Invalid(f"There is no questionnaire for a child under {YOUNGEST}.", field="completed_on")
    if filled_in_by is SdqBy.CHILD and age < YOUNGEST_ALONE:
        raise Invalid(
            f"A child fills in a questionnaire of their own from the age of {YOUNGEST_ALONE}.", field="filled_in_by"
        )
    if corrects is not None and corrects not in {
        one.score.id for one in questionnaires(session, actor=actor, child_id=child.id)
    }:
        raise NotFound("questionnaire")
    score = SdqScore(
        child_id=child.id,
        completed_on=completed_on,
        filled_in_by=filled_in_by,
        total=found,
        **{name: scales.get(name) for name in SCALES},
        prosocial=prosocial,
        corrects=corrects,
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    session.add(score)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="children.sdq.correct" if corrects else "children.sdq.record",
        subject_kind="child",
        subject_id=child.id,
    )
    return score


def questionnaires(session: Session, *, actor: Actor, child_id: str) -> list[Sdq]:
    """A child's questionnaires as they stand, the oldest first; those that were put right are not among them."""
    ids = ids_of(session, actor=actor, child_id=child_id)
    replaced = select(SdqScore.corrects).where(SdqScore.corrects.is_not(None), SdqScore.child_id.in_(ids))
    rows = session.execute(
        select(SdqScore, Person.name)
        .join(Person, Person.id == SdqScore.recorded_by)
        .where(SdqScore.child_id.in_(ids), SdqScore.id.not_in(replaced))
        .order_by(SdqScore.completed_on, SdqScore.recorded_at, SdqScore.id)
    )
    return [Sdq(score, band(score.total), name) for score, name in rows]
