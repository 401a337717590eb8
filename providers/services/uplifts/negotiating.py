"""Negotiating an uplift: the hub for every borough that takes part in its lots, the company for itself.

The hub puts a figure for each lot and a day, with its reasons; the company accepts it, asks for another, or takes the
wish back. Accepting is agreeing, and agreeing is applying: in one transaction every price list holds the figure from
its day on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import publish
from app.identity.permissions import Actor, Permission
from providers.services.events import UpliftAgreed
from providers.services.prices.setting import FURTHEST
from providers.services.uplifts import telling
from providers.services.uplifts.applying import apply_uplift
from providers.services.uplifts.entries import checked_words, said
from providers.services.uplifts.models import Uplift
from providers.services.uplifts.queries import reach
from providers.services.uplifts.status import OPEN, UPLIFT, EntryKind, UpliftStatus

THIS = "This uplift"


def write(session: Session, *, actor: Actor, uplift_id: str, words: str, now: dt.datetime, base_url: str) -> Uplift:
    """A message of the company or of the hub, which both read and the boroughs too. A figure on the table stays
    there.
    """
    if not (actor.may(Permission.UPLIFT_ASK) or actor.may(Permission.UPLIFT_DECIDE)):
        raise NotAllowed("Your role does not allow this.")
    uplift = _held(session, actor, uplift_id)
    words = checked_words(words, "Enter your message")
    if uplift.status is UpliftStatus.ASKED:
        uplift.status = UPLIFT.require(uplift.status, UpliftStatus.NEGOTIATING, THIS)
    elif uplift.status not in OPEN:
        raise Conflict("This uplift has ended, so nothing more can be said about it.")
    uplift.changed_at = now
    said(session, uplift, EntryKind.MESSAGE, actor=actor, words=words, now=now)
    _audit(session, uplift, actor, "write", now)
    telling.tell_other_side(session, uplift, actor=actor, now=now, base_url=base_url)
    return uplift


def counter(
    session: Session,
    *,
    actor: Actor,
    uplift_id: str,
    figures: Mapping[str, int],
    words: str,
    version: int,
    now: dt.datetime,
    base_url: str,
) -> Uplift:
    """The company asks for another figure, no higher than it asked at first. The hub's own is off the table."""
    actor.require(Permission.UPLIFT_ASK)
    uplift = _held(session, actor, uplift_id, version)
    words = checked_words(words, "Enter why")
    _check_figures(uplift, figures)
    uplift.status = UPLIFT.require(uplift.status, UpliftStatus.NEGOTIATING, THIS)
    for line in uplift.lines:
        line.counter_points = figures[line.lot_id]
    uplift.changed_at = now
    said(session, uplift, EntryKind.COUNTER, actor=actor, words=words, now=now, figures=figures)
    _audit(session, uplift, actor, "counter", now, figures=dict(figures))
    telling.tell_other_side(session, uplift, actor=actor, now=now, base_url=base_url)
    return uplift


def offer_figure(
    session: Session,
    *,
    actor: Actor,
    uplift_id: str,
    figures: Mapping[str, int],
    from_day: dt.date,
    words: str,
    version: int,
    now: dt.datetime,
    base_url: str,
) -> Uplift:
    """The hub's figure for each lot, from none to what was asked for, and its day, with reasons: for the company to
    accept.
    """
    actor.require(Permission.UPLIFT_DECIDE)
    uplift = _held(session, actor, uplift_id, version)
    words = checked_words(words, "Enter your reasons: the company and the boroughs read them")
    _check_figures(uplift, figures)
    today = local_date(now)
    if not today <= from_day <= today + FURTHEST:
        raise Invalid("The figure must begin today or later, within 3 years", field="from_day")
    uplift.status = UPLIFT.require(uplift.status, UpliftStatus.OFFERED, THIS)
    for line in uplift.lines:
        line.offered_points = figures[line.lot_id]
    uplift.offered_from, uplift.changed_at = from_day, now
    said(session, uplift, EntryKind.FIGURE, actor=actor, words=words, now=now, figures=figures, from_day=from_day)
    _audit(session, uplift, actor, "offer", now, figures=dict(figures), from_day=from_day.isoformat())
    telling.tell_other_side(session, uplift, actor=actor, now=now, base_url=base_url)
    return uplift


def accept(session: Session, *, actor: Actor, uplift_id: str, version: int, now: dt.datetime, base_url: str) -> Uplift:
    """The company accepts the hub's figure: it is agreed, and applied to every price list on its lots, at once.

    `Conflict` where the figure's day has passed: prices of the past are never changed, so the hub names a new day.
    """
    actor.require(Permission.UPLIFT_ASK)
    uplift = _held(session, actor, uplift_id, version)
    target = UPLIFT.require(uplift.status, UpliftStatus.AGREED, THIS)
    day = uplift.offered_from
    if day is None or day < local_date(now):
        raise Conflict("The day from which the hub's figure would count has passed. Ask the hub to name another.")
    points = {line.lot_id: line.offered_points or 0 for line in uplift.lines}
    uplift.prices_set = apply_uplift(session, uplift, from_day=day, points=points, person_id=actor.person_id, now=now)
    uplift.status = target
    uplift.agreed_from, uplift.applied_at = day, now
    for line in uplift.lines:
        line.agreed_points = points[line.lot_id]
    _close(uplift, now)
    said(session, uplift, EntryKind.AGREED, actor=actor, words="", now=now, figures=points, from_day=day)
    _audit(session, uplift, actor, "agree", now, figures=points, from_day=day.isoformat(), prices=uplift.prices_set)
    publish(session, UpliftAgreed(uplift.id, uplift.organisation_id, tuple(sorted(points)), now))
    telling.tell_agreed(session, uplift, company=actor.organisation_name, now=now, base_url=base_url)
    return uplift


def refuse(
    session: Session, *, actor: Actor, uplift_id: str, words: str, version: int, now: dt.datetime, base_url: str
) -> Uplift:
    """The hub refuses, with reasons. The company may ask again."""
    actor.require(Permission.UPLIFT_DECIDE)
    uplift = _held(session, actor, uplift_id, version)
    words = checked_words(words, "Enter your reasons: the company and the boroughs read them")
    uplift.status = UPLIFT.require(uplift.status, UpliftStatus.REFUSED, THIS)
    _close(uplift, now)
    said(session, uplift, EntryKind.REFUSED, actor=actor, words=words, now=now)
    _audit(session, uplift, actor, "refuse", now)
    telling.tell_refused(session, uplift, now=now, base_url=base_url)
    return uplift


def withdraw(
    session: Session, *, actor: Actor, uplift_id: str, version: int, now: dt.datetime, base_url: str
) -> Uplift:
    """The company takes its wish back. Its prices stay as they are."""
    actor.require(Permission.UPLIFT_ASK)
    uplift = _held(session, actor, uplift_id, version)
    uplift.status = UPLIFT.require(uplift.status, UpliftStatus.WITHDRAWN, THIS)
    _close(uplift, now)
    said(session, uplift, EntryKind.WITHDRAWN, actor=actor, words="", now=now)
    _audit(session, uplift, actor, "withdraw", now)
    telling.tell_other_side(session, uplift, actor=actor, now=now, base_url=base_url)
    return uplift


def comment(session: Session, *, actor: Actor, uplift_id: str, words: str, now: dt.datetime) -> Uplift:
    """A borough tells the hub what it thinks. The hub and the boroughs read it, the company does not."""
    actor.require(Permission.PROVIDER_READ)
    uplift = _held(session, actor, uplift_id)
    words = checked_words(words, "Enter what the hub should know")
    if uplift.status not in OPEN:
        raise Conflict("This uplift has ended, so nothing more can be said about it.")
    said(session, uplift, EntryKind.COMMENT, actor=actor, words=words, now=now)
    _audit(session, uplift, actor, "comment", now)
    return uplift


def _held(session: Session, actor: Actor, uplift_id: str, version: int | None = None) -> Uplift:
    """An uplift within reach, on which nobody else acts until this transaction ends."""
    session.flush()
    uplift = session.scalar(
        select(Uplift)
        .options(selectinload(Uplift.lines))
        .where(Uplift.id == uplift_id, reach(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if uplift is None:
        raise NotFound("uplift")
    if version is not None and uplift.version != version:
        raise Stale("Something was said or done about this uplift since you opened the page. Read it again.")
    return uplift


def _check_figures(uplift: Uplift, figures: Mapping[str, int]) -> None:
    if set(figures) != {line.lot_id for line in uplift.lines}:
        raise Invalid("Enter a figure for each lot", field="figures")
    if any(not 0 <= figures[line.lot_id] <= line.requested_points for line in uplift.lines):
        raise Invalid("A figure must be between 0% and what was asked for", field="figures")


def _close(uplift: Uplift, now: dt.datetime) -> None:
    uplift.changed_at = uplift.closed_at = now
    for line in uplift.lines:
        line.closed_at = now


def _audit(session: Session, uplift: Uplift, actor: Actor, what: str, now: dt.datetime, **facts: object) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"services.uplift.{what}",
        subject_kind="uplift",
        subject_id=uplift.id,
        **facts,
    )
