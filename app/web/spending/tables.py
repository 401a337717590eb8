"""The tables of a spend page: money by borough, lot, budget and month, savings, and the placements that they count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from typing_extensions import override
from werkzeug.datastructures import MultiDict

from app.core.money import pounds
from app.panels.status import PayerKind
from app.reporting import savings as saving_rules
from app.reporting import spend as spend_rules
from app.reporting.savings import CountedPlacement, Savings
from app.reporting.spend import Money, MonthMoney, Overstay
from app.reporting.years import month_after, month_of
from app.web.acts import Act
from app.web.rendering import short_date
from app.web.spending.report import Report
from app.web.tables import Column, Listing

BUDGET_WORDS = {
    PayerKind.SOCIAL_CARE: "Social care",
    PayerKind.EDUCATION: "Education",
    PayerKind.HEALTH: "Health",
}


PER_PAGE = 10


MONTHS_SHOWN = 12


@dataclass
class Section(Listing):
    """One table of several on a page: sorting it leads back to it and leaves the others in their order."""

    anchor: str = ""

    @classmethod
    def of(
        cls, anchor: str, columns: tuple[Column, ...], *, default: str, descending: bool, per_page: int = 0
    ) -> Section:
        args = MultiDict(request.args)
        if args.get("sort") not in {column.name for column in columns if column.sort}:
            args.poplist("sort")
            args.poplist("direction")
        section = cls.read(args, columns, default=default, descending=descending, per_page=per_page)
        assert isinstance(section, Section)
        section.anchor = anchor
        return section

    @override
    def _href(self, changes: Any) -> str:
        return f"{super()._href(changes)}#{self.anchor}"

    def arrange(self, rows: list[Any], values: dict[str, Callable[[Any], Any]]) -> list[Any]:
        """A short table that is whole, in the order asked for; equals stay in the order of their first column."""
        first = self.columns[0].name
        rows = sorted(rows, key=values[first])
        return (
            rows
            if self.order == first and not self.descending
            else sorted(rows, key=values[self.order], reverse=self.descending)
        )


@dataclass(frozen=True)
class Line:
    """A row of a table of money: a borough, a lot or a budget, or the total of them."""

    name: str
    money: Money
    is_total: bool = False


@dataclass(frozen=True)
class SavingLine:
    """A row of the table of savings."""

    name: str
    savings: Savings
    is_total: bool = False


@dataclass(frozen=True)
class MoneyTable:
    """A table of money with its total, and where its file is."""

    caption: str
    noun: tuple[str, str]
    section: Section
    lines: list[Line]
    whole: Line
    download: str


def money_table(report: Report, name: str, *, sort: bool = True) -> MoneyTable:
    """The table of `boroughs`, `lots` or `budgets`. Its last line is the total, whatever the order."""
    heading, noun, key = {
        "boroughs": ("Borough", ("borough", "boroughs"), lambda part: report.names[part.organisation_id]),
        "lots": ("Lot", ("lot", "lots"), lambda part: report.names[part.lot_id]),
        "budgets": ("Budget", ("budget", "budgets"), lambda part: BUDGET_WORDS[part.payer_kind]),
    }[name]
    columns: tuple[Column, ...] = (
        Column(f"{name}-name", heading, sort=sort),
        Column(f"{name}-spent", "Spent so far" if report.running else "Spent", numeric=True, sort=sort),
        Column(f"{name}-unauthorised", "Of it unauthorised", numeric=True, sort=sort),
    )
    if report.running:
        ends = short_date(report.year.last_day)
        columns += (
            Column(f"{name}-this_year", f"Committed to {ends}", numeric=True, sort=sort),
            Column(f"{name}-later", "Committed later", numeric=True, sort=sort),
        )
    section = Section.of(f"{name}", columns, default=f"{name}-spent", descending=True)
    lines = section.arrange(
        [Line(label, money) for label, money in spend_rules.by(report.parts, key).items()],
        {
            f"{name}-name": lambda line: line.name,
            f"{name}-spent": lambda line: line.money.spent,
            f"{name}-unauthorised": lambda line: line.money.unauthorised,
            f"{name}-this_year": lambda line: line.money.this_year,
            f"{name}-later": lambda line: line.money.later,
        },
    )
    section.count(len(lines))
    whole = Line("Total", report.money, is_total=True)
    return MoneyTable(f"Spend by {heading.lower()}", noun, section, lines, whole, report.download(name))


def months_shown(view: Act, report: Report) -> list[MonthMoney]:
    """The last 12 months and the next 12, or the 12 of a year that is over."""
    current = month_of(report.today)
    first, last = month_after(current, 1 - MONTHS_SHOWN), month_after(current, MONTHS_SHOWN)
    if not report.running:
        first, last = report.year.months[0], report.year.months[-1]
    return spend_rules.months(view.session, scope=report.scope, first=first, last=last, running=report.now_running)


def savings_table(report: Report) -> tuple[Section, list[SavingLine]]:
    """Savings by borough, or by lot for one borough, with the total last."""
    heading, key = ("Borough", "organisation_id") if report.every_borough else ("Lot", "lot_id")
    found: dict[str, Savings] = {}
    for part in report.saving_parts:
        name = report.names[getattr(part, key)]
        found[name] = found.get(name, Savings()) + part.savings
    columns = (
        Column("saving-name", heading, sort=True),
        Column("saving-placements", "Placements counted", numeric=True, sort=True),
        Column("saving-benchmark", "At their benchmarks", numeric=True, sort=True),
        Column("saving-agreed", "As agreed", numeric=True, sort=True),
        Column("saving-saved", "In-year effect", numeric=True, sort=True),
        Column("saving-full", "Full-year effect", numeric=True, sort=True),
    )
    section = Section.of("savings", columns, default="saving-saved", descending=True)
    lines = section.arrange(
        [SavingLine(name, savings) for name, savings in found.items()],
        {
            "saving-name": lambda line: line.name,
            "saving-placements": lambda line: line.savings.placements,
            "saving-benchmark": lambda line: line.savings.benchmark_pence,
            "saving-agreed": lambda line: line.savings.agreed_pence,
            "saving-saved": lambda line: line.savings.saving,
            "saving-full": lambda line: line.savings.full_saving,
        },
    )
    section.count(len(lines))
    return section, [*lines, SavingLine("Total", report.savings, is_total=True)] if lines else []


COUNTED = (
    Column("reference", "Placement", sort=True),
    Column("borough", "Borough", sort=True),
    Column("lot", "Lot", sort=True),
    Column("benchmark", "Benchmark a week", numeric=True, sort=True),
    Column("agreed", "Agreed a week", numeric=True, sort=True),
    Column("days", "Days so far", numeric=True, sort=True),
    Column("saving", "In-year effect", numeric=True, sort=True),
    Column("full", "Full-year effect", numeric=True, sort=True),
)


def counted_table(view: Act, report: Report) -> tuple[Section, list[CountedPlacement]]:
    """A page of the placements that the saving counts."""
    columns = tuple(column for column in COUNTED if report.every_borough or column.name != "borough")
    section = Section.of("counted", columns, default="saving", descending=True, per_page=PER_PAGE)
    section.count(report.savings.placements)
    if report.method is None:
        return section, []
    rows = saving_rules.counted_placements(
        view.session,
        scope=report.scope,
        year=report.year,
        today=report.today,
        method=report.method,
        order=section.order,
        descending=section.descending,
        limit=section.limit,
        offset=section.offset,
    )
    return section, rows


def overstays_of(view: Act, report: Report) -> list[Overstay]:
    """Live placements past their last authorised day, in the report's scope."""
    return spend_rules.overstays(view.session, running=report.now_running)


OVERSTAYS = (
    Column("reference", "Placement"),
    Column("borough", "Borough"),
    Column("lot", "Lot"),
    Column("last", "Last authorised day"),
    Column("days", "Days since", numeric=True),
    Column("pence", "Owed", numeric=True),
)
MOST_OVERSTAYS = 20


def shown_of(row: CountedPlacement, column: str) -> str:
    """A cell of the table of counted placements."""
    money = {
        "benchmark": row.benchmark_weekly_pence,
        "agreed": row.agreed_weekly_pence,
        "saving": row.saving,
        "full": row.full_saving,
    }
    return pounds(money[column]) if column in money else str(getattr(row, column))
