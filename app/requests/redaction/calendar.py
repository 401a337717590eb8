"""How people write a day: numbers with any separator, a month in words, in Roman or in another language, days in words."""

from __future__ import annotations

MONTHS = "january february march april may june july august september october november december".split()
MONTH = r"(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_FOREIGN_MONTH = (
    r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|"
    r"janvier|f[eé]vrier|mars|avril|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[eé]cembre|"
    r"januar|februar|m[aä]rz|mai|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|"
    r"janeiro|fevereiro|mar[cç]o|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    r"ianuarie|februarie|martie|aprilie|iunie|iulie|septembrie|octombrie|noiembrie|decembrie|"
    r"stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrze[sś]nia|pa[zź]dziernika|listopada|grudnia|"
    r"ocak|[sş]ubat|mart|nisan|may[iı]s|haziran|temmuz|a[gğ]ustos|eyl[uü]l|ekim|kas[iı]m|aral[iı]k|"
    r"sausio|vasario|kovo|baland[zž]io|gegu[zž][eė]s|bir[zž]elio|liepos|rugpj[uū][cč]io|rugs[eė]jo|spalio|lapkri[cč]io|gruod[zž]io)"
)
DAY = r"(?:[0-3]?[0-9])(?:\s?(?:st|nd|rd|th))?"
_DAY_WORD = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|"
    r"seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_YEAR_WORD = (
    r"(?:two thousand(?: and)?(?:[ -](?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty))?|"
    r"(?:nineteen|twenty)[ -](?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?))"
)
LONG_YEAR = r"(?:19|20)[0-9]{2}"
YEAR = rf"(?:{LONG_YEAR}|['’]?[0-9]{{2}})"
_GAP = r"\s?[/.\-_\\|\u2010-\u2013]\s?"
_ROMAN = r"(?:viii|vii|vi|iv|v|iii|ii|i|ix|xii|xi|x)"
FULL = (
    rf"(?:[0-3]?[0-9]{_GAP}[01]?[0-9]{_GAP}{YEAR}|{LONG_YEAR}{_GAP}[01]?[0-9]{_GAP}[0-3]?[0-9]|[0-3]?[0-9] [01]?[0-9] {LONG_YEAR}|[0-3][0-9] [01][0-9] [0-9]{{2}}|"
    rf"[0-3]?[0-9]{_GAP}{MONTH}{_GAP}{YEAR}|[0-3]?[0-9][ /.\-]{_ROMAN}[ /.\-]{YEAR}|"
    rf"{DAY}[\s\-/.]*(?:day\s+)?(?:of\s+)?{MONTH}[\s,\-/.]*(?:in\s+)?{YEAR}|{MONTH}[\s\-/.]+(?:the\s+)?{DAY}[\s,\-/.]+{YEAR}|{MONTH}{DAY}[\s,\-/.]+{YEAR}|"
    rf"{LONG_YEAR}[\s,\-/.]+(?:{DAY}\s+{MONTH}|{MONTH}\s+{DAY})|"
    rf"{DAY}\.?\s(?:de |d['’])?{_FOREIGN_MONTH}\.?\s(?:de |del )?{LONG_YEAR}|"
    rf"(?:{_DAY_WORD})\s+(?:day\s+)?(?:of\s+)?{MONTH}[\s,]+(?:in\s+)?(?:the year\s+)?(?:{YEAR}|{_YEAR_WORD})|{DAY}\s+(?:of\s+)?{MONTH}[\s,]+{_YEAR_WORD}|"
    rf"{MONTH}\s+(?:the\s+)?(?:{_DAY_WORD})[\s,]+(?:{YEAR}|{_YEAR_WORD})|"
    rf"{DAY} of the (?:[01]?[0-9](?:st|nd|rd|th)|{_DAY_WORD})[\s,]*(?:of\s+)?{YEAR}|[0-3O]?[0-9O]{_GAP}[01O]?[0-9O]{_GAP}[12][0-9O]{{3}}|"
    rf"[0-3]?[0-9]{MONTH}{YEAR}|[0-3][0-9][01][0-9] {LONG_YEAR}|[0-9]{{1,2}}[a-z]{{2}} de {_FOREIGN_MONTH} (?:de |del )?{LONG_YEAR}|"
    rf"(?<![0-9])[0-3][0-9][01][0-9](?:{LONG_YEAR}|[0-9]{{2}})(?![0-9]))"
)
DAY_MONTH = (
    rf"(?:{DAY}\.?\s(?:de |d['’])?{_FOREIGN_MONTH}|(?:the\s+)?{DAY}\s*(?:day\s+)?(?:of\s+)?{MONTH}|{MONTH}\s+(?:the\s+)?{DAY}|[0-3]?[0-9][/.\-][01]?[0-9](?![/.\-0-9])|"
    rf"(?:the\s+)?(?:{_DAY_WORD})\s+(?:day\s+)?(?:of\s+)?{MONTH}|{MONTH}\s+(?:the\s+)?(?:{_DAY_WORD})\b)"
)
FEAST = (
    r"(?:christmas (?:day|eve)|boxing day|new year['’]?s?(?: day| eve)|halloween|valentine['’]?s(?: day)?|bonfire night|leap (?:day|year)|pancake day|burns night|"
    r"easter (?:sunday|monday)|good friday|st (?:patrick|george|david|andrew)['’]?s day|eid(?: al[- ]\w+)?|bank holiday monday|mother['’]?s day|father['’]?s day|"
    r"april fool['’]?s?(?: day)?|may day|midsummer(?:['’]?s)?(?: day| eve)?|all saints(?: day)?|guy fawkes(?: night)?|fireworks night|remembrance (?:day|sunday)|diwali|vaisakhi|epiphany)"
)
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
