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
    r"case|cases|one|young person|young people|lad|player|members?|survivors?|kid|kids|wheelchair user|house|home|household|farm|female|male|asylum seeker|speaker|speakers|traveller|refugee|known)"
)
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|a (?:dozen|handful|few)|[0-9]{1,3}|a hundred|under \w+|fewer than \w+|less than \w+)"
_REST = r"[^.;!?\n]{0,110}"
_TRIGGERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bone of (?:a set of |the )?(?:quads|quins|quadruplets|quintuplets|sextuplets|identical triplets)\b[^.;!?\n]{0,70}|\b(?:conjoined|siamese)\b[^.;!?\n]{0,40}",
        r"\b(?:(?-i:Britain|England|Wales|Scotland|Ireland|Europe|London|Kent|Essex|Surrey|Croydon)|(?:the )?(?:country|county|borough|town|village|school|world|city|area|region|estate|island|nation|parish|club|street))['’]s (?:only|first|youngest|oldest|smallest|tallest|fastest|most famous|best[- ]known)\s(?:ever\s)?(?:[\w'-]+ ){0,4}[\w'-]+",
        r"\b(?:made|make|makes|hit|grabbed)\s+(?:the\s+)?(?:\w+\s+){0,2}(?:headlines|(?:national|local|evening|regional|ten o'clock) news|papers|front pages?)\b[^.;!?\n]{0,60}",
        r"\bplays?\s+(?:\w+\s+){0,3}(?:in the premier league|in the championship|for (?-i:[A-Z]\w+)(?: (?-i:[A-Z]\w+))? (?:first team|under|u\d|academy|women|reserves)|professional(?:ly)?\b|county cricket|at wimbledon)[^.;!?\n]{0,40}",
        r"\b(?:grand)?(?:father|mother|dad|mum|parent|uncle|aunt|brother|sister|nan|grandad|granddad)\s+(?:is|was|used to be|being)\s+(?:the |a |an )?(?:former |current |first |deputy |ex-)?(?:mayor|lord mayor|mp|member of parliament|bishop|chief constable|ambassador|sheriff|high sheriff|lord lieutenant|footballer|actor|actress|celebrity|rapper)\b[^.;!?\n]{0,60}",
        r"\b(?:appeared|featured|starred|presented|performed|sang|danced|acted)\s+(?:on|in|at)\s+(?:the )?(?:cbbc|cbeebies|bbc|itv|channel 4|tv|telly|television|west end|blue peter|newsround|the one show|children in need|comic relief|songs of praise|wembley|glastonbury|advert|commercial|film|musical)\b[^.;!?\n]{0,50}",
        r"\b(?:no other|nobody else|no one else)\s+(?:[\w'-]+\s+){0,4}?(?:in|at|from|round)\s+(?-i:[A-Z]\w+|this|the)\b[^.;!?\n]{0,60}",
        r"\bon (?:the one show|crimewatch|newsround|look north|look east|points west|panorama|the news|itv news|bbc news)\b[^.;!?\n]{0,60}",
        rf"\b(?:the )?only\s+(?:\w+[\s-]){{0,5}}?{_PERSON}\b(?:\s+\w+){{0,12}}?\s+(?:in|at|from|on|of|across|within)\s+(?:the |this |our |his |her |their |all of )?(?:\w+[\s-]){{0,3}}?(?-i:[A-Z]\w+|{_SMALL})",
        rf"\b(?:the )?only\s+(?:\w+[\s-]){{0,5}}?(?:{_PERSON}|\w+)\b(?:\s+[\w'-]+){{0,12}}?\s+(?:in|at|on|across|within)\s+(?:the |this |our |his |her |their |all of )(?:\w+[\s-]){{0,3}}?{_SMALL}\b",
        rf"\b(?:the|our|their|its|his|her|my) only\s+(?:[\w'’-]+\s+){{1,9}}?(?:in|at|on|across|within|around|left in|for miles)\s+(?:the |this |all of )?(?:whole |entire |history of )?(?:[\w'’-]+\s+){{0,2}}?(?:(?-i:[A-Z][a-z]{{2,}})|{_SMALL}\b|around)",
        rf"\bone of the (?:last|few|only)\s+(?:[\w'’-]+\s+){{1,8}}?(?:in|at|with|to)\b{_REST}",
        rf"\b(?:represent(?:s|ed|ing)|play(?:s|ed|ing)? for|swims? for|runs? for|boxes for|selected for|capped (?:by|for)|captains?|captained)\s+(?:the )?(?-i:England|Wales|Scotland|Ireland|Great Britain|GB|Team GB|Britain|Jamaica|Surrey|Kent|Yorkshire|Lancashire|Essex|Middlesex)\b{_REST}|\bteam gb\b{_REST}|\b(?:national|county|england|olympic|paralympic) (?:squad|team|champion|finalist|medal\w*)\b",
        r"\b(?:olympic torch|pride of britain|child actor|child star|chess prodigy|prodigy|record deal|world record|guinness world record holder)\b[^.;!?\n]{0,60}",
        r"\b[0-9][0-9,.]*\s?(?:k|m|thousand|million)?\s+(?:followers|subscribers)\b",
        r"\bborn\s+(?:on|in|at)\s+(?:the |a |an )(?:[\w'-]+\s+){0,4}?(?:m[0-9]{1,2}|a[0-9]{1,3}|motorway|train|bus|taxi|helicopter|lifeboat|plane|aeroplane|flight|ferry|boat|dinghy|lay-?by|car park|lift|tube|supermarket|prison|police car|police cell|ambulance|hard shoulder|lorry|platform)\b[^.;!?\n]{0,60}",
        rf"\b(?:the )?(?:boy|girl|baby|child|twins|brothers|sisters|family|lad|kid|kids|children|mum|dad|mother|father)\s+(?:from|in|off|on)\s+the\s+(?:news|video|clip|photo|photograph|mural|documentary|papers?|poster|advert|front page|inquest|fire|explosion|siege|crash)\b{_REST}",
        rf"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|[0-9]{{1,2}})\s+(?:such\s+)?(?:children|people|families|cases|boys|girls|pupils|patients)\s+(?:in|across)\s+(?:the |all of )?(?:whole )?(?:(?-i:[A-Z][a-z]{{3,}})|uk|country|world|borough|county|town)\s+(?:has|have|with|who|like|are|is|to)\b{_REST}",
        rf"\bone of (?:only |just |about |around |fewer than |less than |the (?:only|few) |the )*{_NUMBER}\s+(?:\w+[\s-]){{0,5}}?{_PERSON}\b[^.;!?\n,]{{0,60}}?\b(?:in|at|across|worldwide|nationally|known|ever|with|to have)\b{_REST}",
        rf"\bone of (?:only|just)\s+(?:about |around )?{_NUMBER}\b{_REST}\b(?:in|at)\s+(?:the |this )?(?:\w+ )?{_SMALL}\b",
        rf"\b(?:the )?(?:first|youngest|oldest|tallest|smallest|last|second|fastest|strongest)\s+(?:ever\s+)?(?:\w+[\s-]){{0,4}}?{_PERSON}?\s*(?:ever\s+)?(?:\w+\s+){{0,12}}?(?:in|at|for|of)\s+(?:the |this |our )?(?:whole |history of )?(?:\w+[\s-]){{0,2}}?(?:{_SMALL}|(?-i:[A-Z][a-z]{{3,}}))\b",
        rf"\b(?:the )?(?:first|youngest|only)\s+(?:\w+[\s-]){{0,3}}?{_PERSON}\s+(?:(?:in|at|from)\s+[\w' ]{{2,40}}?\s+)?(?:ever\s+)?to\b{_REST}",
        r"\b(?:conjoined|siamese)\s+(?:twins?|sisters?|brothers?|at\s+(?:the\s+)?\w+)\b|\b(?:quadruplets?|quintuplets?|sextuplets?|septuplets?)\b|\bone of (?:the )?(?:quads|quins|quintuplets|quadruplets|triplets)\b|\bidentical triplets\b",
        rf"\b(?:was|were|is|are|been|being|made|hit|appeared|featured|splashed|covered|reported|pictured|named|interviewed|shown|famous|well[- ]known|known)\b(?:\s+\w+){{0,8}}?\s+(?:in|on|by|across|all over|from|to)\s+(?:all )?(?:the )?(?:front of the )?(?:(?:local|national|regional|evening|international|tv|front)\s+)*(?:news(?:paper|papers)?|papers?|press|tv|telly|television|headlines|front pages?|media|(?-i:[A-Z]\w+) (?:advertiser|gazette|echo|messenger|leader|packet|enquirer|sentinel|voice|independent|bugle|guardian|herald|chronicle|post|mail|times|news|argus|observer|courier|express|journal|star|mercury|telegraph|standard|recorder|examiner|press|today|live|tribune|citizen)|bbc|itv|radio|look north|crimewatch|daily mail|the sun|documentary|channel 4){_REST}",
        rf"\b(?:local|national|regional)\s+(?:news(?:paper|papers)?|press|tv|media|paper|papers|radio)\s+(?:coverage|stor(?:y|ies)|reports?|ran|covered|reported|article|named|called|interest|attention|picked|headlines){_REST}",
        r"\b(?:went|gone|go|going)\s+viral\b[^.;!?\n]{0,80}|\bviral\s+(?:video|clip|post|tiktok)\b[^.;!?\n]{0,80}",
        rf"\b(?:locally|nationally)\s+(?:famous|known|well[- ]known|notorious){_REST}|\b(?:famous|well[- ]known|known|notorious|a household name|a (?:local|minor) celebrity|a local legend|a celebrity)\s+(?:locally|in (?-i:[A-Z]\w+) (?:for|after|because|since)|in the (?:area|town|village|borough|community)(?! as)|around (?:town|the (?:area|town|estate))|(?:across|throughout) the|to (?:every|all)\s+(?:\w+\s+){{1,3}}(?:in|on)\s+(?:the )?){_REST}|\blocal(?:ly)? (?:celebrity|celebrities|legend|hero)\b{_REST}",
        rf"\b(?:everyone|everybody|the whole (?:town|village|estate|area|street|school))\s+(?:in (?:the |this )?\w+\s+|round here\s+|locally\s+)?(?:knows?|remembers?|recognises?)\b{_REST}|\b(?:locals|neighbours|the (?:estate|village|town))\s+(?:all\s+)?(?:calls?|called|know|knows)\b{_REST}",
        rf"\b(?:no other|nobody else|no one else|there (?:is|are) no other)\s+(?:[\w'-]+\s+){{0,8}}?(?:in|at|across|within)\s+(?:the |this |our |his |her )?(?:whole )?{_SMALL}\b{_REST}",
        rf"\b(?:holds?|held|broke|set|has|holder of)\s+(?:\w+\s+){{0,2}}(?:the |a )?(?:\w+\s+){{0,4}}record\b(?:\s+(?:for|in|at|as){_REST})?(?<!criminal record)(?<!track record)",
        rf"\b(?:current|reigning|former|national|british|english|county|regional|world|european|borough|commonwealth|under[- ]\d+|junior|youth|schools?|paralympic)\s+(?:\w+\s+){{0,5}}?(?:champion|champions|medallist|gold medal|title holder|record holder|chess master|mascot|mp's (?:son|daughter))\b{_REST}",
        rf"\b(?:only\s+)?(?:about|around|fewer than|less than|under|just|only|some)?\s*{_NUMBER}\s+(?:known |recorded |confirmed |other |reported )*(?:people|children|cases|families|patients|sufferers)\s+(?:\w+\s+){{0,6}}?(?:in|worldwide|nationally|across)\s*(?:the )?(?:uk|united kingdom|country|world|england|britain|europe|london|borough|county)\b",
        rf"\b(?:so|extremely|very|vanishingly|ultra|incredibly)[ -]rare\b(?=[^.;!?\n]*\b(?:only|one of|uk|country|world|borough|county|england)\b){_REST}",
        rf"\b(?:son|daughter|grandson|granddaughter|nephew|niece|brother|sister|child|stepson|stepdaughter|grandchild|father|mother|dad|mum|cousin|uncle)s?\s+(?:is|was|of|to)\s+(?:an? |the )?(?:(?:former|current|late|well[- ]known|local|famous|ex|sitting|serving|convicted|notorious|\w+)[\s-]+){{0,4}}(?:mp|mayor|mayoress|councillor|footballer|premier league (?:player|footballer)|actor|actress|rapper|singer|celebrity|olympian|boxer|politician|ambassador|chief constable|bishop|tv presenter|pop star|murderer|serial killer|x factor \w+)\b{_REST}",
        rf"\b(?:won|appeared on|was on|contestant on|starred in|been on|auditioned for|finalist on|finalist in)\s+(?:the )?(?:britain'?s got talent|bgt|the voice(?: kids)?|x factor|bake off|strictly|love island|masterchef|mastermind|gogglebox|the apprentice|eastenders|junior bake off|supernanny|big brother){_REST}",
        rf"\b(?:survivors?|survived|victims?|killed|injured|died)\s+(?:of|in|by)\s+the\s+(?-i:(?:[A-Z]\w+\s+)+)(?:fire|bombing|attack|crash|disaster|explosion|stabbing|shooting|murders?|tragedy|flood){_REST}|\bthe\s+(?-i:(?:[A-Z]\w+\s+)+)(?:murders?|murder trial|killings?|stabbing|shooting|house fire|arson attack|case)\b",
        r"\b(?:all over|splashed across|in|says|reported|wrote|told)\s+(?:by\s+)?(?:the )?(?-i:(?:[A-Z]\w+\s+){1,3}(?:Advertiser|Gazette|Echo|Herald|Chronicle|Post|Mail|Messenger|Courier|Express|Journal|Mercury|Telegraph|Standard|Recorder|Examiner|Argus|Observer|Evening News|Leader|Times))\b",
        rf"\b(?:the )?(?:press|papers?|media|journalists?|reporters?)\s+(?:asked|ask|know|knows|ran|have|has|had|are|were|call(?:s|ed)?|camped|got|been|turned|covered|reported|followed)\b{_REST}",
        rf"\b(?:mural|statue|plaque|memorial bench|memorial|documentary|podcast|petition|fundraiser|film)\s+(?:of|to|about|for|in memory of)\s+(?:him|her|them|his|the family|the (?:boy|girl|twins|brothers|sisters))\b{_REST}",
        rf"\b(?:the )?(?:boy|girl|baby|child|twins|brothers|sisters|lad|family|children|sole|lone)\s+(?:who|that)\s+(?:was|were|got)?\s*(?:found alive|found in|found under|found abandoned|survived|pulled from|rescued|saved from|lived through|fell from|walked away)\b{_REST}",
        r"\b(?:only|sole)\s+surviv(?:or|ing)\b[^.;!?\n]{0,100}",
        rf"\b(?:known|nicknamed|referred to|dubbed|called|labelled)\s+(?:\w+\s+){{0,3}}(?:as|by)?\s*(?:in the (?:papers?|press|media|news)|locally|by the (?:papers?|press|media)){_REST}",
    )
)


_TO_THE_END = re.compile(r"[^.;!?\n]{0,80}")
_EXCUSED = re.compile(
    r"\bonly (?:child|one)(?: of| to)\b|\bonly (?:person|one|people|adult|adults) (?:he|she|they|who|that|in the (?:home|house|household|family))\b(?!.*\b(?:borough|county|town|village))|"
    r"\bonly (?:child|young person|one|boy|girl) (?:in|at) (?:the |this |a )?(?:home|house|household|placement|family|group|room|car)\b|only (?:contact|concern|concerns|problem|issue|adult|support|family member|relative|placement|time|thing|reason|option|option available|vacancy|home|bed|way)\b|first (?:time|placement|choice|language|aid|contact|week|day|term|year|review|night|thing|few)|"
    r"last (?:time|placement|week|year|term|review|night|few|known|summer)|second (?:time|language|placement)|only (?:attends?|goes|has been|child placed|english|available|place)\b",
    re.IGNORECASE,
)


def rare_traits(text: str) -> Iterator[Finding]:
    """Stretches that tell of such a trait. They may overlap each other and what they name."""
    for pattern in _TRIGGERS:
        for match in pattern.finditer(text):
            if not _EXCUSED.search(match[0][:60]) and len(match[0]) > 5:
                rest = _TO_THE_END.match(text, match.end())
                said = text[match.start() : rest.end() if rest else match.end()]
                yield Finding(match.start(), match.start() + len(said.rstrip(" ,-–")), FindingKind.RARE_TRAIT)
