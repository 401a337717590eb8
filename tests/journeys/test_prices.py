"""Prices, discounts, spreadsheets and uplifts through HTTP, by the people whose work they are."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import local_date
from app.core.database import transaction
from app.core.jobs import run_due
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.models import Offer
from app.reporting.recount import recount_differences
from app.reporting.rollup import rebuild
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.services.bulk.models import BulkFile
from providers.services.models import Service
from providers.services.uplifts.models import Uplift, UpliftFile
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories.identity import make_actor, make_organisation
from tests.factories.offers import Scene
from tests.factories.prices import make_bands, set_list
from tests.factories.providers import make_enrolled_service
from tests.factories.reporting import SpendMarket
from tests.factories.visitor import Visitor

EIGHT = ("Bexley", "Bromley", "Greenwich", "Kingston", "Lewisham", "Merton", "Richmond", "Sutton")
PDF = b"%PDF-1.4 made up"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def wiring(site: Flask) -> Wiring:
    found: Wiring = site.extensions["homeward"]
    return found


@dataclass
class Company:
    """A company with two homes on a lot, and its administrator."""

    admin: Actor
    lot: Lot
    homes: list[Service]
    bands: list[str]


@pytest.fixture
def company(wiring: Wiring) -> Company:
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        scene = made.make_scene(session, vault=wiring.vault, now=now, services=({},))
        mine = session.get_one(Organisation, scene.services[0].organisation_id)
        second = make_enrolled_service(session, lot=scene.lot, organisation=mine, name="Made-up Second Home", now=now)
        bands = [band.id for band in make_bands(session, scene.lot).values()]
        return Company(scene.provider(scene.services[0]), scene.lot, [scene.services[0], second], bands)


def day(moment: dt.date, name: str = "from_day") -> dict[str, str]:
    return {f"{name}-day": str(moment.day), f"{name}-month": str(moment.month), f"{name}-year": str(moment.year)}


def versioned(visitor: Visitor, path: str, **answers: Any) -> Visitor:
    """Open a page, and send its form with the version that stands there."""
    opened = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    assert version, path
    visitor.press(path, opened, version=version[1], **answers)
    return visitor


def move_clock(wiring: Wiring, by: dt.timedelta) -> None:
    with transaction(wiring.sessions) as session:
        session.merge(MovedClock(id=1, seconds=int(by.total_seconds())))


def valid(visitor: Visitor, *paths: str) -> None:
    for path in paths:
        page = visitor.get(path)
        assert page.status_code == 200, path
        html5lib.HTMLParser(strict=True).parse(page.text)


def test_a_company_sets_its_prices_for_every_service_and_a_past_one_is_refused_at_its_field(
    site: Flask, company: Company
) -> None:
    today = local_date(dt.datetime.now(dt.UTC))
    me = Visitor(site).be(company.admin)
    here = f"/provider/prices/{company.lot.id}/set"
    answers = {"service": "every", "band": company.bands[1], "care_pence": "4,000", "health_pence": "150.50"}
    versioned(me, here, **answers, **day(today - dt.timedelta(days=1)))
    assert me.page
    assert me.page.status_code == 400
    assert "A price cannot begin in the past" in me.text
    assert "4,000" in me.page.text
    versioned(me, here, **answers, **day(today))
    assert "Price set for 2 services" in me.text
    assert "£4,150.50" in me.text
    versioned(
        me,
        here,
        **{**answers, "service": company.homes[0].id, "care_pence": "4500"},
        **day(today + dt.timedelta(days=30)),
    )
    assert "Price set" in me.text
    assert "To come" in me.text
    assert "£4,650.50" in me.text
    listed = f"/provider/services/{company.homes[1].claim_id}/prices/{company.lot.id}"
    valid(me, "/provider/prices", listed, here, f"/provider/prices/{company.lot.id}/discounts")
    me.get(listed)
    assert "To come" not in me.text


def test_a_discount_is_given_shown_and_ended(site: Flask, company: Company) -> None:
    today = local_date(dt.datetime.now(dt.UTC))
    me = Visitor(site).be(company.admin)
    here = f"/provider/prices/{company.lot.id}/discounts"
    me.fill(here, kind="sibling", threshold="1", rate="5", **day(today))
    assert "It must be between 2 and 1,000" in me.text
    me.fill(here, kind="sibling", threshold="2", rate="a lot", **day(today))
    assert "must be a percentage" in me.text
    me.fill(here, kind="sibling", threshold="2", rate="7.5%", **day(today))
    assert "7.5% from the second child placed together" in me.text
    end = re.search(r"/provider/discounts/[^/]+/end", me.page.text if me.page else "")
    assert end
    me.press(end[0], version="1")
    assert "Discount ended" in me.text


def test_an_offer_begins_at_the_list_price_less_discounts_and_a_dearer_one_says_why(
    site: Flask, wiring: Wiring
) -> None:
    with transaction(wiring.sessions) as session:
        scene: Scene = made.make_scene(session, vault=wiring.vault, now=wiring.clock(session), services=({},))
        service = scene.services[0]
        admin = scene.provider(service)
        set_list(session, admin, scene.lot, now=scene.now)
        weeks = scene.request.expected_weeks
    me = Visitor(site).be(admin)
    today = scene.now.date()
    me.fill(
        f"/provider/prices/{scene.lot.id}/discounts", kind="long_term", threshold=str(weeks), rate="4", **day(today)
    )
    here = f"/provider/opportunities/{scene.request.id}/offer"
    me.get(here)
    assert me.page
    for said in ("List price: Made-up enhanced band", "£1,200.00", "-£48.00", "Price after discounts £1,152.00"):
        assert said in me.text, said
    assert f"this one is expected to last {weeks} weeks" in me.text
    assert 'value="1152"' in me.page.text
    needs = {f"need_{n}": "Made-up plan" for n, score in enumerate(scene.request.needs or [], start=1) if score}
    start = day(today + dt.timedelta(days=30), "can_start_on")
    me.fill(here, step="submit", care_pence="1300", **needs, **start)
    assert me.page.status_code == 400
    assert "above your own list after discounts (£1,152.00 a week" in me.text
    dearer = {"care_pence": "1300", "above_list_reason": "Two adults at night", **needs, **start}
    me.fill(here, step="check", **dearer)
    assert "Two adults at night" in me.text
    me.press(here, step="submit", **dearer)
    assert "Offer sent" in me.text
    move_clock(wiring, dt.timedelta(days=made.DAYS_OPEN + 1))
    them = Visitor(site).be(scene.officer)
    offers = f"/borough/requests/{scene.request.id}/offers"
    them.press(f"{offers}/open", them.get(offers))
    with transaction(wiring.sessions) as session:
        offer_id = session.scalars(select(Offer.id)).one()
    valid(them, f"{offers}/{offer_id}")
    for said in ("List price: Made-up enhanced band", "-£48.00", "£1,152.00", "£1,300.00", "Two adults at night"):
        assert said in them.text, said
    assert "£7,696.00 above the list price" in them.text  # 148 a week, 52 weeks


def test_a_spreadsheet_goes_out_comes_back_is_looked_at_and_confirmed(
    site: Flask, wiring: Wiring, company: Company
) -> None:
    me = Visitor(site).be(company.admin)
    assert me.fill("/provider/bulk").status_code == 400
    assert "Choose the file to send" in me.text
    wrong: Any = {"file": (io.BytesIO(b"%PDF-1.4"), "ours.xlsx")}
    assert me.fill("/provider/bulk", **wrong).status_code == 400
    assert "its content is something else" in me.text
    out = me.get("/provider/bulk/services.csv")
    assert out.headers["Content-Disposition"].startswith("attachment")
    assert me.get("/provider/bulk/services.xlsx").data.startswith(b"PK")
    assert me.get("/provider/bulk/secrets.csv").status_code == 404
    changed = out.data.replace(b"Made-up Second Home", b"Made-up Third Home")
    page = send(me, wiring, changed)
    assert "1 line changes something" in me.text
    assert "Name: Made-up Second Home to Made-up Third Home" in me.text
    assert service_names(wiring) >= {"Made-up Second Home"}
    confirm(me, page)
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock)
    me.get(page)
    assert "Imported on" in me.text
    assert "Made-up Third Home" in service_names(wiring)
    send(me, wiring, out.data + b"9999999,Somebody else's,,,,,,\r\n")
    assert "9999999 is not a service of your company: you can change your own services only" in me.text
    assert "Services, line 4" in me.text
    valid(me, "/provider/bulk", page)


def send(me: Visitor, wiring: Wiring, data: bytes) -> str:
    """Send a CSV file, have it read, and open its page, whose address is returned."""
    upload: Any = {"file": (io.BytesIO(data), "ours.csv")}
    me.fill("/provider/bulk", **upload)
    assert "Reading ours.csv" in me.text
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock)
    with transaction(wiring.sessions) as session:
        latest = session.scalars(select(BulkFile.id).order_by(BulkFile.sent_at.desc()).limit(1)).one()
    page = f"/provider/bulk/files/{latest}"
    me.get(page)
    return page


def confirm(me: Visitor, page: str) -> None:
    opened = me.get(page)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    assert version
    me.press(f"{page}/confirm", opened, version=version[1])
    assert "Importing ours.csv" in me.text


def service_names(wiring: Wiring) -> set[str]:
    with transaction(wiring.sessions) as session:
        return set(session.scalars(select(Service.name)))


@dataclass
class Eight:
    """Eight boroughs on a lot, each with a child placed with one company, and who acts."""

    lot: Lot
    company: Actor
    hub: Actor
    managers: list[Actor]
    rival: Actor
    finance: Actor


@pytest.fixture
def eight(wiring: Wiring) -> Eight:
    """Children have been with the company for ten weeks, at £1,000.00 a week; its list has three bands."""
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        today = local_date(now)
        market = SpendMarket.make(session, boroughs=EIGHT, lots=1, now=now)
        begun = today - dt.timedelta(days=70)
        for number in range(len(EIGHT)):
            market.place(
                borough=number,
                first_day=begun,
                last_day=today + dt.timedelta(days=600),
                weekly=100_000,
                started_on=begun,
                benchmark=110_000,
            )
        market.write(session)
        rebuild(session, now)
        (lot,) = market.lots
        company = make_actor(session, session.get_one(Organisation, market.service.organisation_id))
        set_list(session, company, lot, now=now)
        other = make_enrolled_service(session, lot=lot, now=now)
        rival = make_actor(session, session.get_one(Organisation, other.organisation_id))
        hub = make_organisation(session, OrganisationKind.HUB, "Made-up Hub")
        for borough in market.boroughs:
            make_actor(session, borough, Role.HEAD_OF_SERVICE)
        return Eight(
            lot,
            company,
            make_actor(session, hub, Role.COMMISSIONER),
            [make_actor(session, borough, Role.TEAM_MANAGER) for borough in market.boroughs],
            rival,
            make_actor(session, market.boroughs[0], Role.FINANCE_OFFICER),
        )


def test_an_uplift_is_agreed_once_for_eight_boroughs(site: Flask, wiring: Wiring, eight: Eight) -> None:
    """5% asked, 2% agreed from four weeks on; two weeks into it each of the eight has avoided 30.00 a week."""
    today = local_date(dt.datetime.now(dt.UTC))
    from_day = today + dt.timedelta(days=28)
    company, hub = Visitor(site).be(eight.company), Visitor(site).be(eight.hub)

    # The company asks once.
    asking: dict[str, Any] = {"every": "5", "reason": "The made-up living wage rose.", **day(from_day)}
    assert company.fill("/provider/uplifts/ask", **asking).status_code == 400
    assert "Choose a file that shows why" in company.text
    company.fill("/provider/uplifts/ask", **asking, file=(io.BytesIO(PDF), "wages.pdf"))
    assert "Uplift asked for" in company.text
    with transaction(wiring.sessions) as session:
        uplift_id, reference = session.execute(select(Uplift.id, Uplift.reference)).one()
        file_id = session.scalars(select(UpliftFile.id)).one()
    assert company.fill("/provider/uplifts/ask", **asking, file=(io.BytesIO(PDF), "wages.pdf")).status_code == 400
    assert "is open already" in company.text

    # The hub sees for whom it negotiates, reads the evidence, and a borough tells it what it thinks.
    hub.get(f"/hub/uplifts/{uplift_id}")
    assert "8 boroughs in all" in hub.text
    for name in EIGHT:
        assert name in hub.text
    assert hub.get(f"/hub/uplifts/{uplift_id}/files/{file_id}").data == PDF
    manager = Visitor(site).be(eight.managers[3])
    manager.fill(f"/borough/uplifts/{uplift_id}", words="Two per cent is our ceiling")
    assert "The hub has been told" in manager.text
    assert manager.get(f"/provider/uplifts/{uplift_id}").status_code == 403

    # One negotiation.
    hub.get(f"/hub/uplifts/{uplift_id}")
    assert "Two per cent is our ceiling" in hub.text
    versioned(hub, f"/hub/uplifts/{uplift_id}/figure", lot_1="6", words="Made up", **day(from_day))
    assert "must be between 0% and 5%" in hub.text
    versioned(hub, f"/hub/uplifts/{uplift_id}/figure", lot_1="1.5", words="What settlements bear", **day(from_day))
    assert "Figure put to the company" in hub.text
    company.get(f"/provider/uplifts/{uplift_id}")
    assert "Two per cent is our ceiling" not in company.text
    assert "What settlements bear" in company.text
    versioned(company, f"/provider/uplifts/{uplift_id}/counter", lot_1="3", words="Wages are four fifths")
    company.fill(f"/provider/uplifts/{uplift_id}", words="Our payroll is in the letter")
    versioned(hub, f"/hub/uplifts/{uplift_id}/figure", lot_1="2", words="For a whole year", **day(from_day))
    versioned(company, f"/provider/uplifts/{uplift_id}/accept")
    assert "Uplift agreed" in company.text
    assert "3 prices of your lists hold it" in company.text

    # Every price list holds it from its day, and none before.
    company.get("/provider/prices")
    claim = re.search(r"/provider/services/([^/]+)/prices/", company.page.text if company.page else "")
    assert claim
    listed = f"/provider/services/{claim[1]}/prices/{eight.lot.id}"
    company.get(listed)
    now, _, coming = company.text.partition("To come")
    assert "£1,000.00" in now
    assert "£1,020.00" not in now
    for raised in ("£1,020.00", "£1,224.00", "£1,530.00", "by an uplift"):
        assert raised in coming

    # Eight boroughs read it; another company reads nothing.
    for actor in eight.managers:
        them = Visitor(site).be(actor)
        them.get("/borough/uplifts")
        assert reference in them.text
        them.get(f"/borough/uplifts/{uplift_id}")
        assert "for every borough" in them.text
        assert "2%" in them.text
        assert "wages.pdf" not in them.text
    rival = Visitor(site).be(eight.rival)
    rival.get("/provider/uplifts")
    assert reference not in rival.text
    assert rival.get(f"/provider/uplifts/{uplift_id}").status_code == 404
    assert rival.get(f"/provider/uplifts/{uplift_id}/files/{file_id}").status_code == 404
    assert rival.get(listed).status_code == 404
    with transaction(wiring.sessions) as session:
        told = session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.startswith("uplift.agreed"))).all()
    assert len(told) == 10  # eight heads of service, the hub, whoever asked

    # What was avoided stands apart from the savings against benchmarks.
    move_clock(wiring, dt.timedelta(days=28 + 13))
    hub, company = hub.be(eight.hub), company.be(eight.company)  # nobody stays signed in for weeks
    hub.get("/hub/spend?view=savings")
    savings, _, uplifts = hub.text.partition("Uplift avoidance")
    assert "Placements counted 8" in savings
    # Two weeks of 50.00 a week asked and 20.00 agreed, eight times: 800.00 less 320.00; 60% of it.
    assert "£480.00: 60.0% of the £800 by which 8 placements would have risen as asked" in uplifts
    assert "8 of these placements are counted there too" in uplifts
    assert "5% asked, 2% agreed" in uplifts
    file = hub.get("/hub/spend.csv?table=uplifts").text
    assert file.count(reference) == 8
    finance = Visitor(site).be(eight.finance)
    finance.get("/borough/spend?view=savings")
    assert "£60.00: 60.0% of the £100 by which 1 placement would have risen as asked" in finance.text
    with transaction(wiring.sessions) as session:
        assert recount_differences(session, wiring.clock(session)) == []
    valid(hub, "/hub/uplifts", f"/hub/uplifts/{uplift_id}", "/hub/prices", "/hub/spend?view=savings")
    valid(company, "/provider/uplifts", f"/provider/uplifts/{uplift_id}", "/provider/uplifts/ask", listed)


def test_the_hub_refuses_with_reasons_and_the_company_may_ask_again(site: Flask, wiring: Wiring, eight: Eight) -> None:
    from_day = local_date(dt.datetime.now(dt.UTC)) + dt.timedelta(days=28)
    company, hub = Visitor(site).be(eight.company), Visitor(site).be(eight.hub)
    asking: dict[str, Any] = {"every": "5", "reason": "Made-up reasons", **day(from_day)}
    company.fill("/provider/uplifts/ask", **asking, file=(io.BytesIO(PDF), "wages.pdf"))
    with transaction(wiring.sessions) as session:
        uplift_id = session.scalars(select(Uplift.id)).one()
    hub.fill(f"/hub/uplifts/{uplift_id}", words="How much of it is wages?")
    versioned(hub, f"/hub/uplifts/{uplift_id}/refuse", words="The fee was agreed last month for a year")
    assert "Uplift refused" in hub.text
    company.get(f"/provider/uplifts/{uplift_id}")
    assert "The fee was agreed last month for a year" in company.text
    company.fill("/provider/uplifts/ask", **asking, file=(io.BytesIO(PDF), "wages.pdf"))
    assert "Uplift asked for" in company.text
