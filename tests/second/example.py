"""The market that the page itself shows."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "schema": "homeward-market/1",
    "as_of": "2026-04-01",
    "policy": {
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
    },
    "services": [
        {
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
    ],
    "requests": [
        {
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
    ],
    "offers": [
        {
            "id": "O1",
            "request": "R1",
            "service": "S1",
            "elements": {"care": 480000, "education": 0, "health": 0, "transport": 0},
            "weeks_per_year": 52,
        }
    ],
}
