"""What an offer's form asks of whom, what a price of fewer weeks comes to, and what happens to what comes too late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.database import transaction
from app.core.models import AuditEntry
from app.offers.models import Offer
from providers.market.status import ServiceType
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.offers import Scene
from tests.journeys.test_offer import (
    PRICE,
    installation,
    need_labels,
    offer_address,
    pass_deadline,
    typed,
    visitor,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    yield from installation(tmp_path)


@pytest.fixture
def scene(site: Flask) -> Scene:
    return made_on(site, ServiceType.RESIDENTIAL)


def test_a_home_is_asked_neither_for_weeks_nor_for_a_place(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    page = me.get(offer_address(scene))
    assert "A place on this lot is for all 52 weeks of the year." in me.text
    assert f"The place is {scene.services[0].name} itself, CR0 1EA." in me.text
    for name in ("weeks_per_year", "place_postcode"):
        assert f'name="{name}"' not in page.text
    me.fill(offer_address(scene), step="submit", **typed(scene, weeks_per_year="26", place_postcode="M1 1AE"))
    assert "£4,321.00 a week for 52 weeks a year" in me.text


def test_an_agency_is_asked_for_the_household_and_a_wrong_postcode_is_said_at_its_field(site: Flask) -> None:
    scene = made_on(site, ServiceType.FOSTERING)
    me = visitor(site, scene.provider(scene.services[0]))
    assert 'name="weeks_per_year"' not in me.get(offer_address(scene)).text
    page = me.fill(offer_address(scene), **typed(scene, place_postcode="ZZ99 9ZZ"))
    assert page.status_code == 400
    assert "Enter the full postcode of the home" in me.text
    me.fill(offer_address(scene), **typed(scene, place_postcode="m11ae"))
    assert "M1 1AE" in me.text


def test_a_school_says_its_weeks_and_both_sides_read_what_a_week_of_the_year_costs(site: Flask) -> None:
    scene = made_on(site, ServiceType.NMI_DAY)
    me = visitor(site, scene.provider(scene.services[0]))
    me.get(offer_address(scene))
    assert "39 for the usual school year" in me.text
    said = "£900.00 a week for 39 weeks, which is £675.00 a week over the year"
    school = typed(scene, care_pence="", education_pence="900", weeks_per_year="39")
    me.fill(offer_address(scene), **school)
    assert f"{said} and £35,100.00 a year" in me.text
    me.fill(offer_address(scene), step="submit", **school)
    assert said in me.text
    pass_deadline(site)
    them = visitor(site, scene.officer)
    here = f"/borough/requests/{scene.request.id}/offers"
    them.press(f"{here}/open", them.get(here))
    assert "for 39 weeks, which is £675.00 a week over the year" in them.text
    with transaction(site.extensions["homeward"].sessions) as session:
        offer_id = session.scalars(select(Offer.id)).one()
    them.get(f"{here}/{offer_id}")
    assert said in them.text


def made_on(site: Flask, service_type: ServiceType) -> Scene:
    """A request that was published just now on another lot."""
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        lot = providers.make_system_and_lots(session, now).lots[service_type]
        return made.make_scene(session, vault=wiring.vault, now=now, lot=lot, services=({},))


def test_late_is_refused_in_plain_words_and_what_was_written_is_still_there(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    me.get(offer_address(scene))
    pass_deadline(site)
    form = me.be(scene.provider(scene.services[0])).get("/provider/opportunities")
    page = me.press(offer_address(scene), form, step="submit", **typed(scene, note="Made-up note"))
    assert page.status_code == 409
    assert "This offer came too late" in me.text
    for kept in ("Our made-up plan 1", PRICE, "Made-up note", scene.request.reference):
        assert kept in me.text
    assert [label for label in need_labels(site, scene.now) if label in me.text] == []
    assert me.press(offer_address(scene), form, step="submit", **typed(scene)).status_code == 200  # a second click
    for path in ("", "/offer", "/decline"):
        assert me.get(f"/provider/opportunities/{scene.request.id}{path}").status_code == 404
    with transaction(site.extensions["homeward"].sessions) as session:
        assert session.scalar(select(Offer.id)) is None
        refusals = select(func.count(AuditEntry.id)).where(AuditEntry.act == "offers.offer.refuse_late")
        assert session.scalar(refusals) == 1


def test_a_late_change_is_refused_and_the_offer_stands(site: Flask, scene: Scene) -> None:
    me = visitor(site, scene.provider(scene.services[0]))
    me.fill(offer_address(scene), step="submit", **typed(scene))
    with transaction(site.extensions["homeward"].sessions) as session:
        sent = session.scalars(select(Offer)).one()
        address, version = f"/provider/offers/{sent.id}/edit", str(sent.version)
    pass_deadline(site)
    form = me.be(scene.provider(scene.services[0])).get(address)
    page = me.press(address, form, step="submit", **typed(scene, care_pence="1", version=version))
    assert page.status_code == 409
    assert "This offer came too late" in me.text
    assert PRICE in me.get(address.removesuffix("/edit")).text
