"""What the consortium knows of its services: contracts were checked, boroughs said how placements go, providers replied
and challenged, and the policy of three parts came into force.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import LONDON, local_date
from app.core.files import accept
from app.core.jobs import run_due
from app.core.policies import in_force
from app.demo.consortium import Consortium, Council
from app.demo.firms import Firm
from app.demo.stage import Stage
from app.identity.permissions import Actor
from app.identity.status import Role
from app.placements.models import Placement
from app.placements.outcomes import correct_how_it_goes, record_how_it_goes
from app.placements.status import PlacementStatus
from providers.quality import running
from providers.quality.challenges import answer_challenge, challenge_fact
from providers.quality.changing import propose
from providers.quality.compliance import record_check
from providers.quality.models import ServiceOutcome
from providers.quality.outcomes import Said, reply_to_outcome
from providers.quality.running import begin_run
from providers.quality.status import ComplianceRating, OutcomeKind, Progress
from providers.services.models import Service

CHECKED = 24
"""How many services have had their contract checked."""
REVIEWED = 34
"""How many placements a borough has said something of."""
FIRST_DAY, LAST_DAY = -34, -3
LONG_ENOUGH = dt.timedelta(days=45)

FOUND = {
    ComplianceRating.GOOD: "Every target of the made-up contract is met.",
    ComplianceRating.APPROACHING_TARGET: "Reports come, two of six a week late. The rest is met.",
    ComplianceRating.REQUIRES_IMPROVEMENT: "No return of vacancies for two months. A plan is agreed.",
}
SAID = {
    Progress.GOOD: "Settled, goes to school every day and looks forward to the visits. Thank you.",
    Progress.SOME: "Settling in. Health checks are late and should be booked.",
    Progress.LITTLE: "The plan of work has not begun. We have asked for it by the next review.",
}


def judge(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """Play it from the day after the second register on, in the order of time."""
    services = [(firm, service) for firm in firms for service in firm.services]
    with stage.at(stage.day(FIRST_DAY)) as session:
        _check(session, stage, consortium, services)
        placements = _old_enough(session, stage)
    since = _policy_begins(stage)
    days = [FIRST_DAY + (LAST_DAY - FIRST_DAY) * place // REVIEWED for place in range(REVIEWED)]
    begun = False
    for day in sorted(set(days)):
        if not begun and stage.day(day) >= since:
            _let_policy_count(stage, since)
            begun = True
        with stage.at(stage.day(day)) as session:
            for place, placement in enumerate(placements):
                if days[place] == day:
                    _review(session, stage, consortium, placement, stage.day(day))
    if not begun:
        _let_policy_count(stage, min(since, stage.day(LAST_DAY)))
    with stage.at(stage.day(-2)) as session:
        _answer_back(session, stage, consortium, firms)
    moment = stage.now - dt.timedelta(minutes=50)
    with stage.at(moment) as session:
        _wonder(session, consortium, moment)


def _check(session: Session, stage: Stage, consortium: Consortium, services: list[tuple[Firm, Service]]) -> None:
    now = stage.day(FIRST_DAY)
    for number, (_, service) in enumerate(stage.draw.sample(services, min(CHECKED, len(services)))):
        rating = stage.draw.choice((ComplianceRating.GOOD, *FOUND))
        day = local_date(now) - dt.timedelta(days=stage.draw.randrange(1, 200))
        given: dict[str, Any] = {"actor": consortium.commissioner, "urn": service.urn, "rating": rating, "now": now}
        made = record_check(session, checked_on=day, words=FOUND[rating], **given)
        if number == 0:  # one was put right
            given["rating"] = ComplianceRating.GOOD
            words = "The late reports were another service's. " + FOUND[ComplianceRating.GOOD]
            record_check(session, checked_on=day, words=words, corrects=made.id, **given)


def _old_enough(session: Session, stage: Stage) -> list[Placement]:
    """Placements that began long enough ago for a review, those of the company with most of them first."""
    before = local_date(stage.day(FIRST_DAY)) - LONG_ENOUGH
    found = list(
        session.scalars(
            select(Placement)
            .where(Placement.status == PlacementStatus.LIVE, Placement.started_on <= before)
            .order_by(Placement.reference)
        )
    )
    most = Counter(placement.provider_id for placement in found)
    return sorted(found, key=lambda one: (-most[one.provider_id], one.provider_id, one.reference))[:REVIEWED]


def _policy_begins(stage: Stage) -> dt.datetime:
    """The morning on which the policy that counts today came into force."""
    with stage.at(stage.now) as session:
        day = in_force(session, "quality", local_date(stage.now)).in_force_from
    return dt.datetime.combine(day, dt.time(6), LONDON).astimezone(dt.UTC)


def _let_policy_count(stage: Stage, moment: dt.datetime) -> None:
    """The day's work of that morning: every score anew."""
    moment = max(moment, stage.day(FIRST_DAY, hour=6))
    with stage.at(moment) as session:
        version = in_force(session, "quality", local_date(moment)).version
        begin_run(session, why=f"Policy {version} in force", now=moment)
    run_due(stage.wiring.sessions, {running.KIND: running.run_step}, lambda _: moment)


def _council_of(consortium: Consortium, placement: Placement) -> Council:
    return next(one for one in consortium.councils if one.organisation.id == placement.organisation_id)


def _review(session: Session, stage: Stage, consortium: Consortium, placement: Placement, now: dt.datetime) -> None:
    officer = _council_of(consortium, placement).people[Role.PLACEMENT_OFFICER]
    progress = stage.draw.choice((Progress.GOOD, Progress.GOOD, Progress.SOME, Progress.SOME, Progress.LITTLE))
    feedback = {Progress.GOOD: (4, 5), Progress.SOME: (3, 4), Progress.LITTLE: (2, 3)}[progress]
    record_how_it_goes(
        session,
        actor=officer,
        placement_id=placement.id,
        said=Said(
            kind=OutcomeKind.REVIEW,
            happened_on=local_date(now) - dt.timedelta(days=stage.draw.randrange(1, 8)),
            progress=progress,
            started_on_day=stage.draw.random() < 0.9,
            reports_on_time=stage.draw.choice((True, True, True, False, None)),
            feedback=stage.draw.choice(feedback),
            words=SAID[progress],
        ),
        now=now,
        base_url=stage.base_url,
    )


def _answer_back(session: Session, stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """A company replies, a borough puts a record right, and of two challenges the hub has answered one."""
    now = stage.day(-2)
    by_company = {firm.actor.organisation_id: firm for firm in firms if firm.actor is not None}
    records = session.scalars(
        select(ServiceOutcome).order_by(ServiceOutcome.recorded_at, ServiceOutcome.placement_reference)
    ).all()
    if len(records) < 3:
        return
    counted = Counter(record.provider_id for record in records)
    busiest = by_company[min(counted, key=lambda one: (-counted[one], by_company[one].name))]
    mine = [record for record in records if busiest.actor and record.provider_id == busiest.actor.organisation_id]
    if busiest.actor is None:
        return
    words = "We agree, and have booked what was missing. The next report comes a week early."
    reply_to_outcome(session, actor=busiest.actor, outcome_id=mine[0].id, words=words, now=now)
    _put_right(session, stage, consortium, mine[-1], now)
    _challenge(session, stage, consortium, busiest.actor, busiest.services[0], now)


def _put_right(
    session: Session, stage: Stage, consortium: Consortium, record: ServiceOutcome, now: dt.datetime
) -> None:
    council = next(one for one in consortium.councils if one.organisation.id == record.organisation_id)
    correct_how_it_goes(
        session,
        actor=council.people[Role.PLACEMENT_OFFICER],
        outcome_id=record.id,
        said=Said(
            kind=record.kind,
            happened_on=record.happened_on,
            progress=Progress.GOOD,
            started_on_day=True,
            reports_on_time=True,
            feedback=4,
            words=SAID[Progress.GOOD],
        ),
        why="The first record was of another review.",
        now=now,
        base_url=stage.base_url,
    )


def _challenge(
    session: Session, stage: Stage, consortium: Consortium, actor: Actor, service: Service, now: dt.datetime
) -> None:
    given: dict[str, Any] = {
        "actor": actor,
        "store": stage.wiring.files,
        "claim_id": service.claim_id,
        "base_url": stage.base_url,
    }
    letter = accept(io.BytesIO(b"%PDF-1.4\n% A made-up letter about a made-up contract check.\n"), name="letter.pdf")
    first = challenge_fact(
        session,
        fact="strategic.compliance",
        why="Our contract was checked in the spring. The letter that we had afterwards is attached.",
        file=letter,
        now=now,
        **given,
    )
    answer_challenge(
        session,
        actor=consortium.commissioner,
        challenge_id=first.id,
        upheld=True,
        answer="You are right, and the check is added. The score follows from it.",
        version=first.version,
        now=now + dt.timedelta(hours=3),
        base_url=stage.base_url,
    )
    record_check(
        session,
        actor=consortium.commissioner,
        urn=service.urn,
        checked_on=local_date(now) - dt.timedelta(days=170),
        rating=ComplianceRating.GOOD,
        words="Added after a challenge: every target of the made-up contract was met.",
        now=now + dt.timedelta(hours=3),
    )
    challenge_fact(
        session,
        fact="service.timeliness",
        why="One of the late reports was sent in time to an old address. We have asked the borough for its log.",
        file=None,
        now=now + dt.timedelta(hours=5),
        **given,
    )


def _wonder(session: Session, consortium: Consortium, now: dt.datetime) -> None:
    """The hub looks at what another weighting would do, and has not decided."""
    policy = in_force(session, "quality", local_date(now))
    if "strategic" not in policy.content:
        return
    weights = policy.content["weights"]
    propose(
        session,
        actor=consortium.commissioner,
        based_on_id=policy.id,
        changed={
            ("weights", "inspection"): weights["inspection"] - 10,
            ("weights", "service"): weights["service"] + 10,
        },
        why="Our own experience of placements should count for more.",
        now=now,
    )
