"""Cells of a spreadsheet: text that no spreadsheet takes for a formula, and back again."""

from __future__ import annotations

from typing import TypeAlias

Cell: TypeAlias = str | int | None

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "'"


def begins_a_formula(text: str) -> bool:
    """Whether a spreadsheet would run this text instead of showing it."""
    return text.lstrip(" ").startswith(BEGINS_A_FORMULA)


def safe_cell(value: Cell) -> str:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe. Numbers stay."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return f"{_MARK}{value}" if begins_a_formula(value) else value


def marked(text: str) -> str:
    """As `safe_cell`, for a cell that is to come back: text that begins with an apostrophe of its own gets one too, so
    that `unmarked` gives every text back as it was.
    """
    return f"{_MARK}{text}" if begins_a_formula(text) or text.startswith(_MARK) else text


def unmarked(text: str) -> str:
    """The text behind a marked cell; text that nobody marked stays as it is."""
    rest = text.removeprefix(_MARK)
    return rest if rest != text and (begins_a_formula(rest) or rest.startswith(_MARK)) else text
