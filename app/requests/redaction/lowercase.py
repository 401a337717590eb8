"""Places in texts without capitals, and places whose own words begin them: "on madeup parade", "at 9 oakmadeup", "café madeup"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.placenames import PlaceNames
from app.requests.redaction.text import Word

_ON = frozenset("on in at off near down along from to behind opposite outside by of opp nr @ above round".split())
_WEAK = frozenset(
    """way place view end bank front side down downs run cut cross plain reach slip steps walks wood woods ring gap edge bottom path field fields common approach
    park drift ford fell law sands haven corner opening hollow link links loop circle dock ride ridge cliff bridge dr""".split()
)
_SOME_HOUSE = re.compile(
    r"\b(?:at|to|in|from|outside|stays?|staying|lives?|living|leave|left|is|of|behind|near) (?P<it>the (?:old|end|corner|white|red|top|bottom|blue|yellow|pink|little|last) (?:bakery|house|mill|forge|rectory|vicarage|chapel|barn|pub|station|schoolhouse|school house|post office|dairy|brewery|cottage|farm|"
    r"farmhouse|bungalow|lodge|hall|hut|stables|shop|flats|almshouse|manse|police station|fire station|coach house|toll house|boathouse|granary|smithy|surgery|bank)|the (?:[a-z]{3,} )?(?:scout hut|sheds|snooker hall|working men['’]?s club|social club|legion|village hall|church hall|bowls club|bingo hall|skate ?park|rec|bandstand|boathouse))\b",
    re.IGNORECASE,
)
_HEADS = frozenset(
    """cafe hotel hostel restaurant restaurante pizzeria ristorante taverna casa chez masjid mosque mandir gurdwara camp villa ysgol scoil ecole escuela szkola taigh ty plas llys bryn club bar pub salon""".split()
)
_CALLED = frozenset(
    "place shop pub home house farm cafe club gym church hotel hostel unit flat flats block school nursery college salon garage bnb b estate village chapel".split()
)
_NAME_BEHIND = re.compile(
    r" (?:of )?(?P<it>[^\W\d_][\w'’-]+(?: (?:na|nan|de|da|of|the|y|an|el|la|[^\W\d_][\w'’-]+)){0,3})"
)
_CALLED_BEHIND = re.compile(r"(?: is)? (?:called|named) [\"“'‘]?(?P<it>[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){0,3})")
_SCHOOL_FIRST = re.compile(r"ysgol|scoil|[eé]cole|escuela|szko|school|nursery|college", re.IGNORECASE)
_HOLY = re.compile(
    r"\b(?P<it>our lady(?:['’]?s)?(?: (?:and|of|queen of|star of|help of) (?:the |all |our )?[\w'’-]+(?: [Hh]eart| [Mm]ary)?)?|(?:sacred|immaculate) heart(?: of (?:jesus|mary))?|holy (?:cross|rood|family|trinity|name|rosary|ghost|rood|redeemer|innocents|souls)|"
    r"(?:all|blessed) (?:saints|souls|hallows)|corpus christi|christ the king|notre dame|(?:good|bon) shepherd|blessed (?:sacrament|virgin)|most holy \w+|emmanuel (?:church|centre)|bishop [A-Z]\w+|archbishop [A-Z]\w+|cardinal [A-Z]\w+)(?! (?:communion|day|week|spirit))(?=\W|$)(?!['’]?s day)",
    re.IGNORECASE,
)
_SCHOOLISH = re.compile(
    r"\b(?:attend\w*|pupil|school|sch|nursery|roll|teacher|head|year|yr|y[0-9]+|class|place|excluded|raac|pe|ofsted|sencos?|dsl|convent|college|uniform)\b[^.\n]{0,30}$",
    re.IGNORECASE,
)
_SCHOOL_AFTER = re.compile(
    r"^\W{0,2}(?:(?:rc|ce|catholic|cofe|c of e|convent) )?(?:school|primary|high|academy|college|secondary|nursery|infants?|juniors?|convent|head|teacher|dsl|senco|y(?:ea)?r)\b",
    re.IGNORECASE,
)
_AT_THE = re.compile(
    r"\b(?:at|to|in|from|outside|near|leave|left|called|@|home[:,]|placement[:,]|in2) (?P<it>the (?:old |new |little |coach )?(?P<head>grange|gables?|laurels|elms|oaks|limes|larches|beeches|willows|cedars|firs|hollies|glebe|rectory|vicarage|manor|priory|orchards?|poplars|chestnuts|gatehouse|coach house|sycamores|pines|maples|birches|hawthorns|rowans|chantry|spinney|"
    r"croft|rookery|nook|mount|beacon|forge|granary|oast|stables|paddocks?|chalet|haven|retreat|bungalow|cottage|mill house|school house|schoolhouse|lodge|hermitage|moorings|willow|gateway|bridge house|hollow|acorns|conifers|ferns|heathers|lindens|mulberries|hazels|aspens|heights|terraces|towers|maltings|shambles|brambles|priory))\b(?! (?:of|and mountain)\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\b(?P<it>(?:[Uu]nit|UNIT|[Aa]rch|[Pp]itch|[Bb]erth|[Mm]ooring|[Bb]ay|[Bb]lock|[Pp]lot|[Ll]ot|[Ss]tation|[Ff]ire [Ss]tation) [0-9A-Z]{1,3}(?: (?:[A-Z][\w'’]+ ){0,2}[A-Z][\w'’]+|(?=[,.;)])))"
)
_BUSINESS = re.compile(
    r"\b(?:barbers?|shop|caf[eé]|takeaway|salon|restaurant|garage|pub|church|gym|club|nursery|school|hostel|stall|business|hairdressers?|nail bar|car wash|bakery|butchers?|chippy|mosque|temple|refuge|off licence|cornershop|farm|home|b&b|hotel|studio|launderette|company|firm)(?:,| -| –|:| \(| =)\s?[\"“‘']?(?P<it>(?:the )?[^\W\d_][\w'’&-]+(?: [^\W\d_&][\w'’&-]*| &){0,3})(?=\s?[,.;:)(\"”\n]|\s?$)",
    re.IGNORECASE,
)
_NUMBER_BEHIND = re.compile(
    r",? (?:number|no\.?|nr) ?(?:[0-9]{1,3}[a-d]?|[a-z]+(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?)\b",
    re.IGNORECASE,
)
_AT_NUMBER = re.compile(
    r"(?:\b(?:at|address|addr|lives?|living|to|@|home)[ :]{1,2}|(?<=[a-z]), (?=[0-9]+[a-d]? [A-Z][a-z]+\s?(?:[,.;)\n]|\Z)))(?P<it>(?:no\.? ?|number )?[0-9]{1,3}[a-d]? (?P<word>[^\W\d_]{4,})(?: (?:[^\W\d_]{3,})(?=\s?[,.;)\n]|\s?$))?)(?=\W|$)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:flat(?: \w+)?(?: is)?|lives?|living|room(?: is)?|bedsit|stay(?:s|ing)?|sofa|house) (?P<it>(?:above|over|behind|below|next (?:door )?to|opposite|round the back of) (?:the |a )(?:[\w'’&-]+ ){0,3}(?:shop|place|takeaway|pub|bookies|chippy|salon|barbers?|garage|restaurant|caf[eé]|laundrette|launderette|mosque|church|surgery|station|supermarket|off licence|newsagents?|chemist|bakery|butchers?|post office))\b",
    re.IGNORECASE,
)
_UNITS = frozenset(
    "months month weeks week years year days hours hour minutes mins nights night times people children point points stone pounds percent other more different".split()
)


class LowerCase(PlaceNames):
    """Such places of one text."""

    def _without_capitals(self) -> Iterator[Finding]:
        starts = {word.start: at for at, word in enumerate(self.words)}
        yield from self._plain_streets()
        yield from self._headed_after_at()
        for match in _AT_THE.finditer(self.text):
            at = starts.get(match.start("head"))
            if at is not None and (self.words[at].capital or not self._capitals_tell(self.words[at])):
                yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _SOME_HOUSE.finditer(self.text):
            yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _UNIT.finditer(self.text):
            yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _HOLY.finditer(self.text):
            at = starts.get(match.start("it"))
            if at is None or (self._capitals_tell(self.words[at]) and not self.words[at].capital):
                continue
            school = _SCHOOLISH.search(self.text[max(0, match.start() - 40) : match.start()]) or _SCHOOL_AFTER.match(
                self.text[match.end() : match.end() + 24]
            )
            yield Finding(match.start("it"), match.end("it"), FindingKind.SCHOOL if school else FindingKind.ADDRESS)
        for match in _AT_NUMBER.finditer(self.text):
            at = starts.get(match.start("word"))
            if (
                at is not None
                and self.words[at].fold not in _UNITS
                and self._unusual(self.words[at])
                and not self.words[at].possessive
            ):
                yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _ABOVE.finditer(self.text):
            yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _BUSINESS.finditer(self.text):
            yield from self._called(match, starts.get(match.start("it")), None, business=True)
        for word in self.words:
            if word.fold in _HEADS and not word.possessive and (behind := _NAME_BEHIND.match(self.text, word.end)):
                yield from self._called(behind, starts.get(behind.start("it")), word, business=False)
            if word.fold in _CALLED and (behind := _CALLED_BEHIND.match(self.text, word.end)):
                yield from self._called(
                    behind,
                    starts.get(behind.start("it")),
                    None,
                    business=False,
                    school=word.fold in ("school", "nursery", "college"),
                )

    def _headed_after_at(self) -> Iterator[Finding]:
        """ "at winners hall": between "at" and a word for a place stand words that describe no place."""
        words, sets = self.words, self.lexicon.sets
        bars = (
            sets["generic_places"]
            | sets["generic_schools"]
            | sets["determiners"]
            | sets["prepositions"]
            | sets["roles"]
            | {"crown", "magistrates", "dining"}
        )
        for at, word in enumerate(words[:-2]):
            if (
                word.fold not in ("at", "in", "from", "@", "outside", "attends")
                or self._capitals_tell(words[at + 1])
                or words[at + 1].taken
            ):
                continue
            for end in range(at + 2, min(at + 6, len(words))):
                if not words[end].joined or words[end].taken or not words[end - 1].text[0].isalpha():
                    break
                kind, first = "place", end if words[end].fold in sets["buildings"] else None
                for sort in ("school", "place"):
                    if first is None and (found := self._head_at(end, sort)) is not None:
                        kind, first = sort, found
                if first is None:
                    continue
                names = words[at + 1 : first]
                if not names or any(one.fold in bars or not one.text[0].isalpha() for one in names):
                    break
                follows = words[end + 1] if end + 1 < len(words) and words[end + 1].joined else None
                if follows is None or self._head_at(end + 1, kind) is None:
                    yield Finding(
                        names[0].start,
                        words[end].end,
                        FindingKind.SCHOOL if kind == "school" else FindingKind.ADDRESS,
                    )
                    break

    def _capitals_tell(self, word: Word) -> bool:
        return word.trusted and not word.lower_style

    def _called(
        self, match: re.Match[str], at: int | None, head: Word | None, *, business: bool, school: bool = False
    ) -> Iterator[Finding]:
        if at is None or self.words[at].taken:
            return
        end = None
        lexicon = self.lexicon
        unusual = False
        for step in range(at, min(at + 5, len(self.words))):
            word = self.words[step]
            if word.end > match.end("it"):
                break
            tells = self._capitals_tell(word)
            stop = any(
                word.fold in lexicon.sets[which] for which in ("person_verbs", "roles", "subject_pronouns")
            ) or word.fold in (
                "on",
                "in",
                "at",
                "for",
                "with",
                "and",
                "to",
                "because",
                "when",
                "his",
                "her",
                "their",
                "not",
            )
            if stop or (tells and not word.capital and word.fold not in ("of", "the", "na", "de", "da", "la")):
                break
            if word.fold not in ("of", "the", "na", "de", "da", "la", "y", "an", "el"):
                end = step
                unusual = unusual or (
                    word.capital
                    if tells
                    else self._unusual(word) or (lexicon.often(word.fold) == 0 and word.fold not in lexicon.left_alone)
                )
        if end is None or not unusual:
            return
        run = self.words[at : end + 1]
        building = run[-1].fold in lexicon.sets["buildings"] | lexicon.sets["streets"] and len(run) > 1
        if (
            run[0].fold in lexicon.given
            and run[0].fold not in lexicon.word_given
            and not building
            and (business or len(run) == 1)
            and not run[0].possessive
        ):
            return
        if all(
            word.fold in lexicon.places or word.fold in lexicon.left_alone or word.fold in lexicon.media for word in run
        ) or (len(run) == 1 and business):
            return
        if all(word.shouted for word in run) and len(run) == 1:
            return
        school = school or bool(_SCHOOL_FIRST.match(match[0] if head is None else head.fold))
        begin = run[0].start if head is None else head.start
        yield Finding(begin, run[-1].end, FindingKind.SCHOOL if school else FindingKind.ADDRESS)

    def _plain_streets(self) -> Iterator[Finding]:
        """ "on cherry madeup parade": a word for a street behind one to three others and "on"."""
        words, sets = self.words, self.lexicon.sets
        suffixes = sets["streets"] | sets["loose_streets"]
        bars = (
            sets["generic_places"] | sets["determiners"] | sets["prepositions"] | sets["person_verbs"] | sets["roles"] | sets["infinitive"] | sets["subject_pronouns"]
            | {"main", "busy", "quiet", "dead", "cul", "sac", "same", "side", "wrong", "high", "back", "front", "court", "own", "long", "every", "parade", "memory", "crown", "magistrates"}
        )  # fmt: skip
        for at, word in enumerate(words):
            if (
                word.fold not in suffixes
                or at < 2
                or word.taken
                or word.possessive
                or not word.joined
                or self._capitals_tell(word)
            ):
                continue
            begin = at
            while (
                begin > 0
                and at - begin < 3
                and words[begin].joined
                and words[begin - 1].fold not in bars
                and not words[begin - 1].taken
                and words[begin - 1].text[0].isalpha()
            ):
                begin -= 1
            if begin == at or begin == 0:
                continue
            cue = words[begin - 1]
            cued = cue.fold in _ON and words[begin].joined
            listed = words[begin].gap in (", ", " (", "\n") or words[begin - 1].text[0].isdigit()
            unusual = any(self._unusual(one) or self.lexicon.often(one.fold) < 1200 for one in words[begin:at])
            weak = word.fold in _WEAK
            if not (
                (cued and (unusual or not weak))
                or (listed and unusual and not (weak and word.fold not in ("road", "street", "lane", "st")))
            ):
                continue
            behind = _NUMBER_BEHIND.match(self.text, word.end)
            yield Finding(words[begin].start, behind.end() if behind else word.end, FindingKind.ADDRESS)
