"""Schools that no word calls one: by what people write before them ("Yr 9 at ..."), and saints by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.lexicon import cues
from app.requests.redaction.placenames import PlaceNames

_IN_YEAR = re.compile(
    r"^\s*[,(-]?\s*(?:in|where|for|as a|and in|and is in|currently in|doing)?\s*(?:he'?s|she'?s|they'?re|he is|she is)?\s*(?:in )?(?:yr|year|y|reception|nursery|sixth form|6th form)\.? ?[0-9]{0,2}\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _cue() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:(?:{cues()}|goes to|went to|going to go to|gone to)\s+(?:the\s+|a\s+school\s+called\s+|school\s+(?:called\s+)?)?)(?=[\w])",
        re.IGNORECASE,
    )


class Schools(PlaceNames):
    """Such schools of one text."""

    def _cued_schools(self) -> Iterator[Finding]:
        generic = self.lexicon.sets["generic_schools"]
        starts = {word.start: at for at, word in enumerate(self.words)}
        for match in _cue().finditer(self.text):
            at = starts.get(match.end())
            if at is None:
                continue
            end = at
            while (
                end < len(self.words)
                and end - at < 4
                and (end == at or self.words[end].joined or self.words[end].gap in (". ", ".", "’ ", "' "))
            ):
                word = self.words[end]
                usual = (
                    word.fold in generic
                    or word.fold in self.lexicon.left_alone
                    or (
                        word.fold in self.lexicon.media
                        and not (
                            end + 1 < len(self.words) and self.words[end + 1].joined and self.words[end + 1].capital
                        )
                    )
                    or word.fold in self.lexicon.sets["roles"]
                    or word.fold in self.lexicon.places
                )
                if word.fold not in ("st", "saint") and (usual or word.taken or not (self._names(word, generic))):
                    break
                end += 1
            if end == at or (end - at == 1 and self.words[at].fold in ("st", "saint")):
                continue
            last = self.words[end - 1]
            if (
                end < len(self.words)
                and self.words[end].joined
                and (
                    any(self._head_at(step, "place") == end for step in range(end, min(end + 3, len(self.words))))
                    or self.words[end].fold
                    in self.lexicon.sets["streets"]
                    | self.lexicon.sets["buildings"]
                    | self.lexicon.sets["estates"]
                    | {"hospital", "prison", "station"}
                )
            ):
                continue
            weak = re.match(r"(?:goes|went|gone|going|attend)", match[0], re.IGNORECASE)
            if weak and end - at == 1 and last.possessive and self.words[at].fold not in ("st", "saint"):
                continue
            if re.match(r"(?:goes to|went to|gone to)", match[0], re.IGNORECASE) and not (
                self.words[at].fold in ("st", "saint")
                or (self.lexicon.often(last.fold) == 0 and last.fold not in self.lexicon.given)
            ):
                continue
            yield Finding(
                self.words[at].start,
                last.end + (len("'s") if last.possessive and self.words[at].fold == "st" else 0),
                FindingKind.SCHOOL,
            )
        for at, word in enumerate(self.words[1:], start=1):
            if (
                self.words[at - 1].fold in ("at", "attends", "attended", "attending")
                and word.joined
                and self._names(word, generic)
                and (word.fold not in self.lexicon.given or self.words[at - 1].fold != "at")
            ):
                end = at
                while (
                    end + 1 < len(self.words)
                    and self.words[end + 1].joined
                    and end - at < 3
                    and self._names(self.words[end + 1], generic)
                ):
                    end += 1
                if _IN_YEAR.match(self.text[self.words[end].end :]):
                    yield Finding(word.start, self.words[end].end, FindingKind.SCHOOL)

    def _saints(self) -> Iterator[Finding]:
        """ "St Mark's" and "st marks" by themselves: most often a school, unless a street, hospital or feast follows."""
        words = self.words
        for at, word in enumerate(words[:-1]):
            saint = words[at + 1]
            if (
                word.fold not in ("st", "saint")
                or word.taken
                or not (saint.joined or saint.gap == ". ")
                or (at and words[at - 1].text[0].isdigit() and word.joined)
            ):
                continue
            if (
                not (saint.possessive or saint.fold.endswith("s") or (saint.capital and saint.trusted))
                or not saint.text.isalpha()
            ):
                continue
            if self.lexicon.often(saint.fold) > 50000 and saint.fold not in self.lexicon.given:
                continue
            after = words[at + 2].fold if at + 2 < len(words) and words[at + 2].joined else ""
            if after in ("day", "hospital", "ambulance", "hospice", "trust", "cathedral") or saint.fold in (
                "lucia",
                "vincent",
                "helena",
                "kitts",
                "helier",
                "helens",
                "albans",
                "ives",
                "andrew",
                "bernard",
                "tropez",
                "petersburg",
            ):
                continue
            if at and words[at - 1].joined and words[at - 1].capital and word.trusted and after == "":
                continue
            end = saint.end + (2 if saint.possessive else 0)
            third = words[at + 2] if at + 2 < len(words) else None
            if (
                third is not None
                and third.joined
                and third.capital
                and third.trusted
                and not saint.possessive
                and not third.taken
                and self.lexicon.often(third.fold) < 5000
            ):
                end = third.end
            yield Finding(word.start, end, FindingKind.SCHOOL)
