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
from app.requests.redaction.text import Word, fold

_FAMILY = frozenset(
    "boys girls family families kids children twins brothers sisters siblings lads clan household lot house household's crew side".split()
)
_CLINICAL = frozenset(
    """syndrome disease disorder palsy scale scales questionnaire inventory theory guidelines competence competent
    competency law act judgment judgement ruling criteria chorea ataxia catheter lymphoma hierarchy pyramid""".split()
)
_METHODS = _CLINICAL | frozenset(
    """test tests assessment model approach method framework report review rule score scores profile programme program training award scheme sign reflex
    catheter stoma bag tube hoist splint tumour encephalopathy deformity malformation dystrophy epilepsy matrices index schedule battery checklist therapy signing cycle
    formula ladder technique disease's scan spot variant gene triad contracture lymphoma procedure bear bears books book
    film films movie movies game games song songs concert show album dvd dvds cards figures toys toy lego poster posters duvet onesie pyjamas costume stadium shirt kit match matches
    hospital prison yoi hmp station airport university vaccine jab retriever terrier spaniel cheese sauce card reading readings bike bikes
    """.split()
)
_ARTICLES = frozenset("a an one any some no every each two three another extra new".split())
_MEDIA_BEFORE = re.compile(
    r"\b(?:watch(?:es|ing|ed)?|play(?:s|ing|ed)?|support(?:s|ing|er)?|fan of|listen(?:s|ing)? to|read(?:s|ing)?|collects|obsessed with|favourites?|character|characters|music by|songs? (?:by|of)|books? (?:by|of|about)|"
    r"film|films|cartoon|drawing|wears?|dressed as|posters? of|concert|on tv|called after)\b[^.;\n]{0,40}$",
    re.IGNORECASE,
)
_LIKES_BEFORE = re.compile(
    r"\b(?:loves?|likes?|enjoys?|supports?|watch(?:es|ing)?|play(?:s|ing)?|into|fan of|obsessed with|interests?|hobbies|favourites?|feeds?|medication|meds|takes|taking|prescribed|uses|on|using|wears?|wearing|eats?)\b"
    r"(?::|,|\s|and|all|things|watching|playing|only|her|his|their|lots of|[\w'-]+,)*\s*$",
    re.IGNORECASE,
)
_INNER_CAPITAL = re.compile(r"^(?!Mc|Mac|O['’]|De|Di|Le|La|Fitz|Van|Al|El|Abd|Ul|Mb|Ni)[A-Z][a-z]+[A-Z]")
_DOSE_AFTER = re.compile(r"\s?[0-9]+(?:\.[0-9]+)?\s?(?:mg|ml|mcg|g|units|puffs|%)", re.IGNORECASE)
_NEWSPAPER = re.compile(
    r"(?:\b[A-Z]\w+ ){1,3}(?:Advertiser|Gazette|Echo|Herald|Chronicle|Evening Post|Daily Mail|Messenger|Courier|Express|Journal|Mercury|Telegraph|Standard|Recorder|Examiner|Argus|Observer|(?:Evening )?News|Leader|Sentinel|Times|Star|Guardian)\b"
)
_MONTHS = frozenset("may april june august march summer autumn easter sunday jan".split())
_MONTH_BEFORE = frozenset(
    "in by until till since from early late mid last next this end of during before after for to".split()
)
_AGE_AFTER = re.compile(
    r"(?:\s?\(|,? )(?:aged? )?[0-9]{1,2}(?:\s?(?:yrs?|years?|y/?o|m|f|months?))?(?:\s?[),.;:/]|\s(?:and|is|was|years?|yrs?|months?)\b|$)",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"\s?[,/&+]\s?|\s?[,/]\s?(?:[\"“‘])")
_PARTICLES = frozenset(
    "de da do dos del della di la le van von der den al el bin ibn bint abu ul ur ud ap o mac mc st af ter te y e i".split()
)
_INITIAL_AFTER = re.compile(r"^ ([A-Z])\.?(?=[\s,.;:)!?/]|'s|’s|$)(?! ?[a-z]?[.)]\s?[A-Z]\.)")
_INITIAL_BEFORE = re.compile(r"(?:^|(?<=[\s(/,\"“]))(?:[A-Z]\. ?|[A-Z] ){1,3}$")
_LOWER_INITIAL_BEFORE = re.compile(r"(?:^|(?<=[\s(/,]))[b-hj-z]\.? $", re.IGNORECASE)
_LIL = re.compile(
    r"\b(?i:lil|lil'|li'l|lill|yung|young|big|baby|mini|mad|mc|dj|little|tiny|king|queen|ting)['’]? (?P<it>[A-Z][A-Za-z]{0,8}|(?<=[Ll]il )[a-z]{1,8}|[a-z])(?=[\s,.;:'’\"”)!?]|$)"
)
_QUOTED = re.compile(r"(?<![\w])[\"“‘'](?P<it>[A-Z][\w'-]{1,14}(?: [A-Z][\w'-]{0,12})?)[\"”’'](?!\w)")
_QUOTED_BETWEEN = re.compile(
    r"\b(?P<name>[A-Z][\w-]+) [\"“‘'(](?P<it>[A-Z][\w' -]{0,16}?)[\"”’')] (?P<last>[A-Z][\w'’-]+)"
)
_BEFORE_QUOTED = re.compile(
    r"\b(?:called|named|known(?: \w+){0,2} as|nicknamed?|aka|a\.k\.a\.?|alias|goes by|answers to|prefers|name|names|him|her|them|as)[\s,:(]{0,3}$",
    re.IGNORECASE,
)


def words_gap_plain(word: Word) -> bool:
    """Whether only spaces stand before the word."""
    return word.gap.strip(" \t") == "" and word.gap != ""


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
        self.sure_places: set[int] = set()

    def found(self) -> Iterator[Finding]:
        """Names, each as one stretch of its words."""
        first = [self._score(at) for at in range(len(self.words))]
        self.sure = {self.words[at].fold for at, score in enumerate(first) if score >= 3.0}
        self.sure_places = {at for at, score in enumerate(first) if score >= 2.0}
        scores = [self._score(at) for at in range(len(self.words))]
        named = [score > self.weights["threshold"]["name"] for score in scores]
        self._surnames(named)
        self._surnames(named)
        self._epithets(named)
        for at in range(len(self.words) - 1):
            word, after = self.words[at], self.words[at + 1]
            if (
                named[at + 1]
                and not named[at]
                and word.shouted
                and len(word.text) > 2
                and after.gap == ", "
                and after.capital
                and not after.shouted
                and not word.taken
            ):
                named[at] = self.sort_of(word) in (
                    "surname",
                    "unknown",
                    "word_surname",
                    "unknown_two_words",
                    "unknown_misspelling",
                )
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
            or (word.possessive and one + "s" in lexicon.left_alone | lexicon.media)
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
        if all(part in lexicon.word_given | lexicon.given for part in word.parts):
            return "word_given"
        if all(part in lexicon.word_surnames for part in word.parts) and word.capital:
            return "word_surname"
        return "ordinary"

    def _score(self, at: int) -> float:
        word = self.words[at]
        if (
            word.taken
            or not word.text[0].isalpha()
            or at in self.alone
            or (len(word.fold) < 2 and not word.capital)
            or any(c.isdigit() for c in word.text)
        ):
            return -9.0
        sort = self.sort_of(word)
        like = self.likeness[word.fold]
        score = self._base(word, sort, like)
        score += self._capitals(word, sort) + self._context(at, sort)
        if (
            word.fold in self.sure
            and sort != "ordinary"
            and (sort in ("given", "surname", "unknown") or word.capital or not word.trusted or word.lower_style)
        ):
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

    def _context(self, at: int, sort: str) -> float:
        weight, sets = self.weights["context"], self.lexicon.sets
        word = self.words[at]
        before = (
            self.words[at - 1]
            if at and not re.search(r"[.!?;\n]\s", word.gap) and word.gap.strip(" \t.'’‘\"“(:=,-") == ""
            else None
        )
        after = (
            self.words[at + 1]
            if at + 1 < len(self.words) and self.words[at + 1].joined and not self.words[at + 1].first
            else None
        )
        is_word = sort in ("word_given", "word_surname", "ordinary")
        score = self._age_after(word, sort) + self._listed(at, sort) + self._apposed(at, sort)
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
        elif sort == "unknown" and self.likeness[word.fold] == 0:
            score += self._thing(word)
        return score

    def _thing(self, word: Word) -> float:
        """What tells an unknown word for a product, a programme or a medicine."""
        weight = self.weights["context"]
        score = 0.0
        if _LIKES_BEFORE.search(self.text[max(0, word.start - 24) : word.start]):
            score += weight["likes_before_unknown"]
        if _INNER_CAPITAL.search(word.text) or _DOSE_AFTER.match(self.text[word.end : word.end + 10]):
            score += weight["product"]
        return score

    def _age_after(self, word: Word, sort: str) -> float:
        """ "Chelsea (16)", "Ifrah, 8 and", "Tahmid 9 does"."""
        if sort == "ordinary" or not _AGE_AFTER.match(self.text[word.end : word.end + 14]):
            return 0.0
        return self.weights["context"]["age_after"]

    def _apposed(self, at: int, sort: str) -> float:
        """ "Patience, her cousin" and "Faith (aunt)"; and "Mark Down is", a given name before another capital."""
        words, word, weight = self.words, self.words[at], self.weights["context"]
        if sort == "ordinary" or at + 1 >= len(words):
            return 0.0
        after = words[at + 1]
        roles = self.lexicon.sets["relations"] | self.lexicon.sets["professionals"]
        if after.gap in (", ", " (", " - ", ": ", " – ") and not (after.gap == ", " and at and words[at - 1].fold in roles):
            second = words[at + 2] if at + 2 < len(words) and words[at + 2].joined else None
            if after.fold in roles or (second is not None and after.fold in ("his", "her", "their", "the", "my", "a", "an", "our") and second.fold in roles):
                return weight["comma_relation"]
        if (
            sort == "word_given"
            and word.capital
            and word.trusted
            and after.joined
            and after.capital
            and not word.possessive
            and not after.shouted
            and after.fold not in self.lexicon.ordinary | self.lexicon.left_alone | self.lexicon.places
        ):
            return weight["capital_after"]
        return 0.0

    def _listed(self, at: int, sort: str) -> float:
        """Beside a sure name in a list: "Kieran B, Ste and", "Jan/Mick"."""
        if sort == "ordinary":
            return 0.0
        words = self.words
        for other, gap in ((at - 1, words[at].gap), (at + 1, words[at + 1].gap if at + 1 < len(words) else "x")):
            if 0 <= other < len(words) and other in self.sure_places and _LIST_GAP.fullmatch(gap):
                return self.weights["context"]["listed"]
        for step, joint in ((-2, at - 1), (2, at + 1)):
            other = at + step
            if (
                0 <= other < len(words)
                and other in self.sure_places
                and words[joint].fold in ("and", "n", "or", "with")
            ):
                return self.weights["context"]["listed"]
        return 0.0

    def _before(self, at: int, before: Word, sort: str, is_word: bool) -> float:
        weight, sets, word = self.weights["context"], self.lexicon.sets, self.words[at]
        plain = word.gap.strip(" \t") == ""
        if at > 1 and plain and words_gap_plain(before):
            earlier = self.words[at - 2]
            if before.text.isdigit() and earlier.fold in sets["titles"] and word.text[0].isalpha():
                before = earlier
            elif (
                before.fold in ("is", "was", "are")
                and earlier.fold in sets["relations"] | sets["professionals"] | sets["named"]
                and word.capital
                and sort != "ordinary"
            ):
                return weight["copula_before"]
            elif (
                before.fold in ("him", "her", "them", "me")
                and earlier.fold in ("call", "calls", "called", "calling", "named", "nicknamed")
                and sort != "ordinary"
            ):
                return weight["named_before"]
        if before.fold in sets["titles"] and (plain or word.gap.strip() == ".") and not before.possessive:
            strong = before.fold in ("mr", "mrs", "ms", "miss", "mx") or (
                before.fold in ("dr", "pc", "judge", "hhj", "prof", "revd", "cllr", "sgt", "dc")
                and (word.capital or sort != "ordinary")
            )
            if sort in ("ordinary", "seldom"):
                ok = (
                    strong
                    and (
                        word.capital
                        or not word.trusted
                        or (word.lower_style and before.fold in ("mr", "mrs", "ms", "mx"))
                    )
                    and self.lexicon.often(word.fold) < 100000
                )
                return weight["title_before_ordinary"] if ok and word.fold not in sets["person_verbs"] else 0.0
            if strong or (word.capital and word.trusted):
                return weight["title_before"] + (3.0 if sort == "word_surname" else 0.0)
        if (
            before.fold in sets["named"]
            or ((before.fold == "as" and at > 1 and self.words[at - 2].fold in ("known", "to"))
            or (before.fold == "by" and at > 1 and self.words[at - 2].fold in ("goes", "go", "going", "known"))
            or (before.fold == "to" and at > 1 and self.words[at - 2].fold == "answers"))
        ) and sort != "ordinary":
            return weight["named_before"]
        if before.fold in sets["relations"] or before.fold in sets["professionals"]:
            if before.possessive:
                return 0.0
            told = 1.0 if word.capital and word.trusted and not word.shouted else 0.0
            return (
                told + weight["relation_before_word" if is_word else "relation_before"]
                if plain or "," in word.gap or "(" in word.gap or ":" in word.gap or "-" in word.gap
                else 0.0
            )
        if not plain:
            return 0.0
        if before.fold in ("the", "these", "those", "young") and self._is_family(at):
            return weight["family_after"] + (
                4.5 if sort in ("ordinary", "word_surname") and word.capital and word.trusted else 0.0
            )
        if before.fold == "the" and word.fold.endswith("s") and sort.startswith(("unknown", "seldom")):
            one = word.fold[:-1]
            if one in self.lexicon.surnames or one in self.known.exact:
                return weight["family_after"]
        if before.possessive:
            return 0.6 if before.fold in ("that", "it", "this", "here", "there", "name", "who") else 0.0
        if before.fold in sets["determiners"]:
            if sort.startswith(("unknown", "seldom")) and before.fold in _ARTICLES:
                return weight["article_before_unknown"]
            return weight["determiner_before"] * (1.0 if is_word or not word.capital else 0.4)
        if is_word and before.fold in sets["subject_pronouns"]:
            return weight["pronoun_before_word"]
        if (
            is_word
            and before.fold in sets["infinitive"]
            and not (word.capital and word.trusted and not word.lower_style)
        ):
            return weight["infinitive_before_word"]
        if before.fold in sets["prepositions"]:
            return weight["preposition_before"]
        return 0.0

    def _is_family(self, at: int) -> bool:
        after = self.words[at + 1] if at + 1 < len(self.words) and self.words[at + 1].joined else None
        return (after is not None and after.fold in _FAMILY and self.sort_of(self.words[at]) != "ordinary") or (
            after is not None
            and after.fold in _FAMILY
            and self.words[at].capital
            and self.words[at].trusted
            and not self.words[at].first
            and self.lexicon.often(self.words[at].fold) < 5000
        )

    def _after(self, word: Word, before: Word | None, after: Word, sort: str, is_word: bool) -> float:
        weight, sets = self.weights["context"], self.lexicon.sets
        score = 0.0
        if word.fold not in self.known.exact and after.fold in (
            _CLINICAL if sort in ("given", "surname") and word.fold not in self.lexicon.eponyms else _METHODS
        ):
            return weight["method_after"]
        if (
            after.fold in sets["be_verbs"]
            and is_word
            and not (before is not None and before.fold in ("and", "&", "n") and word.capital)
        ):
            score += weight["base_verb_after_word"]
        elif (
            after.fold.endswith("ed")
            and after.text.islower()
            and len(after.fold) > 4
            and sort in ("word_given", "unknown", "given")
        ):
            score += weight["verb_after"]
        elif after.fold in sets["person_verbs"]:
            score += weight["verb_after_word" if sort == "word_given" else "verb_after"]
            if word.fold in ("will", "may", "can", "might") and after.fold in (
                "has",
                "is",
                "was",
                "had",
                "likes",
                "says",
                "lives",
                "said",
            ):
                score += 1.0
        elif (
            sort == "word_given"
            and word.capital
            and word.trusted
            and after.fold in ("will", "would", "may", "can", "could", "should", "must", "cannot")
        ):
            score += weight["verb_after"]
        elif is_word and after.fold in ("of", "for") and not word.possessive:
            score += weight["noun_after_word"]
        elif is_word and after.fold in ("and", "&") and before is not None and before.fold in ("with", "and", "to"):
            score += 0.5
        elif (
            is_word
            and not word.possessive
            and self.sort_of(after) == "ordinary"
            and after.fold not in sets["determiners"] | sets["prepositions"] | sets["subject_pronouns"]
        ):
            score += weight["noun_after_word"]
        if (
            self.sort_of(after) in ("surname", "unknown")
            and (after.capital or not after.trusted or after.lower_style)
            and not word.possessive
        ):
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
            if (
                not named[at]
                or named[at + 1]
                or not after.joined
                or word.possessive
                or after.taken
                or not after.text[0].isalpha()
                or at + 1 in self.alone
            ):
                continue
            if (
                after.fold in _PARTICLES
                and at + 2 < len(self.words)
                and self.words[at + 2].joined
                and (named[at + 2] or self.words[at + 2].capital)
            ):
                if after.text[0].islower() or after.fold not in ("i",):
                    third = self.words[at + 2]
                    if self.sort_of(third) != "ordinary":
                        named[at + 2] = named[at + 1] = not third.taken
                continue
            sort = self.sort_of(after)
            trusted = after.trusted and not after.lower_style
            if trusted:
                plain = (
                    after.fold in sets["roles"]
                    or after.fold in sets["person_verbs"]
                    or after.fold in lexicon.left_alone
                    or after.fold in lexicon.ordinary
                )
                named[at + 1] = (
                    after.capital
                    and not after.first
                    and len(after.fold) > 1
                    and not (after.shouted and len(after.fold) < 3)
                    and (sort in ("word_surname", "word_given", "surname", "given") or not plain)
                    and after.fold not in sets["subject_pronouns"]
                    and after.fold not in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
                )
            elif sort in ("surname", "unknown", "given"):
                named[at + 1] = True
            elif (after.fold in lexicon.word_surnames or sort == "word_given") and self.lexicon.often(
                after.fold
            ) < 150000:
                follows = self.words[at + 2] if at + 2 < len(self.words) else None
                end = (
                    after.possessive
                    or follows is None
                    or not follows.joined
                    or follows.fold in sets["person_verbs"]
                    or follows.fold in ("and", "who", "at", "in", "on", "for", "from", "to", "about", "as")
                )
                named[at + 1] = bool(end) and after.fold not in sets["prepositions"] and self.sort_of(word) == "given"

    def _epithets(self, named: list[bool]) -> None:
        """ "Toothy Pete": a word with a capital before a name, that is neither a role nor a word of the trade."""
        for at in range(len(self.words) - 1):
            word, after = self.words[at], self.words[at + 1]
            if (
                named[at + 1] and not named[at] and not word.taken and after.joined and after.trusted and after.capital and word.capital and not word.first
                and not word.possessive and not word.shouted and len(word.fold) > 2 and at not in self.alone
                and word.fold not in self.lexicon.ordinary | self.lexicon.left_alone | self.lexicon.media | self.lexicon.places
                and (at == 0 or not self.words[at - 1].capital or self.words[at - 1].first or not word.joined)
            ):  # fmt: skip
                named[at] = True

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
            before = _INITIAL_BEFORE.search(self.text[max(0, start - 12) : start])
            if not before and self.words[at].lower_style and sorts & {"surname", "unknown"}:
                before = _LOWER_INITIAL_BEFORE.search(self.text[max(0, start - 4) : start])
            if (before and not re.search(r"\b[IA] $", before[0]) and not self.words[at].first) or (
                before and "." in before[0]
            ):
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
        return (
            after.joined
            or (
                gap in ("-", " - ", ". ", ".", " '", " ‘", ' "', " “", "' ", '" ', "” ", "’ ", " (")
                and gap.strip() in ("", "-")
            )
        ) and "\n" not in gap

    def _nicknames(self) -> Iterator[Finding]:
        """ "Lil T", and what stands in quotation marks behind "known as"."""
        for match in _LIL.finditer(self.text):
            said = match["it"]
            whole = match[0].casefold()
            if whole.startswith(("lil", "li'l", "yung", "mc ", "dj ")) or (
                len(said) == 1 and said.isupper() and said not in "AI" and match[0][0].isupper()
            ):
                yield Finding(match.start(), match.end(), FindingKind.NAME)
        for match in _QUOTED_BETWEEN.finditer(self.text):
            shouted = match["it"].isupper() and match["last"].isupper()
            if (
                not shouted
                and (self.lexicon.often(fold(match["name"])) < 200 or fold(match["name"]) in self.lexicon.given)
                and fold(match["it"]) not in self.lexicon.ordinary
                and fold(match["last"]) not in self.lexicon.ordinary
            ):
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
                yield Finding(match.start("last"), match.end("last"), FindingKind.NAME)
        for match in _QUOTED.finditer(self.text):
            if _BEFORE_QUOTED.search(self.text[max(0, match.start() - 30) : match.start()]):
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
