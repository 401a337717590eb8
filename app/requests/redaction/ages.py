"""Ages tied to a day. Whole-year ages, ages in months or weeks, and the days of events say nothing and are left."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.calendar import DAY, DAY_MONTH, FEAST, FULL, MONTH, WEEKDAY
from app.requests.redaction.kinds import Finding, FindingKind

_NUMBER_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|twenty-one)"
_NUMBER = rf"(?:[0-9]{{1,2}}|{_NUMBER_WORD})"
_NTH = r"(?:[0-9]{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth)"
_ON_A_DAY = (
    rf"(?:today|tomorrow|tmrw|tomoz|yesterday|tonight|this morning|last night|(?:a|one) week (?:today|tomorrow|yesterday|on {WEEKDAY})|"
    rf"(?:the day (?:after|before)[\w\s]{{0,14}}(?:tomorrow|yesterday|christmas|easter|placement|he moved|she moved))|"
    rf"(?:(?:on|this|next|last|this coming|this past|coming)\s+)+{WEEKDAY}\b(?:\s+(?:week|just gone|gone|coming|(?:the\s+)?{DAY}(?:\s+(?:of\s+)?{MONTH})?))?|"
    rf"(?:in|within)\s+(?:just\s+|only\s+)?{_NUMBER}\s+(?:days?|weeks?)(?:['’]?\s+time)?|(?:this|last|next)\s+week(?:end)?|at\s+midnight|{_NUMBER}\s+weeks?\s+(?:ago|today)|{_NUMBER}\s+days?\s+ago|a (?:couple|few) of days ago|(?:on|this|last|next)\s+{FEAST}|"
    rf"(?:on\s+)?{WEEKDAY}\s+(?:the\s+)?{DAY}(?:\s+(?:of\s+)?{MONTH})?|(?:on\s+)(?:the\s+)?(?:{FULL}|{DAY_MONTH}|[0-3]?[0-9](?:st|nd|rd|th)\b(?:\s+of\s+(?:this|next|the)\s+month)?)|on\s+the\s+(?:very\s+)?(?:same\s+)?day\s+(?:of|that|he|she|they|we|after|before)\b)"
)
_OLD = r"(?:\s*(?:years?|yrs?|y/?o)(?:\s*-?old)?)?"
_AGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:turn(?:s|ed|ing)?|(?:he|she|that|it)['’]s|will\s+be|he'?ll\s+be|she'?ll\s+be|they'?ll\s+be|reach(?:es|ed|ing)?|becomes?|became|is|am|i['’]?m|are|was|were|be|hit|hits|being|only|exactly|just)\s+(?:the\s+age\s+of\s+)?(?P<it>{_NUMBER}{_OLD}\s+(?:just\s+)?{_ON_A_DAY})",
        rf"\b(?P<it>(?:turn(?:s|ed|ing)?)\s+{_NUMBER}{_OLD}\s+(?:just\s+|only\s+)?{_ON_A_DAY})",
        rf"\b(?:aged|age)\s+(?:just\s+|only\s+)?(?P<it>{_NUMBER}\s*days?)\b",
        rf"\b(?P<it>(?:the\s+day\s+(?:before|after|of)|on)\s+(?:his|her|their)\s+{_NTH}\s+(?:birth\s?day|b'?day))\b",
        rf"\b(?P<it>(?:birth\s?day|b'?day)\s+(?:is|was|falls|will\s+be|fell)\s*,?\s*(?:{_ON_A_DAY}|{WEEKDAY}\b))",
        rf"\b(?P<it>(?:birth\s?day|b'?day)\s+{_ON_A_DAY})",
        rf"\b(?P<it>born\s+(?:(?:at\s+)?[0-9][\w:.]*\s+(?:hrs\s+|hours\s+)?)?(?:at\s+[A-Z]\w+(?:\s+\w+)?\s+)?(?:just\s+|only\s+|early\s+|late\s+)?(?:{_ON_A_DAY}))",
        rf"\b(?P<it>born\s+(?:(?:on\s+)?{FEAST}|on\s+(?:a\s+)?{WEEKDAY}\b|(?:in\s+the\s+early\s+hours\s+of\s+){WEEKDAY}|the\s+same\s+day\s+as|(?:on\s+)?the\s+day\s+(?:of|that|the|after|before|lockdown)))",
        rf"(?<![\d.:£/,])(?<!section )(?<!at )(?<!until )(?<!till )(?<!by )(?<!from )(?<!to )(?<!s)(?<!no )\b(?P<it>{_NUMBER}{_OLD}\s+(?:today|tomorrow|yesterday|the\s+day\s+after\s+tomorrow|at\s+midnight|(?:this|next|last)\s+{WEEKDAY}|on\s+{WEEKDAY}))(?=\s*[,.;)!]|\s*$|\s+(?:and|so|but|with)\b)",
        rf"\b(?P<it>(?:on\s+)?the\s+(?:very\s+)?day\s+(?:that\s+)?(?:\w+\s+){{1,5}}turn(?:s|ed)\s+{_NUMBER})",
        rf"\b(?P<it>born\s+(?:just\s+|only\s+)?{_NUMBER}\s+(?:days?|weeks?|hours?|hrs?)\s+ago(?:\s+(?:on\s+)?(?:{_ON_A_DAY}|{WEEKDAY}\b))?)",
        rf"\b(?:nearly|almost|is|be|turns?|just)\s+(?P<it>{_NUMBER}\s*\((?:on\s+|this\s+|next\s+)?(?:{WEEKDAY}|tomorrow|today|yesterday)\))",
        rf"(?:,|\band|\bis|\bpregnant,)\s+(?P<it>{_NUMBER}\s+(?:tmrw|tomoz|tmw|2moro|2moz|2day|tonight))\b",
        rf"\b(?P<it>(?:celebrat(?:es|ed|ing)|ha[sd]|having|have)\s+(?:just\s+)?(?:his|her|their|my)\s+(?:{_NTH}\s+)?(?:birth\s?day|b'?day)\s+(?:\w+\s+){{0,3}}?(?:{_ON_A_DAY}))",
        rf"\b(?P<it>(?:his|her|their|my)\s+{_NTH}\s+(?:birth\s?day\s+|b'?day\s+)?(?:is|was|falls|will\s+be|fell)\s+(?:{_ON_A_DAY}|{WEEKDAY}\b))",
        rf"\b(?P<it>(?:birth\s?day|b'?day)\s+(?:is|was|falls)?\s*(?:in|within)\s+{_NUMBER}\s+(?:days?|weeks?))",
        rf"\b(?P<it>born\s+{_NUMBER}\s+(?:(?:days?|weeks?)\s+(?:after|before)\s+{FEAST}|days?\s+(?:after|before|early|late|later|ago)))",
        r"\b(?P<it>day\s+[0-9]{1,3}\s+of\s+(?:his|her|their)?\s*life|[0-9]{1,2}\s?\+\s?[1-6](?:\s?(?:weeks?|wks?|/40))|[0-9]{1,2}\s?\+\s?[1-6]\s?/\s?40)",
    )
)
_FROM_NUMBER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<it>{_NUMBER}\s*(?:years?|yrs?|y)(?:\s*old)?[\s,]*(?:and\s+)?(?:{_NUMBER}\s*(?:months?|mths?|mos?|m|weeks?|wks?)[\s,]*)?(?:and\s+|&\s+|\+\s*)?{_NUMBER}\s*(?:days?|d)\b(?:\s+old)?)",
        rf"\b(?P<it>{_NUMBER}\s*(?:weeks?|wks?|months?|mths?)[\s,]*(?:and\s+|&\s+|\+\s*)?{_NUMBER}\s*days?\b(?:\s+old)?)",
        rf"\b(?P<it>(?:[0-9]{{1,3}}|{_NUMBER_WORD})[\s-]days?[\s-]old)\b",
        rf"\b(?P<it>{_NTH}\s+(?:birth\s?day|b'?day)\b(?:\s+(?:is|was|falls|will\s+be|being|party|fell|comes|celebrated))*\s*,?\s*{_ON_A_DAY})",
        rf"\b(?P<it>{_NUMBER}\s+days?\s+(?:before|after|short\s+of|off|shy\s+of|past|until|till|to|from)\s+(?:his|her|their|the)?\s*(?:{_NTH}\s+birth\s?day|turning\s+{_NUMBER}|birth\s?day))",
        rf"\b(?P<it>{_NUMBER}\s*(?:days?|weeks?|wks?|months?|mths?|hours?|hrs?|years?|yrs?)\s+old\s+(?:today|tomorrow|yesterday|(?:on|this|next|last)\s+{WEEKDAY}))",
        rf"\b(?P<it>{_NUMBER}\s*(?:hours?|hrs?)\s+old)\b",
        rf"\b(?P<it>{_NUMBER}(?:\s*(?:years?|yrs?|weeks?|months?))?(?:\s+old)?\s+(?:to the (?:very )?day|and (?:one|a|1) day|and {_NUMBER} days?|(?:that|this|the) very (?:day|morning|night)|the (?:very )?day (?:of|that|we|he|she|they|after|before)\b))",
        r"\b(?P<it>[0-9]{1,2}\s*(?:years?|yrs?)(?:\s+and)?\s+[0-9]{1,3}\s*days?)\b",
    )
)
"""Those that begin with a number, tried where one stands."""
_A_NUMBER = re.compile(rf"\b(?:[0-9]{{1,3}}|{_NUMBER_WORD}|{_NTH})\b|\b[0-9]{{1,3}}(?=[a-z])", re.IGNORECASE)
_SPAN_DAY_OF_STAY = re.compile(
    r"\b(?:placement|stay|stays|order|lasted|missing|trial|suspended|suspension|exclusion|excluded|hospital|absence|for|within|after|every|over|of|another|than|lasting|serve|notice)\s+"
    r"(?:(?:about|around|up to|for|of|a|further|nearly|almost|just|at|least)\s+){0,3}$",
    re.IGNORECASE,
)


def ages(text: str) -> Iterator[Finding]:
    """Ages tied to a day: "turned 13 yesterday", "5 years, 2 months and 3 days", "born on Tuesday"."""
    for match in _matches(text):
        if re.search(r"days?$", match["it"], re.IGNORECASE) and _SPAN_DAY_OF_STAY.search(
            text[max(0, match.start("it") - 40) : match.start("it")]
        ):
            continue
        yield Finding(match.start("it"), match.end("it"), FindingKind.AGE_EXACT)


def _matches(text: str) -> Iterator[re.Match[str]]:
    for pattern in _AGES:
        yield from pattern.finditer(text)
    for number in _A_NUMBER.finditer(text):
        for pattern in _FROM_NUMBER:
            match = pattern.match(text, number.start())
            if match:
                yield match
