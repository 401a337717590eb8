"""Dates of birth and birthdays: full dates by what stands about them, and the day and month of a birthday.

Every date of the text is looked at once. What was said of birth before it in the same sentence, or right behind it, tells;
so does a name that it follows, another date of birth beside it, and a year in which only a birth is told by its day.
Dates of events are left alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from app.requests.redaction.calendar import DAY_MONTH, FEAST, FULL, MONTHS
from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.text import fold

_DATE = re.compile(
    rf"(?<![\w/£])(?:(?P<full>(?:the\s+)?{FULL})|(?P<day>{DAY_MONTH}))(?![\w])(?![./-][0-9])(?! [0-9]{3})",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\b(?:d\.?\s?o\.?\s?b['’]?s?\b\.?|date[s]?\s+of\s+birth|birth\s?dates?|born|birth\s?days?|b[’'-]?days?|naci[oó]|nacid[oa]|cumplea[nñ]os|cumple|anniversaire|geboren|geb\.?|geburts\w+|urodz\w+|ur\.|n[aă]scut\w*|nato|nata|n[eé]e? le|do[gğ]um\w*|dhashay|gim[eę]s|passport (?:says|shows|states|has)|age assessed as|(?<!pre-)(?<!pre )birth|(?:ours|hers|theirs|(?:his|her) one) (?:is|was)|(?-i:(?<![-\w])b\.?(?=\s?\Z)))(?!\w)",
    re.IGNORECASE,
)
_CUE_AFTER = re.compile(
    r"^\W{0,4}(?:(?:no,? )?(?:sorry,? )?(?:that['’]?s|that is|this is|it['’]?s) when (?:he|she|they) (?:was|were) born|\(?d\.?o\.?b\b|(?:(?:is|was|being|=)\s+)?(?:(?:when|on which)\s+(?:he|she|they)\s+(?:was|were)\s+born|(?:his|her|their|the|my|our|\w+['’]s)\s+(?:(?:actual|real|\w+th|\w+st)\s+)?(?:date\s+of\s+birth|birth\s?day|b['’]?day))|\(?date\s+of\s+birth\b|birth\s?day\b|b['’]?day\b|\(?(?:born|birth)\b)",
    re.IGNORECASE,
)
_NTH = re.compile(
    r"\b(?:(?:[0-9]{1,2}(?:st|nd|rd|th)|(?:\w+th|first|second|third)) (?:is|falls|was|will be)(?: on)?|coming of age on)\s(?:the\s)?$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:due|edd|since|from|until|till|dated?|meeting|review(?:ed)?|visit(?:s|ed)?|placed|placement|moved?|starts?|started|order|panel|hearing|court|by|before|between|arriv\w*|"
    r"certificate|plan|report(?:ed)?|admitted|admission|discharged?|removed?|came (?:in|to)|entered|signed|issued|expires?|expiry|ends?|ended|made|granted|seen|sent|received|completed|"
    r"letter|e-?mail\w*|referr\w+|assess\w*|appointment|appt|contact|conviction|convicted|sentenced?|arrest\w*|bail\w*|incident|died|death|married|separated|registered|excluded|"
    r"section|act|visa|updated|notice|version|sat|mon|tue|tues|wed|thu|thurs|fri|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|last|next|school holidays|term|"
    r"absconded|missing|released?|transfer\w*|expected|needed|available|required|tribunal|conference|icpc|rcpc|lac|pep|ico|epo|s20|s\.20|s31|statement|interview\w*|met|left|joined|agreed|held|took place|deadline|valid|closed?|opened|today|now|"
    r"listed|mri|scan|op|operation|surgery|check|jabs?|weighed|weight|bloods?|prescribed|stopped|ceased|recorded|spoke|rang|called|said|file[d]?|ref|v|week|w/c|w/e)\b",
    re.IGNORECASE,
)
_STRONG_EVENT = re.compile(
    r"\b(?:placed|moved|admitted|removed|review|hearing|order|since|until|died|placement|started|arrived in|came to|came into|visa|court|meeting|panel|certificate|joined|signed|dated)\b[^.;]*$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[.!?;](?=\s+[A-Z(])|\n\s*\n")
_BIRTHDAY_FEAST = re.compile(
    rf"\b(?:birth\s?day|b['’]?day)s?\b(?:[^.\n\d]{{0,20}}?\b(?:is|on|falls|was|being)\s+(?:on\s+)?|[:,=-]?\s)(?P<it>{FEAST}|the [a-z0-9]+(?:st|nd|rd|th) of (?:next|this|the) month)|"
    rf"\b(?:twins?|born|minutes apart)\b(?:(?!\b(?:after|before|since|until|placed|moved|till)\b)[^.\n\d]){{0,40}}?,?\s(?P<feast>{FEAST}(?:,? (?:19|20)[0-9]{{2}})?)",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    r"(?P<name>[^\W\d_][\w'’-]*)(?:\s?[(\[]|,?\s|,\s?[(\[]|\s[-–|/]\s?|:\s|\t|\s(?:is|was|=)\s)(?:(?:m|f|male|female|boy|girl|aged? [0-9]+|[0-9]{1,2})[,;]?\s)?$",
    re.IGNORECASE,
)
_NAME_REST = re.compile(
    r"^(?:[)\]]|\s?[,;).|/]|\s?$|\s?\n|\s[-–|]|\s(?:and|&|is|was|has|m|f|male|female|y[0-9]+|yr)\b)", re.IGNORECASE
)
_PERSON_BEFORE = re.compile(
    r"\b(?:boys?|girls?|twins?|triplets|brothers?|sisters?|siblings?|sons?|daughters?|child(?:ren)?|mum|mother|dad|father|baby|male|female|nan|lad|lass|kid|yp|cousins?|partner|child \d)\s?[(\[,:–-]\s?(?:dob\s?)?$",
    re.IGNORECASE,
)
_NOT_BIRTH = re.compile(
    r"\b(?:due|since|from|until|on|dated|meeting|review|visit|placed|moved|started|order|panel|hearing|court|date|before|by|between|and|to|of|"
    r"certificate|weight|mother|order|plan|report)\b\W*$",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    rf"\b(?P<cue>[^\W\d_]{{2,12}})\.?:?\s(?:le |la |dnia |am |el |em |il )?(?P<it>[0-3]?[0-9]\.? (?:de |d')?[^\W\d_]{{3,12}}\.? (?:de )?(?:19|20)[0-9]{{2}}|{FULL})",
    re.IGNORECASE,
)
_CHAIN = re.compile(r"\W*(?:(?:and|&|not|or|\w+['’]s)\W*(?:(?:is|and|on)\W+)?){1,3}", re.IGNORECASE)
_NAMED_CHAIN = re.compile(r"\W*(?:(?:dob|birthday|bday)\W+)?(?:and\W+)?[A-Z][\w'’-]+\W{1,3}(?:(?:is|on|born)\s)?")
_NEAR, _CLOSE = 90, 45
_NEWEST = 2008
"""Up to this year a full date in a referral of today's children is somebody's birth, unless something else is said."""


def births(text: str, known: tuple[dt.date, ...], lexicon: Lexicon) -> Iterator[Finding]:
    """Full dates of birth of anyone, and the day and month of a birthday."""
    last = -1000
    for match in _DATE.finditer(text):
        if _is_birth(text, match, last, lexicon):
            last = match.end()
            yield _finding(match.start(), match[0])
    for match in _BIRTHDAY_FEAST.finditer(text):
        group = "it" if match["it"] else "feast"
        yield _finding(match.start(group), match[group])
    for match in _FOREIGN.finditer(text):
        if fold(match["cue"]) in lexicon.sets["born"]:
            yield _finding(match.start("it"), match["it"])
    for born in known:
        for pattern in _forms(born):
            for match in pattern.finditer(text):
                yield Finding(match.start(), match.end(), FindingKind.DATE_OF_BIRTH)


def _finding(start: int, said: str) -> Finding:
    start += 4 if said.casefold().startswith("the ") else 0
    said = said[4:] if said.casefold().startswith("the ") else said
    return Finding(start, start + len(said.rstrip(". ")), FindingKind.DATE_OF_BIRTH)


def _is_birth(text: str, match: re.Match[str], last: int, lexicon: Lexicon) -> bool:
    full = match["full"] is not None
    before, after = text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + 40]
    if _CUE_AFTER.match(after) or _NTH.search(before[-40:]):
        return True
    cues = list(_CUE.finditer(before))
    if cues:
        mid = before[cues[-1].end() :]
        far = _BREAK.search(mid)
        if full and not far and not _STRONG_EVENT.search(mid):
            return True
        if not full and not far and len(mid) <= _CLOSE and not re.search(r"[0-9]", mid) and not _EVENT.search(mid):
            return not re.search(r"\b(?:in|at)\b[^,]*\bon\b", mid, re.IGNORECASE) or "birth" not in cues[-1][0]
    if full and re.search(
        r"\b(?:weeks?|months?) (?:early|premature|prem|late|overdue)\b[^.;\n]{0,6}$", before, re.IGNORECASE
    ):
        return True
    between = text[last : match.start()] if last >= 0 else ""
    beside = len(between) <= 50 and not _EVENT.search(between) and not re.search(r"[0-9]", between)
    if between and beside and not full and _NAMED_CHAIN.fullmatch(between):
        return True
    if between and beside and (full or _CHAIN.fullmatch(between)):
        return True
    return full and _by_itself(match, before, after, lexicon)


def _by_itself(match: re.Match[str], before: str, after: str, lexicon: Lexicon) -> bool:
    """Behind a name, or of a year of births with nothing said of an event."""
    named = _AFTER_NAME.search(before[-40:])
    if named and _NAME_REST.match(after):
        word = named["name"]
        one = fold(word)
        if (
            word[0].isupper()
            and (len(word) > 2 or one in lexicon.given)
            and word.casefold() not in MONTHS
            and (lexicon.often(one) < 200 or one in lexicon.given)
            and one not in lexicon.ordinary
            and one not in lexicon.places
            and one not in lexicon.media
            and one not in lexicon.left_alone
            and not _NOT_BIRTH.search(before[: len(before) - len(named[0]) + len(word)])
        ):
            return True
    if _PERSON_BEFORE.search(before[-30:]) and not _EVENT.search(re.split(r"[.;\n](?=\s|$)", before)[-1]):
        return True
    year = _year(match[0])
    clause = re.split(r"[.;\n](?=\s|$)", before)[-1]
    if year is None or _EVENT.search(clause) or _EVENT.search(re.split(r"[.;\n](?=\s|$)", after)[0]):
        return False
    return year <= _NEWEST or bool(re.search(r"[(\[]\s?$", before) and re.match(r"^\s?[)\]]", after))


def _year(said: str) -> int | None:
    long = re.search(r"(?:19|20)[0-9]{2}", said)
    if long:
        return int(long[0])
    short = re.search(r"(?<![0-9])[0-9]{2}$", said)
    if short is None:
        return None
    return 2000 + int(short[0]) if int(short[0]) < 40 else 1900 + int(short[0])


def _forms(born: dt.date) -> Iterator[re.Pattern[str]]:
    day, month, gap = f"0?{born.day}", f"0?{born.month}", r"[\s]*[/.\-\u2010-\u2013\s][\s]*"
    year = rf"(?:{born.year}|['’]?{born.year % 100:02})"
    name = MONTHS[born.month - 1]
    word = rf"{name[:3]}(?:{name[3:]}|t)?\.?" if len(name) > 3 else name
    nth = r"(?:st|nd|rd|th)?"
    for form in (
        rf"{day}{gap}{month}{gap}{year}",
        rf"{born.year}{gap}{month}{gap}{day}",
        rf"{day}{nth}[\s\-/.]*(?:day\s+)?(?:of\s+)?{word}[\s,\-/.]*{year}",
        rf"{word}\s+(?:the\s+)?{day}{nth}[\s,]+{year}",
    ):
        yield re.compile(rf"(?<!\w){form}(?!\w)", re.IGNORECASE)
