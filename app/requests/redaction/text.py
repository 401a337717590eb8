"""A text as the detector reads it: its words without case and accents, where they stand, and how far capitals say anything."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

_WORD = re.compile(r"[^\W_ʼ]+(?:['’ʼ`-][^\W_ʼ]+)*")
_POSSESSIVE = re.compile(r"['’ʼ`](?:[sS]|[dD]|ll|LL|ve|VE|re|RE|m|M)$")
_SENTENCE_END = re.compile(r"[.!?:;•*\n\r|>=]|(?:^|\s)[-–—](?=\s)|[\"“”]|(?<!\w)['‘]")
_PLAIN = frozenset(
    """the and of to in is was has had have with for his her their he she they who that this are not but from at by on as be
    been were would can when which them him it an a or so after before because about into very she's he's has""".split()
)


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Without case, accents and apostrophes."""
    folded = unicodedata.normalize(
        "NFKD", word.casefold().replace("ł", "l").replace("ø", "o").replace("đ", "d").replace("ı", "i")
    )
    return re.sub(r"[\u0300-\u036f'’ʼ`]", "", folded)


@dataclass
class Word:
    """A word of a text. `gap` is what stands between the word before and this one."""

    text: str
    start: int
    end: int
    fold: str
    possessive: bool
    gap: str
    first: bool
    trusted: bool = True
    lower_style: bool = False
    taken: bool = False
    parts: tuple[str, ...] = field(default=())

    @property
    def capital(self) -> bool:
        """Begins with a capital and is not all capitals."""
        return self.text[0].isupper()

    @property
    def shouted(self) -> bool:
        """All capitals, two letters at least."""
        return len(self.text) > 1 and self.text.upper() == self.text and self.text.lower() != self.text

    @property
    def joined(self) -> bool:
        """Whether only a space stands between it and the word before."""
        return self.gap.strip(" \t\u00a0") == "" and self.gap != "" and len(self.gap) < 4


def words_of(text: str) -> list[Word]:
    """The words in order. A possessive is not part of its word; an apostrophe or hyphen inside a name is."""
    found: list[Word] = []
    last = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        raw = match[0]
        cut = _POSSESSIVE.search(raw)
        body = raw[: cut.start()] if cut else raw
        gap = text[last:start]
        first = not found or (bool(_SENTENCE_END.search(gap)) and not _only_after_title(gap, found[-1]))
        folded = fold(body)
        found.append(
            Word(
                text=body,
                start=start,
                end=start + len(body),
                fold=folded,
                possessive=bool(cut and raw[-1] in "sS"),
                gap=gap,
                first=first,
                parts=tuple(part for part in folded.split("-") if part),
            )
        )
        last = start + len(body) if not cut else end
    _judge_capitals(found)
    return found


def _only_after_title(gap: str, before: Word) -> bool:
    return (gap.strip() == "." and before.fold in ("mr", "mrs", "ms", "dr", "st", "prof", "rev", "mx")) or (
        gap.strip() == "." and len(before.text) == 1
    )


def _judge_capitals(words: list[Word]) -> None:
    """Capitals of a sentence say nothing where its plainest words have them too, or where nothing has one."""
    plain_all = [word for word in words if word.fold in _PLAIN and not word.first and word.text != "The"]
    starts = [word for word in words if word.first and word.text[0].isalpha()]
    no_starts = bool(starts) and sum(word.text[0].isupper() for word in starts) <= 0.34 * len(starts)
    few_capitals = sum(word.text[0].isupper() for word in words) <= 0.02 * len(words)
    lower_style = no_starts or few_capitals
    all_loud = len(plain_all) > 2 and sum(word.text[0].isupper() for word in plain_all) > 0.5 * len(plain_all)
    sentence: list[Word] = []
    for word in [*words, None]:
        if word is None or (word.first and sentence):
            plain = [one for one in sentence if one.fold in _PLAIN and not one.first and one.text != "The"]
            loud = sum(one.text[0].isupper() for one in plain)
            alpha = [one for one in sentence if one.text[0].isalpha()]
            shouted = sum(one.shouted for one in alpha)
            trusted = (
                loud <= 0.3 * len(plain) if plain else not all_loud and (len(alpha) < 3 or shouted < 0.6 * len(alpha))
            )
            for one in sentence:
                one.trusted = trusted and not all_loud
                one.lower_style = lower_style
            sentence = []
        if word is not None:
            sentence.append(word)
