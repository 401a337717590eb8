"""Traits so rare that they point at one child: being the only or first of a kind in a small place, or known from the news."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.requests.redaction.kinds import Finding, FindingKind

_SMALL = (
    r"(?:borough|county|town|village|city|area|estate|school|street|road|region|country|uk|united kingdom|england|britain|world|parish|community|diocese|district|local authority|"
    r"la|council|academy|college|nursery|hospital|unit|club|year group|class|europe|postcode|ward|island|london|congregation|church|mosque|team|league|academy|service|south east|south west|north|midlands)"
)
_PERSON = (
    r"(?:child|children|boy|boys|girl|girls|baby|babies|pupil|pupils|student|students|person|people|family|families|teenager|teen|patient|patients|sibling group|twins|triplets|"
    r"case|cases|one|young person|young people|lad|player|members?|survivors?|kid|kids|wheelchair user|female|male|asylum seeker|speaker|speakers|traveller|refugee|known)"
)
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|a (?:dozen|handful|few)|[0-9]{1,3}|a hundred|under \w+|fewer than \w+|less than \w+)"
_REST = r"[^.;!?\n]{0,110}"
_TRIGGERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:the )?only\s+(?:\w+[\s-]){{0,5}}?{_PERSON}\b(?:\s+\w+){{0,12}}?\s+(?:in|at|from|on|of|across|within)\s+(?:the |this |our |his |her |their |all of )?(?:\w+[\s-]){{0,3}}?(?-i:[A-Z]\w+|{_SMALL})",
        rf"\b(?:the )?only\s+(?:\w+[\s-]){{0,5}}?(?:{_PERSON}|\w+)\b(?:\s+[\w'-]+){{0,12}}?\s+(?:in|at|on|across|within)\s+(?:the |this |our |his |her |their |all of )(?:\w+[\s-]){{0,3}}?{_SMALL}\b",
        rf"\bone of (?:only |just |about |around |fewer than |less than |the (?:only|few) |the )*{_NUMBER}\s+(?:\w+[\s-]){{0,5}}?{_PERSON}\b{_REST}",
        rf"\bone of (?:only|just)\s+(?:about |around )?{_NUMBER}\b{_REST}\b(?:in|at)\s+(?:the |this )?(?:\w+ )?{_SMALL}\b",
        rf"\b(?:the )?(?:first|youngest|oldest|tallest|smallest|last|second|fastest|strongest)\s+(?:ever\s+)?(?:\w+[\s-]){{0,4}}?{_PERSON}?\s*(?:ever\s+)?(?:\w+\s+){{0,12}}?(?:in|at|for|of)\s+(?:the |this |our )?(?:whole |history of )?(?:\w+[\s-]){{0,2}}?(?:{_SMALL})\b",
        rf"\b(?:the )?(?:first|youngest)\s+(?:\w+[\s-]){{0,3}}?{_PERSON}\s+(?:ever\s+)?to\b{_REST}",
        r"\b(?:conjoined|siamese)\s+(?:twins?|sisters?|brothers?)\b|\b(?:quadruplets?|quintuplets?|sextuplets?|septuplets?)\b|\bone of (?:the )?(?:quads|quins|quintuplets|quadruplets|triplets)\b|\bidentical triplets\b",
        rf"\b(?:was|were|is|are|been|being|made|hit|appeared|featured|splashed|covered|reported|pictured|named|interviewed|shown|famous|well[- ]known|known)\b(?:\s+\w+){{0,8}}?\s+(?:in|on|by|across|all over|from|to)\s+(?:all )?(?:the )?(?:(?:local|national|regional|evening|international|tv|front)\s+)*(?:news(?:paper|papers)?|papers?|press|tv|telly|television|headlines|front pages?|media|(?-i:[A-Z]\w+) (?:advertiser|gazette|echo|guardian|herald|chronicle|post|mail|times|news|argus|observer|courier|express|journal|star|mercury|telegraph|standard|recorder|examiner|press|today|live|tribune|citizen)|bbc|itv|radio|look north|crimewatch|daily mail|the sun|documentary|channel 4){_REST}",
        rf"\b(?:local|national|regional)\s+(?:news(?:paper|papers)?|press|tv|media|paper|papers|radio)\s+(?:coverage|stor(?:y|ies)|reports?|ran|covered|reported|article|named|called|interest|attention|picked|headlines){_REST}",
        r"\b(?:went|gone|go|going)\s+viral\b[^.;!?\n]{0,80}|\bviral\s+(?:video|clip|post|tiktok)\b[^.;!?\n]{0,80}",
        rf"\b(?:locally|nationally)\s+(?:famous|known|well[- ]known|notorious){_REST}|\b(?:famous|well[- ]known|known|notorious|a household name|a (?:local|minor) celebrity|a local legend|a celebrity)\s+(?:locally|in the (?:area|town|village|borough|community)|around (?:town|the (?:area|town|estate))|(?:across|throughout) the){_REST}|\blocal(?:ly)? (?:celebrity|celebrities|legend|hero)\b{_REST}",
        rf"\b(?:everyone|everybody|the whole (?:town|village|estate|area|street|school))\s+(?:in (?:the |this )?\w+\s+|round here\s+|locally\s+)?(?:knows?|remembers?|recognises?|calls?)\b{_REST}",
        rf"\b(?:no other|nobody else|no one else|there (?:is|are) no other)\s+(?:[\w'-]+\s+){{0,8}}?(?:in|at|across|within)\s+(?:the |this |our |his |her )?(?:whole )?{_SMALL}\b{_REST}",
        rf"\b(?:holds?|held|broke|set|has|holder of)\s+(?:\w+\s+){{0,2}}(?:the |a )?(?:\w+\s+){{0,4}}record\b(?:\s+(?:for|in|at|as){_REST})?(?<!criminal record)(?<!track record)",
        rf"\b(?:current|reigning|former|national|british|english|county|regional|world|european|borough|commonwealth|under[- ]\d+|junior|youth|schools?|paralympic)\s+(?:\w+\s+){{0,5}}?(?:champion|champions|medallist|gold medal|title holder|record holder|chess master|mascot|mp's (?:son|daughter))\b{_REST}",
        rf"\b(?:only\s+)?(?:about|around|fewer than|less than|under|just|only|some)?\s*{_NUMBER}\s+(?:known |recorded |confirmed |other |reported )*(?:people|children|cases|families|patients|sufferers)\s+(?:\w+\s+){{0,6}}?(?:in|worldwide|nationally|across)\s*(?:the )?(?:uk|united kingdom|country|world|england|britain|europe|london|borough|county)\b",
        rf"\b(?:so rare|extremely rare|very rare|vanishingly rare|ultra-rare|incredibly rare)\b(?=[^.;!?\n]*\b(?:only|one of|uk|country|world|borough|county|england)\b){_REST}",
        rf"\b(?:son|daughter|grandson|granddaughter|nephew|niece|brother|sister|child|stepson|stepdaughter|grandchild|father|mother|dad|mum|cousin|uncle)s?\s+(?:is|was|of|to)\s+(?:an? |the )?(?:(?:former|current|late|well[- ]known|local|famous|ex|sitting|serving|convicted|notorious|\w+)[\s-]+){{0,4}}(?:mp|mayor|mayoress|councillor|footballer|premier league (?:player|footballer)|actor|actress|rapper|singer|celebrity|olympian|boxer|politician|ambassador|chief constable|bishop|tv presenter|pop star|murderer|serial killer|x factor \w+)\b{_REST}",
        rf"\b(?:won|appeared on|was on|contestant on|starred in|been on|auditioned for|finalist on|finalist in)\s+(?:the )?(?:britain'?s got talent|bgt|the voice(?: kids)?|x factor|bake off|strictly|love island|masterchef|mastermind|gogglebox|the apprentice|eastenders|junior bake off|supernanny|big brother){_REST}",
        rf"\b(?:survivors?|survived|victims?|killed|injured|died)\s+(?:of|in|by)\s+the\s+(?-i:(?:[A-Z]\w+\s+)+)(?:fire|bombing|attack|crash|disaster|explosion|stabbing|shooting|murders?|tragedy|flood){_REST}|\bthe\s+(?-i:(?:[A-Z]\w+\s+)+)(?:murders?|murder trial|killings?|stabbing|shooting|house fire|arson attack|case)\b",
        r"\b(?:only|sole)\s+surviv(?:or|ing)\b[^.;!?\n]{0,100}",
        rf"\b(?:known|nicknamed|referred to|dubbed|called|labelled)\s+(?:\w+\s+){{0,3}}(?:as|by)?\s*(?:in the (?:papers?|press|media|news)|locally|by the (?:papers?|press|media)){_REST}",
    )
)


_EXCUSED = re.compile(
    r"\bonly (?:child|one)(?: of| to)\b|\bonly (?:person|one|people|adult|adults) (?:he|she|they|who|that|in the (?:home|house|household|family))\b(?!.*\b(?:borough|county|town|village))|"
    r"\bonly (?:child|young person|one|boy|girl) (?:in|at) (?:the |this |a )?(?:home|house|household|placement|family|group|room|car)\b|first (?:time|placement|choice|language|aid|contact|week|day|term|year|review|night|thing|few)|"
    r"last (?:time|placement|week|year|term|review|night|few|known|summer)|second (?:time|language|placement)|only (?:attends?|goes|has been|child placed|english|available|place)\b",
    re.IGNORECASE,
)


def rare_traits(text: str) -> Iterator[Finding]:
    """Stretches that tell of such a trait. They may overlap each other and what they name."""
    for pattern in _TRIGGERS:
        for match in pattern.finditer(text):
            if not _EXCUSED.search(match[0][:60]) and len(match[0]) > 5:
                yield Finding(match.start(), match.start() + len(match[0].rstrip(" ,-–")), FindingKind.RARE_TRAIT)
