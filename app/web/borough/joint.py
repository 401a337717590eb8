"""The joint proposal as one borough sees it: its own requests in full, the others as counts, and acting on its own."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.offers.joint.queries import Way, changed_since, newest_plan, others_in, own_lines, step_for
from app.offers.joint.rules import joint_rules
from app.requests.status import URGENCY_WORDS
from app.web.access import permission
from app.web.acts import look
from app.web.borough import bp
from app.web.borough.beforehand import BETWEEN, NAME
from app.web.points import points
from app.web.rendering import join_words
from app.web.tables import Column, Listing

COLUMNS = (
    Column("request", "Request"),
    Column("urgency", "Urgency"),
    Column("alone", "Best alone"),
    Column("joint", "In the proposal"),
    Column("means", "What it means"),
    Column("act", "What to do", hidden_label=True),
)


@bp.get("/requests/joint")
@permission(Permission.BOROUGH_JOINT_PLAN_READ)
def joint() -> ResponseReturnValue:
    """The newest proposal for the borough's own requests."""
    with look() as view:
        rules = joint_rules(view.session, local_date(view.now))
        on = rules is not None and rules.on
        plan = newest_plan(view.session, actor=view.actor) if on else None
        return render_template(
            "borough/joint.html",
            on=on,
            plan=plan,
            hours=join_words(f"{hour:02d}:00" for hour in rules.hours) if rules else "",
            listing=Listing.fixed(COLUMNS),
            lines=own_lines(view.session, actor=view.actor, plan_id=plan.id) if plan else [],
            others=others_in(view.session, actor=view.actor, plan_id=plan.id) if plan else None,
            stale=bool(changed_since(view.session, plan, view.now)) if plan else False,
            may_decide=view.actor.may(Permission.SHORTLIST_DECIDE),
            urgency_words=URGENCY_WORDS,
            points=points,
        )


@bp.get("/requests/joint/<row_id>")
@permission(Permission.BOROUGH_JOINT_PLAN_READ)
def joint_act(row_id: str) -> ResponseReturnValue:
    """From a row of one's own to the page on which it can be acted upon now."""
    with look() as view:
        step = step_for(view.session, actor=view.actor, row_id=row_id)
    if step.way is Way.CHOOSE:
        chosen: dict[str, Any] = {NAME: BETWEEN.join(step.offer_ids)} if step.offer_ids else {}
        return redirect(url_for("borough.shortlist", request_id=step.request_id, _anchor="choose", **chosen), 303)
    to = "borough.invitations_of_request" if step.way is Way.ASKED else "borough.request"
    return redirect(url_for(to, request_id=step.request_id), 303)
