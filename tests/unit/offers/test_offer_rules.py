"""Rules of an offer that need no database: what is sealed comes back, what is wrong is named, and what a loser is told
gives nothing away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid, WrongMove
from app.offers.content import OfferContent, checked
from app.offers.declining import DECLINE_WORDS, DeclineCode
from app.offers.pricing import payable_prices, payable_weekly_pence
from app.offers.results import LEVEL_WITHIN, _beside
from app.offers.status import OFFER, OfferStatus
from app.web.explaining.funnels import GATE_WORDS, SOFT_WORDS
from matching.rank import SOFT_GATES, Gate
from providers.market.status import ServiceType
from tests.factories.offers import content

TODAY = dt.date(2026, 11, 23)
PENCE = st.integers(0, 10**9)
SCHOOLS = {ServiceType.NMI_DAY, ServiceType.NMI_38, ServiceType.SUPPORT_PACKAGE}
TEXTS = st.dictionaries(st.integers(1, 12), st.text(max_size=60), max_size=12)


def judged(
    offered: OfferContent,
    *,
    needs: Sequence[int | None] = (None,) * 12,
    service_type: ServiceType = ServiceType.RESIDENTIAL,
    own_place: str | None = None,
) -> OfferContent:
    """The offer as the room takes it on an ordinary day."""
    return checked(offered, needs=needs, today=TODAY, service_type=service_type, own_place=own_place)


@given(PENCE, PENCE, PENCE, PENCE, st.integers(1, 52), st.dates(), TEXTS, st.text(max_size=60))
def test_what_is_sealed_comes_back_as_it_was(
    care: int,
    education: int,
    health: int,
    transport: int,
    weeks: int,
    start: dt.date,
    met: dict[int, str],
    note: str,
) -> None:
    sealed = OfferContent(care, education, health, transport, weeks, start, "CR0 1EA", met, note)
    again = OfferContent.from_text(sealed.to_text())
    assert again == sealed
    assert again.weekly_pence == care + education + health + transport


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=12, max_size=12), st.sets(st.integers(1, 12)))
def test_every_measured_need_is_answered_and_nothing_else_is_kept(needs: list[int | None], left_out: set[int]) -> None:
    texts = {number: f"Plan {number}" for number in range(1, 13) if number not in left_out}
    offered = content(how_needs_are_met=texts)
    asked = {number for number, score in enumerate(needs, start=1) if score}
    if asked & left_out:
        with pytest.raises(Invalid) as refusal:
            judged(offered, needs=needs)
        assert set(refusal.value.errors) == {f"need_{number}" for number in asked & left_out}
    else:
        assert set(judged(offered, needs=needs).how_needs_are_met) == asked


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = content(-1, weeks_per_year=0, place_postcode="nowhere", start=dt.date(2026, 11, 22), note="x" * 2001)
    with pytest.raises(Invalid) as refusal:
        judged(wrong)
    assert set(refusal.value.errors) == {"care_pence", "weeks_per_year", "place_postcode", "can_start_on", "note"}


@pytest.mark.parametrize("service_type", list(ServiceType))
def test_only_a_school_place_is_for_fewer_weeks_than_the_year_has(service_type: ServiceType) -> None:
    needs = [None] * 12
    assert judged(content(needs=needs), service_type=service_type).weeks_per_year == 52
    for weeks in (1, 26, 38, 51):
        offered = content(needs=needs, weeks_per_year=weeks)
        if service_type in SCHOOLS:
            assert judged(offered, service_type=service_type).weeks_per_year == weeks
        else:
            with pytest.raises(Invalid) as refusal:
                judged(offered, service_type=service_type)
            assert set(refusal.value.errors) == {"weeks_per_year"}


@given(PENCE, PENCE, PENCE, PENCE, st.integers(1, 52))
def test_what_is_payable_each_week_of_the_year_sums_by_element_and_makes_the_year_that_was_offered(
    care: int, education: int, health: int, transport: int, weeks: int
) -> None:
    offered = OfferContent(care, education, health, transport, weeks, TODAY, "CR0 1EA", {})
    payable = payable_prices(offered)
    assert list(payable) == ["care", "education", "health", "transport"]
    assert offered.payable_pence == sum(payable.values())
    for element, pence in payable.items():
        price = getattr(offered, f"{element}_pence")
        assert abs(pence * 52 - price * weeks) <= 26
        assert pence == price or weeks < 52
    assert abs(offered.payable_pence * 52 - offered.weekly_pence * weeks) <= 4 * 26


@pytest.mark.parametrize(("pence", "weeks", "payable"), [(900_00, 39, 675_00), (26, 1, 0), (26, 3, 2), (78, 1, 2)])
def test_a_half_penny_goes_to_the_even_one(pence: int, weeks: int, payable: int) -> None:
    assert payable_weekly_pence(pence, weeks) == payable


def test_an_offer_that_comes_to_nothing_each_week_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        judged(content(26, needs=[None] * 12, weeks_per_year=1), service_type=ServiceType.NMI_DAY)
    assert set(refusal.value.errors) == {"care_pence"}


@pytest.mark.parametrize("typed", ["", "M1 1AE", "m11ae"])
def test_the_place_of_a_service_that_is_itself_a_home_is_its_own(typed: str) -> None:
    offered = content(needs=[None] * 12, place_postcode=typed)
    assert judged(offered, own_place="M1 1AE").place_postcode == "M1 1AE"


@pytest.mark.parametrize("typed", ["CR0 1EA", "nowhere"])
def test_a_home_cannot_say_that_it_is_somewhere_else(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        judged(content(needs=[None] * 12, place_postcode=typed), own_place="M1 1AE")
    assert set(refusal.value.errors) == {"place_postcode"}


@pytest.mark.parametrize("typed", ["", "ZZ99 9ZZ"])
def test_where_the_service_is_not_the_place_the_offer_names_it(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        judged(content(needs=[None] * 12, place_postcode=typed))
    assert set(refusal.value.errors) == {"place_postcode"}


@given(st.integers(-1_000_000, 1_000_000))
def test_a_loser_hears_the_direction_and_never_the_distance(ahead: int) -> None:
    said = _beside(ahead)
    assert not any(letter.isdigit() for letter in said)
    assert (said == "About level with yours") == (abs(ahead) <= LEVEL_WITHIN)


@pytest.mark.parametrize("now", list(OfferStatus))
@pytest.mark.parametrize("then", list(OfferStatus))
def test_an_offer_moves_as_the_table_says_and_nowhere_else(now: OfferStatus, then: OfferStatus) -> None:
    allowed = {
        (OfferStatus.SUBMITTED, OfferStatus.WITHDRAWN),
        (OfferStatus.SUBMITTED, OfferStatus.PREFERRED),
        (OfferStatus.SUBMITTED, OfferStatus.LOST),
        (OfferStatus.PREFERRED, OfferStatus.SUBMITTED),
        (OfferStatus.PREFERRED, OfferStatus.WON),
        (OfferStatus.PREFERRED, OfferStatus.LOST),
        (OfferStatus.PREFERRED, OfferStatus.WITHDRAWN),
        (OfferStatus.WON, OfferStatus.SUBMITTED),
        (OfferStatus.LOST, OfferStatus.SUBMITTED),
    }
    if (now, then) in allowed:
        assert OFFER.require(now, then) is then
    else:
        with pytest.raises(WrongMove):
            OFFER.require(now, then)


def test_every_code_has_its_words() -> None:
    assert set(DECLINE_WORDS) == set(DeclineCode)
    assert set(GATE_WORDS) == set(Gate)
    assert set(SOFT_WORDS) == SOFT_GATES
