"""What the figures say: charts whose titles are findings, and shares that name what they are a share of (F-56)."""

from __future__ import annotations

import datetime as dt

from app.reporting.savings import Percentage
from app.reporting.spend import MonthMoney
from app.reporting.years import month_after, month_of
from app.web.charts import BarChart, SeriesChart, bar_chart, column_chart
from app.web.rendering import pounds_short, pounds_whole, short_date
from app.web.spending.report import Report
from app.web.spending.tables import MoneyTable


def month_words(month: dt.date) -> str:
    """Nov 26, short enough for twelve of them on a phone."""
    return f"{month:%b %y}"


def headline(pence: int) -> str:
    """£13.17m, £274k, £51,673: for the figures on top, which stand on a phone and whose tables have every penny."""
    sign, size = "\N{MINUS SIGN}" if pence < 0 else "", abs(pence)
    hundredths, thousands = (size + 500_000) // 1_000_000, (size + 50_000) // 100_000
    if hundredths >= 100:
        return f"{sign}£{hundredths // 100}.{hundredths % 100:02}m"
    return f"{sign}£{thousands}k" if size >= 10_000_000 else f"{sign}{pounds_whole(size)}"


def spent_chart(report: Report, months: list[MonthMoney]) -> SeriesChart:
    """What each month came to; the title compares the last whole month with the one before."""
    past = [month for month in months if month.month <= report.today]
    whole = [month for month in past if month_after(month.month) <= report.today]
    title = "Nothing was spent in these months"
    if len(whole) > 1 and whole[-1].spent:
        last, before = whole[-1], whole[-2]
        change = last.spent - before.spent
        words = f"{pounds_whole(abs(change))} {'more' if change > 0 else 'less'} than the month before"
        title = f"{last.month:%B %Y} came to {pounds_whole(last.spent)}, {words if change else 'as the month before'}"
    elif any(month.spent for month in past):
        title = f"{pounds_whole(sum(month.spent for month in past))} was spent in these months"
    return column_chart(
        title,
        [(month_words(month.month), month.spent) for month in past],
        show=pounds_whole,
        show_grid=pounds_short,
        unit="Pounds spent each month",
        label_heading="Month",
        download=report.download("months"),
    )


def committed_chart(report: Report, months: list[MonthMoney]) -> SeriesChart | None:
    """What is still to come each month; the title sets the year ahead beside what falls due after it."""
    if not report.running:
        return None
    coming = [month for month in months if month.month >= month_of(report.today)]
    ahead = sum(month.committed for month in coming)
    after = report.money.committed - ahead
    title = "Nothing is committed"
    if ahead or after:
        rest = f"{pounds_whole(after)} after it" if after else "nothing after it"
        title = f"{pounds_whole(ahead)} falls due by the end of {coming[-1].month:%B %Y}, {rest}"
    return column_chart(
        title,
        [(month_words(month.month), month.committed) for month in coming],
        show=pounds_whole,
        show_grid=pounds_short,
        unit="Pounds committed each month",
        label_heading="Month",
        download=report.download("months"),
    )


def shares_chart(report: Report, table: MoneyTable, verb: str) -> BarChart:
    """Who or what spends most; the title says which and of how much."""
    by_size = sorted(
        (line for line in table.lines if line.money.spent), key=lambda line: (-line.money.spent, line.name)
    )
    whole = pounds_whole(report.money.spent)
    title = f"Nothing was spent in {report.year.words}"
    if by_size:
        title = f"{by_size[0].name} {verb}: {pounds_whole(by_size[0].money.spent)} of the {whole} spent"
    return bar_chart(
        title,
        [(line.name, line.money.spent) for line in by_size],
        show=pounds_whole,
        unit=f"Pounds spent, {short_date(report.year.first_day)} to {short_date(report.upto)}",
        label_heading=table.section.columns[0].label,
        download=table.download,
    )


def in_year_share(report: Report) -> Percentage | None:
    """The in-year saving as a share of what it is a share of (F-56)."""
    saved = report.savings
    if not saved.benchmark_pence:
        return None
    return Percentage(saved.saving, saved.benchmark_pence, _base(saved.benchmark_pence, saved.placements, ""))


def full_year_share(report: Report) -> Percentage | None:
    """The same for the whole claims of the same placements."""
    saved = report.savings
    if not saved.full_benchmark_pence:
        return None
    over = " over their whole claims"
    return Percentage(
        saved.full_saving, saved.full_benchmark_pence, _base(saved.full_benchmark_pence, saved.placements, over)
    )


def _base(pence: int, placements: int, over: str) -> str:
    those = "that 1 placement would have cost at its benchmark"
    if placements != 1:
        those = f"those {placements:,} placements would have cost at their benchmarks"
    return f"the {pounds_whole(pence)} that {those.removeprefix('that ')}{over}"
