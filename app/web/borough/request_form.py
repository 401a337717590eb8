"""Writing a request: the list of sections, one section a page with the providers' view beside it, and the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.models import Child
from app.core.clock import local_date
from app.core.errors import Conflict, HomewardError, Invalid, Stale
from app.identity.permissions import Permission
from app.requests import approval, drafting, findings
from app.requests.answers import is_empty, judge
from app.requests.audiences import borough_view, provider_view
from app.requests.form import SectionDefinition, form
from app.requests.models import PlacementRequest
from app.requests.queries import children_of_request, request_for
from app.requests.redaction import FINDING_WORDS
from app.requests.referrals.keeping import faults_of
from app.requests.referrals.reading import Fault
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.fields import DATE_PARTS, FieldView, Hidden, LongText, Raw
from app.web.forms import Form, read_raw
from app.web.records import shown
from app.web.tables import Column, Listing

FAULTS = (
    Column("field", "Field"),
    Column("value", "What the file says"),
    Column("message", "What is wrong"),
    Column("kept", "Kept"),
    Column("where", "Where"),
)
STAGES = {1: "Everyone invited", 2: "Shortlisted", 3: "Awarded"}


class SectionForm:
    """One section of the standard form on a page: what was typed, and messages. It has the shape of a `Form`."""

    def __init__(self, section: SectionDefinition, typed: dict[str, Any]) -> None:
        self.views = {one.name: FieldView.of(one.looks()) for one in section.fields}
        self.raw: dict[str, Raw] = {name: _raw(view, typed.get(name)) for name, view in self.views.items()}
        self.errors: dict[str, str] = {}

    def view(self, name: str) -> FieldView:
        return self.views[name]

    def value(self, name: str) -> Raw:
        return self.raw[name]

    def refuse(self, error: HomewardError) -> None:
        """Show the domain's refusal at the fields that it blames."""
        found = error.errors if isinstance(error, Invalid) else {"": error.message}
        self.errors = {name if name in self.views else "": message for name, message in found.items()}

    def error_links(self) -> list[dict[str, str]]:
        """The error summary."""
        return [
            {"text": message, "href": f"#{self.views[name].target}" if name else "#main-content"}
            for name, message in self.errors.items()
        ]


def _raw(view: FieldView, typed: Any) -> Raw:
    if view.kind == "date":
        return {part: str((typed or {}).get(part, "")) for part in DATE_PARTS}
    return typed if typed is not None else [] if view.kind == "checkboxes" else ""


def open_request(view: Act, request_id: str, what: str) -> tuple[PlacementRequest, list[Child]]:
    """The borough's own request and its children, each of whose views is logged first."""
    row = request_for(view.session, actor=view.actor, request_id=request_id)
    children = children_of_request(view.session, actor=view.actor, request_id=request_id)
    for child in children:
        shown(view.wiring, view.actor, child.id, f"{row.reference}: {what}")
    return row, children


def section_states(view: Act, row: PlacementRequest) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The task list of sections with what is wrong and what is missing in each, and every gap by field."""
    definition = form(row.form_version)
    saved = drafting.saved_sections(view.session, vault=view.wiring.vault, request=row)
    typed = {name: raw for one in saved.values() for name, raw in one.answers.items()}
    gaps = judge(definition, typed, local_date(view.now)).errors
    items = []
    for section in definition.sections:
        wrong = len(_wrong(section, typed, gaps))
        missing = sum(one.name in gaps for one in section.fields) - wrong
        counts = [f"{wrong} to correct"] if wrong else []
        counts += [f"{missing} to answer"] if missing else []
        if not saved[section.name].version:
            status, tone = "Not started", "neutral"
        elif counts:
            status, tone = ", ".join(counts), "bad" if wrong else "warn"
        else:
            status, tone = "Completed", "done"
        href = url_for("borough.request_section", request_id=row.id, section=section.name)
        items.append({"title": section.title, "href": href, "status": status, "tone": tone})
    return items, gaps


def _wrong(section: SectionDefinition, typed: Mapping[str, Raw], gaps: Mapping[str, str]) -> dict[str, str]:
    """The gaps of a section that are answers given and wrong, by field: not those that are merely missing."""
    return {
        one.name: gaps[one.name] for one in section.fields if one.name in gaps and not is_empty(typed.get(one.name))
    }


@bp.get("/requests/<request_id>/form")
@permission(Permission.REQUEST_WRITE)
def request_form(request_id: str) -> ResponseReturnValue:
    """The task list of a draft."""
    with look() as view:
        row, children = open_request(view, request_id, "sections")
        _must_be_draft(row)
        items, gaps = section_states(view, row)
        done = sum(item["status"] == "Completed" for item in items)
        page = {"row": row, "children": children, "items": items, "gaps": gaps, "done": done}
        page |= {"faults": _faults(view, row), "fault_listing": Listing.fixed(FAULTS)}
        return render_template("borough/request_form.html", **page)


def _faults(view: Act, row: PlacementRequest) -> list[Fault]:
    """What was wrong with the file that the draft came from."""
    return faults_of(view.session, actor=view.actor, vault=view.wiring.vault, request_id=row.id)


@bp.route("/requests/<request_id>/form/<section>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_section(request_id: str, section: str) -> ResponseReturnValue:
    """One section: save and go on, or stay where saved answers are wrong. A stale save keeps what was typed."""
    refused: HomewardError | None = None
    posted: dict[str, Raw] | None = None
    if request.method == "POST":
        definition = form().section(section)
        posted = {one.name: read_raw(FieldView.of(one.looks()), request.form) for one in definition.fields}
        version = request.form.get("version", "")
        try:
            with act() as doing:
                drafting.save_section(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    section=section,
                    answers=posted,
                    version=int(version) if version.isdigit() and len(version) < 9 else -1,
                    now=doing.now,
                )
                return _saved(doing, request_id, section)
        except (Invalid, Stale) as error:
            refused = error
    with look() as view:
        row, children = open_request(view, request_id, f"section {form().section(section).title}")
        _must_be_draft(row)
        page = _section_page(view, row, section, posted, refused)
        status = 400 if refused is not None else 200
        return render_template("borough/request_section.html", row=row, children=children, **page), status


def _saved(doing: Act, request_id: str, section: str) -> ResponseReturnValue:
    """Where a saved section leads: on to the next, or back to itself where answers that were given are wrong."""
    row = request_for(doing.session, actor=doing.actor, request_id=request_id)
    definition = form(row.form_version)
    saved = drafting.saved_sections(doing.session, vault=doing.wiring.vault, request=row)
    typed = {name: raw for one in saved.values() for name, raw in one.answers.items()}
    gaps = judge(definition, typed, local_date(doing.now)).errors
    wrong = _wrong(definition.section(section), typed, gaps)
    if not wrong:
        return doing.go(_after(request_id, section), "Section saved")
    need = "answer needs" if len(wrong) == 1 else "answers need"
    doing.messages.append(("notice", f"Saved, but {len(wrong)} {need} changing"))
    gaps_too = request.args.get("gaps")  # None leaves it out of the address
    here = url_for("borough.request_section", request_id=request_id, section=section, wrong=1, gaps=gaps_too)
    return doing.go(here)


def _section_page(
    view: Act, row: PlacementRequest, section: str, posted: dict[str, Raw] | None, refused: HomewardError | None
) -> dict[str, Any]:
    definition = form(row.form_version)
    asked = definition.section(section)
    saved = drafting.saved_sections(view.session, vault=view.wiring.vault, request=row)
    page_form = SectionForm(asked, saved[section].answers if posted is None else posted)
    if refused is not None:
        page_form.refuse(refused)
    elif "wrong" in request.args or "gaps" in request.args:
        typed = {name: raw for one in saved.values() for name, raw in one.answers.items()}
        gaps = judge(definition, typed, local_date(view.now)).errors
        own = {name: gaps[name] for name in page_form.views if name in gaps}
        page_form.errors = _wrong(asked, typed, gaps) if "wrong" in request.args else own
    seen = provider_view(view.session, vault=view.wiring.vault, request=row, stage=1)
    titles = [one.title for one in definition.sections]
    number = titles.index(asked.title) + 1
    return {
        "form": page_form,
        "part": asked,
        "version": saved[section].version,
        "number": number,
        "of": len(titles),
        "beside": next((one for one in seen if one.title == asked.title), None),
        "about": seen[0],
        "groups": _groups(asked),
    }


def _groups(section: SectionDefinition) -> list[tuple[str, list[str]]]:
    """Field names under the headings of their domains; one group without a heading where there are none."""
    groups: list[tuple[str, list[str]]] = []
    for one in section.fields:
        title = one.domain or ("What should change" if section.indicators else "")
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(one.name)
    return groups


def _after(request_id: str, section: str) -> str:
    """The next section; after the last one the check."""
    names = [one.name for one in form().sections]
    at = names.index(section)
    if "gaps" in request.args or at + 1 == len(names):
        return url_for("borough.request_check", request_id=request_id)
    return url_for("borough.request_section", request_id=request_id, section=names[at + 1])


@bp.route("/requests/<request_id>/form/check", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_check(request_id: str) -> ResponseReturnValue:
    """Check the answers, then submit to a manager."""
    checked = Form(_Version)
    if request.method == "POST" and checked.parse(request.form):
        try:
            with act() as doing:
                approval.submit(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    version=checked.data["version"],
                    now=doing.now,
                )
                return doing.go(url_for("borough.request", request_id=request_id), "Request submitted for approval")
        except Invalid:
            pass  # the page below lists every gap
    with look() as view:
        row, children = open_request(view, request_id, "check answers")
        _must_be_draft(row)
        items, gaps = section_states(view, row)
        definition = form(row.form_version)
        page = {
            "sections": list(zip(items, borough_view(view.session, vault=view.wiring.vault, request=row), strict=True)),
            "gaps": [(definition.field(name), message) for name, message in gaps.items()],
            "pointed": findings.open_findings(view.session, vault=view.wiring.vault, request=row),
            "kinds": FINDING_WORDS,
        }
        status = 400 if request.method == "POST" else 200
        return render_template("borough/request_check.html", row=row, children=children, **page), status


class _Version(Schema):
    """The version that the page was shown with."""

    version = Hidden(number=True)


class ClearForm(_Version):
    """Why words identify nobody."""

    field = Hidden()
    start = Hidden(number=True)
    end = Hidden(number=True)
    reason = LongText(
        "Why do these words identify nobody?", missing="Say why these words identify nobody", max_length=500, rows=2
    )


@bp.get("/requests/<request_id>/provider-view")
@permission(Permission.REQUEST_READ)
def request_provider_view(request_id: str) -> str:
    """The request as providers see it at a stage, and what in it points at the child."""
    stage = {"2": 2, "3": 3}.get(request.args.get("stage", ""), 1)
    with look() as view:
        if stage == 3:
            view.actor.require(Permission.CHILD_READ)
        row, _ = open_request(view, request_id, f"as providers see it, stage {stage}")
        pointed = findings.findings(view.session, vault=view.wiring.vault, request=row)
        page = {
            "stage": stage,
            "stages": {one: words for one, words in STAGES.items() if one < 3 or view.actor.may(Permission.CHILD_READ)},
            "sections": provider_view(view.session, vault=view.wiring.vault, request=row, stage=stage),
            "pointed": [one for one in pointed if one.reason is None],
            "settled": [one for one in pointed if one.reason is not None],
            "kinds": FINDING_WORDS,
            "before": row.status in findings.BEFORE_PUBLICATION,
        }
        return render_template("borough/request_provider_view.html", row=row, **page)


@bp.route("/requests/<request_id>/finding", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_finding(request_id: str) -> ResponseReturnValue:
    """Say why words that the detector points at identify nobody. The address names their place, never the words."""
    clear = Form(ClearForm, values={name: request.args.get(name, "") for name in ("field", "start", "end")})
    if request.method == "POST" and clear.parse(request.form):
        try:
            with act() as doing:
                findings.mark_not_identifying(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    now=doing.now,
                    **clear.data,
                )
                back = url_for("borough.request_provider_view", request_id=request_id)
                return doing.go(back, "Marked as identifying nobody")
        except Invalid as error:
            clear.refuse(error)
    with look() as view:
        row, _ = open_request(view, request_id, "words that may identify")
        place = (clear.value("field"), str(clear.value("start")), str(clear.value("end")))
        found = findings.findings(view.session, vault=view.wiring.vault, request=row)
        one = next((one for one in found if (one.field, str(one.start), str(one.end)) == place), None)
        if one is None:
            raise Stale("The text has changed. Look at what it says now.")
        clear.raw["version"] = str(row.version)
        page = {"row": row, "one": one, "kinds": FINDING_WORDS, "form": clear}
        return render_template("borough/request_finding.html", **page), clear.status


def _must_be_draft(row: PlacementRequest) -> None:
    if row.status is not RequestStatus.DRAFT:
        raise Conflict(f"{row.reference} is no longer a draft, so its answers cannot be changed.")
