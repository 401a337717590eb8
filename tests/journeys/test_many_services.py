"""A company with forty homes: one list of claims, one decision, one profile copied, one page of free places."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.wiring import Wiring, build
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.passport.models import Claim
from providers.passport.status import ClaimStatus
from providers.register.models import Registration
from providers.services.models import Service
from tests.databases import sqlite_template
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.visitor import Visitor

HOMES = 40


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    wiring = build(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}))
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def app(wiring: Wiring) -> Flask:
    return create_app(wiring.settings, wiring=wiring, limits=False)


def cast(wiring: Wiring) -> tuple[Actor, Actor, list[str]]:
    """The company, the hub, and the URNs of forty homes in the register, one of which another owner's."""
    with transaction(wiring.sessions) as session:
        factory.make_system_and_lots(session, wiring.clock(session))
        company = make_actor(session, make_organisation(session, OrganisationKind.PROVIDER, "Sample Owner Ltd"))
        hub = make_actor(session, make_organisation(session, OrganisationKind.HUB, "Made-up Hub"), Role.COMMISSIONER)
        urns = [factory.make_registration(session, places=4).urn for _ in range(HOMES)]
        session.get_one(Registration, urns[-1]).owner = "Somebody Else Ltd"
        return company, hub, urns


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_forty_homes_from_a_list_to_free_places(app: Flask, wiring: Wiring) -> None:
    company, hub, urns = cast(wiring)
    me, they = Visitor(app).be(company), Visitor(app).be(hub)

    # the list, uploaded with two lines that are wrong
    rows = "\r\n".join(["URN,Postcode", *(f"{urn},CR0 1EA" for urn in urns), "9999999,CR0 1EA", f"{urns[0]},CR0 1EA"])
    page = me.get("/provider/services/claim-many")
    upload = (io.BytesIO(b"\xef\xbb\xbf" + rows.encode()), "homes.csv")
    me.press("/provider/services/claim-many", page, step="check", file=upload)  # type: ignore[arg-type]
    assert "2 lines cannot be claimed" in me.text
    assert "Stands in this list before" in me.text
    assert "Not in the register that we hold" in me.text
    with transaction(wiring.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Claim)) == 0, "checking claims nothing"
    lines = re.search(r'<textarea name="lines"[^>]*>\n(.*?)</textarea>', me.page.text, re.S)  # type: ignore[union-attr]
    assert lines
    me.press("/provider/services/claim-many", step="send", lines=lines[1])
    assert "40 claims sent to the hub. 2 lines left out" in me.text

    # the hub decides 39 that agree with the register at once, and the odd one by itself
    they.get("/hub/market")
    assert "Sample Owner Ltd claims 40 registrations" in they.text
    page = they.get("/hub/claims")
    assert "39 claims agree with the register" in they.text
    assert "Owner differs" in they.text
    shown = re.findall(r'name="shown" value="([^"]+)"', page.text)
    answers = {"decision": "confirm", "reason": "Seen on the certificates", "shown": shown}
    they.press("/hub/claims", page, which="ticked", **answers)  # type: ignore[arg-type]
    assert "Tick at least one claim" in they.text
    they.press("/hub/claims", page, which="agreeing", **answers)  # type: ignore[arg-type]
    assert "39 claims of Sample Owner Ltd confirmed" in they.text
    with transaction(wiring.sessions) as session:
        counts = dict(session.execute(select(Claim.status, func.count()).group_by(Claim.status)).all())
        assert counts == {ClaimStatus.CONFIRMED: 39, ClaimStatus.PENDING: 1}
        mail = session.scalars(select(OutboxMessage)).one()
        assert mail.subject == "Your claims to 39 services are confirmed"
        odd = session.scalars(select(Claim).where(Claim.status == ClaimStatus.PENDING)).one()
        assert odd.urn == urns[-1]
        claims = list(
            session.scalars(select(Claim.id).where(Claim.status == ClaimStatus.CONFIRMED).order_by(Claim.urn))
        )

    # one profile, copied to the others
    first = f"/provider/services/{claims[0]}"
    for topic, said in (
        ("takes", {"min_age": "8", "max_age": "15", "sexes": "F"}),
        ("needs", {f"need_{number}": "2" for number in range(1, 13)}),
        ("languages", {"languages": ["en", "so"]}),
    ):
        page = me.get(f"{first}/profile/{topic}")
        me.press(f"{first}/profile/{topic}", page, version=version_on(page.text), **said)  # type: ignore[arg-type]
        assert ": saved" in me.text
    me.fill(f"{first}/copy", topics=["takes", "needs", "languages"], to="every")  # type: ignore[arg-type]
    assert "Copied to 38 services" in me.text

    # one page confirms all their free places
    page = me.get("/provider/vacancies")
    me.press("/provider/vacancies", page, **dict.fromkeys(re.findall(r'name="(places_[^"]+)"', page.text), "2"))
    assert "Free places of 39 services confirmed as of now" in me.text
    with transaction(wiring.sessions) as session:
        said = {
            (service.max_age, service.places_free, tuple(service.languages or ()), len(service.capability))
            for service in session.scalars(select(Service))
        }
    assert said == {(15, 2, ("en", "so"), 12)}


def test_the_list_of_services_asks_as_much_for_forty_as_for_two_and_finds_one_of_them(
    app: Flask, wiring: Wiring
) -> None:
    counts = []
    for number in (2, HOMES):
        with transaction(wiring.sessions) as session:
            company = company_with(session, wiring, number)
        me = Visitor(app).be(company)
        me.get("/provider/services")  # so that what is remembered is there
        asked: list[str] = []

        def note(_c: object, _k: object, statement: str, *_: object, into: list[str] = asked) -> None:
            into.append(statement)

        event.listen(wiring.engine, "before_cursor_execute", note)
        page = me.get("/provider/services?sort=places&direction=descending")
        event.remove(wiring.engine, "before_cursor_execute", note)
        assert page.status_code == 200
        counts.append(sum(statement.lstrip().startswith("SELECT") for statement in asked))
    assert counts[0] == counts[1]
    assert "Showing 1 to 25 of 40 services" in me.text
    me.get("/provider/services?page=2")
    assert "Showing 26 to 40 of 40 services" in me.text
    me.get("/provider/services?search=house+07&standing=enrolled")
    assert "1 service" in me.text
    assert "House 07" in me.text
    me.get("/provider/services?standing=refused")
    assert "No service of yours is like that" in me.text
    me.get("/provider/services?standing=nonsense&sort=nonsense")
    assert "House 00" in me.text


def company_with(session: Session, wiring: Wiring, number: int) -> Actor:
    """The administrator of a company with so many enrolled homes."""
    now = wiring.clock(session)
    lot = factory.make_system_and_lots(session, now).residential
    company = make_organisation(session, OrganisationKind.PROVIDER)
    for place in range(number):
        factory.make_enrolled_service(
            session, lot=lot, name=f"House {place:02d}", organisation=company, places=place % 5, now=now
        )
    return make_actor(session, company)
