"""The market through HTTP: a commissioner sets a system up as data, moves an enrolment on a basis, and everybody reads
what they may of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import local_date
from app.core.database import transaction
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.market.models import Lot, PriceBand, PurchasingSystem
from providers.passport.models import Claim, Enrolment
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.visitor import Visitor

DAY = dt.timedelta(days=1)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}), limits=False)
    yield app
    app.extensions["homeward"].engine.dispose()


@pytest.fixture
def wiring(app: Flask) -> Wiring:
    found: Wiring = app.extensions["homeward"]
    return found


@pytest.fixture
def today(wiring: Wiring) -> dt.date:
    with transaction(wiring.sessions, read_only=True) as session:
        return local_date(wiring.clock(session))


@pytest.fixture
def hub(app: Flask, wiring: Wiring) -> Visitor:
    with transaction(wiring.sessions) as session:
        factory.make_policies(session, wiring.clock(session))
        actor = factory.make_commissioner(session)
    return Visitor(app).be(actor)


def day(name: str, value: dt.date) -> dict[str, str]:
    """A date as its three boxes are filled."""
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


def save(visitor: Visitor, path: str, **answers: str) -> str:
    """Open a page, fill its form in and send it with the version it was made from. What the next page says."""
    opened = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    visitor.press(path, opened, **({"version": version[1]} if version else {}), **answers)
    return visitor.text


def see(visitor: Visitor, path: str) -> str:
    """What a page says."""
    visitor.get(path)
    return visitor.text


def only(wiring: Wiring, table: type[PurchasingSystem] | type[Lot] | type[PriceBand]) -> str:
    with transaction(wiring.sessions, read_only=True) as session:
        return session.scalars(select(table.id)).one()


def test_a_dynamic_market_is_set_up_established_and_read_by_everybody(
    app: Flask, wiring: Wiring, hub: Visitor, today: dt.date
) -> None:
    with transaction(wiring.sessions) as session:
        borough = make_organisation(session, OrganisationKind.BOROUGH, "Made-up Merton").id
    law = {"name": "Made-up market", "mode": "pa23_dynamic_market"}
    days = {**day("starts_on", today), **day("ends_on", today + 900 * DAY)}
    said = save(hub, "/hub/systems/add", **law, **days, **day("begun_on", dt.date(2025, 2, 23)))
    assert "begun before 24 February 2025 is under the 2015 regulations" in said
    assert hub.page is not None
    assert 'value="Made-up market"' in hub.page.text, "what was typed is kept"
    assert "The system is set up" in save(hub, "/hub/systems/add", **law, **days, **day("begun_on", today - 30 * DAY))
    system = f"/hub/systems/{only(wiring, PurchasingSystem)}"
    assert "Made-up market" in see(hub, "/hub/systems")
    assert "takes no applications" in see(hub, system)

    said = save(hub, f"{system}/fees", membership_fee_pence="50", award_fee_pence="")
    assert "a fee may arise only when a contract is awarded" in said
    assert "Fees saved" in save(hub, f"{system}/fees", membership_fee_pence="", award_fee_pence="250")
    assert "so it can have no rounds" in save(
        hub, f"{system}/rounds/add", **day("opens_on", today + DAY), **day("closes_on", today + 9 * DAY)
    )
    established = {"reference": "2026/S 000-1", **day("established_on", today)}
    assert "Write the conditions of membership first" in save(hub, f"{system}/establish", **established)
    assert "Conditions saved" in save(hub, f"{system}/conditions", conditions="Be registered with Ofsted.")
    assert "The system is established" in save(hub, f"{system}/establish", **established)
    assert "cannot be changed while it lasts" in see(hub, f"{system}/conditions")
    assert "<textarea" not in hub.page.text
    assert "Notice recorded" in save(
        hub, f"{system}/notices/add", kind="uk13", reference="2026/S 000-0", **day("published_on", today - 9 * DAY)
    )

    lot_days = {**day("opens_on", today), **day("closes_on", today + 800 * DAY)}
    lot = {"name": "Homes", "strand": "send", "service_type": "residential", **lot_days}
    assert "belongs to another strand" in save(hub, f"{system}/lots/add", **lot)
    assert "The lot is added" in save(hub, f"{system}/lots/add", **(lot | {"strand": "looked_after"}))
    lot_page = f"/hub/lots/{only(wiring, Lot)}"
    band = {"name": "Older", "min_age": "12", "max_age": "11", "level": "standard"}
    assert "The oldest age must be" in save(hub, f"{lot_page}/bands/add", **band)
    assert "Price band added" in save(hub, f"{lot_page}/bands/add", **(band | {"max_age": "17"}))
    band_page = f"/hub/bands/{only(wiring, PriceBand)}"
    assert "Price band changed" in save(hub, f"{band_page}/change", **(band | {"max_age": "18"}))
    hub.press(f"{band_page}/remove", hub.get(f"{band_page}/change"))
    assert "Price band removed" in hub.text
    assert "takes part from that day" in save(
        hub, f"{lot_page}/boroughs/add", organisation_id=borough, **day("first_day", today)
    )
    leave = re.search(r'href="(/hub/participations/[^"]+/end)"', hub.get(lot_page).text)
    assert leave
    assert "The last day of Made-up Merton is set" in save(hub, leave[1], **day("last_day", today + 30 * DAY))

    read = see(Visitor(app), "/join")
    for words in (
        "Made-up market",
        "Be registered with Ofsted.",
        "£250.00, only when you are awarded one",
        "at any time",
    ):
        assert words in read
    assert "Joining is free" in read
    asked = see(Visitor(app), "/join/questions")
    assert "A good answer shows" in asked
    assert "Scored 0 to 4" in asked


def test_a_light_touch_system_in_rounds_says_when_the_next_one_opens(
    app: Flask, wiring: Wiring, hub: Visitor, today: dt.date
) -> None:
    with transaction(wiring.sessions) as session:
        system = factory.make_system_and_lots(session).system.id
    opens = today + 20 * DAY
    page = f"/hub/systems/{system}"
    assert "Round added" in save(
        hub, f"{page}/rounds/add", **day("opens_on", opens), **day("closes_on", opens + 9 * DAY)
    )
    words = f"The next one opens on {opens.day} {opens:%B %Y}"
    assert words in see(hub, page)
    assert words in see(Visitor(app), "/join")
    remove = re.search(r'action="(/hub/rounds/[^"]+/remove)"', hub.get(page).text)
    assert remove
    hub.press(remove[1])
    assert "Round removed" in hub.text
    assert "Takes applications at any time" in hub.text


def enrolment_page(wiring: Wiring, claim_id: str, what: str) -> str:
    with transaction(wiring.sessions, read_only=True) as session:
        one = session.scalars(select(Enrolment.id).where(Enrolment.claim_id == claim_id)).one()
    return f"/hub/enrolments/{one}/{what}"


def test_a_suspension_reaches_company_borough_desk_offers_and_provider_page_at_once(
    app: Flask, wiring: Wiring, hub: Visitor
) -> None:
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        scene = made.make_scene(session, services=({"name": "Sample Lodge"},), vault=wiring.vault, now=now)
        made.offer(scene, scene.services[0], now=now)
        service, officer, request = scene.services[0], scene.officer, scene.request
        claim, company = service.claim_id, service.organisation_id
    borough = Visitor(app).be(officer)
    offers, desk, page = f"/borough/requests/{request.id}/offers", "/borough/", f"/borough/providers/{service.id}"
    assert "no new placements" not in see(borough, offers) + see(borough, desk)
    assert "Sample Lodge" in see(borough, "/borough/providers?search=lodge&judgement=good")
    assert "Suspended" not in see(borough, page)

    there = enrolment_page(wiring, claim, "suspend")
    assert "Choose on what basis" in save(hub, there, reason="A concern.")
    assert "Suspended from new placements" in save(hub, there, basis="safeguarding", reason="A concern.")
    told = see(borough, offers)
    assert "1 service takes no new placements now" in told
    assert "Sample Lodge" in told
    assert "Who has offered is not known" in told
    assert f"A service takes no new placements: {request.reference}" in see(borough, desk)
    assert "Suspended from Lot" in see(borough, page)
    assert "Safeguarding concern" in borough.text
    with transaction(wiring.sessions, read_only=True) as session:
        letters = dict(session.execute(select(OutboxMessage.template, OutboxMessage.address)).all())
        address = session.get_one(Organisation, company).alert_email
    assert letters["enrolment_moved"] == address
    assert "service_suspended" in letters

    said = save(hub, enrolment_page(wiring, claim, "remove"), basis="own_request", reason="It closes.")
    assert "Removed from the lot" in said
    assert "is removed from the lot" in see(borough, offers)
    assert borough.get(page).status_code == 404
    assert "Removed" in see(hub, f"/hub/services?search={service.urn}")


def test_the_list_of_services_is_filtered_and_downloaded_without_formulas(wiring: Wiring, hub: Visitor) -> None:
    with transaction(wiring.sessions) as session:
        lot = factory.make_system_and_lots(session).residential
        factory.make_enrolled_service(session, lot=lot, name='=HYPERLINK("evil")')
        factory.make_enrolled_service(session, lot=lot, name="Sample Lodge", grade=None, quality=None)
    assert "2 services" in see(hub, "/hub/services")
    narrowed = see(hub, "/hub/services?quality=unknown&judgement=none&lot=nonsense&_external=1")
    assert "1 service" in narrowed
    assert "Sample Lodge" in narrowed
    assert "No service matches" in see(hub, "/hub/services?search=nowhere")
    link = re.search(
        r'href="(/hub/services\.csv[^"]*)"', hub.get("/hub/services?search=sample&kind=childrens_home").text
    )
    assert link
    assert link[1] == "/hub/services.csv?search=sample&amp;kind=childrens_home"
    file = hub.get("/hub/services.csv")
    assert file.mimetype == "text/csv"
    assert "'=HYPERLINK" in file.text
    assert "attachment" in file.headers["Content-Disposition"]
    assert len(file.text.splitlines()) == 3


def test_a_boroughs_own_homes_are_founded_enrolled_and_marked(app: Flask, wiring: Wiring, hub: Visitor) -> None:
    with transaction(wiring.sessions) as session:
        place = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.HUB)).one()
        administrator: Actor = make_actor(session, place, Role.HUB_ADMINISTRATOR)
        sutton = make_organisation(session, OrganisationKind.BOROUGH, "Made-up Sutton").id
        lot = factory.make_system_and_lots(session).residential
        lot_id = lot.id
    people = Visitor(app).be(administrator)
    add = "/people/organisations/add"
    said = save(people, add, kind="agency", name="Sutton Homes", in_house_of=sutton)
    assert "Only a provider can be a borough's own" in said
    assert "Sutton Homes is added" in save(people, add, kind="provider", name="Sutton Homes", in_house_of=sutton)
    assert "in-house of Made-up Sutton" in see(people, "/people/organisations")
    with transaction(wiring.sessions) as session:
        company = session.scalars(select(Organisation).where(Organisation.name == "Sutton Homes")).one()
        registration = factory.make_registration(session)
        factory.make_inspection(session, registration.urn)
        own = make_actor(session, company)
        service = factory.make_claimed_service(
            session, provider=own, commissioner=factory.make_commissioner(session), urn=registration.urn
        )
        claim, company_id = session.get_one(Claim, service.claim_id).id, company.id
    there = f"/hub/claims/{claim}/in-house"
    assert "Enter why this service is enrolled" in save(hub, there, lot_id=lot_id, reason="")
    assert "Enrolled, outside the competition" in save(hub, there, lot_id=lot_id, reason="The borough runs it.")
    assert "In-house of Made-up Sutton" in see(hub, f"/hub/providers/{company_id}")
    assert "In-house of Made-up Sutton" in see(hub, "/hub/services?in_house=yes")
    assert "Sutton Homes: in-house of Made-up Sutton, outside the competition" in see(Visitor(app), "/companies")
