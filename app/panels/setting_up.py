"""Founding a panel: its meetings, its payers, and who sits on it for whom."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.identity.permissions import Actor
from app.meetings.calendar import AGENDA_DAYS, start_series
from app.panels.models import Panel, PanelSeat, Payer
from app.panels.status import PayerKind


def found_panel(
    session: Session,
    *,
    organisation_id: str,
    name: str,
    every_weeks: int,
    first_on: dt.date,
    meetings: int,
    lead_days: int,
) -> Panel:
    """A new panel of a borough with its first meetings. A case must be listed `lead_days` before a meeting."""
    series = start_series(
        session,
        organisation_id=organisation_id,
        name=name,
        every_weeks=every_weeks,
        first_on=first_on,
        count=meetings,
        agenda_days=min(AGENDA_DAYS, lead_days),  # no agenda goes out before it is closed
    )
    panel = Panel(organisation_id=organisation_id, name=name, series_id=series.id, lead_days=lead_days)
    session.add(panel)
    session.flush()
    return panel


def add_payer(session: Session, *, organisation_id: str, kind: PayerKind, name: str) -> Payer:
    """A budget that can pay a share."""
    payer = Payer(organisation_id=organisation_id, kind=kind, name=name)
    session.add(payer)
    session.flush()
    return payer


def seat(
    session: Session,
    *,
    panel_id: str,
    person_id: str,
    first_day: dt.date,
    payer_id: str | None = None,
    is_chair: bool = False,
) -> PanelSeat:
    """Give a person a seat: the chair's, a payer's, or (neither) the administrator's."""
    if is_chair and payer_id:
        raise Invalid("The chair does not sit for a payer.")
    place = PanelSeat(panel_id=panel_id, person_id=person_id, payer_id=payer_id, is_chair=is_chair, first_day=first_day)
    session.add(place)
    session.flush()
    return place


def seats_of(session: Session, *, person_id: str, on: dt.date) -> list[PanelSeat]:
    """The seats that a person holds on a day."""
    return list(
        session.scalars(
            select(PanelSeat)
            .where(
                PanelSeat.person_id == person_id,
                PanelSeat.first_day <= on,
                or_(PanelSeat.last_day.is_(None), PanelSeat.last_day >= on),
            )
            .order_by(PanelSeat.panel_id, PanelSeat.is_chair.desc(), PanelSeat.id)
        )
    )


def seats_held(session: Session, *, actor: Actor, on: dt.date) -> list[PanelSeat]:
    """The seats that a person holds on a day for the organisation they act for: a payer's own organisation, or the
    panel's borough for the chair and the administrator.
    """
    return list(
        session.scalars(
            select(PanelSeat)
            .join(Panel, Panel.id == PanelSeat.panel_id)
            .outerjoin(Payer, Payer.id == PanelSeat.payer_id)
            .where(
                PanelSeat.person_id == actor.person_id,
                PanelSeat.first_day <= on,
                or_(PanelSeat.last_day.is_(None), PanelSeat.last_day >= on),
                func.coalesce(Payer.organisation_id, Panel.organisation_id) == actor.organisation_id,
            )
            .order_by(PanelSeat.panel_id, PanelSeat.is_chair.desc(), PanelSeat.id)
        )
    )


def payers_of(session: Session, *, organisation_id: str) -> list[Payer]:
    """The payers that may share a borough's costs: its own budgets, and those of health that have a seat on one of its
    panels, because whoever pays must sign.
    """
    seated = (
        select(PanelSeat.payer_id)
        .join(Panel, Panel.id == PanelSeat.panel_id)
        .where(Panel.organisation_id == organisation_id, PanelSeat.payer_id.is_not(None))
    )
    return list(
        session.scalars(
            select(Payer)
            .where(
                or_(
                    Payer.organisation_id == organisation_id,
                    and_(Payer.kind == PayerKind.HEALTH, Payer.id.in_(seated)),
                )
            )
            .order_by(Payer.kind.desc(), Payer.name)
        )
    )
