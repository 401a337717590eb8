"""Markets for the tests, as plain JSON values: the worked example of the file format, and random ones. All of it is
made up.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

POLICY: Json = {
    "version": "any text",
    "weights": {"price": 40, "quality": 25, "needs": 25, "practical": 10},
    "indicator_weights": [1] * 12,
    "severe_need_cap": 400000,
    "evidence_discount": {"declared": 850000, "evidenced": 950000, "verified": 1000000},
    "price_floor": 500000,
    "price_ceiling": 1500000,
    "price_formula": "benchmark",
    "unknown_quality_prior": 55,
    "stale_after_days": 14,
    "max_useful_miles": 50,
    "tie_band": 5000,
}
SERVICE: Json = {
    "id": "S1",
    "provider": "P1",
    "lot": "residential",
    "registration": "childrens_home",
    "status": "enrolled",
    "ofsted": "Good",
    "min_age": 8,
    "max_age": 17,
    "sexes": ["F", "M"],
    "capability": [2, 3, 1, 2, 2, 1, 3, 2, 1, 1, 2, 2],
    "evidence": ["declared"] * 12,
    "places": 1,
    "places_confirmed_days_ago": 3,
    "easting": 532000,
    "northing": 165000,
    "authority": "E09000008",
    "quality": 71,
    "solo": False,
    "adaptations": ["wheelchair"],
    "languages": ["en"],
    "list_price_pence_week": 520000,
}
REQUEST: Json = {
    "id": "R1",
    "borough": "E09000008",
    "lots": ["ifa", "residential"],
    "age_weeks": 700,
    "sex": "F",
    "needs": [1, 2, 0, 0, None, 1, 2, 0, 0, 1, 1, 0],
    "easting": 533000,
    "northing": 166000,
    "max_miles": None,
    "exclude_authorities": [],
    "places": 1,
    "solo": False,
    "adaptations": [],
    "language": None,
    "urgency": "planned",
    "benchmark_pence_week": 480000,
    "protected": {"ethnicity": "WBRI", "religion": "none", "disability": False},
}
OFFER: Json = {
    "id": "O1",
    "request": "R1",
    "service": "S1",
    "elements": {"care": 480000, "education": 0, "health": 0, "transport": 0},
    "weeks_per_year": 52,
}


def example() -> Json:
    """The example of the file format, whole."""
    return market(services=[{}], offers=[{}])


def market(policy: Json | None = None, requests: Any = None, services: Any = (), offers: Any = ()) -> Json:
    """A market of the example's facts with these changes; `care` in an offer is its whole weekly price."""
    return copy.deepcopy(
        {
            "schema": "homeward-market/1",
            "as_of": "2026-04-01",
            "policy": POLICY | (policy or {}),
            "services": [SERVICE | changes for changes in services],
            "requests": [REQUEST | changes for changes in ([{}] if requests is None else requests)],
            "offers": [offer(**changes) for changes in offers],
        }
    )


def offer(care: int | None = None, **changes: Any) -> Json:
    made = OFFER | changes
    return made if care is None else made | {"elements": OFFER["elements"] | {"care": care}}


MISSING = object()


def put(document: Any, path: str, value: Any) -> Any:
    """The document with one place changed, added (a new key) or, for MISSING, taken away."""
    at, *names = [document, *path.replace("[", ".[").removeprefix(".").split(".")]
    for name in names[:-1]:
        at = at[int(name[1:-1])] if name.startswith("[") else at[name]
    last = names[-1]
    key: Any = int(last[1:-1]) if last.startswith("[") else last
    if value is MISSING:
        del at[key]
    else:
        at[key] = value
    return document


# Random markets lean towards edges: few places on the grid, prices round the benchmark, thresholds met to the unit.

PRICES = st.one_of(
    st.integers(0, 1_000_000), st.sampled_from([0, 1, 239_999, 240_000, 240_001, 480_000, 719_999, 720_000, 10**9])
)
BENCHMARKS = st.one_of(st.none(), st.sampled_from([1, 333, 480_000, 481_237]), st.integers(1, 10**9))
SPOTS = st.sampled_from(
    [0, 1, 532_000, 533_000, 540_123, Decimal("532000.5"), Decimal("553116.8"), Decimal("553116.80001"), 900_000]
)
LIMITS = st.sampled_from([None, None, None, 0, 1, 5, Decimal("12.5"), Decimal("0.1"), 300])
LANGUAGES, ADAPTATIONS, AREAS = ["en", "ur", "bsl"], ["wheelchair", "hoist"], ["E09000008", "E09000006", "X"]


@st.composite
def weights(draw: st.DrawFn) -> Json:
    fixed = draw(st.sampled_from([None, None, (100, 0, 0, 0), (0, 34, 33, 33), (40, 60, 0, 0), (97, 1, 1, 1)]))
    if fixed is None:
        cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
        fixed = (cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2])
    return dict(zip(("price", "quality", "needs", "practical"), fixed, strict=True))


@st.composite
def policies(draw: st.DrawFn, formula: str | None = None) -> Json:
    floor = draw(st.sampled_from([0, 500_000, 700_000]))
    share = st.one_of(st.sampled_from([0, 850_000, 950_000, 1_000_000]), st.integers(0, 1_000_000))
    return {
        "version": draw(st.sampled_from(["", "made-up", "Åß € ☃"])),
        "weights": draw(weights()),
        "indicator_weights": draw(
            st.one_of(st.just([1] * 12), st.lists(st.integers(0, 3), min_size=12, max_size=12).filter(any))
        ),
        "severe_need_cap": draw(st.sampled_from([0, 400_000, 333_333, 1_000_000])),
        "evidence_discount": {"declared": draw(share), "evidenced": draw(share), "verified": draw(share)},
        "price_floor": floor,
        "price_ceiling": floor + draw(st.sampled_from([1, 300_000, 1_000_000])),
        "price_formula": formula or draw(st.sampled_from(["benchmark", "lowest_ratio"])),
        "unknown_quality_prior": draw(st.integers(0, 100)),
        "stale_after_days": draw(st.sampled_from([0, 14])),
        "max_useful_miles": draw(st.sampled_from([1, 7, 50])),
        "tie_band": draw(st.sampled_from([0, 1, 5_000, 200_000])),
    }


def levels(least: Any = None) -> st.SearchStrategy[list[Any]]:
    word = st.sampled_from([0, 1, 2, 3]) if least is None else st.sampled_from([None, 0, 0, 1, 2, 3])
    return st.lists(word, min_size=12, max_size=12)


def some(words: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), max_size=3)


@st.composite
def services(draw: st.DrawFn, name: str, mild: bool) -> Json:
    """One service; a `mild` one passes most gates."""
    known = draw(st.integers(0, 3)) > 0

    def often(usual: Any, others: list[Any]) -> Any:
        return draw(st.sampled_from([usual] * (20 if mild else 2) + others))

    low = often(8, [0, 13, 16])
    return {
        "id": name,
        "provider": draw(st.sampled_from(["P1", "P2"])),
        "lot": often("residential", ["ifa", "nmi_52", "supported"]),
        "registration": often("childrens_home", ["none", "school", "supported_accommodation", "school_childrens_home"]),
        "status": often("enrolled", ["suspended"]),
        "ofsted": often("Good", [None, "Inadequate", "Outstanding"]),
        "min_age": low,
        "max_age": max(low, often(17, [12, 13, 16])),
        "sexes": often(["F", "M"], [["F"], ["M"], [], ["M", "M"]]),
        "capability": draw(levels()),
        "evidence": draw(st.lists(st.sampled_from(["declared", "evidenced", "verified"]), min_size=12, max_size=12)),
        "places": often(2, [0, 1]),
        "places_confirmed_days_ago": often(0, [14, 15, 400]),
        "easting": draw(SPOTS) if known else None,
        "northing": draw(SPOTS) if known else None,
        "authority": draw(st.sampled_from(AREAS)),
        "quality": draw(st.sampled_from([None, 0, 55, 70, 71, 100])),
        "solo": draw(st.booleans()),
        "adaptations": draw(some(ADAPTATIONS)),
        "languages": draw(some(LANGUAGES)),
        "list_price_pence_week": draw(st.one_of(st.none(), PRICES)),
    }


@st.composite
def requests(draw: st.DrawFn, name: str, mild: bool) -> Json:
    """One request; most services pass its gates where it is `mild`."""
    picky = not mild and draw(st.booleans())
    lots = st.lists(st.sampled_from(["residential", "ifa", "nmi_52"]), min_size=1, unique=True)
    return {
        "id": name,
        "borough": "E09000008",
        "lots": ["residential", "ifa"] if mild else draw(lots),
        "age_weeks": 700 if mild else draw(st.sampled_from([0, 417, 418, 700, 834, 835, 938, 939])),
        "sex": draw(st.sampled_from(["F", "M"])),
        "needs": draw(levels(least="null")),
        "easting": draw(SPOTS),
        "northing": draw(SPOTS),
        "max_miles": None if mild else draw(LIMITS),
        "exclude_authorities": draw(some(AREAS)) if picky else [],
        "places": draw(st.sampled_from([1, 1, 2])),
        "solo": picky and draw(st.booleans()),
        "adaptations": draw(some(ADAPTATIONS)) if picky else [],
        "language": draw(st.sampled_from(LANGUAGES)) if picky else None,
        "urgency": draw(st.sampled_from(["planned", "urgent", "same_day"])),
        "benchmark_pence_week": draw(BENCHMARKS),
        "protected": {"ethnicity": None, "religion": "none", "disability": draw(st.sampled_from([None, True]))},
    }


@st.composite
def offers(draw: st.DrawFn, name: str, request: str, service: str) -> Json:
    prices = {"care": draw(PRICES), "education": 0, "health": 0, "transport": draw(st.sampled_from([0, 5]))}
    weeks = draw(st.sampled_from([52, 52, 38, 1]))
    return {"id": name, "request": request, "service": service, "elements": prices, "weeks_per_year": weeks}


@st.composite
def markets(draw: st.DrawFn, formula: str | None = None) -> Json:
    """Up to six services and three requests, each with or without offers."""
    mild = draw(st.integers(0, 2)) > 0
    kept: list[tuple[str, str]] = []
    names = ["S1", "S10", "S2", "é", "s", "𝒮"][: draw(st.integers(0, 6))]
    made = [draw(services(name, mild)) for name in names]
    cloned = draw(st.booleans())
    if made and cloned:
        made.append(made[0] | {"id": "S0 clone"})
    asked = [draw(requests(name, mild)) for name in ["R2", "R10", "R1"][: draw(st.integers(0, 3))]]
    pairs = [(request["id"], service["id"]) for request in asked for service in made]
    if pairs:
        kept = draw(st.lists(st.sampled_from(pairs), unique=True))
    count = range(len(kept))
    return {
        "schema": "homeward-market/1",
        "as_of": "2026-04-01",
        "policy": draw(policies(formula)),
        "services": made,
        "requests": asked,
        "offers": [draw(offers(f"O{index}", *kept[index])) for index in count],
    }
