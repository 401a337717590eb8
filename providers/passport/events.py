"""What happens to claims, applications and enrolments that other rooms may react to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class ClaimConfirmed:
    """The hub confirmed that a registration is the company's own."""

    claim_id: str
    urn: str
    organisation_id: str
    at: dt.datetime


@dataclass(frozen=True)
class ApplicationDecided:
    """An application was approved or refused, and what its marks came to is written on it."""

    application_id: str
    claim_id: str
    urn: str
    approved: bool
    at: dt.datetime


@dataclass(frozen=True)
class ServiceEnrolled:
    """A service may be invited and may offer on a lot from now on."""

    enrolment_id: str
    claim_id: str
    urn: str
    lot_id: str
    at: dt.datetime


@dataclass(frozen=True)
class EnrolmentSuspended:
    """A service takes no new placements on a lot from now on. `basis` says why in words."""

    enrolment_id: str
    claim_id: str
    urn: str
    lot_id: str
    at: dt.datetime
    basis: str


@dataclass(frozen=True)
class EnrolmentReinstated:
    """A commissioner signed off that a suspended service may take new placements again."""

    enrolment_id: str
    claim_id: str
    urn: str
    lot_id: str
    at: dt.datetime


@dataclass(frozen=True)
class EvidenceChanged:
    """A company showed or withdrew evidence: its own (`claim_id` None) or that of one of its services."""

    organisation_id: str
    claim_id: str | None
    question: str
    at: dt.datetime


@dataclass(frozen=True)
class EnrolmentRemoved:
    """A service is off a lot for good; it may apply again. `basis` says why in words."""

    enrolment_id: str
    claim_id: str
    urn: str
    lot_id: str
    at: dt.datetime
    basis: str


@dataclass(frozen=True)
class ServiceUnderAssurance:
    """An inspection found what stops new placements with a registration: whoever has a child there must make sure that
    the child is safe. Once for each inspection and registration, whether it was enrolled or suspended already.
    """

    urn: str
    inspection_id: str
    basis: str
    at: dt.datetime
