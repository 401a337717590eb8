"""One request's page: its whole story."""

from __future__ import annotations

from typing import Any

from flask import render_template

from app.children.records import reveal
from app.identity.permissions import Permission
from app.placements.progress import Progress, progress_of
from app.requests import publication, telephone
from app.requests.audiences import borough_view
from app.requests.models import PlacementRequest
from app.requests.queries import published_request, story
from app.requests.status import REQUEST, RequestStatus
from app.web.access import permission
from app.web.acts import Act, look
from app.web.borough import bp
from app.web.borough.needs_picture import needs_pictures
from app.web.borough.request_form import open_request
from app.web.borough.request_law import law_and_comments
from app.web.borough.request_route import route_links, route_step, route_timeline
from app.web.borough.request_story import next_step, tabs


def _progress(view: Act, row: PlacementRequest) -> Progress | None:
    """Where it stands after its deadline; before it, and once it has ended, there is no such question."""
    after = row.status is RequestStatus.AWARDED or (
        row.status is RequestStatus.PUBLISHED and publication.is_closed(row, view.now)
    )
    return progress_of(view.session, actor=view.actor, request=row, now=view.now) if after else None


@bp.get("/requests/<request_id>", endpoint="request")
@permission(Permission.REQUEST_READ)
def whole_request(request_id: str) -> str:
    """The whole story of a request on one page."""
    with look() as view:
        row, children = open_request(view, request_id, "request")
        steps = story(view.session, actor=view.actor, request_id=row.id)
        public = row.published_at is not None
        page: dict[str, Any] = {
            "children": [reveal(vault=view.wiring.vault, child=child) for child in children],
            "steps": route_timeline(view, row, steps),
            "next": route_step(view, row) or next_step(row, steps, view.actor, view.now, _progress(view, row)),
            "route": route_links(view, row),
            "needs": needs_pictures(view, row),
            **law_and_comments(view, row),
            "can_telephone": telephone.may_telephone(view.session, actor=view.actor, request=row, now=view.now),
            "telephoned": telephone.telephoned_of(view.session, row.id),
            "sections": borough_view(view.session, vault=view.wiring.vault, request=row),
            "frozen": published_request(view.session, row.id) if public else None,
            "state": publication.public_state(row, view.now) if public else None,
            "tabs": tabs(row, view.actor),
            "can_send_back": view.actor.may(Permission.REQUEST_APPROVE) and row.status is RequestStatus.APPROVED,
            "can_end": view.actor.may(Permission.REQUEST_WRITE)
            and bool(REQUEST.moves[row.status])
            and row.status is not RequestStatus.AWARDED,
            "closed": publication.is_closed(row, view.now) and row.status is RequestStatus.PUBLISHED,
        }
        return render_template("borough/request.html", row=row, **page)
