"""What providers will read of a request: the preview beside the full form, and the page on which an officer decides
about each place that points at a child and ticks each text as read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.children.ages import years_of
from app.core.errors import HomewardError, Invalid, Stale
from app.identity.permissions import Permission
from app.requests import deciding, findings
from app.requests.audiences import AWARDED, SHORTLISTED
from app.requests.decided import Decided, decisions_of
from app.requests.deciding import Checked, Decision
from app.requests.findings import Pointed, ReadingState
from app.requests.models import PlacementRequest
from app.requests.pointing import WHY, suggestions
from app.requests.preview import AUDIENCE_WORDS, side_by_side
from app.requests.redaction import FINDING_WORDS
from app.requests.rewording import in_pieces, sentence, where_changed, without
from app.requests.status import FindingChoice, RequestStatus
from app.requests.texts import Cell, FieldText, texts_of
from app.requests.ticks import Tick, ticks_of, what_is_unread
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.reading_task import TITLE, reading_task
from app.web.borough.request_form import open_request

STAGES = {1: "Everyone invited", 2: "Shortlisted", 3: "Awarded"}


@dataclass(frozen=True)
class PlaceOnPage:
    """An open place with what may be done about it, and how the sentence would read without its words."""

    key: str
    words: str
    kind: str
    why: str
    quote: tuple[str, str, str]
    without: str
    suggestions: list[str]
    elsewhere: int


@dataclass(frozen=True)
class TextOnPage:
    """A text as it stands, in pieces with its places, and whether it is read."""

    key: str
    anchor: str
    label: str
    audience: str
    cells: list[tuple[str, list[tuple[str, Pointed | None]]]]
    places: list[PlaceOnPage]
    tick: Tick | None
    fingerprint: str
    stale: bool = False


@dataclass
class ReadingForm:
    """What was chosen, typed and ticked on the page. It has the shape of a `Form`: the layout reads its errors."""

    posted: Mapping[str, str] = field(default_factory=dict)
    ticks: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        return 409 if self.stale else 400 if self.errors else 200

    def value(self, name: str) -> str:
        """What was typed into a box, or chosen."""
        return self.posted.get(name, "")

    def refuse(self, error: HomewardError) -> None:
        """Show a refusal at the place or text that it blames; a text that changed says so where it stands."""
        if isinstance(error, Stale):
            changed = error.facts.get("texts", ())
            self.stale = [str(one) for one in changed] if isinstance(changed, (list, tuple)) else []
            self.errors = {f"text-{key}": error.message for key in self.stale[:1]} or {"": error.message}
        else:
            self.errors = dict(error.errors) if isinstance(error, Invalid) else {"": error.message}

    def error_links(self) -> list[dict[str, str]]:
        return [{"text": said, "href": f"#{name}" if name else "#main-content"} for name, said in self.errors.items()]


@bp.get("/requests/<request_id>/provider-view")
@permission(Permission.REQUEST_READ)
def request_provider_view(request_id: str) -> str:
    """The full form beside what providers see of it at a stage."""
    stage = {"2": 2, "3": 3}.get(request.args.get("stage", ""), 1)
    with look() as view:
        if stage == AWARDED:
            view.actor.require(Permission.CHILD_READ)
        row, _ = open_request(view, request_id, f"as providers see it, stage {stage}")
        knows = AWARDED if view.actor.may(Permission.CHILD_READ) else SHORTLISTED
        page = {
            "stage": stage,
            "stages": {one: words for one, words in STAGES.items() if one <= knows},
            "sections": side_by_side(view.session, vault=view.wiring.vault, request=row, stage=stage, knows=knows),
            "task": reading_task(view, row) if row.status in findings.BEFORE_PUBLICATION else None,
        }
        return render_template("borough/request_provider_view.html", row=row, **page)


@bp.get("/requests/<request_id>/reading")
@permission(Permission.REQUEST_READ)
def request_reading(request_id: str) -> ResponseReturnValue:
    """Each text that providers see before the award: its places to decide about, and its tick."""
    return _reading(request_id, ReadingForm())


@bp.post("/requests/<request_id>/reading")
@permission(Permission.REQUEST_WRITE)
def request_texts(request_id: str) -> ResponseReturnValue:
    """Decide about places and tick texts: all that was chosen on the page, or nothing."""
    form = ReadingForm(request.form, request.form.getlist("tick"))
    try:
        with act() as doing:
            done = deciding.check_texts(
                doing.session,
                actor=doing.actor,
                vault=doing.wiring.vault,
                request_id=request_id,
                decisions=_decisions(request.form),
                ticks=form.ticks,
                seen=_seen(request.form),
                now=doing.now,
            )
            return doing.go(url_for("borough.request_reading", request_id=request_id), _said(done))
    except (Invalid, Stale) as error:
        form.refuse(error)
    return _reading(request_id, form)


def _reading(request_id: str, form: ReadingForm) -> ResponseReturnValue:
    with look() as view:
        row, _ = open_request(view, request_id, "reading")
        page = _page(view, row, form)
        return render_template("borough/request_reading.html", row=row, form=form, **page), form.status


@bp.post("/requests/<request_id>/put-back")
@permission(Permission.REQUEST_WRITE)
def request_put_back(request_id: str) -> ResponseReturnValue:
    """Take back what was decided about a place."""
    with act() as doing:
        deciding.put_back(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            request_id=request_id,
            clearance_id=request.form.get("decision", ""),
            now=doing.now,
        )
        return doing.go(url_for("borough.request_reading", request_id=request_id), "Put back as it was")


def _decisions(posted: MultiDict[str, str]) -> list[Decision]:
    """What was chosen or typed about each place that the page showed."""
    found = []
    for place in dict.fromkeys(posted.getlist("place")):
        if place.count("-") != 3:
            continue
        choice = posted.get(f"choice-{place}", "")
        typed = {name: posted.get(f"{name}-{place}", "").strip() for name in ("replacement", "reason")}
        everywhere = posted.get(f"everywhere-{place}") == "yes"
        known = FindingChoice(choice) if choice in set(FindingChoice) else None
        if known or everywhere or any(typed.values()):
            found.append(Decision(place, known, everywhere=everywhere, **typed))
    return found


def _seen(posted: MultiDict[str, str]) -> dict[str, str]:
    """The fingerprint of each text as the page showed it."""
    return {name.removeprefix("seen-"): mark for name, mark in posted.items() if name.startswith("seen-")}


def _said(done: Checked) -> str:
    said = [f"{done.settled} {'place' if done.settled == 1 else 'places'} decided"] if done.settled else []
    said += [f"{done.ticked} {'text' if done.ticked == 1 else 'texts'} ticked as read"] if done.ticked else []
    words = ", ".join(said)
    return f"{words}. Read what changed, then tick it" if done.changed else words


def _page(view: Act, row: PlacementRequest, form: ReadingForm) -> dict[str, Any]:
    vault = view.wiring.vault
    texts, ticks = texts_of(view.session, vault=vault, request=row), ticks_of(view.session, row)
    pointed = findings.findings(view.session, vault=vault, request=row, texts=texts)
    still_open = [one for one in pointed if one.reason is None]
    unread = {one.key for one in what_is_unread(texts, ticks)}
    decided: list[Decided] = decisions_of(view.session, vault=vault, request=row)
    ages = {child.position: child.age_weeks for child in row.children}
    shown = [
        _text(one, still_open, None if one.key in unread else ticks[one.key], ages.get(max(one.position, 1)), form)
        for one in texts
    ]
    return {
        "texts": shown,
        "decided": decided,
        "state": ReadingState(len(texts) - len(unread), len(texts), len(still_open)),
        "may_act": view.actor.may(Permission.REQUEST_WRITE) and row.status in findings.BEFORE_APPROVAL,
        "is_draft": row.status is RequestStatus.DRAFT,
        "title": TITLE,
    }


def _text(
    one: FieldText, still_open: list[Pointed], tick: Tick | None, weeks: int | None, form: ReadingForm
) -> TextOnPage:
    own = [place for place in still_open if place.text_key == one.key]
    cells = [(cell.label, in_pieces(cell.text, [at for at in own if at.path == cell.path])) for cell in one.cells]
    by_path = {cell.path: cell for cell in one.cells}
    return TextOnPage(
        key=one.key,
        anchor=f"text-{one.key}",
        label=one.label,
        audience=AUDIENCE_WORDS[one.definition.audience],
        cells=cells,
        places=[_place(place, by_path[place.path], still_open, weeks) for place in own],
        tick=tick,
        fingerprint=one.fingerprint,
        stale=one.key in form.stale,
    )


def _place(one: Pointed, cell: Cell, still_open: list[Pointed], weeks: int | None) -> PlaceOnPage:
    shorter = without(cell.text, one.start, one.end)
    at = where_changed(cell.text, shorter)
    return PlaceOnPage(
        key=one.key,
        words=one.words,
        kind=FINDING_WORDS[one.kind],
        why=WHY[one.kind],
        quote=(one.before, one.words, one.after),
        without=sentence(shorter, min(at, len(shorter)), min(at, len(shorter))) if shorter else "",
        suggestions=suggestions(one.kind, years_of(weeks) if weeks is not None else None),
        elsewhere=len(deciding.same_words(still_open, one)),
    )
