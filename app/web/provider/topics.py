"""The topics of a service's profile, a page each: its title, its form, what fills it and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from app.children.needs import indicators
from app.core.clock import local_date
from app.web.acts import Act
from app.web.fields import Choice, Choices, DateField, Email, Hidden, Text, WholeNumber, YesNo
from providers.register.models import Registration
from providers.services.homes import homes_of
from providers.services.lists import lists_on
from providers.services.models import INDICATORS, Service
from providers.services.status import LEVEL_WORDS, SETTING_WORDS, SEX_WORDS, HomeStatus
from providers.services.vacancies import Coming, to_come

LINES = 3
"""How many later days the page of free places asks for."""


@dataclass(frozen=True)
class Topic:
    """A page of the profile. `form` and `values` are asked with what the page looks at; `changes` reads the answers."""

    title: str
    form: Callable[[Act, Service], type[Schema]]
    values: Callable[[Act, Service], dict[str, Any]]
    changes: Callable[[Mapping[str, Any]], dict[str, Any]]
    headed: bool = True
    """Whether the page needs a heading of its own: where the one question is the heading it does not."""
    intro: str = ""


class NameForm(Schema):
    """What people call it."""

    name = Text(
        "Name of the service", hint="Boroughs see this name", missing="Enter the name of the service", heading=True
    )
    version = Hidden(number=True)


class TakesForm(Schema):
    """Who the service takes."""

    min_age = WholeNumber(
        "Youngest age", most=25, width=2, suffix="years", missing="Enter the youngest age that the service takes"
    )
    max_age = WholeNumber(
        "Oldest age", most=25, width=2, suffix="years", missing="Enter the oldest age that the service takes"
    )
    sexes = Choices("Who you take", choices=tuple(SEX_WORDS.items()), missing="Choose who the service takes")
    version = Hidden(number=True)


class SettingForm(Schema):
    """Solo or group."""

    setting = Choice(
        "Do children live there solo or in a group?",
        choices=tuple((setting.value, words) for setting, words in SETTING_WORDS.items()),
        heading=True,
        missing="Choose whether children live there solo or in a group",
    )
    version = Hidden(number=True)


class EducationForm(Schema):
    """A school on the same site."""

    education_on_site = YesNo(
        "Is there a registered school on the site?",
        hint="Boroughs look for it where a child has no school to go to",
        heading=True,
        missing="Choose whether there is a school on the site",
    )
    version = Hidden(number=True)


class AlertsForm(Schema):
    """Where alerts about new requests go."""

    alert_email = Email(
        "Where should we send alerts about new requests?",
        hint="A shared mailbox is best. Alerts hold nothing about a child. The weekly question about free places goes "
        "there too, and its links confirm places without signing in",
        heading=True,
        missing="Enter an email address",
    )
    version = Hidden(number=True)


class FreeRules(Schema):
    """What holds between the questions about places to come."""

    @validates_schema
    def _whole_lines(self, data: dict[str, Any], **_: Any) -> None:
        errors = {}
        for line in range(1, LINES + 1):
            places, day, home = (data.get(f"{name}_{line}") for name in ("more", "from", "home"))
            if places and day is None:
                errors[f"from_{line}"] = "Enter the day from which they are free"
            if not places and (day is not None or home):
                errors[f"more_{line}"] = "Enter how many more places are free from that day"
        if errors:
            raise ValidationError(errors)


def _needs_form(view: Act, _service: Service) -> type[Schema]:
    """Twelve questions, in the words of the needs measure in force."""
    levels = [(str(level), words) for level, words in enumerate(LEVEL_WORDS)]
    questions: dict[str, Any] = {
        f"need_{need.number}": Choice(need.label, choices=levels, inline=True, missing=f"Choose a level: {need.label}")
        for need in indicators(view.session, local_date(view.now))
    }
    return Schema.from_dict({**questions, "version": Hidden(number=True)}, name="NeedsForm")


def _certificate_form(view: Act, service: Service) -> type[Schema]:
    """What the certificate of registration says, where the register does not publish it."""
    questions: dict[str, Any] = {
        "registered_min_age": WholeNumber(
            "Youngest age on the certificate", most=25, width=2, suffix="years", missing="Enter the youngest age"
        ),
        "registered_max_age": WholeNumber(
            "Oldest age on the certificate", most=25, width=2, suffix="years", missing="Enter the oldest age"
        ),
    }
    if view.session.get_one(Registration, service.urn).places is None:
        questions["registered_places"] = WholeNumber(
            "Places on the certificate",
            hint="The register does not publish them for this service. Leave empty if the certificate names none",
            required=False,
            least=1,
            most=500,
            width=3,
        )
    return Schema.from_dict({**questions, "version": Hidden(number=True)}, name="CertificateForm")


def _listed(
    name: str, label: str, hint: str = "Choose all that apply. If there are none, save without a tick"
) -> Topic:
    """A topic that is one coded list."""

    def form(view: Act, _service: Service) -> type[Schema]:
        choices = lists_on(view.session, local_date(view.now)).choices(name)
        question = Choices(label, hint=hint, choices=choices, required=False, optional=False, heading=True)
        return Schema.from_dict({name: question, "version": Hidden(number=True)}, name=f"{name.title()}Form")

    title = {"languages": "Languages spoken"}.get(name, name.capitalize())
    return Topic(title, form, _attributes(name), _as_posted, headed=False)


def _culture_form(view: Act, _service: Service) -> type[Schema]:
    lists = lists_on(view.session, local_date(view.now))
    hint = "Choose all that apply, or none"
    return Schema.from_dict(
        {
            "faiths": Choices(
                "Faiths of those who care",
                hint=hint,
                choices=lists.choices("faiths"),
                required=False,
                optional=False,
            ),
            "cultures": Choices(
                "What you do for a child's faith, culture and identity",
                hint=hint,
                choices=lists.choices("cultures"),
                required=False,
                optional=False,
            ),
            "version": Hidden(number=True),
        },
        name="CultureForm",
    )


def _places_form(view: Act, service: Service) -> type[Schema]:
    """Free now, and up to three later days; in which home, where the service lists its homes."""
    homes = [
        (home.id, home.code_name)
        for home in homes_of(view.session, [service.id]).get(service.id, ())
        if home.status is not HomeStatus.CLOSED
    ]
    questions: dict[str, Any] = {
        "places": WholeNumber(
            "How many places are free now?",
            hint="Enter 0 if you are full. Saving confirms the number as of now",
            most=500,
            width=3,
            missing="Enter how many places are free now, like 2",
            called="The number of free places",
        )
    }
    for line in range(1, LINES + 1):
        questions[f"more_{line}"] = WholeNumber(
            "How many more", required=False, optional=False, least=1, most=500, width=3, called="The number of places"
        )
        questions[f"from_{line}"] = DateField("Free from", required=False, optional=False, called="The day")
        if homes:
            questions[f"home_{line}"] = Choice(
                "In which home", kind="select", choices=homes, required=False, optional=False
            )
    return FreeRules.from_dict({**questions, "version": Hidden(number=True)}, name="PlacesForm")


def _places_values(view: Act, service: Service) -> dict[str, Any]:
    values: dict[str, Any] = {"places": service.places_free if service.places_confirmed_at else None}
    for line, row in enumerate(to_come(view.session, [service.id]).get(service.id, ())[:LINES], start=1):
        values |= {f"more_{line}": row.places, f"from_{line}": row.from_day, f"home_{line}": row.home_id}
    return values


def _places_changes(data: Mapping[str, Any]) -> dict[str, Any]:
    coming = [
        Coming(int(data[f"more_{line}"]), data[f"from_{line}"], data.get(f"home_{line}") or None)
        for line in range(1, LINES + 1)
        if data.get(f"more_{line}")
    ]
    return {"places": data["places"], "coming": coming}


def _as_posted(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "version"}


def _attributes(*names: str) -> Callable[[Act, Service], dict[str, Any]]:
    return lambda _view, service: {name: getattr(service, name) for name in names}


TOPICS: dict[str, Topic] = {
    "name": Topic("Name", lambda *_: NameForm, _attributes("name"), _as_posted, headed=False),
    "takes": Topic("Who you take", lambda *_: TakesForm, _attributes("min_age", "max_age", "sexes"), _as_posted),
    "certificate": Topic(
        "What the certificate says",
        _certificate_form,
        _attributes("registered_min_age", "registered_max_age", "registered_places"),
        _as_posted,
        intro="Enter these as they stand on the service's certificate of registration. "
        "The public register leaves ages out. You cannot take children outside them.",
    ),
    "setting": Topic("Solo or group", lambda *_: SettingForm, _attributes("setting"), _as_posted, headed=False),
    "education": Topic(
        "Education on site", lambda *_: EducationForm, _attributes("education_on_site"), _as_posted, headed=False
    ),
    "specialisms": _listed("specialisms", "What does the service specialise in?"),
    "languages": _listed("languages", "Which languages do those who care speak well?"),
    "culture": Topic("Faith and culture", _culture_form, _attributes("faiths", "cultures"), _as_posted),
    "adaptations": _listed("adaptations", "Which adaptations are there?"),
    "pets": _listed("pets", "Which pets live there?"),
    "needs": Topic(
        "Needs you meet",
        _needs_form,
        lambda _view, service: {f"need_{n}": str(level) for n, level in enumerate(service.capability, start=1)},
        lambda data: {"capability": [int(data[f"need_{number}"]) for number in range(1, INDICATORS + 1)]},
        intro="For each need, choose the highest level that the service meets well. A level that you only declare "
        "counts a little less than one with evidence that the hub has seen. Changing a level takes its evidence back.",
    ),
    "places": Topic("Free places", _places_form, _places_values, _places_changes),
    "alerts": Topic("Alerts", lambda *_: AlertsForm, _attributes("alert_email"), _as_posted, headed=False),
}
