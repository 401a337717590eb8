"""Pointing at what clearly identifies a child in free text. Pure: a text and what the form knows, to places in it.

It points at the child's own names in any case, full postcodes, telephone numbers other than national helplines, e-mail
addresses, NHS numbers whose check digit fits, pupil numbers, the child's date of birth in any usual form, the school
that the form names, whatever is written like a school's name, and a name behind a title or a relation. A person decides
on each: the text is edited, or marked as identifying nobody with a reason. Names that only a reader would know as such
are left to the reader of the preview.
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
    FindingKind.SCHOOL: "a school",
    FindingKind.NAME: "a name",
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
_SHORTEST_NICKNAME = 4
_CAPITAL = r"[A-Z\u00c0-\u00de][\w'’-]*[a-z\u00df-\u00ff]"
_TITLED = re.compile(
    r"\b(?:mr|mrs|ms|miss|mx|dr|doctor|pc|judge|aunt|auntie|aunty|uncle|nan|nana|nanny|gran|grandma|granny|grandad|"
    r"grandpa|cousin|sister|brother|step-?(?:father|mother|dad|mum)|social worker|teacher|carer|friend)\.?\s+"
    rf"(?-i:(?P<name>{_CAPITAL}(?:\s+{_CAPITAL})?))",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    rf"(?:{_CAPITAL}\s+){{1,4}}(?:School|Academy|College|Nursery|Primary|Secondary|Grammar|Infants|Juniors)\b"
)
_EVERYDAY = """a an any at attends boarding every from her his in independent local mainstream my new no our
    residential special state summer sunday that their this to weekly"""
_NOT_A_SCHOOLS_NAME = _GENERIC | set(_EVERYDAY.split())
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
        (FindingKind.SCHOOL, (*_phrases(text, _school_phrases(known.schools)), *_written_like_schools(text))),
        (FindingKind.NAME, (*_phrases(text, _name_phrases(known.names)), *_titled(text), *_nicknames(text, known))),
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


def _written_like_schools(text: str) -> Iterator[tuple[int, int]]:
    """Capitalised words before "Academy" and the like, unless every one of them says nothing ("His Primary School")."""
    for match in _SCHOOL.finditer(text):
        words = list(re.finditer(r"\S+", match[0]))
        while words and words[0][0].casefold() in _NOT_A_SCHOOLS_NAME:
            words.pop(0)
        if any(word[0].casefold() not in _NOT_A_SCHOOLS_NAME for word in words):
            yield match.start() + words[0].start(), match.end()


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """The name in "Aunt Deborah Marsh" or "Mr Pretend": the core only, without title or relation."""
    return (match.span("name") for match in _TITLED.finditer(text))


def _nicknames(text: str, known: KnownNames) -> Iterator[tuple[int, int]]:
    """The beginning of one of the child's names, written with a capital: Zach of Zachary."""
    names = {word for name in known.names for word, _, _ in _words(name)}
    for word, start, end in _words(text):
        if (
            len(word) >= _SHORTEST_NICKNAME
            and text[start].isupper()
            and any(name.startswith(word) and name != word for name in names)
        ):
            yield start, end


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
