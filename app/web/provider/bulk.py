"""Many services at once: the company's own as a spreadsheet, sent back, looked at and confirmed."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.core.files import MEDIA_TYPES, FileKind
from app.identity.permissions import Permission
from app.web.access import permission, uploads
from app.web.acts import act, look
from app.web.fields import Hidden, Upload
from app.web.forms import Form
from app.web.provider import bp
from app.web.tables import Column, Listing
from app.web.uploads import FORM_BESIDE, attachment, required_upload
from providers.services.bulk.planning import Plan
from providers.services.bulk.reading import KINDS, MOST_BYTES
from providers.services.bulk.sheets import SHEETS, csv_file, excel_file, own_services
from providers.services.bulk.status import BULK, BulkStatus
from providers.services.bulk.working import bulk_file, bulk_files, confirm, send_in

TONES = {
    BulkStatus.READING: "progress",
    BulkStatus.READY: "warn",
    BulkStatus.FAULTY: "bad",
    BulkStatus.APPLYING: "progress",
    BulkStatus.APPLIED: "good",
    BulkStatus.STALE: "neutral",
}
FILES = (Column("file", "File"), Column("sent", "Sent"), Column("status", "Where it stands"))
CHANGES = (Column("line", "Line"), Column("service", "Service"), Column("what", "What would change"))
MISTAKES = (Column("line", "Line"), Column("column", "Column"), Column("message", "What is wrong"))
PER_PAGE = 100


class UploadForm(Schema):
    """The file."""

    file = Upload("Your file", hint="Excel (.xlsx) or CSV, smaller than 5 MB. Nothing is saved before you confirm it")


class ConfirmForm(Schema):
    """The version that was shown."""

    version = Hidden(number=True)


@bp.route("/bulk", methods=["GET", "POST"])
@permission(Permission.PRICE_WRITE)
@uploads(MOST_BYTES + FORM_BESIDE)
def bulk() -> ResponseReturnValue:
    """The template to download, the file to send, and the files that were sent."""
    form = Form(UploadForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            accepted = required_upload(kinds=KINDS, most_bytes=MOST_BYTES, missing="Choose the file to send")
            with act() as doing:
                _, batch = send_in(
                    doing.session,
                    actor=doing.actor,
                    accepted=accepted,
                    store=doing.wiring.files,
                    leads_to=url_for("provider.bulk_file", bulk_file_id="{id}").replace("%7Bid%7D", "{id}"),
                    now=doing.now,
                )
                return doing.go(url_for("progress.show", batch_id=batch.id))
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        page: dict[str, Any] = {"form": form, "files": bulk_files(view.session, view.actor), "sheets": SHEETS}
        words = {"listing": Listing.fixed(FILES), "status_words": BULK.words, "tones": TONES}
        return render_template("provider/bulk.html", **page, **words), form.status


@bp.get("/bulk/services.xlsx")
@permission(Permission.PRICE_WRITE)
def bulk_excel() -> Response:
    """The company's services, needs and prices as one Excel file."""
    with look() as view:
        today = local_date(view.now)
        data = excel_file(view.session, own_services(view.session, view.actor), today)
        name = f"homeward-services-{today.isoformat()}.xlsx"
        return attachment(data, name=name, media_type=MEDIA_TYPES[FileKind.EXCEL])


@bp.get("/bulk/<bulk_sheet>.csv")
@permission(Permission.PRICE_WRITE)
def bulk_csv(bulk_sheet: str) -> Response:
    """One of the three sheets as a CSV file."""
    sheet = next((one for one in SHEETS if one.file_name == f"{bulk_sheet}.csv"), None)
    if sheet is None:
        raise NotFound("page")
    with look() as view:
        today = local_date(view.now)
        data = csv_file(own_services(view.session, view.actor), sheet, today)
        return attachment(
            data, name=f"homeward-{today.isoformat()}-{sheet.file_name}", media_type=MEDIA_TYPES[FileKind.CSV]
        )


@bp.get("/bulk/files/<bulk_file_id>", endpoint="bulk_file")
@permission(Permission.PRICE_WRITE)
def bulk_file_page(bulk_file_id: str) -> ResponseReturnValue:
    """What a file would change, or what is wrong with it, line by line."""
    with look() as view:
        row = bulk_file(view.session, view.actor, bulk_file_id)
        plan = Plan.from_dict(row.plan) if row.plan is not None else Plan()
        faulty = row.status is BulkStatus.FAULTY
        listing = Listing.read(request.args, MISTAKES if faulty else CHANGES, default="line", per_page=PER_PAGE)
        rows: list[Any] = list(plan.mistakes if faulty else plan.changes)
        return render_template(
            "provider/bulk_file.html",
            row=row,
            plan=plan,
            faulty=faulty,
            listing=listing.count(len(rows)),
            rows=rows[listing.offset : listing.offset + listing.limit],
            status_words=BULK.words,
            tones=TONES,
        )


@bp.post("/bulk/files/<bulk_file_id>/confirm")
@permission(Permission.PRICE_WRITE)
def bulk_confirm(bulk_file_id: str) -> ResponseReturnValue:
    """Do it: all of it or nothing."""
    form = Form(ConfirmForm)
    version = form.data["version"] if form.parse(request.form) else 0
    with act() as doing:
        there = url_for("provider.bulk_file", bulk_file_id=bulk_file_id)
        batch = confirm(
            doing.session, actor=doing.actor, file_id=bulk_file_id, version=version, leads_to=there, now=doing.now
        )
        return doing.go(url_for("progress.show", batch_id=batch.id))
