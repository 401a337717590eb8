"""The law on where a child may live, as rules that read their ages, days and words from the `statute` policy.

One home for each rule: publication, the panel's days, the start and the page that tells the officer all ask here,
and the table of what a location needs is read by the placements room too. The matcher, which may know no policy,
states the ages once more, and a test holds both to the same answers.

Two tests of distance must never be mixed up (F-38): `far_in_statistics` counts miles, and `at_a_distance` of
`app.core.geography` counts boundaries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core import policies
from app.core.errors import Invalid
from app.core.geography import LocationClass, within_miles
from app.core.workdays import add_working_days
from app.requests.models import PlacementRequest
from providers.market.status import ServiceType

STATUTE = "statute"


class Approves(StrEnum):
    """Whose approval a location needs. The words are those that a location approval stores."""

    NOBODY = "none"
    NOMINATED_OFFICER = "nominated_officer"
    DIRECTOR = "director"


@dataclass(frozen=True, slots=True)
class Home:
    """A kind of home: which lots buy it, how it is registered, from which age it is lawful, and where that is written.

    `refuses` is what somebody is told who asks for it too early.
    """

    code: str
    words: str
    buys: frozenset[ServiceType]
    registrations: frozenset[str]
    from_age: int
    lawful: bool
    basis: str
    says: str
    refuses: str

    def lawful_at(self, years: int) -> bool:
        """Whether a child of this many whole years may live there."""
        return self.lawful and years >= self.from_age


@dataclass(frozen=True, slots=True)
class LocationNeed:
    """What a home needs because of where it is: who approves, and whether its authority is told or consulted first."""

    where: LocationClass
    words: str
    approval: Approves
    notify: bool
    consult: bool
    basis: str
    says: str


@dataclass(frozen=True, slots=True)
class DutyWords:
    """A duty as the officer reads it. `evidence` is the question that records how it was met, or ""."""

    code: str
    title: str
    says: str
    basis: str
    due: str
    evidence: str


@dataclass(frozen=True, slots=True)
class TaskRule:
    """A task that an award or a start leaves: to whom it applies, its words, and how its day is counted."""

    code: str
    on: str
    applies: str
    title: str
    basis: str
    working_days: int | None
    calendar_days: int | None
    months: int | None
    after: str | None


@dataclass(frozen=True)
class Statute:
    """The policy in force, read once: what version it is, and its rules."""

    policy_version_id: str
    version: str
    homes: tuple[Home, ...]
    locations: Mapping[LocationClass, LocationNeed]
    duties: tuple[DutyWords, ...]
    tasks: tuple[TaskRule, ...]
    numbers: Mapping[str, Any]
    notify_after_emergency_days: int

    def home_bought_by(self, service_type: ServiceType) -> Home | None:
        """The kind of home that a lot buys; None for support at home, which is none."""
        return next((home for home in self.homes if service_type in home.buys), None)

    def duty(self, code: str) -> DutyWords:
        """The words of a duty. Invalid where the policy has none: the law is not left out in silence."""
        found = next((one for one in self.duties if one.code == code), None)
        if found is None:
            raise Invalid(f"The statute policy {self.version} has no words for {code}.")
        return found


def statute_on(session: Session, on: dt.date) -> Statute:
    """The rules in force on a day. Invalid where the policy does not say all that it must."""
    policy = policies.in_force(session, STATUTE, on)
    return read_statute(policy.content, policy.id, policy.version)


def read_statute(content: Mapping[str, Any], policy_version_id: str = "", version: str = "") -> Statute:
    """The rules of a policy's content."""
    try:
        return Statute(
            policy_version_id=policy_version_id,
            version=version,
            homes=tuple(_home(one) for one in content["homes"]),
            locations={where: _location(where, content["locations"][where.value]) for where in LocationClass},
            duties=tuple(_duty(one) for one in content["duties"]),
            tasks=tuple(_task(one) for one in content["tasks"]),
            numbers=dict(content["numbers"]),
            notify_after_emergency_days=int(content["notification"]["working_days_after_emergency"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(f"The statute policy {version} does not say {error}.") from error


def _home(raw: Mapping[str, Any]) -> Home:
    return Home(
        code=raw["code"],
        words=raw["words"],
        buys=frozenset(ServiceType(one) for one in raw["buys"]),
        registrations=frozenset(raw["registrations"]),
        from_age=int(raw["from_age"]),
        lawful=bool(raw.get("lawful", True)),
        basis=raw["basis"],
        says=raw["says"],
        refuses=raw.get("refuses", ""),
    )


def _location(where: LocationClass, raw: Mapping[str, Any]) -> LocationNeed:
    return LocationNeed(
        where=where,
        words=raw["words"],
        approval=Approves(raw["approval"]),
        notify=bool(raw["notify"]),
        consult=bool(raw["consult"]),
        basis=raw["basis"],
        says=raw["says"],
    )


def _duty(raw: Mapping[str, Any]) -> DutyWords:
    return DutyWords(
        code=raw["code"],
        title=raw["title"],
        says=raw.get("says", ""),
        basis=raw["basis"],
        due=raw["due"],
        evidence=raw.get("evidence", ""),
    )


def _task(raw: Mapping[str, Any]) -> TaskRule:
    return TaskRule(
        code=raw["code"],
        on=raw["on"],
        applies=raw["applies"],
        title=raw["title"],
        basis=raw["basis"],
        working_days=raw.get("working_days"),
        calendar_days=raw.get("calendar_days"),
        months=raw.get("months"),
        after=raw.get("after"),
    )


# Which home at which age (F-27)


def why_unlawful(statute: Statute, service_type: ServiceType, years: int) -> str | None:
    """Why a lot may not be asked to take a child of this age, in words with the regulation; None where it may."""
    home = statute.home_bought_by(service_type)
    if home is None or home.lawful_at(years):
        return None
    return home.refuses or f"{home.words} is not lawful for a child under {home.from_age} ({home.basis})."


def not_lawful_for(
    session: Session,
    request: PlacementRequest,
    service_type: ServiceType,
    day: dt.date,
    positions: Collection[int] | None = None,
) -> str | None:
    """Why a lot may not be asked to take the children of a request (or those in some positions) from a day on, or None.
    Each age is the one on the planned first day, moved on to that day.
    """
    statute = statute_on(session, day)
    named = [one for one in request.children if positions is None or one.position in positions]
    weeks = [one.age_weeks for one in named if one.age_weeks is not None] or [request.age_weeks or 0]
    refused = (why_unlawful(statute, service_type, years_on(one, request.needed_from or day, day)) for one in weeks)
    return next((why for why in refused if why is not None), None)


def registration_lawful(statute: Statute, registration: str, service_type: ServiceType, years: int) -> bool:
    """Whether a service with this registration may take a child of this age through a lot."""
    home = statute.home_bought_by(service_type)
    return home is not None and registration in home.registrations and home.lawful_at(years)


def years_on(age_weeks: int, needed_from: dt.date, day: dt.date) -> int:
    """Whole years on a day, of a child whose age in weeks is known for the planned first day."""
    return years_of(max(0, age_weeks + (day - needed_from).days // 7))


def birthday(date_of_birth: dt.date, years: int) -> dt.date:
    """The day on which somebody has been alive for so many years; 1 March for who was born on 29 February."""
    try:
        return date_of_birth.replace(year=date_of_birth.year + years)
    except ValueError:
        return dt.date(date_of_birth.year + years, 3, 1)


def becomes_lawful(statute: Statute, service_type: ServiceType, born: dt.date, first_day: dt.date) -> dt.date | None:
    """The birthday from which a kind of home is lawful, where that has not passed before the planned first day."""
    home = statute.home_bought_by(service_type)
    if home is None or not home.lawful:
        return None
    turns = birthday(born, home.from_age)
    return turns if turns >= first_day else None


# Distance (F-38), school years, foster carers (F-28), days


def far_in_statistics(statute: Statute, dx: int, dy: int) -> bool:
    """Whether official statistics count a home as far: more miles from the child's home than they name, wherever the
    boundaries run. Metres of the national grid; exact.
    """
    return not within_miles(dx, dy, int(statute.numbers["statistics_miles"]))


def school_year(date_of_birth: dt.date, on: dt.date) -> int:
    """The school year in England on a day: a child who is 5 on 31 August begins year 1 the next day. September begins a
    year; the holidays before still belong to the old one.
    """
    begins = dt.date(on.year if on.month >= 9 else on.year - 1, 8, 31)
    return begins.year - date_of_birth.year - ((date_of_birth.month, date_of_birth.day) > (8, 31)) - 4


def within_foster_limit(
    statute: Statute, *, fostered_now: int, joining: int, all_siblings: bool, exempted: bool = False
) -> bool:
    """Whether children may join a foster home (F-28): no more than three unless all are brothers and sisters of each
    other, or the authority where the carer lives has exempted the home by the children's names.
    """
    most = int(statute.numbers["foster_children"])
    return fostered_now + joining <= most or all_siblings or exempted


def short_break_too_long(statute: Statute, *, days: int, days_before_in_12_months: int = 0) -> bool:
    """Whether a stay is more than a short break may be: by itself, or with the others of 12 months."""
    one, year = int(statute.numbers["short_break_days"]), int(statute.numbers["short_break_days_a_year"])
    return days > one or days + days_before_in_12_months > year


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months on; the last of the month where it has no such day."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    last = (dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def due_days(rules: Iterable[TaskRule], start: dt.date) -> dict[str, dt.date]:
    """The day of each task, by code, counted from a day; one that comes `after` another is counted from that one's."""
    found: dict[str, dt.date] = {}
    for rule in rules:
        day = found[rule.after] if rule.after else start
        if rule.working_days is not None:
            day = add_working_days(day, rule.working_days)
        elif rule.calendar_days is not None:
            day += dt.timedelta(days=rule.calendar_days)
        elif rule.months is not None:
            day = months_later(day, rule.months)
        found[rule.code] = day
    return found
