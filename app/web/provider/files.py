"""What a company gets of a request as files, for the stage that it has reached when it asks."""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.identity.permissions import Permission
from app.offers.papers import ask_for_pack, file_for, files_for, pack_for
from app.requests.papers.content import AUDIENCE_WORDS, size_words
from app.requests.papers.making import is_covered, papers_of
from app.web.access import permission
from app.web.acts import act, look
from app.web.provider import bp
from app.web.provider.opportunities import log_look
from app.web.tables import Column, Listing
from app.web.uploads import attachment

FILES = (
    Column("title", "Title"),
    Column("kind", "Kind"),
    Column("size", "Size", numeric=True),
    Column("added", "Added"),
)
PACKS = (Column("what", "Document"), Column("made", "Made"), Column("until", "Kept until"))


@bp.get("/opportunities/<request_id>/files")
@permission(Permission.OPPORTUNITY_READ)
def opportunity_files(request_id: str) -> ResponseReturnValue:
    """What is attached for the company's stage, and the packs that it had made."""
    with look() as view:
        found, files = files_for(
            view.session, actor=view.actor, vault=view.wiring.vault, request_id=request_id, now=view.now
        )
        log_look(view, found)
        organisation_id = view.actor.organisation_id
        packs = papers_of(view.session, organisation_id=organisation_id, request_id=request_id, now=view.now)
        page = {
            "row": found.request,
            "files": files,
            "packs": [one for one in packs if is_covered(found.request, one, found.reach)],
            "file_listing": Listing.fixed(FILES),
            "pack_listing": Listing.fixed(PACKS),
            "size_words": size_words,
            "audience_words": AUDIENCE_WORDS,
        }
        return render_template("provider/opportunity_files.html", **page)


@bp.get("/opportunities/<request_id>/files/<attachment_id>")
@permission(Permission.OPPORTUNITY_READ)
def opportunity_file(request_id: str, attachment_id: str) -> Response:
    """An attached file."""
    with look() as view:
        found, (name, media_type, data) = file_for(
            view.session,
            actor=view.actor,
            vault=view.wiring.vault,
            store=view.wiring.files,
            request_id=request_id,
            attachment_id=attachment_id,
            now=view.now,
        )
        log_look(view, found)
        return attachment(data, name=name, media_type=media_type)


@bp.post("/opportunities/<request_id>/pack")
@permission(Permission.OPPORTUNITY_READ)
def opportunity_pack(request_id: str) -> ResponseReturnValue:
    """Have a pack made."""
    with act() as doing:
        _, batch = ask_for_pack(
            doing.session,
            actor=doing.actor,
            request_id=request_id,
            leads_to=url_for("provider.opportunity_files", request_id=request_id),
            now=doing.now,
        )
        return doing.go(url_for("progress.show", batch_id=batch.id))


@bp.get("/documents/<paper_id>")
@permission(Permission.OPPORTUNITY_READ)
def pack(paper_id: str) -> Response:
    """A pack, while the company may read what is in it."""
    with look() as view:
        found, (name, media_type, data) = pack_for(
            view.session,
            actor=view.actor,
            vault=view.wiring.vault,
            store=view.wiring.files,
            paper_id=paper_id,
            now=view.now,
        )
        log_look(view, found)
        return attachment(data, name=name, media_type=media_type)
