"""The world that the tenancy walk walks through: two of each kind of organisation, somebody in every role, and a
thing of each kind.

Each parameter of an address that names a thing has a builder here, which makes one thing that belongs to our side and
one that belongs to the other, and gives both ids. To add a room: write a function under `names` with the parameter's
name that takes the session and the world, make the two things through the room's factories
(tests/factories/<room>.py), and return `Ids(ours, theirs)`. Builders run once, in the order in which they stand, and
may use what an earlier one made: `world.ids[...]`.

`reached_by` names kinds of organisation whose people rightly reach the other side's thing, such as the hub. What
belongs to nobody, such as a line of the public register, is reached by `EVERYBODY`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import ROLES_OF, OrganisationKind, Role
from tests.factories.identity import make_actor, make_organisation

BASE_URL = "https://homeward.example"

SECRETS: Mapping[str, str] = {
    "token": "a secret out of an e-mail: whoever holds it may open the page, and it is looked up by its hash",
}
"""Parameters that name no organisation's thing, and why."""

WORDS: Mapping[str, str] = {
    "topic": "name",
    "section": "key_information",
    "bulk_sheet": "services",
    "ending": "csv",
    "part": "quality",
    "provider.passport_section.part": "company",
    "question": "statement_of_purpose",
    "indicator": "1",
    "duty": "fostering_explored",
}
"""Parameters that are words and not ids, and a word that is right; for one endpoint where it has its own."""

OPEN_TO_ALL: Mapping[str, str] = {
    "static": "styles and scripts",
    "help.show": "help is for everybody",
    "demo.message": "the demonstration's mailbox, on this machine only, of made-up people",
    "account.invitation": "behind a secret from an e-mail",
    "account.reset": "behind a secret from an e-mail",
    "account.confirm_sign_up": "behind a secret from an e-mail",
    "public.confirm_places": "behind a secret from an e-mail, for the services that it was made for and once",
}
"""Endpoints that are public although their address has a parameter, and why."""


HUB = frozenset({OrganisationKind.HUB})
EVERYBODY = frozenset(OrganisationKind)


@dataclass(frozen=True)
class Ids:
    """The id of a thing of our side, of the same kind of thing of the other side, and who may see both."""

    ours: str
    theirs: str
    reached_by: frozenset[OrganisationKind] = frozenset()


@dataclass
class World:
    """Our side and the other side: an organisation of each kind (the hub is one), and for each role an actor."""

    now: dt.datetime
    vault: Vault
    ours: dict[OrganisationKind, Organisation]
    theirs: dict[OrganisationKind, Organisation]
    our_people: dict[Role, Actor]
    their_people: dict[Role, Actor]
    ids: dict[str, Ids] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


Builder: TypeAlias = Callable[[Session, World], Ids]
BUILDERS: dict[str, Builder] = {}


def names(parameter: str) -> Callable[[Builder], Builder]:
    """Say which parameter of an address a builder's ids are for."""

    def keep(builder: Builder) -> Builder:
        if parameter in BUILDERS:
            raise ValueError(f"two builders for {parameter}")
        BUILDERS[parameter] = builder
        return builder

    return keep


def builder_of(endpoint: str, parameter: str) -> str | None:
    """The name of the builder whose ids stand for a parameter of an endpoint: the endpoint's own, else the
    blueprint's, else the general one.
    """
    named = (f"{endpoint}.{parameter}", f"{endpoint.rpartition('.')[0]}.{parameter}", parameter)
    return next((name for name in named if name in BUILDERS), None)


def word_for(endpoint: str, parameter: str) -> str | None:
    """A right word for a parameter that is a word: the endpoint's own, else the general one."""
    return WORDS.get(f"{endpoint}.{parameter}", WORDS.get(parameter))


def build_world(session: Session, now: dt.datetime, vault: Vault) -> World:
    """Organisations and people, then a thing of each kind on each side."""
    kinds = list(OrganisationKind)
    ours = {kind: make_organisation(session, kind) for kind in kinds}
    theirs = {kind: make_organisation(session, kind) for kind in kinds if kind is not OrganisationKind.HUB}
    world = World(now, vault, ours, theirs, _people(session, ours), _people(session, theirs))
    for parameter, builder in BUILDERS.items():
        world.ids[parameter] = builder(session, world)
        session.flush()
    return world


def _people(session: Session, places: Mapping[OrganisationKind, Organisation]) -> dict[Role, Actor]:
    return {role: make_actor(session, place, role) for kind, place in places.items() for role in ROLES_OF[kind]}
