"""Files of the register that were imported, and what each of them did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.identity.models import Person
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.hub import bp
from app.web.tables import Column, Listing
from providers.register import queries
from providers.register.status import COVERAGE_WORDS, UPLOAD, Coverage
from providers.register.uploads import open_uploads

IMPORTS = (
    Column("file", "File"),
    Column("coverage", "What it holds"),
    Column("as_of", "As at"),
    Column("read", "Rows", numeric=True),
    Column("new", "New", numeric=True),
    Column("changed", "Changed", numeric=True),
    Column("rejected", "Rejected", numeric=True),
    Column("imported", "Imported"),
)
UPLOADS = (
    Column("file", "File"),
    Column("as_of", "As at"),
    Column("status", "State"),
    Column("by", "Uploaded by"),
    Column("uploaded", "Uploaded"),
)
KIND_WORDS = {
    "regraded": "Regraded",
    "suspended": "Suspended by Ofsted",
    "left": "Leaving the register",
    "missing": "Missing from the file",
    "judged": "New judgement",
    "contradictory": "Contradictory judgement",
}
KIND_NOTES = {
    "missing": "Listed by the last file of the same kind and not by this one. Nothing is closed because of that.",
    "contradictory": "Not scored until somebody resolves it.",
}
LINES = (
    Column("service", "Service"),
    Column("urn", "URN"),
    Column("was", "Was"),
    Column("becomes", "Becomes"),
    Column("on", "On"),
)
SUSPENSIONS = (Column("service", "Service"), Column("company", "Company"), Column("lot", "Lot"), Column("basis", "Why"))
TASKS = (
    Column("borough", "Borough"),
    Column("service", "Service"),
    Column("children", "Children", numeric=True),
    Column("people", "Told by email"),
)
FLAGGED = (
    Column("borough", "Borough"),
    Column("service", "Service"),
    Column("requests", "Open requests", numeric=True),
    Column("people", "Told by email"),
)
REMARKS = (Column("line", "Line"), Column("column", "Column"), Column("message", "What is the matter"))
_COUNTS = (
    "rows_read",
    "new",
    "changed",
    "unchanged",
    "rejected",
    "regraded",
    "suspended",
    "left",
    "joined",
    "warnings",
)


def breakable(file_name: str) -> Markup:
    """A file's name that a narrow screen may break after each underscore."""
    return Markup("_<wbr>").join(file_name.split("_"))


@bp.get("/imports")
@permission(Permission.REGISTER_READ)
def imports() -> ResponseReturnValue:
    """Files on their way into the register, and those that were imported."""
    listing = Listing.read(request.args, IMPORTS, default="imported", descending=True)
    with look() as view:
        rows, total = queries.imports(view.session, limit=listing.limit, offset=listing.offset)
        return render_template(
            "hub/register_imports.html",
            listing=listing.count(total),
            rows=rows,
            open=open_uploads(view.session, actor=view.actor),
            uploads=Listing.fixed(UPLOADS),
            status_words=UPLOAD.words,
            coverage_words=COVERAGE_WORDS,
            waiting=queries.count_contradictions(view.session),
            may_import=view.actor.may(Permission.REGISTER_IMPORT),
            breakable=breakable,
        )


@bp.get("/imports/<import_id>")
@permission(Permission.REGISTER_READ)
def register_import(import_id: str) -> ResponseReturnValue:
    """What one file brought, and what was done about it."""
    with look() as view:
        found = queries.register_import(view.session, import_id)
        by = view.session.get(Person, found.imported_by) if found.imported_by else None
        return render_template(
            "hub/register_import.html",
            imported=found,
            by=by.name if by else None,
            breakable=breakable,
            **report_parts({**found.report, "coverage": found.coverage}),
        )


def report_parts(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates of a preview and of an import need to show a report; one of an older release says less."""
    empty: dict[str, Any] = {
        "missing": None,
        "missing_against": None,
        "details": {},
        "by_provision_type": {},
        "by_category": {},
    }
    whole: dict[str, Any] = {**dict.fromkeys(_COUNTS, 0), **empty, **report}
    whole["details"] = {"rejected": [], "warnings": [], **whole["details"]}
    found = whole.get("consequences") or {}
    return {
        "report": whole,
        "coverage": COVERAGE_WORDS[Coverage(whole["coverage"])],
        "found": found,
        "kinds": [(kind, words, KIND_NOTES.get(kind, "")) for kind, words in KIND_WORDS.items()],
        "boroughs": sorted({one["borough"] for one in found.get("assurance", ())}),
        "lines": Listing.fixed(LINES),
        "suspensions": Listing.fixed(SUSPENSIONS),
        "tasks": Listing.fixed(TASKS),
        "flagged": Listing.fixed(FLAGGED),
        "remarks": Listing.fixed(REMARKS),
    }
