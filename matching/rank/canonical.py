"""One way to write a market and its results, so that equal decisions have equal bytes and one hash.

Canonical JSON has sorted keys, no spaces, UTF-8 and numbers in plain decimals without spare zeros (125.0 as 125, 0.50
as 0.5, never an exponent). Lists whose order means nothing stand in order of id or, without ids, of their items'
canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from matching.rank.facts import Market, Number, Offer, Policy, Request, Service
from matching.rank.gates import Gate
from matching.rank.results import RequestResult
from matching.rank.strict import whole_if_whole
from matching.rank.written import Style, written_candidates

MARKET_SCHEMA = "homeward-market/1"


def canonical_json(value: object) -> str:
    """The canonical JSON of lists, objects with text keys, text, integers, decimals, true, false and null."""
    if isinstance(value, Decimal):
        return _plain(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_by_hand)
    except _DecimalMetError:
        pass
    if isinstance(value, dict):
        return "{" + ",".join(f"{canonical_json(key)}:{canonical_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical_json(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no canonical form")


class _DecimalMetError(Exception):
    """The standard encoder met a decimal, which it would have to round."""


def _by_hand(value: object) -> object:
    if isinstance(value, Decimal):
        raise _DecimalMetError
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _plain(value: Decimal) -> str:
    number = whole_if_whole(value)
    return str(number) if isinstance(number, int) else format(number, "f").rstrip("0")


def decision_hash(algorithm: int, market: Market, requests: Iterable[RequestResult]) -> str:
    """`sha256:` and the hash of the algorithm number, the market (nothing protected is in it) and the results."""
    found = hashlib.sha256()
    document = canonical_json(market_document(market, protected=False))
    found.update(f'{{"algorithm":{algorithm},"market":{document},"requests":['.encode())
    for number, one in enumerate(requests):
        found.update(f"{',' if number else ''}{result_json(one)}".encode())
    found.update(b"]}")
    return f"sha256:{found.hexdigest()}"


def result_json(result: RequestResult) -> str:
    """The canonical JSON of `result.to_dict()`, candidate by candidate: there may be thousands."""
    candidates = ",".join(written_candidates(result.candidates, Style.CANONICAL))
    funnel = canonical_json({gate.value: result.funnel[gate] for gate in Gate})
    relaxations = canonical_json([[gate.value for gate in gates] for gates in result.relaxations])
    return (
        f'{{"candidates":[{candidates}],"funnel":{funnel},"relaxations":{relaxations}'
        f',"request":{canonical_json(result.request)}}}'
    )


def market_document(market: Market, *, protected: bool = True) -> dict[str, Any]:
    """The market as a file (`homeward-market/1`), its lists in canonical order.

    The file format asks for `protected` in each request; facts hold none, so each is written as null. Without it, the
    document is what the hash covers.
    """
    return {
        "schema": MARKET_SCHEMA,
        "as_of": market.as_of.isoformat(),
        "policy": _policy(market.policy),
        "services": [_service(one) for one in sorted(market.services, key=lambda one: one.id)],
        "requests": [_request(one, protected) for one in sorted(market.requests, key=lambda one: one.id)],
        "offers": [_offer(one) for one in sorted(market.offers, key=lambda one: one.id)],
    }


def _in_order(words: Iterable[str]) -> list[str]:
    return sorted((str(word) for word in words), key=encode_basestring)


def _number(number: Number | None) -> Number | None:
    return whole_if_whole(number) if isinstance(number, Decimal) else number


def _policy(policy: Policy) -> dict[str, Any]:
    weights, discount = policy.weights, policy.evidence_discount
    return {
        "version": policy.version,
        "weights": {
            "price": weights.price,
            "quality": weights.quality,
            "needs": weights.needs,
            "practical": weights.practical,
        },
        "indicator_weights": list(policy.indicator_weights),
        "severe_need_cap": policy.severe_need_cap,
        "evidence_discount": {
            "declared": discount.declared,
            "evidenced": discount.evidenced,
            "verified": discount.verified,
        },
        "price_floor": policy.price_floor,
        "price_ceiling": policy.price_ceiling,
        "price_formula": policy.price_formula.value,
        "unknown_quality_prior": policy.unknown_quality_prior,
        "stale_after_days": policy.stale_after_days,
        "max_useful_miles": policy.max_useful_miles,
        "tie_band": policy.tie_band,
    }


def _service(service: Service) -> dict[str, Any]:
    return {
        "id": service.id,
        "provider": service.provider,
        "lot": service.lot.value,
        "registration": service.registration.value,
        "status": service.status.value,
        "ofsted": None if service.ofsted is None else service.ofsted.value,
        "min_age": service.min_age,
        "max_age": service.max_age,
        "sexes": _in_order(service.sexes),
        "capability": list(service.capability),
        "evidence": [one.value for one in service.evidence],
        "places": service.places,
        "places_confirmed_days_ago": service.places_confirmed_days_ago,
        "easting": _number(service.easting),
        "northing": _number(service.northing),
        "authority": service.authority,
        "quality": service.quality,
        "solo": service.solo,
        "adaptations": _in_order(service.adaptations),
        "languages": _in_order(service.languages),
        "list_price_pence_week": service.list_price_pence_week,
    }


def _request(request: Request, protected: bool) -> dict[str, Any]:
    document = {
        "id": request.id,
        "borough": request.borough,
        "lots": _in_order(request.lots),
        "age_weeks": request.age_weeks,
        "sex": request.sex.value,
        "needs": list(request.needs),
        "easting": _number(request.easting),
        "northing": _number(request.northing),
        "max_miles": _number(request.max_miles),
        "exclude_authorities": _in_order(request.exclude_authorities),
        "places": request.places,
        "solo": request.solo,
        "adaptations": _in_order(request.adaptations),
        "language": request.language,
        "urgency": request.urgency.value,
        "benchmark_pence_week": request.benchmark_pence_week,
    }
    return (
        document | {"protected": {"ethnicity": None, "religion": None, "disability": None}} if protected else document
    )


def _offer(offer: Offer) -> dict[str, Any]:
    elements = offer.elements
    return {
        "id": offer.id,
        "request": offer.request,
        "service": offer.service,
        "elements": {
            "care": elements.care,
            "education": elements.education,
            "health": elements.health,
            "transport": elements.transport,
        },
        "weeks_per_year": offer.weeks_per_year,
    }
