"""The commissioner's desk: claims and applications to decide with the days left, and what in the register waits for a
person.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import LONDON, local_date
from app.core.workdays import date_words
from app.identity.permissions import Permission
from app.web.access import may, permission
from app.web.acts import look
from app.web.hub import bp
from providers.market.queries import boroughs_by_lot, open_lots
from providers.market.status import MODE_WORDS, SERVICE_TYPE_WORDS
from providers.passport.kinds import KIND_WORDS
from providers.passport.lapsing import companies_barred
from providers.passport.queries import (
    ApplicationFacts,
    ClaimFacts,
    applications_waiting,
    claims_waiting,
    companies_by_lot,
    suspended_count,
)
from providers.register.queries import count_contradictions

REGISTER_PAGE = "hub.contradictions"


def end_of_day(day: dt.date) -> dt.datetime:
    """The last moment of a day in London: a decision due on a day may be made until then."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)


@bp.get("/market")
@permission(Permission.MARKET_READ)
def market() -> ResponseReturnValue:
    """What waits for the hub, the most pressing first."""
    with look() as view:
        today = local_date(view.now)
        claims = claims_waiting(view.session, view.actor)
        applications = applications_waiting(view.session, view.actor, today)
        companies = companies_by_lot(view.session)
        barred, lapsed = companies_barred(view.session, view.actor, today)
        return render_template(
            "hub/market.html",
            claims=[_claim_item(facts) for facts in claims],
            applications=[_application_item(facts) for facts in applications],
            late=sum(facts.days_left < 0 for facts in applications),
            contradictions=count_contradictions(view.session),
            contradictions_href=url_for(REGISTER_PAGE) if may(REGISTER_PAGE, view.actor) else None,
            suspended=suspended_count(view.session, view.actor),
            barred=barred,
            lapsed=lapsed,
            lots=open_lots(view.session, today),
            companies=companies,
            boroughs=boroughs_by_lot(view.session, today),
            mode_words=MODE_WORDS,
            service_type_words=SERVICE_TYPE_WORDS,
        )


def _claim_item(facts: ClaimFacts) -> dict[str, Any]:
    differs = facts.postcode_differs or facts.authority_differs
    return {
        "title": f"{facts.organisation_name} claims URN {facts.claim.urn}",
        "href": url_for("hub.claim", claim_id=facts.claim.id),
        "meta": f"{KIND_WORDS[facts.kind]}, made on {date_words(local_date(facts.claim.made_at))}",
        "tag": ("Differs from the register", "warn") if differs else None,
    }


def _application_item(facts: ApplicationFacts) -> dict[str, Any]:
    left = facts.days_left
    words = f"{left} working day{'' if left == 1 else 's'} left" if left > 0 else "Due today" if left == 0 else "Late"
    return {
        "title": f"{facts.organisation_name} applies to {facts.lot.name}",
        "href": url_for("hub.application", application_id=facts.application.id),
        "meta": f"URN {facts.claim.urn}, due by {date_words(facts.application.due_on)}",
        "tag": (words, "bad" if left < 0 else "warn" if left <= 2 else "progress"),
    }
