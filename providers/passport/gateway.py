"""The gateway: which findings of inspectors stop new placements, as policy says, and what is done when one arrives.

What would be suspended and what is suspended are worked out here, by the same functions: a preview cannot differ from
the act (`cause_of`, `enrolled_with`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.errors import Invalid
from app.core.policies import in_force
from app.core.workdays import date_words
from app.identity.status import Role
from providers.passport.basis import Basis
from providers.passport.models import Claim, Enrolment, EnrolmentMove
from providers.passport.status import EnrolmentStatus
from providers.register.events import RegistrationLeft, RegistrationSuspended, Regraded
from providers.register.judgements import Judgement
from providers.register.models import Registration
from providers.register.status import FINDING_WORDS, Finding, RegistrationStatus

GATEWAY = "gateway"
JUDGED = "Ofsted judgement: "
"""How the basis of a suspension begins that an inspection caused, and nobody's decision."""

_UNTIL = "Suspended automatically until a commissioner signs off that the service"

Stops: TypeAlias = Regraded | RegistrationSuspended | RegistrationLeft


@dataclass(frozen=True, slots=True)
class Gateway:
    """The policy in force: the findings that stop new placements, how soon a borough must make sure of a child and who
    of it is told, and who may exempt.
    """

    stopping: frozenset[Finding]
    due_within: dt.timedelta
    tell: tuple[Role, ...]
    exempted_by: frozenset[Role]

    def stopped_by(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings among these that stop new placements."""
        return tuple(one for one in findings if one in self.stopping)

    def against(self, judgement: Judgement | None) -> str | None:
        """What of a judgement stands against new placements, as a sentence; None where nothing does."""
        stopping = self.stopped_by(judgement.findings) if judgement is not None else ()
        if judgement is None or not stopping:
            return None
        return (
            f"Its latest judgement is {words_of(stopping)}, from the inspection of "
            f"{date_words(judgement.inspected_on)}."
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """Why every enrolment of a registration is suspended. `inspection_id` where an inspection is why."""

    urn: str
    reason: str
    basis: str
    inspection_id: str | None = None


def gateway(session: Session, on: dt.date) -> Gateway:
    """The gateway policy in force on a day. `Invalid` where it does not say all that it must."""
    policy = in_force(session, GATEWAY, on)
    try:
        suspends, assurance = policy.content["suspends"], policy.content["assurance"]
        return Gateway(
            stopping=frozenset(one for one in Finding if suspends[one.value]),
            due_within=dt.timedelta(hours=int(assurance["due_hours"])),
            tell=tuple(Role(name) for name in assurance["tell"]),
            exempted_by=frozenset(Role(name) for name in policy.content["exemption"]["given_by"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(f"The gateway policy {policy.version} does not say {error}.") from error


def words_of(findings: Iterable[Finding]) -> str:
    """Findings in words, as one clause: "Inadequate", "Safeguarding not met"."""
    return " and ".join(FINDING_WORDS[one] for one in findings)


def cause_of(rule: Gateway, event: Stops) -> Cause | None:
    """Why an event of the register suspends enrolments, or None where it does not. Pure.

    A better judgement is no cause of anything, so it lifts nothing (F-15).
    """
    if not isinstance(event, Regraded):
        return cause_of_registration(event)
    stopping = rule.stopped_by(event.findings)
    if not stopping:
        return None
    basis = f"{JUDGED}{words_of(stopping)}, inspected on {date_words(event.inspected_on)}"
    return Cause(event.urn, f"{_UNTIL} is safe to use", basis, event.inspection_id)


def cause_of_registration(event: RegistrationSuspended | RegistrationLeft) -> Cause:
    """Why enrolments are suspended with a registration that Ofsted suspends or that has ended. Pure."""
    if isinstance(event, RegistrationSuspended):
        basis = f"Ofsted suspended the registration, as at {date_words(event.as_of)}"
        return Cause(event.urn, f"{_UNTIL} may be used again", basis)
    basis = f"Left the register: {event.status} on {date_words(event.left_on)}"
    return Cause(event.urn, "Suspended automatically: the registration has ended", basis)


def enrolled_with(session: Session, urns: Iterable[str]) -> list[Enrolment]:
    """The live enrolments of these registrations, which a cause suspends, with their claims and lots."""
    wanted = sorted(set(urns))
    found: list[Enrolment] = []
    for start in range(0, len(wanted), 1000):
        found += session.scalars(
            select(Enrolment)
            .join(Enrolment.claim)
            .options(joinedload(Enrolment.claim), joinedload(Enrolment.lot))
            .where(Claim.urn.in_(wanted[start : start + 1000]), Enrolment.status == EnrolmentStatus.ENROLLED)
            .order_by(Enrolment.id)
        )
    return found


def stopped_by_judgement() -> ColumnElement[bool]:
    """For a query over `Enrolment`: an inspection suspended it and nobody's decision, and its registration stands. Only
    such a service can be exempted for a request (F-16).
    """
    move, later = aliased(EnrolmentMove), aliased(EnrolmentMove)
    claim, registration = aliased(Claim), aliased(Registration)
    superseded = exists().where(later.enrolment_id == move.enrolment_id, later.number > move.number)
    judged = exists().where(
        move.enrolment_id == Enrolment.id,
        move.person_id.is_(None),
        move.basis_code == Basis.OFSTED_JUDGEMENT,
        ~superseded,
    )
    stands = exists().where(
        claim.id == Enrolment.claim_id,
        registration.urn == claim.urn,
        or_(registration.registration_status.is_(None), registration.registration_status == RegistrationStatus.ACTIVE),
    )
    return and_(Enrolment.status == EnrolmentStatus.SUSPENDED, judged, stands)


@dataclass(frozen=True, slots=True)
class Suspension:
    """An enrolment that is to be suspended, and why."""

    enrolment: Enrolment
    cause: Cause


def foreseen_suspensions(
    session: Session, events: Iterable[Stops], on: dt.date
) -> tuple[list[Suspension], list[Cause]]:
    """What these events of the register would suspend, in the order in which they come, and every cause among them. The
    first cause suspends an enrolment; a second finds it suspended.
    """
    stopping = [event for event in events if not isinstance(event, Regraded) or event.findings]
    if not stopping:
        return [], []
    rule = gateway(session, on)
    causes = [cause for event in stopping if (cause := cause_of(rule, event)) is not None]
    by_urn: dict[str, list[Enrolment]] = {}
    for enrolment in enrolled_with(session, [cause.urn for cause in causes]):
        by_urn.setdefault(enrolment.claim.urn, []).append(enrolment)
    suspensions = [Suspension(enrolment, cause) for cause in causes for enrolment in by_urn.pop(cause.urn, [])]
    return suspensions, causes
