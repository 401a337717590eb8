"""A company confirms the free places of several of its services in one act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity.permissions import Actor, Permission
from providers.services.models import Service
from providers.services.vacancies import Free, confirm_vacancies


def confirm_own_vacancies(session: Session, *, actor: Actor, places: Mapping[str, int], now: dt.datetime) -> int:
    """Say how many places are free now, by service id; what is to come stays as it stands. Returns how many services.

    `NotFound` where one is not the company's; `Invalid` at `places_<service id>`. Then nothing is confirmed.
    """
    actor.require(Permission.APPLICATION_WRITE)
    own = session.scalar(
        select(func.count())
        .select_from(Service)
        .where(Service.id.in_(list(places)), Service.organisation_id == actor.organisation_id)
    )
    if own != len(places):
        raise NotFound("service")
    said = {service_id: Free(number) for service_id, number in places.items()}
    return len(confirm_vacancies(session, said, actor=actor, now=now)) if said else 0
