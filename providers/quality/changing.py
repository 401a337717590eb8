"""Changing how quality is scored: other numbers than those in force, what they would do to every enrolled service, and
then a new version of the policy from a day on.

Only numbers change here; what is scored at all is changed by who loads a policy file. A version is appended and never
edited, and it counts from a day that is not in the past: a score that was used stays as it was (F-21).
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.core import audit, batches, policies
from app.core.clock import local_date
from app.core.errors import Conflict, HomewardError, Invalid, NotFound, Stale
from app.core.models import PolicyVersion
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from providers.passport.models import Claim, Enrolment
from providers.passport.status import EnrolmentStatus
from providers.quality.gathering import CHUNK, as_outcomes, gather, lot_placements
from providers.quality.models import QualityPreview, QualityProposal
from providers.quality.rule import QualityPolicy
from providers.quality.running import begin_run, next_urns
from providers.quality.scoring import POLICY, Ruler, ruler_of
from providers.quality.service_level import means_of

KIND = "preview_quality"
WHY_LONGEST = 500
FURTHEST = dt.timedelta(days=730)
MOVERS = 10

Path: TypeAlias = tuple[str, ...]

ORDER = (
    *("weights", "inspection", "graded", "supported", "standards", "report_card", "age", "strategic", "service"),
    *("overall", "protected", "leaders", "prior", "weight", "months", "draw", "least_in_lot"),
    *("accreditation", "compliance", "currency", "progress", "stability", "timeliness", "feedback", "points"),
    *("exceptional", "strong_standard", "expected_standard", "needs_attention", "urgent_improvement"),
    *("outstanding", "good", "approaching_target", "requires_improvement", "inadequate"),
    *("consistently_strong", "inconsistent", "serious_weaknesses", "met", "not_met"),
    *("months_for_a_point", "most_points", "expected_months"),
    *("good_progress", "some_progress", "little_progress", "worse"),
    *("standing", "planned_ending", "unplanned_ending", "bands", "from"),
)
"""How the names of a policy follow each other for people: the database keeps them in an order of its own."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a policy: where it stands, and what it is."""

    path: Path
    value: int


@dataclass(frozen=True, slots=True)
class Mover:
    """A registration whose score would change."""

    urn: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a proposal would do to the scores of enrolled services. `bands` are (lowest score, how many before, how many
    after), None for not known. `up` and `down` count those whose score would rise or fall, `crossing` those that would
    be in another band.
    """

    services: int
    up: int
    down: int
    crossing: int
    bands: tuple[tuple[int | None, int, int], ...]
    movers: tuple[Mover, ...]


def numbers_of(content: Mapping[str, Any]) -> list[Number]:
    """Every number of a policy, in the order in which people read it."""
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(
        _numbers(content, ()),
        key=lambda number: [
            (int(name) if name.isdigit() else places.get(name, len(ORDER)), name) for name in number.path
        ],
    )


def _numbers(value: Any, path: Path) -> Iterator[Number]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield Number(path, value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _numbers(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _numbers(inner, (*path, str(place)))


def with_numbers(content: Mapping[str, Any], changed: Mapping[Path, int]) -> dict[str, Any]:
    """The same policy with other numbers. `Invalid` where a path leads to none."""
    found = copy.deepcopy(dict(content))
    known = {number.path for number in numbers_of(content)}
    for path, value in changed.items():
        if path not in known:
            raise Invalid("Only numbers that the policy has may be changed.")
        inner: Any = found
        for name in path[:-1]:
            inner = inner[int(name)] if isinstance(inner, list) else inner[name]
        if isinstance(inner, list):
            inner[int(path[-1])] = value
        else:
            inner[path[-1]] = value
    return found


def propose(
    session: Session, *, actor: Actor, based_on_id: str, changed: Mapping[Path, int], why: str, now: dt.datetime
) -> QualityProposal:
    """Keep changed numbers and begin to work out what they would do (a batch). `Invalid` where nothing changed or the
    numbers cannot be a policy; `Stale` where another version is in force by now.
    """
    actor.require(Permission.POLICY_WRITE)
    on = local_date(now)
    policy = policies.in_force(session, POLICY, on)
    if policy.id != based_on_id:
        raise Stale("Another version of the policy is in force since you opened the page. Begin again from that one.")
    why = why.strip()
    if not why:
        raise Invalid("Enter why the policy changes. It is kept with the new version", field="why")
    content = with_numbers(policy.content, changed)
    if content == policy.content:
        raise Invalid("Change at least one number")
    before, after = QualityPolicy.read(policy.content), QualityPolicy.read(content)
    proposal = QualityProposal(
        based_on_id=policy.id,
        content=content,
        why=why[:WHY_LONGEST],
        as_of=on,
        lots_before=lot_placements(session, before.service, on),
        lots_after=lot_placements(session, after.service, on),
        made_by=actor.person_id,
        made_at=now,
    )
    session.add(proposal)
    session.flush()
    batch = batches.begin(
        session,
        kind=KIND,
        title="Working out what the change would do",
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        payload={"proposal_id": proposal.id, "after": ""},
        now=now,
        total=session.scalar(select(func.count()).select_from(_enrolled().distinct().subquery())) or 0,
    )
    proposal.batch_id = batch.id
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="quality.policy.propose",
        subject_kind="quality_proposal",
        subject_id=proposal.id,
        based_on=policy.version,
    )
    return proposal


def preview_step(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
    """The job of one step of a preview: a thousand registrations under both versions, on the same facts."""
    found = batches.batch_of(session, payload)
    if found is None:
        return
    batch, _ = found
    proposal = session.get_one(QualityProposal, batch.payload["proposal_id"])
    before, after = _rulers(session, proposal)
    urns = next_urns(session, batch.payload["after"], Claim.urn.in_(_enrolled()))
    known = gather(session, urns, proposal.as_of)
    try:
        rows = [
            {
                "proposal_id": proposal.id,
                "urn": urn,
                "before": before.whole(facts).score,
                "after": after.whole(facts).score,
            }
            for urn, facts in known.items()
        ]
    except HomewardError as error:
        batches.fail(session, batch, now=now, problem=error.message, leads_to="/hub/policies/quality")
        return
    if rows:
        session.execute(insert(QualityPreview), rows)
    done = batch.done + len(urns)
    batches.advance(session, batch, done=done, total=max(done, batch.total or 0), now=now)
    if len(urns) == CHUNK:
        batch.payload = {**batch.payload, "after": urns[-1]}
        batches.next_step(session, batch, now)
    else:
        proposal.previewed_at = now
        leads_to = f"/hub/policies/quality/{proposal.id}"
        batches.finish(session, batch, now=now, result={"services": done}, leads_to=leads_to)


def _rulers(session: Session, proposal: QualityProposal) -> tuple[Ruler, Ruler]:
    before = ruler_of(session, proposal.based_on_id, proposal.lots_before, proposal.as_of)
    rule = QualityPolicy.read(proposal.content)
    means = means_of(rule.service, as_outcomes(proposal.lots_after)) if rule.service else {}
    return before, Ruler("", rule, means, proposal.as_of)


def _enrolled() -> Any:
    return (
        select(Claim.urn)
        .join(Enrolment, Enrolment.claim_id == Claim.id)
        .where(Enrolment.status == EnrolmentStatus.ENROLLED)
    )


def proposal_for(session: Session, actor: Actor, proposal_id: str) -> QualityProposal:
    """A proposed change. `NotFound` where there is none."""
    actor.require(Permission.POLICY_WRITE)
    found = session.get(QualityProposal, proposal_id)
    if found is None:
        raise NotFound("proposed change")
    return found


def proposals(session: Session, actor: Actor, *, limit: int = 10) -> list[QualityProposal]:
    """The latest proposed changes, the newest first."""
    actor.require(Permission.POLICY_WRITE)
    newest = select(QualityProposal).order_by(QualityProposal.made_at.desc(), QualityProposal.id).limit(limit)
    return list(session.scalars(newest))


def effect_of(session: Session, proposal: QualityProposal) -> Effect:
    """What a proposal would do, once its preview is done. The caller has checked that the actor may see it."""
    rule = QualityPolicy.read(proposal.content)
    row = QualityPreview
    pairs = session.execute(
        select(row.before, row.after, func.count())
        .where(row.proposal_id == proposal.id)
        .group_by(row.before, row.after)
    ).all()
    counts: dict[int | None, list[int]] = {low: [0, 0] for low in (*rule.bands, None)}
    up = down = crossing = services = 0
    for before, after, count in pairs:
        services += count
        counts[rule.band(before)][0] += count
        counts[rule.band(after)][1] += count
        crossing += count * (rule.band(before) != rule.band(after))
        if before is not None and after is not None:
            up += count * (after > before)
            down += count * (after < before)
    moved = session.execute(
        select(row.urn, row.before, row.after)
        .where(row.proposal_id == proposal.id, row.before != row.after)
        .order_by(func.abs(row.after - row.before).desc(), row.urn)
        .limit(MOVERS)
    )
    bands = tuple((low, before, after) for low, (before, after) in counts.items())
    return Effect(services, up, down, crossing, bands, tuple(Mover(*one) for one in moved))


def changed_numbers(session: Session, proposal: QualityProposal) -> list[tuple[Path, int, int]]:
    """Which numbers a proposal changes: where, from what and to what."""
    before = {number.path: number.value for number in numbers_of(policies.by_id(session, proposal.based_on_id).content)}
    return [
        (number.path, before[number.path], number.value)
        for number in numbers_of(proposal.content)
        if before.get(number.path) != number.value
    ]


def bring_into_force(
    session: Session, *, actor: Actor, proposal_id: str, in_force_from: dt.date, version: int, now: dt.datetime
) -> PolicyVersion:
    """Append a proposal, which was seen with what it would do, as the policy's next version. From today: the scores are
    worked out anew at once, in steps; from a later day, on that day.

    `Invalid` at `in_force_from`; `Conflict` where it was brought in already, was not seen, or another version has come
    since.
    """
    actor.require(Permission.POLICY_WRITE)
    proposal = proposal_for(session, actor, proposal_id)
    if proposal.version != version:
        raise Stale("This change was acted upon since you opened the page. Look at it again.")
    if proposal.adopted_at is not None:
        raise Conflict("This change was brought into force already.")
    if proposal.previewed_at is None:
        raise Conflict("What the change would do is not worked out yet. Wait for it and read it first.")
    today = local_date(now)
    if in_force_from < today:
        raise Invalid("The day must be today or later: scores that were used stay as they were", field="in_force_from")
    if in_force_from > today + FURTHEST:
        raise Invalid("The day must be within two years", field="in_force_from")
    if policies.in_force(session, POLICY, in_force_from).id != proposal.based_on_id:
        raise Conflict("Another version is in force by that day. Begin the change again from that one.")
    if policies.has_later(session, POLICY, in_force_from):
        raise Conflict("Another version comes into force after that day. Choose a day after it, and begin from it.")
    row = policies.append(
        session,
        kind=POLICY,
        version=_next_version(session, in_force_from),
        in_force_from=in_force_from,
        source=f"House values, changed on {date_words(today)}: {proposal.why}",
        content=proposal.content,
        now=now,
    )
    if row is None:
        raise Conflict("A version with the same numbers is there already.")
    proposal.adopted_id, proposal.adopted_at = row.id, now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="quality.policy.bring_in",
        subject_kind="policy_version",
        subject_id=row.id,
        version=row.version,
        in_force_from=in_force_from.isoformat(),
    )
    if in_force_from == today:
        begin_run(session, why=f"Policy {row.version} in force", now=now, person_id=actor.person_id)
    return row


def _next_version(session: Session, day: dt.date) -> str:
    """The day, and a number where that day has had one."""
    taken = set(session.scalars(select(PolicyVersion.version).where(PolicyVersion.kind == POLICY)))
    names = (day.isoformat() if number == 1 else f"{day.isoformat()}-{number}" for number in range(1, 1000))
    return next(name for name in names if name not in taken)
