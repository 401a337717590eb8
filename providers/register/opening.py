"""A register file from bytes to rows of cells, whatever year and program wrote it, in bounded memory and time.

Nothing here knows what the columns mean. A file that is not text, is cut off, or is far larger than a register can be
is refused with a sentence that says what and where. Rows are numbered as a spreadsheet numbers them: a line break
inside quotes does not start a new row.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from app.core.errors import Invalid

MAX_BYTES = 32 * 1024 * 1024
"""A register file is at most this large; the one of 2025 is 1.8 MB."""
MAX_LINE = 200_000
"""Bytes between two line ends; the longest line of 2024 and 2025 has 1,137."""
MAX_ROWS = 60_000
"""Ten times the register of 2025."""
MAX_CELL = 5_000
MAX_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 1024 * 1024
_SIGNATURES = (
    (b"PK\x03\x04", "a zip file or an Excel workbook (.xlsx)"),
    (b"PK\x05\x06", "a zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text document"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is text: its bytes, the encoding that reads them, and its digest."""

    name: str
    data: bytes
    encoding: str
    sha256: str

    def rows(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number, from 1. Blank rows count and come out empty. Raises `Invalid` where the text is
        no table.
        """
        text = io.TextIOWrapper(io.BytesIO(self.data), encoding=self.encoding, newline="")
        number = 0
        try:
            for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1):
                if number > MAX_ROWS:
                    raise _broken(self.name, f"has more than {MAX_ROWS:,} rows, which no register has")
                if len(cells) > MAX_COLUMNS:
                    raise _broken(self.name, f"has {len(cells):,} columns at line {number:,}, which no register has")
                for column, cell in enumerate(cells, start=1):
                    if len(cell) > MAX_CELL:
                        raise _broken(
                            self.name, f"has a cell of {len(cell):,} characters at line {number:,}, column {column}"
                        )
                yield number, cells
        except csv.Error as error:
            raise _broken(self.name, f"stops being a table at line {number + 1:,}: {_quotes(error)}") from error

    def first_rows(self, delimiter: str, count: int) -> list[tuple[int, list[str]]]:
        """The first rows, as many as can be read: a wrong delimiter may make nonsense of later ones."""
        found: list[tuple[int, list[str]]] = []
        try:
            found.extend(islice(self.rows(delimiter), count))
        except Invalid:
            return found
        return found

    @property
    def ends_with_line_break(self) -> bool:
        big = self.encoding == "utf-16-be" or self.data.startswith(codecs.BOM_UTF16_BE)
        wide = "utf-16-be" if big else "utf-16-le" if self.encoding.startswith("utf-16") else self.encoding
        tail = self.data[-4:].decode(wide, errors="ignore")
        return tail.endswith(("\n", "\r"))


def open_register(source: Path | BinaryIO, name: str | None = None) -> Opened:
    """Read a file, or a stream of bytes, and find its encoding. Raises `Invalid` (field "file") naming what is wrong
    and where.
    """
    if isinstance(source, Path):
        name = name or source.name
        if source.is_dir():
            raise _broken(name, "is a folder, not a file")
        try:
            with source.open("rb") as stream:
                data = _read(stream, name)
        except FileNotFoundError as error:
            raise _broken(name, "is not there") from error
        except OSError as error:
            raise _broken(name, f"cannot be read ({error.strerror or 'input error'})") from error
    else:
        name = name or "The file"
        try:
            data = _read(source, name)
        except OSError as error:
            raise _broken(name, f"cannot be read ({error.strerror or 'input error'})") from error
    if not data.strip():
        raise _broken(name, "is empty")
    encoding = _encoding(data, name)
    return Opened(name, data, encoding, hashlib.sha256(data).hexdigest())


def _broken(name: str, what: str) -> Invalid:
    return Invalid(f"{name} {what}. Nothing was imported.", field="file")


def _read(stream: BinaryIO, name: str) -> bytes:
    chunks: list[bytes] = []
    size, lines, run = 0, 1, 0
    while chunk := stream.read(_CHUNK):
        if not chunks:
            for signature, words in _SIGNATURES:
                if chunk.startswith(signature):
                    raise _broken(name, f"is {words}, not a CSV file: save it as CSV and try again")
            if _MARKUP.match(chunk):
                raise _broken(name, "is a web page, not a CSV file")
        for piece in re.split(rb"(\r\n|\n|\r)", chunk):
            if piece in (b"\n", b"\r", b"\r\n"):
                lines, run = lines + 1, 0
                continue
            run += len(piece)
            if run > MAX_LINE:
                raise _broken(name, f"has a line of more than {MAX_LINE:,} bytes at text line {lines:,}")
        size += len(chunk)
        if size > MAX_BYTES:
            raise _broken(name, f"is larger than {MAX_BYTES // 1024 // 1024} MB, which no register is")
        chunks.append(chunk)
    return b"".join(chunks)


def _encoding(data: bytes, name: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(data, "utf-16", name)
    sample = data[:4096]
    pairs = len(sample) // 2
    if pairs and sample[1::2].count(0) > 0.6 * pairs:
        return _decodes(data, "utf-16-le", name)
    if pairs and sample[0::2].count(0) > 0.6 * pairs:
        return _decodes(data, "utf-16-be", name)
    if found := _CONTROL.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        what = "zero bytes" if found.group() == b"\0" else "control characters"
        raise _broken(name, f"is not a text file: it has {what} at text line {line:,}")
    try:
        data.decode("utf-8")
        return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        marked = data.startswith(codecs.BOM_UTF8)
        if error.reason == "unexpected end of data" and (marked or any(byte > 127 for byte in data[: error.start])):
            raise _broken(name, f"is cut off in the middle of a letter at text line {line:,}") from error
        if marked:
            raise _broken(name, f"says it is UTF-8 but is not at text line {line:,}") from error
    return _decodes(data, "cp1252", name)


def _decodes(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _broken(name, f"is in no encoding that we know: see text line {line:,}") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _broken(name, f"is not a text file: it has zero bytes at text line {line:,}")
    return encoding


def _quotes(error: csv.Error) -> str:
    words = str(error)
    if "unexpected end of data" in words:
        return "a quotation mark is opened and never closed, so the file may be cut off"
    if "field larger than" in words:
        return "a quotation mark is opened and not closed for a very long way"
    return words
