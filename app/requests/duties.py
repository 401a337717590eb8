"""What the law asks of a request, as an officer reads it: each duty with whether it is met, still to do, not lawful, or
a question for later, when an offer is known. Pure rules over facts; words, ages and days are the statute policy's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import age_weeks, years_of
from app.children.models import Child
from app.children.records import reveal
from app.core.crypto import Vault
from app.core.geography import LocationClass, locate
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.requests.answers import read_date
from app.requests.drafting import answers_each, answers_key
from app.requests.evidence import Evidence, evidence_of
from app.requests.form import Raw
from app.requests.known import accepted_locations, stated_kinds
from app.requests.models import PlacementRequest
from app.requests.status import Siblings
from app.requests.statute import Home, Statute, becomes_lawful, school_year, short_break_too_long, statute_on
from providers.market.models import Lot
from providers.market.status import ServiceType

SHORT_BREAKS = frozenset({"V3", "V4"})
NOT_A_FAMILY = frozenset({ServiceType.RESIDENTIAL, ServiceType.NMI_38, ServiceType.NMI_52})


class DutyState(StrEnum):
    """Where a duty stands."""

    MET = "met"
    TO_DO = "to_do"
    NOT_LAWFUL = "not_lawful"
    LATER = "later"


DUTY_WORDS: Mapping[DutyState, str] = {
    DutyState.MET: "Met",
    DutyState.TO_DO: "To do",
    DutyState.NOT_LAWFUL: "Not lawful",
    DutyState.LATER: "Once the offer is known",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence under a duty, with its own state where it has one. `always` holds for every child."""

    says: str
    state: DutyState | None = None
    basis: str = ""
    always: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of a request: its words and where they stand, its state, until when, and the question that records how it
    was met, with what was answered last.
    """

    code: str
    title: str
    lines: tuple[Line, ...]
    basis: str
    due: str
    state: DutyState
    question: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of a request. `born` are the children's dates of birth and `keep_school` what is said
    of each of them; `first_day` is None where nobody has said when the placement is needed; `kinds` are the homes that
    the form states or the lot that was chosen. What is asked of a child holds where it is so for any of them.
    """

    born: tuple[dt.date, ...]
    first_day: dt.date | None
    weeks: int | None
    today: dt.date
    looked_after: bool
    legal_status: str
    kinds: frozenset[ServiceType]
    siblings: Siblings
    names_siblings: bool
    keep_school: tuple[str, ...]
    secure_now: bool
    accepts: frozenset[LocationClass]
    evidence: Mapping[str, Evidence]
    answered: Mapping[str, str]

    @property
    def day(self) -> dt.date:
        """The day whose ages count: the planned first day, or today until somebody names it."""
        return self.first_day or self.today

    @property
    def last_day(self) -> dt.date | None:
        """The last day that the placement is expected to last."""
        return self.day + dt.timedelta(weeks=self.weeks) - dt.timedelta(days=1) if self.weeks else None


def duties_of(statute: Statute, facts: Facts) -> list[Duty]:
    """Every duty that a request raises, in the order in which the policy states them."""
    rules = {
        "lawful_homes": _lawful_homes,
        "fostering_explored": _fostering_explored,
        "siblings_together": _siblings_together,
        "own_area": _own_area,
        "key_stage_4": _key_stage_4,
        "foster_limit": _foster_limit,
        "short_break": _short_break,
        "secure": _secure,
    }
    for code in rules:
        statute.duty(code)
    found = (rules[one.code](statute, facts) for one in statute.duties if one.code in rules)
    return [one for one in found if one is not None]


def _duty(statute: Statute, facts: Facts, code: str, state: DutyState, *lines: Line, **words: object) -> Duty:
    stated = statute.duty(code)
    said = (Line(stated.says.format(**words)),) if stated.says else ()
    return Duty(
        code,
        stated.title,
        (*said, *lines),
        stated.basis,
        stated.due,
        state,
        stated.evidence,
        facts.evidence.get(code) if stated.evidence else None,
    )


def _with_evidence(duty: Duty, facts: Facts) -> Duty:
    """Met once somebody wrote down how: here, or in the form where it asks."""
    met = duty.evidence is not None or bool(facts.answered.get(duty.code))
    return replace(duty, state=DutyState.MET) if met else duty


def _lawful_homes(statute: Statute, facts: Facts) -> Duty:
    """F-27, at the age on the planned first day; and the birthday that changes it while the placement lasts."""
    lines = [_home_line(statute, home, facts) for home in statute.homes]
    asked = [home for home in statute.homes if home.buys & facts.kinds]
    unlawful = any(not home.lawful_at(years) for home in asked for years in _ages(facts))
    return _duty(statute, facts, "lawful_homes", DutyState.NOT_LAWFUL if unlawful else DutyState.MET, *lines)


def _home_line(statute: Statute, home: Home, facts: Facts) -> Line:
    if all(home.lawful_at(years) for years in _ages(facts)):
        return Line(home.says, DutyState.MET, home.basis)
    says = home.refuses or home.says
    if home.lawful and home.buys:
        youngest = max(facts.born)
        turns = becomes_lawful(statute, next(iter(home.buys)), youngest, facts.day)
        if turns is not None:
            who = "The child" if len(facts.born) == 1 else "The youngest child"
            says += f" {who} turns {home.from_age} on {date_words(turns)}"
            meanwhile = facts.last_day is not None and turns <= facts.last_day
            says += ", while the placement is expected to last: from then on it is lawful." if meanwhile else "."
    return Line(says, DutyState.NOT_LAWFUL, home.basis, always=not home.lawful)


def _ages(facts: Facts) -> list[int]:
    """Whole years on the day, by completed weeks, as the matcher counts: never a year too many."""
    return [years_of(age_weeks(born, facts.day)) for born in facts.born]


def _fostering_explored(statute: Statute, facts: Facts) -> Duty | None:
    """F-29, asked for here so that the panel need not send the case back for it."""
    if not facts.looked_after or (facts.kinds and not facts.kinds & NOT_A_FAMILY):
        return None
    return _with_evidence(_duty(statute, facts, "fostering_explored", DutyState.TO_DO), facts)


def _siblings_together(statute: Statute, facts: Facts) -> Duty | None:
    if facts.siblings is Siblings.ALONE and not facts.names_siblings:
        return None
    if facts.siblings is Siblings.TOGETHER:
        together = Line("The request asks for one home for all of them.")
        return _duty(statute, facts, "siblings_together", DutyState.MET, together)
    if facts.siblings is Siblings.PREFERRED:
        line = Line("The request asks for one home for all of them, and would take several.")
        return _with_evidence(_duty(statute, facts, "siblings_together", DutyState.LATER, line), facts)
    if facts.siblings is Siblings.APART:
        line = Line("The request asks for a home for each.")
        return _with_evidence(_duty(statute, facts, "siblings_together", DutyState.TO_DO, line), facts)
    line = Line("The request is for one child and names brothers or sisters.")
    return _with_evidence(_duty(statute, facts, "siblings_together", DutyState.TO_DO, line), facts)


def _own_area(statute: Statute, facts: Facts) -> Duty:
    """F-37, for each place where a home may be that this request would take."""
    lines = tuple(
        Line(statute.locations[where].says, None, statute.locations[where].basis)
        for where in (LocationClass.IN_AREA, LocationClass.ADJOINING, LocationClass.AT_A_DISTANCE)
        if where in facts.accepts
    )
    only_here = facts.accepts == {LocationClass.IN_AREA}
    return _duty(statute, facts, "own_area", DutyState.MET if only_here else DutyState.LATER, *lines)


def _key_stage_4(statute: Statute, facts: Facts) -> Duty | None:
    years = [(school_year(born, facts.day), said) for born, said in zip(facts.born, facts.keep_school, strict=True)]
    in_them = [(year, said) for year, said in years if year in statute.numbers["key_stage_4_years"] and said]
    if not facts.looked_after or not in_them:
        return None
    kept = all(said == "yes" for _, said in in_them)
    line = Line("The request asks to keep the school." if kept else "The request does not ask to keep the school.")
    state = DutyState.MET if kept else DutyState.TO_DO
    return _duty(statute, facts, "key_stage_4", state, line, year=in_them[0][0])


def _foster_limit(statute: Statute, facts: Facts) -> Duty | None:
    """F-28. Who lives with a carer now is not known here, so the duty is to ask."""
    if facts.kinds and ServiceType.FOSTERING not in facts.kinds:
        return None
    return _duty(statute, facts, "foster_limit", DutyState.LATER, most=statute.numbers["foster_children"])


def _short_break(statute: Statute, facts: Facts) -> Duty | None:
    if facts.legal_status not in SHORT_BREAKS:
        return None
    days = (facts.weeks or 0) * 7
    too_long = short_break_too_long(statute, days=days)
    line = Line(f"This request is for {days} days." if days else "This request does not say yet for how long it is.")
    return _duty(
        statute,
        facts,
        "short_break",
        DutyState.NOT_LAWFUL if too_long else DutyState.MET if days else DutyState.TO_DO,
        line,
        days=statute.numbers["short_break_days"],
        total=statute.numbers["short_break_days_a_year"],
    )


def _secure(statute: Statute, facts: Facts) -> Duty | None:
    if not facts.secure_now:
        return None
    return _duty(
        statute,
        facts,
        "secure",
        DutyState.TO_DO,
        hours=statute.numbers["secure_hours"],
        age=statute.numbers["secure_from_age"],
    )


def facts_of(session: Session, *, vault: Vault, request: PlacementRequest, today: dt.date) -> Facts:
    """The facts of a request as it stands, also while it is a draft. The caller has checked that the person may know,
    and logs the view.
    """
    each = answers_each(session, vault=vault, request=request)
    typed = each[0]
    identities = [reveal(vault=vault, child=session.get_one(Child, one.child_id)) for one in request.children]
    first = identities[0]
    statuses = [str(one.get("legal_status") or "") for one in each]
    placing = session.scalar(select(Organisation.gss_code).where(Organisation.id == request.organisation_id))
    lot = session.get(Lot, request.lot_id) if request.lot_id else None
    miles = _whole(typed.get("max_miles")) if request.submitted_at is None else request.max_miles
    weeks = _whole(typed.get("expected_weeks")) if request.submitted_at is None else request.expected_weeks
    key = answers_key(session, vault, request)
    return Facts(
        born=tuple(one.date_of_birth for one in identities),
        first_day=_date(typed.get("needed_from")),
        weeks=weeks,
        today=today,
        looked_after=any(one.get("looked_after") == "yes" for one in each),
        legal_status=next((one for one in statuses if one in SHORT_BREAKS), statuses[0]),
        kinds=frozenset({lot.service_type}) if lot else stated_kinds(typed),
        siblings=request.siblings,
        names_siblings=bool(str(typed.get("siblings") or "").strip()),
        keep_school=tuple(str(one.get("keep_school") or "") for one in each),
        secure_now=any(one.get("current_placement") == "secure" for one in each),
        accepts=accepted_locations(placing, locate(first.home_postcode), miles, request.exclude_authorities or ()),
        evidence=evidence_of(session, key=key, request_id=request.id),
        answered={"fostering_explored": str(typed.get("fostering_explored") or "").strip()},
    )


def law_of(session: Session, *, vault: Vault, request: PlacementRequest, today: dt.date) -> list[Duty]:
    """What the law asks of a request today."""
    return duties_of(statute_on(session, today), facts_of(session, vault=vault, request=request, today=today))


def _whole(raw: Raw | Any) -> int | None:
    return int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 5 else None


def _date(raw: Raw | Any) -> dt.date | None:
    if not isinstance(raw, dict):
        return None
    try:
        return read_date("", raw)
    except ValidationError:
        return None
