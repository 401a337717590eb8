"""Draws one market of one lot as a market file: what councils and providers say, and nothing of what is true.

The policy is the one that ships for the lot. Half of the requests are tenders with offers, half ask whom to invite at
list prices. Ages, grades, distances and prices follow public figures; what no figure was found for is an assumption
that says so.
"""

from __future__ import annotations

import math
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

POLICIES = Path(__file__).parents[3] / "config" / "policies"
METRES_A_MILE = 1609.344
CENTRE = (530_000, 176_000)
"""South London, on the national grid."""

BOROUGHS = ("E09000006", "E09000008", "E09000024", "E09000027", "E09000029")
ELSEWHERE = ("E10000016", "E10000030", "E06000035", "E10000012", "E08000025")
ETHNICITIES = ("WBRI", "BCRB", "BAFR", "AIND", "MWBC", "OOTH", None)
RELIGIONS = ("none", "Christian", "Muslim", "Hindu", None)


class LotFacts(NamedTuple):
    """What is usual for a lot."""

    registration: str
    ages: tuple[int, int]
    weekly_pence: int  # of a year over 52 weeks, for a usual need: the middle of the 2025-26 London ranges
    spread: float  # of prices round what the need explains, as the standard deviation of the logarithm
    grades: dict[str | None, float]  # Ofsted, 31 March 2025
    near: float  # share of homes within 20 miles
    weeks: tuple[int, ...]


HOME_GRADES = {"Outstanding": 447, "Good": 2598, "Requires improvement to be good": 478, "Inadequate": 43, None: 380}
AGENCY_GRADES = {"Outstanding": 78, "Good": 230, "Requires improvement to be good": 14, "Inadequate": 3, None: 14}
SCHOOL_GRADES = {"Outstanding": 48, "Good": 42, "Requires improvement to be good": 1, "Inadequate": 1, None: 3}

LOT_FACTS = {
    # Spreads from the ranges quoted for one kind of need: standard fostering lies within 6% of its middle, a group home
    # within 18%, day schools and supported accommodation wider.
    # Half of children's homes are more than 20 miles away (NAO 2025), a fifth of foster homes (DfE, 31 March 2024).
    "ifa": LotFacts("fostering", (0, 17), 103_000, 0.07, AGENCY_GRADES, 0.8, (52,)),
    "residential": LotFacts("childrens_home", (7, 17), 612_000, 0.14, HOME_GRADES, 0.5, (52,)),
    # No outcomes published for supported accommodation yet: known quality is what boroughs themselves have seen.
    "supported": LotFacts("supported_accommodation", (16, 17), 112_500, 0.25, {None: 1}, 0.8, (52,)),
    "nmi_day": LotFacts("school", (5, 17), 105_800, 0.15, SCHOOL_GRADES, 0.85, (38, 39)),
    "nmi_38": LotFacts("school", (8, 17), 206_700, 0.13, SCHOOL_GRADES, 0.4, (38, 38, 44)),
}

QUALITY_OF_GRADE = {
    "Outstanding": 84.0,
    "Good": 69.0,
    "Requires improvement to be good": 50.0,
    "Inadequate": 26.0,
    None: 62.0,
}
"""The middle of the quality score by grade; the score itself has other parts too."""


@cache
def policy_of(lot: str) -> Json:
    """The policy that ships for this lot, as a market file has it."""
    newest = max(POLICIES.glob("evaluation_*.toml"), key=lambda file: int(file.stem.rpartition("_")[2]))
    shipped = tomllib.loads(newest.read_text("utf-8"))
    return {"version": f"{shipped['kind']} {shipped['version']}", **shipped["common"], **shipped["service_types"][lot]}


def draw_market(lot: str, seed: int, *, requests: int, services: int) -> Json:
    """A market of `services` services of one lot and `requests` requests, every second one with offers."""
    draw = random.Random(f"market {lot} {seed}")
    made = [_service(draw, lot) for _ in range(services)]
    asked = [_request(draw, lot, f"R{number:03d}") for number in range(1, requests + 1)]
    names = draw.sample(range(1000, 10_000), services)
    for service, name in zip(made, names, strict=True):
        service["id"], service["provider"] = f"S{name}", f"P{name // 3}"
    offers = [offer for request in asked[::2] for offer in _offers(draw, lot, request, made)]
    draw.shuffle(offers)
    for number, offer in enumerate(offers, 1):
        offer["id"] = f"O{number:04d}"
    return {
        "schema": "homeward-market/1",
        "as_of": "2026-04-01",
        "policy": policy_of(lot),
        "services": made,
        "requests": asked,
        "offers": offers,
    }


def complexity(needs: list[int | None]) -> float:
    """The measured need, 0..1 of the most that it could be."""
    measured = [need for need in needs if need is not None]
    return sum(measured) / (3 * len(measured))


def usual_price(lot: str, needs: list[int | None]) -> float:
    """Pence a week that such a need costs in such a lot: from .7 of the middle for no need to 2 for the highest."""
    return LOT_FACTS[lot].weekly_pence * 0.7 * math.exp(1.1 * complexity(needs))


def _service(draw: random.Random, lot: str) -> Json:
    facts = LOT_FACTS[lot]
    grade = draw.choices(list(facts.grades), list(facts.grades.values()))[0]
    score = round(min(max(draw.gauss(QUALITY_OF_GRADE[grade], 8), 0), 100))
    unknown = draw.random() < (0.4 if lot == "supported" else 0.75 if grade is None else 0.0)
    skill = draw.gauss(1.75, 0.45)  # what a service takes on in general; single capabilities lie round it
    capability = [min(max(round(draw.gauss(skill, 0.75)), 0), 3) for _ in range(12)]
    assured = draw.random()  # how far this service's claims have been looked at
    levels = ("verified", "evidenced", "declared")
    evidence = [draw.choices(levels, (assured, 0.8, 1.6 * (1 - assured)))[0] for _ in range(12)]
    youngest, oldest = facts.ages
    low = draw.choice([youngest, youngest, min(youngest + 3, oldest), min(youngest + 6, oldest)])
    east, north = _place(draw, facts.near)
    # Dearer where more is offered, a little dearer where it is good, and mostly for reasons of its own.
    price = facts.weekly_pence * math.exp(
        0.3 * (sum(capability) / 12 - 1.75) + 0.002 * (score - 65) + draw.gauss(0, facts.spread)
    )
    household_unknown = lot == "ifa" and draw.random() < 0.5
    return {
        "id": "",
        "provider": "",
        "lot": lot,
        "registration": "none" if draw.random() < 0.01 else facts.registration,
        "status": "suspended" if draw.random() < 0.02 else "enrolled",
        "ofsted": grade,
        "min_age": low,
        "max_age": draw.choice([oldest, oldest, max(oldest - 2, low)]),
        "sexes": draw.choices([["F", "M"], ["F"], ["M"]], (8, 1, 1))[0],
        "capability": capability,
        "evidence": evidence,
        "places": draw.choices([0, 1, 2, 3, 4], (2, 10, 5, 2, 1))[0],
        "places_confirmed_days_ago": draw.choices([draw.randint(0, 14), draw.randint(15, 60)], (9, 1))[0],
        "easting": None if household_unknown else east,
        "northing": None if household_unknown else north,
        "authority": draw.choice(BOROUGHS if math.dist((east, north), CENTRE) < 25_000 else ELSEWHERE),
        "quality": None if unknown else score,
        "solo": draw.random() < 0.25,
        "adaptations": ["wheelchair"] if draw.random() < 0.3 else [],
        "languages": ["en", "ur"] if draw.random() < 0.15 else ["en"],
        "list_price_pence_week": None if draw.random() < 0.03 else round(price),
    }


def _place(draw: random.Random, near: float) -> tuple[int, int]:
    """Somewhere within 20 miles of the middle for this share, and up to 120 miles away for the rest."""
    miles = 20 * math.sqrt(draw.random()) if draw.random() < near else 20 + 100 * draw.random() ** 1.5
    angle = draw.uniform(0, 2 * math.pi)
    return tuple(
        max(round(centre + METRES_A_MILE * miles * turn(angle)), 0)
        for centre, turn in zip(CENTRE, (math.cos, math.sin), strict=True)
    )  # type: ignore[return-value]  # two of them


def _request(draw: random.Random, lot: str, name: str) -> Json:
    youngest, oldest = LOT_FACTS[lot].ages
    age = min(max(draw.triangular(youngest, oldest + 1, 14 if oldest > 14 else oldest), youngest + 0.1), oldest + 0.9)
    level = draw.gauss({"residential": 1.4, "supported": 0.9, "ifa": 0.9}.get(lot, 1.2), 0.35)
    needs = [min(max(round(draw.gauss(level, 0.95)), 0), 3) for _ in range(12)]
    angle, away = draw.uniform(0, 2 * math.pi), 12_000 * math.sqrt(draw.random())
    # A benchmark is fitted to past placements: right on the whole, some way off for one child.
    benchmark = round(usual_price(lot, needs) * math.exp(draw.gauss(0, 0.12)))
    return {
        "id": name,
        "borough": draw.choice(BOROUGHS),
        "lots": [lot],
        "age_weeks": round(age * 365.25 / 7),
        "sex": draw.choice("FM"),
        "needs": [None if draw.random() < 0.06 else need for need in needs],
        "easting": round(CENTRE[0] + away * math.cos(angle)),
        "northing": round(CENTRE[1] + away * math.sin(angle)),
        "max_miles": draw.choice([20, 40]) if draw.random() < 0.12 else None,
        "exclude_authorities": [draw.choice(BOROUGHS)] if draw.random() < 0.1 else [],
        "places": 2 if draw.random() < 0.08 else 1,
        "solo": draw.random() < 0.04,
        "adaptations": ["wheelchair"] if draw.random() < 0.04 else [],
        "language": "ur" if draw.random() < 0.02 else None,
        "urgency": draw.choices(["planned", "urgent", "same_day"], (6, 3, 1))[0],
        "benchmark_pence_week": None if draw.random() < 0.03 else benchmark,
        "protected": {
            "ethnicity": draw.choice(ETHNICITIES),
            "religion": draw.choice(RELIGIONS),
            "disability": draw.choice([True, False, False, None]),
        },
    }


def _offers(draw: random.Random, lot: str, request: Json, services: list[Json]) -> list[Json]:
    """Between 10 and 24 services answer, mostly those that could take the child."""
    age = request["age_weeks"] * 28 // 1461
    willing = [
        service
        for service in services
        if (service["min_age"] <= age <= service["max_age"] and service["places"] >= request["places"])
        or draw.random() < 0.1
    ]
    facts = LOT_FACTS[lot]
    made = []
    for service in draw.sample(willing, min(draw.randint(10, 24), len(willing))):
        own = (service["list_price_pence_week"] or facts.weekly_pence) / facts.weekly_pence
        price = usual_price(lot, request["needs"]) * own * math.exp(draw.gauss(0, 0.06))
        kind = draw.random()
        price *= 0.45 if kind < 0.03 else 1.6 if kind > 0.96 else 1.0  # bought with a low price, or asking too much
        weeks = draw.choice(facts.weeks)
        weekly = price * 52 / weeks
        education = round(weekly * 0.3) if lot.startswith("nmi") else 0
        transport = round(weekly * 0.02) if draw.random() < 0.3 else 0
        made.append(
            {
                "id": "",
                "request": request["id"],
                "service": service["id"],
                "elements": {
                    "care": round(weekly) - education - transport,
                    "education": education,
                    "health": 0,
                    "transport": transport,
                },
                "weeks_per_year": weeks,
            }
        )
    return made
