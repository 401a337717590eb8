"""Changing a request that is open for offers: more time, the next wave, and other answers, each told to all alike.

A section of a change is the section of the form, with only the questions whose answers may still change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import LONDON
from app.core.errors import Conflict, HomewardError, Invalid, NotFound, Stale
from app.identity.permissions import Permission
from app.offers.waves import open_next
from app.requests import amending, extending
from app.requests.audiences import child_title, lower_first
from app.requests.form import Raw, SectionDefinition
from app.requests.form import form as form_version
from app.requests.models import PlacementRequest
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_form import open_request, position_asked
from app.web.borough.request_publish import TIMES, moment, sent_version
from app.web.borough.section_form import SectionForm, read_section, with_lines
from app.web.fields import Choice, DateField, Hidden, LongText, Tick
from app.web.forms import Form


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
    read = Tick("I have read every changed text, and none says who the child is")


class Amending(Form):
    """The act that tells everybody: what is wrong with a changed answer leads to its section."""

    def __init__(self, request_id: str) -> None:
        super().__init__(AmendForm)
        self.request_id = request_id
        self.sections: dict[str, str] = {}

    def refuse_answers(self, error: Invalid, row: PlacementRequest) -> None:
        """Show what a whole form would refuse, each at the section where it is answered."""
        definition = form_version(row.form_version)
        for key, message in error.errors.items():
            name, _, position = key.partition("@")
            if name in self.views or not definition.has(name):
                self.add_error(name, message)
                continue
            self.errors[key] = message
            self.sections[key] = amend_address(self.request_id, definition.field(name).section, int(position or 1))

    def error_links(self) -> list[dict[str, str]]:
        """The error summary, across pages."""
        found = zip(self.errors, super().error_links(), strict=True)
        return [one | {"href": self.sections[key]} if key in self.sections else one for key, one in found]


def amend_address(request_id: str, section: str, position: int) -> str:
    """Where a section of a change is written."""
    child = position if position > 1 else None
    return url_for("borough.request_amend_section", request_id=request_id, section=section, child=child)


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
    form, refused = Amending(request_id), None
    if request.method == "POST" and form.parse(request.form):
        given: dict[str, Any] = {"request_id": request_id, **form.data, "read": bool(form.data.get("read"))}
        try:
            with act() as doing:
                amending.amend(doing.session, actor=doing.actor, vault=doing.wiring.vault, now=doing.now, **given)
                back = url_for("borough.request", request_id=request_id)
                return doing.go(
                    back, "Everybody invited is told which answers are different.", heading="Request changed"
                )
        except Stale:
            raise
        except Invalid as error:
            refused = error
        except Conflict as error:
            form.refuse(error)
    with look() as view:
        row, _ = open_request(view, request_id, "amend")
        if refused is not None:
            form.refuse_answers(refused, row)
        form.raw["version"] = form.raw["version"] or str(row.version)
        return render_template("borough/request_amend.html", form=form, **_amend_page(view, row)), form.status


def _amend_page(view: Act, row: PlacementRequest) -> dict[str, Any]:
    vault = view.wiring.vault
    places = amending.places(row, amending.says(view.session, vault=vault, request=row))
    return {
        "row": row,
        "differences": amending.differences(view.session, vault=vault, request=row),
        "sections": [
            (_title(row, section, position), amend_address(row.id, section.name, position))
            for section, position in places
        ],
    }


def _title(row: PlacementRequest, section: SectionDefinition, position: int) -> str:
    child = child_title(row, position) if position else ""
    return f"{child}: {lower_first(section.title)}" if child else section.title


@bp.route("/requests/<request_id>/amend/<section>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_amend_section(request_id: str, section: str) -> ResponseReturnValue:
    """One section as it is to become, of the child that the address names. Nobody is told yet."""
    position, typed, refused = position_asked(), None, None
    with look() as view:
        row, _ = open_request(view, request_id, f"amend {section}")
        part, known = _part(view, row, section, position)
    if request.method == "POST":
        typed = with_lines(part, request.form)
    if request.method == "POST" and typed is None:
        typed = read_section(part, request.form)
        given: dict[str, Any] = {"request_id": request_id, "section": section, "position": position}
        try:
            with act() as doing:
                amending.draft_change(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    typed=typed,
                    version=sent_version(),
                    now=doing.now,
                    **given,
                )
                return doing.go(url_for("borough.request_amend", request_id=request_id), "Change kept, not told yet")
        except (Conflict, Invalid, Stale) as error:
            refused = error
    return _section_page(request_id, part, position, known, typed, refused)


def _part(view: Act, row: PlacementRequest, section: str, position: int) -> tuple[SectionDefinition, dict[str, Raw]]:
    """The section with the questions that may still be answered otherwise, and all answers as they would become."""
    definition = form_version(row.form_version)
    vault = view.wiring.vault
    said = amending.says(view.session, vault=vault, request=row)
    known = amending.of_child(said | amending.drafted(view.session, vault=vault, request=row), position)
    fields = amending.changeable(definition, definition.section(section), known)
    if not fields or position > len(row.children):
        raise NotFound("section of the form")
    return replace(definition.section(section), fields=fields), known


def _section_page(
    request_id: str,
    part: SectionDefinition,
    position: int,
    known: Mapping[str, Raw],
    typed: Mapping[str, Raw] | None,
    refused: HomewardError | None,
) -> ResponseReturnValue:
    with look() as view:
        row, _ = open_request(view, request_id, f"amend {part.name}")
        definition = form_version(row.form_version).section(part.name)
        asked = SectionForm(part, known if typed is None else typed, known)
        if refused is not None:
            asked.refuse(refused)
        page = {
            "row": row,
            "form": asked,
            "title": _title(row, definition, position if definition.per_child else 0),
            "frozen": [one.label for one in definition.fields if one.frozen],
            # After a stale save it is the one of now: what differs was said, and what was typed stays.
            "version": row.version if typed is None or isinstance(refused, Stale) else sent_version(),
        }
        status = 200 if refused is None else 400 if isinstance(refused, Invalid) else 409
        return render_template("borough/request_amend_section.html", **page), status


@bp.post("/requests/<request_id>/amend/drop")
@permission(Permission.REQUEST_WRITE)
def request_amend_drop(request_id: str) -> ResponseReturnValue:
    """Forget the change: nobody was told."""
    with act() as doing:
        amending.drop_change(
            doing.session, actor=doing.actor, request_id=request_id, version=sent_version(), now=doing.now
        )
        return doing.go(url_for("borough.request", request_id=request_id), "The change is dropped")
