"""What the law asks once a placement is known: tasks with their day and their place in the law, from an award and from
a start. Reactions: `app/wiring.py` gives them the vault. A task is made once; at the start one of the award may move.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import reveal
from app.core.clock import local_date
from app.core.crypto import KeyDestroyedError, Vault
from app.placements.events import Awarded, PlacementStarted
from app.placements.models import Award, LocationApproval, Placement
from app.requests.drafting import answers_of
from app.requests.duties import SHORT_BREAKS
from app.requests.models import PlacementRequest, RequestChild
from app.requests.statute import Statute, due_days, school_year, statute_on
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task, move_task
from providers.market.models import Lot
from providers.market.status import BOUGHT_BY, ServiceType, Strand

AWARD, START = "an award", "a start"
"""What a task may follow from: the words of `on` in the policy."""

BY_AWARD = frozenset({"area-notification", "area-consultation"})
"""Tasks that a location approval answers: named by the award, as it is."""


def applies_to(session: Session, statute: Statute, *, vault: Vault, placement: Placement, award: Award) -> set[str]:
    """To which tasks' conditions a placement answers: the words of `applies` in the policy."""
    request = session.get_one(PlacementRequest, award.request_id)
    lot = session.get_one(Lot, placement.lot_id)
    approval = session.scalars(select(LocationApproval).where(LocationApproval.award_id == award.id)).one()
    where = statute.locations[approval.location_class]
    found = {"always"}
    position = session.get_one(RequestChild, award.request_child_id).position
    try:
        typed = answers_of(session, vault=vault, request=request, position=position)
        born = reveal(vault=vault, child=session.get_one(Child, placement.child_id)).date_of_birth
    except KeyDestroyedError:  # the record is erased: what it said asks for nothing any more
        typed, born = {}, None
    # What the request's own column says is the first child's. Whoever is given a home by the council is looked after
    # from then on; a place at a school alone makes nobody so.
    stated = bool(request.looked_after) if position == 1 else typed.get("looked_after") == "yes"
    looked_after = stated or lot.service_type in BOUGHT_BY[Strand.LOOKED_AFTER]
    if looked_after:
        found.add("looked_after")
    if lot.service_type is ServiceType.FOSTERING:
        found.add("fostering")
    if looked_after and where.notify:
        found.add("out_of_area")
    if looked_after and where.consult:
        found.add("at_a_distance")
    if born is None:
        return found
    year = school_year(born, placement.started_on or placement.planned_start)
    if looked_after and year in statute.numbers["key_stage_4_years"] and typed.get("keep_school") == "no":
        found.add("key_stage_4")
    if typed.get("legal_status") in SHORT_BREAKS:
        found.add("short_break")
    return found


def on_awarded(session: Session, event: Awarded, *, vault: Vault) -> int:
    """The tasks that must be done before the child moves. Returns how many there are."""
    placement = session.get_one(Placement, event.placement_id)
    first_day = max(placement.planned_start, local_date(event.now))
    return _give(session, placement, AWARD, first_day, event.now, vault)


def on_started(session: Session, event: PlacementStarted, *, vault: Vault) -> int:
    """The tasks that follow from the day on which the child moved in. Returns how many there are."""
    placement = session.get_one(Placement, event.placement_id)
    return _give(session, placement, START, placement.started_on or local_date(event.now), event.now, vault)


def _give(session: Session, placement: Placement, on: str, start: dt.date, now: dt.datetime, vault: Vault) -> int:
    award = session.get_one(Award, placement.award_id)
    statute = statute_on(session, local_date(now))
    held = applies_to(session, statute, vault=vault, placement=placement, award=award)
    rules = [one for one in statute.tasks if one.on == on and one.applies in held]
    days = due_days(rules, start)
    for rule in rules:
        task = add_task(
            session,
            organisation_id=placement.organisation_id,
            key=f"{rule.code}:{award.id if rule.code in BY_AWARD else placement.id}",
            kind=TaskKind.STATUTORY,
            title=f"{rule.title} {placement.reference}",
            basis=rule.basis,
            subject_kind="placement",
            subject_id=placement.id,
            due_on=days[rule.code],
            now=now,
        )
        move_task(session, task, due_on=days[rule.code], basis=rule.basis)
    return len(rules)
