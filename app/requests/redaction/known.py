"""Finding what the form already says: its names and schools in any spelling, and its places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.requests.redaction.kinds import Finding, FindingKind, Known
from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.lexicon import lexicon as the_lexicon
from app.requests.redaction.text import Word, words_of

_GENERIC_SCHOOL = frozenset(
    """school academy college nursery primary secondary infant infants junior juniors the high of and st saint grammar sixth form c ce rc cofe catholic
    preschool special centre pru unit trust for at boys girls community first middle lower upper park house free studio""".split()
)
_SHORTEST_SCHOOL = 4
_PARTICLES = frozenset("de da do dos del la le van von der den al el bin ibn bint mac mc o the and of".split())


@dataclass(frozen=True)
class KnownForms:
    """Folded forms: `exact` words of names, `diminutives` of them, and whole words for comparison by spelling and sound."""

    exact: frozenset[str]
    diminutives: frozenset[str]
    sounds: frozenset[str]

    def likeness(self, word: str, lexicon: Lexicon) -> float:
        """3 for a known name itself, 2 for a diminutive of one, 1 for a likely misspelling, 0 for neither."""
        if word in self.exact:
            return 3
        if word in self.diminutives:
            return 2
        if len(word) < 4 or word in lexicon.sets["often_capital"]:
            return 0
        often = lexicon.often(word)
        if (often >= 300 and word not in lexicon.given) or often >= 3000:
            return 0
        heard = sound(word)
        for name in self.exact:
            if len(name) < 4 or abs(len(name) - len(word)) > 2:
                continue
            allowed = 1 if min(len(name), len(word)) < 7 else 2
            if word.endswith("s") and word[:-1] == name:
                return 1
            if often < 100 and _distance(name, word, allowed) <= allowed and name[0] == word[0]:
                return 1
            if often == 0 and name[-2:] == word[-2:] and _distance(name, word, 1) <= 1:
                return 1
            if often == 0 and len(word) > 4 and heard in self.sounds and heard == sound(name):
                return 1
        return 0


def known_forms(known: Known) -> KnownForms:
    """The forms that the known names may take."""
    return _forms(known.names)


@lru_cache(maxsize=64)
def _forms(names: tuple[str, ...]) -> KnownForms:
    lexicon = the_lexicon()
    exact: set[str] = set()
    for name in names:
        for word in words_of(name):
            if len(word.fold) > 1 and word.fold not in _PARTICLES | lexicon.sets["titles"]:
                exact.add(word.fold)
                exact.update(part for part in word.parts if len(part) > 2)
    diminutives: set[str] = set()
    for name in exact:
        diminutives |= lexicon.diminutives.get(name, frozenset())
        for full, forms in lexicon.diminutives.items():
            if name in forms:
                diminutives.add(full)
        if len(name) >= 4:
            for length in range(3, len(name)):
                stem = name[:length]
                if length >= 4 or lexicon.often(stem) == 0 or stem in lexicon.given:
                    diminutives.add(stem)
                if length <= 5:
                    diminutives |= {
                        stem + "y",
                        stem + "ie",
                        stem + "s",
                        stem + "o",
                        stem + "z",
                        stem + stem[-1] + "y",
                        stem + stem[-1] + "ie",
                    }
    never = lexicon.sets["often_capital"] | lexicon.left_alone
    keep = {one for one in diminutives - never if len(one) > 1 and (lexicon.often(one) < 2000 or one in lexicon.given)}
    return KnownForms(frozenset(exact), frozenset(keep - exact), frozenset(sound(name) for name in exact))


def sound(word: str) -> str:
    """A rough sound of a name: what people mishear or misspell is made alike."""
    for pattern, heard in (
        (r"ph", "f"), (r"ck|q|c(?![eiyh])|kh", "k"), (r"c(?=[eiy])|z|ss", "s"), (r"gh", ""), (r"ou|oo|u", "u"), (r"ee|ea|ie|ei|y|ii", "i"), (r"ai|ay|ae|eigh", "e"), (r"th", "t"), (r"dj|j|dge|g(?=[ei])", "j"),
        (r"wh", "w"), (r"(.)\1", r"\1"), (r"(?<=.)[aeo](?=.)", "a"), (r"h", ""), (r"[aeiou]$", ""), (r"sh|sch|x", "s"),
    ):  # fmt: skip
        word = re.sub(pattern, heard, word)
    return word


def _distance(one: str, other: str, most: int) -> int:
    """Edits between two words, a swap of neighbours being one; above `most` it may say any larger number."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before2: list[int] = []
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, with_letter in enumerate(other, start=1):
            cost = min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != with_letter))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == with_letter:
                cost = min(cost, before2[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before2, before = before, now
    return before[-1]


def known_places(words: Sequence[Word], known: Known, lexicon: Lexicon) -> Iterator[Finding]:
    """The schools and places that the form names, whole or without the words that any of their sort has."""
    for names, kind in ((known.schools, FindingKind.SCHOOL), (known.places, FindingKind.ADDRESS)):
        for phrase in _school_phrases(names, kind is FindingKind.SCHOOL, lexicon):
            for start, end in _phrase(words, phrase, lexicon):
                yield Finding(start, end, kind)
    for phrase in _whole_names(known.names):
        for start, end in _phrase(words, phrase, lexicon, exact=True):
            yield Finding(start, end, FindingKind.NAME)


def _whole_names(names: Iterable[str]) -> set[tuple[str, ...]]:
    found = set()
    for name in names:
        words = tuple(word.fold for word in words_of(name))
        if len(words) > 1:
            found.add(words)
    return found


def _school_phrases(schools: Iterable[str], is_school: bool, lexicon: Lexicon) -> set[tuple[str, ...]]:
    phrases: set[tuple[str, ...]] = set()
    for school in schools:
        words = [word.fold for word in words_of(school)]
        while words and words[0] == "the":
            words.pop(0)
        while words:
            telling = [word for word in words if word not in _GENERIC_SCHOOL and word not in lexicon.sets["streets"]]
            says_enough = (
                len(words) > 1
                or lexicon.often(words[0]) < 2000
                or (words[0] in lexicon.sets["naming"] and not is_school)
            )
            if len("".join(words)) >= _SHORTEST_SCHOOL and telling and says_enough:
                phrases.add(tuple(words))
            if not is_school and (len(words) < 3 or words[-1] not in lexicon.sets["generic_places"]):
                break
            if is_school and words[-1] not in _GENERIC_SCHOOL:
                break
            words.pop()
    return phrases


def _phrase(
    words: Sequence[Word], phrase: tuple[str, ...], lexicon: Lexicon, *, exact: bool = False
) -> Iterator[tuple[int, int]]:
    for at in range(len(words) - len(phrase) + 1):
        these = words[at : at + len(phrase)]
        if all(_same(one.fold, wanted, lexicon, exact) for one, wanted in zip(these, phrase, strict=True)):
            last = these[-1]
            yield (
                these[0].start,
                last.end + (2 if last.possessive and len(phrase) > 1 and phrase[-1].endswith("s") and not exact else 0),
            )


def _same(word: str, wanted: str, lexicon: Lexicon, exact: bool) -> bool:
    if word == wanted or (word + "s" == wanted and len(word) > 3):
        return True
    if exact or len(word) < 5 or word[0] != wanted[0] or lexicon.often(word) >= 100:
        return False
    allowed = 1 if len(wanted) < 8 else 2
    return _distance(word, wanted, allowed) <= allowed
