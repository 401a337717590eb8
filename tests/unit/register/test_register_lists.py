"""Reading premises of supported accommodation, and who joined and left: the real files counted with the csv module, and
small ones worked by hand.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter

import pytest

from app.core.errors import Invalid
from providers.register import leavers, premises
from providers.register.headings import is_laid_out
from providers.register.leavers import ChangeRow, read_changes
from providers.register.opening import Opened, open_register
from providers.register.premises import Building, read_premises
from providers.register.rows import Sheet
from providers.register.status import ChangeKind
from tests.factories.register import home, register_text
from tests.factories.register_lists import (
    ACTIVE_ON,
    AUTHORITY,
    CATEGORY,
    CLOSED_ON,
    JOINER,
    LEAVER,
    RESIGNED_ON,
    STATUS_AFTER,
    building,
    changes_text,
    joined,
    left,
    premises_text,
)
from tests.shared_data import shared_folder

PREMISES, CHANGES = "supported_accommodation_premises_31_march_2025.csv", "leavers_and_joiners_2024_25.csv"


def opened(text: str | bytes, name: str = "file.csv") -> Opened:
    return open_register(io.BytesIO(text.encode() if isinstance(text, str) else text), name)


def buildings(*rows: dict[str, str]) -> tuple[Sheet, list[Building]]:
    return read_premises(opened(premises_text(rows)))


def changes(*rows: dict[str, str]) -> tuple[Sheet, list[list[ChangeRow]]]:
    return read_changes(opened(changes_text(rows)))


def counted(name: str) -> list[dict[str, str]]:
    with shared_folder("reference", "ofsted", name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    return [dict(zip(rows[3], row, strict=True)) for row in rows[4:]]


def test_the_real_file_of_premises_is_read_whole() -> None:
    sheet, found = read_premises(open_register(shared_folder("reference", "ofsted", PREMISES)))
    expected = counted(PREMISES)
    assert sheet.rows_read == len(found) == len(expected) == 8119
    assert sheet.rejected == []
    assert sheet.says_as_of == dt.date(2025, 3, 31)
    assert Counter(one.category for one in found) == {1: 3387, 2: 2345, 3: 1705, 4: 682}
    assert sum(one.places or 0 for one in found) == sum(int(row["Places"] or 0) for row in expected)
    assert len({one.urn for one in found}) == 887


def test_the_real_file_of_leavers_and_joiners_is_read_whole() -> None:
    sheet, found = read_changes(open_register(shared_folder("reference", "ofsted", CHANGES)))
    expected = counted(CHANGES)
    assert sheet.rows_read == len(found) == len(expected) == 1529
    assert sheet.rejected == []
    assert sheet.says_as_of == dt.date(2025, 3, 31)
    kinds = Counter(change.kind for row in found for change in row)
    assert kinds[ChangeKind.JOINED] == sum(row[JOINER] == "Joiner" for row in expected) == 1353
    assert kinds[ChangeKind.LEFT] == sum(row[LEAVER] == "Leaver" for row in expected) == 185
    ended = Counter(one.facts["registration_status"] for row in found for one in row if one.kind is ChangeKind.LEFT)
    assert ended == {"resigned": 174, "cancelled": 6, "closed": 5}
    assert sum(len(row) == 2 for row in found) == 9


def test_each_kind_is_known_by_its_headings() -> None:
    files = {
        premises.LAYOUT.what: opened(premises_text([building()])),
        leavers.LAYOUT.what: opened(changes_text([left()])),
        "providers": opened(register_text([home()])),
    }
    known = {
        what: [layout.what for layout in (premises.LAYOUT, leavers.LAYOUT) if is_laid_out(file, layout)]
        for what, file in files.items()
    }
    assert known == {
        premises.LAYOUT.what: [premises.LAYOUT.what],
        leavers.LAYOUT.what: [leavers.LAYOUT.what],
        "providers": [],
    }


def test_headings_of_another_year_are_known_by_their_other_names() -> None:
    text = premises_text([building()]).replace(CATEGORY, '"\nService Category"').replace("Places", "Number of places")
    sheet, found = read_premises(opened(text))
    assert (sheet.rejected, [one.places for one in found]) == ([], [2])
    text = changes_text([left()]).replace("31 March 2025)", "31 March 2026)").replace("1 April 2024", "1 April 2025")
    sheet, rows = read_changes(opened(text.encode("utf-16")))
    assert (sheet.rejected, sheet.warnings, len(rows)) == ([], [], 1)


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (building("99-1"), "URN", "is not a URN"),
        (building(category="Category 5"), CATEGORY, "“Category 5” is not a category from 1 to 4"),
        (building(category=""), CATEGORY, "an empty cell is not a category"),
        (building(**{"Provision type": ""}), "Provision type", "is not a type of provision"),
        (building(**{"Places": "=2+2"}), "Places", "is a spreadsheet formula"),
    ],
)
def test_a_building_that_cannot_be_trusted_is_rejected_by_line_and_column(
    row: dict[str, str], column: str, message: str
) -> None:
    sheet, found = buildings(building("9900009"), row)
    assert len(found) == 1
    (remark,) = sheet.rejected
    assert (remark.line, remark.column) == (6, column)
    assert message in remark.message


def test_what_a_building_does_not_say_is_unknown_and_warned_of() -> None:
    sheet, (found,) = buildings(building(places="many", **{AUTHORITY: "Atlantis"}))
    assert (found.places, found.local_authority, found.local_authority_gss) == (None, "Atlantis", None)
    assert [remark.words() for remark in sheet.warnings] == [
        "Line 5, Places: “many” says nothing; it is taken as unknown",
        "Line 5, Premises Local Authority: “Atlantis” is not an authority that we know",
    ]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (left("99-1"), "URN", "is not a URN"),
        (left(**{LEAVER: ""}), LEAVER, "says neither that it joined nor left"),
        (left(**{LEAVER: "Perhaps"}), LEAVER, "“Perhaps” is neither “Leaver” nor empty"),
        (left(on="31/02/2025"), CLOSED_ON, "is not a day in the calendar"),
        (left(**{CLOSED_ON: "", RESIGNED_ON: ""}), CLOSED_ON, "is empty, and the provider left"),
        (left(**{CLOSED_ON: "03/01/1900"}), CLOSED_ON, "is too long ago"),
        (left(status="Active"), STATUS_AFTER, "“Active” is not how a registration ends"),
        (joined(on=""), ACTIVE_ON.strip(), "is empty, and the provider joined"),
        (left("9900009"), "URN", "the same URN stands at line 5"),
    ],
)
def test_a_change_that_cannot_be_trusted_is_rejected_by_line_and_column(
    row: dict[str, str], column: str, message: str
) -> None:
    sheet, found = changes(left("9900009"), row)
    assert len(found) == 1
    (remark,) = sheet.rejected
    assert (remark.line, remark.column) == (6, column)
    assert message in remark.message


def test_one_row_may_say_that_a_provider_joined_and_left() -> None:
    _, (both,) = changes(left(**{JOINER: "Joiner", ACTIVE_ON: "22/07/2024"}))
    assert [(one.kind, one.facts["happened_on"]) for one in both] == [
        (ChangeKind.JOINED, dt.date(2024, 7, 22)),
        (ChangeKind.LEFT, dt.date(2025, 1, 13)),
    ]


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (left(status="Cancelled"), "cancelled"),
        (left(status="Closed"), "closed"),
        (left(**{STATUS_AFTER: ""}), "resigned"),
        (left(status="Cancelled", **{STATUS_AFTER: ""}), "cancelled"),
        (left(status="Closed", **{STATUS_AFTER: ""}), "closed"),
    ],
)
def test_how_a_registration_ended_is_as_the_file_says_or_its_dates_do(row: dict[str, str], status: str) -> None:
    _, (found,) = changes(row)
    assert found[0].facts["registration_status"] == status


def test_a_file_without_what_it_is_about_is_refused_by_name() -> None:
    text = changes_text([left()]).replace("First effective date (that the provider closed)", "Something")
    with pytest.raises(Invalid, match="has no column headed “First effective date \\(that the provider closed\\)”"):
        read_changes(opened(text))
