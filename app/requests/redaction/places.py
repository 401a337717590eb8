"""Schools, and places where a child or a family can be found: streets, buildings, estates, surgeries, clubs, shops, churches.

Such a place is a word that says what it is ("surgery", "Road", "primary") with a name before it. What counts as a name
depends on what the capitals of the sentence are worth: where they say something, a capital is needed; elsewhere a word
that is no ordinary one, a personal name, or one of the words of nature, saints and colours that places are named after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.lexicon import Lexicon, cues
from app.requests.redaction.text import Word

_WEBSITE = re.compile(
    r"\b(?:https?://)?(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:sch\.uk|org\.uk|co\.uk|org|com|uk|net|ac\.uk|academy|school|london)\b(?:/[\w./?=&%-]*)?",
    re.IGNORECASE,
)
_SCHOOL_SITE = re.compile(r"sch\.uk|school|academy|college|primary|nursery|grammar|infant|junior|\.ac\.uk|high", re.IGNORECASE)
_PUBLIC_SITE = re.compile(
    r"gov\.uk|nhs\.uk|police\.uk|youtube|google|facebook|instagram|tiktok|bbc\.|nspcc|childline|ofsted|kooth|mind\.org|barnardos|snapchat|roblox|"
    r"netflix|amazon|wikipedia|example\.(?:com|org)|samaritans|youngminds|coram|shelter|autism\.org",
    re.IGNORECASE,
)
_CONNECTORS = frozenset({"of", "the", "and", "st", "our", "in", "on", "upon", "de", "la", "le", "under", "s", "by", "for", "with"})
_LOOSE_HEADS = frozenset(
    """home club pool practice bar market garage rec news shop store stores guides youth chicken spice arms inn foods temple ministry assembly
    nails motors autos cabs taxis choir baths juniors lions tigers eagles hawks falcons panthers warriors karate gymnastics athletics gym scouts cubs beavers
    brownies cadets dental dentist dentists library allotment allotments grill bazaar shelter clinic church mosque parish dance stables cafe pub hostel hotel
    fellowship congregation athletic rovers wanderers colts harriers barber kebab carpets tailors florist bakery butchers bakers hospice refuge foyer playground
    pizzeria bookmakers abbey bakery chippy salon barbers harriers takeaway childminding childminders abc grocers performing-arts pharmacy chemist opticians
    high secondary primary nursery college academy school schools grammar juniors infants university prep comprehensive playgroup pru utc""".split()
)
_NEVER_HEAD_PLAIN = frozenset({"youth", "athletic", "high", "secondary", "primary", "lions", "tigers", "eagles", "news", "rec", "bar", "guides", "temple", "spice", "arms", "nails", "cabs"})
_STREET_NUMBER = re.compile(r"(?:(?:no\.?|number)\s*)?[0-9]{1,4}\s?[a-dA-D]?(?:\s?[-–/]\s?[0-9]{1,4}[a-d]?)?,?\s+$")
_FLAT = re.compile(
    r"\b(?:flat|flt|apartment|apt|plot|pitch|caravan)\s?(?:no\.?\s?|number\s?)?(?:[0-9]{1,4}\s?[a-hA-H]?|[A-H][0-9]{0,3}(?![\w']))(?!\w)(?!\s?(?:years|months|weeks|days|%))",
    re.IGNORECASE,
)
_IN_YEAR = re.compile(
    r"^\s*[,(-]?\s*(?:in|where|for|as a|and in|and is in|currently in|doing)?\s*(?:he'?s|she'?s|they'?re|he is|she is)?\s*(?:in )?(?:yr|year|y|reception|nursery|sixth form|6th form)\.? ?[0-9]{0,2}\b",
    re.IGNORECASE,
)
_LIVES = re.compile(r"\b(?:lives?|lived|living|stay(?:s|ed|ing)?|address(?: is)?|resid(?:es|ed|ing)|moved|based|flat|house|housed|placed)\s+(?:\w+\s+){0,3}?(?:at|in|on|to|is|with)\s+(?:the\s+)?$", re.IGNORECASE)


@lru_cache(maxsize=1)
def _cue() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:(?:{cues()}|goes to|went to|going to go to|gone to)\s+(?:the\s+|a\s+school\s+called\s+|school\s+(?:called\s+)?)?)(?=[\w])", re.IGNORECASE
    )


def websites(text: str) -> Iterator[Finding]:
    """Addresses on the web: of schools, and of any other body that is not a national one."""
    for match in _WEBSITE.finditer(text):
        if text[max(0, match.start() - 1) : match.start()] == "@" or _PUBLIC_SITE.search(match[0]):
            continue
        if _SCHOOL_SITE.search(match[0]):
            yield Finding(match.start(), match.end(), FindingKind.SCHOOL)
        elif match[0].casefold().startswith(("www.", "http")):
            yield Finding(match.start(), match.end(), FindingKind.ADDRESS)


class Places:
    """The places of one text."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.text, self.words, self.lexicon = text, words, lexicon

    def found(self) -> Iterator[Finding]:
        """Schools and addresses, which may overlap."""
        for match in _FLAT.finditer(self.text):
            yield Finding(match.start(), match.end(), FindingKind.ADDRESS)
        for at in range(len(self.words)):
            yield from self._headed(at, "school")
            yield from self._headed(at, "place")
            yield from self._street(at)
            yield from self._building(at)
        yield from self._cued_schools()
        yield from self._saints()

    # -- what counts as a name before a head

    def _names(self, word: Word, generic: frozenset[str]) -> bool:
        """Whether this word, by itself, can be the name of a place."""
        one, lexicon = word.fold, self.lexicon
        if one in generic or one in lexicon.sets["roles"] or not word.text[0].isalpha() or len(one) < 2:
            return False
        if word.trusted and not word.lower_style:
            return word.capital and (not word.first or self._unusual(word))
        return self._unusual(word)

    def _unusual(self, word: Word) -> bool:
        one, lexicon = word.fold, self.lexicon
        if one in lexicon.sets["naming"] or one in lexicon.places:
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
            if (gap not in ("", "&", "'", "’", "-", ".") and not (before.possessive and gap == "")) or "\n" in head.gap or before.taken:
                break
            if gap == "." and before.fold != "st":
                break
            if self._names(before, generic):
                begin -= 1
                named = begin
                continue
            trusted = before.trusted and not before.lower_style
            if before.capital and trusted and not before.first and before.fold not in self.lexicon.sets["roles"] and before.fold not in ("i", "a", "he", "she", "they", "we"):
                begin -= 1
                continue
            if before.fold in _CONNECTORS and begin - 1 > 0 and self._names(words[begin - 2], generic) and named is not None and not (
                before.fold in ("in", "on", "for", "with", "by", "and") and not before.capital and words[begin - 2].fold not in self.lexicon.sets["naming"]
            ):
                begin -= 1
                continue
            if before.fold in ("st", "saint"):
                begin -= 1
                named = begin
                continue
            break
        return named

    def _head_at(self, at: int, kind: str) -> int | None:
        """Where a head phrase that ends with the word at `at` begins."""
        for phrase in self.lexicon.heads[kind].get(_written(self.words[at]), ()):
            first = at - len(phrase) + 1
            if first >= 0 and all(
                _written(self.words[first + step]) == phrase[step] and (step == 0 or self.words[first + step].joined) for step in range(len(phrase))
            ):
                return first
        return None

    def _headed(self, at: int, kind: str) -> Iterator[Finding]:
        words = self.words
        first = self._head_at(at, kind)
        if first is None or words[at].taken:
            return
        finding = FindingKind.SCHOOL if kind == "school" else FindingKind.ADDRESS
        generic = self.lexicon.sets["generic_schools" if kind == "school" else "generic_places"]
        begin = self._back(first, generic)
        if begin is None:
            yield from self._forward(at, first, finding, generic)
            return
        head = words[first]
        loose = first == at and head.fold in _LOOSE_HEADS
        if loose and head.trusted and not head.lower_style and not head.capital:
            before = words[first - 1]
            if head.fold in _NEVER_HEAD_PLAIN or before.possessive and before.fold not in self.lexicon.sets["naming"] or not self._unusual(before):
                return
        if loose and not (head.trusted and not head.lower_style):
            near = [one for one in words[begin:first] if one.fold not in generic]
            if head.fold in _NEVER_HEAD_PLAIN and not any(
                self.lexicon.often(one.fold) == 0 and one.fold not in self.lexicon.given for one in near
            ):
                return
        if words[at].possessive and kind == "place" and head.fold in ("home", "shop"):
            return
        names = [one for one in words[begin:first] if self._names(one, generic)]
        if all(one.fold in self.lexicon.left_alone or one.fold in self.lexicon.media for one in names):
            return
        if at + 1 < len(words) and words[at + 1].joined and words[at + 1].fold in ("hospital", "hospitals", "station", "prison"):
            return
        yield Finding(words[begin].start, words[self._onward(at, kind)].end, finding)

    def _onward(self, at: int, kind: str) -> int:
        """The head may go on: "Oakmadeup Primary School", "Testmadeup College Sixth Form"."""
        step = at
        while step + 1 < len(self.words) and step - at < 4 and self.words[step + 1].joined:
            ahead = next((end for end in range(min(step + 3, len(self.words) - 1), step, -1) if self._head_at(end, kind) == step + 1), None)
            if ahead is None:
                break
            step = ahead
        return step

    def _forward(self, at: int, first: int, finding: FindingKind, generic: frozenset[str]) -> Iterator[Finding]:
        """ "Church of the Holy Madeup", "College of St Test", "University of Testerton"."""
        words = self.words
        end = at + 1
        if end >= len(words) or words[end].fold != "of" or not words[first].capital:
            return
        end += 1
        last = None
        while end < len(words) and words[end].joined and end - at < 7:
            if self._names(words[end], generic) or words[end].fold in ("st", "saint", "our", "lady", "holy"):
                last = end if words[end].fold not in self.lexicon.left_alone else last
            elif words[end].fold not in _CONNECTORS:
                break
            end += 1
        if last is not None:
            yield Finding(words[first].start, words[last].end, finding)

    # -- streets and buildings

    def _street(self, at: int) -> Iterator[Finding]:
        words, word, sets = self.words, self.words[at], self.lexicon.sets
        sure = word.fold in sets["streets"]
        if not (sure or word.fold in sets["loose_streets"]) or at == 0 or word.taken or word.possessive:
            return
        generic = sets["generic_places"] | _NOT_STREETS
        begin = self._back(at, generic, 4)
        trusted = word.trusted and not word.lower_style
        if begin is None and not word.first and word.joined:
            number = _STREET_NUMBER.search(self.text[: words[at - 1].start][-16:])
            if number and words[at - 1].fold not in generic and words[at - 1].text[0].isalpha():
                begin = at - 1
        if begin is None:
            return
        before = self.text[max(0, words[begin].start - 16) : words[begin].start]
        number = _STREET_NUMBER.search(before)
        start = words[begin].start - (len(number[0].lstrip()) if number else 0)
        if number and begin > 0 and words[begin - 1].text.isdigit() is False and not words[begin - 1].text[0].isdigit():
            start = words[begin].start
        numbered = start < words[begin].start
        if trusted and not word.capital and not numbered:
            return
        if not trusted and not numbered:
            strict = not sure or word.fold in ("close", "drive", "lane", "grove", "street", "road", "gardens", "terrace", "crescent")
            if strict and not any(self._unusual(one) for one in words[begin:at]):
                return
            if not sure and not re.search(r"\b(?:at|on|in|of|from|near|off|down|to|lives|opposite)\s+(?:the\s+)?$", before, re.IGNORECASE):
                return
        if not sure and trusted and not numbered and word.fold in ("way", "row", "view", "end", "bank", "common", "path", "field", "fields", "meadow", "chase", "green", "st", "dr", "cl", "ct") and len(words[begin:at]) == 1 and words[begin].first:
            return
        if word.fold in ("dr", "st") and at + 1 < len(words) and words[at + 1].joined and words[at + 1].capital and not numbered:
            return
        yield Finding(start, word.end, FindingKind.ADDRESS)

    def _building(self, at: int) -> Iterator[Finding]:
        words, word, sets = self.words, self.words[at], self.lexicon.sets
        estate = word.fold in sets["estates"]
        if not (word.fold in sets["buildings"] or estate) or at == 0 or word.taken or word.possessive:
            return
        begin = self._back(at, sets["generic_places"] | _NOT_STREETS, 4)
        if begin is None:
            return
        trusted = word.trusted and not word.lower_style
        names = words[begin:at]
        if any(one.possessive for one in names) and not (word.capital and trusted):
            return
        if not estate and trusted and not word.capital:
            return
        if not estate and word.fold in ("court", "farm", "hall", "manor", "estate") and any(one.fold in ("family", "crown", "county", "high", "magistrates", "youth", "supreme") for one in names):
            return
        if not trusted and not any(self._unusual(one) and one.fold not in self.lexicon.word_given for one in names):
            return
        if not trusted and word.fold in ("house", "flat", "flats", "point", "barn", "caravan") and not re.search(
            r"\b(?:at|in|to|from|of|near|lives|called|flat \w+,?|room \w+,?)\s+(?:the\s+)?$", self.text[: words[begin].start][-24:], re.IGNORECASE
        ):
            return
        start = words[begin].start
        number = _STREET_NUMBER.search(self.text[max(0, start - 10) : start])
        if number and begin > 0 and words[begin - 1].text[0].isdigit() and not re.search(r"flat|apt|plot|pitch|room|unit", self.text[max(0, start - 18) : start], re.IGNORECASE):
            start -= len(number[0].lstrip())
        yield Finding(start, word.end, FindingKind.ADDRESS)

    # -- schools without a word that says so

    def _cued_schools(self) -> Iterator[Finding]:
        generic = self.lexicon.sets["generic_schools"]
        starts = {word.start: at for at, word in enumerate(self.words)}
        for match in _cue().finditer(self.text):
            at = starts.get(match.end())
            if at is None:
                continue
            end = at
            while end < len(self.words) and end - at < 4 and (end == at or self.words[end].joined or self.words[end].gap in (". ", ".", "’ ", "' ") ):
                word = self.words[end]
                usual = word.fold in generic or word.fold in self.lexicon.left_alone or word.fold in self.lexicon.media or word.fold in self.lexicon.sets["roles"] or word.fold in self.lexicon.places
                if word.fold not in ("st", "saint") and (usual or word.taken or not (self._names(word, generic))):
                    break
                end += 1
            if end == at or (end - at == 1 and self.words[at].fold in ("st", "saint")):
                continue
            last = self.words[end - 1]
            if end < len(self.words) and self.words[end].joined and (
                any(self._head_at(step, "place") == end for step in range(end, min(end + 3, len(self.words))))
                or self.words[end].fold in self.lexicon.sets["streets"] | self.lexicon.sets["buildings"] | self.lexicon.sets["estates"] | {"hospital", "prison", "station"}
            ):
                continue
            weak = re.match(r"(?:goes|went|gone|going|attend)", match[0], re.IGNORECASE)
            if weak and (last.possessive and self.words[at].fold not in ("st", "saint")):
                continue
            if re.match(r"(?:goes to|went to|gone to)", match[0], re.IGNORECASE) and not (
                self.words[at].fold in ("st", "saint") or self.lexicon.often(last.fold) == 0 and last.fold not in self.lexicon.given
            ):
                continue
            yield Finding(self.words[at].start, last.end + (len("'s") if last.possessive and self.words[at].fold == "st" else 0), FindingKind.SCHOOL)
        for at, word in enumerate(self.words[1:], start=1):
            if self.words[at - 1].fold == "at" and word.joined and self._names(word, generic) and word.fold not in self.lexicon.given:
                end = at
                while end + 1 < len(self.words) and self.words[end + 1].joined and end - at < 3 and self._names(self.words[end + 1], generic):
                    end += 1
                if _IN_YEAR.match(self.text[self.words[end].end :]):
                    yield Finding(word.start, self.words[end].end, FindingKind.SCHOOL)

    def _saints(self) -> Iterator[Finding]:
        """ "St Mark's" and "st marks" by themselves: most often a school, unless a street, hospital or feast follows."""
        words = self.words
        for at, word in enumerate(words[:-1]):
            saint = words[at + 1]
            if word.fold not in ("st", "saint") or word.taken or not (saint.joined or saint.gap == ". ") or (at and words[at - 1].text[0].isdigit()):
                continue
            if not (saint.possessive or saint.fold.endswith("s") or (saint.capital and saint.trusted)) or not saint.text.isalpha():
                continue
            if self.lexicon.often(saint.fold) > 50000 and saint.fold not in self.lexicon.given:
                continue
            after = words[at + 2].fold if at + 2 < len(words) and words[at + 2].joined else ""
            if after in ("day", "hospital", "ambulance", "hospice", "trust", "cathedral") or saint.fold in ("lucia", "vincent", "helena", "kitts", "helier", "helens", "albans", "ives", "andrew", "bernard", "tropez", "petersburg"):
                continue
            if at and words[at - 1].joined and words[at - 1].capital and word.trusted and after == "":
                continue
            end = saint.end + (2 if saint.possessive else 0)
            yield Finding(word.start, end, FindingKind.SCHOOL)


def _written(word: Word) -> str:
    return word.fold + ("s" if word.possessive else "")


_NOT_STREETS = frozenset(
    """main busy quiet side long wrong same whole right left high? cul de sac through across middle dead dirt private residential rocky bumpy coal fast slow bus cycle
    memory country back front next other far very really so too too-close quite is was are be been remains remained extremely exceptionally incredibly fairly particularly emotionally
    garden gardens play parks learning hard test sex strong inner food beer nearby open opposite half halfway car parking every town city
    court crown county youth family magistrates high magistrates' supreme appeal tennis basketball netball squash food civil criminal oxford-street sesame coronation albert downing wall
    bouncy village town mission halls dance music concert town guild sports exam dining assembly open half-way safe doll's dolls wendy tree full white-house opera
    power play light control bell clock eye big tower starting turning sticking talking sore crisis boiling low saving vantage melting power trigger breaking price
    on off up down at in to my your his her their our front upstairs downstairs council new-build terraced detached semi-detached bedroom two-bedroom three-bedroom housing industrial trading real holiday building work historic crown
    fire police bus train coach steam hill hills playing football rugby cricket sports caravan travellers traveller camp building web job internet gypsy school pupils""".split()
)
