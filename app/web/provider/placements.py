"""The company's placements, and for each the child's file: who the child is, the whole request, and the terms."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.identity.permissions import Permission
from app.panels.funding import ELEMENT_WORDS
from app.placements.outcomes import how_it_goes
from app.placements.queries import child_file, children_in_file, list_placements, placement_for
from app.placements.status import PLACEMENT
from app.web.access import permission
from app.web.acts import look
from app.web.outcome_words import OUTCOME_WORDS
from app.web.provider import bp
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("service", "Service", sort=True),
    Column("borough", "Borough", sort=True),
    Column("status", "Status", sort=True),
    Column("start", "Start", sort=True),
    Column("end", "Agreed until", sort=True),
    Column("price", "Price a week", numeric=True, sort=True),
)
PRICES = (Column("element", "Part"), Column("weekly", "A week", numeric=True))


@bp.get("/placements")
@permission(Permission.PROVIDER_PLACEMENT_READ)
def placements() -> ResponseReturnValue:
    """The placements that the company has won."""
    listing = Listing.read(request.args, COLUMNS, default="start", descending=True)
    with look() as view:
        rows, total = list_placements(
            view.session,
            actor=view.actor,
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        listing.count(total)
        return render_template("provider/placements.html", listing=listing, rows=rows, words=PLACEMENT.words)


@bp.get("/placements/<placement_id>")
@permission(Permission.PROVIDER_PLACEMENT_READ)
def placement(placement_id: str) -> ResponseReturnValue:
    """The child's file. That it is shown is written down first; if it cannot be, it is not shown."""
    with look() as view:
        row = placement_for(view.session, actor=view.actor, placement_id=placement_id)
        for child_id in children_in_file(view.session, row):
            shown(view.wiring, view.actor, child_id, f"{row.reference}: the child's file")
        page = {
            "file": child_file(view.session, actor=view.actor, vault=view.wiring.vault, placement_id=placement_id),
            "listing": Listing.fixed(PRICES),
            "elements": ELEMENT_WORDS,
            "words": PLACEMENT.words,
            "outcomes": how_it_goes(view.session, row),
            "outcome_words": OUTCOME_WORDS,
            "may_reply": view.actor.may(Permission.CHALLENGE_MAKE),
        }
        return render_template("provider/placement.html", row=row, **page)
