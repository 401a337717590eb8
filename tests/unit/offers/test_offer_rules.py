"""Rules of an offer that need no database: what is sealed comes back, what is wrong is named, and what a loser is told
gives nothing away.
"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid, WrongMove
from app.offers.content import OfferContent, checked
from app.offers.declining import DECLINE_WORDS, DeclineCode
from app.offers.results import LEVEL_WITHIN, _beside
from app.offers.status import OFFER, OfferStatus
from app.web.borough.shortlist_rows import GATE_WORDS, SOFT_WORDS
from matching.rank import SOFT_GATES, Gate
from tests.factories.offers import content

TODAY = dt.date(2026, 11, 23)
PENCE = st.integers(0, 10**9)
TEXTS = st.dictionaries(st.integers(1, 12), st.text(max_size=60), max_size=12)


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
            checked(offered, needs=needs, today=TODAY)
        assert set(refusal.value.errors) == {f"need_{number}" for number in asked & left_out}
    else:
        assert set(checked(offered, needs=needs, today=TODAY).how_needs_are_met) == asked


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = content(-1, weeks_per_year=0, place_postcode="nowhere", start=dt.date(2026, 11, 22), note="x" * 2001)
    with pytest.raises(Invalid) as refusal:
        checked(wrong, needs=[None] * 12, today=TODAY)
    assert set(refusal.value.errors) == {"care_pence", "weeks_per_year", "place_postcode", "can_start_on", "note"}


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
