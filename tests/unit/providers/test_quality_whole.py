"""The whole quality score as a pure rule: worked cases by hand, an independent slow computation, its laws, and what
would raise it.
"""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.policies import SHIPPED, read_file
from providers.quality.inspection import Framework, Inspection
from providers.quality.lines import half_up, shown
from providers.quality.raising import what_would_raise
from providers.quality.rule import Facts, QualityPolicy, Whole, score_whole
from providers.quality.service_level import LotMeans, Outcome, means_of
from providers.quality.strategic import Check, Item, Strategic, months_before
from tests.unit.providers.slow_quality import slow_score

CASES = Path(__file__).parents[2] / "cases" / "quality" / "2026-12"
CONTENT = read_file(SHIPPED / "quality-2026-12.toml")[4]
POLICY = QualityPolicy.read(CONTENT)
TODAY = dt.date(2026, 11, 28)
LOT = "residential"


def cases() -> list[Any]:
    found = [case for path in sorted(CASES.glob("*.toml")) for case in tomllib.loads(path.read_text())["case"]]
    return [pytest.param(case, id=case["name"]) for case in found]


def outcome_of(said: dict[str, Any], place: int) -> Outcome:
    kept = {name: value for name, value in said.items() if name not in ("on", "times")}
    return Outcome(placement=f"PL-{place}", on=said.get("on", TODAY), service_type=LOT, **kept)


def given_by(case: dict[str, Any]) -> tuple[QualityPolicy, Facts, LotMeans]:
    """The product's words for a case."""
    content = {**CONTENT, "report_card": case["report_card"]} if "report_card" in case else CONTENT
    policy = QualityPolicy.read(content)
    assert policy.service is not None
    made = dict(case["inspection"]) if case.get("inspection") else None
    if made is not None:
        made["framework"] = Framework(
            made.get("framework") or ("supported_outcome" if "outcome" in made else "four_grades")
        )
    evidence = case.get("evidence")
    facts = Facts(
        kind=case["registration"],
        inspection=Inspection(**made) if made is not None else None,
        strategic=Strategic(
            marks=case.get("marks"),
            checks=tuple(Check(check["on"], check["rating"]) for check in case.get("checks", ())),
            evidence=None
            if evidence is None
            else tuple(
                Item(str(place), f"Paper {place}", one.get("given", True), one.get("last_day"))
                for place, one in enumerate(evidence)
            ),
        ),
        outcomes=tuple(outcome_of(one, place) for place, one in enumerate(case.get("outcomes", ()))),
    )
    lot = [(outcome_of(one, place), one["times"]) for place, one in enumerate(case.get("lot", ()))]
    return policy, facts, means_of(policy.service, lot)


def told(whole: Whole) -> dict[str, Any]:
    """What the product came to, in the words of the cases."""
    parts = {
        section.key: {
            "points": section.points,
            "lines": [line.points for line in section.lines],
            **({} if section.value is None else {"value": section.value}),
            **({} if section.prior is None else {"prior": section.prior}),
        }
        for section in whole.sections
    }
    return {
        "score": whole.score,
        "unknown": whole.unknown.value if whole.unknown else None,
        "ended": whole.ended.value if whole.ended else None,
        "parts": parts,
    }


def slowly(case: dict[str, Any]) -> dict[str, Any]:
    found = slow_score(CONTENT, case)
    for part in found["parts"].values():
        for name in ("unknown", "ended"):
            part.pop(name, None)
    return found


def product(case: dict[str, Any]) -> dict[str, Any]:
    policy, facts, means = given_by(case)
    return told(score_whole(policy, facts, means, case["on"]))


@pytest.mark.parametrize("case", cases())
@pytest.mark.parametrize("computed", [product, slowly])
def test_a_worked_case_comes_out_as_written(case: dict[str, Any], computed: Any) -> None:
    found = computed(case)
    for name in ("score", "unknown", "ended"):
        assert found[name] == case.get(name), name
    for part, expected in case.get("parts", {}).items():
        assert found["parts"][part] == expected, part


days = st.dates(dt.date(2022, 1, 1), dt.date(2026, 12, 31))
grades = st.sampled_from(["outstanding", "good", "requires_improvement", "inadequate", "adequate"])
words = st.sampled_from(
    ["exceptional", "strong_standard", "expected_standard", "needs_attention", "urgent_improvement"]
)
maybe = st.none() | st.booleans()
outcomes = st.fixed_dictionaries(
    {
        "progress": st.none() | st.sampled_from(["good_progress", "some_progress", "little_progress", "worse"]),
        "ending": st.none() | st.sampled_from(["planned_ending", "unplanned_ending"]),
        "started_on_day": maybe,
        "reports_on_time": maybe,
        "feedback": st.none() | st.integers(1, 5),
    }
)
judged = {"inspected_on": days, "standards_met": maybe, "safeguarding_met": maybe}
inspections = st.one_of(
    st.none(),
    st.fixed_dictionaries({**judged, "overall": grades, "protected": grades, "leaders": st.none() | grades}),
    st.fixed_dictionaries(
        {
            "inspected_on": days,
            "outcome": st.sampled_from(["consistently_strong", "inconsistent", "serious_weaknesses"]),
        }
    ),
    st.fixed_dictionaries({**judged, "framework": st.just("standards"), "standards_met": st.booleans()}),
    st.fixed_dictionaries(
        {
            **judged,
            "framework": st.just("report_card"),
            "card": st.dictionaries(st.sampled_from(["leadership", "inclusion", "achievement"]), words, min_size=1),
        }
    ),
)
MAPPING = {"exceptional": 100, "strong_standard": 85, "expected_standard": 70, "needs_attention": 40}
random_cases = st.fixed_dictionaries(
    {
        "registration": st.sampled_from([*sorted(POLICY.inspection.scored), "none"]),
        "on": st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        "inspection": inspections,
        "marks": st.none() | st.integers(0, 100),
        "checks": st.lists(
            st.fixed_dictionaries(
                {
                    "on": days,
                    "rating": st.sampled_from(
                        ["good", "approaching_target", "requires_improvement", "inadequate", "other"]
                    ),
                }
            ),
            max_size=4,
        ),
        "evidence": st.none()
        | st.lists(
            st.fixed_dictionaries({}, optional={"last_day": days, "given": st.just(True)}) | st.just({"given": False}),
            min_size=1,
            max_size=9,
        ),
        "outcomes": st.lists(st.tuples(outcomes, days).map(lambda two: {**two[0], "on": two[1]}), max_size=8),
        "lot": st.lists(
            st.tuples(outcomes, st.integers(1, 30)).map(lambda two: {**two[0], "times": two[1]}), max_size=4
        ),
    },
    optional={"report_card": st.just({**MAPPING, "urgent_improvement": 0})},
)


@given(random_cases)
@settings(max_examples=150)
def test_the_product_and_the_slow_computation_agree_on_whatever_they_are_given(case: dict[str, Any]) -> None:
    assert product(case) == slowly(case)


@given(random_cases)
@settings(max_examples=60)
def test_what_is_shown_adds_up_and_what_is_not_known_is_never_nought(case: dict[str, Any]) -> None:
    policy, facts, means = given_by(case)
    whole = score_whole(policy, facts, means, case["on"])
    if whole.score is not None:
        assert whole.score == sum(part.points for part in whole.parts)
        assert 0 <= whole.score <= 100
    for section in whole.sections:
        if section.known:
            assert section.value == sum(line.points for line in section.lines)
        elif section.key != "inspection":
            assert section.value == section.prior


@given(random_cases)
@settings(max_examples=40)
def test_whatever_is_said_to_raise_a_score_does_raise_it_and_the_most_comes_first(case: dict[str, Any]) -> None:
    policy, facts, means = given_by(case)
    raises = what_would_raise(policy, facts, means, case["on"])
    base = score_whole(policy, facts, means, case["on"]).score
    adds = [one.adds for one in raises if one.to is None]
    assert all(points > 0 for points in adds)
    assert adds == sorted(adds, reverse=True)
    if base is not None:
        assert all(base + points <= 100 for points in adds)


def sentences(**facts: Any) -> list[str]:
    home = Inspection(
        framework=Framework.FOUR_GRADES,
        inspected_on=dt.date(2025, 1, 1),
        overall="good",
        protected="good",
        leaders="good",
    )
    given = Facts(**{"kind": "childrens_home", "inspection": home, **facts})
    return [one.sentence for one in what_would_raise(POLICY, given, {}, TODAY)]


def test_what_would_raise_it_is_said_in_words_with_its_points() -> None:
    """Inspection 78 - 2 for 22 months = 76, 45.6 is 46; 60 + 19 + 12 - 2 = 89, 53.4 is 53: 7 more."""
    lapsed = Item("liability", "Public liability", True, dt.date(2026, 10, 31))
    said = sentences(strategic=Strategic(evidence=(lapsed, Item("policy", "Policy", True, None))))
    assert "A judgement of Outstanding overall would add 7" in said
    # 20 + 15 + 15 = 50, 10; with both in date 20 + 15 + 30 = 65, 13
    assert "Renewing “Public liability”, which lapsed after 31 October 2026, would add 3" in said
    # 78 instead of 76: 46.8 is 47
    assert "The next inspection, if it judges the same, would add 1" in said


def test_nobody_is_told_to_reach_what_the_framework_does_not_allow() -> None:
    """Helped and protected Inadequate: overall is always Inadequate (F-10)."""
    worst = Inspection(
        framework=Framework.FOUR_GRADES,
        inspected_on=dt.date(2026, 1, 1),
        overall="inadequate",
        protected="inadequate",
        leaders="inadequate",
    )
    said = sentences(inspection=worst)
    assert not [one for one in said if one.startswith("A judgement of")]
    assert any(one.startswith("An inspection with Good in all judgements would add") for one in said)


def test_a_service_that_was_never_inspected_is_told_what_a_first_inspection_would_make_it() -> None:
    """78 is 47, and the priors give 10 and 12."""
    assert "A first inspection with Good in all judgements would make it 69" in sentences(inspection=None)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("weights", "service"), 21, "three parts must add up to 100"),
        (("strategic", "accreditation", "weight"), 41, "strategic part's lines must add up to 100"),
        (("service", "feedback", "weight"), 16, "service part's lines must add up to 100"),
        (("strategic", "compliance", "points", "inadequate"), 41, "worse contract rating"),
        (("service", "progress", "points", "worse"), 31, "worse outcome"),
        (("service", "feedback", "points"), [0, 50, 25, 75, 100], "worse outcome"),
        (("service", "draw"), 0, "by at least 1"),
        (("service", "prior"), 101, "prior"),
        (("strategic", "compliance", "months"), 0, "at least 1 month"),
        (("bands", "from"), [10, 40], "begin at 0"),
        (("ends", "findings"), ["serious_weaknesses"], "overall Inadequate ends"),
        (("standards", "not_met"), 71, "worse judgement"),
        (("service",), {}, "lacks or garbles"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_in_words(path: tuple[str, ...], value: Any, says: str) -> None:
    content = copy.deepcopy(CONTENT)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(Invalid, match=says):
        QualityPolicy.read(content)


def test_a_version_of_one_part_is_scored_as_it_always_was() -> None:
    policy = QualityPolicy.read(read_file(SHIPPED / "quality-2026-11.toml")[4])
    home = Inspection(framework=Framework.FOUR_GRADES, inspected_on=dt.date(2026, 5, 12), overall="good")
    whole = score_whole(policy, Facts("childrens_home", home, Strategic(marks=1)), {}, TODAY)
    assert (whole.score, [part.points for part in whole.parts], whole.sections) == (78, [47, 19, 12, 0], ())


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (dt.date(2026, 11, 28), 24, dt.date(2024, 11, 28)),
        (dt.date(2026, 3, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2024, 3, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2026, 1, 15), 13, dt.date(2024, 12, 15)),
    ],
)
def test_months_are_counted_back_to_the_same_day_or_the_last_of_the_month(
    day: dt.date, months: int, before: dt.date
) -> None:
    assert months_before(day, months) == before


def test_a_half_goes_up_and_a_fraction_is_shown_short() -> None:
    from fractions import Fraction

    assert [half_up(Fraction(*one)) for one in ((5, 2), (49, 20), (-1, 2), (7, 1))] == [3, 2, 0, 7]
    assert [shown(Fraction(*one)) for one in ((200, 3), (125, 2), (70, 1), (1, 10))] == ["66.67", "62.5", "70", "0.1"]
