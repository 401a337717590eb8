"""Writing a request: the list of sections, one section a page with the providers' view beside it, and the check.

What somebody typed is never lost: a save that comes after another's is settled answer by answer (`settling.py`), and
one that comes after the session ended is kept and given back (`keep_typed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.models import Child
from app.core.clock import local_date
from app.core.errors import Conflict, HomewardError, Invalid, NotFound, Stale
from app.identity.permissions import Permission
from app.requests import drafting, submitting, unsaved
from app.requests.audiences import provider_view
from app.requests.form import Raw, SectionDefinition, form
from app.requests.models import PlacementRequest
from app.requests.queries import children_of_request, request_for
from app.requests.referrals.keeping import faults_of
from app.requests.referrals.reading import Fault
from app.requests.status import SIBLINGS_WORDS, RequestStatus
from app.web.access import actor_or_none, kept_if_signed_out, permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.needs_picture import needs_picture
from app.web.borough.reading_task import reading_task
from app.web.borough.request_law import comments_on, law_and_comments
from app.web.borough.request_parts import Part, parts_of, section_address
from app.web.borough.section_form import SectionForm, read_section, with_lines
from app.web.borough.settling import DIFFERS, settled, settling
from app.web.borough.shown_to import shown_to, who_was_shown
from app.web.fields import Hidden
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing

FAULTS = (
    Column("field", "Field"),
    Column("value", "What the file says"),
    Column("message", "What is wrong"),
    Column("kept", "Kept"),
    Column("where", "Where"),
)


def open_request(view: Act, request_id: str, what: str) -> tuple[PlacementRequest, list[Child]]:
    """The borough's own request and its children, each of whose views is logged first."""
    row = request_for(view.session, actor=view.actor, request_id=request_id)
    children = children_of_request(view.session, actor=view.actor, request_id=request_id)
    for child in children:
        shown(view.wiring, view.actor, child.id, f"{row.reference}: {what}")
    return row, children


def position_asked() -> int:
    """Which child of the request a page is about: the first, unless its address says another."""
    given = request.args.get("child", "1")
    if not given.isdecimal() or len(given) > 2:
        raise NotFound("child of the request")
    return int(given)


@bp.get("/requests/<request_id>/form")
@permission(Permission.REQUEST_WRITE)
def request_form(request_id: str) -> ResponseReturnValue:
    """The task list of a draft."""
    with look() as view:
        row, children = open_request(view, request_id, "sections")
        must_be_draft(row)
        parts, gaps = parts_of(view, row)
        page = {
            "children": children,
            "parts": parts,
            "gaps": gaps,
            "done": sum(part.is_done for part in parts),
            "plan": SIBLINGS_WORDS[row.siblings],
            **law_and_comments(view, row),
            "faults": _faults(view, row),
            "fault_listing": Listing.fixed(FAULTS),
            "reading": reading_task(view, row),
        }
        return render_template("borough/request_form.html", row=row, **page)


def keep_typed(request_id: str, section: str) -> str | None:
    """Keep what was typed by somebody who is signed in no longer, and say where to find it again; None where the form
    was not shown to anybody by us. Nothing is saved: whoever signs in as the same person is asked.
    """
    person_id = who_was_shown(request.form.get("shown_to", ""), request_id, section)
    if person_id is None:
        return None
    position = position_asked()
    with act(keyed=False) as doing:
        kept = unsaved.keep_unsaved(
            doing.session,
            vault=doing.wiring.vault,
            person_id=person_id,
            request_id=request_id,
            section=section,
            position=position,
            version=_version(),
            read=lambda part: read_section(part, request.form),
            now=doing.now,
        )
    if kept and actor_or_none() is None:
        flash("You were no longer signed in\nWhat you typed is kept. Sign in, and it comes back.", "notice")
    return section_address(request_id, section, position)


def _version() -> int:
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else -1


def _faults(view: Act, row: PlacementRequest) -> list[Fault]:
    """What was wrong with the file that the draft came from."""
    return faults_of(view.session, actor=view.actor, vault=view.wiring.vault, request_id=row.id)


@bp.route("/requests/<request_id>/form/<section>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
@kept_if_signed_out(keep_typed)
def request_section(request_id: str, section: str) -> ResponseReturnValue:
    """One section: save and go on, or stay where saved answers are wrong. A stale save is settled answer by answer."""
    position, refused = position_asked(), None
    with look() as view:
        part = form(request_for(view.session, actor=view.actor, request_id=request_id).form_version).section(section)
    if request.method == "GET":
        return _section_page(request_id, part, position, None, None)
    lines = with_lines(part, request.form)
    if lines is not None and DIFFERS in request.form:
        return _settle_page(request_id, part, position, lines)
    if lines is not None:
        return _section_page(request_id, part, position, lines, None)
    typed = read_section(part, request.form)
    try:
        with act() as doing:
            typed = settled(doing, request_id, part, position, typed, request.form)
            _save(doing, request_id, part, position, typed)
            return _saved(doing, request_id, part, position)
    except Stale:
        return _settle_page(request_id, part, position, typed)
    except Invalid as error:
        refused = error
    return _section_page(request_id, part, position, typed, refused)


def _save(doing: Act, request_id: str, part: SectionDefinition, position: int, typed: Mapping[str, Raw]) -> None:
    saved = drafting.save_section(
        doing.session,
        actor=doing.actor,
        vault=doing.wiring.vault,
        request_id=request_id,
        section=part.name,
        answers=typed,
        version=_version(),
        now=doing.now,
        position=position,
    )
    unsaved.discard_unsaved(
        doing.session,
        actor=doing.actor,
        request_id=request_id,
        section=part.name,
        position=saved.child_position,
    )


def _saved(doing: Act, request_id: str, part: SectionDefinition, position: int) -> ResponseReturnValue:
    """Where a saved section leads: on to the next, or back to itself where answers that were given are wrong."""
    row = request_for(doing.session, actor=doing.actor, request_id=request_id)
    parts, _ = parts_of(doing, row)
    at = next(number for number, one in enumerate(parts) if one.is_about(part.name, position))
    wrong = len(parts[at].wrong)
    if not wrong:
        last = "gaps" in request.args or at + 1 == len(parts)
        check = url_for("borough.request_check", request_id=request_id)
        return doing.go(check if last else parts[at + 1].href, "Section saved")
    need = "answer needs" if wrong == 1 else "answers need"
    doing.messages.append(("notice", f"Saved, but {wrong} {need} changing"))
    gaps_too = request.args.get("gaps")  # None leaves it out of the address
    return doing.go(section_address(request_id, part.name, position, wrong=1, gaps=gaps_too))


def _section_page(
    request_id: str,
    part: SectionDefinition,
    position: int,
    posted: Mapping[str, Raw] | None,
    refused: HomewardError | None,
) -> ResponseReturnValue:
    with look() as view:
        row, children = open_request(view, request_id, f"section {part.title}")
        must_be_draft(row)
        parts, _ = parts_of(view, row)
        here = next((one for one in parts if one.is_about(part.name, position)), None)
        if here is None:
            raise NotFound("section of the form")
        page = _section_of(view, row, here, posted)
        if refused is not None:
            page["form"].refuse(refused)
        elif posted is None and page["restored"] is None and ("wrong" in request.args or "gaps" in request.args):
            page["form"].show(here.wrong if "wrong" in request.args else here.gaps)
        page |= {"number": parts.index(here) + 1, "of": len(parts)}
        return render_template("borough/request_section.html", row=row, children=children, **page), (
            400 if refused is not None else 200
        )


def _section_of(view: Act, row: PlacementRequest, here: Part, posted: Mapping[str, Raw] | None) -> dict[str, Any]:
    """The page of a section: filled with what was just posted, what was typed and could not be saved, what is copied
    from the first child because the officer asked for it, or what is saved.
    """
    part, position, version = here.section, here.position, here.version
    typed: Mapping[str, Raw] = here.answers
    restored, copied = None, False
    if posted is not None:
        typed, version = posted, _version()
    else:
        restored = unsaved.unsaved_of(
            view.session,
            actor=view.actor,
            vault=view.wiring.vault,
            request=row,
            section=part,
            position=position or 1,
            now=view.now,
        )
        if restored is not None:
            typed, version = restored.answers, restored.version
        elif "copy" in request.args and position > 1 and part.copied:
            first = drafting.saved_sections(view.session, vault=view.wiring.vault, request=row)[part.name]
            typed, copied = first.answers, True
    seen = provider_view(view.session, vault=view.wiring.vault, request=row, stage=1)
    return {
        "form": SectionForm(part, typed, here.known),
        "here": here,
        "part": part,
        "comments": comments_on(view, row, part.name),
        "version": version,
        "restored": restored,
        "copied": copied,
        "shown_to": shown_to(view.actor.person_id, row.id, part.name),
        "about": next((one for one in seen if not one.name and one.position == position), seen[0]),
        "beside": next((one for one in seen if (one.name, one.position) == (part.name, position)), None),
    }


def _settle_page(
    request_id: str, part: SectionDefinition, position: int, typed: Mapping[str, Raw]
) -> ResponseReturnValue:
    """Somebody else saved the section since this page was shown: both answers side by side, where they differ."""
    with look() as view:
        row, children = open_request(view, request_id, f"settle {part.title}")
        must_be_draft(row)
        found = settling(view, row, part, position, typed, request.form)
        page = {"form": found, "part": part, "shown_to": shown_to(view.actor.person_id, row.id, part.name)}
        return render_template("borough/request_settle.html", row=row, children=children, **page), 409


@bp.post("/requests/<request_id>/form/<section>/discard")
@permission(Permission.REQUEST_WRITE)
def request_discard(request_id: str, section: str) -> ResponseReturnValue:
    """Forget what was typed before the session ended: what is saved stands."""
    position = position_asked()
    with act() as doing:
        row = request_for(doing.session, actor=doing.actor, request_id=request_id)
        part = form(row.form_version).section(section)
        unsaved.discard_unsaved(
            doing.session,
            actor=doing.actor,
            request_id=row.id,
            section=part.name,
            position=position if part.per_child else 0,
        )
        return doing.go(section_address(row.id, part.name, position), "What you had typed is gone")


@bp.route("/requests/<request_id>/form/check", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_check(request_id: str) -> ResponseReturnValue:
    """Check the answers, then submit to a manager."""
    checked = Form(_Version)
    if request.method == "POST" and checked.parse(request.form):
        try:
            with act() as doing:
                submitting.submit(
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
        must_be_draft(row)
        parts, gaps = parts_of(view, row)
        page = {
            "parts": parts,
            "gaps": gaps,
            "needs": [
                needs_picture(view.session, part.answers, local_date(view.now)) for part in parts if part.measured
            ],
            "reading": reading_task(view, row),
            "plan": SIBLINGS_WORDS[row.siblings],
            **law_and_comments(view, row),
        }
        status = 400 if request.method == "POST" else 200
        return render_template("borough/request_check.html", row=row, children=children, **page), status


class _Version(Schema):
    """The version that the page was shown with."""

    version = Hidden(number=True)


def must_be_draft(row: PlacementRequest) -> None:
    """Conflict once the answers can no longer be changed."""
    if row.status is not RequestStatus.DRAFT:
        raise Conflict(f"{row.reference} is no longer a draft, so its answers cannot be changed.")
