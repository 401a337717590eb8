"""The quality score as a pure rule: worked cases, its sums, and a policy that is refused when it is wrong."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.policies import SHIPPED, read_file
from providers.quality.inspection import GRADES, Framework, Inspection, InspectionPolicy, full_months, score

CASES = Path(__file__).parents[2] / "cases" / "quality" / "2026-11"
CONTENT = read_file(SHIPPED / "quality-2026-11.toml")[4]
POLICY = InspectionPolicy.read(CONTENT)


def cases() -> list[Any]:
    found = [case for path in sorted(CASES.glob("*.toml")) for case in tomllib.loads(path.read_text())["case"]]
    return [pytest.param(case, id=case["name"]) for case in found]


def inspection_of(case: dict[str, Any]) -> Inspection | None:
    if "inspected_on" not in case:
        return None
    outcome = case.get("outcome")
    framework = case.get("framework") or ("supported_outcome" if outcome else "four_grades")
    return Inspection(
        framework=Framework(framework),
        inspected_on=case["inspected_on"],
        overall=case.get("overall"),
        protected=case.get("protected"),
        leaders=case.get("leaders"),
        outcome=outcome,
        contradictory=case.get("contradictory", False),
    )


@pytest.mark.parametrize("case", cases())
def test_a_worked_case_comes_out_as_written(case: dict[str, Any]) -> None:
    scored = score(POLICY, case["registration"], inspection_of(case), case["on"])
    assert scored.score == case.get("score")
    assert [part.points for part in scored.parts] == case.get("sum", [])
    assert (scored.unknown.value if scored.unknown else None) == case.get("unknown")
    if "said" in case:
        assert scored.parts[0].said == case["said"]


def test_an_unknown_grade_is_an_error_and_no_default() -> None:
    inspection = Inspection(framework=Framework.FOUR_GRADES, inspected_on=dt.date(2026, 1, 1), overall="3")
    with pytest.raises(Invalid, match="no points for the grade"):
        score(POLICY, "childrens_home", inspection, dt.date(2026, 2, 1))


@given(
    overall=st.sampled_from(GRADES),
    protected=st.none() | st.sampled_from(GRADES),
    leaders=st.none() | st.sampled_from(GRADES),
    registration=st.sampled_from(sorted(POLICY.scored)),
    age=st.integers(0, 9000),
)
def test_the_parts_always_add_up_to_a_score_between_0_and_100(
    overall: str, protected: str | None, leaders: str | None, registration: str, age: int
) -> None:
    on = dt.date(2026, 11, 23)
    inspection = Inspection(
        framework=Framework.FOUR_GRADES,
        inspected_on=on - dt.timedelta(days=age),
        overall=overall,
        protected=protected,
        leaders=leaders,
    )
    scored = score(POLICY, registration, inspection, on)
    assert scored.score == sum(part.points for part in scored.parts)
    assert scored.score is not None
    assert 0 <= scored.score <= 100
    older = score(POLICY, registration, inspection, on + dt.timedelta(days=200)).score
    assert older is not None
    assert older <= scored.score


def broken(*path: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (broken("graded", "overall", "outstanding", value=61), "add up to 100"),
        (broken("graded", "overall", "inadequate", value=48), "must not have more points"),
        (broken("supported", "inconsistent", value=99), "must not have more points"),
        (broken("weights", value={"inspection": 60, "strategic": 40}), "inspection must weigh 100"),
        (broken("age", "months_for_a_point", value=0), "deduction for age"),
        (broken("graded", value={}), "lacks or garbles 'overall'"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_in_words(content: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        InspectionPolicy.read(content)


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (dt.date(2026, 1, 31), dt.date(2026, 2, 28), 0),
        (dt.date(2026, 1, 15), dt.date(2026, 2, 15), 1),
        (dt.date(2025, 12, 16), dt.date(2026, 12, 15), 11),
        (dt.date(2026, 5, 1), dt.date(2026, 4, 1), 0),
    ],
)
def test_months_are_counted_whole(earlier: dt.date, later: dt.date, months: int) -> None:
    assert full_months(earlier, later) == months
