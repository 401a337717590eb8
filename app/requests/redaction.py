"""Pointing at what clearly identifies a child in free text. Pure: a text and what the form knows, to places in it.

It points at the child's own names in any case, full postcodes, telephone numbers other than national helplines, e-mail
addresses, NHS numbers whose check digit fits, pupil numbers, the child's date of birth in any usual form, and the
school that the form names. A person decides on each: the text is edited, or marked as identifying nobody with a reason.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What was pointed at. In order of who wins where two overlap."""

    EMAIL = "email"
    DATE_OF_BIRTH = "date_of_birth"
    IDENTIFIER = "identifier"
    PHONE = "phone"
    POSTCODE = "postcode"
    SCHOOL = "school"
    NAME = "name"


FINDING_WORDS = {
    FindingKind.EMAIL: "an email address",
    FindingKind.DATE_OF_BIRTH: "the child's date of birth",
    FindingKind.IDENTIFIER: "an NHS or pupil number",
    FindingKind.PHONE: "a telephone number",
    FindingKind.POSTCODE: "a full postcode",
    FindingKind.SCHOOL: "the child's school",
    FindingKind.NAME: "the child's name",
}


@dataclass(frozen=True)
class KnownNames:
    """What the record and the form know of the child: names, schools and the date of birth."""

    names: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    date_of_birth: dt.date | None = None


@dataclass(frozen=True, order=True)
class Finding:
    """Something that identifies, from `start` up to and without `end` in the text."""

    start: int
    end: int
    kind: FindingKind


HELPLINES = frozenset(
    {"08001111", "08088005000", "08082000247", "08088002222", "03001236600", "08001691", "116123", "116000", "116111"}
)
"""Childline, NSPCC, Domestic Abuse, Family Lives, Talk to Frank, Samaritans, Missing People: numbers of nobody."""

_EMAIL = re.compile(r"[\w.+%'-]+@\w[\w-]*(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?<![\w+])(?:\+\s?44[\s.-]*(?:\(0\)[\s.-]*)?|0044[\s.-]*|\(?0)[0-9](?:[\s().-]{0,2}[0-9]){7,10}(?!\w)"
)
_POSTCODE = re.compile(
    r"(?<![^\W_])[A-Z]{1,2}[0-9][A-Z0-9]?[ \t]{0,2}[0-9][ABD-HJLNP-UW-Z]{2}(?![^\W_])", re.IGNORECASE
)
_NHS = re.compile(r"(?<!\w)[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}(?!\w)")
_UPN = re.compile(r"(?<!\w)[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z](?!\w)", re.IGNORECASE)
_GENERIC = {
    "school",
    "academy",
    "college",
    "nursery",
    "primary",
    "secondary",
    "infant",
    "infants",
    "junior",
    "the",
    "high",
}
_SHORTEST_SCHOOL = 4
_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)


def find_identifying(text: str, known: KnownNames) -> list[Finding]:
    """Every place in the text that identifies, in order, none inside another."""
    found: list[Finding] = []
    for kind, spans in (
        (FindingKind.EMAIL, _spans(_EMAIL, text)),
        (FindingKind.DATE_OF_BIRTH, _births(text, known.date_of_birth)),
        (FindingKind.IDENTIFIER, (*_spans(_UPN, text), *_nhs_numbers(text))),
        (FindingKind.PHONE, _phones(text)),
        (FindingKind.POSTCODE, _spans(_POSTCODE, text)),
        (FindingKind.SCHOOL, _phrases(text, _school_phrases(known.schools))),
        (FindingKind.NAME, _phrases(text, _name_phrases(known.names))),
    ):
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if all(end <= one.start or one.end <= start for one in found):
                found.append(Finding(start, end, kind))
    return sorted(found)


def passes_nhs_check(digits: str) -> bool:
    """Whether ten digits are an NHS number: weights 10 to 2, modulus 11, the last digit being the check digit."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return (0 if check == 11 else check) == int(digits[9])


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(text))


def _nhs_numbers(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _NHS.finditer(text) if passes_nhs_check(re.sub(r"[ \-]", "", match[0])))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(text):
        digits = (
            re.sub(r"\(0\)|[^0-9]", "", match[0]) if match[0].lstrip().startswith("+") else re.sub(r"\D", "", match[0])
        )
        digits = re.sub(r"^(?:0044|44)", "0", digits)
        if 10 <= len(digits) <= 11 and digits not in HELPLINES:
            yield match.span()


def _births(text: str, born: dt.date | None) -> Iterator[tuple[int, int]]:
    if born is None:
        return
    day, month, gap = f"0?{born.day}", f"0?{born.month}", r"[\s]*[/.\-\u2010-\u2013\s][\s]*"
    year = rf"(?:{born.year}|['’]?{born.year % 100:02})"
    name = _MONTHS[born.month - 1]
    word = rf"{name[:3]}(?:{name[3:]}|t)?\.?" if len(name) > 3 else name
    nth = r"(?:st|nd|rd|th)?"
    for form in (
        rf"{day}{gap}{month}{gap}{year}",
        rf"{born.year}{gap}{month}{gap}{day}",
        rf"{day}{nth}[\s\-/.]*(?:day\s+)?(?:of\s+)?{word}[\s,\-/.]*{year}",
        rf"{word}\s+(?:the\s+)?{day}{nth}[\s,]+{year}",
    ):
        yield from _spans(re.compile(rf"(?<!\w){form}(?!\w)", re.IGNORECASE), text)


def _name_phrases(names: Iterable[str]) -> set[tuple[str, ...]]:
    """Each whole name and each part of it with two letters or more."""
    phrases: set[tuple[str, ...]] = set()
    for name in names:
        words = tuple(word for word, _, _ in _words(name))
        if words:
            phrases.add(words)
        phrases.update((word,) for word in words if len(word) > 1)
    return phrases


def _school_phrases(schools: Iterable[str]) -> set[tuple[str, ...]]:
    """A school's whole name, and what is left of it without words that any school has."""
    phrases: set[tuple[str, ...]] = set()
    for school in schools:
        words = [word for word, _, _ in _words(school)]
        while words and words[0] == "the":
            words.pop(0)
        while words:
            if len("".join(words)) >= _SHORTEST_SCHOOL and not set(words) <= _GENERIC:
                phrases.add(tuple(words))
            if words[-1] not in _GENERIC:
                break
            words.pop()
    return phrases


def _phrases(text: str, phrases: set[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    words = list(_words(text))
    for at in range(len(words)):
        for phrase in phrases:
            these = words[at : at + len(phrase)]
            if tuple(word for word, _, _ in these) == phrase:
                yield these[0][1], these[-1][2]


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Words without case and accents, with where they stand. An apostrophe is part of O'Brien; a possessive is not."""
    for match in re.finditer(r"[^\W_]+(?:['’ʼ][^\W_]+)*", text):
        start, end = match.span()
        word = match[0]
        possessive = re.search(r"['’ʼ][sS]$", word)
        if possessive:
            word, end = word[: possessive.start()], start + possessive.start()
        folded = unicodedata.normalize("NFKD", word.casefold())
        yield re.sub(r"[\u0300-\u036f'’ʼ]", "", folded), start, end
