"""Streets, with a number or without, and buildings and estates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.placenames import PlaceNames

_PLAIN_BUILDINGS = frozenset("court lodge cottages towers heights mansions villas".split())
_STREET_NUMBER = re.compile(
    r"(?:(?:no\.?|number|unit|station|block|suite|lot)\s*)?[0-9]{1,4}\s?[a-dA-D]?(?:\s?[-–/]\s?[0-9]{1,4}[a-d]?)?,?\s+$"
)
_FLAT_BEFORE = re.compile(
    r"\b(?:flat|flt|apt|apartment|plot|unit|room|rm|caravan|pitch|berth)\s*(?:no\.?\s*)?$", re.IGNORECASE
)
_NOT_STREETS = frozenset(
    """main busy quiet side long wrong same whole right left high? cul de sac through across middle dead dirt private residential rocky bumpy coal fast slow bus cycle
    memory country back front next other far very really so too too-close quite is was are be been remains remained extremely exceptionally incredibly fairly particularly emotionally
    garden gardens play parks learning hard test sex strong inner food beer nearby open opposite half halfway car parking every town city
    court crown county youth family magistrates high magistrates' supreme appeal tennis basketball netball squash food civil criminal oxford-street sesame downing wall
    bouncy village town mission halls dance music concert town guild sports exam dining assembly open half-way safe doll's dolls wendy tree full white-house opera
    power play light control bell clock eye big tower starting turning sticking talking sore crisis boiling low saving vantage melting power trigger breaking price
    on off up down at in to my your his her their our front upstairs downstairs council new-build terraced detached semi-detached bedroom two-bedroom three-bedroom housing industrial trading real holiday building work historic crown
    fire police bus train coach steam hill hills playing football rugby cricket sports caravan travellers traveller camp building web job internet gypsy school pupils""".split()
)


class Streets(PlaceNames):
    """The streets and buildings of one text."""

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
        before = self.text[max(0, words[begin].start - 20) : words[begin].start]
        number = _STREET_NUMBER.search(before)
        start = words[begin].start - (len(number[0].lstrip()) if number else 0)
        if number and begin > 0 and words[begin - 1].text.isdigit() is False and not words[begin - 1].text[0].isdigit():
            start = words[begin].start
        if number and _FLAT_BEFORE.search(self.text[max(0, start - 12) : start]):
            start = words[begin].start
        numbered = start < words[begin].start
        if trusted and not word.capital and not numbered:
            return
        if not trusted and not numbered:
            strict = not sure or word.fold in (
                "close",
                "drive",
                "lane",
                "grove",
                "street",
                "road",
                "gardens",
                "terrace",
                "crescent",
            )
            if (
                strict
                and not (word.capital and word.trusted)
                and not any(self._unusual(one) for one in words[begin:at])
            ):
                return
            if not sure and not re.search(
                r"\b(?:at|on|in|of|from|near|off|down|to|lives|opposite|round|around|outside|by|past|behind|through)\s+(?:the\s+)?$",
                before,
                re.IGNORECASE,
            ):
                return
        if (
            not sure
            and trusted
            and not numbered
            and word.fold
            in (
                "way",
                "row",
                "view",
                "end",
                "bank",
                "common",
                "path",
                "field",
                "fields",
                "meadow",
                "chase",
                "green",
                "st",
                "dr",
                "cl",
                "ct",
            )
            and len(words[begin:at]) == 1
            and words[begin].first
        ):
            return
        if (
            word.fold in ("dr", "st")
            and at + 1 < len(words)
            and words[at + 1].joined
            and words[at + 1].capital
            and not numbered
        ):
            return
        yield Finding(start, word.end, FindingKind.ADDRESS)

    def _building(self, at: int) -> Iterator[Finding]:
        words, word, sets = self.words, self.words[at], self.lexicon.sets
        estate = word.fold in sets["estates"]
        if not (word.fold in sets["buildings"] or estate) or at == 0 or word.taken or word.possessive:
            return
        begin = self._back(at, sets["generic_places"] | _NOT_STREETS, 4)
        if begin is None and at > 1 and not (word.trusted and not word.lower_style) and word.fold in _PLAIN_BUILDINGS:
            one = words[at - 1]
            if (
                word.joined
                and one.joined
                and one.fold not in sets["generic_places"] | _NOT_STREETS
                and words[at - 2].fold in ("at", "of", "in", "from", "to", "near", "outside")
            ):
                yield Finding(one.start, word.end, FindingKind.ADDRESS)
            return
        if begin is None:
            return
        trusted = word.trusted and not word.lower_style
        names = words[begin:at]
        if any(one.possessive for one in names) and not (word.capital and trusted):
            return
        if not estate and trusted and not word.capital:
            return
        if (
            not estate
            and word.fold in ("court", "farm", "hall", "manor", "estate")
            and any(
                one.fold in ("family", "crown", "county", "high", "magistrates", "youth", "supreme") for one in names
            )
        ):
            return
        shown = word.lower_style and word.capital and not word.shouted and all(one.capital for one in names)
        if (
            not trusted
            and not shown
            and not any(self._unusual(one) and one.fold not in self.lexicon.word_given for one in names)
        ):
            return
        if (
            not trusted
            and not shown
            and word.fold in ("house", "flat", "flats", "point", "barn", "caravan")
            and not re.search(
                r"\b(?:at|in|to|from|of|near|lives|called|flat \w+,?|room \w+,?)\s+(?:the\s+)?$",
                self.text[: words[begin].start][-24:],
                re.IGNORECASE,
            )
        ):
            return
        start = words[begin].start
        number = _STREET_NUMBER.search(self.text[max(0, start - 10) : start])
        if (
            number
            and begin > 0
            and words[begin - 1].text[0].isdigit()
            and not re.search(r"flat|apt|plot|pitch|room|unit", self.text[max(0, start - 18) : start], re.IGNORECASE)
        ):
            start -= len(number[0].lstrip())
        yield Finding(start, word.end, FindingKind.ADDRESS)
