"""The hard rules that decide who can be shortlisted: thirteen gates, each a named function, asked in a fixed order.

A gate answers None when the service passes, or a `Refusal` with the facts that explain it. Every gate is asked about
every candidate, so a service that fails three is told all three. Nothing but these gates makes a candidate
ineligible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from matching.rank.facts import Lot, Number, Ofsted, Policy, Registration, Request, Service, Standing

MILLIMETRES_PER_MILE = 1_609_344
LEAST_AGE_SUPPORTED = 16

Fact: TypeAlias = int | str | Fraction | tuple[str, ...]


class Gate(StrEnum):
    """The gates, in the order in which failures are listed."""

    LOT = "lot"
    NOT_ENROLLED = "not_enrolled"
    UNLAWFUL_FOR_AGE = "unlawful_for_age"
    OFSTED_INADEQUATE = "ofsted_inadequate"
    AGE = "age"
    SEX = "sex"
    NO_PLACE = "no_place"
    STALE_VACANCY = "stale_vacancy"
    SOLO = "solo"
    ADAPTATION = "adaptation"
    LANGUAGE = "language"
    EXCLUDED_AREA = "excluded_area"
    DISTANCE = "distance"


SOFT_GATES = frozenset(
    {
        Gate.AGE,
        Gate.SEX,
        Gate.NO_PLACE,
        Gate.STALE_VACANCY,
        Gate.SOLO,
        Gate.ADAPTATION,
        Gate.LANGUAGE,
        Gate.DISTANCE,
    }
)
"""Gates that people may agree to relax when nobody passes: the request or the service can move on these, the law and
enrolment cannot.
"""

GATE_ORDER: Mapping[Gate, int] = {gate: position for position, gate in enumerate(Gate)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which gate a candidate failed, and the facts of both sides that made it fail."""

    gate: Gate
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def soft(self) -> bool:
        return self.gate in SOFT_GATES


GateRule: TypeAlias = Callable[[Policy, Request, Service], Refusal | None]


def exact(number: Number) -> int | Fraction:
    """The same number in arithmetic that never rounds."""
    return Fraction(number) if isinstance(number, Decimal) else number


def squared_metres(request: Request, service: Service) -> int | Fraction | None:
    """The square of the straight-line distance between the request and the service; None where the service's place is
    not known.
    """
    if service.easting is None or service.northing is None:
        return None
    east = exact(service.easting) - exact(request.easting)
    north = exact(service.northing) - exact(request.northing)
    return east * east + north * north


def lot(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if service.lot in request.lots:
        return None
    return Refusal(
        Gate.LOT, {"service_lot": service.lot.value, "request_lots": tuple(one.value for one in request.lots)}
    )


def not_enrolled(_policy: Policy, _request: Request, service: Service) -> Refusal | None:
    if service.status is Standing.ENROLLED:
        return None
    return Refusal(Gate.NOT_ENROLLED, {"status": service.status.value})


def unlawful_for_age(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    """F-27: nobody under 16 in supported accommodation; a school open 295 days a year or more must be a children's
    home as well.
    """
    lawful = True
    if service.registration is Registration.NONE:
        lawful = False
    elif service.registration is Registration.SUPPORTED_ACCOMMODATION:
        lawful = request.age_years >= LEAST_AGE_SUPPORTED
    elif service.registration is Registration.SCHOOL:
        lawful = service.lot is not Lot.NMI_52
    if lawful:
        return None
    return Refusal(
        Gate.UNLAWFUL_FOR_AGE,
        {"registration": service.registration.value, "age": request.age_years, "service_lot": service.lot.value},
    )


def ofsted_inadequate(_policy: Policy, _request: Request, service: Service) -> Refusal | None:
    if service.ofsted is not Ofsted.INADEQUATE:
        return None
    return Refusal(Gate.OFSTED_INADEQUATE, {"ofsted": service.ofsted.value})


def age(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if service.min_age <= request.age_years <= service.max_age:
        return None
    return Refusal(Gate.AGE, {"age": request.age_years, "min_age": service.min_age, "max_age": service.max_age})


def sex(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if request.sex in service.sexes:
        return None
    return Refusal(Gate.SEX, {"sex": request.sex.value, "sexes": tuple(one.value for one in service.sexes)})


def no_place(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if service.places >= request.places:
        return None
    return Refusal(Gate.NO_PLACE, {"places_free": service.places, "places_needed": request.places})


def stale_vacancy(policy: Policy, _request: Request, service: Service) -> Refusal | None:
    if service.places_confirmed_days_ago <= policy.stale_after_days:
        return None
    return Refusal(
        Gate.STALE_VACANCY,
        {"confirmed_days_ago": service.places_confirmed_days_ago, "stale_after_days": policy.stale_after_days},
    )


def solo(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    return Refusal(Gate.SOLO) if request.solo and not service.solo else None


def adaptation(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    missing = tuple(sorted(set(request.adaptations) - set(service.adaptations)))
    return Refusal(Gate.ADAPTATION, {"missing": missing}) if missing else None


def language(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if request.language is None or request.language in service.languages:
        return None
    return Refusal(Gate.LANGUAGE, {"language": request.language})


def excluded_area(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    if service.authority not in request.exclude_authorities:
        return None
    return Refusal(Gate.EXCLUDED_AREA, {"authority": service.authority})


def distance(_policy: Policy, request: Request, service: Service) -> Refusal | None:
    """Straight-line distance against the request's hard limit, compared exactly.

    A place not known yet passes, flagged elsewhere.
    """
    metres = squared_metres(request, service)
    if metres is None or request.max_miles is None:
        return None
    limit = exact(request.max_miles) * MILLIMETRES_PER_MILE
    if metres * 1_000_000 <= limit * limit:
        return None
    return Refusal(Gate.DISTANCE, {"squared_metres": metres, "max_miles": Fraction(request.max_miles)})


GATES: tuple[tuple[Gate, GateRule], ...] = (
    (Gate.LOT, lot),
    (Gate.NOT_ENROLLED, not_enrolled),
    (Gate.UNLAWFUL_FOR_AGE, unlawful_for_age),
    (Gate.OFSTED_INADEQUATE, ofsted_inadequate),
    (Gate.AGE, age),
    (Gate.SEX, sex),
    (Gate.NO_PLACE, no_place),
    (Gate.STALE_VACANCY, stale_vacancy),
    (Gate.SOLO, solo),
    (Gate.ADAPTATION, adaptation),
    (Gate.LANGUAGE, language),
    (Gate.EXCLUDED_AREA, excluded_area),
    (Gate.DISTANCE, distance),
)


def refusals(policy: Policy, request: Request, service: Service) -> tuple[Refusal, ...]:
    """Every gate that this service fails for this request, with its facts, in the order of the gates."""
    found = (rule(policy, request, service) for _gate, rule in GATES)
    return tuple(refusal for refusal in found if refusal is not None)
