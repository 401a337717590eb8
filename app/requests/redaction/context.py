"""What stands about a word says for or against its being a name: titles, relations, verbs, lists, ages, months, products."""

from __future__ import annotations

import re

from app.requests.redaction.evidence import WordEvidence
from app.requests.redaction.text import Word

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
_MONTHS = frozenset("may april june august march summer autumn easter sunday jan dec".split())
_MONTH_BEFORE = frozenset(
    "in by until till since from early late mid last next this end of during before after for to".split()
)
_AGE_AFTER = re.compile(
    r"(?:\s?\(|,? )(?:aged? )?[0-9]{1,2}(?:\s?(?:yrs?|years?|y/?o|m|f|months?))?(?:\s?[),.;:/]|\s(?:and|is|was|years?|yrs?|months?)\b|$)",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"\s?[,/&+]\s?|\s?[,/]\s?(?:[\"“‘])")


def words_gap_plain(word: Word) -> bool:
    """Whether only spaces stand before the word."""
    return word.gap.strip(" \t") == "" and word.gap != ""


class Evidence(WordEvidence):
    """What each word of a text says by itself and by what stands about it."""

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
        if sort == "ordinary" and not like and not self._opened(at):
            return 1.0 if self._told_of(at) else -8.0
        score = self._base(word, sort, like)
        score += self._capitals(word, sort) + self._context(at, sort)
        if (
            word.fold in self.sure
            and sort != "ordinary"
            and (sort in ("given", "surname", "unknown") or word.capital or not word.trusted or word.lower_style)
        ):
            score += self.weights["known"]["established"]
        return score

    def _told_of(self, at: int) -> bool:
        """An ordinary word with a capital of which a person's deeds are told: "says Nemo is"."""
        words, word, sets = self.words, self.words[at], self.lexicon.sets
        if (
            not word.capital or word.first or not word.trusted or word.lower_style or word.shouted or len(word.text) < 3
            or word.fold in self.lexicon.never_names or at in self.alone or at + 1 >= len(words)
        ):  # fmt: skip
            return False
        before, after = words[at - 1], words[at + 1]
        told = word.joined and (
            before.fold in sets["of_people"]
            or before.fold in ("when", "because", "if", "that", "while", "but", "where")
        )
        return told and (
            word.possessive or (after.joined and after.text.islower() and after.fold in sets["person_verbs"])
        )

    def _opened(self, at: int) -> bool:
        before = self.words[at - 1] if at else None
        return before is not None and (before.fold in self.openers or before.text.isdigit())

    def _context(self, at: int, sort: str) -> float:
        weight, sets = self.weights["context"], self.lexicon.sets
        word = self.words[at]
        before = (
            self.words[at - 1]
            if at
            and (word.gap == " " or not re.search(r"[.!?;\n]\s", word.gap))
            and word.gap.strip(" \t.'’‘\"“(:=,-") == ""
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
            score += self._before(at, before, after, sort, is_word)
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
        roles = self.roles
        if after.gap in (", ", " (", " - ", ": ", " – ") and not (
            after.gap == ", " and at and words[at - 1].fold in roles
        ):
            second = words[at + 2] if at + 2 < len(words) and words[at + 2].joined else None
            if after.fold in roles or (
                second is not None
                and after.fold in ("his", "her", "their", "the", "my", "a", "an", "our")
                and second.fold in roles
            ):
                return weight["comma_relation"]
        if (
            sort == "word_given"
            and word.capital
            and word.trusted
            and after.joined
            and after.capital
            and not word.possessive
            and not after.shouted
            and after.fold not in self.usual
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

    def _before(self, at: int, before: Word, after: Word | None, sort: str, is_word: bool) -> float:
        weight, sets, word = self.weights["context"], self.lexicon.sets, self.words[at]
        plain = word.gap.strip(" \t") == ""
        if at > 1 and plain and words_gap_plain(before):
            earlier = self.words[at - 2]
            if before.text.isdigit() and earlier.fold in sets["titles"] and word.text[0].isalpha():
                before = earlier
            elif (
                before.fold in ("is", "was", "are")
                and (earlier.fold in self.roles or earlier.fold in sets["named"])
                and word.capital
                and sort != "ordinary"
            ):
                return weight["copula_before"]
            elif (
                before.fold in ("him", "her", "them", "me", "you", "us", "it")
                and earlier.fold in ("call", "calls", "called", "calling", "named", "nicknamed", "christened", "naming")
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
        if before.fold in sets["named"] or (
            (before.fold == "as" and at > 1 and self.words[at - 2].fold in ("known", "to"))
            or (before.fold == "by" and at > 1 and self.words[at - 2].fold in ("goes", "go", "going", "known"))
            or (before.fold == "to" and at > 1 and self.words[at - 2].fold in ("answers", "name", "names"))
        ):
            lexicon = self.lexicon
            if sort != "ordinary":
                return weight["named_before"]
            left = word.fold in self.usual or word.fold in lexicon.media
            return weight["title_before_ordinary"] if word.capital and word.trusted and not left else 0.0
        if before.fold in self.roles:
            if before.possessive:
                return 0.0
            told = 1.0 if word.capital and word.trusted and not word.shouted else 0.0
            return (
                told + weight["relation_before_word" if is_word else "relation_before"]
                if plain or any(sign in word.gap for sign in ",(:-\"“”'’=")
                else 0.0
            )
        if ":" in word.gap and before.fold in sets["people_labels"] and sort != "ordinary":
            return weight["people_label"]
        if not plain:
            return 0.0
        if before.fold in sets["of_people"] and sort != "ordinary":
            asked = before.fold in ("ask", "asked", "asks", "tell", "told", "tells", "specially", "especially")
            return weight["of_people_before_word" if is_word else "of_people_before"] + (
                1.4 if is_word and asked else 0.0
            )
        if (
            is_word
            and before.fold in ("is", "its", "was")
            and after is not None
            and after.fold in ("who", "that", "whos")
        ):
            return weight["of_people_before_word"] + 2.0
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
        if before.fold in ("im", "hi", "hiya", "hello") and word.capital and sort not in ("ordinary", "seldom"):
            return weight["named_before"]
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
        elif (
            is_word
            and after.fold in ("to", "that")
            and word.text.islower()
            and word.fold in ("hope", "will", "may", "wish", "promise")
        ):
            score += 2 * weight["infinitive_before_word"]
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
