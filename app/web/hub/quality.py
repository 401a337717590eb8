"""A registration's quality score: the addition, what it was computed from, and the scores before it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.errors import NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import look
from app.web.hub import bp
from providers.quality.queries import history, policy_of
from providers.register.queries import judgement_history


@bp.get("/quality/<urn>")
@permission(Permission.MARKET_READ)
def quality(urn: str) -> ResponseReturnValue:
    """The newest score with its parts and inputs, and the history."""
    with look() as view:
        scores = history(view.session, urn)
        if not scores:
            raise NotFound("quality score")
        return render_template(
            "hub/quality.html",
            urn=urn,
            scores=scores,
            policy=policy_of(view.session, scores[0]),
            judgements=judgement_history(view.session, urn),
        )
