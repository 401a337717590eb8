"""What a registration lets a service be: the matcher's words for registrations, and the lots that each fits.

Derived from Ofsted's provision type. Quality attaches to the registration, and so does what may lawfully be offered
(F-9, F-27).
"""

from __future__ import annotations

from enum import StrEnum

from providers.market.status import ServiceType
from providers.register.status import ProvisionType


class RegistrationKind(StrEnum):
    """The matcher's words. `none` is a registration under which no place on these lots may be offered."""

    FOSTERING = "fostering"
    CHILDRENS_HOME = "childrens_home"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    SCHOOL = "school"
    SCHOOL_CHILDRENS_HOME = "school_childrens_home"
    NONE = "none"


KIND_WORDS: dict[RegistrationKind, str] = {
    RegistrationKind.FOSTERING: "Fostering agency",
    RegistrationKind.CHILDRENS_HOME: "Children's home",
    RegistrationKind.SUPPORTED_ACCOMMODATION: "Supported accommodation",
    RegistrationKind.SCHOOL: "Special school",
    RegistrationKind.SCHOOL_CHILDRENS_HOME: "Special school and children's home",
    RegistrationKind.NONE: "Not registered for these lots",
}

_KINDS: dict[str, RegistrationKind] = {
    ProvisionType.FOSTERING_AGENCY: RegistrationKind.FOSTERING,
    ProvisionType.CHILDRENS_HOME: RegistrationKind.CHILDRENS_HOME,
    ProvisionType.SUPPORTED_ACCOMMODATION: RegistrationKind.SUPPORTED_ACCOMMODATION,
    ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL: RegistrationKind.SCHOOL,
    ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL_AS_HOME: RegistrationKind.SCHOOL_CHILDRENS_HOME,
    ProvisionType.SPECIAL_SCHOOL: RegistrationKind.SCHOOL,
}

_SCHOOL_LOTS = frozenset({ServiceType.NMI_DAY, ServiceType.NMI_38})

# A school that accommodates a child 295 days or more in a year is a children's home too (facts 1.2), so 52 weeks asks
# for both.
_FITS: dict[RegistrationKind, frozenset[ServiceType]] = {
    RegistrationKind.FOSTERING: frozenset({ServiceType.FOSTERING}),
    RegistrationKind.CHILDRENS_HOME: frozenset({ServiceType.RESIDENTIAL}),
    RegistrationKind.SUPPORTED_ACCOMMODATION: frozenset({ServiceType.SUPPORTED}),
    RegistrationKind.SCHOOL: _SCHOOL_LOTS,
    RegistrationKind.SCHOOL_CHILDRENS_HOME: _SCHOOL_LOTS | {ServiceType.NMI_52, ServiceType.RESIDENTIAL},
    RegistrationKind.NONE: frozenset(),
}


def kind_of(provision_type: str) -> RegistrationKind:
    """The kind behind a stored provision type; `none` for every other type, known or not."""
    return _KINDS.get(provision_type, RegistrationKind.NONE)


def types_of(kind: RegistrationKind) -> tuple[str, ...]:
    """The provision types that are of a kind, for a filter. `none` has no list: it is every other type."""
    return tuple(str(provision_type) for provision_type, its_kind in _KINDS.items() if its_kind is kind)


def fits(kind: RegistrationKind, service_type: ServiceType) -> bool:
    """Whether a registration of this kind may be enrolled on a lot that buys this."""
    return service_type in _FITS[kind]
