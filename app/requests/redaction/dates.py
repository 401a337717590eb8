"""Dates of birth, birthdays, and ages tied to a day. Other dates, whole-year ages and months say nothing and are left."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind
from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.text import fold

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = r"(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_DAY = r"(?:[0-3]?[0-9])(?:\s?(?:st|nd|rd|th))?"
_YEAR = r"(?:(?:19|20)[0-9]{2}|['’]?[0-9]{2})"
_GAP = r"\s?[/.\-\u2010-\u2013]\s?"
_FULL = (
    rf"(?:[0-3]?[0-9]{_GAP}[01]?[0-9]{_GAP}{_YEAR}|(?:19|20)[0-9]{{2}}{_GAP}[01]?[0-9]{_GAP}[0-3]?[0-9]|[0-3][0-9] [01][0-9] (?:(?:19|20)[0-9]{{2}}|[0-9]{{2}})|"
    rf"[0-3]?[0-9]{_GAP}{_MONTH}{_GAP}{_YEAR}|"
    rf"{_DAY}[\s\-/.]*(?:day\s+)?(?:of\s+)?{_MONTH}[\s,\-/.]*{_YEAR}|{_MONTH}[\s\-/.]+(?:the\s+)?{_DAY}[\s,\-/.]+{_YEAR}|"
    rf"(?<![0-9])[0-3][0-9][01][0-9](?:(?:19|20)[0-9]{{2}}|[0-9]{{2}})(?![0-9]))"
)
_DAY_MONTH = rf"(?:(?:the\s+)?{_DAY}\s*(?:day\s+)?(?:of\s+)?{_MONTH}|{_MONTH}\s+(?:the\s+)?{_DAY}|[0-3]?[0-9][/.][01]?[0-9](?![/.0-9]))"
_FEAST = r"(?:christmas (?:day|eve)|boxing day|new year'?s?(?: day| eve)|halloween|valentine'?s(?: day)?|bonfire night|leap day|easter (?:sunday|monday)|good friday|st (?:patrick|george|david|andrew)'?s day|eid|bank holiday monday|mother'?s day|father'?s day)"
_BIRTH = re.compile(
    rf"\b(?:d\.?\s?o\.?\s?b\.?|date\s+of\s+birth|birth\s?date|born|birth\s?days?|birth\s?dates?|b[’']?-?day|birth|(?-i:(?<![-\w])b\.?(?=\s?[0-9])))(?!\w)(?P<mid>[^\n\d]{{0,24}}?)\W{{0,4}}"
    rf"(?P<it>{_FULL}|{_DAY_MONTH})(?![\w])",
    re.IGNORECASE,
)
_BIRTH_AFTER = re.compile(
    rf"(?<![\w/.])(?P<it>{_FULL}|{_DAY_MONTH})(?=\W{{0,4}}(?:\(?d\.?o\.?b\b|is\s+(?:his|her|their|the|my)\s+(?:date\s+of\s+birth|birth\s?day|b'?day)|\(?date\s+of\s+birth\b|birth\s?day\b|b'?day\b))",
    re.IGNORECASE,
)
_BIRTHDAY_FEAST = re.compile(
    rf"\b(?:birth\s?day|b'?day)s?\b(?:[^.\n\d]{{0,20}}?\b(?:is|on|falls|was|being)\s+(?:on\s+)?|[:,=-]?\s)(?P<it>{_FEAST})",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    rf"(?<=[a-zA-Z])(?:\s?[(\[]|,?\s|,\s?[(\[]|\s[-–|]\s?)(?:(?:m|f|male|female|boy|girl)[,;]?\s)?(?P<it>{_FULL})(?=[)\]]|\s?[,;).]|\s?$|\s?\n|\s[-–|]|\s(?:and|is|was|has|m|f|male|female|y[0-9]+|yr)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_FULL_DATE = re.compile(rf"(?<![\w/.]){_FULL}(?!\w)", re.IGNORECASE)
_NOT_BIRTH = re.compile(
    r"\b(?:due|since|from|until|on|dated|meeting|review|visit|placed|moved|started|order|panel|hearing|court|date|before|by|between|and|to|of|"
    r"certificate|weight|mother|order|plan|report)\b\W*$",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    rf"\b(?P<cue>[^\W\d_]{{2,12}})\.?:?\s(?:le |la |dnia |am |el |em |il )?(?P<it>[0-3]?[0-9]\.? (?:de |d')?[^\W\d_]{{3,12}}\.? (?:de )?(?:19|20)[0-9]{{2}}|{_FULL})",
    re.IGNORECASE,
)
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_NUMBER_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|twenty-one)"
_NUMBER = rf"(?:[0-9]{{1,2}}|{_NUMBER_WORD})"
_NTH = r"(?:[0-9]{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth)"
_ON_A_DAY = (
    rf"(?:today|tomorrow|tmrw|tomoz|yesterday|tonight|this morning|last night|(?:a|one) week (?:today|tomorrow|yesterday|on {_WEEKDAY})|"
    rf"(?:the day (?:after|before)[\w\s]{{0,14}}(?:tomorrow|yesterday|christmas|easter|placement|he moved|she moved))|"
    rf"(?:(?:on|this|next|last|this coming|this past|coming)\s+)+{_WEEKDAY}\b(?:\s+(?:week|just gone|gone|coming|(?:the\s+)?{_DAY}(?:\s+(?:of\s+)?{_MONTH})?))?|"
    rf"(?:in|within)\s+{_NUMBER}\s+days?(?:'?\s+time)?|{_NUMBER}\s+days?\s+ago|a (?:couple|few) of days ago|(?:on|this|last|next)\s+{_FEAST}|"
    rf"(?:on\s+)?{_WEEKDAY}\s+(?:the\s+)?{_DAY}(?:\s+(?:of\s+)?{_MONTH})?|(?:on\s+)(?:the\s+)?(?:{_FULL}|{_DAY_MONTH}|[0-3]?[0-9](?:st|nd|rd|th)\b(?:\s+of\s+(?:this|next|the)\s+month)?)|on\s+the\s+(?:very\s+)?(?:same\s+)?day\s+(?:of|that|he|she|they|we|after|before)\b)"
)
_OLD = r"(?:\s*(?:years?|yrs?|y/?o)(?:\s*-?old)?)?"
_AGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:turn(?:s|ed|ing)?|(?:he|she|that|it)['’]s|will\s+be|he'?ll\s+be|she'?ll\s+be|they'?ll\s+be|reach(?:es|ed|ing)?|becomes?|became|is|was|be|hit|hits|being|only)\s+(?:the\s+age\s+of\s+)?(?P<it>{_NUMBER}{_OLD}\s+(?:just\s+)?{_ON_A_DAY})",
        rf"\b(?P<it>(?:turn(?:s|ed|ing)?)\s+{_NUMBER}{_OLD}\s+(?:just\s+|only\s+)?{_ON_A_DAY})",
        rf"\b(?P<it>{_NUMBER}\s*(?:years?|yrs?|y)(?:\s*old)?[\s,]*(?:and\s+)?(?:{_NUMBER}\s*(?:months?|mths?|mos?|m|weeks?|wks?)[\s,]*)?(?:and\s+|&\s+|\+\s*)?{_NUMBER}\s*(?:days?|d)\b(?:\s+old)?)",
        rf"\b(?P<it>{_NUMBER}\s*(?:weeks?|wks?|months?|mths?)[\s,]*(?:and\s+|&\s+|\+\s*)?{_NUMBER}\s*days?\b(?:\s+old)?)",
        rf"\b(?P<it>(?:[0-9]{{1,3}}|{_NUMBER_WORD})[\s-]days?[\s-]old)\b",
        rf"\b(?:aged|age)\s+(?:just\s+|only\s+)?(?P<it>{_NUMBER}\s*days?)\b",
        rf"\b(?P<it>{_NTH}\s+(?:birth\s?day|b'?day)\b(?:\s+(?:is|was|falls|will\s+be|being|party|fell|comes|celebrated))*\s*,?\s*{_ON_A_DAY})",
        rf"\b(?P<it>{_NUMBER}\s+days?\s+(?:before|after|short\s+of|off|shy\s+of|past|until|till|to|from)\s+(?:his|her|their|the)?\s*(?:{_NTH}\s+birth\s?day|turning\s+{_NUMBER}|birth\s?day))",
        rf"\b(?P<it>(?:the\s+day\s+(?:before|after|of)|on)\s+(?:his|her|their)\s+{_NTH}\s+(?:birth\s?day|b'?day))\b",
        rf"\b(?P<it>(?:birth\s?day|b'?day)\s+(?:is|was|falls|will\s+be|fell)\s*,?\s*(?:{_ON_A_DAY}|{_WEEKDAY}\b))",
        rf"\b(?P<it>(?:birth\s?day|b'?day)\s+{_ON_A_DAY})",
        rf"\b(?P<it>born\s+(?:at\s+[\w:.]+\s+)?(?:just\s+|only\s+|early\s+|late\s+)?(?:{_ON_A_DAY}))",
        rf"\b(?P<it>born\s+(?:(?:on\s+)?{_FEAST}|on\s+(?:a\s+)?{_WEEKDAY}\b|(?:in\s+the\s+early\s+hours\s+of\s+){_WEEKDAY}|the\s+same\s+day\s+as|(?:on\s+)?the\s+day\s+(?:of|that|the|after|before|lockdown)))",
        rf"(?<![\d.:£/,])(?<!section )(?<!at )(?<!until )(?<!till )(?<!by )(?<!from )(?<!to )(?<!s)(?<!no )\b(?P<it>{_NUMBER}{_OLD}\s+(?:today|tomorrow|yesterday|(?:this|next|last)\s+{_WEEKDAY}|on\s+{_WEEKDAY}))(?=\s*[,.;)!]|\s*$|\s+(?:and|so|but|with)\b)",
        rf"\b(?P<it>(?:on\s+)?the\s+(?:very\s+)?day\s+(?:that\s+)?(?:\w+\s+){{1,5}}turn(?:s|ed)\s+{_NUMBER})",
        rf"\b(?P<it>born\s+{_NUMBER}\s+(?:(?:days?|weeks?)\s+(?:after|before)\s+{_FEAST}|days?\s+(?:after|before|early|late|later|ago)))",
        r"\b(?P<it>day\s+[0-9]{1,3}\s+of\s+(?:his|her|their)?\s*life|[0-9]{1,2}\s?\+\s?[1-6](?:\s?(?:weeks?|wks?|/40))|[0-9]{1,2}\s?\+\s?[1-6]\s?/\s?40)",
    )
)
_SPAN_DAY_OF_STAY = re.compile(
    r"\b(?:placement|stay|stays|order|lasted|missing|trial|suspended|suspension|exclusion|excluded|hospital|absence|for|within|after|every|over|of|another|than|lasting|serve|notice)\s+"
    r"(?:(?:about|around|up to|for|of|a|further|nearly|almost|just|at|least)\s+){0,3}$",
    re.IGNORECASE,
)


def births(text: str, known: tuple[dt.date, ...], lexicon: Lexicon) -> Iterator[Finding]:
    """Full dates of birth of anyone, and the day and month of a birthday."""
    for match in _BIRTH.finditer(text):
        if not re.search(
            r"\b(?:moved|placed|due|since|until|review|in|at \d|weigh\w*|certificate)\b.*\b(?:on|since|until)\b",
            match["mid"],
            re.IGNORECASE,
        ):
            yield _birth(match)
    for pattern in (_BIRTH_AFTER, _BIRTHDAY_FEAST):
        for match in pattern.finditer(text):
            yield _birth(match)
    for match in _AFTER_NAME.finditer(text):
        before = text[max(0, match.start("it") - 30) : match.start("it")]
        word = re.search(r"([^\W\d_][\w'’-]*)\W*$", before)
        if (
            word
            and word[1][0].isupper()
            and (len(word[1]) > 2 or fold(word[1]) in lexicon.given)
            and word[1].casefold() not in _MONTHS
            and (lexicon.often(fold(word[1])) < 200 or fold(word[1]) in lexicon.given)
            and fold(word[1]) not in lexicon.ordinary | lexicon.places | lexicon.media
            and fold(word[1]) not in lexicon.left_alone
            and not _NOT_BIRTH.search(before.rstrip("( ,-–"))
        ):
            yield _birth(match)
    for match in _FULL_DATE.finditer(text):
        near = text[max(0, match.start() - 90) : match.start()]
        if re.search(
            r"\bd\.?o\.?b\b[^\n]*\b(?:ours|his|hers|theirs|real|correct|actual|other|right|he|she)\b[\w\s']*\s(?:is|was|as)\s$",
            near,
            re.IGNORECASE,
        ) or re.search(r"\b(?:ours|hers|theirs|his one|her one) (?:is|was) $", near, re.IGNORECASE):
            yield Finding(match.start(), match.end(), FindingKind.DATE_OF_BIRTH)
    for match in _FOREIGN.finditer(text):
        if fold(match["cue"]) in lexicon.sets["born"]:
            yield _birth(match)
    for born in known:
        for pattern in _forms(born):
            for match in pattern.finditer(text):
                yield Finding(match.start(), match.end(), FindingKind.DATE_OF_BIRTH)


def _birth(match: re.Match[str]) -> Finding:
    start = match.start("it") + (4 if match["it"].casefold().startswith("the ") else 0)
    return Finding(start, match.start("it") + len(match["it"].rstrip(". ")), FindingKind.DATE_OF_BIRTH)


def ages(text: str) -> Iterator[Finding]:
    """Ages tied to a day: "turned 13 yesterday", "5 years, 2 months and 3 days", "born on Tuesday"."""
    for pattern in _AGES:
        for match in pattern.finditer(text):
            if re.search(r"days?$", match["it"], re.IGNORECASE) and _SPAN_DAY_OF_STAY.search(
                text[max(0, match.start("it") - 40) : match.start("it")]
            ):
                continue
            yield Finding(match.start("it"), match.end("it"), FindingKind.AGE_EXACT)


def _forms(born: dt.date) -> Iterator[re.Pattern[str]]:
    day, month, gap = f"0?{born.day}", f"0?{born.month}", r"[\s]*[/.\-\u2010-\u2013\s][\s]*"
    year = rf"(?:{born.year}|['’]?{born.year % 100:02})"
    name = _MONTHS[born.month - 1]
    word = rf"{name[:3]}(?:{name[3:]}|t)?\.?" if len(name) > 3 else name
    nth = r"(?:st|nd|rd|th)?"
    for form in (
        rf"{day}{gap}{month}{gap}{year}",
        rf"{born.year}{gap}{month}{gap}{day}",
        rf"{day}{nth}[\s\-/.]*(?:day\s+)?(?:of\s+)?{word}[\s,\-/.]*{year}",
        rf"{word}\s+(?:the\s+)?{day}{nth}[\s,]+{year}",
    ):
        yield re.compile(rf"(?<!\w){form}(?!\w)", re.IGNORECASE)
