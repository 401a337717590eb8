"""Large made-up markets as facts, from a seed: quick to make, as a large market would be (`plausible`), or full of
edges and extremes (`extreme`).
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

from matching.rank import (
    Discounts,
    Evidence,
    Lot,
    Market,
    Ofsted,
    Policy,
    PriceFormula,
    Registration,
    Request,
    Service,
    Sex,
    Standing,
    Urgency,
    Weights,
)

LOTS = list(Lot)
REGISTRATIONS = {
    Lot.IFA: Registration.FOSTERING,
    Lot.RESIDENTIAL: Registration.CHILDRENS_HOME,
    Lot.SUPPORTED: Registration.SUPPORTED_ACCOMMODATION,
    Lot.NMI_DAY: Registration.SCHOOL,
    Lot.NMI_38: Registration.SCHOOL,
    Lot.NMI_52: Registration.SCHOOL_CHILDRENS_HOME,
}
LANGUAGES = ["en", "ur", "bsl", "pl", "bn", "so", "ar", "pt"]
ADAPTATIONS = ["wheelchair", "hoist", "sensory", "ground_floor"]
AREAS = [f"E0900{number:04d}" for number in range(33)]
WEEKLY = {Lot.IFA: 110_000, Lot.RESIDENTIAL: 520_000, Lot.SUPPORTED: 190_000}


def policy(**changes: Any) -> Policy:
    values: dict[str, Any] = {
        "version": "made-up",
        "weights": Weights(price=40, quality=25, needs=25, practical=10),
        "indicator_weights": (1,) * 12,
        "severe_need_cap": 400_000,
        "evidence_discount": Discounts(declared=850_000, evidenced=950_000, verified=1_000_000),
        "price_floor": 500_000,
        "price_ceiling": 1_500_000,
        "price_formula": PriceFormula.BENCHMARK,
        "unknown_quality_prior": 55,
        "stale_after_days": 14,
        "max_useful_miles": 50,
        "tie_band": 5_000,
    }
    return Policy(**values | changes)


def plausible_service(draw: random.Random, number: int) -> Service:
    """A service as most are: three in four pass the gates that no child changes."""
    lot = draw.choices(LOTS, (45, 30, 12, 6, 4, 3))[0]
    low = draw.choice([0, 5, 8, 10, 12]) if lot is not Lot.SUPPORTED else 16
    placed = lot is not Lot.IFA or draw.random() < 0.3
    return Service(
        id=f"S{number}",
        provider=f"P{number % 700}",
        lot=lot,
        registration=REGISTRATIONS[lot],
        status=draw.choices(list(Standing), (95, 5))[0],
        ofsted=draw.choices([*Ofsted, None], (15, 62, 12, 4, 7))[0],
        min_age=low,
        max_age=draw.choice([12, 16, 17, 17, 17]) if low < 12 else 17,
        sexes=draw.choices([(Sex.F, Sex.M), (Sex.F,), (Sex.M,)], (70, 15, 15))[0],
        capability=tuple(draw.choices((0, 1, 2, 3), (10, 30, 35, 25), k=12)),
        evidence=tuple(draw.choices(list(Evidence), (50, 30, 20), k=12)),
        places=draw.choices((0, 1, 2, 3), (15, 50, 25, 10))[0],
        places_confirmed_days_ago=draw.choices((1, 5, 13, 40), (40, 30, 20, 10))[0],
        easting=round(draw.gauss(530_000, 30_000)) if placed else None,
        northing=round(draw.gauss(180_000, 25_000)) if placed else None,
        authority=draw.choice(AREAS),
        quality=None if draw.random() < 0.1 else draw.randint(20, 100),
        solo=draw.random() < 0.2,
        adaptations=tuple(word for word in ADAPTATIONS if draw.random() < 0.25),
        languages=("en", *draw.sample(LANGUAGES[1:], draw.choice([0, 0, 1, 2]))),
        list_price_pence_week=(
            None if draw.random() < 0.05 else round(WEEKLY.get(lot, 300_000) * draw.lognormvariate(0, 0.25))
        ),
    )


def plausible_request(draw: random.Random, number: int) -> Request:
    lots = draw.choices(
        [(Lot.IFA,), (Lot.RESIDENTIAL,), (Lot.IFA, Lot.RESIDENTIAL), (Lot.SUPPORTED,), (Lot.NMI_DAY, Lot.NMI_38)],
        (35, 30, 20, 10, 5),
    )[0]
    age = draw.randint(16, 17) if lots == (Lot.SUPPORTED,) else draw.randint(3, 17)
    return Request(
        id=f"R{number}",
        borough=draw.choice(AREAS),
        lots=lots,
        age_weeks=age * 52 + draw.randint(20, 50),
        sex=draw.choice(list(Sex)),
        needs=tuple(draw.choices((None, 0, 1, 2, 3), (8, 42, 25, 18, 7), k=12)),
        easting=round(draw.gauss(530_000, 15_000)),
        northing=round(draw.gauss(178_000, 12_000)),
        max_miles=draw.choices([None, 20, Decimal("12.5")], (80, 15, 5))[0],
        exclude_authorities=tuple(draw.sample(AREAS, 2)) if draw.random() < 0.2 else (),
        places=draw.choices((1, 2, 3), (85, 12, 3))[0],
        solo=draw.random() < 0.05,
        adaptations=(draw.choice(ADAPTATIONS),) if draw.random() < 0.08 else (),
        language=draw.choice(LANGUAGES[1:]) if draw.random() < 0.05 else None,
        urgency=draw.choice(list(Urgency)),
        benchmark_pence_week=(
            None if draw.random() < 0.03 else round(WEEKLY.get(lots[0], 300_000) * draw.lognormvariate(0, 0.15))
        ),
    )


def plausible(seed: int, services: int, requests: int) -> Market:
    draw = random.Random(seed)
    return Market(
        as_of=date(2026, 4, 1),
        policy=policy(),
        services=tuple(plausible_service(draw, number) for number in range(services)),
        requests=tuple(plausible_request(draw, number) for number in range(requests)),
        offers=(),
    )


# What is drawn below is what a file may hold at most and beyond, ties, thresholds met to the unit, and places that are
# not whole metres.

SPOTS = [0, 532_000, 533_000, 553_117, Decimal("532000.5"), Decimal("553116.8"), Decimal("540123.123456789012345")]
HUGE_SPOTS = [2**25, 2**25 + 1, 10**30, Decimal("1e-20")]
PRICES = [None, 0, 1, 239_999, 240_000, 240_001, 480_000, 720_000, 10**9]
HUGE = [2**31, 10**13, 10**30]


def extreme_service(draw: random.Random, number: int, spots: list[Any], huge: bool) -> Service:
    lot = draw.choice(LOTS)
    low = draw.choice([0, 8, 13, 16])
    at = draw.choice([None, *spots])
    odd = huge and draw.random() < 0.2
    return Service(
        id=draw.choice(["S", "é", "𝒮", "z"]) + str(number),
        provider="P1",
        lot=lot,
        registration=draw.choice([REGISTRATIONS[lot], REGISTRATIONS[lot], *Registration]),
        status=draw.choices(list(Standing), (9, 1))[0],
        ofsted=draw.choice([*Ofsted, None, Ofsted.GOOD, Ofsted.GOOD]),
        min_age=low,
        max_age=draw.choice([low, 16, 17, *HUGE]) if odd else max(low, draw.choice([12, 13, 16, 17, 17, 17])),
        sexes=draw.choice([(Sex.F, Sex.M), (Sex.F, Sex.M), (Sex.F,), (Sex.M, Sex.M), ()]),
        capability=tuple(draw.choices((0, 1, 2, 3), k=12)),
        evidence=tuple(draw.choices(list(Evidence), k=12)),
        places=draw.choice(HUGE) if odd else draw.choice([0, 1, 2, 2, 3]),
        places_confirmed_days_ago=draw.choice([0, 14, 14, 15]) if not odd else draw.choice([0, *HUGE]),
        easting=None if at is None else at,
        northing=None if at is None else draw.choice(spots),
        authority=draw.choice(AREAS[:3]),
        quality=draw.choice([None, 0, 55, 70, 71, 100]),
        solo=draw.random() < 0.5,
        adaptations=tuple(draw.choices(ADAPTATIONS[:2], k=draw.randint(0, 3))),
        languages=tuple(draw.choices(LANGUAGES[:3], k=draw.randint(0, 3))),
        list_price_pence_week=draw.choice([*HUGE, 5]) if odd else draw.choice([*PRICES, draw.randint(0, 10**6)]),
    )


def extreme_request(draw: random.Random, number: int, spots: list[Any], huge: bool) -> Request:
    picky = draw.random() < 0.4
    return Request(
        id=f"R{number}",
        borough="E09000008",
        lots=tuple(draw.sample(LOTS, draw.randint(1, 6))),
        age_weeks=draw.choice(HUGE) if huge and picky else draw.choice([0, 417, 418, 700, 834, 835, 938, 939]),
        sex=draw.choice(list(Sex)),
        needs=tuple(draw.choices((None, 0, 0, 1, 2, 3), k=12)),
        easting=draw.choice(spots),
        northing=draw.choice(spots),
        max_miles=draw.choice([None, None, 0, 1, 5, Decimal("12.5"), Decimal("0.1"), 300, *(HUGE if huge else [])]),
        exclude_authorities=tuple(draw.choices(AREAS[:3], k=2)) if picky else (),
        places=draw.choice(HUGE) if huge and draw.random() < 0.1 else draw.choice([1, 1, 2]),
        solo=picky and draw.random() < 0.5,
        adaptations=tuple(draw.choices([*ADAPTATIONS[:2], "x"], (5, 5, 1), k=draw.randint(0, 3))) if picky else (),
        language=draw.choice([None, "en", "ur", "xx"]) if picky else None,
        urgency=Urgency.PLANNED,
        benchmark_pence_week=draw.choice([None, 1, 333, 480_000, 481_237, draw.randint(1, 10**6), 10**9]),
    )


def extreme_policy(draw: random.Random, huge: bool) -> Policy:
    cuts = sorted(draw.choices(range(101), k=3))
    shares = draw.choice(
        [
            (40, 25, 25, 10),
            (100, 0, 0, 0),
            (0, 0, 0, 100),
            (97, 1, 1, 1),
            (cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2]),
        ]
    )
    floor = draw.choice([0, 500_000, 700_000, 123_457])
    share = [0, 850_000, 950_000, 1_000_000, draw.randint(0, 1_000_000)]
    return policy(
        weights=Weights(**dict(zip(("price", "quality", "needs", "practical"), shares, strict=True))),
        indicator_weights=draw.choice(
            [
                (1,) * 12,
                (1,) + (0,) * 11,
                (*draw.choices(range(4), k=11), 1),
                *([(10**12,) * 12] if huge else []),
            ]
        ),
        severe_need_cap=draw.choice([0, 400_000, 333_333, 1_000_000]),
        evidence_discount=Discounts(
            declared=draw.choice(share), evidenced=draw.choice(share), verified=draw.choice(share)
        ),
        price_floor=floor,
        price_ceiling=floor + draw.choice([1, 300_000, 1_000_000, *([10**30] if huge else [])]),
        price_formula=draw.choice([PriceFormula.BENCHMARK, PriceFormula.BENCHMARK, PriceFormula.LOWEST_RATIO]),
        unknown_quality_prior=draw.randint(0, 100),
        stale_after_days=draw.choice([0, 14]),
        max_useful_miles=draw.choice([1, 7, 50, *([10**9] if huge else [])]),
        tie_band=draw.choice([0, 1, 5_000, 200_000]),
    )


def extreme(seed: int, services: int, requests: int, *, huge: bool = False) -> Market:
    """Edges of every rule; a `huge` one also holds numbers that no int64 does."""
    draw = random.Random(seed)
    spots = draw.choice([SPOTS, [0, 532_000, 533_000, 553_117], [draw.randint(0, 700_000) for _ in range(9)]])
    spots = [*spots, *HUGE_SPOTS] if huge else spots
    return Market(
        as_of=date(2026, 4, 1),
        policy=extreme_policy(draw, huge and draw.random() < 0.5),
        services=tuple(extreme_service(draw, number, spots, huge) for number in range(services)),
        requests=tuple(extreme_request(draw, number, spots, huge) for number in range(requests)),
        offers=(),
    )
