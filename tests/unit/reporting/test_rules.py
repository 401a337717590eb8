"""The pure rules of reporting: which days count, what a percentage must say, and cells that are no formulas."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.placements.costs import Line
from app.placements.status import PlacementStatus
from app.reporting.exports import Pounds, csv_of, safe_cell
from app.reporting.lines import Stay, Sums, counted, months_of
from app.reporting.savings import Percentage, avoidance, claim_end
from app.reporting.years import FinancialYear, month_after, year_of
from app.web.spending.findings import headline

WEB = Path(__file__).resolve().parents[3] / "app" / "web"
FIRST, LAST = dt.date(2026, 6, 1), dt.date(2026, 10, 18)


def test_statement_55_twenty_weeks_at_four_thousand_against_three_thousand_seven_hundred() -> None:
    assert avoidance(400_000, 370_000, FIRST, LAST) == 600_000


def test_a_saving_below_nothing_is_kept() -> None:
    assert avoidance(370_000, 400_000, FIRST, LAST) == -600_000


def test_statement_56_a_share_names_its_base_and_the_base_is_not_all_spend() -> None:
    avoided, base, all_spend = 19_900_000, 180_909_091, 1_180_000_000
    share = Percentage(avoided, base, "the £1,809,091 that those 7 placements would have cost at their benchmarks")
    assert share.words == "11.0% of the £1,809,091 that those 7 placements would have cost at their benchmarks"
    assert Percentage(avoided, all_spend, "all spend").tenths == 17
    assert round(avoided * 100 / 11) == base


@pytest.mark.parametrize(("part", "whole", "of"), [(1, 2, ""), (1, 2, "  "), (1, 0, "nothing"), (0, -5, "less")])
def test_a_percentage_without_a_denominator_cannot_be_made(part: int, whole: int, of: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        Percentage(part, whole, of)


def test_a_negative_share_says_so() -> None:
    assert Percentage(-1, 40, "the £40").words == "-2.5% of the £40"


def test_no_template_of_a_spend_page_writes_a_percentage_of_its_own() -> None:
    pages = [WEB / "templates/spend/report.html", WEB / "templates/hub/spend.html"]
    pages.append(WEB / "borough/templates/borough/spend.html")
    for page in pages:
        text = re.sub(r"\{%-?.*?-?%\}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "%" not in text, page.name
        assert not re.search(r"\|\s*percent\b", text), page.name


def test_a_claim_ends_after_its_days_or_with_the_placement() -> None:
    assert claim_end(dt.date(2025, 6, 1), dt.date(2026, 12, 31), 365) == dt.date(2026, 5, 31)
    assert claim_end(FIRST, LAST, 365) == LAST


@pytest.mark.parametrize(
    ("status", "started", "ended", "expected"),
    [
        (PlacementStatus.CANCELLED, None, None, None),
        (PlacementStatus.AWAITING_START, None, None, (FIRST, LAST, False, False, None)),
        (PlacementStatus.LIVE, dt.date(2026, 6, 5), None, (dt.date(2026, 6, 5), LAST, True, True, None)),
        (PlacementStatus.ENDED, FIRST, dt.date(2026, 7, 1), (FIRST, dt.date(2026, 6, 30), True, False, None)),
        (PlacementStatus.ENDED, FIRST, dt.date(2026, 10, 19), (FIRST, LAST, True, False, None)),
        (PlacementStatus.ENDED, FIRST, dt.date(2026, 10, 21), (FIRST, LAST, True, False, dt.date(2026, 10, 20))),
        (PlacementStatus.ENDED, FIRST, FIRST, None),
    ],
)
def test_which_days_of_a_line_count(
    status: PlacementStatus, started: dt.date | None, ended: dt.date | None, expected: tuple[object, ...] | None
) -> None:
    line = counted(Line("", 70_000, FIRST, LAST), Stay(status, FIRST, started, ended), last_authorised=LAST)
    found = line and (line.first_day, line.last_day, line.started, line.goes_on, line.left_on)
    assert found == expected


def test_only_the_last_lines_of_a_placement_go_on() -> None:
    stay = Stay(PlacementStatus.LIVE, FIRST, FIRST, None)
    line = counted(Line("", 70_000, FIRST, dt.date(2026, 7, 31)), stay, last_authorised=LAST)
    assert line is not None
    assert not line.goes_on


def test_days_after_the_last_authorised_one_are_unauthorised() -> None:
    stay = Stay(PlacementStatus.ENDED, FIRST, FIRST, dt.date(2026, 11, 3))
    line = counted(Line("", 70_000, FIRST, LAST), stay, last_authorised=LAST)
    assert line is not None
    months = months_of(line)
    assert months[dt.date(2026, 10, 1)] == Sums(started=180_000, unauthorised=130_000)
    assert months[dt.date(2026, 11, 1)] == Sums(unauthorised=20_000)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(-40, 40))
def test_years_and_months_hold_their_days(day: dt.date, number: int) -> None:
    year = year_of(day)
    assert year.first_day <= day <= year.last_day
    assert len(set(year.months)) == 12
    assert year.months[0] == year.first_day
    month = month_after(day.replace(day=1), number)
    assert month_after(month, -number) == day.replace(day=1)
    assert FinancialYear(2026).words == "2026 to 2027"


@given(st.text(max_size=30))
def test_no_text_of_a_file_begins_a_formula(text: str) -> None:
    assert not safe_cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_amounts_stay_numbers() -> None:
    assert csv_of(["Name", "Pounds"], [["=1+1", Pounds(-123_405)], ["Plain", Pounds(7)]]) == (
        "\ufeffName,Pounds\r\n'=1+1,-1234.05\r\nPlain,0.07\r\n"
    )


@pytest.mark.parametrize(
    ("pence", "words"),
    [
        (0, "£0"),
        (-5_167_322, "\N{MINUS SIGN}£51,673"),
        (9_994_999, "£99,950"),
        (27_446_748, "£274k"),
        (99_500_000, "£1.00m"),
        (1_317_247_000, "£13.17m"),
        (-112_345_600, "\N{MINUS SIGN}£1.12m"),
    ],
)
def test_figures_on_top_are_short_and_never_round_to_a_wrong_size(pence: int, words: str) -> None:
    assert headline(pence) == words
