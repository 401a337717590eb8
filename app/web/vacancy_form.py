"""The one form by which free places of several services are confirmed, signed in or by a link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema

from app.web.fields import WholeNumber
from app.web.forms import Form
from providers.services.models import Service, Vacancy
from providers.services.vacancies import free_words


def vacancy_form(rows: Iterable[tuple[Service, int | None, tuple[Vacancy, ...]]]) -> Form:
    """A number for each service, filled with what it said last; the registered places beside it."""
    questions: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for service, registered, coming in rows:
        name = f"places_{service.id}"
        said = f"You said last: {free_words(service.places_free, coming)}" if service.places_confirmed_at else ""
        most = f"Registered for {registered}" if registered is not None else ""
        questions[name] = WholeNumber(
            service.name,
            hint=". ".join(part for part in (said, most) if part),
            most=500,
            width=3,
            suffix="free now",
            called="The number of free places",
            missing=f"Enter how many places are free now at {service.name}",
        )
        values[name] = service.places_free if service.places_confirmed_at else None
    return Form(Schema.from_dict(questions, name="VacancyForm"), values=values)


def numbers(form: Form) -> dict[str, int]:
    """The numbers by service id."""
    return {name.removeprefix("places_"): int(number) for name, number in form.data.items()}
