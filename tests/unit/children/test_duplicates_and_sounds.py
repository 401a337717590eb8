"""Names that sound alike, why two records are suggested as one child, and what stands in the way of a merge."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.children.ages import age_years
from app.children.duplicates import Alike, alike
from app.children.erasing import names_in
from app.children.events import Holding
from app.children.indexes import NO_MARKS, Marks
from app.children.merging import hindrances
from app.children.records import ChildIdentity
from app.children.retention import anniversary
from app.children.sounds import sound_of
from app.requests.caseload import AGE_BANDS, born_for


@pytest.mark.parametrize(
    "spellings",
    [
        ("Mohammed", "Muhammad", "Mohamed"),
        ("Catherine", "Katherine", "Kathryn"),
        ("Stephen", "Steven"),
        ("Sean", "Shaun", "Shawn"),
        ("Aisha", "Ayesha", "AYSHA"),
        ("Zoë", "Zoey"),
        ("O'Brien", "Obrian"),
        ("Philip", "Filip", "Phillip"),
        ("Madeup", "Madeupp"),
        ("Wright", "Right", "Rite"),
        ("Smyth", "Smith"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound_of(one) for one in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zebedee", "Zachary"), ("Smith", "Jones"), ("Amina", "Bilal"), ("Testchild", "Madeup"), ("Ana", "Anders")],
)
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


def test_a_name_in_another_script_keeps_its_letters_and_blanks_have_no_sound() -> None:
    assert sound_of("Нина") == "нина"
    assert sound_of(" - ") == ""


MARKS = Marks("name", "sound", "birth", "month", "given", "family")
OTHER = Marks("name2", "sound2", "birth2", "month2", "given2", "family2")


@pytest.mark.parametrize(
    ("same", "why"),
    [
        (("name_index", "sound_index", "birth_index", "given_birth_index", "family_birth_index"), Alike.NAME_AND_BIRTH),
        (("sound_index", "birth_index", "given_birth_index", "family_birth_index"), Alike.SOUND_AND_BIRTH),
        (("sound_index", "birth_index"), Alike.SOUND_AND_BIRTH),  # first and last name the other way round
        (("birth_index", "given_birth_index"), Alike.GIVEN_AND_BIRTH),
        (("birth_index", "family_birth_index"), Alike.FAMILY_AND_BIRTH),
        (("name_index", "sound_index"), Alike.NAME),
        (("sound_index",), None),
        (("birth_index", "birth_month_index"), None),
        ((), None),
    ],
)
def test_what_is_equal_decides_why_two_records_may_be_one_child(same: tuple[str, ...], why: Alike | None) -> None:
    other = replace(OTHER, **{name: getattr(MARKS, name) for name in same})
    assert alike(MARKS, other) is why
    assert alike(other, MARKS) is why


def test_records_without_indexes_are_like_nobody() -> None:
    assert alike(NO_MARKS, NO_MARKS) is None


def holding(room: str, id_: str, *, live: bool = False, draft: bool = False) -> Holding:
    return Holding(room, id_, f"REF-{id_}", f"child-{id_}", "Draft", live, draft)


def test_two_children_of_one_request_are_not_merged_and_neither_are_two_drafts_or_siblings() -> None:
    shared, own, other = holding("requests", "1"), holding("requests", "2"), holding("requests", "3")
    assert hindrances([own], [other], siblings=False) == []
    (reason,) = hindrances([shared, own], [shared], siblings=False)
    assert "REF-1" in reason
    assert "twice" in reason
    drafts = holding("requests", "4", live=True, draft=True), holding("requests", "5", live=True, draft=True)
    (reason,) = hindrances([drafts[0]], [drafts[1]], siblings=False)
    assert "REF-4 and REF-5" in reason
    assert hindrances([drafts[0]], [other], siblings=False) == []
    lived = holding("placements", "6", live=True), holding("placements", "7", live=True)
    assert len(hindrances([lived[0]], [lived[1]], siblings=True)) == 2


def test_one_record_that_a_request_names_once_is_not_in_its_own_way() -> None:
    """After a merge the kept record has two rows of ids; a request that cites both sides counts once a side."""
    assert hindrances([holding("requests", "1"), holding("requests", "1")], [], siblings=False) == []


WHO = ChildIdentity("id", "CH-7K4M2P", "Zoë-Mai", "O'Testchild", dt.date(2013, 4, 9), "F", "WBRI", "CR0 1EA")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A court ordered it.", False),
        ("ZOE was recorded twice", True),
        ("The Otestchild file", True),
        ("zoe-mai's record", True),
        ("lives at cr01ea", True),
        ("The domain of the court", False),  # "mai" within a word is nobody
    ],
)
def test_a_reason_that_outlives_the_record_names_nobody(text: str, named: bool) -> None:
    assert names_in(text, WHO) is named


@pytest.mark.parametrize(
    "today",
    [dt.date(2026, 11, 23), dt.date(2027, 2, 28), dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2027, 3, 1)],
)
@pytest.mark.parametrize("code", list(AGE_BANDS))
def test_who_is_in_an_age_band_was_born_between_its_days(today: dt.date, code: str) -> None:
    """Every day of birth of 31 years, one by one, by birthdays."""
    _, youngest, oldest = AGE_BANDS[code]
    first, last = born_for(youngest, oldest, today)
    day = today
    while day > today - dt.timedelta(days=366 * 31 + 5):
        assert (first <= day <= last) == (youngest <= age_years(day, today) <= oldest), day
        day -= dt.timedelta(days=1)


@given(st.dates(dt.date(1980, 1, 1), dt.date(2026, 1, 1)))
def test_the_75th_birthday_is_the_first_day_of_being_75(born: dt.date) -> None:
    day = anniversary(born, 75)
    assert age_years(born, day) == 75
    assert age_years(born, day - dt.timedelta(days=1)) == 74
