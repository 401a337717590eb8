"""One-click sign-in: a person of each role, in the order in which they appear in the story of one placement.

`app.web.blueprints` registers this folder in the demonstration only, and that environment answers on this machine only.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.identity import queries
from app.identity.sign_in import DEMONSTRATION_PASSWORD, demonstration_sign_in
from app.identity.status import ROLE_DOES, ROLE_WORDS, Role
from app.web.access import public, start_session
from app.web.acts import act, look, wiring_of_app
from app.web.demo import bp
from app.web.navigation import home_endpoint

OTHERS_SHOWN = 15
"""Of a role that many organisations have, so many more are listed."""


@dataclass(frozen=True)
class RoleGroup:
    """A role, what it can do, and who may be had for a click: one first, others behind."""

    role: Role
    words: str
    does: str
    first: queries.DemoPerson
    others: tuple[queries.DemoPerson, ...]


PARTS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("The provider", (Role.PROVIDER_ADMINISTRATOR, Role.PROVIDER_STAFF)),
    ("The hub", (Role.COMMISSIONER, Role.HUB_ADMINISTRATOR)),
    (
        "The borough's placement team",
        (Role.PLACEMENT_OFFICER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.HEAD_OF_SERVICE),
    ),
    (
        "The panel",
        (Role.PANEL_ADMINISTRATOR, Role.PANEL_CHAIR, Role.PANEL_MEMBER, Role.AGENCY_PANEL_MEMBER),
    ),
    ("Approval and finance", (Role.NOMINATED_OFFICER, Role.DIRECTOR, Role.FINANCE_OFFICER)),
    ("Looking after people's access", (Role.BOROUGH_ADMINISTRATOR, Role.AGENCY_ADMINISTRATOR)),
)


def groups(people: list[queries.DemoPerson]) -> list[tuple[str, list[RoleGroup]]]:
    """The parts of the story, each with its roles; parts and roles that nobody holds are left out."""
    held: dict[Role, list[queries.DemoPerson]] = {}
    for one in people:
        held.setdefault(one.role, []).append(one)
    return [
        (title, [_group(role, held[role]) for role in roles if role in held])
        for title, roles in PARTS
        if any(role in held for role in roles)
    ]


def _group(role: Role, people: list[queries.DemoPerson]) -> RoleGroup:
    return RoleGroup(role, ROLE_WORDS[role], ROLE_DOES[role], people[0], tuple(people[1 : OTHERS_SHOWN + 1]))


def _only_here() -> None:
    if not wiring_of_app().settings.is_demo:
        abort(404)


@bp.get("/people")
@public
def people() -> ResponseReturnValue:
    """A person of each role."""
    _only_here()
    with look() as view:
        parts = groups(queries.demo_people(view.session))
    return render_template("demo/people.html", parts=parts, password=DEMONSTRATION_PASSWORD)


@bp.post("/people")
@public
def be() -> ResponseReturnValue:
    """Sign in as one of them."""
    _only_here()
    with act(keyed=False) as doing:
        signed = demonstration_sign_in(
            doing.session, membership_id=request.form.get("membership_id", ""), now=doing.now
        )
    start_session(signed.actor, signed.token)
    return redirect(url_for(home_endpoint(signed.actor)), 303)
