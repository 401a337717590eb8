"""What councils keep of children beside their requests: needs measured again at reviews, questionnaires, siblings, and
a child whom two officers recorded.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.links import link_siblings
from app.children.models import Child
from app.children.needs import history, measure_needs
from app.children.questionnaires import record_sdq
from app.children.records import record_child, reveal
from app.children.status import MeasureReason, SdqBy, SiblingKind
from app.core.clock import local_date
from app.demo.consortium import Consortium, Council
from app.demo.stage import Stage
from app.identity.status import Role

REVIEWED = 9
"""How many children of the first council have been measured again."""
DAY = -2


def keep_records(stage: Stage, consortium: Consortium) -> None:
    """In the first council, two days ago."""
    council = consortium.councils[0]
    now = stage.day(DAY)
    with stage.at(now) as session:
        children = list(
            session.scalars(
                select(Child).where(Child.organisation_id == council.organisation.id).order_by(Child.reference)
            )
        )
        for child in children[:REVIEWED]:
            _review(session, stage, council, child, now)
        _relate(session, stage, council, children, now)
        _record_twice(session, stage, council, children[2], now)


def _review(session: Session, stage: Stage, council: Council, child: Child, now: dt.datetime) -> None:
    """A review a little later: most needs are what they were, some have fallen, and one was not looked at."""
    officer, draw = council.people[Role.PLACEMENT_OFFICER], stage.draw
    before = history(session, actor=officer, child_id=child.id)
    scores: list[int | None] = list(before[-1].scores) if before else [draw.randint(0, 3) for _ in range(12)]
    for n, score in enumerate(scores):
        if score is not None and draw.random() < 0.4:
            scores[n] = min(3, max(0, score + draw.choice((-1, -1, 1))))
    if draw.random() < 0.3:
        scores[draw.randrange(12)] = None
    measure_needs(
        session,
        actor=officer,
        child_id=child.id,
        scores=scores,
        measured_on=local_date(now),
        reason=MeasureReason.REVIEW,
        now=now,
    )
    vault = stage.wiring.vault
    if (local_date(now) - reveal(vault=vault, child=child).date_of_birth).days > 5 * 365:
        for days, total in ((-400, draw.randint(10, 24)), (-20, draw.randint(8, 20))):
            record_sdq(
                session,
                actor=officer,
                vault=vault,
                child_id=child.id,
                completed_on=local_date(now) + dt.timedelta(days=days),
                filled_in_by=SdqBy.CARER,
                total=total,
                scales={},
                prosocial=draw.randint(3, 10),
                now=now,
            )


def _relate(session: Session, stage: Stage, council: Council, children: list[Child], now: dt.datetime) -> None:
    for one, other, kind in ((0, 1, SiblingKind.FULL), (0, 3, SiblingKind.HALF)):
        link_siblings(
            session,
            actor=council.people[Role.PLACEMENT_OFFICER],
            vault=stage.wiring.vault,
            child_id=children[one].id,
            reference=children[other].reference,
            kind=kind,
            reason="The family and the birth certificates say so.",
            now=now,
        )


def _record_twice(session: Session, stage: Stage, council: Council, child: Child, now: dt.datetime) -> None:
    """A referral that came in twice: a second record, with another spelling of the last name."""
    known = reveal(vault=stage.wiring.vault, child=child)
    record_child(
        session,
        actor=council.people[Role.PLACEMENT_OFFICER],
        vault=stage.wiring.vault,
        given_name=known.given_name,
        family_name=known.family_name + known.family_name[-1],
        date_of_birth=known.date_of_birth,
        sex=known.sex,
        ethnicity=known.ethnicity,
        home_postcode=known.home_postcode,
        now=now,
    )
