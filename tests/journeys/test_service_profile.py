"""A service's profile through HTTP: topic by topic, its homes, what shows that it meets a need, and who sees what."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import transaction
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.models import Offer
from app.offers.offering import unsealed_for_owner
from app.wiring import Wiring
from config.settings import Settings
from providers.services.models import Home, Service
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.identity import make_actor
from tests.factories.offers import Scene
from tests.factories.services import make_home
from tests.factories.visitor import Visitor
from tests.journeys.test_offer import offer_address, typed


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    site = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def scene(site: Flask) -> Scene:
    """A request for foster care that was published just now, and the agency that was told of it."""
    wiring: Wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        lot = providers.make_system_and_lots(session, now).fostering
        stale = {"name": "Made-up Ember", "confirmed_at": now - dt.timedelta(days=30)}
        return made.make_scene(
            session, vault=wiring.vault, now=now, lot=lot, services=({"name": "Made-up Hearth"}, stale), include=False
        )


def save(visitor: Visitor, path: str, **answers: object) -> str:
    """Open a page and send its form with the version that it was made from. What the next page says."""
    page = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    if version:
        answers["version"] = version[1]
    visitor.press(path, page, **answers)  # type: ignore[arg-type]
    html5lib.HTMLParser(strict=True).parse(visitor.page.text)  # type: ignore[union-attr]
    return visitor.text


def fresh(site: Flask, table: type[Service] | type[Home], id_: str) -> Service | Home:
    with transaction(site.extensions["homeward"].sessions) as session:
        return session.get_one(table, id_)


def test_each_topic_is_a_page_and_boroughs_see_words_and_no_address(site: Flask, scene: Scene) -> None:
    service = scene.services[0]
    me = Visitor(site).be(scene.provider(service))
    page = f"/provider/services/{service.claim_id}"
    wrong = save(me, f"{page}/profile/certificate", registered_min_age="9", registered_max_age="17")
    assert "The certificate is for ages 9 to 17, and the service takes 8 to 17" in wrong
    save(me, f"{page}/profile/certificate", registered_min_age="5", registered_max_age="17", registered_places="30")
    assert "The certificate is for ages 5 to 17" in save(
        me, f"{page}/profile/takes", min_age="4", max_age="17", sexes="F"
    )
    save(me, f"{page}/profile/setting", setting="either")
    save(me, f"{page}/profile/education", education_on_site="no")
    save(me, f"{page}/profile/specialisms", specialisms=["trauma", "autism"])
    save(me, f"{page}/profile/languages", languages=["so", "en"])
    save(me, f"{page}/profile/culture", faiths=["muslim"], cultures=["halal"])
    save(me, f"{page}/profile/adaptations")
    save(me, f"{page}/profile/pets", pets=["dog"])
    me.get(page)
    for said in (
        "Ages 5 to 17, 30 places",
        "Solo or in a group",
        "Autistic children, Trauma-informed therapeutic care",
        "English, Somali",
        "Muslim, Halal food",
        "Adaptations None",
    ):
        assert said in me.text, said
    assert me.get(f"{page}/profile/nonsense").status_code == 404
    me.get(f"{page}/as-boroughs-see-it")
    assert "In its carers' households: none is listed yet" in me.text
    assert "English, Somali" in me.text
    assert service.postcode not in me.text
    assert service.alert_email not in me.text


def test_places_of_now_and_later_are_said_on_one_page(site: Flask, scene: Scene) -> None:
    service = scene.services[0]
    me = Visitor(site).be(scene.provider(service))
    path = f"/provider/services/{service.claim_id}/profile/places"
    day = scene.now.date() + dt.timedelta(days=60)
    later = {"from_1-day": str(day.day), "from_1-month": str(day.month), "from_1-year": str(day.year)}
    assert "Enter the day from which they are free" in save(me, path, places="1", more_1="1")
    assert "Enter how many more places are free" in save(me, path, places="1", **later)
    past = {**later, "from_1-year": "2020"}
    assert "from a day after today" in save(me, path, places="1", more_1="1", **past)
    save(me, path, places="1", more_1="1", **later)
    assert f"1 now, 1 more from {day.day} {day:%B %Y}" in me.text
    me.get(path)
    assert f'value="{day.year}"' in me.page.text  # type: ignore[union-attr]
    assert save(me, path, places="2").count("2 now, confirmed") == 1, "an emptied line is taken back"


def test_households_are_listed_changed_and_chosen_in_an_offer(site: Flask, scene: Scene) -> None:
    service = scene.services[0]
    me = Visitor(site).be(scene.provider(service))
    homes = f"/provider/services/{service.claim_id}/homes"
    answers = {
        "code_name": "Household 7",
        "postcode": "cr01ea",
        "min_age": "5",
        "max_age": "17",
        "sexes": ["F", "M"],
        "approved_for": "4",
        "others": "0",
    }
    assert "More than 3 foster children need a ground" in save(me, f"{homes}/new", **answers)
    assert "Household 7 is listed" in save(me, f"{homes}/new", **answers, exemption="siblings")
    with transaction(site.extensions["homeward"].sessions) as session:
        home = session.scalars(select(Home)).one()
        make_home(session, session.get_one(Service, service.id), code_name="Household 8", postcode="CR0 2TB")
    me.get(offer_address(scene))
    assert "Household 7" in me.text
    assert "CR0 1EA" not in me.text
    assert "Choose the home where the child would live" in save(me, offer_address(scene), **typed(scene))
    another = typed(scene, home="another")
    assert "Enter the full postcode of the home" in save(me, offer_address(scene), **another)
    chosen = typed(scene, home=home.id, place_postcode="M1 1AE")
    me.fill(offer_address(scene), **chosen)
    assert "CR0 1EA" in me.text, "the company checks the place of its own household"
    me.fill(offer_address(scene), step="submit", **chosen)
    assert place_of_offer(site) == "CR0 1EA"
    with transaction(site.extensions["homeward"].sessions) as session:
        edit = f"/provider/offers/{session.scalars(select(Offer.id)).one()}/edit"
    page = me.get(edit)
    assert re.search(rf'value="{home.id}"[^>]*checked', page.text)
    save(me, edit, step="submit", **typed(scene, home="another", place_postcode="m11ae"))
    assert place_of_offer(site) == "M1 1AE"
    page = me.get(f"{homes}/{home.id}")
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    me.press(f"{homes}/{home.id}/status", page, status="full", version=version)
    assert "Household 7 is full now" in me.text
    me.get(edit)
    assert "Household 7" not in me.text
    page = me.get(homes)
    me.press(f"{homes}/confirm", page)
    assert "2 homes confirmed as of today" in me.text
    save(me, f"{homes}/{home.id}", **{**answers, "approved_for": "2", "code_name": "Household 9"})
    assert "Household 9" in me.text


def place_of_offer(site: Flask) -> str:
    """Where the child would live, as the one offer says it under its seal."""
    wiring: Wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        offer = session.scalars(select(Offer)).one()
        return unsealed_for_owner(vault=wiring.vault, offer=offer).place_postcode


def hub_of(site: Flask) -> Actor:
    with transaction(site.extensions["homeward"].sessions) as session:
        return providers.make_commissioner(session)


def test_evidence_goes_up_with_a_file_and_the_hub_verifies_it(site: Flask, scene: Scene) -> None:
    service = scene.services[0]
    me, they = Visitor(site).be(scene.provider(service)), Visitor(site).be(hub_of(site))
    needs = f"/provider/services/{service.claim_id}/needs"
    assert "It is not known since when this holds" in (me.get(needs) and me.text)
    assert "Needs confirmed as of today" in press_version(me, f"{needs}/confirm")
    assert "Say what shows it" in save(me, f"{needs}/1")
    trick = (io.BytesIO(b"MZ not a pdf"), "training.pdf")
    assert "its content is something else" in save(me, f"{needs}/1", words="Trained.", file=trick)
    good = (io.BytesIO(b"%PDF-1.4 made up"), "../training record.pdf")
    assert "Evidence kept" in save(me, f"{needs}/1", words="All were trained last spring.", file=good)
    file = re.search(rf'href="({needs}/evidence/[^"]+)"', me.get(f"{needs}/1").text)
    assert file
    down = me.client.get(file[1])
    assert (down.data, down.headers["X-Content-Type-Options"]) == (b"%PDF-1.4 made up", "nosniff")
    assert 'filename="training record.pdf"' in down.headers["Content-Disposition"]
    other = Visitor(site).be(scene.provider(scene.services[1]))
    assert other.get(file[1]).status_code == 404

    hub = f"/hub/services/{service.claim_id}"
    assert service.postcode in (they.get(f"{hub}/profile") and they.text)
    theirs = re.search(r'href="(/hub/services/[^"]+/evidence/[^"]+)"', they.get(f"{hub}/needs/1").text)
    assert theirs
    assert they.client.get(theirs[1]).data == b"%PDF-1.4 made up"
    day = scene.now.date()
    on = {"visited_on-day": str(day.day), "visited_on-month": str(day.month), "visited_on-year": str(day.year)}
    assert "Say what you saw" in save(they, f"{hub}/needs/1", seen="yes", **on)
    assert "Visit recorded" in save(they, f"{hub}/needs/1", seen="yes", words="Read the record.", **on)
    me.get(needs)
    assert "Verified at a visit" in me.text
    me.get(f"{needs}/1")
    assert "Read the record." in me.text
    levels = {f"need_{number}": "3" if number == 1 else "2" for number in range(1, 13)}
    save(me, f"/provider/services/{service.claim_id}/profile/needs", **levels)
    me.get(f"{needs}/1")
    assert "No longer counts" in me.text
    assert me.get(f"{needs}/13").status_code == 404
    assert they.get(f"{hub}/needs/nonsense").status_code == 404


def press_version(visitor: Visitor, path: str) -> str:
    """Press the page's button that carries its version."""
    page = visitor.page
    assert page is not None
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    visitor.press(path, page, version=version)
    return visitor.text


def test_today_says_what_is_to_be_confirmed_and_what_is_missed_meanwhile(site: Flask, scene: Scene) -> None:
    stale = scene.services[1]
    wiring: Wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        make_home(session, session.get_one(Service, stale.id), now=scene.now - dt.timedelta(days=200))
    me = Visitor(site).be(scene.provider(stale))
    me.get("/provider/today")
    assert "Confirm the free places of Made-up Ember" in me.text
    assert "It was not told of 1 request that is open now" in me.text
    assert "Confirm the needs that Made-up Ember meets" in me.text
    assert "Confirm 1 home of Made-up Ember" in me.text
    officer = Visitor(site).be(scene.officer)
    officer.get(f"/borough/requests/{scene.request.id}/offers/invitations")
    assert "Enrolled, but not told" in officer.text
    assert "The places were last confirmed 30 days ago" in officer.text
    page = me.get("/provider/vacancies?which=stale")
    me.press("/provider/vacancies", page, **dict.fromkeys(re.findall(r'name="(places_[^"]+)"', page.text), "1"))
    assert "Free places of 1 service confirmed as of now" in me.text
    assert "Confirm the free places" not in me.text


def test_staff_read_the_profile_and_change_nothing(site: Flask, scene: Scene) -> None:
    service = scene.services[0]
    with transaction(site.extensions["homeward"].sessions) as session:
        company = session.get_one(Organisation, service.organisation_id)
        person = make_actor(session, company, Role.PROVIDER_STAFF)
    staff = Visitor(site).be(person)
    page = f"/provider/services/{service.claim_id}"
    for path in ("", "/needs", "/homes", "/as-boroughs-see-it"):
        assert staff.get(f"{page}{path}").status_code == 200, path
        assert "Change" not in staff.text.partition("Sign out")[2], path
    for path in ("/profile/pets", "/needs/1", "/homes/new", "/copy"):
        assert staff.get(f"{page}{path}").status_code == 403, path
