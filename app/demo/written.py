"""What the demonstration's officers write in the standard form: for each child of a request one set of answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.core.clock import local_date
from app.demo import cast
from app.demo.plans import Plan
from app.demo.stage import Stage
from app.requests.form import form
from providers.market.status import BOUGHT_BY, ServiceType, Strand

SCHOOLS = BOUGHT_BY[Strand.SEND]


def written(stage: Stage, plan: Plan, now: dt.datetime) -> list[dict[str, Any]]:
    """The answers for every child: what is said of all is the same in each."""
    shared = _shared(stage, plan, now)
    return [shared | _own(stage, plan) for _ in range(plan.children)]


def _shared(stage: Stage, plan: Plan, now: dt.datetime) -> dict[str, Any]:
    draw = stage.draw
    school = plan.service_type in SCHOOLS
    needed = local_date(now) + dt.timedelta(days=1 if plan.emergency else 45)
    return {
        "strand": "send" if school else "looked_after",
        "referral_date": _parts(local_date(now)),
        "needed_from": _parts(needed),
        "latest_start": "" if plan.emergency else _parts(needed + dt.timedelta(days=21)),
        "urgency": plan.urgency.value,
        "same_day_reason": "The carers can no longer keep the child safe tonight." if plan.emergency else "",
        "expected_weeks": "52",
        "why_now": draw.choice(cast.WHY_NOW),
        "contact": "With parents twice a month, supervised.",
        "preferred_area": plan.council.facts.name,
        "siblings": draw.choice(("", "A younger brother in another home; they should see each other every week.")),
        "live_with": draw.choice(("with_others", "older", "any")),
        "pets": draw.choice(("can", "can", "not_known")),
        "adult_ratio": "standard",
        "carer_gender": "any",
        **({} if school else _suits(plan)),
    }


def _suits(plan: Plan) -> dict[str, str]:
    """How suitable each type of placement is: the one that is sought is preferred."""
    preferred = {ServiceType.FOSTERING: "foster", ServiceType.SUPPORTED: "supported"}.get(plan.service_type)
    suits = {"suits_foster": "suitable", "suits_residential": "suitable", "suits_supported": "unsuitable"}
    return suits | {f"suits_{preferred or 'residential'}": "preferred"}


def _own(stage: Stage, plan: Plan) -> dict[str, Any]:
    draw = stage.draw
    school = plan.service_type in SCHOOLS
    risks = [one.name for one in form().fields if one.name.startswith("risk_")]
    answers: dict[str, Any] = {
        "first_language": draw.choice(("en", "en", "pt", "ta", "so")),
        "religion": draw.choice(("none", "christian", "muslim", "hindu", "not_known")),
        "looked_after": "no" if school else "yes",
        "enjoys": draw.choice(cast.ENJOYS),
        "education_now": "special" if school else "nursery" if plan.age_years < 4 else "mainstream",
        "keep_school": "no",
        "own_words": draw.choice(cast.OWN_WORDS),
        "outcomes_resilient": [draw.choice(("emotions", "friends", "change"))],
        "risks": draw.choice(cast.RISKS),
        **{f"need_{n}": draw.choice(("0", "0", "1", "1", "2", "2", "3", "not_measured")) for n in range(1, 13)},
        **{name: draw.choice(("none", "none", "none", "low", "high")) for name in risks},
    }
    if school:
        return answers | _school(plan)
    return answers | {
        "legal_status": draw.choice(("C1", "C2", "V2")),
        "category_of_need": draw.choice(("N1", "N4", "N5", "N2")),
        "current_placement": draw.choice(("in_house_fostering", "agency_fostering")),
        "time_in_placement": draw.choice(("6 days", "5 months", "2 years")),
        "planned_move": draw.choice(("planned", "unplanned")),
    }


def _school(plan: Plan) -> dict[str, Any]:
    """The plan of a child with special educational needs, and what two schools answered."""
    weeks = {ServiceType.NMI_38: "38", ServiceType.NMI_52: "52"}.get(plan.service_type, "day")
    return {
        "ehcp": "final",
        "primary_need": "ASD",
        "setting_type": "independent_special",
        "send_weeks": weeks,
        "section_41": "not_known",
        "parental_preference": "A small school with teaching in groups of six or fewer.",
        "consulted": [
            {"school": "Elmmadeup School", "section_41": "yes", "reply": "cannot", "ground": "full"},
            {"school": "Larchmadeup College", "section_41": "no", "reply": "awaiting"},
        ],
    }


def _parts(day: dt.date) -> dict[str, str]:
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
