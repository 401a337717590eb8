"""The thirteen gates once more, straight from the page that fixes the files, to hold a ranking against. It shares no
code with the product.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Json = dict[str, Any]

METRES_A_MILE = Fraction("1609.344")


def gates_failed(policy: Json, request: Json, service: Json) -> list[str]:
    """The gates that this service fails for this request, in the order in which a result lists them."""
    age = int(Fraction(request["age_weeks"] * 7) / Fraction("365.25"))
    registration = service["registration"]
    unlawful = (
        registration == "none"
        or (registration == "supported_accommodation" and age < 16)
        or (registration == "school" and service["lot"] == "nmi_52")
    )
    fails = {
        "lot": service["lot"] not in request["lots"],
        "not_enrolled": service["status"] == "suspended",
        "unlawful_for_age": unlawful,
        "ofsted_inadequate": service["ofsted"] == "Inadequate",
        "age": not service["min_age"] <= age <= service["max_age"],
        "sex": request["sex"] not in service["sexes"],
        "no_place": service["places"] < request["places"],
        "stale_vacancy": service["places_confirmed_days_ago"] > policy["stale_after_days"],
        "solo": request["solo"] and not service["solo"],
        "adaptation": not set(request["adaptations"]) <= set(service["adaptations"]),
        "language": request["language"] is not None and request["language"] not in service["languages"],
        "excluded_area": service["authority"] in request["exclude_authorities"],
        "distance": _too_far(request, service),
    }
    return [gate for gate, failed in fails.items() if failed]


def _too_far(request: Json, service: Json) -> bool:
    if request["max_miles"] is None or service["easting"] is None:
        return False
    east = Fraction(str(service["easting"])) - Fraction(str(request["easting"]))
    north = Fraction(str(service["northing"])) - Fraction(str(request["northing"]))
    return east * east + north * north > (Fraction(str(request["max_miles"])) * METRES_A_MILE) ** 2


def violations(market: Json, result: Json) -> int:
    """How often a result calls someone eligible who is not, keeps someone out who is, or gives the wrong reasons."""
    requests = {one["id"]: one for one in market["requests"]}
    services = {one["id"]: one for one in market["services"]}
    wrong = 0
    for one in result["requests"]:
        for candidate in one["candidates"]:
            failed = gates_failed(market["policy"], requests[one["request"]], services[candidate["service"]])
            wrong += candidate["gates_failed"] != failed or candidate["eligible"] != (not failed)
            wrong += (candidate["rank"] is not None) != (not failed)
    return wrong
