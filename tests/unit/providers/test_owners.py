"""Whether the register names another owner than the company that claims."""

from __future__ import annotations

import pytest

from providers.passport.owners import folded


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Madeup Willow & Co Ltd.", "MADEUP WILLOW AND CO LIMITED", True),
        ("Madeup Willow Care Ltd", "Madeup Willow Homes Ltd", False),
        ("Madeup (South) LLP", "Madeup South", True),
    ],
)
def test_two_spellings_of_one_company_are_one(one: str, other: str, same: bool) -> None:
    assert (folded(one) == folded(other)) is same
