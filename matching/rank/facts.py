"""The facts that a ranking is computed from: the policy, the services, the requests and the offers, as frozen values.

Money is integer pence, scores are integers of one millionth (0..1000000), coordinates are metres of the national
grid. A coordinate or a limit in miles may be a `Decimal`; nothing here is ever a float. Nothing personal belongs
here: ids are references, and the protected facts of a child (ethnicity, religion, disability) have no field, so no
rule can use them.

Values built by hand are not checked here; `matching.rank.check_market` says whether they make a market.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

MILLION = 1_000_000
INDICATORS = 12
WEEKS = 52

Number: TypeAlias = int | Decimal


class Lot(StrEnum):
    """What is bought: fostering, a children's home, supported accommodation, or a non-maintained or independent
    school place.
    """

    IFA = "ifa"
    RESIDENTIAL = "residential"
    SUPPORTED = "supported"
    NMI_DAY = "nmi_day"
    NMI_38 = "nmi_38"
    NMI_52 = "nmi_52"


class Registration(StrEnum):
    FOSTERING = "fostering"
    CHILDRENS_HOME = "childrens_home"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    SCHOOL = "school"
    SCHOOL_CHILDRENS_HOME = "school_childrens_home"
    NONE = "none"


class Standing(StrEnum):
    """Whether the service may be bought from under the purchasing system."""

    ENROLLED = "enrolled"
    SUSPENDED = "suspended"


class Ofsted(StrEnum):
    OUTSTANDING = "Outstanding"
    GOOD = "Good"
    REQUIRES_IMPROVEMENT = "Requires improvement to be good"
    INADEQUATE = "Inadequate"


class Sex(StrEnum):
    F = "F"
    M = "M"


class Evidence(StrEnum):
    """How well a declared capability is supported."""

    DECLARED = "declared"
    EVIDENCED = "evidenced"
    VERIFIED = "verified"


class Urgency(StrEnum):
    PLANNED = "planned"
    URGENT = "urgent"
    SAME_DAY = "same_day"


class PriceFormula(StrEnum):
    """`benchmark` scores a price against the request's own frozen benchmark; `lowest_ratio` against the lowest offer
    (F-31).
    """

    BENCHMARK = "benchmark"
    LOWEST_RATIO = "lowest_ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Per cent of the total that each part can give; they sum to 100."""

    price: int
    quality: int
    needs: int
    practical: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discounts:
    """What a level of capability is worth in millionths, by how well it is evidenced."""

    declared: int
    evidenced: int
    verified: int

    def of(self, evidence: Evidence) -> int:
        if evidence is Evidence.DECLARED:
            return self.declared
        return self.evidenced if evidence is Evidence.EVIDENCED else self.verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules in force for one lot, frozen at publication.

    `price_floor` and `price_ceiling` are multiples of the benchmark, in millionths.
    """

    version: str
    weights: Weights
    indicator_weights: tuple[int, ...]
    severe_need_cap: int
    evidence_discount: Discounts
    price_floor: int
    price_ceiling: int
    price_formula: PriceFormula
    unknown_quality_prior: int
    stale_after_days: int
    max_useful_miles: int
    tie_band: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service on one lot.

    The coordinates are where the child would live; both are None until a fostering agency names a household.
    """

    id: str
    provider: str
    lot: Lot
    registration: Registration
    status: Standing
    ofsted: Ofsted | None
    min_age: int
    max_age: int
    sexes: tuple[Sex, ...]
    capability: tuple[int, ...]
    evidence: tuple[Evidence, ...]
    places: int
    places_confirmed_days_ago: int
    easting: Number | None
    northing: Number | None
    authority: str
    quality: int | None
    solo: bool
    adaptations: tuple[str, ...]
    languages: tuple[str, ...]
    list_price_pence_week: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One placement request; `places` counts siblings to place together. A need of None was not measured. `max_miles`
    is a hard limit.
    """

    id: str
    borough: str
    lots: tuple[Lot, ...]
    age_weeks: int
    sex: Sex
    needs: tuple[int | None, ...]
    easting: Number
    northing: Number
    max_miles: Number | None
    exclude_authorities: tuple[str, ...]
    places: int
    solo: bool
    adaptations: tuple[str, ...]
    language: str | None
    urgency: Urgency
    benchmark_pence_week: int | None

    @property
    def age_years(self) -> int:
        """Whole years: floor(age_weeks x 7 / 365.25)."""
        return self.age_weeks * 28 // 1461


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """The weekly price of an offer by element, in pence."""

    care: int
    education: int
    health: int
    transport: int

    @property
    def total(self) -> int:
        return self.care + self.education + self.health + self.transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one service asks for one request; the weekly price is payable `weeks_per_year` weeks a year."""

    id: str
    request: str
    service: str
    elements: Elements
    weeks_per_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Everything that one ranking may look at."""

    as_of: date
    policy: Policy
    services: tuple[Service, ...]
    requests: tuple[Request, ...]
    offers: tuple[Offer, ...]
