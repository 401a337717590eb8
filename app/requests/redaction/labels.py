"""Places that a label, a house number or a verb of going gives away: "GP: Oakmadeup", "9 Madeup Holt", "works in Madeup Booze"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.placenames import PlaceNames

_LABEL = re.compile(
    r"(?:^|(?<=[.;|,(\n\t•*-])|(?<=\s\s)|(?<=\. )|(?<=; )|(?<=, )|(?<=\())[ \t•*-]{0,4}(?:(?:current|previous|prev|present|last|home|new|old|family|mum'?s|dad'?s|carer'?s?|placement|contact|his|her|child'?s|the)\s+){0,2}"
    r"(?P<label>home|placement|address|addr|add|gp|g\.p\.|gp surgery|gp practice|surgery|doctors?|dr'?s|dentist|dental|optician|venue|location|place|contact venue|contact centre|lives at|living at|living|lives|residence|unit|church|mosque|place of worship|worship|"
    r"faith group|club|clubs|youth club|work|employer|employment|works at|pharmacy|health visitor base|clinic|foster home|places|locations|hang ?outs|addresses|known addresses|pick ?up|drop ?off|parked|base|lodgings|lodging|other address|bail address|hotspots|school|current school|nursery|college|education|ed|setting|pre-?school|edu|schools|school/college|nursery/school|education setting|provision|pru|ap|alternative provision|sixth form|sch|preschool)"
    r"(?:\s+(?:name|attended|details|is|now))?\s?(?:\([^)\n]{0,20}\)\s?)?(?::|=|\s[-–]\s)\s?[\"“']?(?P<it>(?:the |The |THE )?(?=[^\W_])[^,.;:\n|()\[\]\"”=]{2,44}?)(?=\s?[,.;:\n|()\[\]\"”=]|\s[-–]\s|\s?$)",
    re.IGNORECASE | re.MULTILINE,
)
_SCHOOL_LABEL = re.compile(
    r"school|sch|pre-?school|nursery|college|education|ed\b|edu|setting|provision|pru|ap\b|alternative|sixth",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<![\w/£.:,+#-])(?P<it>(?:no\.? ?)?[0-9]{1,3}[a-dA-D]?(?:[/-][0-9]{1,3})? (?P<street>(?:[^\W\d_][\w'’.-]* ){1,3}(?P<last>[^\W\d_][\w'’-]*)))\b"
)
_THE_HOUSE = re.compile(
    r"(?<![\w/£.:-])(?<![Ff]lat )(?<!FLAT )(?<![Pp]lot )(?<![Uu]nit )(?<!No )(?<!no )(?P<it>[0-9]{1,3}[a-d]?,? The [A-Z][a-z]+(?: [A-Z][a-z]+)?)\b|\b(?:at|to|from|lives?|living|address|of|stays?)[ :]{1,2}(?P<low>[0-9]{1,3}[a-d]? the [a-z]{3,})\b"
)
_LIVES = re.compile(
    r"\b(?:at|address|addr|lives?|living|live|stay(?:s|ing|ed)?|moved? (?:to|in)|home|house|of|from|in|to|on|outside|opposite|near|flat \w+|placed|:|\(|and)[ :,]{0,2}$",
    re.IGNORECASE,
)
_GOES = re.compile(
    r"\b(?:(?:moved|went|came|transferred|coming|moving) (?:on )?from|(?:goes|go|going|went|gone|taken|takes|sent|referred|back|return(?:s|ed)?|transferred|introduced|transition(?:ed|ing)?|visits?|access) (?:over )?to|"
    r"(?:works?|worked|working|lives?|living|stay(?:s|ed|ing)?|placed|based|resides?|registered|respite|seen|sleeping|job|placement|shifts?|volunteers?|trains?|training|boxes|swims|dances|prays?|worships?) (?:\w+ )?(?:in|at|with|for|above|behind|over)|"
    r"visited|visits|attends?|attended|attending|regular at|member of|belongs to|plays for|played for|plays at|trains with|signed (?:for|to)|run(?:s|ning)? (?:a )?|owns|outside|round at|round the back of|behind|opposite|above|below|next to|hangs? (?:out )?(?:at|around|outside|by)|hanging (?:out )?(?:at|around|outside|by)|(?:picked up|collected|collect|pick up) (?:\w+ )?from|contact (?:is |was )?(?:at|in)) (?P<the>the |The )?$",
    re.IGNORECASE,
)
_CUES = frozenset(
    "to in at with for above behind over visited visits attends attended attending of outside owns run runs running a from below opposite around by".split()
)
"""The words that such a verb ends with."""
_INSIDE = frozenset("of the and on upon in le la de y".split())
_SCHOOLISH = re.compile(r"\b(?:attend\w*|transition\w*|pupil|school|nursery|roll)\b[^.\n]{0,24}$", re.IGNORECASE)
_LISTS = re.compile(r"(?:places|locations|hang ?outs|addresses|known addresses|hotspots)$", re.IGNORECASE)
_NOT_LABELLED = frozenset(
    """na none nil unknown tbc tbd yes no not see as same with lives living stays none independent mainstream special home out remains attends currently
    awaiting foster care residential supported semi date time name n a and but for is was has he she they it mum dad""".split()
)


class Labels(PlaceNames):
    """Such places of one text."""

    def _labelled(self) -> Iterator[Finding]:
        """What stands behind a label of a form."""
        starts = {word.start: at for at, word in enumerate(self.words)}
        for match in _LABEL.finditer(self.text):
            at = starts.get(match.start("it"))
            if at is None or self.words[at].taken or self.words[at].fold in _NOT_LABELLED:
                continue
            if _LISTS.match(match["label"]):
                yield from self._items(match.start("it"))
                continue
            school = bool(_SCHOOL_LABEL.match(match["label"]))
            end = self._run(at, match.end("it"), school)
            if end is not None:
                yield Finding(
                    match.start("it"), self.words[end].end + (2 if self.words[end].possessive else 0),
                    FindingKind.SCHOOL if school else FindingKind.ADDRESS,
                )  # fmt: skip

    def _items(self, start: int) -> Iterator[Finding]:
        """Every place of a list behind a label."""
        rest = re.split(r"[.\n;]", self.text[start : start + 160])[0]
        for item in re.finditer(r"[^,;/()]+", rest):
            said = item[0].strip()
            one = said.casefold()
            if (
                2 < len(said) < 40
                and one not in self.lexicon.places
                and not one.startswith(("unknown", "none", "tbc", "n/a"))
                and len(said.split()) < 6
            ):
                begin = start + item.start() + len(item[0]) - len(item[0].lstrip())
                yield Finding(begin, begin + len(said), FindingKind.ADDRESS)

    def _run(self, at: int, most: int, school: bool) -> int | None:
        """Where a name of a place that begins at `at` ends; None where nothing there names one."""
        words, lexicon = self.words, self.lexicon
        generic = lexicon.sets["generic_schools" if school else "generic_places"]
        the = words[at].fold == "the"
        end, named, step = None, False, at + the
        while step < len(words) and words[step].end <= most and step - at < 6 and not words[step].taken:
            word = words[step]
            capitals = word.trusted and (
                not word.lower_style or (words[at + the].capital and not words[at + the].shouted)
            )
            if word.fold == "and" and (
                step + 1 >= len(words)
                or not words[step + 1].capital
                or words[step - 1].fold in self.lexicon.heads["place"]
            ):
                break
            if word.fold in _INSIDE and step > at:
                step += 1
                continue
            plain = (
                any(word.fold in lexicon.sets[which] for which in ("person_verbs", "prepositions", "infinitive"))
                or word.fold in _NOT_LABELLED
                or word.fold in lexicon.sets["relations"]
            )
            if plain or not word.text[0].isalpha() or (capitals and not word.capital):
                break
            leave = word.fold in generic or word.fold in lexicon.left_alone or word.fold in lexicon.media
            if not leave and not (word.shouted and len(word.text) < 4):
                named = named or (word.capital if capitals else self._unusual(word))
            end, step = step, step + 1
        run = words[at + the : (end or at) + 1]
        if end is None or not named or not run:
            return None
        given = [one for one in run if one.fold in lexicon.given and one.fold not in lexicon.word_given]
        if given and len(run) < 3 and not the and not (run[-1].fold in lexicon.sets["naming"] or school):
            return None
        return (
            None if len(run) == 1 and (run[0].fold in lexicon.places or run[0].fold in lexicon.sets["roles"]) else end
        )

    def _numbered(self) -> Iterator[Finding]:
        """A house number before a name, whatever the street is called."""
        sets = self.lexicon.sets
        suffixes = sets["streets"] | sets["loose_streets"] | sets["buildings"]
        starts = {word.start: at for at, word in enumerate(self.words)}
        for match in _THE_HOUSE.finditer(self.text):
            if match["low"]:
                yield Finding(match.start("low"), match.end("low"), FindingKind.ADDRESS)
            elif all(word.trusted for word in self.words if match.start() <= word.start < match.end()):
                yield Finding(match.start("it"), match.end("it"), FindingKind.ADDRESS)
        for match in _NUMBERED.finditer(self.text):
            at = starts.get(match.start("street"))
            if at is None:
                continue
            run = [word for word in self.words[at : at + 4] if word.end <= match.end()]
            cue = bool(_LIVES.search(self.text[max(0, match.start() - 20) : match.start()]))
            for length in range(len(run), 1, -1):
                last, names = run[length - 1], run[: length - 1]
                if last.fold not in suffixes or any(one.taken for one in run[:length]):
                    continue
                if any(one.fold in sets["generic_places"] or one.fold in sets["roles"] for one in names):
                    continue
                capitals = all(one.capital for one in run[:length]) and last.trusted
                lower = cue and (not last.trusted or last.lower_style or last.text.islower())
                if capitals or (
                    lower and self.lexicon.often(names[0].fold) < 2_000_000 and names[0].fold not in sets["determiners"]
                ):
                    yield Finding(match.start(), last.end, FindingKind.ADDRESS)
                    break

    def _gone_to(self) -> Iterator[Finding]:
        """What stands behind a verb of going, staying or working, where it names something that is no person and no town."""
        words, lexicon = self.words, self.lexicon
        for at, word in enumerate(words):
            if word.taken or not word.joined or not word.text[0].isalpha() or at == 0 or word.fold in _INSIDE:
                continue
            cue = words[at - 1].fold if words[at - 1].fold != "the" or at < 2 else words[at - 2].fold
            if cue not in _CUES:
                continue
            before = self.text[max(0, word.start - 44) : word.start]
            if before[-2:-1].isupper() or not (found := _GOES.search(before)):
                continue
            capitals = word.trusted and (not word.lower_style or (word.capital and not word.shouted))
            school = bool(_SCHOOLISH.search(before))
            end = self._run(at, word.start + 44, school)
            if end is None:
                continue
            run = words[at : end + 1]
            if any(not one.joined for one in run[1:]):
                run = run[: next(step for step, one in enumerate(run) if step and not one.joined)]
            if len(run) == 1 and (
                not (found["the"] and capitals)
                and not (school and capitals and run[0].fold not in lexicon.given and run[0].fold not in lexicon.places)
                and not (capitals and lexicon.often(run[0].fold) < 100 and run[0].fold not in lexicon.given)
            ):
                continue
            if not capitals and not (
                len(run) > 1
                and all(
                    self._unusual(one) and (one.fold in lexicon.sets["naming"] or one.fold not in lexicon.given)
                    for one in run[:2]
                )
            ):
                continue
            if run[0].fold in lexicon.given and run[0].fold not in lexicon.word_given and len(run) < 3:
                continue
            after = words[at + len(run)] if at + len(run) < len(words) else None
            if (
                after is not None
                and after.joined
                and after.fold in ("hospital", "prison", "station", "council", "university", "airport")
            ):
                continue
            yield Finding(
                run[0].start, run[-1].end + (2 if run[-1].possessive else 0), FindingKind.SCHOOL if school else FindingKind.ADDRESS
            )  # fmt: skip
