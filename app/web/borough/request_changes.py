"""Changing a request that is open for offers: more time, the next wave, and other answers, each told to all alike."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import LONDON
from app.core.errors import Conflict, HomewardError, Invalid, Stale
from app.identity.permissions import Permission
from app.offers.waves import open_next
from app.requests import amending, extending
from app.requests.drafting import saved_sections
from app.requests.form import form as form_version
from app.requests.models import PlacementRequest
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_form import SectionForm, open_request
from app.web.borough.request_publish import TIMES, moment, sent_version
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form, read_raw


class ExtendForm(Schema):
    """Until when, for everybody, and why."""

    version = Hidden(number=True)
    closes_on = DateField("New last day for offers", missing="Enter the new last day for offers")
    closes_at = Choice("Time", choices=TIMES, kind="select", missing="Choose the time at which offers close")
    reason = LongText(
        "Why?", hint="Do not use names", missing="Say why the deadline is extended", max_length=2000, rows=3
    )


class AmendForm(Schema):
    """Why the answers change."""

    version = Hidden(number=True)
    reason = LongText(
        "Why does the request change?",
        hint="Kept with the request. Providers are told which answers changed, not why. Do not use names",
        missing="Say why the request changes",
        max_length=2000,
        rows=3,
    )


@bp.route("/requests/<request_id>/extend", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_extend(request_id: str) -> ResponseReturnValue:
    """A later deadline for everybody alike, with the reason."""
    form = Form(ExtendForm)
    if request.method == "POST" and form.parse(request.form):
        data = form.data
        closes_at = moment(data["closes_on"], data["closes_at"])
        given: dict[str, Any] = {
            "request_id": request_id,
            "closes_at": closes_at,
            "reason": data["reason"],
            "version": data["version"],
        }
        try:
            with act() as doing:
                extending.extend(doing.session, actor=doing.actor, now=doing.now, **given)
                back = url_for("borough.request", request_id=request_id)
                return doing.go(back, "Everybody invited is told.", heading="Deadline extended")
        except Invalid as error:
            form.refuse(error)
            if "closes_at" in form.errors:
                form.errors["closes_on"] = form.errors.pop("closes_at")
    with look() as view:
        row, _ = open_request(view, request_id, "extend")
        form.raw["version"] = form.raw["version"] or str(row.version)
        if row.offers_close_at is not None and not form.raw["closes_at"]:
            last = row.offers_close_at.astimezone(LONDON)
            form.raw["closes_at"] = f"{last.hour:02}:{last.minute:02}"
        return render_template("borough/request_extend.html", row=row, form=form), form.status


@bp.post("/requests/<request_id>/wave")
@permission(Permission.REQUEST_WRITE)
def request_wave(request_id: str) -> ResponseReturnValue:
    """Tell the next wave now."""
    with act() as doing:
        told = open_next(
            doing.session,
            actor=doing.actor,
            request_id=request_id,
            version=sent_version(),
            now=doing.now,
            base_url=doing.wiring.settings.base_url,
        )
        words = "1 more service is told" if told == 1 else f"{told} more services are told"
        return doing.go(url_for("borough.request", request_id=request_id), words)


@bp.route("/requests/<request_id>/amend", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_amend(request_id: str) -> ResponseReturnValue:
    """What would change, and the act that tells everybody."""
    form = Form(AmendForm)
    if request.method == "POST" and form.parse(request.form):
        given: dict[str, Any] = {"request_id": request_id, **form.data}
        try:
            with act() as doing:
                amending.amend(doing.session, actor=doing.actor, vault=doing.wiring.vault, now=doing.now, **given)
                back = url_for("borough.request", request_id=request_id)
                return doing.go(
                    back, "Everybody invited is told which answers are different.", heading="Request changed"
                )
        except Stale:
            raise
        except (Conflict, Invalid) as error:
            form.refuse(error)
    with look() as view:
        row, _ = open_request(view, request_id, "amend")
        form.raw["version"] = form.raw["version"] or str(row.version)
        return render_template("borough/request_amend.html", form=form, **_amend_page(view, row)), form.status


def _amend_page(view: Act, row: PlacementRequest) -> dict[str, Any]:
    sections = form_version(row.form_version).sections
    return {
        "row": row,
        "differences": amending.differences(view.session, vault=view.wiring.vault, request=row),
        "sections": [one for one in sections if any(amending.may_change(field) for field in one.fields)],
    }


@bp.route("/requests/<request_id>/amend/<section>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_amend_section(request_id: str, section: str) -> ResponseReturnValue:
    """One section as it is to become. Nobody is told yet."""
    posted: dict[str, Any] | None = None
    refused: HomewardError | None = None
    with look() as view:
        row, _ = open_request(view, request_id, f"amend {section}")
        page = _section_page(view, row, section)
    if request.method == "POST":
        posted = {name: read_raw(shown, request.form) for name, shown in page["form"].views.items()}
        given: dict[str, Any] = {
            "request_id": request_id,
            "section": section,
            "version": sent_version(),
        }
        try:
            with act() as doing:
                vault = doing.wiring.vault
                amending.draft_change(
                    doing.session, actor=doing.actor, vault=vault, typed=posted, now=doing.now, **given
                )
                return doing.go(url_for("borough.request_amend", request_id=request_id), "Change kept, not told yet")
        except Invalid as error:
            refused = error
    if posted is not None:
        page["form"].raw |= posted
    if refused is not None:
        page["form"].refuse(refused)
    return render_template("borough/request_amend_section.html", **page), 400 if refused else 200


def _section_page(view: Act, row: PlacementRequest, section: str) -> dict[str, Any]:
    definition = form_version(row.form_version).section(section)
    drafted = amending.drafted(view.session, vault=view.wiring.vault, request=row)
    saved = saved_sections(view.session, vault=view.wiring.vault, request=row)
    section_form = SectionForm(definition, dict(drafted.get(section, saved[section].answers)))
    frozen = [one.label for one in definition.fields if not amending.may_change(one)]
    changeable = {one.name for one in definition.fields if amending.may_change(one)}
    section_form.views = {name: one for name, one in section_form.views.items() if name in changeable}
    section_form.raw = {name: section_form.raw[name] for name in section_form.views}
    return {"row": row, "form": section_form, "part": definition, "frozen": frozen}


@bp.post("/requests/<request_id>/amend/drop")
@permission(Permission.REQUEST_WRITE)
def request_amend_drop(request_id: str) -> ResponseReturnValue:
    """Forget the change: nobody was told."""
    with act() as doing:
        amending.drop_change(
            doing.session, actor=doing.actor, request_id=request_id, version=sent_version(), now=doing.now
        )
        return doing.go(url_for("borough.request", request_id=request_id), "The change is dropped")
