"""A service's profile, one topic a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from sqlalchemy.orm import Session

from app.children.needs import indicators
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, Choices, Email, Hidden, Text, WholeNumber
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.services import LEVEL_WORDS, SEX_WORDS
from providers.passport.queries import own_claim
from providers.services.models import INDICATORS, Service
from providers.services.profile import describe_service
from providers.services.queries import services_by_claim


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


class PlacesForm(Schema):
    """Places free today."""

    places = WholeNumber(
        "How many places are free now?",
        hint="Enter 0 if you are full. Saving confirms the number as of now",
        most=500,
        width=3,
        heading=True,
        missing="Enter how many places are free now, like 2",
        called="The number of free places",
    )
    version = Hidden(number=True)


class AlertsForm(Schema):
    """Where alerts about new requests go."""

    alert_email = Email(
        "Where should we send alerts about new requests?",
        hint="A shared mailbox is best. Alerts hold nothing about a child",
        heading=True,
        missing="Enter an email address",
    )
    version = Hidden(number=True)


@dataclass(frozen=True)
class Topic:
    """A page of the profile: its title, its form, what fills it and what it changes."""

    title: str
    form: Callable[[Session, Act], type[Schema]]
    values: Callable[[Service], dict[str, Any]]
    changes: Callable[[Mapping[str, Any]], dict[str, Any]]


def _needs_form(session: Session, view: Act) -> type[Schema]:
    """Twelve questions, in the words of the needs measure in force."""
    levels = [(str(level), words) for level, words in enumerate(LEVEL_WORDS)]
    questions: dict[str, Any] = {
        f"need_{need.number}": Choice(need.label, choices=levels, inline=True, missing=f"Choose a level: {need.label}")
        for need in indicators(session, local_date(view.now))
    }
    return Schema.from_dict({**questions, "version": Hidden(number=True)}, name="NeedsForm")


def _needs_values(service: Service) -> dict[str, Any]:
    return {f"need_{number}": str(level) for number, level in enumerate(service.capability, start=1)}


def _as_posted(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "version"}


def _attributes(*names: str) -> Callable[[Service], dict[str, Any]]:
    return lambda service: {name: getattr(service, name) for name in names}


TOPICS: dict[str, Topic] = {
    "name": Topic("Name", lambda *_: NameForm, _attributes("name"), _as_posted),
    "takes": Topic("Who you take", lambda *_: TakesForm, _attributes("min_age", "max_age", "sexes"), _as_posted),
    "needs": Topic(
        "Needs you meet",
        _needs_form,
        _needs_values,
        lambda data: {"capability": [int(data[f"need_{number}"]) for number in range(1, INDICATORS + 1)]},
    ),
    "places": Topic(
        "Free places",
        lambda *_: PlacesForm,
        lambda service: {"places": service.places_free if service.places_confirmed_at else None},
        _as_posted,
    ),
    "alerts": Topic("Alerts", lambda *_: AlertsForm, _attributes("alert_email"), _as_posted),
}


@bp.route("/services/<claim_id>/profile/<topic>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def edit(claim_id: str, topic: str) -> ResponseReturnValue:
    """One topic: shown, and saved."""
    if topic not in TOPICS:
        raise NotFound("page")
    page = TOPICS[topic]
    with look() as view:
        service = _profile(view, claim_id)
        service_id = service.id
        form = Form(page.form(view.session, view), values={**page.values(service), "version": service.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                describe_service(
                    doing.session,
                    actor=doing.actor,
                    service_id=service_id,
                    now=doing.now,
                    version=form.data["version"],
                    **page.changes(form.data),
                )
                return doing.go(url_for("provider.service", claim_id=claim_id), f"{page.title}: saved")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        shown = {"service": _profile(view, claim_id), "form": form, "topic": topic, "title": page.title}
        return render_template("provider/edit.html", **shown), form.status


def _profile(view: Act, claim_id: str) -> Service:
    own_claim(view.session, view.actor, claim_id)
    service = services_by_claim(view.session, [claim_id]).get(claim_id)
    if service is None:
        raise NotFound("service")
    return service
