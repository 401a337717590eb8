"""Each table of a spend page as a CSV file."""

from __future__ import annotations

from flask import Response

from app.reporting import savings as saving_rules
from app.reporting.exports import Pounds, csv_of
from app.web.acts import Act
from app.web.spending.avoidance import UPLIFTS
from app.web.spending.decisions import decisions_file
from app.web.spending.report import Report
from app.web.spending.tables import COUNTED, MoneyTable, money_table, months_shown, overstays_of, savings_table


def file_of(view: Act, report: Report, table: str) -> Response:
    """One table of a report as a CSV file: `boroughs`, `lots`, `budgets`, `months`, `savings`, `placements`,
    `uplifts`, `unauthorised` or `decisions`. Another word is answered with the months.
    """
    writers = {
        "savings": _savings_file,
        "placements": _placements_file,
        "unauthorised": _unauthorised_file,
        "uplifts": _uplifts_file,
        "decisions": decisions_file,
    }
    if table in ("boroughs", "lots", "budgets") and (table != "boroughs" or report.every_borough):
        content = _money_file(money_table(report, table))
    elif table in writers:
        content = writers[table](view, report)
    else:
        table, content = "months", _months_file(view, report)
    name = f"homeward-{table}-{report.year.begins}-to-{report.upto.isoformat()}.csv"
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _money_file(table: MoneyTable) -> str:
    wide = len(table.section.columns)
    rows: list[list[str | Pounds]] = []
    for line in [*table.lines, table.whole]:
        money = line.money
        sums = (money.spent, money.unauthorised, money.this_year, money.later)
        rows.append([line.name, *(Pounds(pence) for pence in sums[: wide - 1])])
    headings = [column.label for column in table.section.columns]
    return csv_of([headings[0], *(f"{heading} (pounds)" for heading in headings[1:])], rows)


def _months_file(view: Act, report: Report) -> str:
    return csv_of(
        ["Month", "Spent (pounds)", "Of it unauthorised (pounds)", "Committed (pounds)"],
        [
            [f"{one.month:%Y-%m}", Pounds(one.spent), Pounds(one.unauthorised), Pounds(one.committed)]
            for one in months_shown(view, report)
        ],
    )


def _savings_file(_view: Act, report: Report) -> str:
    section, lines = savings_table(report)
    headings = [column.label for column in section.columns]
    return csv_of(
        [*headings[:2], *(f"{heading} (pounds)" for heading in headings[2:])],
        [
            [
                line.name,
                line.savings.placements,
                Pounds(line.savings.benchmark_pence),
                Pounds(line.savings.agreed_pence),
                Pounds(line.savings.saving),
                Pounds(line.savings.full_saving),
            ]
            for line in lines
        ],
    )


def _placements_file(view: Act, report: Report) -> str:
    rows = (
        saving_rules.counted_placements(
            view.session,
            scope=report.scope,
            year=report.year,
            today=report.today,
            method=report.method,
            order="reference",
            descending=False,
            limit=None,
        )
        if report.method
        else []
    )
    headings = [column.label + (" (pounds)" if column.numeric and column.name != "days" else "") for column in COUNTED]
    return csv_of(
        [*headings, "Where the benchmark is from"],
        [
            [
                row.reference,
                row.borough,
                row.lot,
                Pounds(row.benchmark_weekly_pence),
                Pounds(row.agreed_weekly_pence),
                row.days,
                Pounds(row.saving),
                Pounds(row.full_saving),
                row.benchmark_source,
            ]
            for row in rows
        ],
    )


def _uplifts_file(_view: Act, report: Report) -> str:
    """One line for each uplift, lot and borough."""
    return csv_of(
        [
            "Uplift",
            "Company",
            "Lot",
            "Borough",
            "From",
            "Asked for (hundredths of a per cent)",
            "Agreed (hundredths of a per cent)",
            *(
                column.label + ("" if column.name == "placements" else " (pounds)")
                for column in UPLIFTS
                if column.numeric
            ),
            "Also counted against benchmarks",
        ],
        [
            [
                part.reference,
                part.company,
                part.lot,
                report.names[part.organisation_id],
                part.from_day.isoformat(),
                part.requested_points,
                part.agreed_points,
                part.avoidance.placements,
                Pounds(part.avoidance.asked_pence),
                Pounds(part.avoidance.agreed_pence),
                Pounds(part.avoidance.avoided),
                Pounds(part.avoidance.full_avoided),
                part.avoidance.also_benchmarked,
            ]
            for part in report.uplift_parts
        ],
    )


def _unauthorised_file(view: Act, report: Report) -> str:
    return csv_of(
        ["Placement", "Borough", "Lot", "Last authorised day", "Days since", "Unauthorised (pounds)"],
        [
            [
                one.reference,
                report.names[one.organisation_id],
                report.names[one.lot_id],
                one.last_authorised.isoformat(),
                one.days,
                Pounds(one.pence),
            ]
            for one in overstays_of(view, report)
        ],
    )
