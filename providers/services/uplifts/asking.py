"""A company asks for an uplift once: for one lot or several, with what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import Accepted, Store, keep
from app.core.references import new_reference
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PriceBand
from providers.services.models import Service
from providers.services.prices.models import ListPrice
from providers.services.prices.setting import FURTHEST, priced_on
from providers.services.uplifts.entries import LONGEST_WORDS, said
from providers.services.uplifts.models import MOST_BASIS_POINTS, Uplift, UpliftFile, UpliftLine
from providers.services.uplifts.status import EntryKind, UpliftStatus
from providers.services.uplifts.telling import tell_asked

PREFIX = "UP"
MOST_FILES = 5


def ask_uplift(
    session: Session,
    *,
    actor: Actor,
    figures: Mapping[str, int],
    from_day: dt.date,
    reason: str,
    files: Sequence[Accepted],
    store: Store,
    now: dt.datetime,
    base_url: str,
) -> Uplift:
    """Ask for higher prices: `figures` are hundredths of a per cent by lot id, from `from_day` on.

    `Invalid` names the field (`figures`, `from_day`, `reason`, `file`); `NotFound` for a lot that the company is not
    on; `Conflict` where an uplift on one of the lots is open already.
    """
    actor.require(Permission.UPLIFT_ASK)
    lots = {lot.id: lot for found in priced_on(session, actor.organisation_id).values() for lot in found.values()}
    if set(figures) - set(lots):
        raise NotFound("lot")
    reason = reason.strip()
    _check(session, actor, figures, lots, from_day, reason, files, local_date(now))
    uplift = Uplift(
        reference=new_reference(PREFIX),
        organisation_id=actor.organisation_id,
        status=UpliftStatus.ASKED,
        reason=reason,
        requested_from=from_day,
        asked_by=actor.person_id,
        asked_at=now,
        changed_at=now,
    )
    uplift.lines = [
        UpliftLine(organisation_id=actor.organisation_id, lot_id=lot_id, position=number, requested_points=points)
        for number, (lot_id, points) in enumerate(sorted(figures.items(), key=lambda item: lots[item[0]].name), start=1)
    ]
    session.add(uplift)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("An uplift on one of these lots is open already: it must end before you ask again.") from error
    for accepted in files:
        add_file(session, uplift, accepted, store=store, person_id=actor.person_id, now=now)
    said(session, uplift, EntryKind.ASKED, actor=actor, words=reason, now=now, figures=figures, from_day=from_day)
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.uplift.ask",
        subject_kind="uplift",
        subject_id=uplift.id,
        figures=dict(figures),
        from_day=from_day.isoformat(),
    )
    tell_asked(session, uplift, company=actor.organisation_name, now=now, base_url=base_url)
    return uplift


def add_file(
    session: Session, uplift: Uplift, accepted: Accepted, *, store: Store, person_id: str, now: dt.datetime
) -> UpliftFile:
    """Keep a file with an uplift. The caller has checked who may."""
    kept = keep(session, store, accepted, now=now)
    row = UpliftFile(uplift_id=uplift.id, sha256=kept.sha256, file_name=accepted.name, added_by=person_id, added_at=now)
    session.add(row)
    session.flush()
    return row


def _check(
    session: Session,
    actor: Actor,
    figures: Mapping[str, int],
    lots: Mapping[str, Lot],
    from_day: dt.date,
    reason: str,
    files: Sequence[Accepted],
    today: dt.date,
) -> None:
    errors: dict[str, str] = {}
    if not figures:
        errors["figures"] = "Enter the uplift for at least one lot"
    elif not all(1 <= points <= MOST_BASIS_POINTS for points in figures.values()):
        errors["figures"] = "An uplift must be between 0.01% and 50%"
    unpriced = [lots[lot_id].name for lot_id in figures if not _has_prices(session, actor.organisation_id, lot_id)]
    if unpriced:
        errors["figures"] = f"You have no price list on {unpriced[0]}: set your prices first, then ask to raise them"
    if from_day < today:
        errors["from_day"] = "The uplift must begin today or later"
    elif from_day > today + FURTHEST:
        errors["from_day"] = "The uplift must begin within 3 years"
    if not reason:
        errors["reason"] = "Enter why your costs have risen"
    elif len(reason) > LONGEST_WORDS:
        errors["reason"] = f"Use {LONGEST_WORDS:,} characters or fewer"
    if not files:
        errors["file"] = "Choose a file that shows why: accounts, a pay award, invoices"
    elif len(files) > MOST_FILES:
        errors["file"] = f"Send {MOST_FILES} files or fewer"
    if errors:
        raise Invalid(errors)


def _has_prices(session: Session, organisation_id: str, lot_id: str) -> bool:
    found = session.scalar(
        select(ListPrice.id)
        .join(Service, Service.id == ListPrice.service_id)
        .join(PriceBand, PriceBand.id == ListPrice.band_id)
        .where(Service.organisation_id == organisation_id, PriceBand.lot_id == lot_id)
        .limit(1)
    )
    return found is not None
