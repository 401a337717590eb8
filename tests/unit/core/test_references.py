"""References that people can say."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.references import ALPHABET, new_reference, normalise_reference

drawn = st.text(ALPHABET, min_size=6, max_size=6)


def test_the_alphabet_holds_nothing_easily_misread_and_no_vowel() -> None:
    assert not set("0OQ1ILSZBUAE") & set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 24


def test_a_reference_has_its_prefix_and_six_characters() -> None:
    reference = new_reference("CRO")
    assert reference[:4] == "CRO-"
    assert len(reference) == 10
    assert set(reference[4:]) <= set(ALPHABET)
    assert normalise_reference(reference) == reference


def test_references_are_drawn_at_random_unless_seeded() -> None:
    assert len({new_reference("CRO") for _ in range(200)}) == 200
    assert new_reference("HIL", choose=random.Random(5).choice) == new_reference("HIL", choose=random.Random(5).choice)


@pytest.mark.parametrize("prefix", ["", "C", "cro", "CROYD", "C1", "CRÖ"])
def test_a_prefix_is_two_to_four_capital_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        new_reference(prefix)


@pytest.mark.parametrize(
    "typed",
    ["CRO-7K4M2P", "cro-7k4m2p", " CRO 7K4 M2P ", "cro7k4m2p", "CRO–7K4M2P", "CRO-7K4MZP", "cro.7k4m.2p", "cro7k4 m2p"],
)
def test_what_people_type_leads_to_the_reference(typed: str) -> None:
    assert normalise_reference(typed) == "CRO-7K4M2P"


@pytest.mark.parametrize(("typed", "meant"), [("CRO-S8BUO0", "CRO-588VDD"), ("BOS-QZ2345", "BOS-D22345")])
def test_misread_characters_are_put_right_after_the_prefix_only(typed: str, meant: str) -> None:
    assert normalise_reference(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "CRO", "7K4M2P", "CRO-7K4M2", "CRO-7K4M21", "CRO-7K4M2A", "C-7K4M2P", "Croydon", "CRO 7K4M2PP"]
)
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert normalise_reference(typed) is None


@given(drawn)
def test_every_reference_survives_lower_case_and_spaces(characters: str) -> None:
    assert normalise_reference(f" hil {characters[:3].lower()} {characters[3:]}") == f"HIL-{characters}"


@given(st.text(max_size=16))
def test_any_text_is_a_normal_reference_or_none(text: str) -> None:
    found = normalise_reference(text)
    assert found is None or normalise_reference(found) == found
