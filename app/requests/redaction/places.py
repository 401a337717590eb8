"""Schools, and places where a child or a family can be found: streets, buildings, estates, surgeries, clubs, shops, churches.

Such a place is a word that says what it is ("surgery", "Road", "primary") with a name before it. What counts as a name
depends on what the capitals of the sentence are worth: where they say something, a capital is needed; elsewhere a word
that is no ordinary one, a personal name, or one of the words of nature, saints and colours that places are named after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.labels import Labels
from app.requests.redaction.lowercase import LowerCase
from app.requests.redaction.placenames import CONNECTORS
from app.requests.redaction.schools import Schools
from app.requests.redaction.streets import Streets

_WEBSITE = re.compile(
    r"\b(?:https?://)?(?:www\.)?(?<![\w.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,5}\.(?:sch\.uk|org\.uk|co\.uk|org|com|uk|net|ac\.uk|academy|school|london|example|test|info|co|io|app|church)\b(?:/[\w./?=&%-]*)?",
    re.IGNORECASE,
)
_SCHOOL_SITE = re.compile(
    r"sch\.uk|school|academy|college|primary|nursery|grammar|infant|junior|\.ac\.uk|high", re.IGNORECASE
)
_PUBLIC_SITE = re.compile(
    r"gov\.uk|nhs\.uk|police\.uk|youtube|google|facebook|instagram|tiktok|bbc\.|nspcc|childline|ofsted|kooth|mind\.org|barnardos|snapchat|roblox|"
    r"netflix|amazon|wikipedia|example\.(?:com|org)|samaritans|youngminds|coram|shelter|autism\.org",
    re.IGNORECASE,
)
_LOOSE_HEADS = frozenset(
    """girls boys ap sixth centre center ctr hub project rooms bikes cycles phones vapes cars repairs coffee diner deli wok burgers cuts hair lashes beauty tanning tattoo tattoos spa cleaners jewellers
    bookies amusements arcade boxing kickboxing mma majorettes explorers rainbows mission priory convent monastery hall motel bnb lodge retreat orthodontics physio vets kennels playscheme room suite studio home club pool practice bar market garage rec news shop store stores guides youth chicken spice arms inn foods temple ministry assembly
    nails motors autos cabs taxis choir baths juniors lions tigers eagles hawks falcons panthers warriors karate gymnastics athletics gym scouts cubs beavers
    brownies cadets dental dentist dentists library allotment allotments grill bazaar shelter clinic church mosque parish dance stables cafe pub hostel hotel
    fellowship congregation athletic rovers wanderers colts harriers barber kebab carpets tailors florist bakery butchers bakers hospice refuge foyer playground
    pizzeria bookmakers abbey bakery chippy salon barbers harriers takeaway childminding childminders abc grocers performing-arts pharmacy chemist opticians
    rc
    travel bowl barracks drycleaners balti cash carry mobile mobiles fabrics textiles sweet centre patisserie kitchen lounge snooker bingo cinema theatre marina caravan park holiday park farm shop depot warehouse snooker working social legion scout hut village church comp infs inf jnr jnrs tech
    high secondary primary nursery college academy school schools grammar juniors infants university prep comprehensive playgroup pru utc""".split()
)
_NEVER_HEAD_PLAIN = frozenset(
    {
        *"girls boys ap sixth project rooms hair coffee boxing beauty mission hall retreat cars cuts repairs phones bikes spa centre hub lodge arcade physio".split(),
        "rc",
        "youth",
        "athletic",
        "high",
        "secondary",
        "primary",
        "lions",
        "tigers",
        "eagles",
        "news",
        "rec",
        "bar",
        "guides",
        "temple",
        "spice",
        "arms",
        "nails",
        "cabs",
    }
)
_FLAT = re.compile(
    r"\b(?:flat|flt|apartment|apt|plot|pitch|caravan)\s?(?:no\.?\s?|number\s?)?(?:[0-9]{1,4}\s?[a-hA-H]?|[A-H][0-9]{0,3}(?![\w']))(?!\w)(?!\s?(?:years|months|weeks|days|%))",
    re.IGNORECASE,
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


class Places(Streets, Schools, Labels, LowerCase):
    """The places of one text."""

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
        yield from self._labelled()
        yield from self._numbered()
        yield from self._gone_to()
        yield from self._without_capitals()

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
            if (
                head.fold in _NEVER_HEAD_PLAIN
                or (before.possessive and before.fold not in self.lexicon.sets["naming"])
                or not self._unusual(before)
            ):
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
        if (
            at + 1 < len(words)
            and words[at + 1].joined
            and words[at + 1].fold in ("hospital", "hospitals", "station", "prison")
        ):
            return
        yield Finding(words[begin].start, words[self._onward(at, kind)].end, finding)

    def _onward(self, at: int, kind: str) -> int:
        """The head may go on: "Oakmadeup Primary School", "Testmadeup College Sixth Form"."""
        step = at
        while step + 1 < len(self.words) and step - at < 4 and self.words[step + 1].joined:
            ahead = next(
                (
                    end
                    for end in range(min(step + 3, len(self.words) - 1), step, -1)
                    if self._head_at(end, kind) == step + 1
                ),
                None,
            )
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
            elif words[end].fold not in CONNECTORS:
                break
            end += 1
        if last is not None:
            yield Finding(words[first].start, words[last].end, finding)
