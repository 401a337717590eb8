"""A request's files: what is attached and for whom, the forms and packs that are made from it, and the blank form."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.models import Child
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.core.files import KIND_WORDS, FileKind
from app.identity.permissions import Permission
from app.requests.form import Audience
from app.requests.models import PlacementRequest
from app.requests.papers import attaching, making
from app.requests.papers.content import size_words
from app.requests.papers.rules import document_rules
from app.requests.papers.status import FORMAT_WORDS, PAPER_WORDS, PaperFormat, PaperKind
from app.requests.queries import children_of_request, request_for
from app.web.access import permission, uploads
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_form import open_request
from app.web.borough.request_reading import STAGES
from app.web.fields import Choice, Hidden, Text, Tick, Upload
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing
from app.web.uploads import FORM_BESIDE, attachment, required_upload

KINDS = (FileKind.PDF, FileKind.WORD, FileKind.PNG, FileKind.JPEG)
LARGEST = 25 * 1024 * 1024
"""Above any policy: what a body may be at all. The policy says what a file may be."""

AUDIENCES = (
    (Audience.INVITED.value, "Everyone invited", "Stage 1, 2 and 3. It must not say who the child is"),
    (Audience.SHORTLISTED.value, "Shortlisted providers", "Stage 2 and 3. It must not say who the child is"),
    (Audience.AWARDED.value, "The provider that is awarded the placement", "Stage 3"),
    (Audience.BOROUGH.value, "Nobody outside the council", ""),
)
AUDIENCE_WORDS = {code: words for code, words, _ in AUDIENCES}
MADE = (
    ("filled_form.docx.borough", "The whole form as Word"),
    ("filled_form.pdf.borough", "The whole form as PDF"),
    ("pack.pdf.borough", "The council's own pack as PDF: the form with its attached files"),
    *((f"pack.pdf.{stage}", f"The pack as PDF for stage {stage}: {words.lower()}") for stage, words in STAGES.items()),
)
ATTACHED = (
    Column("title", "Title"),
    Column("kind", "Kind"),
    Column("audience", "Who may see it"),
    Column("size", "Size", numeric=True),
    Column("added", "Added"),
    Column("checked", "Identifies nobody"),
    Column("act", "Action"),
)
PAPERS = (Column("what", "Document"), Column("made", "Made"), Column("until", "Kept until"))


class AttachForm(Schema):
    """A file and whom it is for."""

    file = Upload("File", hint=f"{', '.join(KIND_WORDS[one] for one in KINDS)}")
    title = Text(
        "Title",
        hint="What providers read in the list. No names",
        missing="Enter a title",
        max_length=attaching.LONGEST_TITLE,
    )
    kind = Choice("What is it?", kind="select", missing="Choose what kind of file it is")
    audience = Choice("Who may see it?", choices=AUDIENCES, missing="Choose who may see it")
    child_position = Choice("Whom is it about?", missing="Choose whom it is about")
    checked = Tick(
        "I have read it and it does not say who the child is",
        hint="Needed before a file for invited or shortlisted providers goes out",
    )


class AskForm(Schema):
    """Which document to make."""

    what = Choice("Document", choices=MADE, kind="select", missing="Choose a document")


class VersionForm(Schema):
    """The version that was shown."""

    version = Hidden(number=True)


@bp.route("/requests/<request_id>/files", methods=["GET", "POST"])
@permission(Permission.REQUEST_READ)
def request_files(request_id: str) -> ResponseReturnValue:
    """What is attached, what was made, and a form to have more made."""
    form = Form(AskForm)
    if request.method == "POST" and form.parse(request.form):
        kind, format, audience = form.data["what"].split(".")
        with act() as doing:
            _, batch = making.ask_for_own(
                doing.session,
                actor=doing.actor,
                request_id=request_id,
                kind=PaperKind(kind),
                format=PaperFormat(format),
                audience=Audience(audience),
                leads_to=url_for("borough.request_files", request_id=request_id),
                now=doing.now,
            )
            return doing.go(url_for("progress.show", batch_id=batch.id))
    with look() as view:
        row, children = open_request(view, request_id, "files")
        page: dict[str, Any] = {"row": row, "form": form, **_files(view, row), "children": children}
        return render_template("borough/request_files.html", **page), form.status


def _files(view: Act, row: PlacementRequest) -> dict[str, Any]:
    organisation_id = view.actor.organisation_id
    return {
        "files": attaching.attachments_of(
            view.session, actor=view.actor, vault=view.wiring.vault, request_id=row.id, now=view.now, removed=True
        ),
        "papers": [
            one
            for one in making.papers_of(view.session, organisation_id=organisation_id, request_id=row.id, now=view.now)
            if making.may_have(view.actor, one)
        ],
        "file_listing": Listing.fixed(ATTACHED),
        "paper_listing": Listing.fixed(PAPERS),
        "size_words": size_words,
        "audience_words": AUDIENCE_WORDS,
        "paper_words": PAPER_WORDS,
        "format_words": FORMAT_WORDS,
        "now": view.now,
    }


@bp.route("/requests/<request_id>/files/attach", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
@uploads(LARGEST + FORM_BESIDE)
def request_attach(request_id: str) -> ResponseReturnValue:
    """Attach a file for an audience."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        rules = document_rules(view.session, local_date(view.now))
        children = children_of_request(view.session, actor=view.actor, request_id=row.id)
    form = Form(
        AttachForm,
        values={"child_position": "0", "audience": ""},
        choices={"kind": rules.kinds, "child_position": _whom(children)},
    )
    if request.method == "POST" and form.parse(request.form):
        try:
            accepted = required_upload(kinds=KINDS, most_bytes=rules.most_bytes)
            data = form.data
            with act() as doing:
                attaching.attach(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    store=doing.wiring.files,
                    request_id=request_id,
                    accepted=accepted,
                    title=data["title"],
                    kind=data["kind"],
                    audience=data["audience"],
                    child_position=int(data["child_position"]),
                    checked=data["checked"],
                    now=doing.now,
                )
                return doing.go(url_for("borough.request_files", request_id=request_id), "File attached")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/request_attach.html", row=row, form=form), form.status


def _whom(children: list[Child]) -> list[tuple[str, str]]:
    """All children, or one of several by reference."""
    if len(children) == 1:
        return [("0", f"The child ({children[0].reference})")]
    alone = [(str(number), f"{child.reference} alone") for number, child in enumerate(children, start=1)]
    return [("0", "All the children"), *alone]


@bp.get("/requests/<request_id>/files/<attachment_id>")
@permission(Permission.REQUEST_READ)
def request_file(request_id: str, attachment_id: str) -> Response:
    """An attached file."""
    with look() as view:
        row, _ = open_request(view, request_id, "attached file")
        name, media_type, data = attaching.content_of(
            view.session,
            vault=view.wiring.vault,
            store=view.wiring.files,
            request=row,
            attachment_id=attachment_id,
            reach=None,
            own=attaching.own_audience(view.actor),
        )
        return attachment(data, name=name, media_type=media_type)


@bp.post("/requests/<request_id>/files/<attachment_id>/check")
@permission(Permission.REQUEST_WRITE)
def request_file_check(request_id: str, attachment_id: str) -> ResponseReturnValue:
    """Say that one has read the file and that it identifies nobody."""
    form = Form(VersionForm)
    version = form.data["version"] if form.parse(request.form) else 0  # none was ever shown: stale, if it is ours
    with act() as doing:
        attaching.mark_checked(
            doing.session,
            actor=doing.actor,
            request_id=request_id,
            attachment_id=attachment_id,
            version=version,
            now=doing.now,
        )
        return doing.go(url_for("borough.request_files", request_id=request_id), "Marked as identifying nobody")


@bp.route("/requests/<request_id>/files/<attachment_id>/remove", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_file_remove(request_id: str, attachment_id: str) -> ResponseReturnValue:
    """Take a file away."""
    form = Form(VersionForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                attaching.remove(
                    doing.session,
                    actor=doing.actor,
                    store=doing.wiring.files,
                    request_id=request_id,
                    attachment_id=attachment_id,
                    now=doing.now,
                    **form.data,
                )
                return doing.go(url_for("borough.request_files", request_id=request_id), "File removed")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        row, _ = open_request(view, request_id, "remove a file")
        lines = _files(view, row)["files"]
        line = next((one for one in lines if one.id == attachment_id and one.removed_at is None), None)
        if line is None:
            raise NotFound("file")
        form.raw["version"] = form.raw["version"] or str(line.version)
        return render_template("borough/request_file_remove.html", row=row, line=line, form=form), form.status


@bp.route("/blank-form", methods=["GET", "POST"])
@permission(Permission.REQUEST_READ)
def blank_form() -> ResponseReturnValue:
    """The blank form as Word or PDF, made on demand."""
    form = Form(BlankForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            _, batch = making.ask_for_blank(
                doing.session,
                actor=doing.actor,
                format=PaperFormat(form.data["format"]),
                leads_to=url_for("borough.blank_form"),
                now=doing.now,
            )
            return doing.go(url_for("progress.show", batch_id=batch.id))
    with look() as view:
        papers = making.papers_of(
            view.session, organisation_id=view.actor.organisation_id, request_id=None, now=view.now
        )
        page = {"papers": papers, "paper_listing": Listing.fixed(PAPERS), "format_words": FORMAT_WORDS}
        return render_template("borough/blank_form.html", form=form, **page), form.status


class BlankForm(Schema):
    """As what."""

    format = Choice(
        "As what?",
        choices=(
            (PaperFormat.WORD.value, "Word", "To fill in on a computer"),
            (PaperFormat.PDF.value, "PDF", "To print"),
        ),
        missing="Choose Word or PDF",
    )


@bp.get("/documents/<paper_id>", endpoint="paper")
@permission(Permission.REQUEST_READ)
def paper_file(paper_id: str) -> Response:
    """A document that was made, while it is kept."""
    with look() as view:
        paper = making.paper_for(view.session, actor=view.actor, paper_id=paper_id, now=view.now)
        if paper.request_id is not None:
            row = request_for(view.session, actor=view.actor, request_id=paper.request_id)
            for child in children_of_request(view.session, actor=view.actor, request_id=row.id):
                shown(view.wiring, view.actor, child.id, f"{row.reference}: document")
        name, media_type, data = making.content_of_paper(
            view.session,
            vault=view.wiring.vault,
            store=view.wiring.files,
            paper=paper,
            actor=view.actor,
            reach=None,
        )
        return attachment(data, name=name, media_type=media_type)
