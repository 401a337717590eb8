"""What a word by itself says for or against being a name: which list it is on, its capitals, and what the form knows.

Each piece of evidence has a weight in `config/redaction/weights.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache

from app.requests.redaction.known import KnownForms
from app.requests.redaction.lexicon import FOLDER, Lexicon
from app.requests.redaction.text import Word

_NEWSPAPER = re.compile(
    r"(?:\b[A-Z]\w+ ){1,3}(?:Advertiser|Gazette|Echo|Herald|Chronicle|Evening Post|Daily Mail|Messenger|Courier|Express|Journal|Mercury|Telegraph|Standard|Recorder|Examiner|Argus|Observer|(?:Evening )?News|Leader|Sentinel|Times|Star|Guardian)\b"
)


@lru_cache(maxsize=1)
def weights() -> dict[str, dict[str, float]]:
    """The weights, by group."""
    return tomllib.loads((FOLDER / "weights.toml").read_text(encoding="utf-8"))


_OPENERS = frozenset("the these those young as by to him her them me".split())
"""Besides titles: what may make a name of an ordinary word behind it."""


class WordEvidence:
    """The words of one text, each with what it says by itself."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon, known: KnownForms) -> None:
        self.text, self.words, self.lexicon, self.known = text, words, lexicon, known
        self.weights = weights()
        self.openers = lexicon.sets["titles"] | lexicon.sets["named"] | _OPENERS
        self.roles = lexicon.sets["relations"] | lexicon.sets["professionals"]
        self.usual = lexicon.ordinary | lexicon.left_alone | lexicon.places
        self.sorts: dict[tuple[str, bool, bool], str] = {}
        self.likeness = {word.fold: known.likeness(word.fold, lexicon) for word in words}
        self.alone = self._left_phrases()
        self.sure: set[str] = set()
        self.sure_places: set[int] = set()

    def _left_phrases(self) -> set[int]:
        """Places of words that belong to a phrase which is left alone whole."""
        index: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            index.setdefault(word.fold, []).append(at)
        found: set[int] = set()
        for phrase in self.lexicon.left_phrases:
            for at in index.get(phrase[0], ()) or index.get(phrase[0].rstrip("s"), ()):
                ends = at + len(phrase)
                if (
                    ends <= len(self.words)
                    and all(
                        one.fold + ("s" if one.possessive else "") == part or one.fold == part
                        for one, part in zip(self.words[at:ends], phrase, strict=True)
                    )
                    and not any(self.words[step].first for step in range(at + 1, ends))
                ):
                    found.update(range(at, ends))
        for match in _NEWSPAPER.finditer(self.text):
            found.update(at for at, word in enumerate(self.words) if match.start() <= word.start < match.end())
        return found

    def sort_of(self, word: Word) -> str:
        """The weight's name for the word by itself."""
        key = (word.fold, word.capital, word.possessive)
        if key not in self.sorts:
            self.sorts[key] = self._sort_of(word)
        return self.sorts[key]

    def _sort_of(self, word: Word) -> str:
        one, lexicon = word.fold, self.lexicon
        if (
            one in lexicon.sets["roles"]
            or one in lexicon.left_alone
            or (word.possessive and (one + "s" in lexicon.left_alone or one + "s" in lexicon.media))
        ):
            return "ordinary"
        if one in lexicon.places:
            return "word_surname"
        if one in lexicon.word_given:
            return "word_given"
        if one in lexicon.given and one not in lexicon.ordinary:
            return "given"
        if len(word.parts) > 1:
            return self._sort_of_parts(word)
        if one in lexicon.word_surnames:
            return "word_surname"
        if one in lexicon.surnames and one not in lexicon.ordinary:
            return "surname"
        often = lexicon.often(one)
        if often >= 200 or one in lexicon.ordinary:
            return "ordinary"
        if one in lexicon.media or one in lexicon.eponyms:
            return "ordinary"
        if often:
            return "seldom"
        if (len(one) < 3 and not (word.capital and not word.shouted)) or not re.search("[aeiouy]", one):
            return "ordinary"
        if lexicon.misspells_a_word(one):
            return "unknown_misspelling"
        return "unknown_two_words" if lexicon.is_two_words(one) else "unknown"

    def _sort_of_parts(self, word: Word) -> str:
        lexicon = self.lexicon
        if re.match(r"[A-Z]-[A-Z]", word.text):
            return "unknown"
        if any(part in lexicon.given and part not in lexicon.word_given for part in word.parts):
            return "given"
        if any(part in lexicon.surnames and lexicon.often(part) < 300 for part in word.parts):
            return "surname"
        if any(
            lexicon.often(part) == 0 and len(part) > 3 and not lexicon.misspells_a_word(part) for part in word.parts
        ):
            return "unknown"
        if all(part in lexicon.word_given or part in lexicon.given for part in word.parts):
            return "word_given"
        if all(part in lexicon.word_surnames for part in word.parts) and word.capital:
            return "word_surname"
        return "ordinary"

    def _base(self, word: Word, sort: str, like: float) -> float:
        weight, known = self.weights["word"], self.weights["known"]
        score = weight[sort]
        if len(word.fold) < 2:
            return -9.0
        if word.fold in self.lexicon.media:
            score += weight["media"]
        if word.fold in self.lexicon.eponyms:
            score += weight["eponym"]
        if like == 3:
            score = (
                score + known["exact_word"] if sort in ("word_given", "word_surname", "ordinary") else known["exact"]
            )
            if sort == "ordinary" and word.fold not in self.lexicon.sets["roles"]:
                score = max(score, -2.0)
            if sort == "word_surname":
                score = max(score, -1.0)
        elif like == 2:
            score += known["diminutive"]
        elif like == 1:
            score = max(score, weight["unknown"]) + known["misspelling"]
        return score

    def _capitals(self, word: Word, sort: str) -> float:
        weight = self.weights["capitals"]
        is_word = sort in ("word_given", "word_surname")
        if not word.trusted or word.lower_style:
            return weight["lower_style"] + (
                2.0 if word.lower_style and word.capital and not word.first and not word.shouted else 0
            )
        if word.shouted:
            return (
                weight["shouted_short"]
                if len(word.text) < (7 if sort.startswith(("unknown", "seldom")) else 5) and sort != "given"
                else weight["shouted_long"]
            )
        if word.capital:
            if word.first:
                return weight["start_unknown"] if sort.startswith("unknown") else weight["start"]
            if word.fold in self.lexicon.sets["often_capital"] or word.fold in self.lexicon.media:
                return weight["inside_month"]
            if sort in ("unknown_misspelling", "unknown_two_words"):
                return weight["inside"] + 1.6
            return weight["inside_word"] if is_word else weight["inside"]
        return (
            weight["lower_word"] if is_word else weight["lower_given"] if sort == "given" else weight["lower_unknown"]
        )
