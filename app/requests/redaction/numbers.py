"""E-mail addresses, telephone numbers, postcodes, and the numbers and handles of people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind, passes_nhs_check
from app.requests.redaction.lexicon import Lexicon
from app.requests.redaction.text import fold

HELPLINES = frozenset(
    {"08001111", "08088005000", "08082000247", "08088002222", "03001236600", "08001691", "116123", "116000", "116111"}
)
"""Childline, NSPCC, Domestic Abuse, Family Lives, Talk to Frank, Samaritans, Missing People: numbers of nobody. Free
numbers (0800, 0808) are helplines too."""

_EMAIL = re.compile(
    r"(?<![\w.+%'-])[\w.+%'-]{1,80} ?@ ?\w[\w-]*(?:\.[\w-]+)+|"
    r"(?<![\w.+-])[\w.+-]{1,80}(?: at | ?[(\[{]at[)\]}] ?)[\w-]+(?:(?: dot | ?[(\[{]dot[)\]}] ?|\.)[\w-]+)*?(?: dot | ?[(\[{]dot[)\]}] ?|\.)"
    r"(?:com|co\.uk|uk|net|org|gov|example|nhs|sch|invalid|test)(?:(?: dot | ?[(\[{]dot[)\]}] ?|\.)uk)?\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w+/])(?:\+\s?[1-9][0-9]{0,2}[\s.-]*(?:\(0\)[\s.-]*)?|00\s?[1-9][0-9]{1,2}[\s.-]*|\(?[0Oo](?=[\s).-]{0,2}[0-9]))"
    r"[0-9]?(?:[\s().-]{0,2}[0-9oO]){6,11}(?!\w)"
)
_SHORT_PHONE = re.compile(
    r"\b(?:tel|telephone|phone|ph|mob|mobile|landline|call|ring|text|contact no|ext|extension)\b[^\d\n]{0,12}"
    r"(?P<it>(?:[0-9][\s-]?){5,10}[0-9])(?!\w)",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"(?<![^\W_])[A-Z]{1,2}[0-9][A-Z0-9]?[ \t]{0,2}[0-9][A-Z]{2}(?![^\W_])", re.IGNORECASE)
_NOT_A_POSTCODE = re.compile(
    r"(?:st|nd|rd|th|mg|am|pm|ml|kg|cm|km|hr|yr|to|wk|or|of|in|at|is|as|xl|gb|tb|mb)$|^(?:ks|yr|y|p|q|t\d|s\d\d? )\d",
    re.IGNORECASE,
)
_INWARD = re.compile(r"[0-9][ABD-HJLNP-UW-Z]{2}$", re.IGNORECASE)

_NHS = re.compile(r"(?<![\w/-])[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}(?![\w/-])")
_NHS_CUE = re.compile(r"\bnhs\b[^\n]{0,24}$", re.IGNORECASE)
_FORMATS = re.compile(
    r"(?<![\w/£.-])(?:"
    r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]|"  # UPN
    r"[A-Z]{2}[0-9]{2}[A-Z][0-9]{4,6}|"  # family court
    r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]|"  # national insurance
    r"[A-Z]{1,2}[0-9]{6,9}|"  # permits, hospital numbers
    r"[0-9]{4}-[0-9]{4}-[0-9]{4}(?:-[0-9]{4})?|"  # Home Office
    r"[A-Z]{2,8}(?:[/-][A-Z0-9]{1,8}){0,3}[/-][0-9]{3,}(?:[/-][A-Z0-9]{1,6})*|"
    r"[A-Z]{2,8}(?:[/-][A-Z]{1,4})?[/-]?(?!(?:19|20)[0-9]{2}\b)[0-9]{4,}[A-Z]?(?:[/-][A-Z0-9]{1,8})*|"
    r"[0-9]{2,8}/[0-9]{4,8}/[0-9]{2,4}|[0-9]{5,8}/[0-9]{2,4}|(?:[0-9]{2}[A-Z]{1,4}[0-9]{4,})|"
    r"[0-9]{1,5} of [0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?|"  # police log
    r"[A-Z][0-9]{4}[A-Z]{2}|"  # prison
    r"(?=[A-Z0-9/-]*[0-9][A-Z0-9/-]*[0-9])(?=[A-Z0-9/-]*[A-Z])[A-Z0-9]{2,8}-[A-Z0-9]{2,8}(?:-[A-Z0-9]{1,8})*|[0-9]{3,4}-[0-9]{5,8}|"
    r"(?:CAD|cad|Cad) ?(?:no\.? ?|ref\.? ?|number ?)?[0-9]{3,}(?:[/-][0-9A-Za-z]{2,9})*"
    r")(?![\w£%])"
)
_COLLAR = re.compile(
    r"\b(?:pc|dc|ps|ds|pcso|wpc|sgt|sergeant|constable|officer|insp)s?\.? (?P<it>[0-9]{2,6}(?:[A-Z]{2})?)(?![\w/.:])",
    re.IGNORECASE,
)
_NAME_AND_COLLAR = re.compile(
    r"\b(?:PC|DC|PS|DS|PCSO|DI|Sgt|Insp) [A-Z][\w'-]+,? \(?(?P<it>[0-9]{3,6}(?:[A-Z]{2})?)(?![\w/.:])"
)
_SPOKEN = re.compile(
    r"\b(?:(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|treble)(?:[\s,-]+(?=(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|treble)\b))?){8,}\b",
    re.IGNORECASE,
)
_LONG_DIGITS = re.compile(r"(?<![\w£$€./,:+-])[0-9]{6,12}(?![\w%])")
_CUE = re.compile(
    r"\b(?:nhs|upn|uln|mrn|ehcp?|ehc plan|hospital|hosp|case|court|crime|police|cad|crn|cris|crimint|niche|pnc|custody|mosaic|liquid ?logic|lcs|ics|"
    r"azeus|charms|care ?first|framework ?i|system ?one|emis|rio|sims|arbor|cpoms|home office|h\.?o\.?|brp|visa|passport|arc|nass|port|"
    r"national insurance|n\.?i\.?|nino|client|person|pupil|student|child|patient|record|file|warrant|collar|shoulder|badge|"
    r"licen[cs]e|account|acc|application|appeal|tribunal|order|asylum|unique|swift|lac|iro|family|legal aid|incident|mash|referral|log|our|your|"
    r"reference|ref|refs|id|urn|claim|tenancy|rent|tracking|candidate|exam|plate|licence plate|oyster|zip card|library card|membership|tribunal|sen)\b"
    r"(?:[ ./#:=-]|\b(?:no|nos|num|number|numbers|ref|refs|reference|id|identifier|is|was|code|card|system|record|file|case|crime|"
    r"pupil|case|plan|under|on|s|the)\b|\(|'s){1,8}(?P<it>(?:(?-i:[A-Z]{1,6})[ /-]?|[a-z]{1,4}(?=[0-9]))?[0-9][A-Za-z0-9]*(?:[/-][A-Za-z0-9]+)*"
    r"(?: [0-9]{2,}(?:[/-][A-Za-z0-9]+)*){0,3})(?![\w£%])",
    re.IGNORECASE,
)
_DIGIT_WORD = r"(?:oh|zero|nought|one|two|three|four|five|six|seven|eight|nine|(?:double|treble|triple)[ -](?:oh|zero|one|two|three|four|five|six|seven|eight|nine))"
_SPOKEN_CODE = re.compile(rf"\b(?P<it>{_DIGIT_WORD}(?:[ ,-]+{_DIGIT_WORD}){{4,}})\b", re.IGNORECASE)
_SECOND = re.compile(
    r"\b(?:nos|numbers|refs|ids|lcs|mosaic|upns|cases)\b[^\n.]{0,12}?[0-9]{4,}\s?(?:/|,|&|and)\s?(?P<it>[A-Z]{0,3}[0-9]{4,})(?![\w/])",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:(?:exhibit|exh|seal|evidence bag)s?\b(?: (?:no|number|ref|mark))?[ .:#]{1,3}(?P<exhibit>[A-Z]{1,4}[/ -]?[0-9]{1,5})|"
    r"(?:bleep|pager|ext|extn|extension|shoulder number|shoulder no|badge|pin|door ?code|key ?safe(?: code)?|key ?code|entry code|gate code|alarm code|passcode|password|locker)\b(?: (?:is|no|number|code))?[ .:#]{1,3}(?P<bleep>[A-Za-z]?[0-9]{3,8})|"
    r"(?:reg|registration|plate|index|vrm)\b[ \w:.]{0,14}?\b(?P<part>[A-Z]{2}[0-9]{2}))(?![\w-])",
    re.IGNORECASE,
)
_VEHICLE = re.compile(
    r"(?<![\w/-])(?:[A-Z]{2} ?[0-9]{2}[ -]?[A-Z]{3}|[A-Z][0-9]{1,3} ?[A-Z]{3}|[A-Z]{3} ?[0-9]{1,3}[A-Z]|[A-Z]{3} ?[0-9]{4})(?![\w/-])",
    re.IGNORECASE,
)
_CAR = re.compile(
    r"\b(?:reg|registration|registered|number ?plate|plate|vrm|vrn|index|car|van|vehicle|drives|driving|moped|scooter|motorbike|bike|ford|fiesta|corsa|"
    r"astra|vauxhall|audi|bmw|golf|vw|polo|mercedes|merc|nissan|toyota|prius|kia|honda|renault|clio|peugeot|citroen|mini|skoda|seat|"
    r"transit|focus|taxi|cab|minibus|lorry|truck|hyundai|mazda|suzuki|volvo|range rover|land rover|qashqai|micra|yaris)\b[^\n]{0,40}$",
    re.IGNORECASE,
)
_AT_HANDLE = re.compile(r"(?<![\w@.])@(?: (?=\S*[\d_]))?[A-Za-z_][\w.]{2,}(?<!\.)")
_MEDIA = (
    r"(?:snap ?chat|snap|insta(?:gram)?|tik ?tok|face ?book|fb|twitter|x|discord|roblox|xbox|ps[45]|psn|playstation|gamer ?tag|"
    r"fortnite|minecraft|twitch|youtube|telegram|whats ?app|kik|wizz|yubo|bereal|steam|reddit|only ?fans|vinted|spotify|threads|signal|skype|linkedin|sc|ig)"
)
_MEDIA_HANDLE = re.compile(
    rf"\b{_MEDIA}\b(?:(?: |:|-|\(|\b(?:is|name|username|user|user name|handle|account|profile|tag|id|called|as|under|known|by|on|his|her|their|the)\b)+)"
    r"[\"'“‘]?(?P<it>[A-Za-z0-9][\w.#-]{3,}\w)",
    re.IGNORECASE,
)
_USER_NAME = re.compile(
    r"\b(?:user ?name|handle|gamer ?tag|screen ?name|goes by|plays as|posts as|log ?in|online as|account name|snap name|tag)\b"
    r"(?: |:|-|\(|\b(?:is|was|of|as|on|the|name|online|" + _MEDIA + r")\b)+[\"'“‘]?(?P<it>@?[A-Za-z0-9][\w.#-]{3,}\w)",
    re.IGNORECASE,
)
_ODD_WORD = re.compile(
    r"(?<![\w@./#-])(?:[A-Za-z][A-Za-z0-9.]*_[\w.]*\w|_+[A-Za-z][\w.]+|[A-Za-z]{4,}[0-9]{2,4}(?![\w]*@)|x+[A-Z_][A-Za-z_]+x+|"
    r"[A-Za-z][\w.]{2,}#[0-9]{4}|u/[A-Za-z0-9_-]{3,}|[A-Za-z]{3,}\.[A-Za-z]{2,}\.?[0-9]{1,4})(?![\w@-])"
)
_PROFILE = re.compile(
    r"\b(?:www\.)?(?:instagram|tiktok|facebook|twitter|x|snapchat|youtube|twitch|linktr|onlyfans)\.(?:com|ee|tv)/[\w@./?=-]+",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}(?:[/-](?:19|20)?[0-9]{2})?$")
_DATE = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}$")
_UNIT = re.compile(
    r"^[0-9]+(?:st|nd|rd|th|mg|ml|am|pm|yrs?|hrs?|mins?|k|kg|cm|m|x|s|g|p|days?|weeks?|months?|years?|mths?|wks?)$",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[A-Za-z]+")


def emails(text: str) -> Iterator[Finding]:
    """Addresses of e-mail, also as people spell them out."""
    for match in _EMAIL.finditer(text):
        yield Finding(match.start(), match.end(), FindingKind.EMAIL)


def phones(text: str) -> Iterator[Finding]:
    """Telephone numbers at home and abroad, but no helplines."""
    for match in _PHONE.finditer(text):
        raw = re.sub(r"\(0\)", "", match[0]) if match[0].lstrip().startswith("+") else match[0]
        digits = re.sub(r"[^0-9]", "", re.sub("[oO]", "0", raw))
        digits = re.sub(r"^(?:0044|44)", "0", digits) if raw.startswith(("+", "00")) else digits
        if 9 <= len(digits) <= 15 and not _is_helpline(digits):
            yield Finding(match.start(), match.end(), FindingKind.PHONE)
    for match in _SPOKEN.finditer(text):
        yield Finding(match.start(), match.end(), FindingKind.PHONE)
    for match in _SHORT_PHONE.finditer(text):
        digits = re.sub(r"\D", "", match["it"])
        if not _is_helpline(digits) and not _DATE.search(match["it"]):
            yield Finding(match.start("it"), match.end("it"), FindingKind.PHONE)


def _is_helpline(digits: str) -> bool:
    return (
        digits in HELPLINES or digits.startswith(("0800", "0808", "116", "0300123")) or digits in ("111", "999", "101")
    )


def postcodes(text: str) -> Iterator[Finding]:
    """Full postcodes, in any case, with or without the space; also such as no post office would give."""
    for match in _POSTCODE.finditer(text):
        said = match[0]
        if _NOT_A_POSTCODE.search(said) and not (said.isupper() and _INWARD.search(said) and " " in said):
            continue
        if _INWARD.search(said) or said.isupper():
            yield Finding(match.start(), match.end(), FindingKind.POSTCODE)


def identifiers(text: str, lexicon: Lexicon) -> Iterator[Finding]:
    """Numbers by which an authority knows a person, vehicle registrations, and handles of social media."""
    for match in _NHS.finditer(text):
        if passes_nhs_check(re.sub(r"[ \-]", "", match[0])) or _NHS_CUE.search(
            text[max(0, match.start() - 30) : match.start()]
        ):
            yield Finding(match.start(), match.end(), FindingKind.IDENTIFIER)
    for pattern in (_FORMATS, _LONG_DIGITS):
        for match in pattern.finditer(text):
            if _is_code(match[0], 4) and not _is_helpline(match[0]):
                yield Finding(match.start(), match.end(), FindingKind.IDENTIFIER)
    for match in _NAME_AND_COLLAR.finditer(text):
        yield Finding(match.start("it"), match.end("it"), FindingKind.IDENTIFIER)
    for match in _COLLAR.finditer(text):
        yield Finding(match.start("it"), match.end("it"), FindingKind.IDENTIFIER)
    for match in _CUE.finditer(text):
        if _is_code(match["it"], 3) and not _is_helpline(re.sub(r"\D", "", match["it"])):
            yield Finding(match.start("it"), match.end("it"), FindingKind.IDENTIFIER)
    for match in _SPOKEN_CODE.finditer(text):
        yield Finding(*match.span("it"), FindingKind.IDENTIFIER)
    for match in _SECOND.finditer(text):
        yield Finding(*match.span("it"), FindingKind.IDENTIFIER)
    for match in _SHORT.finditer(text):
        yield Finding(*match.span(match.lastgroup or 0), FindingKind.IDENTIFIER)
    yield from _vehicles(text)
    yield from _handles(text, lexicon)


def _is_code(said: str, least: int) -> bool:
    digits = sum(letter.isdigit() for letter in said)
    if digits < least or _YEARS.match(said.strip()) or _DATE.match(said.strip()) or _UNIT.match(said.strip()):
        return False
    last = re.split(r"[ /-]", said.strip())[-1]
    return not ((_YEARS.match(last) and digits == 4) or re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}", said.strip()))


def _vehicles(text: str) -> Iterator[Finding]:
    for match in _VEHICLE.finditer(text):
        said = match[0]
        cue = _CAR.search(text[max(0, match.start() - 50) : match.start()])
        newest = re.fullmatch(r"[A-Z]{2}[0-9]{2}[ -]?[A-Z]{3}", said)
        if newest or (cue and (said.isupper() or re.search(r"[0-9]{2}", said))):
            if not cue and newest and re.search(r"(?:19|20)[0-9]{2}$", said):
                continue
            yield Finding(match.start(), match.end(), FindingKind.IDENTIFIER)


def _handles(text: str, lexicon: Lexicon) -> Iterator[Finding]:
    for pattern in (_AT_HANDLE, _PROFILE):
        for match in pattern.finditer(text):
            yield Finding(match.start(), match.end(), FindingKind.IDENTIFIER)
    for pattern in (_MEDIA_HANDLE, _USER_NAME):
        for match in pattern.finditer(text):
            said = match["it"]
            odd = re.search(r"[0-9_#]|\w\.\w|[a-z][A-Z]", said)
            if (odd and not _UNIT.match(said) and not _YEARS.match(said) and not _DATE.match(said)) or (
                re.search(
                    r"\b(?:name|username|handle|tag|account|is|as|under|user)\b|:",
                    text[match.start() : match.start("it")],
                    re.IGNORECASE,
                )
                and lexicon.often(fold(said)) == 0
                and not any(fold(said) in known for known in (lexicon.given, lexicon.left_alone, lexicon.media))
            ):
                yield Finding(match.start("it"), match.end("it"), FindingKind.IDENTIFIER)
    for match in _ODD_WORD.finditer(text):
        letters = fold("".join(_LETTERS.findall(match[0])))
        plain = re.fullmatch(r"[A-Za-z]+[0-9]+", match[0])
        if plain and (
            lexicon.frequency.get(letters, 0) >= 2000
            or letters in lexicon.ordinary
            or letters in lexicon.media
            or letters in lexicon.left_alone
        ):
            continue
        if plain and match[0].isupper() and len(letters) < 6:
            continue
        yield Finding(match.start(), match.end(), FindingKind.IDENTIFIER)
