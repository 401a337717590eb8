"""A service's profile in words, as a borough that looks for a home reads it: no address, no name of a household."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.geography import authority
from providers.passport.kinds import RegistrationKind
from providers.services.homes import home_kind
from providers.services.lists import Lists
from providers.services.models import Home, Service, Vacancy
from providers.services.status import HOME_KIND_WORDS, SETTING_WORDS, HomeKind, HomeStatus, Setting
from providers.services.vacancies import free_words

NOT_SAID = "Not said yet"


@dataclass(frozen=True)
class Line:
    """One fact of a profile: the topic whose page changes it, what it is, and what it says."""

    topic: str
    title: str
    words: str
    said: bool


def sexes_words(sexes: Iterable[str]) -> str:
    """Girls and boys, girls, boys."""
    chosen = set(sexes)
    return {frozenset("FM"): "girls and boys", frozenset("F"): "girls", frozenset("M"): "boys"}.get(
        frozenset(chosen), "girls or boys not said yet"
    )


def takes_words(service: Service) -> str:
    """8 to 17 years, girls and boys."""
    return f"{service.min_age} to {service.max_age} years, {sexes_words(service.sexes)}"


def lines_of(service: Service, lists: Lists) -> list[Line]:
    """What a service is like, topic by topic."""
    listed = {name: getattr(service, name) for name in ("specialisms", "languages", "adaptations", "pets")}
    culture = [*(service.faiths or ()), *(service.cultures or ())]
    words = lists.words("faiths", service.faiths or ()) + lists.words("cultures", service.cultures or ())
    education = {None: NOT_SAID, True: "Yes", False: "No"}[service.education_on_site]
    return [
        Line("takes", "Who the service takes", _capital(takes_words(service)), bool(service.sexes)),
        Line(
            "setting",
            "Solo or group",
            SETTING_WORDS[service.setting] if service.setting else NOT_SAID,
            service.setting is not None,
        ),
        Line("education", "Education on site", education, service.education_on_site is not None),
        _listed("specialisms", "Specialisms", listed["specialisms"], lists),
        _listed("languages", "Languages spoken", listed["languages"], lists),
        Line(
            "culture",
            "Faith and culture",
            ", ".join(words) if culture else ("None" if service.faiths is not None else NOT_SAID),
            service.faiths is not None,
        ),
        _listed("adaptations", "Adaptations", listed["adaptations"], lists),
        _listed("pets", "Pets", listed["pets"], lists),
    ]


def place_words(service: Service, kind: RegistrationKind, homes: Iterable[Home]) -> str:
    """Where children would live, as far as it is told: council areas, never an address."""
    open_homes = [home for home in homes if home.status is not HomeStatus.CLOSED]
    if kind is RegistrationKind.FOSTERING or open_homes:
        areas = sorted({authority(home.authority_gss).name for home in open_homes})
        one, many = HOME_KIND_WORDS[home_kind(kind) or HomeKind.HOUSEHOLD]
        if not areas:
            return f"In its carers' {many}: none is listed yet"
        count = len(open_homes)
        return f"{count} {one if count == 1 else many} in {', '.join(areas)}"
    return authority(service.authority_gss).name if service.authority_gss else "Not known"


def places_words(service: Service, coming: Iterable[Vacancy]) -> str:
    """2 now, 1 more from 12 January 2027."""
    if service.places_confirmed_at is None:
        return "Not confirmed yet"
    return _capital(free_words(service.places_free, coming))


def home_words(home: Home) -> str:
    """5 to 12 years, girls and boys, up to 2 children, in Croydon."""
    children = "1 child" if home.approved_for == 1 else f"up to {home.approved_for} children"
    area = authority(home.authority_gss).name
    return f"{home.min_age} to {home.max_age} years, {sexes_words(home.sexes)}, {children}, in {area}"


def takes_solo(service: Service) -> bool:
    """Whether a child could live there as the only one."""
    return service.setting in (Setting.SOLO, Setting.EITHER)


def _listed(name: str, title: str, codes: list[str] | None, lists: Lists) -> Line:
    if codes is None:
        return Line(name, title, NOT_SAID, said=False)
    return Line(name, title, ", ".join(lists.words(name, codes)) or "None", said=True)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
