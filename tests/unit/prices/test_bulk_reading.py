"""A company's file is bounded in every direction, never run, and its cells survive the way out and back."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.core.cells import begins_a_formula, marked, safe_cell, unmarked
from app.core.errors import Invalid
from app.core.files import FileKind
from providers.services.bulk import reading
from providers.services.bulk.reading import read_tables
from providers.services.bulk.sheets import PRICES, SERVICES, SHEETS

HEAD = ",".join(SERVICES.columns)


def from_csv(text: str | bytes) -> Any:
    """The one table of a CSV file."""
    (table,) = read_tables(text if isinstance(text, bytes) else text.encode(), FileKind.CSV)
    return table


def excel(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """An Excel file with these rows."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, **changed: bytes) -> bytes:
    """An Excel file with parts replaced or added; `__` stands for a slash and `_dot_` for a dot."""
    out = io.BytesIO()
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in changed.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in parts:
                new.writestr(part.filename, old.read(part))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


GOOD = excel({"Services": [SERVICES.columns, ["9900001", "A", 8, 17, "Yes", "No", 2, "a@example.org"]]})


def test_a_csv_file_is_known_by_its_headings_whatever_their_order_case_and_separator() -> None:
    table = from_csv("free places;URN;NAME\n3;9900001;Made-up House\n;;\n")
    assert table.sheet is SERVICES
    assert [(line.number, line.cells) for line in table.lines] == [
        (2, {"Free places": "3", "URN": "9900001", "Name": "Made-up House"})
    ]
    assert from_csv(",".join(PRICES.columns) + "\n").sheet is PRICES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_file_in_any_usual_encoding_is_read(encoding: str) -> None:
    (line,) = from_csv("URN,Name\n9900001,Café Élan\n".encode(encoding)).lines
    assert line.cells["Name"] == "Café Élan"


def test_an_excel_file_reads_as_its_csv_twin() -> None:
    (table,) = read_tables(GOOD, FileKind.EXCEL)
    assert table == from_csv(f"{HEAD}\n9900001,A,8,17,Yes,No,2,a@example.org\n")


def test_a_need_may_be_headed_with_its_words() -> None:
    table = from_csv("URN,Need 1: Health,need 12\n9900001,3,0\n")
    assert table.lines[0].cells == {"URN": "9900001", "Need 1": "3", "Need 12": "0"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("Name\nA\n", "needs the column URN"),
        ("URN,Colour\n1,red\n", "no column called “Colour”"),
        ("URN,Name,name\n1,a,b\n", "has the column Name twice"),
        ("URN" + "," * 60 + "\n1\n", None),
        ("URN," + ",".join(f"x{n}" for n in range(60)) + "\n1\n", "more than 40 columns"),
        ("URN,Name\n1,\0\n", "known encoding"),
        ("URN,Name\n" + "1,a\n" * 2_001, "may have 2,000 lines"),
        ("URN,Name\n" + "1,a\n" * 30_005, "more lines"),
        ('URN,Name\n1,"' + "a" * 200_000 + '"\n', "readable CSV"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused(text: str, said: str | None) -> None:
    if said is None:
        assert from_csv(text).lines
        return
    with pytest.raises(Invalid, match=said) as refused:
        from_csv(text)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("=1+1", "a formula"),
        ("@SUM(A1)", "a formula"),
        ("a" * 501, "longer than 500"),
        ("a\x07b", "cannot be seen"),
    ],
)
def test_a_cell_that_cannot_be_trusted_is_named_by_line_and_column(cell: str, said: str) -> None:
    (mistake,) = from_csv(f"URN,Name\n9900001,A\n9900002,{cell}\n").mistakes
    assert (mistake.sheet, mistake.line, mistake.column) == ("Services", 3, "Name")
    assert said in mistake.message


def test_an_excel_formula_is_refused_at_its_cell() -> None:
    (table,) = read_tables(excel({"Services": [["URN", "Name"], ["9900001", "=HYPERLINK(1)"]]}), FileKind.EXCEL)
    assert [(one.line, one.column) for one in table.mistakes] == [(2, "Name")]
    assert "formula" in table.mistakes[0].message


BOMB = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'a'>]><worksheet/>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 not a zip file", "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (repacked(GOOD, xl__vbaProject_dot_bin=b"macro"), "macros"),
        (repacked(GOOD, xl__externalLinks__externalLink1_dot_xml=b"<a/>"), "links"),
        (repacked(GOOD, xl__worksheets__sheet1_dot_xml=BOMB), "definitions"),
        (repacked(GOOD, xl__worksheets__sheet1_dot_xml=b"<worksheet><sheetData><row"), "damaged"),
        (repacked(GOOD, padding_dot_xml=b"<a>" + b" " * (61 * 1024 * 1024) + b"</a>"), "unpacks to more"),
        (excel({"Secrets": [["URN"]]}), "no sheet called “Secrets”"),
        (excel({"How to fill this in": [["URN"]]}), "none of the sheets"),
    ],
)
def test_an_excel_file_that_is_made_to_harm_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_tables(data, FileKind.EXCEL)


def test_a_zip_file_that_lies_about_its_size_breaks_and_unpacks_no_more_than_it_says() -> None:
    bomb = bytearray(repacked(GOOD, padding_dot_xml=b" " * (5 * 1024 * 1024)))
    size = (5 * 1024 * 1024).to_bytes(4, "little")
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(Invalid, match="damaged"):
        read_tables(bytes(bomb), FileKind.EXCEL)


def test_too_many_parts_are_refused_before_any_is_opened() -> None:
    many = repacked(GOOD, **{f"part{number}": b"" for number in range(reading.MOST_PARTS)})
    with pytest.raises(Invalid, match="unpacks to more"):
        read_tables(many, FileKind.EXCEL)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(data: bytes) -> None:
    for kind in (FileKind.CSV, FileKind.EXCEL):
        with contextlib.suppress(Invalid):
            read_tables(data, kind)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_no_damage_to_a_good_excel_file_breaks_the_reader(damage: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, byte in damage:
        data[place] = byte
    with contextlib.suppress(Invalid):
        read_tables(bytes(data), FileKind.EXCEL)


texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30).map(lambda text: " ".join(text.split()))


@given(texts)
def test_a_cell_comes_back_as_it_went_out_and_no_spreadsheet_runs_it(text: str) -> None:
    out = marked(text)
    assert unmarked(out) == text
    assert not begins_a_formula(out)
    assert not begins_a_formula(safe_cell(text))


@settings(max_examples=40)
@given(st.lists(texts.filter(bool), min_size=1, max_size=5))
def test_an_excel_cell_comes_back_as_it_went_out(names: list[str]) -> None:
    rows = [[str(9900000 + number), marked(name)] for number, name in enumerate(names)]
    (table,) = read_tables(excel({"Services": [["URN", "Name"], *rows]}), FileKind.EXCEL)
    assert [line.cells["Name"] for line in table.lines] == names
    assert not table.mistakes


def test_the_names_of_the_sheets_are_those_of_the_template() -> None:
    assert [sheet.file_name for sheet in SHEETS] == ["services.csv", "needs.csv", "prices.csv"]
    assert load_workbook(io.BytesIO(GOOD)).sheetnames == ["Services"]
