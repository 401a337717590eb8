"""How decisions on shortlists stand to their order, beside what placements cost: the same filters, the same years."""

from __future__ import annotations

from app.offers.reasons import rules_if_any
from app.reporting.decisions import Counted, Decisions, decisions
from app.reporting.exports import Cell, csv_of
from app.web.acts import Act
from app.web.spending.report import Report
from app.web.tables import Column

COUNTED = (Column("what", "Decisions that"), Column("count", "Decisions", numeric=True))
REASONS = (Column("what", "Reason"), Column("count", "Decisions", numeric=True))


def decisions_of(view: Act, report: Report) -> Decisions | None:
    """The decisions of the report's scope and year; None while no list of reasons is in force."""
    rules = rules_if_any(view.session, report.today)
    if rules is None:
        return None
    return decisions(view.session, scope=report.scope, year=report.year, rules=rules)


def count_shown(one: Counted | int | None) -> str:
    """A count, or that it is small."""
    count = one.count if isinstance(one, Counted) else one
    return "Not shown" if count is None else f"{count:,}"


def decisions_file(view: Act, report: Report) -> str:
    """Both tables as one CSV file; what is not shown is `c`, as in the national statistics."""
    found = decisions_of(view, report)
    rows: list[list[Cell]] = []
    if found is not None:
        rows += [["How it stands to the order", one.code, one.words, _cell(one)] for one in found.orders]
        rows += [["Reason", one.code, one.words, _cell(one)] for one in found.reasons]
    return csv_of(("Table", "Code", "Words", "Decisions"), rows)


def _cell(one: Counted) -> Cell:
    return "c" if one.count is None else one.count
