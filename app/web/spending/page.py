"""All that the template of a spend page shows."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from marshmallow import Schema

from app.web.access import may
from app.web.acts import Act
from app.web.spending.avoidance import UPLIFTS, uplift_lines, uplift_share
from app.web.spending.decisions import COUNTED, REASONS, count_shown, decisions_of
from app.web.spending.findings import (
    committed_chart,
    full_year_share,
    headline,
    in_year_share,
    shares_chart,
    spent_chart,
)
from app.web.spending.report import read_filters, report_on
from app.web.spending.tables import (
    MOST_OVERSTAYS,
    OVERSTAYS,
    counted_table,
    money_table,
    months_shown,
    overstays_of,
    savings_table,
    shown_of,
)
from app.web.tables import Listing


def page_of(view: Act, *, endpoint: str, schema: type[Schema]) -> dict[str, Any]:
    """What the template of a spend page is given."""
    form, scope, year = read_filters(view, schema)
    report = report_on(view, scope, year, endpoint=endpoint)
    months = months_shown(view, report)
    lots = money_table(report, "lots")
    boroughs = money_table(report, "boroughs") if report.every_borough else None
    saving_section, saving_lines = savings_table(report)
    asked = request.args.get("view", "")
    showing = asked if asked in ("savings", "decisions") else "spend"
    counted_section, counted = counted_table(view, report) if showing == "savings" else (None, [])
    chosen = report.names.get(scope.organisation_id or "", "")
    return {
        "filter_form": form,
        "report": report,
        "chosen_borough": chosen,
        "spent_chart": spent_chart(report, months),
        "committed_chart": committed_chart(report, months),
        "borough_chart": shares_chart(report, boroughs, "spends most") if boroughs else None,
        "lot_chart": shares_chart(report, lots, "costs most"),
        "tables": [table for table in (boroughs, lots, money_table(report, "budgets")) if table],
        "months": months,
        "saving_section": saving_section,
        "saving_lines": saving_lines,
        "counted_section": counted_section,
        "counted": counted,
        "in_year_share": in_year_share(report),
        "full_year_share": full_year_share(report),
        "uplift_listing": Listing.fixed(UPLIFTS),
        "uplift_lines": uplift_lines(report),
        "uplift_share": uplift_share(report),
        "uplift_page": next((name for name in ("hub.uplift", "borough.uplift") if may(name, view.actor)), None),
        "overstays": overstays_of(view, report),
        "overstay_listing": Listing.fixed(OVERSTAYS),
        "most_overstays": MOST_OVERSTAYS,
        "placement_pages": endpoint.startswith("borough.") and may("borough.placement", view.actor),
        "shown_of": shown_of,
        "decided": decisions_of(view, report) if showing == "decisions" else None,
        "decided_listing": Listing.fixed(COUNTED),
        "reason_listing": Listing.fixed(REASONS),
        "count_shown": count_shown,
        "headline": headline,
        "showing": showing,
        "addresses": {
            "spend": url_for(endpoint, **report.arguments),
            "savings": url_for(endpoint, **{"view": "savings", **report.arguments}),
            "decisions": url_for(endpoint, **{"view": "decisions", **report.arguments}),
        },
        "clear": url_for(endpoint, view=None if showing == "spend" else showing),
    }
