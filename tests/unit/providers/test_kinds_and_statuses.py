"""What a registration may be enrolled for, and the tables of moves of claims, applications and enrolments, as whole
grids.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from app.core.errors import WrongMove
from app.core.lifecycle import Lifecycle
from providers.market.status import BOUGHT_BY, ServiceType
from providers.passport.kinds import RegistrationKind, fits, kind_of
from providers.passport.status import (
    APPLICATION,
    CLAIM,
    ENROLMENT,
    ApplicationStatus,
    ClaimStatus,
    EnrolmentStatus,
)
from providers.register.status import ProvisionType

FITTING = {
    "fostering": {"ifa"},
    "childrens_home": {"residential"},
    "supported_accommodation": {"supported"},
    "school": {"nmi_day", "nmi_38"},
    "school_childrens_home": {"nmi_day", "nmi_38", "nmi_52", "residential"},
    "none": set(),
}
MOVES = {
    (ClaimStatus.PENDING, ClaimStatus.CONFIRMED),
    (ClaimStatus.PENDING, ClaimStatus.REFUSED),
    (ClaimStatus.PENDING, ClaimStatus.WITHDRAWN),
    (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED),
    (ApplicationStatus.SUBMITTED, ApplicationStatus.APPROVED),
    (ApplicationStatus.SUBMITTED, ApplicationStatus.REFUSED),
    (ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN),
    (EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED),
    (EnrolmentStatus.ENROLLED, EnrolmentStatus.REMOVED),
    (EnrolmentStatus.SUSPENDED, EnrolmentStatus.ENROLLED),
    (EnrolmentStatus.SUSPENDED, EnrolmentStatus.REMOVED),
}


@pytest.mark.parametrize("kind", list(RegistrationKind))
def test_a_registration_fits_the_lots_that_it_is_registered_for_and_no_other(kind: RegistrationKind) -> None:
    assert {service.value for service in ServiceType if fits(kind, service)} == FITTING[kind.value]


def test_every_provision_type_has_a_kind_and_an_unknown_one_fits_nothing() -> None:
    assert {kind_of(provision) for provision in ProvisionType} == set(RegistrationKind)
    assert kind_of("A type of a later year") is RegistrationKind.NONE
    assert kind_of(ProvisionType.SECURE_CHILDRENS_HOME) is RegistrationKind.NONE


def test_each_service_type_is_bought_by_one_strand() -> None:
    bought = [service for services in BOUGHT_BY.values() for service in services]
    assert sorted(bought) == sorted(ServiceType)


@pytest.mark.parametrize(
    ("table", "now", "then"),
    [
        pytest.param(table, now, then, id=f"{type(now).__name__}: {now} to {then}")
        for table, words in ((CLAIM, ClaimStatus), (APPLICATION, ApplicationStatus), (ENROLMENT, EnrolmentStatus))
        for now in words
        for then in words
    ],
)
def test_a_status_moves_as_its_table_says(table: Lifecycle[Any], now: StrEnum, then: StrEnum) -> None:
    if (now, then) in MOVES:
        assert table.require(now, then) is then
    else:
        with pytest.raises(WrongMove):
            table.require(now, then)
