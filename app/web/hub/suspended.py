"""Services that take no new placements, and how far boroughs are with making sure of the children there."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.identity.permissions import Permission
from app.placements.assurance import assurance_of
from app.web.access import permission
from app.web.acts import look
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.passport.suspended import suspended_services
from providers.services.queries import services_by_claim

COLUMNS = (
    Column("service", "Service"),
    Column("lot", "Lot"),
    Column("since", "Since"),
    Column("basis", "Why"),
    Column("assurance", "Children made sure of"),
    Column("act", "Reinstate", hidden_label=True),
)


@bp.get("/suspended")
@permission(Permission.MARKET_READ)
def suspended() -> ResponseReturnValue:
    """Every suspended enrolment, the latest first."""
    listing = Listing.read(request.args, COLUMNS, default="since", descending=True)
    with look() as view:
        rows, total = suspended_services(view.session, view.actor, limit=listing.limit, offset=listing.offset)
        return render_template(
            "hub/suspended.html",
            listing=listing.count(total),
            rows=rows,
            profiles=services_by_claim(view.session, [row.claim_id for row in rows]),
            assurance=assurance_of(view.session, view.actor, [row.urn for row in rows], view.now),
            may_read=view.actor.may(Permission.REGISTER_READ),
            may_decide=view.actor.may(Permission.APPLICATION_DECIDE),
        )
