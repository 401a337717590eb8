"""What is known of words: which are ordinary, which are names, which are both, and what is left alone.

The lists written for this are in `config/redaction`. Three packages add to them: Faker (given names and surnames of many
countries), nicknames (English diminutives) and pyspellchecker (how often each word of English is met).
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.requests.redaction.text import fold
from config import redaction as lists

FOLDER = Path(lists.__file__).parent
COUNTRIES = """
    en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US en ha_NG ig_NG yo_NG tw_GH sw zu_ZA ga_IE pl_PL ro_RO tr_TR vi_VN pt_PT
    es_ES it_IT fr_FR fr_DZ de_DE da_DK fi_FI no_NO sv_SE et_EE sl_SI pt_BR fr_CA fr_BE es_MX es_CO es_AR is_IS id_ID de_AT de_CH nl_BE lt_LT lv_LV hr_HR sk_SK cs_CZ hu_HU
    az_AZ uz_UZ nl_NL
"""
_OFTEN = 300
"""How often a word that is a surname somewhere must be met in English to be taken for the word first."""
_VERY_OFTEN = 1000
"""The same for a given name."""
_REMEMBERED = 20_000
_LONGEST = 24
"""No word of English that is longer is looked at for slips."""
_SUFFIXES = (
    ("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("d", ""), ("ly", ""),
    ("er", ""), ("ers", ""), ("ish", ""), ("y", ""), ("able", ""), ("ness", ""), ("less", ""), ("ful", ""),
)  # fmt: skip
_PREFIXES = (
    "un",
    "re",
    "non",
    "over",
    "under",
    "mis",
    "self",
    "co",
    "pre",
    "post",
    "anti",
    "multi",
    "semi",
    "de",
    "hyper",
)


@dataclass(frozen=True)
class Lexicon:
    """Sets of folded words and phrases; `frequency` is how often each word of English is met."""

    frequency: dict[str, int]
    given: frozenset[str]
    surnames: frozenset[str]
    word_given: frozenset[str]
    word_surnames: frozenset[str]
    ordinary: frozenset[str]
    left_alone: frozenset[str]
    eponyms: frozenset[str]
    media: frozenset[str]
    places: frozenset[str]
    never_names: frozenset[str]
    left_phrases: tuple[tuple[str, ...], ...]
    diminutives: dict[str, frozenset[str]]
    sets: dict[str, frozenset[str]]
    heads: dict[str, dict[str, tuple[tuple[str, ...], ...]]]
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What was asked of words before, since texts use the same words."""

    def _once(self, question: str, word: str, answer: Callable[[str], Any]) -> Any:
        key = (question, word)
        if key not in self.told:
            if len(self.told) > _REMEMBERED:
                self.told.clear()
            self.told[key] = answer(word)
        return self.told[key]

    def often(self, word: str) -> int:
        """How often the word, or what it is made from, is met in English; 0 if it is no word."""
        return int(self._once("often", word, self._often))

    def _often(self, word: str) -> int:
        found = self.frequency.get(word, 0)
        if word in self.ordinary:
            return max(found, 5000)
        if found or len(word) < 4:
            return found
        for suffix, stem_end in _SUFFIXES:
            if word.endswith(suffix):
                stem = word[: -len(suffix)] + stem_end
                if len(stem) > 3 and (stem in self.ordinary or self.frequency.get(stem, 0) >= _OFTEN):
                    return 150
        for prefix in _PREFIXES:
            if word.startswith(prefix) and self.frequency.get(word[len(prefix) :], 0) >= _VERY_OFTEN:
                return 150
        return 0

    def misspells_a_word(self, word: str) -> bool:
        """Whether one slip of the pen makes a frequent word of English of it."""
        return bool(self._once("slip", word, self._slipped))

    def _slipped(self, word: str) -> bool:
        if not 4 <= len(word) <= _LONGEST:
            return False
        least = 20000 if len(word) < 6 else 1500
        return any(
            self.frequency.get(other, 0) >= least or other in self.ordinary
            for other in _one_slip(word)
            if other not in self.given
        )

    def is_two_words(self, word: str) -> bool:
        """Whether it is two frequent words written as one ("keyworker")."""
        return len(word) <= _LONGEST and any(
            self.frequency.get(word[:at], 0) >= 5000 and self.frequency.get(word[at:], 0) >= 5000
            for at in range(3, len(word) - 2)
        )


def _one_slip(word: str) -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        if after:
            yield before + after[1:]
            for letter in letters:
                yield before + letter + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in letters:
            yield before + letter + after


def _words(*texts: str) -> set[str]:
    return {folded for text in texts for word in text.split() if (folded := fold(word.strip('"')))}


def _phrases(text: str) -> list[tuple[str, ...]]:
    parts = (part.strip() for part in re.split(r"[|\n]", text))
    return sorted({tuple(fold(word) for word in re.findall(r"[\w'&.-]+", part)) for part in parts if part}, key=len)[
        ::-1
    ]


def _faker_names() -> tuple[set[str], set[str]]:
    given: set[str] = set()
    family: set[str] = set()
    for country in COUNTRIES.split():
        provider = importlib.import_module(f"faker.providers.person.{country}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if attribute.startswith("_") or "name" not in attribute or callable(names):
                continue
            if any(word in attribute for word in ("format", "language", "prefix", "suffix")):
                continue
            these = given if "first" in attribute or "given" in attribute else family
            these.update(
                fold(part)
                for name in names
                if isinstance(name, str)
                for part in re.split(r"[\s-]", name)
                if len(part) > 2
            )
    return given, family


def _nicknames() -> Iterator[tuple[str, str]]:
    from nicknames import name_triplets

    for triplet in name_triplets():
        yield fold(triplet.name1), fold(triplet.name2)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Load every list. About a third of a second, once in a process."""
    from spellchecker import SpellChecker

    data: dict[str, dict[str, Any]] = {
        name: tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("names", "words", "leave", "places")
    }
    words, leave, places = data["words"], data["leave"], data["places"]
    frequency = dict(SpellChecker(language="en", distance=1).word_frequency.dictionary)
    own_given = _words(*data["names"]["given"].values())
    own_family = _words(*data["names"]["surnames"].values())
    diminutives: dict[str, set[str]] = defaultdict(set)
    nicknames = set()
    for name, form in _nicknames():
        diminutives[name].add(form)
        nicknames |= {name, form}
    for line in data["names"]["diminutives"]["forms"]:
        name, *forms = (fold(word) for word in line.split())
        diminutives[name].update(forms)
        own_given.update((name, *forms))
    faker_given, faker_family = _faker_names()
    pure = _words(words["pure_names"]["words"])
    word_given = _words(words["names_that_are_words"]["given"])
    word_surnames = _words(words["names_that_are_words"]["surnames"])
    word_given |= {name for name in faker_given - own_given - nicknames - pure if frequency.get(name, 0) >= _VERY_OFTEN}
    word_given |= {name for name in nicknames - own_given - pure if frequency.get(name, 0) >= _VERY_OFTEN}
    word_given |= {name for name in own_given - pure if frequency.get(name, 0) >= 20000}
    faker_family = {name for name in faker_family if name in word_surnames or frequency.get(name, 0) < 20000}
    word_surnames |= {name for name in faker_family - pure if frequency.get(name, 0) >= _OFTEN}
    word_surnames |= {name for name in own_family - pure if frequency.get(name, 0) >= _VERY_OFTEN}
    jargon = _words(words["jargon"]["words"])
    peoples = _words(leave["peoples"]["words"], leave["peoples"]["festivals"])
    often_capital = _words(words["often_capital"]["words"]) | (peoples & own_given)
    word_given -= jargon - _words(words["names_that_are_words"]["given"])
    word_given |= peoples & own_given
    days = _words(
        "monday tuesday wednesday thursday friday saturday sunday january february july september october november december"
    )
    word_given -= days
    jargon |= days
    word_surnames = {name for name in word_surnames if frequency.get(name, 0) >= 150}
    unlikely = {name for name in faker_given - own_given - nicknames - pure if frequency.get(name, 0) >= 6000}
    unlikely -= _words(words["names_that_are_words"]["given"])
    word_given -= unlikely
    faker_given -= unlikely
    roles = {key: frozenset(_words(text)) for key, text in words["roles"].items()}
    context = {key: frozenset(_words(text)) for key, text in words["context"].items()}
    plain = {word for word, often in frequency.items() if often >= 200000} - _words(
        words["names_that_are_words"]["given"]
    )
    given = frozenset((own_given | faker_given | nicknames | pure) - plain - days)
    eponyms = _words(leave["conditions"]["words"], leave["tests_and_methods"]["words"])
    media = _words(leave["brands"]["words"], leave["clubs"]["words"], leave["characters"]["words"])
    left = (
        _words(
            leave["medicines"]["words"],
            leave["public_bodies"]["words"],
            leave["law"]["words"],
        )
        | peoples
    )
    all_roles = frozenset().union(*roles.values())
    return Lexicon(
        frequency=frequency,
        given=given,
        surnames=frozenset(own_family | faker_family),
        word_given=frozenset(word_given),
        word_surnames=frozenset(word_surnames),
        ordinary=frozenset(
            jargon - word_given - often_capital | all_roles | context["person_verbs"] | context["determiners"]
        ),
        left_alone=frozenset((left | (eponyms | media) - own_given - own_family - faker_given) - word_given),
        eponyms=frozenset(eponyms),
        media=frozenset(media),
        places=frozenset(_words(leave["peoples"]["places"])),
        never_names=frozenset(left | eponyms | jargon | all_roles | peoples),
        left_phrases=tuple(
            phrase
            for part in leave.values()
            if "phrases" in part
            for phrase in _phrases(part["phrases"])
            if len(phrase) > 1
        ),
        diminutives={name: frozenset(forms) for name, forms in diminutives.items()},
        sets={
            **roles,
            **context,
            "roles": all_roles,
            **_place_sets(places),
            "often_capital": frozenset(often_capital),
            "born": frozenset(_words(words["foreign"]["born"])),
        },
        heads=_heads(places),
    )


def _place_sets(places: dict[str, Any]) -> dict[str, frozenset[str]]:
    return {
        "streets": frozenset(_words(places["streets"]["sure"])),
        "loose_streets": frozenset(_words(places["streets"]["loose"])),
        "buildings": frozenset(_words(places["buildings"]["sure"])),
        "estates": frozenset(_words(places["buildings"]["estates"])),
        "naming": frozenset(_words(places["small_places"]["naming"])),
        "generic_places": frozenset(_words(places["small_places"]["generic"])),
        "generic_schools": frozenset(_words(places["schools"]["generic"])),
    }


def _heads(places: dict[str, Any]) -> dict[str, dict[str, tuple[tuple[str, ...], ...]]]:
    """Phrases by their last word, longest first."""

    def by_last(phrases: Iterable[tuple[str, ...]]) -> dict[str, tuple[tuple[str, ...], ...]]:
        grouped: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in phrases:
            grouped[phrase[-1]].append(phrase)
        return {last: tuple(sorted(group, key=len, reverse=True)) for last, group in grouped.items()}

    return {
        "school": by_last(_phrases(places["schools"]["heads"])),
        "place": by_last(_phrases(places["small_places"]["heads"])),
    }


def cues() -> str:
    """The pattern of what people write before a school."""
    found = tomllib.loads((FOLDER / "places.toml").read_text(encoding="utf-8"))["schools"]["cues"]
    return "|".join(part.strip() for part in str(found).strip().split("|"))
