"""What the borough must still do by law or by decision, and saying that it is done."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.tasks.models import ANSWERED_ON_ITS_PAGE, Task, TaskKind
from app.tasks.tasks import finish_task, open_tasks, task_for
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import Hidden, LongText
from app.web.forms import Form
from app.web.tables import Column, Listing

COLUMNS = (
    Column("title", "What"),
    Column("due", "Due"),
    Column("kind", "Why"),
    Column("basis", "Where that is written"),
)
KIND_WORDS = {
    TaskKind.STATUTORY: "The law",
    TaskKind.ASSURANCE: "A service's inspection",
    TaskKind.PANEL_ACTION: "The panel",
    TaskKind.APPROVAL: "An approval by telephone",
    TaskKind.ROUTE: "Nobody offered",
}
SUBJECTS: dict[str, Callable[[str], str]] = {
    "placement": lambda one: url_for("borough.placement", placement_id=one),
    "request_approval": lambda one: url_for("borough.request_approval", approval_id=one),
    "published_request": lambda one: url_for("borough.request", request_id=one),
    "request_route": lambda one: url_for("borough.request", request_id=one),
    "request": lambda one: url_for("borough.referral_of_request", request_id=one),
}


class FinishForm(Schema):
    """What was done, and by what one can see it."""

    version = Hidden(number=True)
    evidence = LongText(
        "What was done?",
        hint="And where it is recorded. Use no names",
        missing="Say what was done, and where it is recorded",
        max_length=2000,
        rows=5,
    )


@bp.get("/tasks")
@permission(Permission.TASK_DO)
def tasks() -> ResponseReturnValue:
    """What is to be done, the soonest first."""
    with look() as view:
        rows = open_tasks(view.session, actor=view.actor)
        today = local_date(view.now)
        page = {"rows": rows, "today": today, "kinds": KIND_WORDS}
        return render_template("borough/tasks.html", listing=Listing.fixed(COLUMNS), **page)


@bp.route("/tasks/<task_id>", methods=["GET", "POST"])
@permission(Permission.TASK_DO)
def task(task_id: str) -> ResponseReturnValue:
    """One task: what, why, by when, and the form that finishes it."""
    with look() as view:
        row = task_for(view.session, actor=view.actor, task_id=task_id)
        today = local_date(view.now)
    form = Form(FinishForm, values={"version": row.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                finish_task(doing.session, actor=doing.actor, task_id=task_id, now=doing.now, **form.data)
                return doing.go(url_for("borough.tasks"), "Task done")
        except Invalid as error:
            form.refuse(error)
    here = row.subject_kind not in ANSWERED_ON_ITS_PAGE
    page = {
        "row": row,
        "form": form,
        "today": today,
        "kind": KIND_WORDS[row.kind],
        "about": subject_href(row),
        "here": here,
    }
    return render_template("borough/task.html", **page), form.status


def subject_href(row: Task) -> str | None:
    """The page of the thing that a task is about, where there is one."""
    page = SUBJECTS.get(row.subject_kind)
    return page(row.subject_id) if page else None
