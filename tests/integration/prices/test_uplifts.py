"""The uplift desk: asked once, negotiated for every borough, applied to every price list."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale, WrongMove
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from notifications.models import OutboxMessage
from providers.market.models import Lot, Participation
from providers.market.status import BandLevel
from providers.services.models import Service
from providers.services.prices.models import ListPrice
from providers.services.prices.queries import itemised, standing_prices
from providers.services.prices.setting import NewPrice, set_prices
from providers.services.uplifts import negotiating
from providers.services.uplifts.applying import apply_uplift
from providers.services.uplifts.asking import ask_uplift
from providers.services.uplifts.models import Uplift, UpliftEntry
from providers.services.uplifts.queries import file_for, uplift_for, uplifts
from providers.services.uplifts.status import EntryKind, UpliftStatus
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.prices import MemoryStore, letter, make_bands, make_uplift, on_sqlite, price, set_list
from tests.factories.providers import BASE_URL, NOW

TODAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
APRIL = dt.date(2027, 4, 1)


def act(use_case: Any, session: Session, actor: Actor, uplift: Uplift, **rest: Any) -> Uplift:
    """One act on an uplift, on the version that stands."""
    versioned = {} if use_case in (negotiating.write, negotiating.comment) else {"version": uplift.version}
    mailed = {} if use_case is negotiating.comment else {"base_url": BASE_URL}
    made: Uplift = use_case(session, actor=actor, uplift_id=uplift.id, **{"now": NOW, **versioned, **mailed, **rest})
    return made


def figure(session: Session, hub: Actor, uplift: Uplift, points: int, day: dt.date = APRIL) -> Uplift:
    """The hub's figure, the same on every lot."""
    figures = {line.lot_id: points for line in uplift.lines}
    return act(negotiating.offer_figure, session, hub, uplift, figures=figures, from_day=day, words="Made-up reasons")


def counts_on(session: Session, service: Service, lot: Lot, day: dt.date, level: BandLevel) -> int:
    band = make_bands(session, lot)[level]
    return itemised(standing_prices(session, band_ids=[band.id], on=day)[service.id, band.id]).weekly_pence


def test_what_is_agreed_is_in_every_price_list_from_its_day_and_in_no_price_before(
    session: Session, provider: Actor, commissioner: Actor, home: Service, market: factory.Market
) -> None:
    """3% on £1,000.00 and £1,500.00, on a price to come of £1,234.50 (1,271.535 -> £1,271.54), on two homes and another
    lot; the day before stays as it was."""
    lot, supported = market.residential, market.supported
    company = session.get_one(Organisation, provider.organisation_id)
    second = factory.make_enrolled_service(session, lot=lot, organisation=company)
    flat = factory.make_enrolled_service(session, lot=supported, organisation=company)
    for one in (lot, supported):
        set_list(session, provider, one)
    standard = make_bands(session, lot)[BandLevel.STANDARD].id
    later = NewPrice(home.id, standard, price(1234_50), dt.date(2027, 9, 1))
    set_prices(session, actor=provider, prices=[later], now=NOW)
    uplift = make_uplift(session, provider, lot, supported, points=650)
    figure(session, commissioner, uplift, 300)
    act(negotiating.accept, session, provider, uplift)
    assert uplift.status is UpliftStatus.AGREED
    assert (uplift.agreed_from, uplift.prices_set) == (APRIL, 10)
    for service, on in ((home, lot), (second, lot), (flat, supported)):
        assert counts_on(session, service, on, APRIL - DAY, BandLevel.STANDARD) == 1000_00
        assert counts_on(session, service, on, APRIL, BandLevel.STANDARD) == 1030_00
        assert counts_on(session, service, on, APRIL, BandLevel.COMPLEX) == 1545_00
    assert counts_on(session, home, lot, dt.date(2027, 8, 31), BandLevel.STANDARD) == 1030_00
    assert counts_on(session, home, lot, dt.date(2027, 9, 1), BandLevel.STANDARD) == 1271_54


def test_applying_twice_is_applying_once(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    figure(session, commissioner, uplift, 300)
    act(negotiating.accept, session, provider, uplift)
    before = session.scalar(select(func.count(ListPrice.id)))
    again = apply_uplift(session, uplift, from_day=APRIL, points={lot.id: 300}, person_id=provider.person_id, now=NOW)
    assert again == 0
    with pytest.raises(WrongMove):
        act(negotiating.accept, session, provider, uplift)
    assert session.scalar(select(func.count(ListPrice.id))) == before


@on_sqlite
def test_another_company_is_not_touched(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    rival_home = factory.make_enrolled_service(session, lot=lot)
    rival = make_actor(session, session.get_one(Organisation, rival_home.organisation_id))
    for company in (provider, rival):
        set_list(session, company, lot)
    uplift = make_uplift(session, provider, lot)
    figure(session, commissioner, uplift, 300)
    act(negotiating.accept, session, provider, uplift)
    assert counts_on(session, rival_home, lot, APRIL, BandLevel.STANDARD) == 1000_00
    with pytest.raises(NotFound):
        uplift_for(session, rival, uplift.id, TODAY)
    with pytest.raises(NotFound):
        act(negotiating.withdraw, session, rival, uplift)
    assert uplifts(session, rival) == ([], 0)


@on_sqlite
def test_a_figure_whose_day_has_passed_is_not_applied(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    figure(session, commissioner, uplift, 300, TODAY + DAY)
    with pytest.raises(Conflict, match="passed"):
        act(negotiating.accept, session, provider, uplift, now=NOW + 2 * DAY)


def test_one_uplift_of_a_company_on_a_lot_is_open_at_a_time(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    first = make_uplift(session, provider, lot)
    session.commit()
    with pytest.raises(Conflict, match="open already"):
        make_uplift(session, provider, lot)
    session.rollback()
    act(negotiating.refuse, session, commissioner, first, words="Not this year")
    assert make_uplift(session, provider, lot).reference != first.reference


@on_sqlite
def test_the_grid_of_who_may_do_what(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    borough = make_organisation(session, OrganisationKind.BOROUGH)
    session.add(Participation(lot_id=lot.id, organisation_id=borough.id, first_day=lot.opens_on))
    manager = make_actor(session, borough, Role.TEAM_MANAGER)
    finance = make_actor(session, borough, Role.FINANCE_OFFICER)
    staff = make_actor(session, session.get_one(Organisation, provider.organisation_id), Role.PROVIDER_STAFF)
    clerk = make_actor(session, session.get_one(Organisation, commissioner.organisation_id), Role.HUB_ADMINISTRATOR)
    figures = {lot.id: 100}
    offered = {"figures": figures, "from_day": APRIL, "words": "Made up"}
    for use_case, able, rest in (
        (negotiating.write, {provider, commissioner}, {"words": "Made up"}),
        (negotiating.comment, {manager}, {"words": "Made up"}),
        (negotiating.counter, {provider}, {"figures": figures, "words": "Made up"}),
        (negotiating.offer_figure, {commissioner}, offered),
        (negotiating.accept, {provider}, {}),
    ):
        for actor in (manager, finance, staff, clerk, commissioner, provider):
            if actor not in able:
                with pytest.raises((NotAllowed, NotFound)):
                    act(use_case, session, actor, uplift, **rest)
        for actor in (one for one in (manager, commissioner, provider) if one in able):
            act(use_case, session, actor, uplift, **rest)
    assert uplift.status is UpliftStatus.AGREED


def test_a_borough_reads_and_comments_on_its_own_lots_and_the_company_reads_none_of_it(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    here, elsewhere = (make_organisation(session, OrganisationKind.BOROUGH) for _ in range(2))
    session.add(Participation(lot_id=lot.id, organisation_id=here.id, first_day=lot.opens_on))
    manager, stranger = (make_actor(session, one, Role.TEAM_MANAGER) for one in (here, elsewhere))
    act(negotiating.comment, session, manager, uplift, words="Too dear for us")
    seen_by = {
        name: [one.entry.words for one in uplift_for(session, actor, uplift.id, TODAY).entries]
        for name, actor in (("hub", commissioner), ("borough", manager), ("company", provider))
    }
    assert "Too dear for us" in seen_by["hub"]
    assert "Too dear for us" in seen_by["borough"]
    assert seen_by["company"] == ["Made-up wages rose"]
    facts = uplift_for(session, manager, uplift.id, TODAY)
    assert facts.boroughs == (here.name,)
    assert facts.files == ()
    (file,) = uplift_for(session, commissioner, uplift.id, TODAY).files
    assert file_for(session, provider, uplift.id, file.id) is file
    for outsider in (manager, stranger):
        with pytest.raises(NotFound):
            file_for(session, outsider, uplift.id, file.id)
    with pytest.raises(NotFound):
        uplift_for(session, stranger, uplift.id, TODAY)
    with pytest.raises(NotFound):
        act(negotiating.comment, session, stranger, uplift, words="Made up")


@on_sqlite
def test_a_counter_takes_the_hubs_figure_off_the_table(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    figure(session, commissioner, uplift, 200)
    act(negotiating.counter, session, provider, uplift, figures={lot.id: 400}, words="Wages alone cost more")
    with pytest.raises(WrongMove):
        act(negotiating.accept, session, provider, uplift)
    act(negotiating.write, session, commissioner, uplift, words="Half way?")
    figure(session, commissioner, uplift, 300)
    act(negotiating.write, session, provider, uplift, words="Thank you")
    assert uplift.status is UpliftStatus.OFFERED
    act(negotiating.accept, session, provider, uplift)
    kinds = session.scalars(select(UpliftEntry.kind).order_by(UpliftEntry.number)).all()
    assert [kind.value for kind in kinds] == [
        "asked", "figure", "counter", "message", "figure", "message", "agreed",
    ]  # fmt: skip
    assert kinds[-1] is EntryKind.AGREED
    assert [(one.requested_points, one.agreed_points) for one in uplift.lines] == [(500, 300)]


@on_sqlite
def test_an_asking_that_lacks_something_is_refused_at_its_field(
    session: Session, provider: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    right: dict[str, Any] = {
        "figures": {lot.id: 500},
        "from_day": APRIL,
        "reason": "Made-up wages rose",
        "files": [letter()],
    }
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"figures": {}}, "figures"),
        ({"figures": {lot.id: 5_001}}, "figures"),
        ({"from_day": TODAY - DAY}, "from_day"),
        ({"reason": " "}, "reason"),
        ({"files": []}, "file"),
        ({"files": [letter()] * 6}, "file"),
    )
    for changed, field in wrong:
        with pytest.raises(Invalid) as refused:
            ask_uplift(session, actor=provider, store=MemoryStore(), now=NOW, base_url=BASE_URL, **{**right, **changed})
        assert list(refused.value.errors) == [field], changed


@on_sqlite
def test_a_lot_without_a_price_list_has_nothing_to_raise(
    session: Session, provider: Actor, home: Service, market: factory.Market
) -> None:
    with pytest.raises(Invalid, match="set your prices first"):
        make_uplift(session, provider, market.residential)
    with pytest.raises(NotFound):
        make_uplift(session, provider, market.fostering)


@on_sqlite
def test_a_figure_is_never_more_than_was_asked_and_a_stale_page_is_refused(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    uplift = make_uplift(session, provider, lot)
    with pytest.raises(Invalid):
        figure(session, commissioner, uplift, 501)
    shown = uplift.version
    act(negotiating.write, session, provider, uplift, words="One more thing")
    with pytest.raises(Stale):
        act(negotiating.refuse, session, commissioner, uplift, words="No", version=shown)


def test_everybody_concerned_is_told_by_e_mail(
    session: Session, provider: Actor, commissioner: Actor, home: Service, lot: Lot
) -> None:
    set_list(session, provider, lot)
    boroughs = [make_organisation(session, OrganisationKind.BOROUGH) for _ in range(2)]
    session.add(Participation(lot_id=lot.id, organisation_id=boroughs[0].id, first_day=lot.opens_on))
    for borough in boroughs:
        make_actor(session, borough, Role.HEAD_OF_SERVICE)
    uplift = make_uplift(session, provider, lot)
    figure(session, commissioner, uplift, 300)
    act(negotiating.accept, session, provider, uplift)
    sent = session.execute(select(OutboxMessage.key, OutboxMessage.text).order_by(OutboxMessage.key)).all()
    count = {what: sum(key.startswith(f"uplift.{what}") for key, _ in sent) for what in ("asked", "answered", "agreed")}
    assert count == {"asked": 2, "answered": 1, "agreed": 3}  # the hub and one borough; the company; all three
    assert all(uplift.reference in text for _, text in sent)
