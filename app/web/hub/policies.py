"""The rules in force, each with its version, its source and what it says."""

from __future__ import annotations

import re
from typing import Any

from flask import render_template
from markupsafe import Markup

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.identity.status import ROLE_WORDS
from app.offers.reasons import SITUATION_WORDS
from app.placements.stability.shown import model_words
from app.reporting.policies import policies_on
from app.web.access import may, permission
from app.web.acts import look
from app.web.hub import bp
from app.web.points import points
from app.web.rendering import pounds_whole
from app.web.tables import Column, Listing
from providers.market.status import SERVICE_TYPE_WORDS
from providers.passport.kinds import KIND_WORDS as REGISTRATION_WORDS
from providers.register.status import FINDING_WORDS, GRADE_WORDS

KIND_WORDS = {
    "benchmark": "Benchmark prices",
    "decision_reasons": "Reasons for preferring an offer",
    "evaluation": "How offers are scored",
    "expected_price": "Expected prices",
    "funding": "Funding limits and reviews",
    "gateway": "What stops new placements",
    "holds": "Place holds",
    "joint": "Sharing places between boroughs",
    "needs_measure": "Needs measure",
    "procurement": "Procurement clocks",
    "quality": "Quality score",
    "price_bands": "Price bands",
    "savings": "How savings are measured",
    "service_profile": "What a service profile can say",
    "stability": "How often placements lasted",
    "vacancies": "Asking for free places",
    "approval": "Who approves a request",
    "retention": "How long records are kept",
    "documents": "How long papers are kept",
}
FIELD_WORDS = {
    "common": "For every kind of placement",
    "service_types": "What a kind of placement has for itself",
    "indicator_weights": "Weight of each of the twelve needs",
    "severe_need_cap": "Most that needs can score while a high need is met at none or low only",
    "evidence_discount": "How far a stated level counts",
    "price_floor": "Price with all the points, of the benchmark",
    "price_ceiling": "Price with none, of the benchmark",
    "price_formula": "How price is scored",
    "unknown_quality_prior": "Quality, of 100, where it is not known",
    "stale_after_days": "Days for which free places count after they were confirmed",
    "max_useful_miles": "Miles from which distance scores nothing",
    "tie_band": "Points of 100 within which offers are tied",
    "practical": "Practical fit",
    "years_beyond_record": "Years younger or older than any placement on record",
    "days_between_versions": "Days between versions, at least",
    "least_held_out": "Placements held out, at least, to say how far off it is",
    "explain_above_p90": "An offer dearer than nine in ten such placements explains its price",
    "remind_hours_before": "Hours before the deadline when it is reminded",
}
"""What the fields of a policy are called where their own name would not tell."""
MILLIONTHS = {
    "severe_need_cap": "%",
    "declared": "%",
    "evidenced": "%",
    "verified": "%",
    "price_floor": "%",
    "price_ceiling": "%",
    "tie_band": "",
}
"""What the policy of scoring counts in millionths, with the unit in which people read it."""
SERVICE_TYPES = {service_type.value: words for service_type, words in SERVICE_TYPE_WORDS.items()}
CODES: dict[str, str] = {
    **SERVICE_TYPES,
    **{kind.value: words for kind, words in REGISTRATION_WORDS.items()},
    **{grade.value: words for grade, words in GRADE_WORDS.items()},
    **{finding.value: words for finding, words in FINDING_WORDS.items()},
    **{role.value: words for role, words in ROLE_WORDS.items()},
    **{situation.value: words for situation, words in SITUATION_WORDS.items()},
    "benchmark": "Against the request's own benchmark",
    "lowest_ratio": "Against the lowest price",
    "tariff": "The fitted tariff, where it has enough comparables",
    "house_table": "The house table",
}
"""What policies say in codes, in words."""

CODE = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
PENCE = re.compile(r"_?pence")


@bp.get("/policies")
@permission(Permission.POLICY_READ)
def policies() -> str:
    """Every kind of policy with the version that counts today."""
    with look() as view:
        kinds = policies_on(view.session, actor=view.actor, on=local_date(view.now))
        return render_template(
            "hub/policies.html",
            kinds=sorted(kinds, key=lambda kind: words_of(kind.kind)),
            stability=model_words(view.session, actor=view.actor, on=local_date(view.now)),
            may_change=may("hub.quality_policy", view.actor),
            tariff=may("public.tariff", view.actor),
            words_of=words_of,
            plain_rows=plain_rows,
            listed=listed,
            table_of=table_of,
            fixed_listing=lambda heads: Listing.fixed(Column(head, head) for head in heads),
        )


def words_of(name: str) -> str:
    """The words of a kind or of a field: `needs_measure` is Needs measure."""
    if name in SERVICE_TYPES:
        return SERVICE_TYPES[name]
    return KIND_WORDS.get(name) or FIELD_WORDS.get(
        name, PENCE.sub("", name).replace("_", " ").strip().capitalize() or "Amount"
    )


def plain_rows(content: dict[str, Any]) -> list[tuple[str, str]]:
    """The single facts of a policy, or of a part of one, as (words, value); lists and parts stand apart."""
    return [(words_of(name), value_words(name, value)) for name, value in content.items() if is_plain(value)]


def listed(content: dict[str, Any]) -> list[tuple[str, Any]]:
    """The lists and parts of a policy as (words, rows): a list of alike facts becomes a table, a part its own rows."""
    return [(words_of(name), value) for name, value in content.items() if not is_plain(value)]


def is_plain(value: Any) -> bool:
    """A single fact, or a short list of them."""
    if isinstance(value, list):
        return all(not isinstance(one, dict | list) for one in value)
    return not isinstance(value, dict)


def value_words(name: str, value: Any) -> str | Markup:
    """A fact for people: pounds for pence, yes and no, lists with commas."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None:
        return "None"
    if isinstance(value, int) and name in MILLIONTHS:
        return f"{points(value)}{MILLIONTHS[name]}"
    if isinstance(value, int) and PENCE.search(name):
        return pounds_whole(value)
    if isinstance(value, list):
        return ", ".join(str(value_words(name, one)) for one in value) or "None"
    text = str(value)
    return CODES.get(text) or (words_of(text) if CODE.fullmatch(text) else text)


def table_of(value: Any) -> tuple[list[str], list[list[str]]] | None:
    """The heads and rows of a list of alike facts; None where it is not one."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    names = list(dict.fromkeys(name for one in value for name in one))
    if "words" in names:
        names = [name for name in names if name != "code"]
    if not all(is_plain(fact) for one in value for fact in one.values()):
        return None
    rows = [[str(value_words(name, one[name])) if name in one else "" for name in names] for one in value]
    return [words_of(name) for name in names], rows
