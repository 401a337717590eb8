"""The law on where a child may live, by worked cases: ages, boundaries, miles, days, and what an officer reads."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.core.geography import LocationClass, at_a_distance, locate
from app.core.policies import SHIPPED, read_file
from app.requests.duties import DutyState, Facts, duties_of
from app.requests.evidence import Evidence
from app.requests.known import EVERYWHERE, accepted_locations
from app.requests.status import Siblings
from app.requests.statute import (
    due_days,
    far_in_statistics,
    months_later,
    read_statute,
    registration_lawful,
    school_year,
    short_break_too_long,
    within_foster_limit,
)
from matching.rank.facts import Lot, Registration
from matching.rank.gates import unlawful_for_age
from providers.market.status import ServiceType

CASES = Path(__file__).parents[2] / "cases" / "statute"
CONTENT = read_file(SHIPPED / "statute_1.toml")[4]
LAW = read_statute(CONTENT)
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


def cases(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", cases("homes")["cases"], ids=lambda one: f"{one['lot']}-{one['registration']}")
def test_the_law_and_the_matcher_agree_on_every_home_at_every_age(case: dict[str, Any]) -> None:
    """F-27: one answer from the table of cases, the policy and the matcher's gate, for each year of a childhood."""

    class Asked:
        age_years = 0

    class Offered:
        registration = Registration(case["registration"])
        lot = Lot(case["lot"])

    request: Any = Asked()
    for years in range(18):
        expected = any(first <= years <= last for first, last in case["lawful"])
        request.age_years = years
        assert registration_lawful(LAW, case["registration"], ServiceType(case["lot"]), years) == expected
        assert (unlawful_for_age(None, request, Offered()) is None) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("case", cases("distance")["cases"], ids=lambda one: one["says"])
def test_the_laws_distance_and_the_statistics_are_two_tests(case: dict[str, Any]) -> None:
    """F-38."""
    assert at_a_distance(case["placing"], case["located"]) == case["at_a_distance"]
    assert far_in_statistics(LAW, case["east"], case["north"]) == case["far"]


def test_numbers_of_the_law() -> None:
    """F-28, short breaks, school years and the days of a start."""
    table = cases("numbers")
    for one in table["foster"]:
        allowed = within_foster_limit(
            LAW,
            fostered_now=one["now"],
            joining=one["joining"],
            all_siblings=one["all_siblings"],
            exempted=one["exempted"],
        )
        assert allowed == one["allowed"], one
    for one in table["short_break"]:
        found = short_break_too_long(LAW, days=one["days"], days_before_in_12_months=one["before"])
        assert found == one["too_long"], one
    for one in table["school_year"]:
        assert school_year(one["born"], one["on"]) == one["year"], one
    for one in table["months"]:
        assert months_later(one["day"], one["months"]) == one["then"], one
    start = table["due"].pop("start")
    always = [rule for rule in LAW.tasks if rule.on == "a start" and rule.applies == "looked_after"]
    assert due_days(always, start) == table["due"]


def facts(case: dict[str, Any]) -> Facts:
    return Facts(
        born=tuple(case["born"]),
        first_day=case["first_day"],
        weeks=case.get("weeks", 52),
        today=NOW.date(),
        looked_after=case.get("looked_after", True),
        legal_status=case.get("legal_status", "C2"),
        kinds=frozenset(ServiceType(one) for one in case.get("kinds", ())),
        siblings=Siblings(case.get("siblings", "alone")),
        names_siblings=False,
        keep_school=(case.get("keep_school", ""),) * len(case["born"]),
        secure_now=case.get("secure", False),
        accepts=frozenset(LocationClass(one) for one in case["accepts"]) if "accepts" in case else EVERYWHERE,
        evidence={code: Evidence("Said", "Olu", NOW) for code in case.get("evidence", ())},
        answered={},
    )


@pytest.mark.parametrize("case", cases("requests")["cases"], ids=lambda one: one["name"])
def test_what_the_law_asks_of_a_request(case: dict[str, Any]) -> None:
    found = duties_of(LAW, facts(case))
    assert {one.code: one.state.value for one in found} == case["states"]
    said = " ".join(line.says for one in found for line in one.lines)
    assert [words for words in case.get("says", ()) if words not in said] == []
    assert all(one.basis and one.due and one.lines for one in found)


def test_a_new_version_of_the_law_changes_ages_words_and_days_without_code() -> None:
    content = copy.deepcopy(CONTENT)
    supported = next(one for one in content["homes"] if one["code"] == "supported_accommodation")
    supported |= {"from_age": 17, "refuses": "Not before 17 (a made-up Act)."}
    plan = next(one for one in content["tasks"] if one["code"] == "placement-plan" and one["on"] == "a start")
    plan["working_days"] = 3
    changed = read_statute(content)
    case = {"born": [dt.date(2010, 6, 1)], "first_day": dt.date(2026, 12, 10), "kinds": ["supported"]}
    homes = duties_of(changed, facts(case))[0]
    assert homes.state is DutyState.NOT_LAWFUL
    assert any("a made-up Act" in line.says for line in homes.lines)
    rules = [one for one in changed.tasks if one.code == "placement-plan" and one.on == "a start"]
    assert due_days(rules, dt.date(2026, 12, 10)) == {"placement-plan": dt.date(2026, 12, 15)}


def test_a_policy_without_a_duty_or_a_location_is_refused_and_not_silent() -> None:
    without = {**CONTENT, "duties": [one for one in CONTENT["duties"] if one["code"] != "secure"]}
    case = {"born": [dt.date(2014, 6, 1)], "first_day": dt.date(2026, 12, 10)}
    with pytest.raises(Invalid, match="no words for secure"):
        duties_of(read_statute(without), facts(case))
    with pytest.raises(Invalid, match="adjoining"):
        read_statute({**CONTENT, "locations": {k: v for k, v in CONTENT["locations"].items() if k != "adjoining"}})


def test_the_words_of_the_law_have_only_gaps_that_are_filled() -> None:
    filled = {"key_stage_4": {"year"}, "foster_limit": {"most"}, "short_break": {"days", "total"}}
    filled["secure"] = {"hours", "age"}
    for one in LAW.duties:
        names = {name for _, name, _, _ in string.Formatter().parse(one.says) if name}
        assert names <= filled.get(one.code, set()), one.code
    codes = [(one.code, one.on) for one in LAW.tasks]
    assert len(codes) == len(set(codes))
    assert {one.on for one in LAW.tasks} == {"an award", "a start"}


def test_where_a_request_would_take_a_home_follows_from_miles_and_areas() -> None:
    """Croydon: a mile from its middle is Croydon alone; no limit is everywhere; what is ruled out is not taken."""
    croydon, home = "E09000008", locate("CR0 1EA")
    here, next_door, far = LocationClass.IN_AREA, LocationClass.ADJOINING, LocationClass.AT_A_DISTANCE
    assert home is not None
    assert accepted_locations(croydon, home, None) == {here, next_door, far}
    near = accepted_locations(croydon, home, 1)
    assert here in near
    assert far not in near
    assert far in accepted_locations(croydon, home, 200)
    assert accepted_locations(croydon, home, 1, excluded=[croydon]) == near - {here}
    assert accepted_locations(None, home, 1) == EVERYWHERE
    assert accepted_locations(croydon, None, 1) == EVERYWHERE
    growing = [accepted_locations(croydon, home, miles) for miles in (0, 1, 3, 10, 30)]
    assert all(less <= more for less, more in itertools.pairwise(growing))
