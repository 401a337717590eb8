"""Standing in for a manager: who may cover whom between two days, and in whose place somebody acts today.

A cover is the covered person's own limit in another's hands: it is given by the one who goes away, cannot be passed on,
and ends by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.identity.models import Membership, Person
from app.identity.permissions import GIVEN_BY_ROLE, Actor, Permission
from app.identity.status import Role
from app.requests.events import CoverNamed
from app.requests.limits import ApprovalRules, approval_rules
from app.requests.models import ApprovalCover

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Days:
    """One cover: who is away, who stands in, and when."""

    covered_id: str
    covering_id: str
    first_day: dt.date
    last_day: dt.date

    def overlaps(self, first_day: dt.date, last_day: dt.date) -> bool:
        return self.first_day <= last_day and first_day <= self.last_day


@dataclass(frozen=True, slots=True)
class Capacity:
    """In which role somebody approves: their own, or in the place of somebody who is away."""

    role: Role
    in_place_of: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """Somebody of the borough who approves, with the roles in which they do."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class CoverLine:
    """A cover as a page shows it."""

    cover: ApprovalCover
    covered: str
    covering: str


def may_cover(rules: ApprovalRules, covered: Collection[Role], covering: Collection[Role]) -> bool:
    """Whether somebody with these roles may stand in for somebody with those: policy names them for the highest role
    in which the other approves, and the role approves requests at all.
    """
    own = [one.role for one in rules.limits if one.role in covered]
    if not own:
        return False
    suitable = rules.covered_by.get(own[-1], frozenset())
    return any(role in suitable and Permission.REQUEST_APPROVE in GIVEN_BY_ROLE[role] for role in covering)


def cover_faults(
    rules: ApprovalRules,
    wanted: Days,
    *,
    covered: Collection[Role],
    covering: Collection[Role],
    others: Sequence[Days],
    today: dt.date,
) -> dict[str, str]:
    """What is wrong with a cover, by field. `others` are the covers that stand in the borough."""
    if wanted.covered_id == wanted.covering_id:
        return {"covering_id": "Choose somebody else: nobody covers themselves."}
    if not may_cover(rules, covered, covering):
        return {"covering_id": "Choose somebody whose role may stand in for yours."}
    if wanted.first_day < today:
        return {"first_day": "The first day must be today or later."}
    if wanted.last_day < wanted.first_day:
        return {"last_day": "The last day must be the same as or after the first day."}
    if (wanted.last_day - wanted.first_day).days + 1 > rules.most_cover_days:
        return {"last_day": f"A cover lasts at most {rules.most_cover_days} days. Choose an earlier last day."}
    clashing = [one for one in others if one.overlaps(wanted.first_day, wanted.last_day)]
    if any(one.covered_id == wanted.covered_id for one in clashing):
        return {"first_day": "Somebody covers you on some of these days already. End that cover first."}
    if any(one.covering_id == wanted.covered_id for one in clashing):
        return {
            "first_day": "You stand in for somebody else on some of these days, and a cover cannot be passed on. "
            "They name another person first."
        }
    if any(one.covered_id == wanted.covering_id for one in clashing):
        return {"covering_id": "That person is away on some of these days. Choose somebody else."}
    return {}


def managers_of(session: Session, organisation_id: str, rules: ApprovalRules) -> list[Manager]:
    """Everybody of a borough who approves requests by a role of their own, by name."""
    rows = session.execute(
        select(Person, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_([one.role for one in rules.limits]),
            Membership.ended_at.is_(None),
            Person.left_at.is_(None),
        )
        .order_by(Person.name, Person.id, Membership.role)
    ).all()
    people: dict[str, tuple[Person, set[Role]]] = {}
    for person, role in rows:
        people.setdefault(person.id, (person, set()))[1].add(role)
    return [Manager(one.id, one.name, one.email, frozenset(roles)) for one, roles in people.values()]


def could_cover(session: Session, *, actor: Actor, now: dt.datetime) -> list[Manager]:
    """Who of the borough could stand in for the actor."""
    actor.require(Permission.REQUEST_APPROVE)
    rules = approval_rules(session, local_date(now))
    return [
        one
        for one in managers_of(session, actor.organisation_id, rules)
        if one.id != actor.person_id and may_cover(rules, actor.roles, one.roles)
    ]


def name_cover(
    session: Session,
    *,
    actor: Actor,
    covering_id: str,
    first_day: dt.date,
    last_day: dt.date,
    reason: str,
    now: dt.datetime,
) -> ApprovalCover:
    """Name somebody who approves in the actor's place. Invalid blames `covering_id`, `first_day`, `last_day` or
    `reason`.
    """
    actor.require(Permission.REQUEST_APPROVE)
    today = local_date(now)
    rules = approval_rules(session, today)
    # Whoever names and whoever is named are locked, in one order, so that two covers made at once see each other.
    session.scalars(
        select(Person.id).where(Person.id.in_([actor.person_id, covering_id])).order_by(Person.id).with_for_update()
    ).all()
    other = next((one for one in managers_of(session, actor.organisation_id, rules) if one.id == covering_id), None)
    if other is None:
        raise Invalid("Choose somebody of your borough who approves requests.", field="covering_id")
    wanted = Days(actor.person_id, covering_id, first_day, last_day)
    wrong = cover_faults(
        rules,
        wanted,
        covered=actor.roles,
        covering=other.roles,
        others=[_days(one) for one in _standing(session, actor.organisation_id, today)],
        today=today,
    )
    said = reason.strip()
    if not said:
        wrong.setdefault("reason", "Say why somebody stands in for you.")
    elif len(said) > LONGEST_REASON:
        wrong.setdefault("reason", f"The reason must be {LONGEST_REASON} characters or fewer.")
    if wrong:
        raise Invalid(wrong)
    cover = ApprovalCover(
        organisation_id=actor.organisation_id,
        covered_id=actor.person_id,
        covering_id=covering_id,
        first_day=first_day,
        last_day=last_day,
        reason=said,
        made_by=actor.person_id,
        made_at=now,
    )
    session.add(cover)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.cover.name",
        subject_kind="cover",
        subject_id=cover.id,
        covering_id=covering_id,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )
    publish(session, CoverNamed(cover.id, now))
    return cover


def end_cover(session: Session, *, actor: Actor, cover_id: str, version: int, now: dt.datetime) -> ApprovalCover:
    """End a cover at once, by either of the two. What was approved under it stands."""
    actor.require(Permission.REQUEST_APPROVE)
    cover = session.scalar(
        select(ApprovalCover)
        .where(
            ApprovalCover.id == cover_id,
            ApprovalCover.organisation_id == actor.organisation_id,
            or_(ApprovalCover.covered_id == actor.person_id, ApprovalCover.covering_id == actor.person_id),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if cover is None:
        raise NotFound("cover")
    if cover.ended_at is not None:
        raise Conflict("This cover has ended already.")
    if cover.version != version:
        raise Stale("This cover changed while you were looking at it. Look at it again.")
    cover.ended_by, cover.ended_at = actor.person_id, now
    session.flush()
    audit.record(session, now=now, who=actor, act="requests.cover.end", subject_kind="cover", subject_id=cover.id)
    return cover


def covers_of(session: Session, *, actor: Actor, now: dt.datetime) -> list[CoverLine]:
    """The covers of today and later in which the actor is away or stands in, the next first."""
    covered, covering = aliased(Person), aliased(Person)
    rows = session.execute(
        select(ApprovalCover, covered.name, covering.name)
        .join(covered, covered.id == ApprovalCover.covered_id)
        .join(covering, covering.id == ApprovalCover.covering_id)
        .where(
            ApprovalCover.organisation_id == actor.organisation_id,
            ApprovalCover.ended_at.is_(None),
            ApprovalCover.last_day >= local_date(now),
            or_(ApprovalCover.covered_id == actor.person_id, ApprovalCover.covering_id == actor.person_id),
        )
        .order_by(ApprovalCover.first_day, ApprovalCover.id)
    )
    return [CoverLine(*row) for row in rows]


def capacities(
    session: Session, person_id: str, organisation_id: str, rules: ApprovalRules, today: dt.date
) -> list[Capacity]:
    """In which roles a person approves today, their own first, each from the highest; then those of the people for
    whom they stand in. What somebody covers is theirs alone: the covered person's own covers are not among them.
    """
    people = {one.id: one for one in managers_of(session, organisation_id, rules)}
    me = people.get(person_id)
    if me is None:
        return []
    highest_first = [one.role for one in reversed(rules.limits)]
    found = [Capacity(role) for role in highest_first if role in me.roles]
    for cover in _standing(session, organisation_id, today):
        away = people.get(cover.covered_id)
        if (
            away is not None
            and cover.covering_id == person_id
            and cover.first_day <= today <= cover.last_day
            and may_cover(rules, away.roles, me.roles)
        ):
            found += [Capacity(role, away.id, away.name) for role in highest_first if role in away.roles]
    return found


def standing_in_for(session: Session, organisation_id: str, people: Collection[str], today: dt.date) -> dict[str, str]:
    """Who stands in today for each of these people who is away, by the id of the one who is away."""
    return {
        one.covered_id: one.covering_id
        for one in _standing(session, organisation_id, today)
        if one.covered_id in people and one.first_day <= today <= one.last_day
    }


def _standing(session: Session, organisation_id: str, today: dt.date) -> Sequence[ApprovalCover]:
    return session.scalars(
        select(ApprovalCover)
        .where(
            ApprovalCover.organisation_id == organisation_id,
            ApprovalCover.ended_at.is_(None),
            ApprovalCover.last_day >= today,
        )
        .order_by(ApprovalCover.first_day, ApprovalCover.id)
    ).all()


def _days(cover: ApprovalCover) -> Days:
    return Days(cover.covered_id, cover.covering_id, cover.first_day, cover.last_day)
