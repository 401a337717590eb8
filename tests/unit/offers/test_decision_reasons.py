"""Why an offer is preferred: the shipped list, in which situation each reason may be used, words that say something."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.policies import SHIPPED, Policy, read_file
from app.offers.fit import days_late, in_own_area
from app.offers.funnel import Fallen, funnel_of
from app.offers.planning import Planning
from app.offers.plans import Option, all_plans, level_with_first, make_plan
from app.offers.reasons import SITUATION_WORDS, rules_of, situation_of
from app.offers.status import Situation
from app.reporting.decisions import shown_counts
from app.requests.status import Siblings
from matching.rank import Gate

KIND, VERSION, FROM, SOURCE, CONTENT = read_file(SHIPPED / "decision_reasons_1.toml")
RULES = rules_of(Policy("p1", KIND, VERSION, FROM, SOURCE, CONTENT))
WORDS = "It is nearest to the school"
ANY = "need_that_matters"
LAW = {"near_home", "school", "siblings_together", "disability", "in_area"}


def refused(situation: Situation, code: str, words: str = WORDS) -> str:
    with pytest.raises(Invalid) as error:
        RULES.judge(situation, code, words)
    [(field, message)] = error.value.errors.items()
    assert message
    return field


def test_the_preferences_of_the_law_are_reasons_in_a_tie_and_none_for_an_offer_that_leads_alone_but_siblings() -> None:
    """F-36: section 22C(8)(a) to (d) and (9) of the Children Act 1989."""
    assert {one.code for one in RULES.usable({Situation.TIED})} >= LAW
    assert {one.code for one in RULES.usable({Situation.FOLLOWS})} & LAW == {"siblings_together"}
    cited = {one.code for one in RULES.reasons if "Children Act 1989" in one.hint}
    assert cited == LAW


@pytest.mark.parametrize("situation", list(Situation))
def test_every_situation_has_a_short_list_and_every_reason_a_place_in_it(situation: Situation) -> None:
    usable = RULES.usable({situation})
    assert 4 <= len(usable) <= 13
    for one in usable:
        assert RULES.judge(situation, one.code, "Forty letters are asked for, where the reason is another one").code
    assert len({one.label for one in RULES.reasons}) == len({one.code for one in RULES.reasons}) == len(RULES.reasons)
    assert set(SITUATION_WORDS) == set(Situation)


@pytest.mark.parametrize(
    ("situation", "code"),
    [
        (Situation.DEPARTS, "best_overall"),
        (Situation.TIED, "best_overall"),
        (Situation.FOLLOWS, "near_home"),
        (Situation.FOLLOWS, "first_withdrew"),
        (Situation.FOLLOWS, ""),
        (Situation.FOLLOWS, "the best"),
    ],
)
def test_a_reason_that_is_not_of_the_list_or_not_for_this_situation_is_refused_at_its_field(
    situation: Situation, code: str
) -> None:
    assert refused(situation, code) == "reason_code"


@pytest.mark.parametrize(
    "words",
    ["", "   \n ", "-- .. !!", "Best", "Best of all", "aaaaaaaaaaaaaaaaaaaaa", "good good good good good", "x" * 2001],
)
@pytest.mark.parametrize("situation", list(Situation))
def test_words_that_say_nothing_are_refused_whether_the_order_is_followed_or_not(
    situation: Situation, words: str
) -> None:
    assert refused(situation, ANY, words) == "reason"


def test_another_reason_needs_more_words_than_one_of_the_list() -> None:
    assert RULES.judge(Situation.FOLLOWS, ANY, WORDS).code == ANY
    assert refused(Situation.FOLLOWS, "other", WORDS) == "reason"


def candidate(rank: int | None, group: int | None) -> dict[str, Any]:
    return {"rank": rank, "tie_group": group, "eligible": rank is not None}


def test_the_head_alone_follows_a_tied_head_is_tied_and_everything_else_departs() -> None:
    alone, second = candidate(1, 1), candidate(2, 2)
    result = {"candidates": [alone, second, candidate(None, None)]}
    assert situation_of(alone, result) is Situation.FOLLOWS
    assert situation_of(second, result) is Situation.DEPARTS
    level = [candidate(1, 1), candidate(1, 1), candidate(3, 2), candidate(3, 2)]
    assert [situation_of(one, {"candidates": level}) for one in level] == [
        Situation.TIED,
        Situation.TIED,
        Situation.DEPARTS,
        Situation.DEPARTS,
    ]


def test_plans_are_level_with_the_first_where_they_place_as_many_and_score_within_the_band() -> None:
    def plan(name: str, children: tuple[int, ...], total: int) -> Any:
        option = Option(name, frozenset(children), total, 1, name, name, 9)
        return make_plan([option], (1, 2))

    first, near, far = plan("a", (1, 2), 800_000), plan("b", (1, 2), 795_000), plan("c", (1, 2), 794_999)
    fewer = plan("d", (1,), 1_600_000)
    assert level_with_first([first, near, far, fewer], 5_000) == (first, near)
    assert level_with_first([], 5_000) == ()


def test_choosing_a_plan_follows_takes_a_tied_one_or_departs_as_the_plans_stand() -> None:
    options = [
        Option("both", frozenset({1, 2}), 800_000, 1, "A", "A", 9),
        Option("first", frozenset({1}), 790_000, 1, "B", "B", 9),
        Option("second", frozenset({2}), 802_000, 1, "C", "C", 9),
    ]

    def situation(band: int, *offer_ids: str) -> Situation:
        found = all_plans(options, (1, 2), Siblings.PREFERRED)
        return Planning((1, 2), (), tuple(options), found, band).situation(offer_ids)

    assert situation(3_999, "both") is Situation.FOLLOWS
    assert situation(3_999, "first", "second") is Situation.DEPARTS
    assert situation(4_000, "both") is situation(4_000, "second", "first") is Situation.TIED
    assert situation(4_000, "first") is Situation.DEPARTS


def test_the_funnel_counts_each_gate_and_names_whom_the_smallest_changes_admit() -> None:
    found = funnel_of(
        [
            Fallen("Madeup Lodge", (Gate.AGE, Gate.DISTANCE)),
            Fallen("Oakmadeup House", (Gate.DISTANCE,)),
            Fallen("Testfield", (Gate.LOT, Gate.AGE)),
            Fallen("Sampleton", (Gate.SEX, Gate.NO_PLACE)),
        ]
    )
    assert found.nobody
    assert [(step.gate, step.failed, step.alone) for step in found.steps] == [
        (Gate.LOT, 1, 0),
        (Gate.AGE, 2, 0),
        (Gate.SEX, 1, 0),
        (Gate.NO_PLACE, 1, 0),
        (Gate.DISTANCE, 2, 1),
    ]
    assert [(one.gates, one.admits) for one in found.relaxations] == [
        ((Gate.DISTANCE,), ("Oakmadeup House",)),
        ((Gate.SEX, Gate.NO_PLACE), ("Sampleton",)),
    ]
    passed = funnel_of([Fallen("Madeup Lodge", ()), Fallen("Oakmadeup House", (Gate.DISTANCE,))])
    assert (passed.nobody, passed.relaxations) == (False, ())
    assert not funnel_of([]).nobody


def test_a_start_is_late_by_days_and_what_is_not_known_stays_unknown() -> None:
    needed = dt.date(2026, 12, 7)
    assert [days_late(needed + dt.timedelta(days=days), needed) for days in (-3, 0, 4)] == [0, 0, 4]
    assert days_late(None, needed) is None
    assert days_late(needed, None) is None
    assert [in_own_area("E09000008", "E09000008"), in_own_area("E09000006", "E09000008")] == [True, False]
    assert in_own_area(None, "E09000008") is None


@given(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 6))
def test_a_small_number_is_neither_shown_nor_worked_out_from_the_sum(counts: list[int], smallest: int) -> None:
    shown = shown_counts(counts, smallest)
    hidden = [count for count, said in zip(counts, shown, strict=True) if said is None]
    assert all(said in (None, count) for count, said in zip(counts, shown, strict=True))
    assert not any(said is not None and 0 < said < smallest for said in shown)
    assert (not hidden) == (not any(0 < count < smallest for count in counts))
    if hidden and any(said for said in shown):
        assert len(hidden) > 1
        assert sum(counts) - sum(said or 0 for said in shown) >= smallest
