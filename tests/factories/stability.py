"""A record of placements that lasted or broke down, with the frozen shortlist that each was decided on. All made up.

Of those with a high first need one in two broke down, of the others one in five.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core import policies
from app.core.database import new_id
from app.offers.models import Evaluation
from app.placements.models import Award, Placement
from app.placements.stability.models import StabilityModel
from matching.fit.stability import Calibration, Model
from providers.quality.models import ServiceOutcome
from providers.quality.status import Ending, OutcomeKind
from tests.factories.reporting import NOW, TODAY, SpendMarket

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY


def turn_on(session: Session, version: str = "2", *, now: dt.datetime = NOW, **changed: Any) -> None:
    """A version of the policy in force today that turns stability on."""
    content = {**policies.in_force(session, "stability", now.date()).content, "on": True, **changed}
    policies.append(
        session,
        kind="stability",
        version=version,
        in_force_from=now.date(),
        source="Made up for a test",
        content=content,
        now=now,
    )


def put_on_record(session: Session, placements: int, *, leak: bool = False, now: dt.datetime = NOW) -> SpendMarket:
    """So many placements of a year each, one a day, the last of them 30 weeks ago. With `leak` the quality in their
    shortlists knows how they ended.
    """
    market = SpendMarket.make(session, boroughs=("Oldtown", "Newtown"), now=now)
    ids, broke_down = [], {}
    for number in range(placements):
        first = now.date() - 30 * WEEK - (placements - number) * DAY
        ids.append(market.place(first_day=first, last_day=first + 52 * WEEK, weekly=400_000, lot=1, started_on=first))
        broke_down[ids[-1]] = number % (2 if number % 3 == 0 else 5) == 1
    market.write(session)
    rows = session.execute(
        select(Placement, Award.request_id, Award.offer_id)
        .join(Award, Award.id == Placement.award_id)
        .where(Placement.id.in_(ids))
    ).all()
    at = {one: number for number, one in enumerate(ids)}
    for placement, request_id, offer_id in rows:
        number, ended = at[placement.id], broke_down[placement.id]
        quality = (200_000 if ended else 900_000) if leak else 400_000 + (number * 37 % 50) * 10_000
        session.execute(
            insert(Evaluation),
            [
                {
                    "id": new_id(),
                    "request_id": request_id,
                    "algorithm": 1,
                    "policy_version_id": market.policy_id,
                    "record": record_of(request_id, offer_id, 3 if number % 3 == 0 else 0, quality, number),
                    "hash": "sha256:made-up",
                    "frozen_at": dt.datetime.combine(placement.planned_start - 14 * DAY, dt.time(12), dt.UTC),
                }
            ],
        )
        if ended:
            ending(session, market, placement, placement.planned_start + (20 + number % 100) * DAY)
    session.flush()
    return market


def keep_model(
    session: Session, *, kind: str = "residential", number: int = 1, now: dt.datetime = NOW
) -> StabilityModel:
    """A model that can be worked out by hand: all 143 placements are comparable, and 100 of them lasted."""
    model = Model(
        horizon_weeks=26,
        placements=143,
        ended_early=43,
        kinds=((kind, 143),),
        least_of_kind=30,
        columns=(),
        intercept=0.0,
        strength=1.0,
        calibration=Calibration(0.0, 0.0),
        comparables=((0.5, False),) * 43 + ((0.5, True),) * 100,
        auc=0.5,
        check=None,
        warnings=(),
        suspects=(),
    )
    kept = StabilityModel(
        number=number,
        fitted_at=now,
        policy_version_id=policies.in_force(session, "stability", now.date()).id,
        placements=model.placements,
        ended_early=model.ended_early,
        may_leak=False,
        history_hash="a" * 64,
        document=model.to_dict(),
    )
    session.add(kept)
    session.flush()
    return kept


def ending(
    session: Session,
    market: SpendMarket,
    placement: Placement,
    on: dt.date,
    how: Ending = Ending.UNPLANNED,
    **more: Any,
) -> str:
    """What a borough said of how a placement ended."""
    outcome = ServiceOutcome(
        urn=market.service.urn,
        service_type=market.lots[1].service_type,
        placement_reference=placement.reference,
        organisation_id=placement.organisation_id,
        provider_id=placement.provider_id,
        kind=OutcomeKind.ENDING,
        happened_on=on,
        ending=how,
        words="",
        recorded_by=market.person_id,
        recorded_at=dt.datetime.combine(on, dt.time(12), dt.UTC),
        **{"edition": 1, **more},
    )
    session.add(outcome)
    session.flush()
    return outcome.id


def record_of(request_id: str, offer_id: str, first_need: int, quality: int, number: int) -> dict[str, Any]:
    """As much of a frozen record as a shortlist for one child needs to say what was known."""
    return {
        "market": {
            "requests": [
                {
                    "id": request_id,
                    "lots": ["residential"],
                    "age_weeks": 500 + number % 300,
                    "needs": [first_need, *[number % 3] * 10, None],
                    "urgency": ("planned", "urgent")[number % 2],
                }
            ]
        },
        "result": {
            "requests": [
                {
                    "request": request_id,
                    "candidates": [
                        {
                            "offer": offer_id,
                            "eligible": True,
                            "parts": {
                                "price": 500_000,
                                "quality": quality,
                                "needs": 600_000 + number % 40 * 10_000,
                                "practical": 300_000 + number % 60 * 10_000,
                            },
                            "flags": [],
                        }
                    ],
                }
            ]
        },
    }


__all__ = ["NOW", "TODAY", "ending", "keep_model", "put_on_record", "record_of", "turn_on"]
