"""A company's own services: the list and one service's whole page."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.children.needs import indicators
from app.core.clock import local_date
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.provider import bp
from app.web.tables import Column, Listing
from providers.passport.kinds import KIND_WORDS
from providers.passport.queries import applications_of_claims, enrolments_of_claims, own_claim, own_claims
from providers.passport.status import APPLICATION, CLAIM, ENROLMENT, ClaimStatus
from providers.quality.queries import latest_quality
from providers.register.status import provision_words
from providers.services.profile import missing_topics
from providers.services.queries import services_by_claim

COLUMNS = (Column("name", "Service"), Column("urn", "URN"), Column("kind", "Kind"), Column("status", "Where it stands"))
SEX_WORDS = {"F": "Girls", "M": "Boys"}
LEVEL_WORDS = ("Not met", "Low", "Medium", "High")


@bp.get("/services")
@permission(Permission.SERVICE_READ)
def services() -> ResponseReturnValue:
    """Every claim of the company, with the service behind it where it is confirmed."""
    with look() as view:
        claims = own_claims(view.session, view.actor)
        ids = [facts.claim.id for facts in claims]
        return render_template(
            "provider/services.html",
            claims=claims,
            listing=Listing.read(request.args, COLUMNS, default="name").count(len(claims)),
            profiles=services_by_claim(view.session, ids),
            enrolments=enrolments_of_claims(view.session, ids),
            claim_words=CLAIM.words,
            enrolment_words=ENROLMENT.words,
            kind_words=KIND_WORDS,
            may_claim=view.actor.may(Permission.SERVICE_CLAIM),
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
            needs=indicators(view.session, local_date(view.now)),
            level_words=LEVEL_WORDS,
            sex_words=SEX_WORDS,
            claim_words=CLAIM.words,
            application_words=APPLICATION.words,
            enrolment_words=ENROLMENT.words,
            provision=provision_words(facts.registration.provision_type),
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )
