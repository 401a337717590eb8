"""Referrals out of a case system: a file is sent in, looked at fault by fault, and kept as a draft."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.children.duplicates import LikelyKnown
from app.children.models import Child
from app.children.records import reveal
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import MEDIA_TYPES, FileKind, clean_name
from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.requests.answers import words_of
from app.requests.form import CURRENT, form
from app.requests.referrals import keeping
from app.requests.referrals.describing import empty_csv, empty_json, lines_of
from app.requests.referrals.parsing import MOST_BYTES, decoded
from app.requests.referrals.reading import ReadChild, Referral
from app.web.access import permission, uploads
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.children import AnotherForm, ChildForm
from app.web.borough.request_form import FAULTS
from app.web.fields import Choice, Hidden, Upload
from app.web.forms import Form
from app.web.records import shown
from app.web.tables import Column, Listing
from app.web.uploads import FORM_BESIDE, attachment

NEW = "new"
WAITING = (Column("file", "File"), Column("sent", "Sent"))
NAMES = (
    Column("name", "Name"),
    Column("label", "What it is"),
    Column("what", "What it holds"),
    Column("codes", "Codes"),
    Column("notes", "Notes"),
)


class UploadForm(Schema):
    """The file."""

    file = Upload("The file", hint="JSON or CSV, smaller than 1 MB. Nothing is kept before you have looked at it")


class KeepForm(Schema):
    """Whom it is about, and the version that was shown."""

    version = Hidden(number=True)
    child = Choice("Which child is it about?", missing="Choose which child it is about")


@bp.route("/requests/import", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
@uploads(MOST_BYTES + FORM_BESIDE)
def import_referral() -> ResponseReturnValue:
    """Send in a file."""
    sent = Form(UploadForm)
    if request.method == "POST" and sent.parse(request.form):
        try:
            text, name = _sent_text()
            with act() as doing:
                row = keeping.receive(
                    doing.session, actor=doing.actor, vault=doing.wiring.vault, text=text, file_name=name, now=doing.now
                )
                return doing.go(url_for("borough.import_preview", import_id=row.id))
        except Invalid as error:
            sent.refuse(error)
    with look() as view:
        vault = view.wiring.vault
        files = [(row, keeping.name_of(vault, row)) for row in keeping.waiting(view.session, actor=view.actor)]
        page = {"files": files, "listing": Listing.fixed(WAITING)}
        return render_template("borough/import.html", form=sent, **page), sent.status


def _sent_text() -> tuple[str, str]:
    posted = request.files.get("file")
    name = clean_name(posted.filename or "") if posted is not None else ""
    if posted is None or not name:
        raise Invalid("Choose the file to send", field="file")
    if not name.lower().endswith((".json", ".csv", ".txt")):
        raise Invalid("The file must be JSON or CSV", field="file")
    return decoded(posted.stream.read(MOST_BYTES + 1)), name


@bp.route("/requests/imports/<import_id>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def import_preview(import_id: str) -> ResponseReturnValue:
    """Every fault of a file, what would be kept of it, and for which child. Confirmed, it is a draft."""
    with look() as view:
        row, text = keeping.received(view.session, actor=view.actor, vault=view.wiring.vault, import_id=import_id)
        referral = keeping.look_at(text, view.now)
        found = _candidates(view, referral)
        others = _others(view, referral)
        file_name, version = keeping.name_of(view.wiring.vault, row), row.version
    picks = [(child.id, f"{child.reference}: {words}") for child, words in found]
    keep = Form(
        KeepForm,
        values={"version": version, "child": "" if picks else NEW},
        choices={"child": [*picks, (NEW, "A child who is not recorded yet")]},
    )
    asked = bool(picks) or request.method == "POST"
    seen = " ".join(child.reference for child, _ in found)
    born = Form(
        AnotherForm if asked else ChildForm, values={**_identity(referral), **({"seen": seen} if asked else {})}
    )
    if request.method == "POST":
        done = _keep(import_id, keep, born)
        if done is not None:
            return done
    page = {
        "others": others,
        "file_name": file_name,
        "import_id": import_id,
        "keep": keep,
        "born": born,
        **_preview(referral),
    }
    status = 400 if keep.errors or born.errors else 200
    return render_template("borough/import_preview.html", **page), status


def _keep(import_id: str, keep: Form, born: Form) -> ResponseReturnValue | None:
    """The draft that the file becomes, or None with messages on the forms."""
    chosen = keep.parse(request.form)
    new = chosen and keep.data["child"] == NEW
    if new and not born.parse(request.form):
        return None
    if not chosen:
        return None
    try:
        with act() as doing:
            kept = keeping.keep_received(
                doing.session,
                actor=doing.actor,
                vault=doing.wiring.vault,
                import_id=import_id,
                version=keep.data["version"],
                child_id=None if new else keep.data["child"],
                identity={**born.data, "seen": str(born.data["seen"] or "").split()} if new else None,
                now=doing.now,
            )
            count = len(kept.faults)
            words = f"Draft {kept.request.reference} made"
            if count:
                words += f". {count} {'answer needs' if count == 1 else 'answers need'} your attention"
            return doing.go(url_for("borough.request_form", request_id=kept.request.id), words)
    except Invalid as error:
        born.refuse(error)
    except Stale:
        raise
    except LikelyKnown as error:
        born.raw["seen"] = " ".join(error.references)
        born.add_error(
            "another", f"It may be {' or '.join(error.references)}. Choose that child, or say why it is another"
        )
    except Conflict as error:
        keep.add_error("child", error.message)
    return None


def _candidates(view: Act, referral: Referral) -> list[tuple[Child, str]]:
    """The children who may be meant, each of whose records is looked at here."""
    if not referral.children or not view.actor.may(Permission.CHILD_READ):
        return []
    vault = view.wiring.vault
    found = keeping.likely(view.session, actor=view.actor, vault=vault, child=referral.children[0])
    named = []
    for child in found:
        shown(view.wiring, view.actor, child.id, "Found by a referral's file")
        identity = reveal(vault=vault, child=child)
        named.append((child, f"{identity.name}, born {date_words(identity.date_of_birth)}"))
    return named


def _others(view: Act, referral: Referral) -> list[tuple[str, str]]:
    """What becomes of the second child and those after it, in words."""
    told = []
    for other in keeping.others_of(view.session, actor=view.actor, vault=view.wiring.vault, referral=referral):
        if other.child is not None:
            shown(view.wiring, view.actor, other.child.id, "Found by a referral's file")
            words = f"{other.child.reference}, who is recorded already, is added to the draft"
        elif other.hindrance is None:
            words = "Is recorded and added to the draft"
        else:
            words = f"Is not added: {other.hindrance}"
        told.append((f"Child {other.number}", words))
    return told


def _identity(referral: Referral) -> dict[str, Any]:
    return dict(referral.children[0].identity) if referral.children else {}


def _preview(referral: Referral) -> dict[str, Any]:
    definition = form(CURRENT)
    first = referral.children[0] if referral.children else ReadChild()
    return {
        "faults": referral.all_faults,
        "fault_listing": Listing.fixed(FAULTS),
        "reference": first.reference,
        "kept": [
            (
                section.title,
                [
                    (one.label, words_of(one, referral.answers[one.name]))
                    for one in section.fields
                    if one.name in referral.answers
                ],
            )
            for section in definition.sections
        ],
        "count": len(referral.answers),
    }


@bp.post("/requests/imports/<import_id>/discard")
@permission(Permission.REQUEST_WRITE)
def import_discard(import_id: str) -> ResponseReturnValue:
    """Forget a file."""
    with act() as doing:
        keeping.discard(doing.session, actor=doing.actor, vault=doing.wiring.vault, import_id=import_id, now=doing.now)
        return doing.go(url_for("borough.import_referral"), "The file is forgotten")


@bp.post("/requests/<request_id>/import-faults")
@permission(Permission.REQUEST_WRITE)
def import_settle(request_id: str) -> ResponseReturnValue:
    """What was wrong with the file is dealt with."""
    with act() as doing:
        keeping.settle_faults(doing.session, actor=doing.actor, request_id=request_id, now=doing.now)
        return doing.go(url_for("borough.request_form", request_id=request_id), "The list is forgotten")


@bp.get("/requests/import/format")
@permission(Permission.REQUEST_WRITE)
def import_format() -> str:
    """What a file may hold, name by name."""
    return render_template("borough/import_format.html", parts=lines_of(form(CURRENT)), listing=Listing.fixed(NAMES))


@bp.get("/requests/import/empty.<ending>")
@permission(Permission.REQUEST_WRITE)
def import_empty(ending: str) -> Response:
    """A file with every name and no value."""
    if ending == "csv":
        return attachment(empty_csv(form(CURRENT)), name="referral.csv", media_type=MEDIA_TYPES[FileKind.CSV])
    if ending == "json":
        return attachment(empty_json(form(CURRENT)), name="referral.json", media_type="application/json")
    raise NotFound("page")
