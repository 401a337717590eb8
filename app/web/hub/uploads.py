"""Bringing a file into the register: upload it, read what it would do, then confirm or discard."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.core.files import MEGABYTE, Accepted, FileKind
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import act, look
from app.web.fields import DateField, Hidden, Tick, Upload
from app.web.forms import Form
from app.web.hub import bp
from app.web.hub.imports import breakable, report_parts
from app.web.uploads import FORM_BESIDE, required_upload
from providers.register import uploads as files
from providers.register.models import RegisterUpload
from providers.register.opening import MAX_BYTES
from providers.register.status import UPLOAD, UploadStatus


class UploadForm(Schema):
    """A file and the day that it speaks for."""

    file = Upload(
        "CSV file of Ofsted's",
        hint="Providers, inspections in a year, premises of supported accommodation, or leavers and joiners. Its "
        f"headings say which. Up to {MAX_BYTES // MEGABYTE} MB",
    )
    as_of = DateField(
        "Which day does it speak for?",
        hint="The day in its title, such as 31 3 2025",
        called="The day that it speaks for",
        missing="Enter the day that the file speaks for",
    )
    skip_bad_rows = Tick("Leave out rows that cannot be read, and import the rest")


class DecideForm(Schema):
    """Which state of the file was read."""

    version = Hidden(number=True)


@bp.route("/imports/new", methods=["GET", "POST"])
@permission(Permission.REGISTER_IMPORT)
@uploads(MAX_BYTES + FORM_BESIDE)
def imports_new() -> ResponseReturnValue:
    """Upload a file. It is read and previewed; nothing changes yet."""
    form = Form(UploadForm)
    accepted = _read_with(form) if request.method == "POST" else None
    if accepted is not None:
        try:
            with act() as doing:
                made = files.upload_file(
                    doing.session,
                    actor=doing.actor,
                    accepted=accepted,
                    store=doing.wiring.files,
                    as_of=form.data["as_of"],
                    skip_bad_rows=form.data["skip_bad_rows"],
                    now=doing.now,
                )
                return doing.go(url_for("progress.show", batch_id=made.batch_id))
        except Invalid as error:
            form.refuse(error)
    return render_template("hub/imports_new.html", form=form), form.status


def _read_with(form: Form) -> Accepted | None:
    """The file, where it and the answers beside it are right; what is wrong with either is said together."""
    right = form.parse(request.form)
    try:
        accepted = required_upload(kinds=(FileKind.CSV,), most_bytes=MAX_BYTES)
    except Invalid as error:
        form.refuse(error)
        return None
    return accepted if right else None


@bp.get("/imports/uploads/<upload_id>")
@permission(Permission.REGISTER_IMPORT)
def import_preview(upload_id: str) -> ResponseReturnValue:
    """What a file would do: to our enrolled services, then in the market; who would be suspended, asked and told."""
    with look() as view:
        upload = files.upload_for(view.session, actor=view.actor, upload_id=upload_id)
        return render_template(
            "hub/import_preview.html",
            upload=upload,
            status_words=UPLOAD.words,
            since=files.imported_since(view.session, upload) if upload.status is UploadStatus.READY else 0,
            may_confirm=_may_confirm(upload),
            breakable=breakable,
            **(report_parts(upload.preview) if upload.preview else {"report": None}),
        )


@bp.post("/imports/uploads/<upload_id>/confirm")
@permission(Permission.REGISTER_IMPORT)
def import_confirm(upload_id: str) -> ResponseReturnValue:
    """Import the file, all of it or nothing."""
    with act() as doing:
        done = files.confirm(doing.session, actor=doing.actor, upload_id=upload_id, now=doing.now, version=_version())
        return doing.go(url_for("progress.show", batch_id=done.batch_id))


@bp.post("/imports/uploads/<upload_id>/again")
@permission(Permission.REGISTER_IMPORT)
def import_again(upload_id: str) -> ResponseReturnValue:
    """Compute the preview anew."""
    with act() as doing:
        done = files.compute_again(
            doing.session,
            actor=doing.actor,
            upload_id=upload_id,
            skip_bad_rows=request.form.get("skip_bad_rows") == "yes",
            now=doing.now,
            version=_version(),
        )
        return doing.go(url_for("progress.show", batch_id=done.batch_id))


@bp.post("/imports/uploads/<upload_id>/discard")
@permission(Permission.REGISTER_IMPORT)
def import_discard(upload_id: str) -> ResponseReturnValue:
    """Leave the file out."""
    with act() as doing:
        files.discard(doing.session, actor=doing.actor, upload_id=upload_id, now=doing.now, version=_version())
        return doing.go(url_for("hub.imports"), "The file is discarded. Nothing of it was imported.")


def _may_confirm(upload: RegisterUpload) -> bool:
    report = upload.preview or {}
    return upload.status is UploadStatus.READY and not report.get("refused") and not report.get("again")


def _version() -> int:
    """The version that the button carries; `Invalid` where it carries none."""
    form = Form(DecideForm)
    if not form.parse(request.form):
        raise Invalid(next(iter(form.errors.values())))
    return int(form.data["version"])
