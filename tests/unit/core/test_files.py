"""What may come in: by its content, by the ending of its name and by its size, and under a name that is safe
everywhere.
"""

from __future__ import annotations

import hashlib
import io
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.files import (
    EVIDENCE,
    LONGEST_NAME,
    MEGABYTE,
    FileKind,
    FileMissing,
    FolderStore,
    accept,
    clean_name,
)
from tests.factories.passport import HTML, JPEG, PDF, PNG, SVG, WORD, a_file, files_in

MACROS = WORD + b"....word/vbaProject.bin"
WORKBOOK = WORD.replace(b"word/document", b"xl/workbook")

TAKEN = [
    ("policy.pdf", PDF, FileKind.PDF),
    ("POLICY.PDF", PDF, FileKind.PDF),
    ("seal.png", PNG, FileKind.PNG),
    ("seal.jpg", JPEG, FileKind.JPEG),
    ("seal.jpeg", JPEG, FileKind.JPEG),
    ("letter.docx", WORD, FileKind.WORD),
]
REFUSED = [
    ("page.pdf", HTML, "named like a PDF but its content is something else"),
    ("picture.pdf", PNG, "named like a PDF but its content is something else"),
    ("certificate.png", PDF, "named like a PNG but its content is something else"),
    ("late.pdf", b"\n" + PDF, "named like a PDF but its content is something else"),
    ("book.docx", WORKBOOK, "named like a Word (.docx) but its content is something else"),
    ("archive.docx", b"PK\x03\x04 anything at all", "named like a Word (.docx) but its content is something else"),
    ("cut.png", PNG[:8] + bytes(40), "named like a PNG but its content is something else"),
    ("macros.docx", MACROS, "contains macros"),
    ("macros.docx", MACROS.replace(b"vbaProject", b"VBAPROJECT"), "contains macros"),
    ("drawing.svg", SVG, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    ("page.html", HTML, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    ("policy.pdf.exe", PDF, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    ("policy", PDF, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    (".pdf", PDF, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    ("letter.docm", MACROS, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
    ("empty.pdf", b"", "The file is empty"),
    ("", PDF, "Choose a file"),
    ("/", PDF, "Choose a file"),
]


@pytest.mark.parametrize(("name", "data", "kind"), TAKEN)
def test_a_file_is_taken_where_its_content_and_its_ending_agree(name: str, data: bytes, kind: FileKind) -> None:
    taken = a_file(name, data)
    assert (taken.kind, taken.name, taken.size) == (kind, name, len(data))
    assert taken.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("name", "data", "words"), REFUSED)
def test_a_file_is_refused_at_its_field_with_the_reason(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_file(name, data, field="certificate")
    assert words in refusal.value.errors["certificate"]


def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger() -> None:
    whole = PDF + bytes(MEGABYTE - len(PDF))
    assert a_file("large.pdf", whole, most_bytes=MEGABYTE).size == MEGABYTE
    with pytest.raises(Invalid, match="smaller than 1 MB"):
        a_file("large.pdf", whole + b"x", most_bytes=MEGABYTE)


class Endless(io.RawIOBase):
    """A body without an end; counts what was read of it."""

    def __init__(self) -> None:
        self.read_so_far = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.read_so_far += size
        return b"%PDF-" + bytes(size - 5)


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    endless = Endless()
    with pytest.raises(Invalid, match="smaller than"):
        accept(endless, name="endless.pdf", most_bytes=MEGABYTE)  # type: ignore[arg-type]  # a stream is what it is
    assert endless.read_so_far <= 2 * MEGABYTE


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\me\\certificate.pdf", "certificate.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_b__Set-Cookie_ x.pdf"),
        ("invoice\u202efdp.exe.pdf", "invoice_fdp.exe.pdf"),
        ("<script>.pdf", "_script_.pdf"),
        ("\0.pdf", "_.pdf"),
        ("Zeugnis für Zoë.pdf", "Zeugnis für Zoë.pdf"),
    ],
)
def test_a_name_is_never_a_path_and_ends_no_header(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@given(st.text(max_size=300))
def test_any_name_comes_out_short_printable_and_without_a_path(typed: str) -> None:
    kept = clean_name(typed)
    assert len(kept) <= LONGEST_NAME
    assert kept.isprintable()
    assert not set(kept) & set('/\\:*?"<>|\r\n')
    assert kept not in (".", "..")
    assert clean_name(kept) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name("x" * 400 + ".pdf").endswith("x.pdf")


def test_the_same_content_under_two_names_is_kept_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "files")
    for name in ("one.pdf", "two.pdf"):
        store.put(a_file(name))
    (kept,) = files_in(tmp_path / "files")
    assert kept.name == hashlib.sha256(PDF).hexdigest()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert store.get(kept.name) == PDF


def test_a_content_that_is_lost_or_damaged_is_not_handed_out(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    taken = a_file()
    with pytest.raises(FileMissing, match="cannot be found"):
        store.get(taken.sha256)
    store.put(taken)
    files_in(tmp_path)[0].chmod(0o600)
    files_in(tmp_path)[0].write_bytes(HTML)
    with pytest.raises(FileMissing, match="damaged"):
        store.get(taken.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_content_is_asked_for_by_its_hash_and_by_nothing_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        FolderStore(tmp_path).get(name)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("app.core.files.os.replace", full)
    with pytest.raises(OSError, match="no space"):
        FolderStore(tmp_path).put(a_file())
    assert files_in(tmp_path) == []


def test_evidence_may_be_no_csv_and_no_workbook() -> None:
    assert FileKind.CSV not in EVIDENCE
    assert FileKind.EXCEL not in EVIDENCE
