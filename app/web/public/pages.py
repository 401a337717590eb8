"""The public pages. They name companies and lots, and never where a home is."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.policies import Policy, in_force
from app.offers.reasons import POLICY as DECISION_REASONS
from app.offers.reasons import rules_of
from app.web.access import public
from app.web.acts import Act, look
from app.web.public import bp
from providers.market.clocks import mode_rules
from providers.market.models import Lot, PurchasingSystem
from providers.market.queries import boroughs_by_lot, open_lots
from providers.market.rounds import taking_by_system
from providers.market.rules import FIXES_CONDITIONS
from providers.market.status import MODE_WORDS, SERVICE_TYPE_WORDS, STRAND_WORDS
from providers.passport.queries import companies_by_lot, in_house_by_lot
from providers.passport.questions import Scope, Selection, selection_on
from providers.quality.rule import QualityPolicy
from providers.quality.status import COMPLIANCE_WORDS, ENDING_WORDS, PROGRESS_WORDS
from providers.register.status import GRADE_WORDS, OUTCOME_WORDS

KIND_WORDS = {
    "childrens_home": "a children's home",
    "fostering": "a fostering agency",
    "supported_accommodation": "supported accommodation",
    "school": "a special school",
}
CARD_WORDS = {
    "exceptional": "exceptional",
    "strong_standard": "strong standard",
    "expected_standard": "expected standard",
    "needs_attention": "needs attention",
    "urgent_improvement": "urgent improvement",
}


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """What this is, in a minute."""
    with look() as view:
        lots = open_lots(view.session, local_date(view.now))
        companies = companies_by_lot(view.session)
        return render_template(
            "public/home.html",
            lots=lots,
            companies=len({name for lot in lots for name in companies.get(lot.id, ())}),
            boroughs=sorted(
                {n for names in boroughs_by_lot(view.session, local_date(view.now)).values() for n in names}
            ),
        )


@bp.get("/companies")
@public
def companies() -> ResponseReturnValue:
    """Which companies are on which lots."""
    with look() as view:
        today = local_date(view.now)
        return render_template(
            "public/companies.html",
            systems=by_system(open_lots(view.session, today)),
            companies=companies_by_lot(view.session),
            in_house=in_house_by_lot(view.session),
            boroughs=boroughs_by_lot(view.session, today),
            service_type_words=SERVICE_TYPE_WORDS,
            strand_words=STRAND_WORDS,
        )


@bp.get("/join")
@public
def join() -> ResponseReturnValue:
    """How a provider joins, and how long it takes under each mode in use."""
    with look() as view:
        today = local_date(view.now)
        systems = by_system(open_lots(view.session, today))
        modes = sorted({system.mode for system, _ in systems})
        return render_template(
            "public/join.html",
            systems=systems,
            taking=taking_by_system(view.session, [system.id for system, _ in systems], today),
            rules={mode: mode_rules(view.session, mode, today) for mode in modes},
            fixes=FIXES_CONDITIONS,
            free=not any(system.membership_fee_pence for system, _ in systems),
            asked=_selection(view) is not None,
            mode_words=MODE_WORDS,
            service_type_words=SERVICE_TYPE_WORDS,
        )


@bp.get("/join/questions")
@public
def questions() -> ResponseReturnValue:
    """What is asked to join a lot, what a good answer shows, and how answers are marked."""
    with look() as view:
        selection = _selection(view)
        return render_template(
            "public/questions.html",
            selection=selection,
            parts=[
                ("Asked of the company, once", "company", selection.of(Scope.COMPANY)),
                ("Asked of each service", "service", selection.of(Scope.SERVICE)),
            ]
            if selection
            else [],
            service_type_words=SERVICE_TYPE_WORDS,
        )


def by_system(lots: list[Lot]) -> list[tuple[PurchasingSystem, list[Lot]]]:
    """Lots under their systems, in the order in which they come."""
    systems: dict[str, tuple[PurchasingSystem, list[Lot]]] = {}
    for lot in lots:
        systems.setdefault(lot.system_id, (lot.system, []))[1].append(lot)
    return list(systems.values())


@bp.get("/scoring")
@public
def scoring() -> ResponseReturnValue:
    """How offers are scored: the policies in force, with their numbers, in plain English."""
    with look() as view:
        quality = _policy(view, "quality")
        reasons = _policy(view, DECISION_REASONS)
        return render_template(
            "public/scoring.html",
            reasons=rules_of(reasons) if reasons else None,
            quality=quality,
            policy=QualityPolicy.read(quality.content) if quality else None,
            evaluation=_policy(view, "evaluation"),
            grade_words=GRADE_WORDS,
            outcome_words=OUTCOME_WORDS,
            kind_words=KIND_WORDS,
            compliance_words=COMPLIANCE_WORDS,
            progress_words=PROGRESS_WORDS,
            ending_words=ENDING_WORDS,
            card_words=CARD_WORDS,
        )


def _selection(view: Act) -> Selection | None:
    try:
        return selection_on(view.session, local_date(view.now))
    except Invalid:
        return None  # nothing is in force yet: the page says so


def _policy(view: Act, kind: str) -> Policy | None:
    try:
        return in_force(view.session, kind, local_date(view.now))
    except Invalid:
        return None  # nothing is in force yet: the page says so
