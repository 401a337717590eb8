"""How a ranking's figures and refusals are said in plain English: pounds, miles and points out of 100, each as exact
as it can be.

A point is a hundredth of the total (10,000 millionths), written with all its decimals so that printed pieces add up
to the printed total. No sentence holds a name, an id, an area code or a coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt

from matching.rank.gates import MILLIMETRES_PER_MILE, Gate, Refusal

MILLIONTHS_PER_POINT = 10_000

LOT_WORDS: Mapping[str, str] = {
    "ifa": "independent fostering",
    "residential": "children's home",
    "supported": "supported accommodation",
    "nmi_day": "day school",
    "nmi_38": "38-week boarding school",
    "nmi_52": "52-week boarding school",
}
REGISTRATION_WORDS: Mapping[str, str] = {
    "fostering": "a fostering agency",
    "childrens_home": "a children's home",
    "supported_accommodation": "supported accommodation",
    "school": "a school",
    "school_childrens_home": "a school and children's home",
    "none": "nothing",
}
SEX_WORDS: Mapping[str, str] = {"F": "girls", "M": "boys"}


def pounds(pence: int) -> str:
    """£4,800 or £4,800.50."""
    whole, rest = divmod(pence, 100)
    return f"£{whole:,}.{rest:02d}" if rest else f"£{whole:,}"


def points(millionths: int) -> str:
    """Millionths of the total as points out of 100, exactly: 24.0625."""
    return decimals(Fraction(millionths, MILLIONTHS_PER_POINT), 4)


def decimals(value: Fraction, places: int) -> str:
    """A fraction of 0 or more in decimals, halves up, without spare zeros."""
    scaled = (2 * value.numerator * 10**places + value.denominator) // (2 * value.denominator)
    whole, rest = divmod(scaled, 10**places)
    text = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    return text.rstrip("0").rstrip(".") if places else text


def tenths_of_miles(squared_metres: int | Fraction) -> int:
    """The root of an area in square metres, in tenths of a mile, halves up."""
    tenths = Fraction(squared_metres) * (10 * 1000) ** 2 / MILLIMETRES_PER_MILE**2
    twice = isqrt(int(4 * tenths))  # floor(2 x root): one more half rounds up
    return (twice + 1) // 2


def miles(squared_metres: int | Fraction) -> str:
    """The root of an area in square metres, as miles to one decimal."""
    return count(decimals(Fraction(tenths_of_miles(squared_metres), 10), 1), "mile")


def count(number: int | str, thing: str) -> str:
    return f"{number} {thing}" if str(number) == "1" else f"{number} {thing}s"


def listed(words: tuple[str, ...], last: str = "and") -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def refusal_sentence(refusal: Refusal) -> str:
    """Why a candidate fails a gate, with the figures of both sides."""
    return REFUSAL_SENTENCES[refusal.gate](refusal.facts)


def _lot(facts: Mapping[str, object]) -> str:
    wanted = listed(_words(facts["request_lots"], LOT_WORDS), "or")
    return f"The service is on the {LOT_WORDS[str(facts['service_lot'])]} lot; the request asks for {wanted}."


def _unlawful(facts: Mapping[str, object]) -> str:
    registration = str(facts["registration"])
    if registration == "none":
        return "The service has no registration, so it may not take any child."
    if registration == "supported_accommodation":
        return f"Supported accommodation may not take a child under 16; the request is for age {facts['age']}."
    return "A school open for 52 weeks a year must also be registered as a children's home, and this one is not."


def _sex(facts: Mapping[str, object]) -> str:
    taken = listed(_words(facts["sexes"], SEX_WORDS)) or "neither girls nor boys"
    return f"The service takes {taken}; the request is for {SEX_WORDS[str(facts['sex'])]}."


def _distance(facts: Mapping[str, object]) -> str:
    limit = decimals(Fraction(str(facts["max_miles"])), 2)
    away = miles(Fraction(str(facts["squared_metres"])))
    return f"The service is {away} away; the request's limit is {count(limit, 'mile')}."


def _adaptation(facts: Mapping[str, object]) -> str:
    return f"The service lacks adaptations that are required: {listed(_words(facts['missing'], {}))}."


def _words(values: object, words: Mapping[str, str]) -> tuple[str, ...]:
    found = values if isinstance(values, tuple) else ()
    return tuple(dict.fromkeys(words.get(str(one), str(one)) for one in found))


REFUSAL_SENTENCES: Mapping[Gate, Callable[[Mapping[str, object]], str]] = {
    Gate.LOT: _lot,
    Gate.NOT_ENROLLED: lambda _facts: "The service is suspended, so it cannot be bought from at present.",
    Gate.UNLAWFUL_FOR_AGE: _unlawful,
    Gate.OFSTED_INADEQUATE: lambda _facts: "Ofsted's latest judgement of the service is Inadequate.",
    Gate.AGE: lambda facts: (
        f"The service takes ages {facts['min_age']} to {facts['max_age']}; the request is for age {facts['age']}."
    ),
    Gate.SEX: _sex,
    Gate.NO_PLACE: lambda facts: (
        f"The service has {count(str(facts['places_free']), 'free place')}; the request needs {facts['places_needed']}."
    ),
    Gate.STALE_VACANCY: lambda facts: (
        f"The places were last confirmed {count(str(facts['confirmed_days_ago']), 'day')} ago; "
        f"they count for {count(str(facts['stale_after_days']), 'day')}."
    ),
    Gate.SOLO: lambda _facts: "The request needs a solo placement, which the service cannot arrange.",
    Gate.ADAPTATION: _adaptation,
    Gate.LANGUAGE: lambda _facts: "The service does not offer the language that the request requires.",
    Gate.EXCLUDED_AREA: lambda _facts: "The service is in an area that the request excludes.",
    Gate.DISTANCE: _distance,
}
"""A sentence for every gate."""
