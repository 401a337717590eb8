"""MARKET: what the page says a market is, and every sentence about what it may not be."""

from __future__ import annotations

from typing import Any

from tests.second import reading
from tests.second.reading import BAD, ROOT, Reader, below, each, integer, name, one_of, or_null, record, text

LOTS = ("ifa", "residential", "supported", "nmi_day", "nmi_38", "nmi_52")
REGISTRATIONS = ("fostering", "childrens_home", "supported_accommodation", "school", "school_childrens_home", "none")
OFSTED = ("Outstanding", "Good", "Requires improvement to be good", "Inadequate")
EVIDENCE = ("declared", "evidenced", "verified")
URGENCIES = ("planned", "urgent", "same_day")
FORMULAS = ("benchmark", "lowest_ratio")
PARTS = ("price", "quality", "needs", "practical")
ELEMENTS = ("care", "education", "health", "transport")
INDICATORS = 12
MILLION = 1_000_000
MOST_PENCE = 10**9

amount = integer(0)
share = integer(0, MILLION)
pence = integer(0, MOST_PENCE)
level = integer(0, 3)

POLICY = record(
    {
        "version": text,
        "weights": record(dict.fromkeys(PARTS, amount)),
        "indicator_weights": each(amount, length=INDICATORS),
        "severe_need_cap": share,
        "evidence_discount": record(dict.fromkeys(EVIDENCE, share)),
        "price_floor": amount,
        "price_ceiling": amount,
        "price_formula": one_of(*FORMULAS),
        "unknown_quality_prior": integer(0, 100),
        "stale_after_days": amount,
        "max_useful_miles": integer(1),
        "tie_band": amount,
    }
)
SERVICE = record(
    {
        "id": name,
        "provider": name,
        "lot": one_of(*LOTS),
        "registration": one_of(*REGISTRATIONS),
        "status": one_of("enrolled", "suspended"),
        "ofsted": or_null(one_of(*OFSTED)),
        "min_age": amount,
        "max_age": amount,
        "sexes": each(one_of("F", "M")),
        "capability": each(level, length=INDICATORS),
        "evidence": each(one_of(*EVIDENCE), length=INDICATORS),
        "places": amount,
        "places_confirmed_days_ago": amount,
        "easting": or_null(reading.number),
        "northing": or_null(reading.number),
        "authority": text,
        "quality": or_null(integer(0, 100)),
        "solo": reading.boolean,
        "adaptations": each(text),
        "languages": each(text),
        "list_price_pence_week": or_null(pence),
    }
)
REQUEST = record(
    {
        "id": name,
        "borough": text,
        "lots": each(one_of(*LOTS), least=1, once=True),
        "age_weeks": amount,
        "sex": one_of("F", "M"),
        "needs": each(or_null(level), length=INDICATORS),
        "easting": reading.number,
        "northing": reading.number,
        "max_miles": or_null(reading.number),
        "exclude_authorities": each(text),
        "places": integer(1),
        "solo": reading.boolean,
        "adaptations": each(text),
        "language": or_null(text),
        "urgency": one_of(*URGENCIES),
        "benchmark_pence_week": or_null(integer(1, MOST_PENCE)),
        "protected": record(
            {"ethnicity": or_null(text), "religion": or_null(text), "disability": or_null(reading.boolean)}
        ),
    }
)
OFFER = record(
    {
        "id": name,
        "request": text,
        "service": text,
        "elements": record(dict.fromkeys(ELEMENTS, pence)),
        "weeks_per_year": integer(1, 52),
    }
)
_SHAPE = record(
    {
        "schema": one_of("homeward-market/1"),
        "as_of": reading.date,
        "policy": POLICY,
        "services": each(SERVICE),
        "requests": each(REQUEST),
        "offers": each(OFFER),
    }
)


def field(value: Any, path: str, reader: Reader) -> Any:
    """A market as a field of something larger, or at the root of its file."""
    market = _SHAPE(value, path, reader)
    if market is BAD:
        return BAD
    _policy(market["policy"], below(path, "policy"), reader)
    for kind in ("services", "requests", "offers"):
        reading.unique(market[kind], below(path, kind), "id", reader)
    for place, service in _whole(market["services"]):
        _service(service, below(below(path, "services"), place), reader)
    _offers(market, below(path, "offers"), reader)
    return market


def read(written: bytes | str) -> dict[str, Any]:
    reader = Reader()
    market = field(reading.parse(written), ROOT, reader)
    reader.finish()
    return market  # type: ignore[no-any-return]


def _whole(items: Any) -> list[tuple[int, dict[str, Any]]]:
    return [(place, item) for place, item in enumerate(items) if item is not BAD] if items is not BAD else []


def _policy(policy: Any, path: str, reader: Reader) -> None:
    if policy is BAD:
        return
    weights = policy["weights"]
    if weights is not BAD and BAD not in weights.values() and sum(weights.values()) != 100:
        reader.refuse(below(path, "weights"), "must sum to 100")
    indicators = policy["indicator_weights"]
    if indicators is not BAD and BAD not in indicators and len(indicators) == INDICATORS and not any(indicators):
        reader.refuse(below(path, "indicator_weights"), "must not all be 0")
    floor, ceiling = policy["price_floor"], policy["price_ceiling"]
    if floor is not BAD and ceiling is not BAD and floor >= ceiling:
        reader.refuse(below(path, "price_ceiling"), "must be above the floor")


def _service(service: dict[str, Any], path: str, reader: Reader) -> None:
    youngest, oldest = service["min_age"], service["max_age"]
    if youngest is not BAD and oldest is not BAD and youngest > oldest:
        reader.refuse(below(path, "max_age"), "is below min_age")
    for one, other in (("easting", "northing"), ("northing", "easting")):
        if service[one] is None and service[other] is not None:
            reader.refuse(below(path, one), "is null and the other coordinate is not")


def _offers(market: dict[str, Any], path: str, reader: Reader) -> None:
    known = {kind: {item["id"] for _, item in _whole(market[f"{kind}s"])} for kind in ("request", "service")}
    pairs: set[tuple[Any, Any]] = set()
    for place, offer in _whole(market["offers"]):
        for kind in ("request", "service"):
            if offer[kind] is not BAD and offer[kind] not in known[kind]:
                reader.refuse(below(below(path, place), kind), "refers to nothing")
        pair = (offer["request"], offer["service"])
        if BAD not in pair and pair in pairs:
            reader.refuse(below(below(path, place), "service"), "has an offer for this request already")
        pairs.add(pair)
