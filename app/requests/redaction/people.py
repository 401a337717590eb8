"""Names of people, by weighed evidence: the word, its capitals, what stands about it, and what the form and the text know.

No list holds every name and many names are words, so nothing decides by itself. Each piece of evidence has a weight in
`config/redaction/weights.toml`; a word whose sum is above nought is a name. What is sure in one place of a text helps
elsewhere in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.context import Evidence
from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.text import Word, fold

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
_BESIDE_QUOTED = re.compile(
    r"(?:\b(?i:father|mother|mum|dad|brother|sister|uncle|aunt|auntie|cousin|friend|mate|boyfriend|girlfriend|partner|worker|carer|neighbour|dealer|older|elder|associate|male|female|man|woman|boy|girl|lad)s?,? |\b[A-Z][a-z]+(?:,? and|,| &) )$"
)
_ASSOCIATES = re.compile(
    r"\b(?i:(?:known )?associates?|nicknames?|street names?|aliases|alias|aka|a\.k\.a\.?|key risks?|olders|youngers|gang names?|peers of concern|friends of concern|linked to|other names)\s?[:=]\s?(?P<list>[A-Z][^.;:\n]{1,70})"
)
_KNOWN_AS = re.compile(
    r"\b(?i:known|goes|answers|nickname\w*|called|calls|aka|a\.k\.a\.?|alias|street name|dubbed|renamed|christened|rename)\b[^.;:\n\d]{0,36}?(?:\b(?:as|is|to|herself|himself|themselves|you|him|her|them)\b|[:(])\s[\"“'‘]?(?P<it>[A-Z][a-z]{2,13})\b"
)
_SIGNED = re.compile(
    r"(?:[\n.!?:>*]|,\s?\n|thanks,?|thx,?|ta,?|cheers,?|regards,?|love,?|best,?|diolch,?|merci,?)[ \n]{1,3}(?P<it>[^\W\d_]{2,12}(?: [^\W\d_]{1,10})?)(?: ?[xX]{1,4}|\.)?\s*\Z"
)
_NOBODY = frozenset(
    "child family person the this that she they her his him mum dad mother father english autistic".split()
)
_BEFORE_QUOTED = re.compile(
    r"\b(?:called|named|known(?: \w+){0,2} as|nicknamed?|aka|a\.k\.a\.?|alias|goes by|answers to|prefers|name|names|him|her|them|as)[\s,:(]{0,3}$",
    re.IGNORECASE,
)


class People(Evidence):
    """The names in one text."""

    def found(self) -> Iterator[Finding]:
        """Names, each as one stretch of its words."""
        first = [self._score(at) for at in range(len(self.words))]
        self.sure = {self.words[at].fold for at, score in enumerate(first) if score >= 3.0}
        self.sure_places = {at for at, score in enumerate(first) if score >= 1.0}
        scores = [score if score <= -8 else self._score(at) for at, score in enumerate(first)]
        named = [score > self._threshold(self.words[at]) for at, score in enumerate(scores)]
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
        self._again(named)
        yield from self._stretches(named)
        yield from self._nicknames()

    def _again(self, named: list[bool]) -> None:
        """What was a nickname in one place ("known as Captain") is one elsewhere, where capitals tell."""
        nicknames = {fold(match["it"]) for match in _KNOWN_AS.finditer(self.text)} - _NOBODY - self.lexicon.left_alone
        for at, word in enumerate(self.words):
            if word.fold in nicknames and word.capital and word.trusted and not word.taken and not word.shouted:
                named[at] = True

    def _threshold(self, word: Word) -> float:
        """Above which sum the word is a name."""
        sort = self.sort_of(word)
        is_word = sort in ("word_given", "word_surname", "ordinary") or (
            (word.shouted or not word.capital) and sort.startswith(("unknown", "seldom"))
        )
        return self.weights["threshold"]["word" if is_word else "name"]

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
                and word.fold not in self.usual and word.fold not in self.lexicon.media
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
        for match in _SIGNED.finditer(self.text):
            words = [fold(word) for word in match["it"].split()]
            if not any(
                word in self.lexicon.sets["roles"] or word in _NOBODY or word in self.lexicon.never_names
                or (self.lexicon.often(word) > 3000 and word not in self.lexicon.word_given and word not in self.lexicon.given)
                for word in words
            ):  # fmt: skip
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
        for match in _ASSOCIATES.finditer(self.text):
            for item in re.finditer(r"[^,/&()]+", match["list"]):
                said = item[0].strip(" \t.\"“”'")
                if (
                    1 < len(said) < 18
                    and said[0].isupper()
                    and not any(fold(word) in self.lexicon.never_names for word in said.split())
                ):
                    begin = match.start("list") + item.start() + item[0].index(said)
                    yield Finding(begin, begin + len(said), FindingKind.NAME)
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
            if (
                _BESIDE_QUOTED.search(self.text[max(0, match.start() - 30) : match.start()])
                and fold(match["it"]) not in self.lexicon.never_names
            ):
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
            if _BEFORE_QUOTED.search(self.text[max(0, match.start() - 30) : match.start()]):
                yield Finding(match.start("it"), match.end("it"), FindingKind.NAME)
