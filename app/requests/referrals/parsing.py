"""The files that a case system sends, read into one shape: JSON as it is described in `README.md`, CSV in two layouts.

Nothing is trusted: sizes, depth, numbers of fields and characters are bounded, and a name that occurs twice is a fault.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import Invalid

MOST_BYTES = 1024 * 1024
MOST_ROWS = 2_000
MOST_CHILDREN = 12
ENCODINGS = ("utf-8-sig", "cp1252")
"""In this order: what is not UTF-8 comes from an older Windows program."""

FORMAT = "homeward-referral-1"
_CSV_HEAD = ("field", "value")
_TOP = ("format", "child", "children", "answers")


@dataclass(frozen=True)
class Cell:
    """One value of a file: where it stands in it, for people, and what it is."""

    where: str
    value: Any


@dataclass
class ChildCells:
    """What a file says of one child: who they are, and the answers that are about them alone."""

    identity: dict[str, Cell] = field(default_factory=dict)
    answers: dict[str, Cell] = field(default_factory=dict)


@dataclass
class Parsed:
    """A file taken apart: its children, the answers of the whole request, and faults of its structure as (where, name,
    value, message).
    """

    children: list[ChildCells] = field(default_factory=list)
    answers: dict[str, Cell] = field(default_factory=dict)
    faults: list[tuple[str, str, str, str]] = field(default_factory=list)

    def child(self, number: int) -> ChildCells:
        """The cells of a child, counted from 1."""
        while len(self.children) < number:
            self.children.append(ChildCells())
        return self.children[number - 1]


def decoded(data: bytes) -> str:
    """The text of a file. Invalid where it is too large or in no encoding that we read."""
    if len(data) > MOST_BYTES:
        raise Invalid("The file must be smaller than 1 MB", field="file")
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid("The file is not text. Save it as JSON or as CSV UTF-8", field="file")


def parse(text: str) -> Parsed:
    """A JSON or CSV file: what begins with a brace is JSON. Invalid at `file` where nothing of it can be read."""
    if not text.strip():
        raise Invalid("The file is empty", field="file")
    return _json(text) if text.lstrip()[0] in "{[" else _csv(text)


def parse_document(document: object) -> Parsed:
    """A referral that was JSON and is read already. Invalid where it is not one object."""
    if not isinstance(document, dict):
        raise Invalid("A file holds one referral: an object with “child” and “answers”", field="file")
    parsed = Parsed()
    for name, value in document.items():
        if name not in _TOP:
            parsed.faults.append((name, name, shown(value), "There is nothing of this name in a referral"))
    if document.get("format", FORMAT) != FORMAT:
        said = shown(document["format"])
        parsed.faults.append(("format", "format", said, f"The format must be {FORMAT}"))
    if "child" in document and "children" in document:
        message = "Give either “child” or “children”, not both"
        parsed.faults.append(("children", "children", "", message))
    given = document.get("children", [document["child"]] if "child" in document else [])
    base = "children" if "children" in document else "child"
    if not isinstance(given, list) or len(given) > MOST_CHILDREN:
        parsed.faults.append((base, base, "", f"This must be a list of at most {MOST_CHILDREN} children"))
        given = []
    for number, one in enumerate(given, start=1):
        where = f"children[{number}]" if base == "children" else "child"
        _json_child(parsed, parsed.child(number), one, where)
    _into(parsed, parsed.answers, document.get("answers", {}), "answers")
    return parsed


def _json_child(parsed: Parsed, child: ChildCells, given: object, where: str) -> None:
    if not isinstance(given, dict):
        parsed.faults.append((where, where, shown(given), "A child is an object with a reference or a name"))
        return
    for name, value in given.items():
        if name == "answers":
            _into(parsed, child.answers, value, f"{where}.answers")
        else:
            child.identity[name] = Cell(f"{where}.{name}", value)


def _into(parsed: Parsed, cells: dict[str, Cell], given: object, where: str) -> None:
    if not isinstance(given, dict):
        parsed.faults.append((where, where, shown(given), "This must be an object of answers by name"))
        return
    for name, value in given.items():
        cells[name] = Cell(f"{where}.{name}", value)


def _json(text: str) -> Parsed:
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else [])
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        message = (
            f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        )
        raise Invalid(message, field="file") from None
    except (RecursionError, ValueError):
        raise Invalid("The file is not JSON that can be read", field="file") from None
    parsed = parse_document(document)
    parsed.faults += [(name, name, "", "This name occurs more than once: the last one was taken") for name in twice]
    return parsed


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _csv(text: str) -> Parsed:
    first = text.lstrip().splitlines()[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if len(rows) > MOST_ROWS:
                raise Invalid(f"The file must have {MOST_ROWS:,} lines or fewer", field="file")
    except csv.Error as error:
        raise Invalid(f"The file is not CSV: line {reader.line_num}: {error}", field="file") from None
    head = [cell.strip() for cell in rows[0][1]]
    if tuple(cell.casefold() for cell in head if cell) == _CSV_HEAD:
        return _from_pairs((f"line {line}", cells) for line, cells in rows[1:])
    if len(rows) != 2:
        raise Invalid(
            "A CSV file has either the two columns “field” and “value”, or a line of headings and one line of values "
            f"under it. This one has {len(rows)} lines and {len(head)} columns",
            field="file",
        )
    line, values = rows[1]
    parsed = _from_pairs(
        (f"line {line}, column {name}", [name, value]) for name, value in zip(head, values, strict=False)
    )
    if len(values) != len(head):
        message = f"There are {len(head)} headings and {len(values)} values"
        parsed.faults.append((f"line {line}", f"line {line}", "", message))
    return parsed


def _from_pairs(pairs: Iterable[tuple[str, list[str]]]) -> Parsed:
    """Names and values. `child.given_name` is of the first child, `child.2.given_name` of the second,
    `child.2.answers.NAME` an answer about the second alone; any other name is an answer of the request.
    """
    parsed = Parsed()
    for where, cells in pairs:
        name = cells[0].strip() if cells else ""
        value = cells[1] if len(cells) > 1 else ""
        if not name and not value.strip():
            continue
        if len([cell for cell in cells if cell.strip()]) > 2:
            parsed.faults.append((where, name, shown(value), "This line has more than a name and a value"))
        place, short = _place_of(parsed, name)
        if short in place:
            parsed.faults.append((where, name, shown(value), f"This name was on {place[short].where} already"))
            continue
        if value.strip():
            place[short] = Cell(where, value.strip())
    return parsed


def _place_of(parsed: Parsed, name: str) -> tuple[dict[str, Cell], str]:
    parts = name.split(".")
    if parts[0] != "child" or len(parts) < 2:
        return parsed.answers, name
    rest = parts[1:]
    number = 1
    if rest[0].isascii() and rest[0].isdigit() and 1 <= int(rest[0][:4]) <= MOST_CHILDREN and len(rest) > 1:
        number, rest = int(rest[0]), rest[1:]
    child = parsed.child(number)
    if rest[0] == "answers" and len(rest) > 1:
        return child.answers, ".".join(rest[1:])
    return child.identity, ".".join(rest)


def shown(value: object) -> str:
    """A value as a message repeats it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
