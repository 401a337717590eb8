"""A profile put together for a page: the same facts for its company, for the hub and as a borough would see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.children.needs import Indicator, indicators
from app.web.acts import Act
from providers.passport.kinds import KIND_WORDS, RegistrationKind, kind_of
from providers.register.models import Registration
from providers.services.homes import home_kind, homes_due, homes_of
from providers.services.lists import Lists, lists_on
from providers.services.models import Home, Service
from providers.services.needs import Need, needs_due, needs_hold_until, needs_of
from providers.services.queries import is_stale, stale_days
from providers.services.shown import Line, lines_of, place_words, places_words
from providers.services.status import HomeKind
from providers.services.vacancies import registered_places, to_come


@dataclass(frozen=True)
class ShownProfile:
    """Everything that the pages of a profile say, in words."""

    service: Service
    kind: RegistrationKind
    lines: list[Line]
    needs: list[tuple[Indicator, Need]]
    homes: list[Home]
    homes_due: list[Home]
    home_kind: HomeKind | None
    place: str
    places: str
    places_stale: bool
    stale_after: int
    registered: int | None
    needs_due: bool
    needs_until: dt.date | None
    lists: Lists

    @property
    def kind_words(self) -> str:
        """What the registration is."""
        return KIND_WORDS[self.kind]

    @property
    def all_stale(self) -> bool:
        """Whether every need was said too long ago: then the page says it once."""
        return all(need.stale for _, need in self.needs)

    @property
    def certificate(self) -> str:
        """Ages and places as registered."""
        service = self.service
        ages = (
            f"Ages {service.registered_min_age} to {service.registered_max_age}"
            if service.registered_min_age is not None
            else "Ages not said yet"
        )
        places = f"{self.registered} places" if self.registered is not None else "places not known"
        return f"{ages}, {places}"


def shown_profile(view: Act, service: Service, registration: Registration, today: dt.date) -> ShownProfile:
    """The profile of a service. The caller has checked that the actor may see it."""
    lists = lists_on(view.session, today)
    kind = kind_of(registration.provision_type)
    homes = homes_of(view.session, [service.id]).get(service.id, [])
    days = stale_days(view.session, view.now)
    return ShownProfile(
        service=service,
        kind=kind,
        lines=lines_of(service, lists),
        needs=list(zip(indicators(view.session, today), needs_of(service, lists, today), strict=False)),
        homes=homes,
        homes_due=homes_due(homes, lists, view.now),
        home_kind=home_kind(kind),
        place=place_words(service, kind, homes),
        places=places_words(service, to_come(view.session, [service.id]).get(service.id, ())),
        places_stale=is_stale(service.places_confirmed_at, days, view.now),
        stale_after=days,
        registered=registered_places(service, registration),
        needs_due=needs_due(service, lists, today),
        needs_until=needs_hold_until(service, lists),
        lists=lists,
    )
