"""One cell at a time: what a date, a grade, a postcode or a name may look like, what is unknown, and what is junk.

`Junk` marks an optional cell that says nothing (it becomes unknown, with a warning); `Bad` one for which its row is
rejected.
"""

from __future__ import annotations

import datetime as dt
import re

from app.core.geography import normalise_postcode
from providers.register.models import MAX_PLACES
from providers.register.status import (
    GRADE_LABELS,
    OUTCOME_LABELS,
    UNGRADED_LABELS,
    EventType,
    Grade,
    SupportedOutcome,
    fold,
)

OLDEST = dt.date(1948, 1, 1)
"""Local authority children's departments date from the Children Act 1948; a spreadsheet's zero dates lie before."""

_UNKNOWN = frozenset({"", "redacted", "-", "–", "n/a", "z", ":", ".."})
_NO_NAME = frozenset({"null", "none", "nan", "unknown", "#n/a", "#ref!", "#value!", "undefined"})
_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T][\d:.]+)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T][\d:.]+Z?)?")
_WORD_DATE = re.compile(r"(\d{1,2})[ \-]([A-Za-z]{3,9})[ \-,]+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = frozenset({"y", "yes", "true", "short breaks only", "short break only", "short break only childrens home",
                  "multi building childrens home"})  # fmt: skip
_NO = frozenset({"", "n", "no", "false", "not applicable"})


class Junk(Exception):
    """An optional cell that says nothing."""


class Bad(Exception):
    """A cell for which its row is rejected. The message says what was expected."""


def tidy(cell: str) -> str:
    """A cell without spaces round it or doubled within, line breaks included."""
    return " ".join(cell.split())


def is_unknown(cell: str) -> bool:
    return cell.casefold() in _UNKNOWN


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run this cell instead of showing it."""
    return cell[:1] in "=@" if len(cell) > 1 else False


def text(cell: str, limit: int) -> str | None:
    """Free text, or None where unknown. Raises Junk for what is no name: a number, a date, NULL, or more than `limit`
    characters.
    """
    if is_unknown(cell):
        return None
    if cell.casefold() in _NO_NAME or not any(letter.isalpha() for letter in cell) or len(cell) > limit:
        raise Junk
    return cell


def address_line(cell: str, limit: int) -> str | None:
    """As `text`, but a house number alone is an address line."""
    if is_unknown(cell):
        return None
    if cell.casefold() in _NO_NAME or len(cell) > limit:
        raise Junk
    return cell


def whole_number(cell: str) -> int | None:
    """A count from 0 to 32,767, or None where unknown. Raises Junk for anything else."""
    if is_unknown(cell):
        return None
    match = re.fullmatch(r"([0-9]{1,6})(?:\.0+)?", cell.replace(",", ""), re.ASCII)
    if match is None or int(match[1]) > MAX_PLACES:
        raise Junk
    return int(match[1])


def school_urn(cell: str) -> str | None:
    """A school's URN, 6 digits kept as text. Raises Junk for anything else."""
    if is_unknown(cell):
        return None
    if not re.fullmatch(r"[0-9]{6}", cell):
        raise Junk
    return cell


def postcode(cell: str) -> str | None:
    """A full postcode, or None where unknown. Raises Junk for what has not the form of one."""
    if is_unknown(cell):
        return None
    found = normalise_postcode(cell) if len(cell) <= 12 else None
    if found is None:
        raise Junk
    return found


def yes_or_no(cell: str) -> bool:
    """A tick: empty is no. Raises Junk for words that are neither."""
    folded = fold(cell)
    if folded in _YES:
        return True
    if folded in _NO or is_unknown(cell):
        return False
    raise Junk


def date(cell: str) -> dt.date | None:
    """A date (25/06/2020, 2020-06-25, 25 June 2020), or None where unknown. Raises Bad for anything else.

    A spreadsheet's zero dates (03/01/1900) come out as they are; the caller decides what a date before `OLDEST` means.
    """
    if is_unknown(cell):
        return None
    if match := _DATE.fullmatch(cell):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    elif match := _ISO_DATE.fullmatch(cell):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif (match := _WORD_DATE.fullmatch(cell)) and match[2][:3].lower() in _MONTHS:
        day, month, year = int(match[1]), _MONTHS.index(match[2][:3].lower()) + 1, int(match[3])
    else:
        raise Bad("is not a date such as 31/03/2025")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Bad("is not a day in the calendar") from None


def grade(cell: str) -> Grade | None:
    """A grade by its label, or None where empty or where the label says that there is none. Raises Bad for an unknown
    label.
    """
    if is_unknown(cell):
        return None
    folded = fold(cell)
    if folded in UNGRADED_LABELS:
        return None
    if folded not in GRADE_LABELS:
        raise Bad("is not a grade that we know")
    return GRADE_LABELS[folded]


def supported_outcome(cell: str) -> SupportedOutcome | None:
    """An outcome of supported accommodation by how its label begins, or None where empty. Raises Bad for an unknown
    label.
    """
    if is_unknown(cell):
        return None
    folded = fold(cell)
    if folded in UNGRADED_LABELS:
        return None
    for label, outcome in OUTCOME_LABELS.items():
        if folded == label or folded.startswith(f"{label} "):
            return outcome
    raise Bad("is not an outcome of supported accommodation that we know")


def event_type(cell: str) -> EventType:
    """The kind of visit by the first word of its label; OTHER for a kind nobody here knows, which is never scored."""
    folded = fold(cell)
    if "monitoring" in folded:
        return EventType.MONITORING
    if "assurance" in folded:
        return EventType.ASSURANCE
    if "interim" in folded:
        return EventType.INTERIM
    if folded in {"full inspection", "full", "full inspection first", "inspection full", "standard inspection"}:
        return EventType.FULL
    return EventType.OTHER
