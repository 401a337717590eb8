"""Finding a thing by its reference and going to its page."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.reporting.references import Found, find
from app.web.access import may, signed_in
from app.web.acts import Act, look
from app.web.search import bp

PAGES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "request": (("borough.request", ("request_id",)),),
    "child": (("borough.child", ("child_id",)), ("borough.child_erased", ("child_id",))),
    "opportunity": (("provider.opportunity", ("request_id",)),),
    "offer": (("provider.offer", ("offer_id",)), ("borough.offer", ("request_id", "offer_id"))),
    "referral": (
        ("borough.referral", ("referral_id",)),
        ("panel.case", ("referral_id",)),
        ("borough.referral_of_request", ("request_id",)),
    ),
    "award": (("borough.placement_of_request", ("request_id",)),),
    "placement": (("borough.placement", ("placement_id",)), ("provider.placement", ("placement_id",))),
}
"""Where each kind of thing is shown: the first page that exists and that this person may open, and what it takes."""


@bp.get("/find", endpoint="find")
@signed_in
def find_by_reference() -> ResponseReturnValue:
    """Go to what the reference names; otherwise say kindly that there is nothing."""
    typed = request.args.get("reference", "")[:40].strip()
    with look() as view:
        found = find(view.session, actor=view.actor, typed=typed) if typed else None
        page = _page_of(found, view) if found else None
    if page:
        return redirect(page, 303)
    return render_template("search/nothing.html", typed=typed), 200 if not typed else 404


def _page_of(found: Found, view: Act) -> str | None:
    for endpoint, names in PAGES[found.kind]:
        if may(endpoint, view.actor):
            values: dict[str, Any] = {name: found.request_id if name == "request_id" else found.id for name in names}
            return url_for(endpoint, **values)
    return None
