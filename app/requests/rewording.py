"""Taking words out of a text or putting more general ones in their place: pure, on the characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

AROUND = 160
_ENDS = ".!?\n"
_CLOSE = ".,;:!?)"

P = TypeVar("P", bound="Place")


@dataclass(frozen=True)
class Place:
    """From `start` up to and without `end` in a text."""

    start: int
    end: int


def without(text: str, start: int, end: int) -> str:
    """The text without the words at a place, and without the gap that they would leave."""
    before, after = text[:start], text[end:]
    if after[:2] in ("'s", "’s"):  # nobody's "carer" is left, not "'s carer"
        after = after[2:]
    if before[-1:] == "(" and after[:1] == ")":  # nor empty brackets
        before, after = before[:-1], after[1:]
    if before.rstrip(" ")[-1:] == "," and after[:1] in _CLOSE:  # nor two marks in a row
        before = before.rstrip(" ,")
    if not before.strip() or before[-1:] in " \n(":
        after = after.lstrip(" ")
    if after[:1] in _CLOSE:
        before = before.rstrip(" ")
    if not before.strip() or before.rstrip(" ")[-1:] in _ENDS:
        after = after.lstrip(" ,;:")
        before = before if not after or before[-1:] in ("", " ", "\n") else f"{before} "
        after = after[:1].upper() + after[1:]
    return (before + after).strip()


def instead(text: str, start: int, end: int, words: str) -> str:
    """The text with other words at a place; they begin with a capital where a sentence does."""
    before = text[:start]
    if not before.strip() or before.rstrip(" ")[-1:] in _ENDS:
        words = words[:1].upper() + words[1:]
    return before + words + text[end:]


def sentence(text: str, start: int, end: int) -> str:
    """The sentence around a place, or as much of a long one as can be read at a glance."""
    first = max((text.rfind(letter, 0, start) for letter in _ENDS), default=-1) + 1
    ends = [at for letter in _ENDS if (at := text.find(letter, end)) >= 0]
    last = min(ends) + 1 if ends else len(text)
    low, high = max(first, start - AROUND), min(last, end + AROUND)
    return ("…" if low > first else "") + text[low:high].strip() + ("…" if high < last else "")


def where_changed(before: str, after: str) -> int:
    """Where two wordings begin to differ."""
    same = (one == other for one, other in zip(before, after, strict=False))
    return next((at for at, is_same in enumerate(same) if not is_same), min(len(before), len(after)))


def in_pieces(text: str, places: Iterable[P]) -> list[tuple[str, P | None]]:
    """The text cut at places that do not overlap, each piece with its place or none."""
    pieces: list[tuple[str, P | None]] = []
    at = 0
    for place in sorted(places, key=lambda one: one.start):
        if place.start > at:
            pieces.append((text[at : place.start], None))
        pieces.append((text[place.start : place.end], place))
        at = place.end
    return [*pieces, (text[at:], None)] if at < len(text) or not pieces else pieces


def from_the_end(places: Sequence[P]) -> list[P]:
    """Places in the order in which they can be changed without moving those still to come."""
    return sorted(places, key=lambda one: one.start, reverse=True)
