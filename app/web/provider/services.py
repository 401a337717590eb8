"""A company's own services: the list and one service's whole page."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.fields import Choice, Text
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.shown import shown_profile
from app.web.tables import Column, Listing
from providers.passport.kinds import KIND_WORDS
from providers.passport.queries import applications_of_claims, enrolments_of_claims, own_claim
from providers.passport.status import APPLICATION, CLAIM, ENROLMENT, ClaimStatus
from providers.quality.queries import latest_quality
from providers.register.status import provision_words
from providers.services.listing import STANDING_WORDS, own_rows
from providers.services.profile import missing_topics
from providers.services.queries import services_by_claim, stale_days
from providers.services.status import EVIDENCE_WORDS, LEVEL_WORDS

COLUMNS = (
    Column("name", "Service", sort=True),
    Column("urn", "URN", sort=True),
    Column("status", "Where it stands"),
    Column("places", "Free now", sort=True, numeric=True),
    Column("confirmed", "Places confirmed", sort=True),
)


class FilterForm(Schema):
    """What narrows the list."""

    search = Text("Name or URN", required=False, optional=False, max_length=100, width=20)
    standing = Choice(
        "That is",
        kind="select",
        required=False,
        optional=False,
        choices=tuple((standing.value, words) for standing, words in STANDING_WORDS.items()),
    )


@bp.get("/services")
@permission(Permission.SERVICE_READ)
def services() -> ResponseReturnValue:
    """Every claim of the company, with the service behind it where it is confirmed: searched, filtered and paged."""
    listing = Listing.read(request.args, COLUMNS, default="name")
    form = Form(FilterForm, filters=True)
    form.parse(request.args)
    with look() as view:
        stale_before = view.now - dt.timedelta(days=stale_days(view.session, view.now))
        rows, total = own_rows(
            view.session,
            view.actor,
            stale_before=stale_before,
            search=form.data.get("search") or "",
            standing=form.data.get("standing") or "",
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        return render_template(
            "provider/services.html",
            rows=rows,
            listing=listing.count(total),
            filter_form=form,
            filtered=bool(form.data.get("search") or form.data.get("standing")),
            stale_before=stale_before,
            enrolments=enrolments_of_claims(view.session, [row.claim.id for row in rows]),
            claim_words=CLAIM.words,
            enrolment_words=ENROLMENT.words,
            kind_words=KIND_WORDS,
            may_claim=view.actor.may(Permission.SERVICE_CLAIM),
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )


@bp.get("/services/<claim_id>")
@permission(Permission.SERVICE_READ)
def service(claim_id: str) -> ResponseReturnValue:
    """One service: where it stands, what it says of itself, its lots and its score."""
    with look() as view:
        facts = own_claim(view.session, view.actor, claim_id)
        profile = services_by_claim(view.session, [claim_id]).get(claim_id)
        return render_template(
            "provider/service.html",
            facts=facts,
            profile=profile,
            missing=missing_topics(profile) if profile else [],
            enrolments=enrolments_of_claims(view.session, [claim_id])[claim_id],
            applications=applications_of_claims(view.session, [claim_id], local_date(view.now)),
            quality=latest_quality(view.session, facts.claim.urn)
            if facts.claim.status is ClaimStatus.CONFIRMED
            else None,
            shown=shown_profile(view, profile, facts.registration, local_date(view.now)) if profile else None,
            evidence_words=EVIDENCE_WORDS,
            level_words=LEVEL_WORDS,
            claim_words=CLAIM.words,
            application_words=APPLICATION.words,
            enrolment_words=ENROLMENT.words,
            provision=provision_words(facts.registration.provision_type),
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )
