"""Another organisation's ids are not found, at every endpoint and in every role.

The walk takes every address of the application that has a parameter, puts the other side's id into it, and asks as
somebody of each role. Whoever may use the page gets 404, whoever may not gets 403, and neither answer tells whether
the thing exists. What each parameter stands for is written in tests/guards/worlds; an address with a parameter
that is not there fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import Role
from app.web.access import access_of
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories.visitor import Visitor
from tests.guards.worlds import OPEN_TO_ALL, SECRETS, WORDS, Ids, World, build_world, builder_of, word_for

BY_KEY = "api."
"""Calls that come with a key and never with a cookie: they have a walk of their own."""

MADE_UP = "AAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True)
class Walk:
    """The application, what is in it, and a signed-in browser for each role of our side."""

    app: Flask
    world: World
    visitors: dict[Role, Visitor]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("tenancy")
    (folder / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(folder)}), limits=False)
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        world = build_world(session, wiring.clock(session), wiring.vault)
    visitors = {role: Visitor(app).be(actor) for role, actor in world.our_people.items()}
    for visitor in visitors.values():
        visitor.get("/account")  # a page with a form, whose tokens the posts below carry
    yield Walk(app, world, visitors)
    wiring.engine.dispose()


def addresses(app: Flask) -> list[Rule]:
    """Every rule whose address names a thing, in order."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.arguments and rule.endpoint not in OPEN_TO_ALL]
    rules = [rule for rule in rules if not rule.endpoint.startswith(BY_KEY)]
    return sorted(rules, key=lambda rule: (rule.endpoint, rule.rule))


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def ask(walk: Walk, visitor: Visitor, rule: Rule, method: str, values: dict[str, str]) -> int:
    """The status of one request."""
    with walk.app.test_request_context():
        path = walk.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    if method == "GET":
        return visitor.client.get(path).status_code
    page = visitor.page
    assert page is not None
    status = visitor.press(path, page, follow=False).status_code
    visitor.page = page
    return status


def values_for(walk: Walk, rule: Rule, foreign: str | None = None, other: str | None = None) -> dict[str, str]:
    """Our ids for a rule's parameters, but for the one named the other side's (or `other`)."""
    values = {name: walk.world.ids[builder].ours for name, builder in things(rule).items()}
    values |= {name: word_for(rule.endpoint, name) or "word" for name in rule.arguments - set(values)}
    if foreign is not None:
        values[foreign] = other or walk.world.ids[things(rule)[foreign]].theirs
    return values


def things(rule: Rule) -> dict[str, str]:
    """The parameters of a rule that name a thing, and the builder of each."""
    found = {name: builder_of(rule.endpoint, name) for name in sorted(rule.arguments)}
    return {name: builder for name, builder in found.items() if builder is not None}


def may_open(walk: Walk, rule: Rule, actor: Actor) -> bool:
    access = access_of(walk.app.view_functions[rule.endpoint])
    return access is not None and access.admits(actor)


def test_every_parameter_of_an_address_is_known(walk: Walk) -> None:
    unknown = sorted(
        f"{name} ({rule.endpoint})"
        for rule in addresses(walk.app)
        for name in rule.arguments - {*things(rule), *SECRETS, *WORDS}
    )
    assert not unknown, f"write a builder in tests/guards/worlds for: {', '.join(unknown)}"


def test_what_is_open_to_all_is_public_and_nothing_else_with_a_parameter_is(walk: Walk) -> None:
    public = {
        rule.endpoint
        for rule in walk.app.url_map.iter_rules()
        if rule.arguments and str(access_of(walk.app.view_functions[rule.endpoint])) == "public"
    }
    assert public == set(OPEN_TO_ALL), "a public page with a parameter is listed in OPEN_TO_ALL, with its reason"


def test_the_other_sides_ids_are_not_found_by_anybody(walk: Walk) -> None:
    wrong: list[str] = []
    asked = 0
    for rule in addresses(walk.app):
        for name, builder in things(rule).items():
            ids: Ids = walk.world.ids[builder]
            for role, actor in walk.world.our_people.items():
                if actor.organisation_kind in ids.reached_by:
                    continue
                expected = 404 if may_open(walk, rule, actor) else 403
                for method in methods(rule):
                    for kind, id_ in (("theirs", ids.theirs), ("made up", MADE_UP)):
                        values = values_for(walk, rule, name, id_)
                        status = ask(walk, walk.visitors[role], rule, method, values)
                        asked += 1
                        if status != expected:
                            wrong.append(f"{method} {rule.rule} as {role}, {name} {kind}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)
    assert asked >= 2 * len(Role)


def test_our_own_ids_are_found_by_somebody(walk: Walk) -> None:
    """Without this the walk would be content with a page that finds nothing for anybody."""
    lost: list[str] = []
    for rule in addresses(walk.app):
        if "GET" not in methods(rule) or not things(rule):
            continue
        able = [role for role, actor in walk.world.our_people.items() if may_open(walk, rule, actor)]
        statuses = {ask(walk, walk.visitors[role], rule, "GET", values_for(walk, rule)) for role in able}
        if not statuses - {403, 404}:
            lost.append(f"{rule.rule}: {sorted(statuses)}")
    assert not lost, "\n".join(lost)


def test_a_visitor_who_is_not_signed_in_is_sent_to_the_door(walk: Walk) -> None:
    visitor = Visitor(walk.app)
    for rule in addresses(walk.app):
        if "GET" in methods(rule) and things(rule):
            status = ask(walk, visitor, rule, "GET", values_for(walk, rule))
            assert status == (401 if rule.rule.startswith("/api/") else 303), rule.rule


def test_a_key_reaches_nothing_of_the_other_side(walk: Walk) -> None:
    client, secret = walk.app.test_client(), walk.world.things["key"]
    bodies: dict[str, dict[str, object]] = {
        "api.request_save": {"answers": {}, "version": 0},
        "api.request_submit": {"version": 1},
    }
    rules = [rule for rule in walk.app.url_map.iter_rules() if rule.arguments and rule.endpoint.startswith(BY_KEY)]
    assert rules
    for rule in rules:
        for name, builder in things(rule).items():
            for id_ in (walk.world.ids[builder].theirs, MADE_UP):
                for method in methods(rule):
                    with walk.app.test_request_context():
                        values = values_for(walk, rule, name, id_)
                        path = walk.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
                    answer = client.open(
                        path,
                        method=method,
                        json=bodies.get(rule.endpoint) if method != "GET" else None,
                        headers={"Authorization": f"Bearer {secret}"},
                    )
                    assert answer.status_code == 404, f"{method} {rule.rule}, {name}: {answer.status}"
        assert client.get("/api/v1/requests", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
