"""The coming meetings of the panels on which one sits, with what is due when (F-48)."""

from __future__ import annotations

import datetime as dt

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.panels.queries import meetings_for, sits_on
from app.web.access import permission
from app.web.acts import look
from app.web.panel import bp
from app.web.tables import Column, Listing

COLUMNS = (
    Column("held", "Meeting"),
    Column("panel", "Panel"),
    Column("closes", "Agenda closes"),
    Column("agenda", "Agenda sent by"),
    Column("minutes", "Minutes sent by"),
    Column("cases", "Cases", numeric=True),
)
MINUTES_STILL_DUE = dt.timedelta(days=7)


@bp.get("/meetings")
@permission(Permission.PANEL_READ)
def meetings() -> ResponseReturnValue:
    """Meetings that are to come, and those whose minutes may still be due."""
    with look() as view:
        panels = sits_on(view.session, actor=view.actor, now=view.now)
        today = local_date(view.now)
        rows = meetings_for(view.session, panels=panels, since=today - MINUTES_STILL_DUE)
        page = {"panels": panels, "rows": rows, "today": today}
        return render_template("panel/meetings.html", listing=Listing.fixed(COLUMNS), **page)
