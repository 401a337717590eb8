"""What narrows a list of services, as conditions of the database, and the orders in which it can stand.

The judgement and the score of a registration are looked up through their indexes for each service, so the cost of a
filter does not grow with how long the history is. Which judgement counts is the register's rule
(`providers.register.judgements.latest_graded`); a test holds this to it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select

from app.identity.models import Organisation
from providers.passport.kinds import RegistrationKind, types_of
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.quality.models import QualityCurrent
from providers.register.models import Inspection, Registration
from providers.register.status import Grade, Resolution
from providers.services.models import Service

UNKNOWN, NONE, NEVER, FRESH, STALE = "unknown", "none", "never", "fresh", "stale"
BANDS: dict[str, tuple[int, int]] = {"75": (75, 100), "50": (50, 74), "25": (25, 49), "0": (0, 24)}
"""Quarters of the quality score, each with its first and last point, by their codes."""

STANDING = (EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED)
ORDERS = ("name", "company", "quality", "places")
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class ServiceFilter:
    """What a list is narrowed to; an empty string narrows nothing.

    `search`: words that stand in the service's or company's name, or parts of a URN. `standing`: an `EnrolmentStatus`
    or `none` for on no lot. `kind`: a `RegistrationKind`. `authority`: a GSS code. `judgement`: a `Grade`, a
    `SupportedOutcome`, or `none`. `quality`: a code of `BANDS` or `unknown`. `places`: `fresh`, `stale` or `never`.
    `in_house`: `yes` or `no`. A word that is none of these narrows nothing.
    """

    search: str = ""
    lot_id: str = ""
    standing: str = ""
    kind: str = ""
    authority: str = ""
    judgement: str = ""
    quality: str = ""
    places: str = ""
    in_house: str = ""


def narrowed(
    ids: Select[str, int], wanted: ServiceFilter, *, today: dt.date, stale_before: dt.datetime
) -> Select[str, int]:
    """A selection of services' ids with a filter's conditions, and with the tables that these need joined."""
    words = wanted.search.casefold().split()[:_MOST_WORDS]
    if words or wanted.in_house in ("yes", "no"):
        ids = ids.join(Organisation, Organisation.id == Service.organisation_id)
    for word in words:
        ids = ids.where(
            or_(
                func.lower(Service.name).contains(word, autoescape=True),
                func.lower(Organisation.name).contains(word, autoescape=True),
                Service.urn.contains(word.upper(), autoescape=True),
            )
        )
    if wanted.in_house in ("yes", "no"):
        ids = ids.where((Organisation.in_house_of.is_not(None)) == (wanted.in_house == "yes"))
    if wanted.kind in set(RegistrationKind):
        ids = ids.join(Registration, Registration.urn == Service.urn).where(_of_kind(RegistrationKind(wanted.kind)))
    if wanted.authority:
        ids = ids.where(Service.authority_gss == wanted.authority)
    return ids.where(
        *_standing(wanted), *_judged(wanted.judgement, today), *_scored(wanted.quality), *_places(wanted, stale_before)
    )


def ordered(ids: Select[str, int], order: str, descending: bool) -> Select[str, int]:
    """A selection of services' ids in one of `ORDERS`, what is not known last, then by name and id."""
    name = func.lower(Service.name)
    first: ColumnElement[Any]
    if order == "company":
        company = select(func.lower(Organisation.name)).where(Organisation.id == Service.organisation_id)
        first = company.scalar_subquery()
    elif order == "quality":
        first = standing_score()
    elif order == "places":
        first = Service.places_confirmed_at.expression
    else:
        first = name
    return ids.order_by((first.desc() if descending else first.asc()).nulls_last(), name, Service.id)


def standing_score() -> ScalarSelect[int | None]:
    """The score of a service's registration that stands; null where it is unknown or was never computed."""
    return select(QualityCurrent.score).where(QualityCurrent.urn == Service.urn).correlate(Service).scalar_subquery()


def latest_result(today: dt.date) -> ScalarSelect[str | None]:
    """The word that a service's registration stands on: its overall grade, or the outcome of supported accommodation,
    of the newest judgement that counts and was known today; null where there is none.
    """
    known = func.coalesce(Inspection.published_on, Inspection.inspected_on)
    number = func.coalesce(Inspection.event_number, "")
    # A judgement that contradicts itself counts as limited where a person decided so (F-10).
    limited = case(
        (Inspection.helped_protected == Grade.INADEQUATE, Grade.INADEQUATE.value),
        (Inspection.leaders_managers == Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT.value),
        else_=Grade.OUTSTANDING.value,
    )
    overall = case((Inspection.resolution == Resolution.AS_LIMITED, limited), else_=Inspection.overall)
    return (
        select(func.coalesce(overall, Inspection.supported_outcome))
        .where(
            Inspection.urn == Service.urn,
            Inspection.full_judgement,
            or_(~Inspection.contradictory, Inspection.resolution.is_not(None)),
            or_(Inspection.resolution.is_(None), Inspection.resolution != Resolution.SET_ASIDE),
            known <= today,
        )
        .order_by(Inspection.inspected_on.desc(), known.desc(), func.length(number).desc(), number.desc())
        .limit(1)
        .correlate(Service)
        .scalar_subquery()
    )


def _of_kind(kind: RegistrationKind) -> ColumnElement[bool]:
    if kind is not RegistrationKind.NONE:
        return Registration.provision_type.in_(types_of(kind))
    known = [one for other in RegistrationKind if other is not kind for one in types_of(other)]
    return Registration.provision_type.not_in(known)


def _standing(wanted: ServiceFilter) -> list[ColumnElement[bool]]:
    on_lot = [Enrolment.lot_id == wanted.lot_id] if wanted.lot_id else []
    here = select(Enrolment.claim_id).where(Enrolment.claim_id == Service.claim_id, *on_lot).correlate(Service)
    if wanted.standing == NONE:
        return [~here.where(Enrolment.status.in_(STANDING)).exists()]
    if wanted.standing in set(EnrolmentStatus):
        return [here.where(Enrolment.status == EnrolmentStatus(wanted.standing)).exists()]
    return [here.where(Enrolment.status.in_(STANDING)).exists()] if wanted.lot_id else []


def _judged(judgement: str, today: dt.date) -> list[ColumnElement[bool]]:
    if not judgement:
        return []
    result = latest_result(today)
    return [result.is_(None)] if judgement == NONE else [result == judgement]


def _scored(band: str) -> list[ColumnElement[bool]]:
    if band == UNKNOWN:
        return [standing_score().is_(None)]
    if band in BANDS:
        return [standing_score().between(*BANDS[band])]
    return []


def _places(wanted: ServiceFilter, stale_before: dt.datetime) -> list[ColumnElement[bool]]:
    confirmed = Service.places_confirmed_at
    conditions: dict[str, ColumnElement[bool]] = {
        NEVER: confirmed.is_(None),
        FRESH: confirmed >= stale_before,
        STALE: and_(confirmed.is_not(None), confirmed < stale_before),
    }
    return [conditions[wanted.places]] if wanted.places in conditions else []
