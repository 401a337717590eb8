"""Reads a market file (`homeward-market/1`) into facts, or says what is wrong with it and where.

The file is read whole or not at all: a missing or unknown field, a wrong type, a value out of range, a second use of
an id and a reference to nothing each raise `MarketError(path, reason)`. The protected facts of a child are checked
for their shape and then left behind: no rule can see them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from matching.rank import facts
from matching.rank.facts import INDICATORS, MILLION, Market, Offer, Policy, Request, Service
from matching.rank.strict import (
    MarketError,
    parse_json,
    read_constant,
    read_each,
    read_exactly,
    read_flag,
    read_id,
    read_integer,
    read_number,
    read_object,
    read_text,
    read_word,
    refuse_twice,
    under,
)

SCHEMA = "homeward-market/1"
MOST_PENCE = 1_000_000_000

MARKET_FIELDS = ("schema", "as_of", "policy", "services", "requests", "offers")
POLICY_FIELDS = tuple(Policy.__dataclass_fields__)
WEIGHT_FIELDS = tuple(facts.Weights.__dataclass_fields__)
DISCOUNT_FIELDS = tuple(facts.Discounts.__dataclass_fields__)
SERVICE_FIELDS = tuple(Service.__dataclass_fields__)
REQUEST_FIELDS = (*Request.__dataclass_fields__, "protected")
OFFER_FIELDS = tuple(Offer.__dataclass_fields__)
ELEMENT_FIELDS = tuple(facts.Elements.__dataclass_fields__)
PROTECTED_FIELDS = ("ethnicity", "religion", "disability")


def read_market_text(text: str | bytes) -> Market:
    """The market in the text of a file. MarketError where it is not one."""
    return read_market(parse_json(text))


def read_market(value: object, path: str = "") -> Market:
    """The market in a parsed document. `path` is where it stands in its file (`market` in a record)."""
    fields = read_object(value, path, MARKET_FIELDS)
    read_constant(fields["schema"], under(path, "schema"), SCHEMA)
    market = Market(
        as_of=_date(fields["as_of"], under(path, "as_of")),
        policy=_policy(fields["policy"], under(path, "policy")),
        services=read_each(fields["services"], under(path, "services"), _service),
        requests=read_each(fields["requests"], under(path, "requests"), _request),
        offers=read_each(fields["offers"], under(path, "offers"), _offer),
    )
    refuse_twice((service.id for service in market.services), under(path, "services"), "id")
    refuse_twice((request.id for request in market.requests), under(path, "requests"), "id")
    refuse_twice((offer.id for offer in market.offers), under(path, "offers"), "id")
    _refuse_loose_offers(market, under(path, "offers"))
    return market


def _refuse_loose_offers(market: Market, path: str) -> None:
    requests = {request.id for request in market.requests}
    services = {service.id for service in market.services}
    pairs: set[tuple[str, str]] = set()
    for index, offer in enumerate(market.offers):
        if offer.request not in requests:
            raise MarketError(f"{path}[{index}].request", f"there is no request {offer.request}")
        if offer.service not in services:
            raise MarketError(f"{path}[{index}].service", f"there is no service {offer.service}")
        if (offer.request, offer.service) in pairs:
            raise MarketError(f"{path}[{index}].service", f"{offer.service} has an offer for {offer.request} already")
        pairs.add((offer.request, offer.service))


def _date(value: object, path: str) -> date:
    text = read_text(value, path)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise MarketError(path, "must be a date as 2026-04-01")


def _policy(value: object, path: str) -> Policy:
    fields = read_object(value, path, POLICY_FIELDS)

    def integer(name: str, least: int = 0, most: int | None = None) -> int:
        return read_integer(fields[name], under(path, name), least, most)

    policy = Policy(
        version=read_text(fields["version"], under(path, "version")),
        weights=_weights(fields["weights"], under(path, "weights")),
        indicator_weights=read_exactly(
            fields["indicator_weights"], under(path, "indicator_weights"), INDICATORS, read_integer
        ),
        severe_need_cap=integer("severe_need_cap", most=MILLION),
        evidence_discount=_discounts(fields["evidence_discount"], under(path, "evidence_discount")),
        price_floor=integer("price_floor"),
        price_ceiling=integer("price_ceiling"),
        price_formula=read_word(fields["price_formula"], under(path, "price_formula"), facts.PriceFormula),
        unknown_quality_prior=integer("unknown_quality_prior", most=100),
        stale_after_days=integer("stale_after_days"),
        max_useful_miles=integer("max_useful_miles", least=1),
        tie_band=integer("tie_band"),
    )
    if not any(policy.indicator_weights):
        raise MarketError(under(path, "indicator_weights"), "must not all be 0")
    if policy.price_floor >= policy.price_ceiling:
        raise MarketError(under(path, "price_ceiling"), "must be above price_floor")
    return policy


def _weights(value: object, path: str) -> facts.Weights:
    fields = read_object(value, path, WEIGHT_FIELDS)
    weights = {name: read_integer(fields[name], under(path, name)) for name in WEIGHT_FIELDS}
    if sum(weights.values()) != 100:
        raise MarketError(path, "must sum to 100")
    return facts.Weights(**weights)


def _discounts(value: object, path: str) -> facts.Discounts:
    fields = read_object(value, path, DISCOUNT_FIELDS)
    return facts.Discounts(
        **{name: read_integer(fields[name], under(path, name), 0, MILLION) for name in DISCOUNT_FIELDS}
    )


def _service(value: object, path: str) -> Service:
    fields = read_object(value, path, SERVICE_FIELDS)

    def integer(name: str, least: int = 0, most: int | None = None) -> int:
        return read_integer(fields[name], under(path, name), least, most)

    def optional(name: str, most: int) -> int | None:
        return None if fields[name] is None else integer(name, most=most)

    ofsted, easting, northing = fields["ofsted"], fields["easting"], fields["northing"]
    if (easting is None) != (northing is None):
        missing = "easting" if easting is None else "northing"
        raise MarketError(under(path, missing), "is null, and the other coordinate is not")
    service = Service(
        id=read_id(fields["id"], under(path, "id")),
        provider=read_id(fields["provider"], under(path, "provider")),
        lot=read_word(fields["lot"], under(path, "lot"), facts.Lot),
        registration=read_word(fields["registration"], under(path, "registration"), facts.Registration),
        status=read_word(fields["status"], under(path, "status"), facts.Standing),
        ofsted=None if ofsted is None else read_word(ofsted, under(path, "ofsted"), facts.Ofsted),
        min_age=integer("min_age"),
        max_age=integer("max_age"),
        sexes=read_each(fields["sexes"], under(path, "sexes"), _sex),
        capability=read_exactly(fields["capability"], under(path, "capability"), INDICATORS, _level),
        evidence=read_exactly(fields["evidence"], under(path, "evidence"), INDICATORS, _evidence),
        places=integer("places"),
        places_confirmed_days_ago=integer("places_confirmed_days_ago"),
        easting=None if easting is None else read_number(easting, under(path, "easting")),
        northing=None if northing is None else read_number(northing, under(path, "northing")),
        authority=read_text(fields["authority"], under(path, "authority")),
        quality=optional("quality", 100),
        solo=read_flag(fields["solo"], under(path, "solo")),
        adaptations=read_each(fields["adaptations"], under(path, "adaptations"), read_text),
        languages=read_each(fields["languages"], under(path, "languages"), read_text),
        list_price_pence_week=optional("list_price_pence_week", MOST_PENCE),
    )
    if service.min_age > service.max_age:
        raise MarketError(under(path, "max_age"), "must not be below min_age")
    return service


def _request(value: object, path: str) -> Request:
    fields = read_object(value, path, REQUEST_FIELDS)
    max_miles, language, benchmark = fields["max_miles"], fields["language"], fields["benchmark_pence_week"]
    request = Request(
        id=read_id(fields["id"], under(path, "id")),
        borough=read_text(fields["borough"], under(path, "borough")),
        lots=read_each(fields["lots"], under(path, "lots"), _lot),
        age_weeks=read_integer(fields["age_weeks"], under(path, "age_weeks")),
        sex=_sex(fields["sex"], under(path, "sex")),
        needs=read_exactly(fields["needs"], under(path, "needs"), INDICATORS, _need),
        easting=read_number(fields["easting"], under(path, "easting")),
        northing=read_number(fields["northing"], under(path, "northing")),
        max_miles=None if max_miles is None else read_number(max_miles, under(path, "max_miles")),
        exclude_authorities=read_each(fields["exclude_authorities"], under(path, "exclude_authorities"), read_text),
        places=read_integer(fields["places"], under(path, "places"), 1),
        solo=read_flag(fields["solo"], under(path, "solo")),
        adaptations=read_each(fields["adaptations"], under(path, "adaptations"), read_text),
        language=None if language is None else read_text(language, under(path, "language")),
        urgency=read_word(fields["urgency"], under(path, "urgency"), facts.Urgency),
        benchmark_pence_week=(
            None if benchmark is None else read_integer(benchmark, under(path, "benchmark_pence_week"), 1, MOST_PENCE)
        ),
    )
    if not request.lots:
        raise MarketError(under(path, "lots"), "must not be empty")
    refuse_twice(request.lots, under(path, "lots"))
    _check_protected(fields["protected"], under(path, "protected"))
    return request


def _check_protected(value: object, path: str) -> None:
    fields = read_object(value, path, PROTECTED_FIELDS)
    for name in ("ethnicity", "religion"):
        if fields[name] is not None:
            read_text(fields[name], under(path, name))
    if fields["disability"] is not None:
        read_flag(fields["disability"], under(path, "disability"))


def _offer(value: object, path: str) -> Offer:
    fields = read_object(value, path, OFFER_FIELDS)
    elements, place = read_object(fields["elements"], under(path, "elements"), ELEMENT_FIELDS), under(path, "elements")
    return Offer(
        id=read_id(fields["id"], under(path, "id")),
        request=read_id(fields["request"], under(path, "request")),
        service=read_id(fields["service"], under(path, "service")),
        elements=facts.Elements(
            **{name: read_integer(elements[name], under(place, name), 0, MOST_PENCE) for name in ELEMENT_FIELDS}
        ),
        weeks_per_year=read_integer(fields["weeks_per_year"], under(path, "weeks_per_year"), 1, facts.WEEKS),
    )


def _level(value: Any, path: str) -> int:
    return read_integer(value, path, 0, 3)


def _need(value: Any, path: str) -> int | None:
    return None if value is None else read_integer(value, path, 0, 3)


def _sex(value: Any, path: str) -> facts.Sex:
    return read_word(value, path, facts.Sex)


def _lot(value: Any, path: str) -> facts.Lot:
    return read_word(value, path, facts.Lot)


def _evidence(value: Any, path: str) -> facts.Evidence:
    return read_word(value, path, facts.Evidence)
