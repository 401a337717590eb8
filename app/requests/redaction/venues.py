"""Places that only what stands about them gives away: what follows "at", and what stands beside an address.

"Smile Studio, Castle Street" and "at Kings Cuts" have no word that says what they are. Capitals tell them, where the
writer's capitals say something; beside an address any run of capitals is part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.text import Word

_AT = frozenset("at above outside near nr opposite opp behind inside beside @ attends attended".split())
_INSIDE = frozenset("of the and upon le la de y".split())
_NOT_PLACES = frozenset(
    """level stage panel court year key home hospital school college nursery church mosque christmas phase tier band risk step point grade reception section part number no
    night day weekend bedtime bedtimes times time mealtimes lunch work university foundation birth present least most best all first last once panel gold silver bronze
    b&b bb i he she they we it mum dad nan gran his her their the a an this that camhs a&e ae casualty ed""".split()
)
_HOSPITAL = frozenset("hospital hospitals prison station infirmary airport general yoi".split())
_TAIL = frozenset(
    """room rooms centre center club group unit house park gate car shop store stores cafe studio studios hall yard farm mill works office offices library pool gym salon hub café base ward wing lodge
    surgery practice clinic church chapel hotel hostel street road estate flats gardens playground project cadets scouts sarees fabrics motors garage tyres kitchen grill bakery site service""".split()
)
_SCHOOLISH = re.compile(
    r"\b(?:school|sch|head|teach|teaches|ta|boys at|girls at|students|kids at|taught|pupil|class|lessons|year|yr|y[0-9]|gcse|sixth|form|senco|teacher|attends|attended|excluded|roll|college|nursery|student)\b[^.\n]{0,30}$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?P<it>(?:(?:The|the|Unit|unit|No\.?|no\.?|Flat|Room|Rm|Block|Number)\s)?(?:[A-Z0-9][\w'’&.-]*)(?:\s(?:of|the|and|&|on|le|[A-Z0-9][\w'’&.-]*|(?<=\s)(?:cadets|centre|room|rooms|studio|club|group|flats|house|farm|yard|shop))){0,5})\s?[,(]\s?$"
)
_AFTER = re.compile(
    r"^,\s[\"“‘]?(?P<it>(?:(?:flat|number|no\.?|unit|house) [0-9]{1,4}[a-d]?(?![\w]))|(?:the |The )?[A-Z][\w'’.-]*(?:\s(?:of|the|and|on|upon|under|[A-Z][\w'’.-]*)){0,3})(?=\s?[,.;)\n]|\s?$|\s[A-Z]{1,2}[0-9])"
)
_APPOSED = re.compile(
    r"\b(?P<what>(?i:nursery)|(?i:school)|college|pre-?school|club|shop|caf[eé]|church|gym|salon|restaurant|group|pub|studio|stall|market|business|takeaway|garage|refuge|hostel|home|barbers?|bakery|mosque|hotel|surgery|centre|chippy|office|firm|farm|unit)"
    r"(?:,| -|:| \(|,? called)\s?[\"“‘']?(?P<it>[A-Z][\w'’&]+(?: (?:of |the |and |& )?[A-Z][\w'’&]+){1,4})(?=[\"”’']?\s?[,.;:)(]|[\"”’']?\s?$)"
)
_NUMBERED = re.compile(
    r"\b(?:at|to|of|from|in|address|lives?|leave|left|home)[: ]\s?(?P<it>[0-9]{1,4}[a-d]? (?:The )?[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){1,3})(?=\s?[,.;)\n]|\s?$)"
)
_THE = re.compile(
    r"(?:\b(?:at|to|from|in|on|off|over|behind|outside|by|near|is|called|leave|left|leaving|home|placement|residential|unit|visit|visits|visited) ?[,:(]? ?|\()(?P<it>The [A-Z][a-z]+(?: [A-Z][a-z]+)?)(?=[,.;):\n]|\s(?:and|in|on|since|for|with|where|is|was|but|by|until)\b|$)"
)
_AFTER_FLAT = re.compile(r"^,?\s(?P<it>(?:the\s)?[^\W\d_][\w'’-]*(?:\s[^\W\d_][\w'’-]*){0,2})(?=\s?[,.;)\n]|\s?$)")


class Venues:
    """Such places of one text, given the addresses and schools found in it so far."""

    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon, found: Sequence[Finding]) -> None:
        self.text, self.words, self.lexicon, self.places = text, words, lexicon, found

    def found(self) -> Iterator[Finding]:
        """What follows "at", then what stands beside addresses."""
        for at, word in enumerate(self.words[:-1]):
            if (
                (word.fold in ("called", "named", "run", "runs", "owns", "own") and at and self._is_venue(at))
                or word.fold in _AT
                or self.text[max(0, self.words[at + 1].start - 2) : self.words[at + 1].start] == "@ "
            ):
                yield from self._behind(at)
        for match in _APPOSED.finditer(self.text):
            if self._is_part(match["it"], before=True) and self._trusted(match.start("it")):
                kind = (
                    FindingKind.SCHOOL
                    if re.match("nursery|school|college|pre", match["what"], re.IGNORECASE)
                    and not re.search(r"\bdance|drama|stage|riding|swim", self.text[match.start() - 12 : match.start()])
                    else FindingKind.ADDRESS
                )
                yield Finding(match.start("it"), match.end("it"), kind)
        for match in _THE.finditer(self.text):
            if self._trusted(match.start("it")) and self._is_part(match["it"], before=True):
                yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _NUMBERED.finditer(self.text):
            if self._trusted(match.start("it")):
                yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for place in self.places:
            if place.kind is FindingKind.ADDRESS:
                yield from self._beside(place)

    def _telling(self, word: Word) -> bool:
        """A capital that says something, of a word that could name a place."""
        one = word.fold
        return (
            word.capital
            and word.trusted
            and not word.taken
            and not (word.shouted and len(word.text) < 3)
            and one not in _NOT_PLACES
            and one not in self.lexicon.sets["roles"]
            and one not in self.lexicon.left_alone
            and one not in self.lexicon.media
        )

    def _is_venue(self, at: int) -> bool:
        """ "a barbers called ..."; "his parents run ..."."""
        if self.words[at].fold not in ("called", "named"):
            return not self.words[at + 1].taken and (
                self.words[at + 1].fold not in self.lexicon.given or self.words[at + 1].possessive
            )
        before = self.words[at - 1].fold
        return (
            before in _TAIL
            or before + "s" in _TAIL
            or (before,) in self.lexicon.heads["place"].get(before, ())
            or before in ("town", "place", "company", "business", "charity")
        )

    def _behind(self, at: int) -> Iterator[Finding]:
        words = self.words
        begin = at + 1
        if words[begin].fold in ("the", "our", "my", "a") and begin + 1 < len(words) and words[begin].joined:
            begin += 1
        following = words[begin + 1] if begin + 1 < len(words) else None
        placed = (
            following is not None
            and following.gap == " "
            and words[begin].capital
            and words[begin].fold in self.lexicon.left_alone
            and self._telling(following)
        )
        if not words[begin].joined or not (self._telling(words[begin]) or placed):
            return
        end = begin
        while end + 1 < len(words) and words[end + 1].gap in (" ", " & ", "'", "-") and end - begin < 5:
            after = words[end + 1]
            if after.taken or (words[end].possessive and not after.capital):
                break
            if after.capital and after.trusted and after.fold not in self.lexicon.sets["roles"]:
                end += 1
            elif (
                after.fold in _INSIDE and end + 2 < len(words) and words[end + 2].capital and words[end + 2].gap == " "
            ):
                end += 2
            elif after.fold in _TAIL:
                end += 1
            elif (
                end + 2 < len(words)
                and words[end + 2].fold in _TAIL
                and words[end + 2].gap == " "
                and after.fold
                not in self.lexicon.sets["person_verbs"]
                | self.lexicon.sets["prepositions"]
                | self.lexicon.sets["determiners"]
                | _INSIDE
                | {"in", "on", "at", "is"}
            ):
                end += 2
            else:
                break
        run = words[begin : end + 1]
        names = [word for word in run if word.fold in self.lexicon.given and word.fold not in self.lexicon.word_given]
        if len(run) == 1 and (
            names
            or (
                self.lexicon.often(run[0].fold) > 20000
                and run[0].fold not in self.lexicon.sets["naming"]
                and words[begin - 1].fold != "the"
            )
        ):
            return
        if any(word.fold in _HOSPITAL for word in run) or (end + 1 < len(words) and words[end + 1].fold in _HOSPITAL):
            return
        if len(run) == 1 and words[begin].possessive and words[begin].fold not in self.lexicon.sets["naming"]:
            return
        if len(run) == 1 and words[begin].fold in self.lexicon.places:
            return
        kind = (
            FindingKind.SCHOOL
            if _SCHOOLISH.search(self.text[max(0, words[begin].start - 40) : words[begin].start])
            else FindingKind.ADDRESS
        )
        yield Finding(run[0].start, run[-1].end + (2 if run[-1].possessive else 0), kind)

    def _beside(self, place: Finding) -> Iterator[Finding]:
        start = place.start
        for _ in range(3):
            match = _BEFORE.search(self.text[max(0, start - 60) : start])
            offset = max(0, start - 60)
            if (
                not match
                or not self._is_part(match["it"], before=True)
                or not self._trusted(offset + match.start("it"))
            ):
                break
            yield Finding(offset + match.start("it"), offset + match.end("it"), FindingKind.ADDRESS)
            start = offset + match.start("it")
        end = place.end
        for _ in range(3):
            rest = self.text[end : end + 60]
            flat = re.match(
                r"(?:flat|flt|apt|apartment|unit|room|no)\b", self.text[place.start : place.end], re.IGNORECASE
            )
            match = _AFTER.match(rest) or (_AFTER_FLAT.match(rest) if flat else None)
            if not match or not self._is_part(match["it"], before=False):
                break
            yield Finding(end + match.start("it"), end + match.end("it"), FindingKind.ADDRESS)
            end += match.end("it")

    def _trusted(self, start: int) -> bool:
        return all(word.trusted for word in self.words if start <= word.start < start + 12)

    def _is_part(self, said: str, *, before: bool) -> bool:
        words = [word.strip(".,'’") for word in said.casefold().split()]
        lexicon = self.lexicon
        telling = [word for word in words if word not in _INSIDE]
        if not telling:
            return False
        if all(
            word in lexicon.sets["roles"]
            or word in lexicon.left_alone
            or word in lexicon.media
            or word in _NOT_PLACES - {"no", "number"}
            for word in telling
        ):
            return False
        if (
            before
            and re.search(r"(?:^|\s)[0-9][\w/.:-]*$|^[0-9]", said)
            and not re.match(r"(?:unit|no|number|flat|room|rm|block|fire station)\b", said, re.IGNORECASE)
        ):
            return False
        if before and len(said) < 3:
            return False
        given = [word for word in telling if word in lexicon.given and word not in lexicon.word_given]
        if before and given and len(telling) <= 3 and telling[0] in given:
            return False
        first = telling[0]
        return not (
            len(telling) == 1
            and lexicon.often(first) > 3000
            and first not in lexicon.sets["naming"]
            and words[0] != "the"
        )
