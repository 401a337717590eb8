"""Reading register files: real ones counted with the csv module, small ones worked by hand, and broken ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import HomewardError, Invalid
from providers.register import opening
from providers.register.reading import ReadResult, count_by_type, read_register
from providers.register.status import Coverage, EventType, Grade, SupportedOutcome
from tests.factories.register import (
    COLUMNS_2025,
    EVENT,
    INSPECTED,
    NUMBER,
    OUTCOME,
    OVERALL,
    home,
    inspected,
    register_text,
)
from tests.shared_data import shared_folder

P2025 = "childrens_social_care_providers_31_march_2025.csv"
P2024 = "childrens_social_care_providers_31_march_2024.csv"
VISITS = "inspections_in_year_2024_25.csv"


def real(name: str) -> Path:
    return shared_folder("reference", "ofsted", name)


def counted(name: str, encoding: str) -> list[dict[str, str]]:
    with real(name).open(encoding=encoding, newline="") as file:
        rows = list(csv.reader(file))
    titles = [" ".join(title.split()).casefold() for title in rows[3]]
    return [dict(zip(titles, [*row, *[""] * len(titles)], strict=False)) for row in rows[4:]]


def read(text: str | bytes, name: str = "register.csv") -> ReadResult:
    data = text.encode() if isinstance(text, str) else text
    return read_register(io.BytesIO(data), name=name)


def test_the_file_of_2025_is_read_whole() -> None:
    result = read_register(real(P2025))
    expected = counted(P2025, "utf-8-sig")
    assert result.rows_read == len(result.rows) == len(expected) == 5600
    assert result.rejected == []
    assert result.coverage is Coverage.EVERY_PROVIDER
    assert result.says_as_of == dt.date(2025, 3, 31)
    assert [row.urn for row in result.rows] == [row["urn"] for row in expected]
    assert sum(not row.inspections for row in result.rows) == 1257
    types = Counter(row["provision type"].casefold() for row in expected)
    found = count_by_type(result)
    assert found["childrens_home"] == types["children's home"] == 3938 + 8
    assert found["supported_accommodation"] == types["supported accommodation"] == 893
    assert found["fostering_agency"] == types["independent fostering agency"] == 339
    assert sorted(found.values()) == sorted(types.values())


def test_every_judgement_of_2025_is_the_label_of_its_cell() -> None:
    expected = counted(P2025, "utf-8-sig")
    overall = Counter(row["overall experiences and progress of children and young people"] for row in expected)
    outcomes = Counter(row["supported accommodation outcome"] for row in expected)
    facts = [row.inspections[0].facts for row in read_register(real(P2025)).rows if row.inspections]
    grades = Counter(one["overall"] for one in facts)
    found = Counter(one["supported_outcome"] for one in facts)
    assert grades[Grade.OUTSTANDING] == overall["Outstanding"] == 658
    assert grades[Grade.GOOD] == overall["Good"] == 3059
    assert grades[Grade.REQUIRES_IMPROVEMENT] == overall["Requires improvement to be good"] == 522
    assert grades[Grade.INADEQUATE] == overall["Inadequate"] == 54
    assert found[SupportedOutcome.STRONG] == outcomes["Consistently strong service delivery"] == 26
    assert found[SupportedOutcome.INCONSISTENT] == 19
    assert found[SupportedOutcome.SERIOUS_WEAKNESSES] == 5
    assert sum(one["contradictory"] for one in facts) == 2
    assert [one["event_type"] for one in facts].count(EventType.MONITORING) == 1


def test_redacted_cells_are_unknown_and_junk_is_warned_of_by_line_and_column() -> None:
    result = read_register(real(P2025))
    assert not any("REDACTED" in str(row.facts.values()) for row in result.rows)
    homes = [row for row in result.rows if row.facts["provision_type"] == "childrens_home"]
    assert all(one.facts["postcode"] is None for one in homes)
    junk = {(one.line, one.message.split(" ")[0]) for one in result.warnings if one.column.startswith("Organisation")}
    expected = {
        (line, f"“{row['organisation which owns the provider']}”")
        for line, row in enumerate(counted(P2025, "utf-8-sig"), start=5)
        if row["organisation which owns the provider"] in {"0", "3.13"}
    }
    assert junk == expected
    assert len(junk) == 5


def test_the_file_of_2024_brings_previous_inspections_too() -> None:
    result = read_register(real(P2024))
    expected = counted(P2024, "cp1252")
    assert result.encoding == "cp1252"
    assert result.coverage is Coverage.INSPECTED_PROVIDERS
    assert len(result.rows) == len(expected) == 3876
    previous = sum(bool(row["previous full inspection event number"]) for row in expected)
    assert previous == 3311
    assert sum(len(row.inspections) for row in result.rows) == 3876 + previous


def test_the_file_of_visits_has_several_rows_for_a_provider() -> None:
    result = read_register(real(VISITS))
    assert result.coverage is Coverage.INSPECTIONS_IN_YEAR
    assert len(result.rows) == 4921
    assert len({row.urn for row in result.rows}) == 3991
    events = Counter(row.inspections[0].facts["event_type"] for row in result.rows)
    assert events == {EventType.FULL: 3944 + 50, EventType.ASSURANCE: 457, EventType.MONITORING: 398 + 72}


def test_all_english_and_welsh_authorities_of_the_real_files_are_known() -> None:
    for name in (P2024, P2025, VISITS):
        rows = read_register(real(name)).rows
        assert all(row.facts["local_authority_gss"] for row in rows if row.facts["local_authority"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_encoding_and_delimiter_of_an_office_program_is_read(encoding: str, delimiter: str) -> None:
    row = home(**{"Organisation which owns the provider": "Café Homes, Ltd"})
    result = read(register_text([row], delimiter=delimiter).encode(encoding))
    assert result.rows[0].facts["owner"] == "Café Homes, Ltd"
    assert result.rows[0].facts["places"] == 3


@pytest.mark.parametrize("lines", [0, 1, 3, 18])
def test_the_headings_are_found_below_any_short_preamble(lines: int) -> None:
    result = read(register_text([home()], preamble=[f"Note {n}" for n in range(lines)]))
    assert result.rows[0].line == lines + 2


def test_headings_match_whatever_their_case_spaces_and_punctuation() -> None:
    shouted = {title: f" {title.strip().upper().replace(' ', '  ').replace('-', ' ')}\n" for title in COLUMNS_2025}
    row = inspected(home())
    result = read(register_text([{shouted[key]: cell for key, cell in row.items()}], columns=shouted.values()))
    assert result.rows == read(register_text([row])).rows
    assert result.warnings == []


def test_a_heading_of_a_later_year_is_passed_over_with_a_warning() -> None:
    result = read(register_text([home(Wellbeing="High")], columns=(*COLUMNS_2025, "Wellbeing")))
    assert [(one.line, one.column) for one in result.warnings] == [(4, "Wellbeing")]
    assert len(result.rows) == 1


def test_missing_headings_are_named() -> None:
    columns = [title for title in COLUMNS_2025 if title not in {"Provision type", OVERALL}]
    with pytest.raises(Invalid, match="no column headed “Provision type” or “Overall experiences") as error:
        read(register_text([home()], columns=columns), "wrong.csv")
    assert error.value.field == "file"
    assert "wrong.csv" in error.value.message


def test_a_missing_optional_column_is_unknown_and_said_so() -> None:
    result = read(register_text([home()], columns=[title for title in COLUMNS_2025 if title != "Sector"]))
    assert result.rows[0].facts["sector"] is None
    assert "sector" in result.warnings[0].message


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"URN": "12345"}, "URN", "“12345” is not a URN"),
        ({"URN": "SC12345"}, "URN", "is not a URN"),
        ({"URN": ""}, "URN", "an empty cell is not a URN"),
        ({"Registration date": "31/02/2020"}, "Registration date", "is not a day in the calendar"),
        ({"Registration date": "soon"}, "Registration date", "is not a date"),
        ({"Provision type": ""}, "Provision type", "is not a type of provision"),
        ({"Organisation which owns the provider": "=cmd|' /C calc'!A0"}, "Organisation", "spreadsheet formula"),
        ({OVERALL: "Good", INSPECTED: ""}, "Latest full inspection date", "the row has a judgement"),
    ],
)
def test_a_bad_cell_rejects_its_row_by_line_and_column(cells: dict[str, str], column: str, message: str) -> None:
    result = read(register_text([home("9900001"), home("9900002", **cells), home("9900003")]))
    assert [row.urn for row in result.rows] == ["9900001", "9900003"]
    (remark,) = result.rejected
    assert remark.line == 6
    assert remark.column.startswith(column)
    assert message in remark.message
    assert result.rows_read == 3


@pytest.mark.parametrize("label", ["2", "Strong standard", "Expected standard", "Met", "good-ish"])
def test_an_unknown_grade_is_never_guessed(label: str) -> None:
    result = read(register_text([inspected(home(), "Good", leaders=label)]))
    assert result.rows == []
    assert "is not a grade that we know" in result.rejected[0].message
    assert result.rejected[0].column == "The effectiveness of leaders and managers"


def test_lines_are_counted_as_a_spreadsheet_counts_them() -> None:
    first = home("9900001", **{"Organisation which owns the provider": "Made-up\nHomes\nLtd"})
    text = register_text([first, home("bad")])
    assert read(text).rejected[0].line == 6
    assert read(text).rows[0].facts["owner"] == "Made-up Homes Ltd"


def test_a_urn_given_twice_rejects_the_second_row() -> None:
    result = read(register_text([home("SC000001"), home("sc000001 ")]))
    assert [row.urn for row in result.rows] == ["SC000001"]
    assert result.rejected[0].line == 6
    assert "stands at line 5" in result.rejected[0].message


@pytest.mark.parametrize("label", ["Adequate", "Satisfactory", "adequate "])
def test_a_historic_label_keeps_its_words_in_the_band_of_requires_improvement(label: str) -> None:
    facts = read(register_text([inspected(home(), label)])).rows[0].inspections[0].facts
    assert facts["overall"] is Grade.REQUIRES_IMPROVEMENT
    assert facts["labels"]["overall"] == label.strip()


@pytest.mark.parametrize(
    "label", ["Not yet inspected", "Not provided as service is inspected as part of the ILACS inspection"]
)
def test_words_for_no_grade_are_kept_and_are_no_inspection(label: str) -> None:
    row = read(register_text([home(**{OVERALL: label})])).rows[0]
    assert row.inspections == []
    assert row.facts["ungraded_label"] == label


def test_an_inspection_that_was_not_judged_is_kept_and_never_counts() -> None:
    facts = read(register_text([inspected(home(), "Not judged")])).rows[0].inspections[0].facts
    assert facts["overall"] is None
    assert not facts["full_judgement"]
    assert facts["labels"]["overall"] == "Not judged"


def test_supported_accommodation_has_an_outcome_and_no_grade() -> None:
    row = inspected(home(**{"Provision type": "Supported Accommodation"}), "")
    row[OUTCOME] = "Inconsistent quality of service delivery adversely affects some children's experiences"
    facts = read(register_text([row])).rows[0].inspections[0].facts
    assert facts["supported_outcome"] is SupportedOutcome.INCONSISTENT
    assert facts["overall"] is None
    assert facts["full_judgement"]


@pytest.mark.parametrize(
    ("overall", "protected", "leaders", "expected"),
    [
        ("Requires improvement to be good", "Inadequate", "Good", True),
        ("Good", "Inadequate", "Good", True),
        ("Inadequate", "Inadequate", "Inadequate", False),
        ("Good", "Good", "Inadequate", True),
        ("Outstanding", "Good", "Inadequate", True),
        ("Requires improvement to be good", "Good", "Inadequate", False),
        ("Good", "Good", "Requires improvement to be good", False),
    ],
)
def test_a_judgement_that_contradicts_itself_is_flagged(
    overall: str, protected: str, leaders: str, expected: bool
) -> None:
    row = inspected(home(), overall, protected=protected, leaders=leaders)
    assert read(register_text([row])).rows[0].inspections[0].facts["contradictory"] is expected


def test_junk_is_unknown_and_a_type_of_a_later_year_is_kept_with_a_warning() -> None:
    cells = {
        "Provision type": "Home on the Moon",
        "Organisation which owns the provider": "NULL",
        "Name": "03/01/1900",
        "Places": "many",
        "Postcode": "nowhere",
        "Registration date": "03/01/1900",
        "Local authority": "Atlantis",
        "Linked Education URN": "12",
    }
    result = read(register_text([home(**cells)]))
    facts = result.rows[0].facts
    assert facts["provision_type"] == "Home on the Moon"
    unknown = ("owner", "name", "places", "postcode", "registered_on", "local_authority_gss", "linked_education_urn")
    assert [facts[name] for name in unknown] == [None] * 7
    assert facts["local_authority"] == "Atlantis"
    assert {one.column for one in result.warnings} == set(cells)
    assert {one.line for one in result.warnings} == {5}


def test_an_inspection_without_a_number_is_known_by_its_day() -> None:
    result = read(register_text([inspected(home(), number="")]))
    assert result.rows[0].inspections[0].event_number is None
    assert [one.column for one in result.warnings] == [" ".join(NUMBER.split())]


def test_a_monitoring_visit_makes_no_full_judgement() -> None:
    result = read(register_text([inspected(home(), "Good", event="Monitoring inspection")]))
    assert not result.rows[0].inspections[0].facts["full_judgement"]
    assert [one.column for one in result.warnings] == [" ".join(EVENT.split())]


def a_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("register.csv", register_text([home()]))
    return packed.getvalue()


GOOD = register_text([inspected(home(f"99{number:05}"), number=str(number)) for number in range(1, 40)]).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \r\n\r\n", "is empty"),
        (a_zip(), "is a zip file or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "is an old Excel workbook"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (bytes(range(256)) * 20, "is not a text file"),
        (GOOD[:3000] + b"\0\0" + GOOD[3000:], "has zero bytes at text line"),
        (b"\xef\xbb\xbf" + GOOD + b"\xff\xfe", "says it is UTF-8 but is not"),
        (b"a,b,c\n1,2,3\n", "has no heading row"),
        (GOOD[: GOOD.index(b"9900020") + 25], "is cut off: its last line"),
        (GOOD.replace(b",London", b',"London', 1), "a quotation mark is opened and never closed"),
        (register_text([]).encode(), "has headings and no rows"),
        (GOOD + b'"' + b"x" * 150_000 + b'"', "stops being a table at line 44"),
        (GOOD + b"x" * 6_000 + b"\r\n", "has a cell of 6,000 characters at line 44, column 1"),
        (GOOD + b"," * 600 + b"\r\n", "has 601 columns at line 44"),
    ],
)
def test_a_broken_file_is_refused_with_what_and_where(data: bytes, message: str) -> None:
    with pytest.raises(Invalid) as error:
        read(data, "broken.csv")
    assert message in error.value.message
    assert error.value.message.startswith("broken.csv ")
    assert error.value.message.endswith("Nothing was imported.")
    assert error.value.field == "file"


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is a folder"):
        read_register(tmp_path)
    with pytest.raises(Invalid, match="is not there"):
        read_register(tmp_path / "nothing.csv")


class Endless(io.RawIOBase):
    """A stream that never ends, and counts what was taken from it."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return (self.piece * (size // len(self.piece) + 1))[:size]


@pytest.mark.parametrize(
    ("piece", "message"), [(b"x", "has a line of more than"), (b"a,b,c\n", "is larger than 32 MB")]
)
def test_an_endless_file_is_refused_without_being_held(piece: bytes, message: str) -> None:
    stream = Endless(piece)
    with pytest.raises(Invalid, match=message):
        read_register(stream, name="endless.csv")  # type: ignore[arg-type]
    assert stream.taken <= opening.MAX_BYTES + 2 * 1024 * 1024


def test_a_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_ROWS", 20)
    with pytest.raises(Invalid, match="has more than 20 rows"):
        read(GOOD)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(GOOD)), st.integers(0, 60))
def test_any_damage_is_read_or_refused_in_words(damage: bytes, at: int, gone: int) -> None:
    result, refusal = attempt(GOOD[:at] + damage + GOOD[at + gone :])
    if result is None:
        assert refusal.endswith("Nothing was imported.")
    else:
        assert result.rows_read == len(result.rows) + len(result.rejected)


def attempt(data: bytes) -> tuple[ReadResult | None, str]:
    try:
        return read(data), ""
    except HomewardError as error:
        return None, error.message


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=32, max_size=32))
def test_any_cells_are_read_or_rejected_by_line(cells: list[str]) -> None:
    row = dict(zip(COLUMNS_2025, cells, strict=True)) | {"URN": "9900001"}
    result, refusal = attempt(register_text([row]).encode("utf-8", "replace"))
    if result is None:
        assert refusal
        return
    assert result.rows_read == len(result.rows) + len(result.rejected)
    assert all(remark.line == 5 for remark in result.rejected)
