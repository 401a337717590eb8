"""How far an approval reaches, and who may stand in for whom: worked cases over the shipped policy."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.geography import LocationClass
from app.core.policies import SHIPPED, read_file
from app.identity.permissions import GIVEN_BY_ROLE, Permission
from app.identity.status import Role
from app.requests.covering import Days, cover_faults, may_cover
from app.requests.known import EVERYWHERE
from app.requests.limits import Ask, Limit, beyond, covered_kinds, lowest_for, read_rules, said
from app.requests.status import Urgency
from providers.market.status import ServiceType

RULES = read_rules(read_file(SHIPPED / "approval_1.toml")[4])
CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "approval" / "limits.toml").read_text(encoding="utf-8"))
T, S, H = Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.HEAD_OF_SERVICE
TODAY = dt.date(2026, 11, 23)


def kinds(names: Any) -> frozenset[ServiceType]:
    return frozenset(ServiceType(one) for one in names)


def ask(case: dict[str, Any]) -> Ask:
    return Ask(
        weeks=case["weeks"],
        urgency=Urgency(case.get("urgency", "planned")),
        age_years=case["age"],
        miles=case.get("miles"),
        accepts=EVERYWHERE,
        stated=kinds(case.get("stated", ())),
        lawful=kinds(case["lawful"]),
        weekly={ServiceType(kind): pence for kind, pence in case["weekly"].items()},
    )


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda one: one["name"])
def test_the_lowest_role_that_reaches_a_request(case: dict[str, Any]) -> None:
    found = lowest_for(RULES, ask(case))
    assert (found.value if found else "") == case["lowest"]
    if "covers" in case:
        limit = RULES.limit(T)
        assert limit
        assert covered_kinds(limit, ask(case)) == kinds(case["covers"])


def test_every_part_of_a_limit_refuses_by_itself_and_says_so() -> None:
    open_limit = Limit(T, None, None, None, None, None, None, None)
    asked = ask(
        {"weeks": 10, "age": 9, "miles": 30, "stated": ["residential"], "lawful": ["residential"]}
        | {"weekly": {"residential": 100_00}, "urgency": "same_day"}
    )
    assert beyond(open_limit, asked) == []
    for part, words in (
        ({"most_weeks": 9}, "10 weeks"),
        ({"most_pence": 999_99}, "£1,000"),
        ({"kinds": frozenset({ServiceType.FOSTERING})}, "may not have children's homes bought"),
        ({"urgencies": frozenset({Urgency.PLANNED})}, "same-day"),
        ({"locations": frozenset({LocationClass.IN_AREA, LocationClass.ADJOINING})}, "at a distance"),
        ({"most_miles": 29}, "30 miles"),
        ({"residential_from_age": 10}, "the child is 9"),
    ):
        limit = replace(open_limit, **part)  # type: ignore[arg-type]
        (why,) = beyond(limit, asked)
        assert words in why
        assert said(limit) != said(open_limit)


def test_whoever_has_a_limit_may_approve_and_can_be_covered() -> None:
    limited = {one.role for one in RULES.limits}
    assert limited == {role for role in Role if Permission.REQUEST_APPROVE in GIVEN_BY_ROLE[role]}
    assert set(RULES.covered_by) == limited


@pytest.mark.parametrize(
    ("covered", "covering", "allowed"),
    [
        ({T}, {T}, True),
        ({T}, {S}, True),
        ({S}, {T}, True),
        ({H}, {S}, True),
        ({H}, {T}, False),
        ({T, H}, {T}, False),
        ({T}, {Role.PLACEMENT_OFFICER}, False),
        ({Role.PLACEMENT_OFFICER}, {T}, False),
    ],
)
def test_who_may_cover_whom(covered: set[Role], covering: set[Role], allowed: bool) -> None:
    assert may_cover(RULES, covered, covering) == allowed


def test_a_cover_is_between_two_days_by_somebody_else_and_is_not_passed_on() -> None:
    day = dt.timedelta(days=1)

    def wrong(*others: Days, to: str = "b", first: int = 0, last: int = 5) -> list[str]:
        wanted = Days("a", to, TODAY + first * day, TODAY + last * day)
        return list(cover_faults(RULES, wanted, covered={T}, covering={T}, others=others, today=TODAY))

    def cover(away: str, by: str, first: int, last: int) -> Days:
        return Days(away, by, TODAY + first * day, TODAY + last * day)

    assert wrong() == []
    assert wrong(to="a") == ["covering_id"]
    assert wrong(first=-1) == ["first_day"]
    assert wrong(first=3, last=2) == ["last_day"]
    assert wrong(last=59) == []
    assert wrong(last=60) == ["last_day"]
    assert wrong(cover("a", "c", 5, 9)) == ["first_day"]
    assert wrong(cover("a", "c", 6, 9)) == []
    assert wrong(cover("c", "a", 5, 9)) == ["first_day"]
    assert wrong(cover("b", "c", 0, 0)) == ["covering_id"]
    assert wrong(cover("c", "b", 0, 9)) == []
