"""Stand-in audiences that show every piece of the web base at once, for its own tests and for looking at it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, validates_schema

from app.core.errors import Invalid, NotFound, Stale
from app.core.models import MovedClock
from app.core.money import pounds
from app.identity import sign_in
from app.identity.permissions import Permission
from app.web.access import end_session, limited, permission, public, signed_in, start_session, uploads
from app.web.acts import act, look
from app.web.charts import Part, bar_chart, column_chart, line_chart, stacked_bar
from app.web.fields import (
    Choice,
    Choices,
    DateField,
    Email,
    FieldView,
    Hidden,
    LongText,
    Money,
    Password,
    Postcode,
    Text,
    Tick,
    WholeNumber,
    YesNo,
)
from app.web.forms import Form
from app.web.tables import Column, Listing

account = Blueprint("account", __name__, template_folder="templates")
borough = Blueprint("borough", __name__, url_prefix="/borough", template_folder="templates")
search = Blueprint("search", __name__)
public_pages = Blueprint("public", __name__, template_folder="templates")


class EveryQuestion(Schema):
    """One question of each kind."""

    name = Text("Name of the home", hint="As it stands in the register", max_length=30)
    price = Money("Price a week", hint="Everything included, for one child", suffix="a week", least=100)
    start = DateField("First day", hint="For example, 27 3 2027")
    places = WholeNumber("Places", least=1, most=12)
    lot = Choice(
        "Lot", choices=[("homes", "Children's homes", "One child or several, staffed"), ("foster", "Fostering")]
    )
    borough = Choice("Borough", choices=[("croydon", "Croydon"), ("sutton", "Sutton")], kind="select", required=False)
    needs = Choices("Needs", choices=[("health", "Health"), ("school", "School"), ("safety", "Safety")])
    urgent = YesNo("Is this urgent")
    why = LongText("Why this home", max_length=100, count=True, rows=3)
    note = LongText("Note", required=False)
    email = Email("Email address")
    password = Password()
    postcode = Postcode()
    agree = Tick("I have checked these answers", must="Confirm that you have checked the answers")
    version = Hidden(number=True)

    @validates_schema
    def not_both(self, data: dict[str, Any], **_: Any) -> None:
        if data["lot"] == "foster" and data["places"] > 3:
            raise ValidationError("A foster home has 3 places or fewer", "places")


class OneQuestion(Schema):
    """The smallest form that acts."""

    note = Text("Note")


COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("need", "What is needed"),
    Column("price", "Price a week", sort=True, numeric=True),
    Column("status", "Status"),
)
ROWS = [
    SimpleNamespace(
        reference=f"CRO-{1000 + i}",
        need="A small home near school for a girl of 12, from " + ("next week" if i % 3 else "today"),
        price=250_000 + i * 12_345,
        status=("Open", "progress") if i % 2 else ("Waiting for approval", "warn"),
    )
    for i in range(61)
]
DONE: list[str] = []


@public_pages.get("/")
@public
def home() -> str:
    return render_template("kitchen/home.html")


@account.get("/sign-in")
@public
def sign_in_page() -> str:
    return render_template("kitchen/home.html")


account.add_url_rule("/account/sign-in", endpoint="sign_in", view_func=sign_in_page)


@account.post("/sign-in/<membership_id>")
@public
@limited("3 per minute")
def enter(membership_id: str) -> ResponseReturnValue:
    with act(keyed=False) as doing:
        done = sign_in.demonstration_sign_in(doing.session, membership_id=membership_id, now=doing.now)
        answer = doing.go(url_for("borough.desk"))
    start_session(done.actor, done.token)
    return answer


@account.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    with act(keyed=False) as doing:
        answer = doing.go(url_for("public.home"), "You have signed out")
    end_session()
    return answer


@account.get("/switch")
@signed_in
def switch() -> str:
    return render_template("kitchen/home.html")


@search.get("/find")
@signed_in
def find() -> str:
    return render_template("kitchen/home.html")


@borough.get("/desk")
@permission(Permission.REQUEST_READ)
def desk() -> str:
    with look() as view:
        scores = [
            (
                "Cedar House",
                stacked_bar([Part("Price", 31), Part("Quality", 28), Part("Needs", 24)], of=100, unit="points"),
            ),
            (
                "Elm Lodge",
                stacked_bar([Part("Price", 38), Part("Quality", 15), Part("Needs", 8)], of=100, unit="points"),
            ),
        ]
        spend = bar_chart(
            "Croydon spends most on children's homes",
            [("Children's homes", 123_456_700), ("Fostering", 45_600_000), ("Supported accommodation", 31_200_000)],
            show=pounds,
            unit="Pounds, April to November 2026",
            label_heading="Lot",
        )
        months = ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
        monthly = column_chart(
            "Requests doubled in September",
            list(zip(months, [11, 9, 12, 10, 9, 21, 18, 14], strict=True)),
            unit="Requests published",
            label_heading="Month",
        )
        lines = line_chart(
            "Spend has caught up with what was committed",
            months,
            {"Committed": [210, 260, 300, 340, 380, 420, 460, 480], "Spent": [40, 90, 150, 210, 280, 350, 420, 470]},
            unit="Thousand pounds, running total",
            label_heading="Month",
        )
        return render_template(
            "kitchen/desk.html",
            now=view.now,
            hours=lambda n: view.now + dt.timedelta(hours=n),
            scores=scores,
            spend=spend,
            monthly=monthly,
            lines=lines,
        )


@borough.get("/requests")
@permission(Permission.REQUEST_READ)
def requests() -> str:
    listing = Listing.read(request.args, COLUMNS, default="reference")
    rows = sorted(ROWS, key=lambda row: getattr(row, listing.order), reverse=listing.descending)
    listing.count(len(rows))
    page = rows[listing.offset : listing.offset + listing.limit]
    filters = Form(
        type("Filters", (Schema,), {"lot": Choice("Lot", choices=[("homes", "Homes")], kind="select", required=False)}),
        filters=True,
    )
    filters.parse(request.args)
    return render_template("kitchen/requests.html", listing=listing, rows=page, filters=filters)


@borough.route("/form", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def every_question() -> ResponseReturnValue:
    form = Form(EveryQuestion, values={"version": 3})
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            return doing.go(url_for("borough.requests"), "The home was saved", heading="Saved")
    raw = FieldView.of(
        {"name": "wishes", "kind": "textarea", "label": "The child's wishes", "code": "F1", "optional": True}
    )
    return render_template("kitchen/form.html", form=form, wishes=raw), form.status


@borough.route("/act", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def act_once() -> ResponseReturnValue:
    form = Form(OneQuestion)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                doing.session.add(MovedClock(id=1, seconds=60))
                doing.session.flush()
                if form.data["note"] == "refuse":
                    raise Invalid({"note": "Choose another word"})
                if form.data["note"] == "stale":
                    raise Stale("Ana changed this at 5pm.")
                DONE.append(form.data["note"])
                return doing.go(url_for("borough.requests"), f"Noted <b>{form.data['note']}</b>")
        except Invalid as error:
            form.refuse(error)
    return render_template("kitchen/act.html", form=form), form.status


@borough.post("/files")
@permission(Permission.REQUEST_WRITE)
@uploads(2_000_000)
def files() -> ResponseReturnValue:
    return {"bytes": len(request.get_data())}


@borough.get("/requests/<reference>")
@permission(Permission.REQUEST_READ)
def one(reference: str) -> str:
    with look() as view:
        raise NotFound("request", actor=view.actor.person_id)


@borough.get("/broken")
@permission(Permission.REQUEST_READ)
def broken() -> str:
    raise RuntimeError("Zoe Example, born 2014, could not be saved")


@borough.get("/approve")
@permission(Permission.REQUEST_APPROVE)
def approve() -> str:
    return ""


@public_pages.get("/invitation/<token>")
@public
def invitation(token: str) -> str:
    return render_template("kitchen/home.html", token=token)


AUDIENCES = (public_pages, account, borough, search)
