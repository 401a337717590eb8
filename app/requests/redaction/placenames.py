"""What counts as the name of a place before a word that says what it is ("Oakmadeup surgery").

Where the capitals of a sentence say something, a capital is needed; elsewhere a word that is no ordinary one, a personal
name, or one of the words of nature, saints and colours that places are named after.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.text import Word

CONNECTORS = frozenset(
    {"of", "the", "and", "st", "our", "in", "on", "upon", "de", "la", "le", "under", "s", "by", "for", "with"}
)


def _written(word: Word) -> str:
    return word.fold + ("s" if word.possessive else "")


class PlaceNames:
    """The words of one text as names of places."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.text, self.words, self.lexicon = text, words, lexicon

    def _names(self, word: Word, generic: frozenset[str]) -> bool:
        """Whether this word, by itself, can be the name of a place."""
        one, lexicon = word.fold, self.lexicon
        if one in generic or one in lexicon.sets["roles"] or not word.text[0].isalpha() or len(one) < 2:
            return False
        if word.trusted and word.capital and not word.first:
            return True
        if word.trusted and not word.lower_style and not word.capital:
            return False
        return self._unusual(word)

    def _unusual(self, word: Word) -> bool:
        one, lexicon = word.fold, self.lexicon
        naming = lexicon.sets["naming"]
        if one in naming or one in lexicon.places or (one.endswith("es") and one[:-2] in naming):
            return True
        if one in lexicon.left_alone or one in lexicon.media or one in lexicon.ordinary:
            return False
        often = max((lexicon.often(part) for part in word.parts), default=0)
        if one in lexicon.given or one in lexicon.surnames:
            return often < 20000
        return often < 100 and not (word.text[0].islower() and lexicon.misspells_a_word(one))

    def _back(self, at: int, generic: frozenset[str], most: int = 5) -> int | None:
        """Where the name before the word at `at` begins; None where nothing before it names anything."""
        words = self.words
        begin, named = at, None
        while begin > 0 and at - begin < most:
            head, before = words[begin], words[begin - 1]
            gap = head.gap.strip(" \t\u00a0")
            if (
                (gap not in ("", "&", "'", "’", "-", ".") and not (before.possessive and gap == ""))
                or "\n" in head.gap
                or before.taken
            ):
                break
            if gap == "." and before.fold != "st":
                break
            if self._names(before, generic):
                begin -= 1
                named = begin
                continue
            trusted = before.trusted and not before.lower_style
            if (
                before.capital
                and trusted
                and not before.first
                and before.fold not in self.lexicon.sets["roles"]
                and before.fold not in ("i", "a", "he", "she", "they", "we")
            ):
                begin -= 1
                named = begin if before.fold in ("st", "saint") else named
                continue
            if (
                before.fold in CONNECTORS
                and begin - 1 > 0
                and (
                    self._names(words[begin - 2], generic)
                    or (words[begin - 2].capital and words[begin - 2].trusted and not words[begin - 2].first)
                )
                and named is not None
                and not (
                    before.fold in ("in", "on", "for", "with", "by", "and")
                    and not before.capital
                    and words[begin - 2].fold not in self.lexicon.sets["naming"]
                )
            ):
                begin -= 1
                continue
            if (
                begin == at
                and named is None
                and begin - 2 >= 0
                and before.text[0].islower()
                and before.joined
                and self._skips(before, words[begin - 2], generic)
            ):
                begin -= 1
                continue
            if before.fold in ("st", "saint"):
                begin -= 1
                named = begin
                continue
            break
        return named

    def _skips(self, word: Word, name: Word, generic: frozenset[str]) -> bool:
        """ "Parkside bridging hotel": one ordinary word between the name and what it is."""
        sets = self.lexicon.sets
        plain = (
            word.fold
            in sets["person_verbs"]
            | sets["determiners"]
            | sets["prepositions"]
            | sets["roles"]
            | sets["infinitive"]
            | sets["be_verbs"]
            | CONNECTORS
        )
        return (
            not plain and self.lexicon.often(word.fold) >= 100 and word.fold not in ("at", "in", "on", "is", "as", "near", "opposite", "behind", "outside", "after", "before", "during")
            and name.trusted and name.capital and not name.first and not name.possessive and self._names(name, generic) and name.fold not in self.lexicon.given
            and not word.possessive
        )  # fmt: skip

    def _head_at(self, at: int, kind: str) -> int | None:
        """Where a head phrase that ends with the word at `at` begins."""
        for phrase in self.lexicon.heads[kind].get(_written(self.words[at]), ()):
            first = at - len(phrase) + 1
            if first >= 0 and all(
                _written(self.words[first + step]) == phrase[step] and (step == 0 or self.words[first + step].joined)
                for step in range(len(phrase))
            ):
                return first
        return None
