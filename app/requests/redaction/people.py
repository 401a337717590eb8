"""Names of people, by weighed evidence: the word, its capitals, what stands about it, and what the form and the text know.

No list holds every name and many names are words, so nothing decides by itself. Each piece of evidence has a weight in
`config/redaction/weights.toml`; a word whose sum is above nought is a name. What is sure in one place of a text helps
elsewhere in it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.known import KnownForms
from app.requests.redaction.lexicon import FOLDER, Lexicon
from app.requests.redaction.text import Word

_FAMILY = frozenset("boys girls family families kids children twins brothers sisters siblings lads clan household lot house household's crew side".split())
_METHODS = frozenset(
    """syndrome disease disorder palsy scale scales test tests assessment questionnaire inventory model theory approach method framework guidelines competence competent
    competency law act report review judgment judgement ruling rule criteria score scores profile programme program training award scheme chorea ataxia sign reflex
    catheter stoma bag tube hoist splint tumour encephalopathy deformity malformation dystrophy epilepsy matrices index schedule battery checklist therapy signing cycle
    formula hierarchy pyramid needs ladder technique disease's scan spot variant gene triad contracture lymphoma procedure bear bears books book
    film films movie movies game games song songs concert show album dvd dvds cards figures toys toy lego poster posters duvet onesie pyjamas costume stadium shirt kit match matches
    hospital prison yoi hmp station airport university vaccine jab retriever terrier spaniel cheese sauce card reading readings bike bikes
    """.split()
)
_MEDIA_VERBS = frozenset(
    """watch watches watching watched play plays playing supports support supporting supporter fan fans listen listens listening reads reading read collects obsessed draws drawing
    loves loved favourite favorite likes into wears wearing drinks eats buys takes taking prescribed dose prescribed""".split()
)
_MEDIA_BEFORE = re.compile(
    r"\b(?:watch(?:es|ing|ed)?|play(?:s|ing|ed)?|support(?:s|ing|er)?|fan of|listen(?:s|ing)? to|read(?:s|ing)?|collects|obsessed with|favourites?|character|characters|music by|songs? (?:by|of)|books? (?:by|of|about)|"
    r"film|films|cartoon|drawing|wears?|dressed as|posters? of|concert|on tv|called after)\b[^.;\n]{0,40}$",
    re.IGNORECASE,
)
_MONTHS = frozenset("may april june august march summer autumn easter sunday".split())
_MONTH_BEFORE = frozenset("in by until till since from early late mid last next this end of during before after for and to".split())
_PARTICLES = frozenset("de da do dos del della di la le van von der den al el bin ibn bint abu ul ur ud ap o mac mc st af ter te y e i".split())
_INITIAL_AFTER = re.compile(r"^ ([A-Z])\.?(?=[\s,.;:)!?/]|'s|’s|$)(?! ?[a-z]?[.)]\s?[A-Z]\.)")
_INITIAL_BEFORE = re.compile(r"(?:^|(?<=[\s(/,\"“]))(?:[A-Z]\. ?|[A-Z] ){1,3}$")
_LOWER_INITIAL_BEFORE = re.compile(r"(?:^|(?<=[\s(/,]))[b-hj-z]\.? $", re.IGNORECASE)
_LIL = re.compile(r"\b(?:lil|lil'|li'l|lill|yung|young|big|baby|mini|mad|mc|dj|little|tiny|king|queen|ting)['’]? (?P<it>[A-Z][A-Za-z]{0,8}|(?<=lil )[a-z]{1,8}|[a-z])(?=[\s,.;:'’\"”)!?]|$)")
_QUOTED = re.compile(r"(?<![\w])[\"“‘'](?P<it>[A-Z][\w'-]{1,14}(?: [A-Z][\w'-]{0,12})?)[\"”’'](?!\w)")
_BEFORE_QUOTED = re.compile(r"\b(?:called|named|known(?: \w+){0,2} as|nicknamed?|aka|a\.k\.a\.?|alias|goes by|answers to|prefers|name|names|him|her|them|as)[\s,:(]{0,3}$", re.IGNORECASE)


@lru_cache(maxsize=1)
def weights() -> dict[str, dict[str, float]]:
    """The weights, by group."""
    return tomllib.loads((FOLDER / "weights.toml").read_text(encoding="utf-8"))


class People:
    """The names in one text."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon, known: KnownForms) -> None:
        self.text, self.words, self.lexicon, self.known = text, words, lexicon, known
        self.weights = weights()
        self.sorts: dict[tuple[str, bool, bool], str] = {}
        self.likeness = {word.fold: known.likeness(word.fold, lexicon) for word in words}
        self.alone = self._left_phrases()
        self.sure: set[str] = set()

    def found(self) -> Iterator[Finding]:
        """Names, each as one stretch of its words."""
        first = [self._score(at) for at in range(len(self.words))]
        self.sure = {self.words[at].fold for at, score in enumerate(first) if score >= 3.0}
        scores = [self._score(at) for at in range(len(self.words))]
        named = [score > 0 for score in scores]
        self._surnames(named)
        self._surnames(named)
        yield from self._stretches(named)
        yield from self._nicknames()

    # -- evidence

    def _left_phrases(self) -> set[int]:
        """Places of words that belong to a phrase which is left alone whole."""
        index: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            index.setdefault(word.fold, []).append(at)
        found: set[int] = set()
        for phrase in self.lexicon.left_phrases:
            for at in index.get(phrase[0], ()) or index.get(phrase[0].rstrip("s"), ()):
                ends = at + len(phrase)
                if ends <= len(self.words) and all(
                    one.fold + ("s" if one.possessive else "") == part or one.fold == part
                    for one, part in zip(self.words[at:ends], phrase, strict=True)
                ) and not any(self.words[step].first for step in range(at + 1, ends)):
                    found.update(range(at, ends))
        return found

    def sort_of(self, word: Word) -> str:
        """The weight's name for the word by itself."""
        key = (word.fold, word.capital, word.possessive)
        if key not in self.sorts:
            self.sorts[key] = self._sort_of(word)
        return self.sorts[key]

    def _sort_of(self, word: Word) -> str:
        one, lexicon = word.fold, self.lexicon
        if one in lexicon.sets["roles"] or one in lexicon.left_alone or (word.possessive and one + "s" in lexicon.left_alone | lexicon.media):
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
        if len(one) < 3:
            return "ordinary"
        if lexicon.misspells_a_word(one):
            return "unknown_misspelling"
        return "unknown_two_words" if lexicon.is_two_words(one) else "unknown"

    def _sort_of_parts(self, word: Word) -> str:
        lexicon = self.lexicon
        if any(part in lexicon.given and part not in lexicon.word_given for part in word.parts):
            return "given"
        if any(part in lexicon.surnames and lexicon.often(part) < 300 for part in word.parts):
            return "surname"
        if any(lexicon.often(part) == 0 and len(part) > 3 and not lexicon.misspells_a_word(part) for part in word.parts):
            return "unknown"
        if all(part in lexicon.word_given | lexicon.given for part in word.parts):
            return "word_given"
        if all(part in lexicon.word_surnames for part in word.parts) and word.capital:
            return "word_surname"
        return "ordinary"

    def _score(self, at: int) -> float:
        word = self.words[at]
        if word.taken or not word.text[0].isalpha() or at in self.alone or (len(word.fold) < 2 and not word.capital) or any(c.isdigit() for c in word.text):
            return -9.0
        sort = self.sort_of(word)
        like = self.likeness[word.fold]
        score = self._base(word, sort, like)
        score += self._capitals(word, sort) + self._context(at, sort)
        if word.fold in self.sure and sort != "ordinary":
            score += self.weights["known"]["established"]
        return score

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
            score = score + known["exact_word"] if sort in ("word_given", "word_surname", "ordinary") else known["exact"]
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
            return weight["lower_style"] + (1.2 if word.lower_style and word.capital and not word.first and not word.shouted else 0)
        if word.shouted:
            return weight["shouted_short"] if len(word.text) < 5 and sort not in ("given",) else weight["shouted_long"]
        if word.capital:
            if word.first:
                return weight["start_unknown"] if sort.startswith("unknown") else weight["start"]
            if word.fold in _MONTHS:
                return weight["inside_month"]
            return weight["inside_word"] if is_word else weight["inside"]
        return weight["lower_word"] if is_word else weight["lower_given"] if sort == "given" else weight["lower_unknown"]

    def _context(self, at: int, sort: str) -> float:
        weight, sets = self.weights["context"], self.lexicon.sets
        word = self.words[at]
        before = self.words[at - 1] if at and not word.first and word.gap.strip(" \t.'’\"“(:,-") == "" else None
        after = self.words[at + 1] if at + 1 < len(self.words) and self.words[at + 1].joined and not self.words[at + 1].first else None
        is_word = sort in ("word_given", "word_surname", "ordinary")
        score = 0.0
        if word.possessive:
            score += weight["possessive_word" if sort == "word_given" else "possessive"]
        if before is not None:
            score += self._before(at, before, sort, is_word)
        if after is not None:
            score += self._after(word, before, after, sort, is_word)
        elif is_word and sort == "word_given" and before is not None and before.fold in sets["relations"]:
            score += 0.8
        if word.fold in _MONTHS:
            score += self._month(word, before, after)
        if word.fold in self.lexicon.media or word.fold in self.lexicon.eponyms:
            if _MEDIA_BEFORE.search(self.text[max(0, word.start - 60) : word.start]):
                score += weight["media_before"]
        return score

    def _before(self, at: int, before: Word, sort: str, is_word: bool) -> float:
        weight, sets, word = self.weights["context"], self.lexicon.sets, self.words[at]
        plain = word.gap.strip(" \t") == ""
        if before.fold in sets["titles"] and (plain or word.gap.strip() == ".") and not before.possessive:
            strong = before.fold in ("mr", "mrs", "ms", "miss", "mx") or (before.fold in ("dr", "pc", "judge", "hhj", "prof", "revd", "cllr", "sgt", "dc") and (word.capital or sort != "ordinary"))
            if sort in ("ordinary", "seldom"):
                ok = strong and (word.capital or not word.trusted or word.lower_style and before.fold in ("mr", "mrs", "ms", "mx")) and self.lexicon.often(word.fold) < 100000
                return weight["title_before_ordinary"] if ok and word.fold not in sets["person_verbs"] else 0.0
            if strong:
                return weight["title_before"] + (3.0 if sort == "word_surname" else 0.0)
        if (before.fold in sets["named"] or (before.fold == "as" and at > 1 and self.words[at - 2].fold in ("known", "to"))) and sort != "ordinary":
            return weight["named_before"]
        if before.fold in sets["relations"] or before.fold in sets["professionals"]:
            if before.possessive:
                return 0.0
            return weight["relation_before_word" if is_word else "relation_before"] if plain or "," in word.gap or "(" in word.gap or ":" in word.gap or "-" in word.gap else 0.0
        if not plain:
            return 0.0
        if before.fold in ("the", "these", "those", "young") and self._is_family(at):
            return weight["family_after"] + (4.5 if sort in ("ordinary", "word_surname") and word.capital and word.trusted else 0.0)
        if before.fold in sets["determiners"]:
            return weight["determiner_before"] * (1.0 if is_word or not word.capital else 0.4)
        if is_word and before.fold in sets["subject_pronouns"]:
            return weight["pronoun_before_word"]
        if is_word and before.fold in sets["infinitive"] and not (word.capital and word.trusted and not word.lower_style):
            return weight["infinitive_before_word"]
        if before.fold in sets["prepositions"]:
            return weight["preposition_before"]
        return 0.0

    def _is_family(self, at: int) -> bool:
        after = self.words[at + 1] if at + 1 < len(self.words) and self.words[at + 1].joined else None
        return after is not None and after.fold in _FAMILY and self.sort_of(self.words[at]) != "ordinary" or (
            after is not None and after.fold in _FAMILY and self.words[at].capital and self.words[at].trusted and not self.words[at].first and self.lexicon.often(self.words[at].fold) < 5000
        )

    def _after(self, word: Word, before: Word | None, after: Word, sort: str, is_word: bool) -> float:
        weight, sets = self.weights["context"], self.lexicon.sets
        score = 0.0
        if after.fold in _METHODS and not (word.fold in self.known.exact):
            return weight["method_after"]
        if after.fold in sets["be_verbs"] and is_word:
            score += weight["base_verb_after_word"]
        elif after.fold in sets["person_verbs"]:
            score += weight["verb_after_word" if sort == "word_given" else "verb_after"]
            if word.fold in ("will", "may", "can", "might") and after.fold in ("has", "is", "was", "had", "likes", "says", "lives", "said"):
                score += 1.0
        elif is_word and after.fold in ("and", "&") and before is not None and before.fold in ("with", "and", "to"):
            score += 0.5
        elif is_word and not word.possessive and self.sort_of(after) == "ordinary" and after.fold not in sets["determiners"] | sets["prepositions"] | sets["subject_pronouns"]:
            score += weight["noun_after_word"]
        if self.sort_of(after) in ("surname", "unknown") and (after.capital or not after.trusted or after.lower_style) and not word.possessive:
            score += weight["before_surname"]
        return score

    def _month(self, word: Word, before: Word | None, after: Word | None) -> float:
        weight = self.weights["context"]
        score = 0.0
        beside = (after.text if after else "") + " " + (self.text[max(0, word.start - 8) : word.start])
        if re.search(r"[0-9]", beside):
            score += weight["number_beside_month"]
        if before is not None and before.fold in _MONTH_BEFORE and not word.possessive:
            score += weight["in_before_month"]
        return score

    # -- from words to stretches

    def _surnames(self, named: list[bool]) -> None:
        """What stands right behind a given name, or between two, belongs to it; what stands before a surname too."""
        lexicon, sets = self.lexicon, self.lexicon.sets
        for at in range(len(self.words) - 1):
            word, after = self.words[at], self.words[at + 1]
            if not named[at] or named[at + 1] or not after.joined or word.possessive or after.taken or not after.text[0].isalpha() or at + 1 in self.alone:
                continue
            if after.fold in _PARTICLES and at + 2 < len(self.words) and self.words[at + 2].joined and (named[at + 2] or self.words[at + 2].capital):
                if after.text[0].islower() or after.fold not in ("i",):
                    third = self.words[at + 2]
                    if self.sort_of(third) != "ordinary":
                        named[at + 2] = named[at + 1] = not third.taken
                continue
            sort = self.sort_of(after)
            trusted = after.trusted and not after.lower_style
            if trusted:
                plain = after.fold in sets["roles"] or after.fold in sets["person_verbs"] or after.fold in lexicon.left_alone or after.fold in lexicon.ordinary
                named[at + 1] = after.capital and not after.first and len(after.fold) > 1 and not (after.shouted and len(after.fold) < 4) and (
                    sort in ("word_surname", "word_given", "surname", "given") or not plain
                ) and after.fold not in sets["subject_pronouns"] and after.fold not in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
            elif sort in ("surname", "unknown", "given"):
                named[at + 1] = True
            elif (after.fold in lexicon.word_surnames or sort == "word_given") and self.lexicon.often(after.fold) < 150000:
                follows = self.words[at + 2] if at + 2 < len(self.words) else None
                end = after.possessive or follows is None or not follows.joined or follows.fold in sets["person_verbs"] or follows.fold in ("and", "who", "at", "in", "on", "for", "from", "to", "about", "as")
                named[at + 1] = bool(end) and after.fold not in sets["prepositions"] and self.sort_of(word) == "given"

    def _stretches(self, named: list[bool]) -> Iterator[Finding]:
        at = 0
        while at < len(self.words):
            if not named[at]:
                at += 1
                continue
            end = at
            while end + 1 < len(self.words) and named[end + 1] and self._one_name(end):
                end += 1
            start, stop = self.words[at].start, self.words[end].end
            sorts = {self.sort_of(word) for word in self.words[at : end + 1]}
            before = _INITIAL_BEFORE.search(self.text[max(0, start - 7) : start])
            if not before and self.words[at].lower_style and sorts & {"surname", "unknown"}:
                before = _LOWER_INITIAL_BEFORE.search(self.text[max(0, start - 4) : start])
            if before and not re.search(r"\b[IA] $", before[0]) and not self.words[at].first:
                start -= len(before[0])
            elif before and "." in before[0]:
                start -= len(before[0])
            after = _INITIAL_AFTER.match(self.text[stop:])
            if after and after[1] not in "IA" and not self.words[end].possessive:
                stop += 2
            yield Finding(start, stop, FindingKind.NAME)
            at = end + 1

    def _one_name(self, at: int) -> bool:
        """Whether the word behind belongs to the same name."""
        after = self.words[at + 1]
        gap = after.gap
        if self.words[at].possessive:
            return False
        return (after.joined or gap in ("-", " - ", ". ", ".", " '", " ‘", " \"", " “", "' ", "\" ", "” ", "’ ", " (") and gap.strip() in ("", "-")) and "\n" not in gap

    def _nicknames(self) -> Iterator[Finding]:
        """ "Lil T", and what stands in quotation marks behind "known as"."""
        for match in _LIL.finditer(self.text):
            said = match["it"]
            whole = match[0].casefold()
            if whole.startswith(("lil", "li'l", "yung", "mc ", "dj ")):
                yield Finding(match.start(), match.end(), FindingKind.NAME)
            elif len(said) == 1 and said.isupper() and said not in "AI" and match[0][0].isupper():
                yield Finding(match.start(), match.end(), FindingKind.NAME)
        for match in _QUOTED.finditer(self.text):
            if _BEFORE_QUOTED.search(self.text[max(0, match.start() - 30) : match.start()]):
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
