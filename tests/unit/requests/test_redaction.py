"""The detector points at what clearly identifies, wherever it stands, and at nothing else."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.requests.redaction import FindingKind, KnownNames, find_identifying, passes_nhs_check

CHILD = KnownNames(
    names=("Zebedee", "O'Testchild-Núñez"),
    schools=("The Oakmadeup Primary School",),
    date_of_birth=dt.date(2013, 4, 9),
)
NHS = "943 476 5919"


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind.value, text[one.start : one.end]) for one in find_identifying(text, CHILD)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ZEBEDEE's carer", [("name", "ZEBEDEE")]),
        ("we call zebedee by name", [("name", "zebedee")]),
        ("Mr O’Testchild Nunez came", [("name", "O’Testchild Nunez")]),
        ("the otestchild boys", [("name", "otestchild")]),
        ("lives at CR0 1EA now", [("postcode", "CR0 1EA")]),
        ("lives at cr01ea.", [("postcode", "cr01ea")]),
        ("ring 020 7946 0123 or +44 (0)7700 900123", [("phone", "020 7946 0123"), ("phone", "+44 (0)7700 900123")]),
        ("ring 07700900123", [("phone", "07700900123")]),
        ("write to a.b@example.co.uk.", [("email", "a.b@example.co.uk")]),
        (f"NHS {NHS}", [("identifier", NHS)]),
        ("NHS 9434765919", [("identifier", "9434765919")]),
        ("NHS no 943 476 5918, mistyped", [("identifier", "943 476 5918")]),
        ("the Zebedees next door", [("name", "Zebedees")]),
        ("UPN A123456789012", [("identifier", "A123456789012")]),
        ("born 9/4/2013", [("date_of_birth", "9/4/2013")]),
        ("born 09.04.13", [("date_of_birth", "09.04.13")]),
        ("born 2013-04-09", [("date_of_birth", "2013-04-09")]),
        ("born on the 9th of April 2013", [("date_of_birth", "9th of April 2013")]),
        ("born Apr 9, 2013", [("date_of_birth", "Apr 9, 2013")]),
        ("goes to oakmadeup primary", [("school", "oakmadeup primary")]),
        ("goes to Oakmadeup", [("school", "Oakmadeup")]),
    ],
)
def test_points_at(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "His mother and the school agree that he may stay in south London.",
        "Ring Childline on 0800 1111 or the NSPCC on 0808 800 5000.",
        "He is 13 years old and moved on 10/4/2013, then on 9/4/2014.",
        "Scored 12 of 36, £4,250.00 a week for 52 weeks in CR0.",
        "A primary school in Croydon; a nursery nearby.",
        "The number 943 476 5918 has a wrong check digit and nothing says whose it is",
        "",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert found(text) == []


def test_check_digit_of_an_nhs_number() -> None:
    assert passes_nhs_check("9434765919")
    assert not passes_nhs_check("9434765910")


WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60)


@given(WORDS, WORDS)
def test_finds_the_name_between_any_other_words(before: str, after: str) -> None:
    text = f"{before} Zebedee {after}"
    start = len(before) + 1
    assert any(one.start <= start and one.end >= start + 7 for one in find_identifying(text, CHILD))


@given(WORDS)
def test_places_lie_in_the_text_in_order_and_apart(text: str) -> None:
    places = find_identifying(text, CHILD)
    ends = [0] + [one.end for one in places]
    assert all(one.start >= end for one, end in zip(places, ends, strict=False))
    assert all(0 <= one.start < one.end <= len(text) for one in places)
    assert all(isinstance(one.kind, FindingKind) for one in places)


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("Ring Aunt Deborah Marsh about it", ["Deborah Marsh"]),
        ("her social worker Bolu and Mr Pretend", ["Bolu", "Pretend"]),
        ("His aunt is kind. The teacher says so.", []),
        ("He attends Thornhill Academy in term time", ["Thornhill Academy"]),
        ("The Made Up Primary School is near", ["Made Up Primary School"]),
        ("His Primary School helps; a special school may too. Her School.", []),
        ("cooking with Zach, who cooks with zach", ["Zach", "zach"]),
        ("Will you help? He will.", []),
        ("Religion: Christian", []),
    ],
)
def test_names_behind_titles_schools_by_their_words_and_nicknames_are_pointed_at(text: str, pointed: list[str]) -> None:
    known = KnownNames(names=("Zachary Quillfeather", "Christina"))
    assert [text[one.start : one.end] for one in find_identifying(text, known)] == pointed


@pytest.mark.parametrize("text", ["ʼs", "A" * 20_000, "." * 20_000, "a-" * 8_000, "x.x" * 4_000, "\ud83d", "@ @ 0"])
def test_strange_texts_are_read_in_a_moment(text: str) -> None:
    began = time.process_time()
    find_identifying(text, KnownNames(names=("ʼ", "Zoë"), schools=("'",), places=("x",)))
    assert time.process_time() - began < 3
