"""A case system and the JSON interface: a key from its page, a child, a draft, submission; and what it may not."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.children.models import Child, ChildView
from app.core.database import transaction
from app.core.models import AuditEntry
from app.factory import create_app
from app.identity.models import ServiceKey
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import approval
from app.requests.form import CURRENT, form
from app.requests.models import PlacementRequest
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.incoming import CHILD, TEN, iso_answers
from tests.factories.visitor import Visitor

ALL = ("borough:child:read", "borough:child:write", "borough:request:read", "borough:request:write")


@dataclass
class System:
    """A case system with its key."""

    client: FlaskClient
    secret: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("Authorization", f"Bearer {self.secret}")
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=given)


@dataclass
class Scene:
    """The application and the people of a council that has a case system."""

    app: Flask
    wiring: Wiring
    officer: Actor
    manager: Actor
    administrator: Actor
    others: str
    """A request of another council."""

    def system(self, *scope: str) -> System:
        """A key made on the page, as an administrator makes it."""
        visitor = Visitor(self.app).be(self.administrator)
        with transaction(self.wiring.sessions) as session:
            last = self.wiring.clock(session).date() + dt.timedelta(days=90)
        day = {"expires_on-day": str(last.day), "expires_on-month": str(last.month), "expires_on-year": str(last.year)}
        visitor.fill("/borough/keys/new", name="Madeup case system", scope=list(scope or ALL), **day)
        assert visitor.page is not None
        secret = re.search(r"<code[^>]*>([^<]+)</code>", visitor.page.text)
        assert secret, visitor.text
        assert visitor.get("/borough/keys").status_code == 200
        assert secret[1] not in visitor.page.text
        return System(self.app.test_client(), html.unescape(secret[1]))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    wiring: Wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        officer = factory.make_actor(session, organisation=council, name="Olu Officer", now=now)
        manager = factory.make_actor(session, Role.TEAM_MANAGER, organisation=council, now=now)
        administrator = factory.make_actor(session, Role.BOROUGH_ADMINISTRATOR, organisation=council, now=now)
        stranger = factory.make_actor(session, now=now)
        others = factory.make_draft(session, actor=stranger, vault=wiring.vault, now=now).id
    yield Scene(app, wiring, officer, manager, administrator, others)
    wiring.engine.dispose()


def section_of(name: str) -> dict[str, Any]:
    answers = today_answers()
    return {one.name: answers[one.name] for one in form(CURRENT).section(name).fields if one.name in answers}


def today_answers(**replaced: Any) -> dict[str, Any]:
    """A whole form of today, whatever day the test runs on."""
    today = dt.datetime.now(dt.UTC).date()
    days = {"referral_date": today.isoformat(), "needed_from": (today + dt.timedelta(days=21)).isoformat()}
    return iso_answers(**days, **replaced)


def test_a_case_system_takes_a_child_to_a_manager(scene: Scene) -> None:
    system = scene.system()
    child = system.call("POST", "/children", CHILD, Idempotency_Key="child-0001")
    assert child.status_code == 201
    again = system.call("POST", "/children", CHILD, Idempotency_Key="child-0001")
    assert again.status_code == 303, "the same key is the same child"
    other = system.call("POST", "/children", {**CHILD, "given_name": "Zelda"}, Idempotency_Key="child-0001")
    assert other.status_code == 409, "the same key with somebody else is nobody's child"
    reference = child.json["reference"]  # type: ignore[index]
    assert reference in again.headers["Location"]
    found = system.call("GET", f"/children?reference={reference.lower()}")
    assert found.json == child.json

    twin = {**CHILD, "given_name": "Zelda"}
    alike = system.call("POST", "/children", twin)
    assert (alike.status_code, alike.json["references"]) == (409, [reference])  # type: ignore[index]
    assert system.call("POST", "/referrals", {"child": twin, "answers": {}}).status_code == 409
    twin |= {"another": True, "reason": "Twins", "seen": [reference]}
    assert system.call("POST", "/children", twin).status_code == 201

    draft = system.call("POST", "/requests", {"children": [reference]})
    assert draft.status_code == 201
    assert system.call("POST", "/requests", {"children": [reference]}).status_code == 409
    body: dict[str, Any] = draft.json  # type: ignore[assignment]
    path = f"/requests/{body['id']}"
    assert body["reference"] in Visitor(scene.app).be(scene.officer).get("/borough/").text, "it waits on the desk"
    early = system.call("POST", f"{path}/submit", {"version": body["version"]})
    assert early.status_code == 422
    required = {one.name for one in form(CURRENT).fields if one.required and not one.conditions}
    assert set(early.json["errors"]) >= required, "every gap at once, by field"  # type: ignore[index]

    for section in form(CURRENT).sections:
        saved = system.call(
            "PUT",
            f"{path}/sections/{section.name}",
            {"answers": section_of(section.name)},
            If_Match='"0"',
            Idempotency_Key="section-0001",  # of no meaning to a PUT: every section is saved
        )
        assert saved.status_code == 200, saved.text
        assert saved.json == {"name": section.name, "version": 1, "gaps": {}}
    whole: dict[str, Any] = system.call("GET", path).json  # type: ignore[assignment]
    assert whole["gaps"] == {}
    sent = {name: value for name, value in today_answers().items() if value != ""}
    got = {name: value for section in whole["sections"] for name, value in section["answers"].items()}
    assert {name: str(got[name]) for name in sent} == {name: str(value) for name, value in sent.items()}
    spent = {"Idempotency_Key": "submit-0001", "If_Match": str(whole["version"])}
    nowhere = system.call("POST", "/requests/nothing/submit", {}, **spent)
    assert nowhere.status_code == 404
    submitted = system.call("POST", f"{path}/submit", {}, **spent)
    assert submitted.status_code == 200
    assert submitted.json["status"] == "submitted"  # type: ignore[index]

    with transaction(scene.wiring.sessions) as session:
        key = session.scalars(select(ServiceKey)).one()
        views = session.scalars(select(ChildView.what).where(ChildView.person_id == key.person_id)).all()
        assert len([one for one in views if one.endswith("(by key)")]) == len(views) == 2
        assert key.last_used_at is not None
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.person_id == key.person_id)).all()
        assert {"children.child.record", "requests.request.start", "requests.request.submitted"} <= set(acts)
        # A manager sends it back: the letter goes to whoever made the key, for a system reads no mail.
        row = session.get_one(PlacementRequest, body["id"])
        now = scene.wiring.clock(session)
        approval.send_back(session, actor=scene.manager, request_id=row.id, reason="More", version=row.version, now=now)
        maker = session.scalars(select(OutboxMessage.address).where(OutboxMessage.template == "request_returned")).one()
        assert "@" in maker


def test_two_who_write_are_told_what_changed(scene: Scene) -> None:
    system = scene.system()
    referral = {"child": CHILD, "answers": today_answers()}
    kept: dict[str, Any] = system.call("POST", "/referrals", referral).json  # type: ignore[assignment]
    path = f"/requests/{kept['request']}/sections/reason"
    answers = section_of("reason")
    assert system.call("PUT", path, {"answers": answers}).status_code == 428
    assert system.call("PUT", path, {"answers": {**answers, "why_now": "First"}}, If_Match="1").status_code == 200
    late = system.call("PUT", path, {"answers": {**answers, "why_now": "Second"}}, If_Match="1")
    assert late.status_code == 412
    assert late.json["changed"] == ["Why is this placement needed now?"]  # type: ignore[index]
    body = system.call("PUT", path, {"answers": {**answers, "why_now": "Second"}, "version": 1})
    assert body.status_code == 409
    wrong = system.call("PUT", path, {"answers": {"why_now": 5, "colour": "green", "risks": ["x"]}}, If_Match="2")
    assert wrong.status_code == 422
    assert set(wrong.json["errors"]) == {"answers.colour", "answers.risks"}  # type: ignore[index]
    assert wrong.content_type == "application/problem+json"


def test_a_referral_with_ten_errors_is_kept_and_told_all_ten(scene: Scene) -> None:
    system = scene.system()
    wrong = {name: said for name, (said, _) in TEN.items()}
    sent = system.call("POST", "/referrals", {"child": CHILD, "answers": iso_answers(**wrong)})
    assert sent.status_code == 201
    faults = {one["field"]: one for one in sent.json["faults"]}  # type: ignore[index]
    assert set(faults) == set(TEN)
    for name, (said, message) in TEN.items():
        assert faults[name]["value"] == said
        assert message in faults[name]["message"]
    assert {name for name, one in faults.items() if one["kept"]} == {"needed_from", "expected_weeks", "max_miles"}
    nobody = system.call("POST", "/referrals", {"child": {"given_name": "Zuleika"}, "answers": {}})
    assert nobody.status_code == 422
    assert len(nobody.json["errors"]) == 5, "what a child's record wants besides"  # type: ignore[index]
    assert system.call("POST", "/referrals", {"child": {"reference": "CH-222222"}}).status_code == 422


def test_what_a_key_may_not(scene: Scene) -> None:
    reader, system = scene.system("borough:request:read"), scene.system()
    assert reader.call("GET", "/requests").status_code == 200
    assert reader.call("POST", "/children", CHILD).status_code == 403
    for path in (f"/requests/{scene.others}", "/children?reference=CH-222222", "/nothing"):
        assert system.call("GET", path).status_code == 404, path
    with transaction(scene.wiring.sessions) as session:
        theirs = session.scalars(select(Child.reference)).one()
    assert system.call("GET", f"/children?reference={theirs}").status_code == 404, "another council's child"
    assert system.call("POST", "/requests", {"children": [theirs]}).status_code == 404

    # No cookie opens it, and no key opens a page.
    visitor = Visitor(scene.app).be(scene.officer)
    assert visitor.client.get("/api/v1/requests").status_code == 401
    bare = scene.app.test_client()
    page = bare.get("/borough/requests", headers={"Authorization": f"Bearer {system.secret}"})
    assert page.status_code == 303
    for header in ("", "Bearer", "Bearer hw_wrong", f"Basic {system.secret}", f"Bearer {system.secret}x"):
        answer = bare.get("/api/v1/requests", headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    gone = system.call("DELETE", "/requests")
    assert gone.status_code == 405
    assert {"GET", "POST"} <= set(gone.headers["Allow"].split(", "))

    administrator = Visitor(scene.app).be(scene.administrator)
    with transaction(scene.wiring.sessions) as session:
        row = session.scalars(select(ServiceKey).order_by(ServiceKey.created_at.desc())).first()
        assert row is not None
        assert system.secret not in (row.token_hash, row.name)
        key_id = row.id
    administrator.fill(f"/borough/keys/{key_id}/revoke")
    assert system.call("GET", "/requests").status_code == 401
    assert reader.call("GET", "/requests").status_code == 200
    blind = scene.system("borough:request:write", "borough:child:write")
    referral = {"child": CHILD, "answers": today_answers()}
    assert blind.call("POST", "/referrals", referral).status_code == 403, "a referral finds children by name"


def test_the_interface_is_as_it_is_described(scene: Scene) -> None:
    """Calls made up from the description are answered as the description says, and none of them is an accident."""
    system = scene.system()
    reference = system.call("POST", "/children", CHILD).json["reference"]  # type: ignore[index]
    draft: dict[str, Any] = system.call("POST", "/requests", {"children": [reference]}).json  # type: ignore[assignment]
    described: dict[str, Any] = system.call("GET", "/openapi.json").json  # type: ignore[assignment]
    named = {
        name
        for schema, about in described["components"]["schemas"].items()
        if schema.startswith("Answers") and schema != "AnswersOfAllSections"
        for name in about["properties"]
    }
    assert named == {one.name for one in form(CURRENT).fields}, "every field of the form is described"

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", scene.app)
    seen: set[str] = set()
    for operation in (one.ok() for one in schema.get_all_operations()):

        @hypothesis.settings(max_examples=4, database=None, deadline=None, derandomize=True)
        @hypothesis.given(case=operation.as_strategy())
        def try_out(case: Any) -> None:
            if "request_id" in case.path_parameters:
                case.path_parameters = {**case.path_parameters, "request_id": draft["id"]}
            seen.add(f"{case.method} {case.path}")
            case.call_and_validate(
                headers={"Authorization": f"Bearer {system.secret}"},
                # The form has rules that JSON Schema cannot say: a date that is past, a postcode that exists.
                excluded_checks=[schemathesis.checks.positive_data_acceptance],
            )

        try_out()
    paths = described["paths"].items()
    calls = {f"{one.upper()} {path}" for path, about in paths for one in about if one in ("get", "post", "put")}
    assert seen == calls - {"GET /api/v1/openapi.json"}
    with transaction(scene.wiring.sessions) as session:
        assert session.scalar(select(func.count(PlacementRequest.id)))
