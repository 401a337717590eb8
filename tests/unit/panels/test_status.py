"""Every move of a referral and of an authority, from each status to each."""

from __future__ import annotations

import itertools

import pytest

from app.core.errors import WrongMove
from app.panels.status import AUTHORITY, OUTCOME_WORDS, REFERRAL, AuthorityStatus, Outcome, ReferralStatus

ALLOWED = {
    ("draft", "listed"),
    ("draft", "withdrawn"),
    ("listed", "decided"),
    ("listed", "returned"),
    ("listed", "withdrawn"),
    ("returned", "listed"),
    ("returned", "withdrawn"),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(ReferralStatus, ReferralStatus)))
def test_a_referral_moves_as_the_table_says_and_no_other_way(before: ReferralStatus, after: ReferralStatus) -> None:
    if (before.value, after.value) in ALLOWED:
        assert REFERRAL.require(before, after, "The referral") is after
    else:
        with pytest.raises(WrongMove):
            REFERRAL.require(before, after, "The referral")


@pytest.mark.parametrize(("before", "after"), list(itertools.product(AuthorityStatus, AuthorityStatus)))
def test_an_authority_can_only_be_taken_back(before: AuthorityStatus, after: AuthorityStatus) -> None:
    if (before, after) == (AuthorityStatus.LIVE, AuthorityStatus.REVOKED):
        assert AUTHORITY.require(before, after, "The authority") is after
    else:
        with pytest.raises(WrongMove):
            AUTHORITY.require(before, after, "The authority")


def test_every_status_and_outcome_has_its_words() -> None:
    assert set(REFERRAL.words) == set(ReferralStatus)
    assert set(AUTHORITY.words) == set(AuthorityStatus)
    assert set(OUTCOME_WORDS) == set(Outcome)
