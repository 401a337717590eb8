"""The format of a referral's file, said in words and as an empty file: made from the form's definition, so that it is
never behind it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.requests.form import Audience, FieldDefinition, FormDefinition
from app.requests.referrals.parsing import FORMAT
from app.requests.referrals.reading import REFERENCE, child_fields

KIND_WORDS: Mapping[str, str] = {
    "text": "Text",
    "textarea": "Text, several lines",
    "date": "A date, like 2027-03-27 or 27/3/2027",
    "number": "A whole number",
    "radios": "One of the codes, or its words",
    "select": "One of the codes, or its words",
    "checkboxes": "Any of the codes or their words: a list, or in CSV with ; between them",
    "picks": "Any of the codes or their words: a list, or in CSV with ; between them",
    "postcode": "A full postcode",
    "rows": "Several lines: a list of objects with the names below",
}
SEEN_BY: Mapping[Audience, str] = {
    Audience.INVITED: "every provider invited",
    Audience.SHORTLISTED: "shortlisted providers",
    Audience.AWARDED: "the provider awarded the placement",
    Audience.BOROUGH: "nobody outside the council",
}


@dataclass(frozen=True)
class FormatLine:
    """One name that a file may hold. `codes` are the first of its codes with their words, `more` how many there are
    besides.
    """

    name: str
    label: str
    what: str
    codes: tuple[tuple[str, str], ...]
    more: int
    notes: str


MOST_CODES = 40
"""A longer list of codes is named by its first one: its words are taken too."""


def lines_of(definition: FormDefinition) -> list[tuple[str, list[FormatLine]]]:
    """Every name, under the titles of the form's sections; the child's record comes first."""
    child = [FormatLine(f"child.{REFERENCE}", "Reference of a child who is recorded already", "Text", (), 0, "")]
    child += [_line(one, f"child.{one.name}", {}) for one in child_fields()]
    labels = {one.name: one for one in definition.fields}
    found = [("The child", child)]
    for section in definition.sections:
        lines: list[FormatLine] = []
        for one in section.fields:
            lines.append(_line(one, one.name, labels))
            columns = {column.name: column for column in one.columns}
            lines += [_line(column, f"{one.name}.1.{column.name}", columns) for column in one.columns]
        found.append((f"{section.title}, of each child" if section.per_child else section.title, lines))
    return found


def _line(one: FieldDefinition, name: str, labels: Mapping[str, FieldDefinition]) -> FormatLine:
    codes = tuple((choice[0], choice[1]) for choice in one.choices[:MOST_CODES])
    more = len(one.choices) - len(codes)
    return FormatLine(name, one.label, what_of(one), codes, more, " ".join(notes_of(one, labels)))


def codes_of(one: FieldDefinition) -> str:
    """The codes with their words, or of a long list the first."""
    listed = "; ".join(f"{choice[0]}: {choice[1]}" for choice in one.choices[:MOST_CODES])
    more = len(one.choices) - MOST_CODES
    return f"{listed}; and {more} more" if more > 0 else listed


def what_of(one: FieldDefinition) -> str:
    """What an answer of this kind is. A kind that is not known here is text."""
    return KIND_WORDS.get(one.kind, "Text")


def notes_of(one: FieldDefinition, labels: Mapping[str, FieldDefinition]) -> list[str]:
    """When it is asked, how long it may be and who sees it."""
    notes = asked_when(one, labels)
    if not notes and one.required:
        notes.append("Needed before the request can be submitted.")
    if one.kind == "number":
        notes.append(f"From {one.least:,} to {one.most:,}.")
    if one.kind == "rows":
        notes.append(f"At most {one.most_rows} lines. In CSV the number of the line stands in the name.")
    if one.max_length:
        notes.append(f"At most {one.max_length:,} characters.")
    if one.pattern_says:
        notes.append(f"{one.pattern_says[:1].upper()}{one.pattern_says[1:]}.")
    notes.append(f"Seen by {SEEN_BY[one.audience]}.")
    return notes


def asked_when(one: FieldDefinition, labels: Mapping[str, FieldDefinition]) -> list[str]:
    """Each condition under which a field is asked, as a sentence."""
    said = []
    for when in one.conditions:
        other = labels.get(when.field)
        if other is not None:
            wanted = " or ".join(other.words(answer) for answer in when.answers)
            said.append(f"Asked only when “{other.label}” is {wanted}; otherwise leave it out.")
    return said


def empty_csv(definition: FormDefinition) -> bytes:
    """A file of two columns with every name and no value, with a mark that spreadsheets need to read UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("field", "value"))
    for _, lines in lines_of(definition):
        writer.writerows((line.name, "") for line in lines if line.what != KIND_WORDS["rows"])
    return out.getvalue().encode("utf-8-sig")


def empty_json(definition: FormDefinition) -> bytes:
    """A file with every name and no value."""
    document = {
        "format": FORMAT,
        "child": {REFERENCE: None, **{one.name: None for one in child_fields()}},
        "answers": {one.name: _empty(one) for one in definition.fields},
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _empty(one: FieldDefinition) -> object:
    if one.kind == "rows":
        return [{column.name: _empty(column) for column in one.columns}]
    return [] if one.takes_several else None
