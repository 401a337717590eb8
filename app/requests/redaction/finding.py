"""One text to its findings: every kind looks by itself, then each place goes to the kind that comes first."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence

from app.requests.redaction.ages import ages
from app.requests.redaction.births import births
from app.requests.redaction.kinds import Finding, FindingKind, Known
from app.requests.redaction.known import known_forms, known_places
from app.requests.redaction.lexicon import lexicon
from app.requests.redaction.numbers import emails, identifiers, phones, postcodes
from app.requests.redaction.people import People
from app.requests.redaction.places import Places, websites
from app.requests.redaction.rare import rare_traits
from app.requests.redaction.text import Word, fold, words_of
from app.requests.redaction.venues import Venues

_ORDER = {kind: place for place, kind in enumerate(FindingKind)}


def find(text: str, known: Known) -> list[Finding]:
    """Every place that identifies, in order and apart from each other."""
    lists = lexicon()
    taken = _apart(
        [
            *emails(text), *births(text, known.births, lists), *ages(text), *identifiers(text, lists), *phones(text), *postcodes(text),
            *websites(text),
        ]
    )  # fmt: skip
    words = words_of(text)
    _take(words, taken)
    places = [*Places(text, words, lists).found(), *known_places(words, known, lists)]
    found = _apart([*taken, *_longest(places)])
    _take(words, found)
    found = _apart([*found, *_longest([*found, *Venues(text, words, lists, found).found()])])
    _take(words, found)
    found = _apart([*found, *People(text, words, lists, known_forms(known)).found()])
    found = _told_apart(text, found)
    return sorted([*found, *_cut(text, rare_traits(text), found)])


_PLACES = (FindingKind.SCHOOL, FindingKind.ADDRESS)
_SCHOOL_BEFORE = re.compile(
    r"\b(?:schools?|sch|head ?teacher of|head of|pupils? of|teach(?:es)? at)\b(?: is)?[ :(\"“-]{1,3}$", re.IGNORECASE
)
_HOLY = re.compile(r"(?:masjid|mosque|mandir|gurdwara|shrine|temple|rccg|mfm)\b", re.IGNORECASE)
_HOLY_BEFORE = re.compile(
    r"\b(?:masjid|mosque|mandir|gurdwara|shrine|temple|church|rccg|mfm)[ :(]{1,3}$", re.IGNORECASE
)


def _told_apart(text: str, found: list[Finding]) -> list[Finding]:
    """What the text says elsewhere of a place tells its kind; a capital "The", and "Girls" and "Boys", are part of it."""
    begins: dict[str, FindingKind] = {}
    for one in found:
        words = fold(text[one.start : one.end].removeprefix("The ")).split()
        if one.kind in _PLACES and len(words) > 1 and words[0].isalpha():
            begins[words[0].removesuffix("s")] = one.kind
    kept: list[Finding] = []
    for place, one in enumerate(found):
        start, end, kind = one.start, one.end, one.kind
        most = found[place + 1].start if place + 1 < len(found) else len(text)
        said, before = text[start:end], text[max(0, start - 24) : start]
        if kind in (FindingKind.NAME, FindingKind.ADDRESS):
            same = begins.get(fold(said).removesuffix("s")) if " " not in said else None
            if _HOLY_BEFORE.search(before) or _HOLY.match(said):
                kind = FindingKind.ADDRESS
            elif _SCHOOL_BEFORE.search(before) and said[0].isupper():
                kind = FindingKind.SCHOOL
            elif same is not None and not (
                kind is FindingKind.NAME and text[max(0, start - 4) : start].endswith(("Mr ", "Ms ", "rs "))
            ):
                kind = same if kind is FindingKind.ADDRESS or one.kind is FindingKind.NAME else kind
        if kind in _PLACES and before.endswith(" The ") and (not kept or kept[-1].end <= start - 4):
            start -= 4
        after = re.match(r" (?:Girls|Boys)\b['’]?", text[end:]) if kind is FindingKind.SCHOOL else None
        kept.append(Finding(start, min(end + (after.end() if after else 0), most), kind))
    return kept


def _take(words: Sequence[Word], taken: Sequence[Finding]) -> None:
    """Mark the words that places in order have already claimed."""
    at = 0
    for word in words:
        while at < len(taken) and taken[at].end <= word.start:
            at += 1
        word.taken = at < len(taken) and taken[at].start < word.end


def _longest(found: Iterable[Finding]) -> list[Finding]:
    """Of places that overlap, the longest; one that a longer one holds is part of it."""
    return _disjoint(sorted(found, key=lambda one: (one.start - one.end, _ORDER[one.kind], one.start)))


def _apart(found: Iterable[Finding]) -> list[Finding]:
    """None touching another: the kind that comes first wins, then the earlier and the longer."""
    return _disjoint(sorted(found, key=lambda one: (_ORDER[one.kind], one.start, -one.end)))


def _disjoint(found: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for one in found:
        at = bisect(kept, one)
        if (
            one.start < one.end
            and (at == 0 or kept[at - 1].end <= one.start)
            and (at == len(kept) or one.end <= kept[at].start)
        ):
            kept.insert(at, one)
    return kept


def _cut(text: str, rare: Iterable[Finding], found: list[Finding]) -> list[Finding]:
    """What is left of rare traits around the other findings inside them, the traits that overlap being one."""
    free = [True] * len(text)
    for one in found:
        free[one.start : one.end] = [False] * (one.end - one.start)
    wanted = [False] * len(text)
    for one in rare:
        wanted[one.start : one.end] = [True] * (one.end - one.start)
    pieces: list[Finding] = []
    start: int | None = None
    for at in range(len(text) + 1):
        inside = at < len(text) and wanted[at] and free[at]
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            piece = text[start:at]
            left, right = start + len(piece) - len(piece.lstrip(" ,.'’-")), at - len(piece) + len(piece.rstrip(" ,.-"))
            if right - left > 8:
                pieces.append(Finding(left, right, FindingKind.RARE_TRAIT))
            start = None
    return pieces
