"""On what terms offers for a request compete: its frozen weights and policy in figures, and the needs that an offer
answers. The same for every company, before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.children.needs import POLICY as NEEDS_MEASURE
from app.children.needs import indicators
from app.core import policies
from app.core.clock import local_date
from app.core.errors import Conflict
from app.identity.models import Organisation
from app.offers.children import needs_of
from app.offers.market import policy_of
from app.requests.models import PlacementRequest
from matching.rank import Policy, PriceFormula
from providers.market.models import Lot

MILLION = 1_000_000


@dataclass(frozen=True)
class MeasuredNeed:
    """One need measured above 0: its number from 1, what it is, and its level from 1 to 3 with its word."""

    number: int
    domain: str
    label: str
    level: int
    words: str


@dataclass(frozen=True)
class Terms:
    """Weights are points out of 100 and sum to it; without a benchmark price is not scored and the others stand for the
    whole. Floor and ceiling are per cent of the benchmark.
    """

    borough: str
    lot: str
    weights: dict[str, int]
    price_scored: bool
    against_benchmark: bool
    floor_per_cent: int
    ceiling_per_cent: int
    unknown_quality: int
    severe_cap: int
    evidence_per_cent: dict[str, int]
    furthest_miles: int
    tie_points: float
    needs: tuple[MeasuredNeed, ...]
    policy: str


def terms_of(session: Session, request: PlacementRequest, children_key: str | None = None) -> Terms:
    """The terms of a published request, with the needs of the children whom an offer is for (None: of all). Conflict
    for one that is not published. The caller has checked who may see it.
    """
    if request.lot_id is None or request.published_at is None:
        raise Conflict("The request has not been published.")
    lot = session.get_one(Lot, request.lot_id)
    policy = policy_of(session, request, lot.service_type)
    weights, discount = policy.weights, policy.evidence_discount
    return Terms(
        borough=session.get_one(Organisation, request.organisation_id).name,
        lot=lot.name,
        weights={
            "Price": weights.price,
            "Quality": weights.quality,
            "Needs": weights.needs,
            "Practical fit": weights.practical,
        },
        price_scored=request.benchmark_pence is not None,
        against_benchmark=policy.price_formula is PriceFormula.BENCHMARK,
        floor_per_cent=policy.price_floor * 100 // MILLION,
        ceiling_per_cent=policy.price_ceiling * 100 // MILLION,
        unknown_quality=policy.unknown_quality_prior,
        severe_cap=policy.severe_need_cap * 100 // MILLION,
        evidence_per_cent={
            "declared": discount.declared * 100 // MILLION,
            "evidenced": discount.evidenced * 100 // MILLION,
            "verified": discount.verified * 100 // MILLION,
        },
        furthest_miles=policy.max_useful_miles,
        tie_points=tie_points(policy),
        needs=measured_needs(session, request, children_key),
        policy=policy.version,
    )


def tie_points(policy: Policy) -> float:
    """Within how many points of each other offers count as tied."""
    return policy.tie_band * 100 / MILLION


def measured_needs(
    session: Session, request: PlacementRequest, children_key: str | None = None
) -> tuple[MeasuredNeed, ...]:
    """The needs that an offer answers one by one, in the measure's order: for several children the highest of each."""
    published = request.published_at or request.created_at
    content = policies.in_force(session, NEEDS_MEASURE, local_date(published)).content
    rows = zip(indicators(session, local_date(published)), needs_of(request, children_key), strict=False)
    return tuple(
        MeasuredNeed(one.number, one.domain, one.label, level, content["levels"][str(level)])
        for one, level in rows
        if level
    )
