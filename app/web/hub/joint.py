"""How boroughs could share scarce places, for the hub: the newest proposal, those before it, and asking for another."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.offers.joint import asking
from app.offers.joint.models import JointPlan
from app.offers.joint.queries import (
    BoroughLine,
    boroughs_of,
    changed_since,
    lines_of,
    newest_plan,
    plan_for,
    plans_made,
)
from app.offers.joint.rules import joint_rules
from app.requests.status import URGENCY_WORDS
from app.web.access import may, permission
from app.web.acts import Act, act, look
from app.web.charts import BarChart, bar_chart
from app.web.hub import bp
from app.web.points import points, short_points
from app.web.rendering import join_words
from app.web.tables import Column, Listing

COLUMNS = (
    Column("request", "Request"),
    Column("borough", "Borough"),
    Column("urgency", "Urgency"),
    Column("alone", "Best alone"),
    Column("joint", "In the proposal"),
    Column("means", "What it means"),
)
PLANS = (
    Column("number", "Proposal"),
    Column("made", "Made"),
    Column("placed", "Placed", numeric=True),
    Column("urgent", "Urgent placed", numeric=True),
    Column("worst", "Worst match", numeric=True),
    Column("sum", "Sum", numeric=True),
)
BOROUGHS = (
    Column("borough", "Borough"),
    Column("placed", "Placed", numeric=True),
    Column("loss", "Mean points given up", numeric=True),
)


@bp.get("/requests/joint")
@permission(Permission.JOINT_PLAN_READ)
def joint() -> ResponseReturnValue:
    """The newest proposal."""
    with look() as view:
        return _page(view, newest_plan(view.session, actor=view.actor), newest=True)


@bp.get("/requests/joint/<plan_id>")
@permission(Permission.JOINT_PLAN_READ)
def joint_plan(plan_id: str) -> ResponseReturnValue:
    """An earlier proposal, as it was made."""
    with look() as view:
        newest = newest_plan(view.session, actor=view.actor)
        plan = plan_for(view.session, actor=view.actor, plan_id=plan_id)
        return _page(view, plan, newest=newest is not None and newest.id == plan.id)


@bp.get("/requests/joint/earlier")
@permission(Permission.JOINT_PLAN_READ)
def joint_plans() -> ResponseReturnValue:
    """Every proposal that was made."""
    listing = Listing.read(request.args, PLANS, default="number", descending=True)
    with look() as view:
        rows, total = plans_made(view.session, actor=view.actor, limit=listing.limit, offset=listing.offset)
        return render_template("hub/joint_plans.html", listing=listing.count(total), rows=rows, points=points)


@bp.post("/requests/joint/again")
@permission(Permission.JOINT_PLAN_MAKE)
def joint_again() -> ResponseReturnValue:
    """Have it worked out now; the page of progress leads back here."""
    with act() as doing:
        batch = asking.ask(doing.session, actor=doing.actor, now=doing.now)
        return doing.go(url_for("progress.show", batch_id=batch.id))


def _page(view: Act, plan: JointPlan | None, *, newest: bool) -> ResponseReturnValue:
    rules = joint_rules(view.session, local_date(view.now))
    shown = plan if rules is not None and (rules.on or not newest) else None
    page: dict[str, Any] = {
        "plan": shown,
        "on": rules is not None and rules.on,
        "hours": join_words(f"{hour:02d}:00" for hour in rules.hours) if rules else "",
        "newest": newest,
        "may_ask": may("hub.joint_again", view.actor),
    }
    if shown is not None:
        listing = Listing.read(request.args, COLUMNS, default="request", per_page=50)
        lines, total = lines_of(
            view.session, actor=view.actor, plan_id=shown.id, limit=listing.limit, offset=listing.offset
        )
        boroughs = boroughs_of(view.session, actor=view.actor, plan=shown)
        page |= {
            "listing": listing.count(total),
            "lines": lines,
            "changed": join_words(changed_since(view.session, shown, view.now)) if newest else "",
            "boroughs": boroughs,
            "borough_listing": Listing.fixed(BOROUGHS),
            "chart": _imbalance(boroughs),
            "leans": rules is not None and shown.spread > rules.flag_spread,
            "urgency_words": URGENCY_WORDS,
            "points": points,
            "short": short_points,
        }
    return render_template("hub/joint.html", **page)


def _imbalance(boroughs: list[BoroughLine]) -> BarChart:
    return bar_chart(
        "What sharing costs each borough",
        [
            (one.name, one.mean_loss or 0, f"{one.placed} of {one.placeable} placed")
            for one in boroughs
            if one.placeable
        ],
        show=short_points,
        unit="Mean points that its placed requests give up",
        label_heading="Borough",
    )
