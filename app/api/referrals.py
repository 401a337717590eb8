"""A referral sent whole: told every fault at once, and kept as a draft."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.api.edge import acting, call
from app.api.schemas import ReferralIn, ReferralKept
from app.core.clock import local_date
from app.identity.permissions import Permission
from app.requests import drafting
from app.requests.answers import judge_each
from app.requests.form import CURRENT, form
from app.requests.referrals.keeping import keep_referral
from app.requests.referrals.parsing import parse_document
from app.requests.referrals.reading import read


@call("/referrals", Permission.REQUEST_WRITE, method="POST", body=ReferralIn, status=201, out=ReferralKept)
def referral_new(_body: dict[str, Any]) -> dict[str, Any]:
    """Make a draft of a referral, for a child found by reference or by name and date of birth, or recorded now. Answers
    that are wrong do not stop it: `faults` lists each, kept as it was written or not. Only where the child cannot be
    told or recorded nothing is kept, and `errors` says why.
    """
    with acting() as doing:
        today = local_date(doing.now)
        definition = form(CURRENT)
        referral = read(definition, parse_document(request.get_json()), today)
        kept = keep_referral(
            doing.session,
            actor=doing.actor,
            vault=doing.wiring.vault,
            referral=referral,
            now=doing.now,
        )
        each = drafting.answers_each(doing.session, vault=doing.wiring.vault, request=kept.request)
        doing.location = url_for("api.request", request_id=kept.request.id)
        return {
            "request": kept.request.id,
            "reference": kept.request.reference,
            "child": kept.child.reference,
            "faults": [one.to_dict() for one in kept.faults],
            "gaps": {one.key: one.message for one in judge_each(definition, each, today)[1]},
        }
