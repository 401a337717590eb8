"""When evidence holds, has lapsed and bars, when a company is reminded, and which questions ask anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.market.status import ServiceType
from providers.passport.dossier import asks_the_same
from providers.passport.expiry import Currency, Standing, Watched, currency_of
from providers.passport.known import legal_form_of
from providers.passport.questions import AnswerKind, Marking, Question
from providers.passport.reminding import LAPSED, step_of

LAST = dt.date(2026, 5, 31)
DAY = dt.timedelta(days=1)
STEPS = (60, 30, 7)

# Fourteen days of grace after 31 May are 1 to 14 June; on 15 June new offers are barred.
ON_THE_DAY = [
    (dt.date(2026, 4, 1), Currency.ENDING),
    (dt.date(2026, 3, 31), Currency.IN_DATE),
    (dt.date(2026, 5, 31), Currency.ENDING),
    (dt.date(2026, 6, 1), Currency.LAPSED),
    (dt.date(2026, 6, 14), Currency.LAPSED),
    (dt.date(2026, 6, 15), Currency.BARRING),
    (dt.date(2027, 6, 15), Currency.BARRING),
]


@pytest.mark.parametrize(("on", "currency"), ON_THE_DAY)
def test_evidence_holds_on_its_last_day_lapses_after_it_and_bars_after_the_grace(
    on: dt.date, currency: Currency
) -> None:
    assert currency_of(LAST, on, grace_days=14, remind_days=STEPS) == (currency, dt.date(2026, 6, 15))


def test_without_grace_evidence_bars_from_the_day_after_its_last() -> None:
    assert currency_of(LAST, LAST, grace_days=0, remind_days=()) == (Currency.ENDING, LAST + DAY)
    assert currency_of(LAST, LAST + DAY, grace_days=0, remind_days=())[0] is Currency.BARRING


def test_what_does_not_expire_never_bars() -> None:
    assert currency_of(None, dt.date(2100, 1, 1), grace_days=14, remind_days=STEPS) == (Currency.IN_DATE, None)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.integers(0, 400), st.integers(0, 60))
def test_a_later_last_day_is_never_worse(on: dt.date, later: int, grace: int) -> None:
    worse_to_better = [Currency.BARRING, Currency.LAPSED, Currency.ENDING, Currency.IN_DATE]
    for last in (on - 30 * DAY, on - DAY, on, on + 90 * DAY):
        before = currency_of(last, on, grace_days=grace, remind_days=STEPS)[0]
        after = currency_of(last + later * DAY, on, grace_days=grace, remind_days=STEPS)[0]
        assert worse_to_better.index(after) >= worse_to_better.index(before)


@pytest.mark.parametrize(
    ("left", "step"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, LAPSED), (-90, LAPSED)],
)
def test_the_reminder_that_is_due_is_the_closest_one_that_was_reached(left: int, step: int | None) -> None:
    assert step_of(LAST, LAST - left * DAY, STEPS) == step


@given(st.lists(st.booleans(), min_size=130, max_size=130), st.integers(1, 100))
def test_however_many_days_are_missed_each_reminder_is_sent_once_and_in_order(runs: list[bool], shown: int) -> None:
    """A day's work looks back at nothing but what was told: days on which nothing ran lose no reminder but those that a
    closer one has overtaken.
    """
    told: list[int] = []
    for number, ran in enumerate(runs):
        on = LAST - shown * DAY + number * DAY
        step = step_of(LAST, on, STEPS) if ran else None
        if step is not None and step not in told:
            told.append(step)
    assert told == sorted(set(told), reverse=True)


@pytest.mark.parametrize(
    ("shown", "told"),
    [(100, [60, 30, 7, LAPSED]), (45, [60, 30, 7, LAPSED]), (20, [30, 7, LAPSED]), (5, [7, LAPSED])],
)
def test_run_every_day_each_reminder_comes_on_its_day(shown: int, told: list[int]) -> None:
    days: dict[int, int] = {}
    for left in range(shown, -40, -1):
        step = step_of(LAST, LAST - left * DAY, STEPS)
        if step is not None:
            days.setdefault(step, left)
    assert list(days) == told
    assert days[LAPSED] == -1
    assert all(days[step] == min(step, shown) for step in told if step != LAPSED)


QUESTION = Question(
    key="public_liability",
    section="insurance",
    kind=AnswerKind.YES_NO,
    label="Are you insured?",
    hint="",
    good="Yes",
    marking=Marking.PASS_FAIL,
    weight=0,
    required=True,
    expires=False,
    evidence=None,
    right="yes",
    choices=(),
    service_types=frozenset(),
)


@pytest.mark.parametrize(
    ("then", "same"),
    [
        (QUESTION, True),
        (replace(QUESTION, hint="Say since when", good="Yes, since a date", weight=3, section="policies"), True),
        (replace(QUESTION, required=False, service_types=frozenset({ServiceType.RESIDENTIAL})), True),
        (replace(QUESTION, label="Are you insured for £5 million?"), False),
        (replace(QUESTION, kind=AnswerKind.TEXT), False),
        (replace(QUESTION, right="no"), False),
        (None, False),
    ],
)
def test_a_question_asks_anew_where_its_label_kind_or_right_answer_changed(then: Question | None, same: bool) -> None:
    assert asks_the_same(QUESTION, then) is same


@pytest.mark.parametrize(
    ("number", "form"),
    [
        ("01234567", "company"),
        ("SC123456", "company"),
        ("NI123456", "company"),
        ("OC301234", "partnership"),
        ("LP001234", "partnership"),
        ("CE012345", "charity"),
        ("IP12345R", None),
    ],
)
def test_the_letters_of_a_company_number_say_what_it_is(number: str, form: str | None) -> None:
    assert legal_form_of(number) == form


def watched(
    currency: Currency, ends_on: dt.date | None, bars_from: dt.date | None, label: str = "Insurance"
) -> Watched:
    return Watched(replace(QUESTION, label=label), None, "e1", ends_on, bars_from, currency)


def test_a_standing_names_what_bars_and_from_when() -> None:
    lapsed = watched(Currency.LAPSED, LAST, LAST + 15 * DAY)
    barring = watched(Currency.BARRING, LAST - 20 * DAY, LAST - 5 * DAY, "Accounts")
    standing = Standing(LAST + DAY, (lapsed, watched(Currency.ENDING, LAST + 9 * DAY, LAST + 24 * DAY), barring))
    assert standing.lapsed == (barring, lapsed)
    assert standing.barring == (barring,)
    assert standing.bar_from == dt.date(2026, 5, 26)
    assert standing.refusal is not None
    assert "“Accounts” ended on 11 May 2026" in standing.refusal
    assert "Insurance" not in standing.refusal
    assert "passport" in standing.refusal
    assert Standing(LAST, (lapsed,)).refusal is None
    assert Standing(LAST, ()).bar_from is None
