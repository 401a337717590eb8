"""How far long work is: a page that any part of the product may send people to while it goes on behind it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.core.batches import batch_for
from app.core.status import BATCH, BatchStatus
from app.web.access import signed_in
from app.web.acts import look

blueprint = bp = Blueprint("progress", __name__, url_prefix="/progress", template_folder="templates")


@bp.get("/<batch_id>")
@signed_in
def show(batch_id: str) -> ResponseReturnValue:
    """Far from the end: how far. Done: on to the page that shows what came of it. Stopped: why."""
    with look() as view:
        batch = batch_for(view.session, organisation_id=view.actor.organisation_id, batch_id=batch_id)
        if batch.status is BatchStatus.DONE and batch.leads_to:
            return redirect(batch.leads_to, 303)
        per_cent = 100 * batch.done // batch.total if batch.total else None
        return render_template("progress/show.html", batch=batch, words=BATCH.words, per_cent=per_cent)
