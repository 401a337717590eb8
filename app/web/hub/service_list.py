"""Every service of the market: searched, filtered, sorted and paged, and the same as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.reporting.exports import csv_of
from app.reporting.service_list import ServiceRow, authorities_of_services, every_service, services_for_hub
from app.web import service_lists as words
from app.web.access import permission
from app.web.acts import Act, look
from app.web.forms import Form
from app.web.hub import bp
from app.web.tables import Listing
from providers.market.queries import all_lots
from providers.passport.kinds import KIND_WORDS

HEADINGS = (
    "Service",
    "URN",
    "Company",
    "In-house of",
    "Kind",
    "Local authority",
    "Lots",
    "Judgement",
    "Inspected on",
    "Quality score",
    "Free places",
    "Places confirmed",
)


@bp.get("/services")
@permission(Permission.MARKET_READ)
def market_services() -> ResponseReturnValue:
    """A page of services."""
    listing = Listing.read(request.args, words.COLUMNS, default="name")
    with look() as view:
        form = _filters(view)
        rows, total = services_for_hub(
            view.session,
            view.actor,
            words.wanted(form),
            now=view.now,
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        return render_template(
            "hub/service_list.html",
            filter_form=form,
            listing=listing.count(total),
            rows=rows,
            words=words,
            kind_words=KIND_WORDS,
            file=url_for("hub.market_services_csv", **_asked(form)),
        )


@bp.get("/services.csv")
@permission(Permission.MARKET_READ)
def market_services_csv() -> ResponseReturnValue:
    """Every service that the filters let through, as a CSV file."""
    with look() as view:
        rows = every_service(view.session, view.actor, words.wanted(_filters(view)), now=view.now)
        content = csv_of(HEADINGS, [_cells(row) for row in rows])
        name = f"homeward-services-{local_date(view.now).isoformat()}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, mimetype="text/csv", headers=disposition)


def _filters(view: Act) -> Form:
    return words.filter_form(
        request.args,
        words.FilterForm,
        all_lots(view.session, view.actor),
        authorities_of_services(view.session, view.actor),
    )


def _asked(form: Form) -> dict[str, Any]:
    """The filters that are set, for the address of the file."""
    return {name: form.value(name) for name in form.views if form.value(name)}


def _cells(row: ServiceRow) -> list[str | int | None]:
    judgement = row.judgement
    confirmed = row.places_confirmed_at
    return [
        row.name,
        row.urn,
        row.company,
        row.in_house_of,
        KIND_WORDS[row.kind],
        words.authority_name(row.authority_gss),
        "; ".join(f"{lot}: {words.STANDING_WORDS[status].lower()}" for lot, status in row.standings),
        words.RESULT_WORDS[judgement.result] if judgement and judgement.result else "Not known",
        judgement.inspected_on.isoformat() if judgement else None,
        row.score if row.score is not None else "Not known",
        row.places_free,
        local_date(confirmed).isoformat() if confirmed else "Never",
    ]
