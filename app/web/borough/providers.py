"""The providers on the lots that the borough takes part in, and one of their services: never prices, never a company's
own papers.
"""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.children.needs import indicators
from app.core.clock import local_date
from app.identity.permissions import Permission
from app.reporting.service_list import own_lots, service_for_borough, services_for_borough
from app.web import service_lists as words
from app.web.access import permission
from app.web.acts import look
from app.web.borough import bp
from app.web.explaining.rows import LEVEL_WORDS
from app.web.tables import Column, Listing
from providers.passport.kinds import KIND_WORDS
from providers.passport.status import ENROLMENT
from providers.quality.queries import latest_quality
from providers.register.queries import judgement_history
from providers.register.status import provision_words

NEEDS = (Column("need", "Need"), Column("level", "Meets up to"), Column("evidence", "How it is known"))
JUDGEMENTS = (Column("inspected", "Inspected"), Column("event", "Kind of visit"), Column("result", "Judgement"))
SEX_WORDS = {"F": "girls", "M": "boys"}


@bp.get("/providers")
@permission(Permission.PROVIDER_READ)
def providers() -> ResponseReturnValue:
    """Services on the borough's lots, searched, filtered, sorted and paged."""
    listing = Listing.read(request.args, words.COLUMNS, default="name")
    with look() as view:
        lots = own_lots(view.session, view.actor, view.now)
        form = words.filter_form(request.args, words.OwnFilterForm, lots)
        rows, total = services_for_borough(
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
            "borough/providers.html",
            filter_form=form,
            listing=listing.count(total),
            rows=rows,
            lots=lots,
            words=words,
            kind_words=KIND_WORDS,
        )


@bp.get("/providers/<service_id>")
@permission(Permission.PROVIDER_READ)
def provider_service(service_id: str) -> ResponseReturnValue:
    """One service: whom it takes, its judgement and score, its places, and what happened to its enrolments."""
    with look() as view:
        one = service_for_borough(view.session, view.actor, service_id, now=view.now)
        taken = [SEX_WORDS[sex] for sex in one.service.sexes]
        return render_template(
            "borough/provider_service.html",
            one=one,
            row=one.row,
            takes=" and ".join(taken) or "girls or boys not said yet",
            quality=latest_quality(view.session, one.row.urn),
            judgements=judgement_history(view.session, one.row.urn),
            judgement_listing=Listing.fixed(JUDGEMENTS),
            needs=list(enumerate(indicators(view.session, local_date(view.now)))) if one.service.capability else [],
            need_listing=Listing.fixed(NEEDS),
            level_words=LEVEL_WORDS,
            provision=provision_words(one.registration.provision_type),
            words=words,
            kind_words=KIND_WORDS,
            enrolment_words=ENROLMENT.words,
        )
