"""Which requests the demonstration has, how far each has come, and when each of its steps happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum

from app.demo.cast import HAS_OWN_HOMES
from app.demo.consortium import LAST_MEETING_DAYS_AGO, MEETING_EVERY_DAYS, Consortium, Council
from app.demo.stage import Stage
from app.requests.status import Urgency
from providers.market.status import ServiceType

PLACED = 70
MORE_HOMES = 10
"""So many of those placed are in children's homes whatever is drawn: a kind of placement needs 30 on record before
anything can be expected of its price.
"""


class Reached(IntEnum):
    """How far a request has come; each stage has passed every gate of those before it."""

    DRAFT = 1
    SUBMITTED = 2
    RETURNED = 3
    WITHDRAWN = 4
    APPROVED = 5
    OPEN = 6
    NO_OFFER = 7
    SHORTLISTED = 8
    PREFERRED = 9
    REFERRED = 10
    LISTED = 11
    DECIDED = 12
    AUTHORISED = 13
    AWARDED = 14
    LIVE = 15


UNPLACED_STAGES = (
    (Reached.DRAFT, 8),
    (Reached.SUBMITTED, 7),
    (Reached.RETURNED, 3),
    (Reached.WITHDRAWN, 3),
    (Reached.APPROVED, 5),
    (Reached.OPEN, 11),
    (Reached.NO_OFFER, 3),
    (Reached.SHORTLISTED, 6),
    (Reached.PREFERRED, 4),
    (Reached.REFERRED, 3),
    (Reached.LISTED, 4),
    (Reached.DECIDED, 2),
    (Reached.AUTHORISED, 1),
)

# Among the requests that wait for a manager: brothers and sisters, and a school place.
GROUP, SCHOOL_PLACE = 9, 10

# The day, counted from now, on which a request of a stage was started.
STARTED = {
    Reached.DRAFT: -1,
    Reached.SUBMITTED: -2,
    Reached.RETURNED: -4,
    Reached.WITHDRAWN: -20,
    Reached.APPROVED: -3,
    Reached.OPEN: -4,
    Reached.NO_OFFER: -40,
    Reached.SHORTLISTED: -10,
    Reached.PREFERRED: -12,
    Reached.REFERRED: -13,
    Reached.LISTED: -14,
}
WEEKS_OF_PLACEMENT = (26, 39, 52)
TYPES = (
    (ServiceType.RESIDENTIAL, 45),
    (ServiceType.FOSTERING, 38),
    (ServiceType.SUPPORTED, 10),
    (ServiceType.NMI_DAY, 7),
)
AGES = {
    ServiceType.RESIDENTIAL: (10, 15),
    ServiceType.FOSTERING: (0, 16),
    ServiceType.SUPPORTED: (16, 17),
    ServiceType.NMI_DAY: (7, 14),
}


@dataclass(frozen=True)
class Plan:
    """One request to be played: whose, for what, how far, from which day, and, where it meets a panel, on which."""

    council: Council
    service_type: ServiceType
    reached: Reached
    urgency: Urgency
    age_years: int
    started: int
    meeting: int | None
    emergency: bool = False
    health_pays: bool = False
    runs_over: bool = False
    children: int = 1


def plans(stage: Stage, consortium: Consortium) -> list[Plan]:
    """All requests, the oldest first, spread evenly over the boroughs."""
    made = [
        _plan(stage, consortium, number, reached)
        for number, reached in enumerate(reached for reached, count in UNPLACED_STAGES for _ in range(count))
    ]
    made += [_placed(stage, consortium, number) for number in range(PLACED)]
    return sorted(made, key=lambda plan: plan.started)


def _plan(stage: Stage, consortium: Consortium, number: int, reached: Reached) -> Plan:
    meeting = -LAST_MEETING_DAYS_AGO if reached in (Reached.DECIDED, Reached.AUTHORISED) else None
    if reached is Reached.LISTED:
        meeting = MEETING_EVERY_DAYS - LAST_MEETING_DAYS_AGO
    started = STARTED[reached] if reached in STARTED else _before(meeting or 0)
    council, service_type = _whose(stage, consortium, number, started)
    if council.facts.name == HAS_OWN_HOMES and reached in (Reached.APPROVED, Reached.OPEN):
        # One request waits for the answer of the borough's own home, and one child is placed there.
        service_type, started = ServiceType.RESIDENTIAL, 0 if reached is Reached.APPROVED else started
    age, children = stage.draw.randint(*AGES[service_type]), 1
    if number == GROUP:
        service_type, age, children = ServiceType.RESIDENTIAL, 10, 3
    elif number == SCHOOL_PLACE:
        service_type, age = ServiceType.NMI_DAY, 11
    return Plan(
        council=council,
        service_type=service_type,
        reached=reached,
        urgency=Urgency.URGENT if number % 6 == 5 else Urgency.PLANNED,
        age_years=age,
        started=started,
        meeting=meeting,
        children=children,
    )


def _placed(stage: Stage, consortium: Consortium, number: int) -> Plan:
    """A request that led to a placement: two in an emergency, one that went on past its last authorised day."""
    emergency, waiting, over = number in (0, 1), number in (2, 3, 4, 5), number == 6
    back = 0 if waiting else 11 if over else stage.draw.randint(1, 11)
    meeting = None if emergency else -LAST_MEETING_DAYS_AGO - MEETING_EVERY_DAYS * back
    started = -6 if emergency else _before(meeting or 0)
    council, service_type = _whose(stage, consortium, number + 5, started)
    if emergency or number >= PLACED - MORE_HOMES:
        service_type = ServiceType.RESIDENTIAL
    return Plan(
        council=council,
        service_type=service_type,
        reached=Reached.AWARDED if waiting else Reached.LIVE,
        urgency=Urgency.SAME_DAY if emergency else Urgency.PLANNED,
        age_years=stage.draw.randint(*AGES[service_type]),
        started=started,
        meeting=meeting,
        emergency=emergency,
        health_pays=number % 5 == 0 and not emergency,
        runs_over=over,
    )


def _before(meeting: int) -> int:
    """The day on which a request starts that is to be listed 14 days before a meeting."""
    return meeting - 14 - 14


def _whose(stage: Stage, consortium: Consortium, number: int, started: int) -> tuple[Council, ServiceType]:
    council = consortium.councils[number % len(consortium.councils)]
    kinds, weights = [kind for kind, _ in TYPES], [weight for _, weight in TYPES]
    service_type = stage.draw.choices(kinds, weights)[0]
    joined = council.facts.fostering_from_day
    if service_type is ServiceType.FOSTERING and (joined is None or started < joined - 418):
        service_type = ServiceType.RESIDENTIAL
    if service_type is ServiceType.NMI_DAY and not council.facts.schools:
        service_type = ServiceType.RESIDENTIAL
    return council, service_type


def born(plan: Plan, stage: Stage, number: int = 0) -> dt.date:
    """A date of birth that makes the child as old as planned when the placement is needed, and each further one of a
    group two years older: a Sunday, on which nobody inspects, so that a date on a page that may not know the child is
    never the child's by chance.
    """
    needed = (stage.now + dt.timedelta(days=plan.started)).date()
    day = needed - dt.timedelta(days=int((plan.age_years + 2 * number + 0.2 + stage.draw.random() * 0.6) * 365.25))
    return day - dt.timedelta(days=(day.weekday() + 1) % 7)
