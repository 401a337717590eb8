"""One service's profile carried over to others of the same company: a company with many homes says it once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Actor
from providers.register.models import Registration
from providers.services.lists import lists_on
from providers.services.models import INDICATORS, Service
from providers.services.profile import CODED, Topics, apply_changes, own_service, profile_changes

COPIED: dict[str, tuple[str, tuple[str, ...]]] = {
    "takes": ("Who you take", ("min_age", "max_age", "sexes")),
    "needs": ("Needs you meet, as declared: evidence is not carried over", ("capability",)),
    "setting": ("Solo or group", ("setting",)),
    "education": ("Education on site", ("education_on_site",)),
    "specialisms": ("Specialisms", ("specialisms",)),
    "languages": ("Languages", ("languages",)),
    "culture": ("Faith and culture", ("faiths", "cultures")),
    "adaptations": ("Adaptations", ("adaptations",)),
    "pets": ("Pets", ("pets",)),
    "alerts": ("Where alerts go", ("alert_email",)),
}
"""What can be carried over: each topic's words and its facts. Name, places and homes are a service's own."""


def copy_profile(
    session: Session,
    *,
    actor: Actor,
    service_id: str,
    to: Iterable[str],
    topics: Iterable[str],
    now: dt.datetime,
) -> int:
    """Say of other services of the company what is said of one, in the topics that are named. Returns how many were
    changed. `Invalid` at `topics` or `to`, naming the first service that cannot be so; then nothing is changed.
    """
    source = own_service(session, actor, service_id)
    chosen = [name for name in COPIED if name in set(topics)]
    if not chosen:
        raise Invalid("Choose what to copy", field="topics")
    said = said_of(source, chosen)
    if not said:
        raise Invalid(f"{source.name} says nothing about these topics yet", field="topics")
    wanted = set(to) - {source.id}
    if not wanted:
        raise Invalid("Choose the services to copy to", field="to")
    rows = session.execute(
        select(Service, Registration)
        .join(Registration, Registration.urn == Service.urn)
        .where(Service.id.in_(wanted), Service.organisation_id == actor.organisation_id)
        .order_by(Service.name, Service.id)
    ).all()
    if len(rows) != len(wanted):
        raise NotFound("service")
    lists = lists_on(session, local_date(now))
    planned = []
    for service, registration in rows:
        changes, errors = profile_changes(service, registration, said, lists=lists, now=now)
        if errors:
            raise Invalid(f"{service.name}: {next(iter(errors.values()))}", field="to")
        planned.append((service, changes))
    for service, changes in planned:
        apply_changes(session, service, said, changes, now=now, person_id=actor.person_id)
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.service.copy",
        subject_kind="service",
        subject_id=source.id,
        topics=chosen,
        to=[service.id for service, _ in planned],
    )
    return len(planned)


def said_of(service: Service, chosen: Iterable[str]) -> Topics:
    """What a service says in some topics; what it has not said is left out."""
    said: dict[str, object] = {}
    for topic in chosen:
        for name in COPIED[topic][1]:
            value = getattr(service, name)
            empty = value is None or (name in ("sexes", "capability") and not value)
            if not empty and not (name in ("min_age", "max_age") and not service.sexes):
                said[name] = list(value) if name in CODED or name == "capability" else value
    if len(service.capability) != INDICATORS:
        said.pop("capability", None)
    return cast(Topics, said)
