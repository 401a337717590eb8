"""An offer beside its company's own list: what the list says for a child, what discounts leave of it, and why it may be
dearer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.offers.content import OfferContent
from app.offers.listed import listed_price
from app.offers.offering import submit_offer, unsealed_for_owner
from app.requests.models import PlacementRequest
from providers.market.status import BandLevel
from providers.services.prices.models import DiscountKind
from providers.services.prices.setting import set_discount
from tests.factories import offers as made
from tests.factories.offers import Scene
from tests.factories.prices import make_bands, on_sqlite, price, set_list
from tests.factories.requests import NOW

TODAY = NOW.date()
LISTED = {BandLevel.STANDARD: price(4000_00, health=200_00), BandLevel.ENHANCED: price(6000_00)}


@pytest.fixture
def scene(session: Session) -> Scene:
    """A request for one child (15 of the 33 that eleven measured needs can come to: enhanced) and one home."""
    return made.make_scene(session, services=({},))


def send(scene: Scene, care: int, *, live_placements: int = 0, **replaced: Any) -> OfferContent:
    """The offer as it is sealed."""
    service = scene.services[0]
    offer = submit_offer(
        scene.session,
        actor=scene.provider(service),
        vault=scene.vault,
        request_id=scene.request.id,
        service_id=service.id,
        content=made.content(
            care, needs=scene.request.needs or [], now=scene.now, place_postcode=service.postcode, **replaced
        ),
        now=scene.now + dt.timedelta(hours=1),
        live_placements=live_placements,
    )
    return unsealed_for_owner(vault=scene.vault, offer=offer)  # type: ignore[arg-type]


def list_of(scene: Scene, **given: Any) -> None:
    set_list(scene.session, scene.provider(scene.services[0]), scene.lot, prices=LISTED, now=scene.now, **given)


def discount(scene: Scene, kind: DiscountKind, threshold: int, points: int) -> None:
    set_discount(
        scene.session,
        actor=scene.provider(scene.services[0]),
        lot_id=scene.lot.id,
        kind=kind,
        threshold=threshold,
        basis_points=points,
        from_day=TODAY,
        now=scene.now,
    )


@on_sqlite
def test_without_a_list_an_offer_is_as_before(scene: Scene) -> None:
    sealed = send(scene, 9000_00, above_list_reason="Nobody asked")
    assert (sealed.listed, sealed.above_list_reason) == (None, "")


def test_the_list_price_of_the_childs_band_and_its_discounts_are_sealed_with_the_offer(scene: Scene) -> None:
    """6,000.00 a week; 4% for a year's stay is 240.00, 2.5% from three live placements 150.00: 5,610.00."""
    list_of(scene)
    weeks = scene.request.expected_weeks
    assert weeks
    discount(scene, DiscountKind.LONG_TERM, weeks, 400)
    discount(scene, DiscountKind.LONG_TERM, weeks + 1, 900)
    discount(scene, DiscountKind.VOLUME, 3, 250)
    sealed = send(scene, 5610_00, live_placements=3)
    assert sealed.listed
    assert sealed.listed.band == "Made-up enhanced band"
    assert sealed.listed.price.weekly_pence == 6000_00
    assert [(line.kind, line.pence) for line in sealed.listed.discounts] == [
        (DiscountKind.LONG_TERM, 240_00),
        (DiscountKind.VOLUME, 150_00),
    ]
    assert sealed.listed.net_pence == 5610_00
    assert sealed.above_list_reason == ""


@on_sqlite
def test_a_price_above_what_discounts_leave_needs_a_reason_and_keeps_it(scene: Scene) -> None:
    list_of(scene)
    discount(scene, DiscountKind.VOLUME, 3, 250)
    with pytest.raises(Invalid) as refused:
        send(scene, 6000_00, live_placements=3)
    assert list(refused.value.errors) == ["above_list_reason"]
    assert "£5,850.00" in refused.value.message
    assert send(scene, 6000_00, live_placements=3, above_list_reason="Two to one at night").above_list_reason == (
        "Two to one at night"
    )


@on_sqlite
def test_below_the_list_no_reason_is_kept(scene: Scene) -> None:
    list_of(scene)
    assert send(scene, 5999_99, above_list_reason="Not needed").above_list_reason == ""


@on_sqlite
def test_what_the_sender_says_of_the_list_is_not_believed(scene: Scene) -> None:
    list_of(scene)
    truth = listed_price(
        scene.session, request=scene.request, service=scene.services[0], live_placements=0, today=TODAY
    )
    assert truth
    dearer = dataclasses.replace(truth, price=dataclasses.replace(truth.price, care_pence=99_999_00))
    with pytest.raises(Invalid):
        send(scene, 9000_00, listed=dearer)
    assert send(scene, 6000_00, listed=dearer).listed == truth


@on_sqlite
def test_brothers_and_sisters_share_their_discount(scene: Scene) -> None:
    list_of(scene)
    discount(scene, DiscountKind.SIBLING, 2, 1000)
    request_id = scene.request.id
    scene.session.expunge(scene.request)
    two = scene.session.get_one(PlacementRequest, request_id)
    two.places = 2  # as a request of two children has it; nothing of it is written here
    with scene.session.no_autoflush:
        found = listed_price(scene.session, request=two, service=scene.services[0], live_placements=0, today=TODAY)
    assert found
    assert found.net_pence == 5700_00
    scene.session.expire(two)


@on_sqlite
def test_the_price_is_that_of_the_day_on_which_the_home_is_needed(scene: Scene) -> None:
    needed = scene.request.needed_from
    assert needed
    assert needed > TODAY
    list_of(scene)
    dearer = {BandLevel.ENHANCED: price(6500_00)}
    provider = scene.provider(scene.services[0])
    for day, net in ((needed + dt.timedelta(days=1), 6000_00), (needed, 6500_00)):
        set_list(scene.session, provider, scene.lot, prices=dearer, from_day=day, now=scene.now)
        found = listed_price(
            scene.session, request=scene.request, service=scene.services[0], live_placements=0, today=TODAY
        )
        assert found
        assert found.net_pence == net


@on_sqlite
def test_a_child_whom_no_band_fits_has_no_list_price(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    make_bands(session, scene.lot, min_age=0, max_age=1)
    list_of(scene)
    assert send(scene, 9000_00).listed is None


@on_sqlite
def test_an_offer_that_was_sealed_before_there_were_lists_still_opens(scene: Scene) -> None:
    content = made.content(4000_00)
    old = {
        name: value
        for name, value in json.loads(content.to_text()).items()
        if name not in ("listed", "above_list_reason")
    }
    assert OfferContent.from_text(json.dumps(old)) == content


def test_a_sealed_list_reads_as_it_was_written(scene: Scene) -> None:
    list_of(scene)
    discount(scene, DiscountKind.VOLUME, 1, 333)
    sealed = send(scene, 5000_00, live_placements=2)
    assert OfferContent.from_text(sealed.to_text()) == sealed
