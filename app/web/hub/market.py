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
from app.requests.joining import Overtaken, knows_exception, overtaken, still_to_decide
from app.web.access import may, permission
from app.web.acts import look
from app.web.hub import bp
from providers.market.queries import boroughs_by_lot, open_lots
from providers.market.rounds import taking_by_system
from providers.market.status import MODE_WORDS, SERVICE_TYPE_WORDS
from providers.passport.clarifications import open_counts
from providers.passport.exclusions import exclusions
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
from providers.passport.status import ExclusionStatus
from providers.quality.challenges import challenges_waiting
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
        asked = open_counts(view.session, [facts.application.id for facts in applications])
        grounds = exclusions(view.session, view.actor)
        before = overtaken(view.session, view.actor, view.now)
        return render_template(
            "hub/market.html",
            applications=[
                _application_item(facts, asked.get(facts.application.id, 0), before.get(facts.application.id, []))
                for facts in applications
            ],
            grounds=sum(one.exclusion.status is ExclusionStatus.WAITING for one in grounds),
            overtaken=_overtaken(applications, before, view.actor.may(Permission.APPLICATION_DECIDE)),
            claims=_claim_items(claims),
            claims_count=len(claims),
            claims_href=url_for("hub.claims") if may("hub.claims", view.actor) and claims else "#claims",
            late=sum(facts.days_left < 0 for facts in applications),
            contradictions=count_contradictions(view.session),
            contradictions_href=url_for(REGISTER_PAGE) if may(REGISTER_PAGE, view.actor) else None,
            suspended=suspended_count(view.session, view.actor),
            barred=barred,
            lapsed=lapsed,
            lots=(lots := open_lots(view.session, today)),
            taking=taking_by_system(view.session, {lot.system_id for lot in lots}, today),
            challenged=challenges_waiting(view.session, view.actor),
            companies=companies,
            boroughs=boroughs_by_lot(view.session, today),
            mode_words=MODE_WORDS,
            service_type_words=SERVICE_TYPE_WORDS,
        )


def _claim_items(claims: list[ClaimFacts]) -> list[dict[str, Any]]:
    """One line for a claim, and one for all the claims of a company that made several."""
    by_company: dict[str, list[ClaimFacts]] = {}
    for facts in claims:
        by_company.setdefault(facts.claim.organisation_id, []).append(facts)
    return [
        _claim_item(theirs[0])
        if len(theirs) == 1
        else {
            "title": f"{theirs[0].organisation_name} claims {len(theirs)} registrations",
            "href": url_for("hub.claims", company=organisation_id),
            "meta": f"The first made on {date_words(local_date(theirs[0].claim.made_at))}",
        }
        for organisation_id, theirs in by_company.items()
    ]


def _claim_item(facts: ClaimFacts) -> dict[str, Any]:
    differs = facts.postcode_differs or facts.authority_differs
    return {
        "title": f"{facts.organisation_name} claims URN {facts.claim.urn}",
        "href": url_for("hub.claim", claim_id=facts.claim.id),
        "meta": f"{KIND_WORDS[facts.kind]}, made on {date_words(local_date(facts.claim.made_at))}",
        "tag": ("Differs from the register", "warn") if differs else None,
    }


def _overtaken(
    applications: list[ApplicationFacts], before: dict[str, list[Overtaken]], may_decide: bool
) -> list[dict[str, Any]]:
    """The applications that a request overtakes, each with its requests and, under the Act, the way to an exception."""
    return [
        {
            "facts": facts,
            "requests": before[facts.application.id],
            "exception": url_for("hub.joining_exception", application_id=facts.application.id)
            if may_decide and knows_exception(facts.lot) and still_to_decide(before[facts.application.id])
            else None,
        }
        for facts in applications
        if facts.application.id in before
    ]


def _application_item(facts: ApplicationFacts, asked: int, before: list[Overtaken]) -> dict[str, Any]:
    left = facts.days_left
    words = f"{left} working day{'' if left == 1 else 's'} left" if left > 0 else "Due today" if left == 0 else "Late"
    due = f", due by {date_words(facts.application.due_on)}" if facts.application.due_on else ""
    waits = f", {asked} question{'' if asked == 1 else 's'} with the company" if asked else ""
    pressing = still_to_decide(before)
    if pressing and left >= 0:
        words = "Decide before offers open"
    return {
        "title": f"{facts.organisation_name} applies to {facts.lot.name}",
        "href": url_for("hub.application", application_id=facts.application.id),
        "meta": f"URN {facts.claim.urn}{due}{waits}",
        "tag": (words, "bad" if left < 0 else "warn" if left <= 2 or pressing else "progress"),
        "due": pressing[0].offers_close_at if pressing else None,
    }
