"""What the register says to the rooms above it, in the transaction in which it happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from providers.register.judgements import WORST
from providers.register.status import Finding, Grade, SupportedOutcome


@dataclass(frozen=True, slots=True)
class Regraded:
    """A registration that the register already held now stands on another judgement.

    Published when the grade is another one (`before` is None for a first judgement), and also when another inspection
    has again found the worst: a fresh Inadequate is a fresh reason to act (F-14). `before` and `after` are a `Grade`,
    or a `SupportedOutcome` for supported accommodation; `after` is None for a school that is no longer graded.
    `not_met` says what a school's inspection found not met. The inspection is the one that counts now.
    """

    urn: str
    before: Grade | SupportedOutcome | None
    after: Grade | SupportedOutcome | None
    inspection_id: str
    inspected_on: dt.date
    published_on: dt.date | None
    not_met: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The worst things that the inspection found; empty for most."""
        return (*((WORST[self.after],) if self.after in WORST else ()), *self.not_met)


@dataclass(frozen=True, slots=True)
class RegistrationSuspended:
    """A registration that the register already held is newly suspended by Ofsted, as at the date of the file."""

    urn: str
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class RegistrationLeft:
    """A registration that the register already held has ended, on a day, with the status that the file gives: resigned,
    cancelled or closed.
    """

    urn: str
    left_on: dt.date
    status: str
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class JudgementResolved:
    """A person has decided how a contradictory judgement counts. Published whichever way, and before `Regraded` where
    the grade changes with it: the judgements behind an unchanged grade may be others now.
    """

    urn: str
    inspection_id: str


@dataclass(frozen=True, slots=True)
class InspectionRecorded:
    """A person has typed an inspection of a school. Published before `Regraded` where the standing changes with it."""

    urn: str
    inspection_id: str


@dataclass(frozen=True, slots=True)
class RegisterImported:
    """A file of the register was imported. `changed` are the registrations of which it told something new; None where
    that is not said, so that it may be any.
    """

    import_id: str
    changed: tuple[str, ...] | None = field(default=None, compare=False)
