"""The desk: what must I do now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, url_for

from app.core.clock import LONDON
from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.offers.standing import stopped_services
from app.placements.progress import Progress, Stand, progress_of, waiting_to_start
from app.requests.in_house import InHouse, asked_in_house, state_of
from app.requests.lists import RequestLine
from app.requests.models import PlacementRequest
from app.requests.queries import desk as desk_of
from app.requests.queries import request_for
from app.tasks.tasks import open_tasks
from app.web.access import may, permission
from app.web.acts import Act, look
from app.web.borough import bp
from providers.passport.status import EnrolmentStatus

Work = list[dict[str, Any]]

ACTS: dict[Stand, tuple[str, str, Permission]] = {
    Stand.OPEN_OFFERS: ("Open the offers", "borough.shortlist", Permission.OFFER_READ),
    Stand.CHOOSE: ("Choose an offer", "borough.shortlist", Permission.SHORTLIST_DECIDE),
    Stand.REFER: ("Refer to panel", "borough.referral_of_request", Permission.REFERRAL_WRITE),
    Stand.COMPLETE_REFERRAL: ("Complete the referral", "borough.referral_of_request", Permission.REFERRAL_WRITE),
    Stand.DECIDE_AGAIN: ("Read the panel's reasons", "borough.referral_of_request", Permission.REFERRAL_WRITE),
    Stand.AWARD: ("Award the placement", "borough.award", Permission.AWARD_MAKE),
}
"""What somebody of the borough does next with a request after its deadline: words, page, and who may."""

WAITS: dict[Stand, str] = {Stand.MEET: "Listed for panel", Stand.SIGN: "Waiting for signatures"}


@bp.get("/")
@permission(Permission.REQUEST_READ)
def desk() -> str:
    """What this person must do now, the most pressing first."""
    with look() as view:
        lists = desk_of(view.session, actor=view.actor, now=view.now)
        tasks = open_tasks(view.session, actor=view.actor, limit=20) if view.actor.may(Permission.TASK_DO) else []
        after = [(one, _stands(one, view)) for one in lists.closed]
        nobody = {one.id for one in lists.closed if one.escalated}
        work = [
            *_stopped(lists, view),
            *_starts(view),
            *_nobody(lists, view),
            *_work(lists, [one for one in after if one[0].id not in nobody], view),
        ]
        figures = [
            {"label": "Waiting for approval", "value": len(lists.to_approve) + len(lists.waiting)},
            {"label": "Open for offers", "value": len(lists.open) + len(lists.closing_soon)},
            {"label": "Closed, on the way to a placement", "value": len(lists.closed)},
            {"label": "Tasks to do", "value": len(tasks)},
        ]
        for figure, status in zip(figures, ("submitted", "published", "closed"), strict=False):
            figure["href"] = url_for("borough.requests", status=status)
        page = {"work": work, "figures": figures, "tasks": [_task(task, view) for task in tasks], "lists": lists}
        return render_template("borough/desk.html", **page, under_way=[*_at_panel(after), *_under_way(lists)])


def _stands(one: RequestLine, view: Act) -> Progress:
    request = view.session.get_one(PlacementRequest, one.id)
    return progress_of(view.session, actor=view.actor, request=request, now=view.now)


def _stopped(lists: Any, view: Act) -> Work:
    """Requests with a service behind them that is suspended or removed: somebody must look at the offers."""
    if not view.actor.may(Permission.OFFER_READ):
        return []
    published = [*lists.closed, *lists.closing_soon, *lists.open]
    found = stopped_services(view.session, view.actor, [one.id for one in published])
    return [
        _item(
            one,
            f"{_count(len(found[one.id]))} no new placements",
            "borough.shortlist",
            ("Suspended" if EnrolmentStatus.SUSPENDED in {stop.status for stop in found[one.id]} else "Removed", "bad"),
        )
        for one in published
        if one.id in found
    ]


def _count(number: int) -> str:
    return "A service takes" if number == 1 else f"{number} services take"


def _starts(view: Act) -> Work:
    """Placements that wait for this person: an approval of their location, or their start."""
    work: Work = []
    for placement, progress in waiting_to_start(view.session, actor=view.actor):
        approving = progress.stand is Stand.APPROVE_LOCATION
        needed = Permission.LOCATION_APPROVE if approving else Permission.PLACEMENT_START
        if view.actor.may(needed) and may("borough.placement", view.actor):
            what = "Decide the location" if approving else "Record the start"
            work.append(
                {
                    "title": f"{what}: {placement.reference}",
                    "href": url_for("borough.placement", placement_id=placement.id),
                    "meta": f"To start on {date_words(placement.planned_start)}",
                    "due": None,
                    "tag": ("Awarded", "good"),
                }
            )
    return work


def _stage(progress: Progress) -> str:
    """How far a request is after its deadline."""
    return f"{progress.placed} of {progress.children} placed" if progress.placed else "Closed for offers"


def _at_panel(after: list[tuple[RequestLine, Progress]]) -> Work:
    """Requests that wait for the panel and not for this borough's officers."""
    return [
        _item(one, WAITS[progress.stand], "borough.request", (WAITS[progress.stand], "progress"), progress.by)
        for one, progress in after
        if progress.stand in WAITS
    ]


def _work(lists: Any, after: list[tuple[RequestLine, Progress]], view: Act) -> Work:
    """One list over all kinds, in the order in which somebody should take them up."""
    return [
        *(
            _item(one, "Approve or send back", "borough.request_decision", ("To approve", "warn"))
            for one in lists.to_approve
        ),
        *(
            _item(one, ACTS[progress.stand][0], ACTS[progress.stand][1], (_stage(progress), "warn"), progress.by)
            for one, progress in after
            if progress.stand in ACTS and view.actor.may(ACTS[progress.stand][2])
        ),
        *(_item(one, "Change what was sent back", "borough.request", ("Sent back", "bad")) for one in lists.returned),
        *(_publish(one, view) for one in lists.to_publish),
        *(_item(one, "Finish the draft", "borough.request_form", ("Draft", "neutral")) for one in lists.drafts),
    ]


def _nobody(lists: Any, view: Act) -> Work:
    """Requests for which nobody offered a place that can be taken: somebody searches wider, or closes them."""
    if not view.actor.may(Permission.REQUEST_WRITE):
        return []
    tag = ("Nobody offered", "bad")
    return [_item(one, "Search more widely", "borough.request_wider", tag) for one in lists.closed if one.escalated]


def _publish(one: RequestLine, view: Act) -> dict[str, Any]:
    """An approved request: to be published, unless the council's own services are still asked or one has a place."""
    request = request_for(view.session, actor=view.actor, request_id=one.id)
    state = state_of(request, asked_in_house(view.session, request), view.now)
    if state is InHouse.CAN:
        return _item(one, "Place in house", "borough.request_in_house", ("A place in house", "good"))
    if state is InHouse.WAITING:
        until = request.in_house_until
        return _item(one, "Asked in house", "borough.request_in_house", ("Own services asked", "progress"), until)
    return _item(one, "Publish", "borough.request_publish", ("Approved", "good"))


def _under_way(lists: Any) -> Work:
    return [
        *(
            _item(one, "Open for offers", "borough.request", ("Closes soon", "progress"), one.offers_close_at)
            for one in lists.closing_soon
        ),
        *(
            _item(one, "Open for offers", "borough.request", ("Open", "progress"), one.offers_close_at)
            for one in lists.open
        ),
        *(
            _item(one, "With a manager", "borough.request", ("Waiting for approval", "neutral"))
            for one in lists.waiting
        ),
    ]


def _item(
    one: RequestLine, what: str, endpoint: str, tag: tuple[str, str], due: dt.datetime | None = None
) -> dict[str, Any]:
    facts = [one.lot_name or "", f"needed from {date_words(one.needed_from)}" if one.needed_from else ""]
    facts.append(f"written by {one.writer}")
    meta = ", ".join(fact for fact in facts if fact)
    href = url_for(endpoint, request_id=one.id)
    return {
        "title": f"{what}: {one.reference}",
        "href": href,
        "meta": meta[:1].upper() + meta[1:],
        "due": due,
        "tag": tag,
    }


def _task(task: Any, view: Act) -> dict[str, Any]:
    due = task.due_at or dt.datetime.combine(task.due_on, dt.time(17), LONDON).astimezone(dt.UTC)
    open_to = may("borough.task", view.actor)
    href = url_for("borough.task", task_id=task.id) if open_to else url_for("borough.desk")
    return {"title": task.title, "href": href, "meta": task.basis, "due": due}
