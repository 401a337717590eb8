"""What each procurement mode allows (F-1, F-2, F-5, F-6), and on what basis an enrolment moves."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer

from providers.market.clocks import Clock, ModeRules, application_due
from providers.market.models import ApplicationRound, Lot, PurchasingSystem
from providers.market.rounds import taking
from providers.market.rules import ESTABLISHED_BY, FIXES_CONDITIONS, IN_ROUNDS, NOTICES_OF, fee_problems
from providers.market.status import NOTICE_WORDS, NoticeKind, ProcurementMode
from providers.passport.basis import BASIS_WORDS, Basis, bases_for
from providers.passport.status import EnrolmentStatus

M = ProcurementMode
ROOT = Path(__file__).resolve().parents[3]
CASES: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/cases/market/decision_clock.toml").read_text("utf-8"))[
    "cases"
]
PROCUREMENT = tomllib.loads((ROOT / "config/policies/procurement-2026-11.toml").read_text("utf-8"))
DAY = dt.date(2026, 11, 23)


def rules_of(mode: ProcurementMode) -> ModeRules:
    """The shipped rules of a mode."""
    said = PROCUREMENT["modes"][mode.value]
    return ModeRules(
        mode, said["application_days"], said["extended_days"], Clock(said["clock"]), 0, False, None, "made-up"
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_a_decision_is_due_when_the_law_or_the_target_says(case: dict[str, Any]) -> None:
    rules = rules_of(ProcurementMode(case["mode"]))
    assert application_due(rules, case["received"]) == case["due"]
    assert application_due(rules, case["received"], extended=True) == case["extended"]


def test_only_regulation_34_has_the_laws_clock() -> None:
    assert {mode for mode in M if rules_of(mode).clock is Clock.LAW} == {M.PCR34}


@pytest.mark.parametrize(
    ("mode", "membership", "award", "refused"),
    [
        (M.PCR34, None, None, set()),
        (M.PCR34, 1, None, {"membership_fee_pence"}),
        (M.PCR34, None, 1, {"award_fee_pence"}),
        (M.PCR34, 1, 1, {"membership_fee_pence", "award_fee_pence"}),
        (M.PCR_LIGHT_TOUCH, 50_00, 100_00, set()),
        (M.PA23_LIGHT_TOUCH, None, 100_00, set()),
        (M.PA23_LIGHT_TOUCH, 50_00, None, {"membership_fee_pence"}),
        (M.PA23_DYNAMIC_MARKET, None, 100_00, set()),
        (M.PA23_DYNAMIC_MARKET, 50_00, 100_00, {"membership_fee_pence"}),
        (M.PCR_LIGHT_TOUCH, 0, -5, {"membership_fee_pence", "award_fee_pence"}),
    ],
)
def test_a_fee_is_refused_under_regulation_34_and_under_the_act_unless_it_is_on_award(
    mode: ProcurementMode, membership: int | None, award: int | None, refused: set[str]
) -> None:
    """F-5."""
    assert set(fee_problems(mode, membership_fee_pence=membership, award_fee_pence=award)) == refused


def test_rounds_are_the_light_touch_modes_and_fixed_conditions_the_other_two() -> None:
    assert {M.PCR_LIGHT_TOUCH, M.PA23_LIGHT_TOUCH} == IN_ROUNDS
    assert {M.PCR34, M.PA23_DYNAMIC_MARKET} == FIXES_CONDITIONS


def test_nothing_in_a_system_or_a_lot_can_say_how_many_may_join() -> None:
    """F-1: the only numbers there are sums of money and the row's version, so there is none for a number of members."""
    models = (PurchasingSystem, Lot, ApplicationRound)
    numbers = {
        column.name for model in models for column in model.__table__.columns if isinstance(column.type, Integer)
    }
    assert numbers == {"membership_fee_pence", "award_fee_pence", "version"}


def test_a_dynamic_market_has_its_four_notices_and_the_2015_regulations_have_none_of_the_acts() -> None:
    """Facts 2.3 and 2.5."""
    assert {NoticeKind.UK13, NoticeKind.UK14, NoticeKind.UK15, NoticeKind.UK16} <= set(
        NOTICES_OF[M.PA23_DYNAMIC_MARKET]
    )
    for mode in (M.PCR34, M.PCR_LIGHT_TOUCH):
        assert not [kind for kind in NOTICES_OF[mode] if kind.value.startswith("uk")]
    assert set(NOTICE_WORDS) == set(NoticeKind)
    assert all(ESTABLISHED_BY[mode] in NOTICES_OF[mode] for mode in M)


def rounds(*spans: tuple[int, int]) -> list[ApplicationRound]:
    return [
        ApplicationRound(opens_on=DAY + dt.timedelta(days=opens), closes_on=DAY + dt.timedelta(days=closes))
        for opens, closes in spans
    ]


@pytest.mark.parametrize(
    ("spans", "is_open", "words"),
    [
        ((), True, "at any time"),
        (((-5, -1),), False, "No further round is announced"),
        (((-5, 0),), True, "closes on 23 November 2026"),
        (((0, 5), (30, 40)), True, "closes on 28 November 2026"),
        (((-9, -1), (1, 5), (30, 40)), False, "opens on 24 November 2026"),
    ],
)
def test_a_system_with_rounds_takes_applications_in_them_only(
    spans: tuple[tuple[int, int], ...], is_open: bool, words: str
) -> None:
    found = taking(rounds(*spans), DAY)
    assert found.is_open is is_open
    assert words in found.words


@given(st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 20)), max_size=5))
def test_a_day_is_open_if_and_only_if_there_is_no_round_or_one_holds_it(spans: list[tuple[int, int]]) -> None:
    made = rounds(*((opens, opens + length) for opens, length in spans))
    assert taking(made, DAY).is_open == (not spans or any(opens <= 0 <= opens + length for opens, length in spans))


def test_the_grounds_for_exclusion_are_those_of_the_systems_own_law() -> None:
    act = {Basis.MANDATORY_GROUND, Basis.DISCRETIONARY_GROUND, Basis.DEBARRED}
    for mode in M:
        for target in (EnrolmentStatus.SUSPENDED, EnrolmentStatus.REMOVED):
            found = set(bases_for(mode, target))
            of_the_act = mode in (M.PA23_LIGHT_TOUCH, M.PA23_DYNAMIC_MARKET)
            assert found & act == (act if of_the_act else set())
            assert (Basis.REGULATION_57 in found) is not of_the_act


def test_every_basis_has_its_words_and_a_move_that_it_serves() -> None:
    assert set(BASIS_WORDS) == set(Basis)
    served = {basis for mode in M for target in EnrolmentStatus for basis in bases_for(mode, target)}
    assert served == set(Basis)
