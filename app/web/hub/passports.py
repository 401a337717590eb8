"""A company's passport as the hub reads it, and whose evidence ends soon, has lapsed or bars new offers."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.fields import Choice
from app.web.forms import Form
from app.web.hub import bp
from app.web.provider.passport import CURRENCY_WORDS, words
from app.web.tables import Column, Listing
from app.web.uploads import attachment
from providers.passport.connected import connected_people
from providers.passport.directory import company
from providers.passport.evidence import EvidenceLine, evidence_for_hub, files_shown, media_type_of
from providers.passport.expiry import Currency, watched_of
from providers.passport.history import history_of
from providers.passport.known import known_of
from providers.passport.lapsing import lapsing
from providers.passport.questions import selection_on
from providers.passport.state import passport_state
from providers.services.queries import services_by_claim

COLUMNS = (
    Column("company", "Company"),
    Column("document", "Document"),
    Column("ends", "Last day"),
    Column("bars", "Bars new offers"),
    Column("stands", "Stands"),
)
ONLY = (
    ("", "All of it"),
    (Currency.BARRING.value, "Bars new offers"),
    (Currency.LAPSED.value, "Expired, within the grace"),
    (Currency.ENDING.value, "Ends soon"),
)


class FilterForm(Schema):
    """What narrows the list."""

    stands = Choice("Evidence that", kind="select", required=False, optional=False, choices=ONLY)


@bp.get("/evidence")
@permission(Permission.MARKET_READ)
def evidence() -> ResponseReturnValue:
    """The documents that lots require and that end soon, have lapsed or bar: the worst first."""
    listing = Listing.read(request.args, COLUMNS, default="ends")
    form = Form(FilterForm)
    form.parse(request.args)
    only = form.data.get("stands") or None
    with look() as view:
        rows, total = lapsing(
            view.session,
            view.actor,
            local_date(view.now),
            only=Currency(only) if only else None,
            limit=listing.limit,
            offset=listing.offset,
        )
        page = {"filter_form": form, "listing": listing.count(total), "rows": rows, "currency_words": CURRENCY_WORDS}
        return render_template("hub/evidence.html", **page)


@bp.get("/providers/<organisation_id>/passport")
@permission(Permission.MARKET_READ)
def provider_passport(organisation_id: str) -> ResponseReturnValue:
    """What a company answered and showed, what is missing or lapsed and since when, and what happened."""
    with look() as view:
        found = company(view.session, view.actor, organisation_id)
        today = local_date(view.now)
        selection = selection_on(view.session, today)
        states = passport_state(view.session, organisation_id, selection, today)
        watched = watched_of(view.session, organisation_id, selection, today)
        lines = files_shown(view.session, organisation_id)
        claims = {line.evidence.claim_id for line in lines} | {one.claim_id for one in watched}
        page = {
            "company": found,
            "known": known_of(view.session, organisation_id),
            "states": states,
            "watched": [one for one in watched if one.currency is not Currency.IN_DATE],
            "services": services_by_claim(view.session, [claim for claim in claims if claim]),
            "lines": lines,
            "counts": _counting(lines),
            "labels": {question.key: question.label for question in selection.questions},
            "people": connected_people(view.session, organisation_id),
            "history": history_of(view.session, organisation_id),
            "today": today,
            "currency_words": CURRENCY_WORDS,
        }
        return render_template("hub/passport.html", **page, **words())


def _counting(lines: list[EvidenceLine]) -> set[str]:
    """The files that count: of each question and service the newest that was not withdrawn."""
    newest: dict[tuple[str, str | None], str] = {}
    for line in lines:
        if line.evidence.withdrawn_at is None:
            newest.setdefault((line.evidence.question, line.evidence.claim_id), line.evidence.id)
    return set(newest.values())


@bp.get("/files/<evidence_id>")
@permission(Permission.MARKET_READ)
def passport_file(evidence_id: str) -> ResponseReturnValue:
    """A file that a company showed, as a download."""
    with look() as view:
        row = evidence_for_hub(view.session, view.actor, evidence_id)
        media_type = media_type_of(view.session, row)
        data = view.wiring.files.get(row.sha256)
    return attachment(data, name=row.file_name, media_type=media_type)
