"""Uplifts within an actor's reach: the company's own, all of them for the hub, those on its lots for a borough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from providers.market.models import Lot, Participation
from providers.services.prices.discounts import rate_words
from providers.services.uplifts.models import Uplift, UpliftEntry, UpliftFile, UpliftLine
from providers.services.uplifts.status import OPEN, EntryKind, UpliftStatus


@dataclass(frozen=True)
class UpliftRow:
    """An uplift in a list, with its company's name and its lots'."""

    uplift: Uplift
    company: str
    lots: tuple[str, ...]

    @property
    def asked(self) -> str:
        """The figures asked for, in words: one where they are all alike."""
        return figures_words([line.requested_points for line in self.uplift.lines])

    @property
    def figure(self) -> str:
        """What was agreed, else the hub's last figure, else ""."""
        lines = self.uplift.lines
        agreed = [line.agreed_points for line in lines if line.agreed_points is not None]
        offered = [line.offered_points for line in lines if line.offered_points is not None]
        return figures_words(agreed or offered)


@dataclass(frozen=True)
class LineFacts:
    """What is asked, offered and agreed on one lot, in hundredths of a per cent."""

    line: UpliftLine
    lot: Lot
    boroughs: tuple[str, ...]


@dataclass(frozen=True)
class EntryFacts:
    """One thing that was said, with the names of whoever said it. Figures by lot name, in words."""

    entry: UpliftEntry
    person: str
    organisation: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class UpliftFacts:
    """An uplift with all that its reader may know."""

    uplift: Uplift
    company: str
    asked_by: str
    lines: tuple[LineFacts, ...]
    entries: tuple[EntryFacts, ...]
    files: tuple[UpliftFile, ...]

    @property
    def boroughs(self) -> tuple[str, ...]:
        """Every borough that takes part in one of the lots, by name."""
        return tuple(sorted({name for line in self.lines for name in line.boroughs}))


@dataclass(frozen=True)
class AgreedLine:
    """An agreed uplift on one lot, for reporting."""

    line_id: str
    organisation_id: str
    lot_id: str
    requested_points: int
    agreed_points: int
    from_day: dt.date


def reach(actor: Actor) -> ColumnElement[bool]:
    """Which uplifts an actor's organisation may read, as a condition."""
    if actor.organisation_kind is OrganisationKind.HUB and actor.may(Permission.MARKET_READ):
        return true()
    if actor.organisation_kind is OrganisationKind.PROVIDER and actor.may(Permission.SERVICE_READ):
        return Uplift.organisation_id == actor.organisation_id
    if actor.organisation_kind is OrganisationKind.BOROUGH and actor.may(Permission.PROVIDER_READ):
        return Uplift.id.in_(
            select(UpliftLine.uplift_id)
            .join(Participation, Participation.lot_id == UpliftLine.lot_id)
            .where(
                Participation.organisation_id == actor.organisation_id,
                or_(Participation.last_day.is_(None), Participation.last_day >= Uplift.requested_from),
            )
            .correlate(Uplift)
        )
    return false()


def uplifts(
    session: Session, actor: Actor, *, only_open: bool = False, limit: int = 25, offset: int = 0
) -> tuple[list[UpliftRow], int]:
    """A page of the uplifts within reach and how many there are: the open ones first, the latest on top."""
    where = [reach(actor)]
    if only_open:
        where.append(Uplift.status.in_(OPEN))
    total = session.scalar(select(func.count(Uplift.id)).where(*where)) or 0
    page = session.scalars(
        select(Uplift)
        .options(selectinload(Uplift.lines))
        .where(*where)
        .order_by(Uplift.closed_at.is_not(None), Uplift.asked_at.desc(), Uplift.id)
        .limit(limit)
        .offset(offset)
    ).all()
    companies = _names(session, Organisation, {uplift.organisation_id for uplift in page})
    lots = _names(session, Lot, {line.lot_id for uplift in page for line in uplift.lines})
    return [
        UpliftRow(uplift, companies[uplift.organisation_id], tuple(lots[line.lot_id] for line in uplift.lines))
        for uplift in page
    ], total


def open_uplifts(session: Session, actor: Actor) -> int:
    """How many uplifts within reach are open."""
    return uplifts(session, actor, only_open=True, limit=0)[1]


def uplift_for(session: Session, actor: Actor, uplift_id: str, today: dt.date) -> UpliftFacts:
    """One uplift with its story. `NotFound` outside the actor's reach.

    The company reads no word that a borough wrote to the hub; a borough is not shown the company's files.
    """
    uplift = session.scalar(
        select(Uplift).options(selectinload(Uplift.lines)).where(Uplift.id == uplift_id, reach(actor))
    )
    if uplift is None:
        raise NotFound("uplift")
    lots = {lot.id: lot for lot in session.scalars(select(Lot).where(Lot.id.in_([one.lot_id for one in uplift.lines])))}
    boroughs: dict[str, list[str]] = {}
    for lot_id, borough in boroughs_on(session, list(lots), today):
        boroughs.setdefault(lot_id, []).append(borough.name)
    is_company = actor.organisation_kind is OrganisationKind.PROVIDER
    entries = session.execute(
        select(UpliftEntry, Person.name, Organisation.name)
        .join(Person, Person.id == UpliftEntry.person_id)
        .join(Organisation, Organisation.id == UpliftEntry.organisation_id)
        .where(UpliftEntry.uplift_id == uplift.id, UpliftEntry.kind != EntryKind.COMMENT if is_company else true())
        .order_by(UpliftEntry.number.desc())
    )
    files = session.scalars(
        select(UpliftFile).where(UpliftFile.uplift_id == uplift.id).order_by(UpliftFile.added_at, UpliftFile.id)
    )
    return UpliftFacts(
        uplift=uplift,
        company=session.get_one(Organisation, uplift.organisation_id).name,
        asked_by=session.get_one(Person, uplift.asked_by).name,
        lines=tuple(LineFacts(line, lots[line.lot_id], tuple(boroughs.get(line.lot_id, ()))) for line in uplift.lines),
        entries=tuple(
            EntryFacts(
                entry,
                person,
                organisation,
                tuple(
                    (lots[lot_id].name, rate_words(points))
                    for lot_id, points in (entry.figures or {}).items()
                    if lot_id in lots
                ),
            )
            for entry, person, organisation in entries
        ),
        files=() if actor.organisation_kind is OrganisationKind.BOROUGH else tuple(files),
    )


def file_for(session: Session, actor: Actor, uplift_id: str, file_id: str) -> UpliftFile:
    """A file of an uplift, for its company and the hub. `NotFound` for everybody else."""
    if actor.organisation_kind is OrganisationKind.BOROUGH:
        raise NotFound("file")
    found = session.scalar(
        select(UpliftFile)
        .join(Uplift, Uplift.id == UpliftFile.uplift_id)
        .where(UpliftFile.id == file_id, Uplift.id == uplift_id, reach(actor))
    )
    if found is None:
        raise NotFound("file")
    return found


def boroughs_on(session: Session, lot_ids: Collection[str], on: dt.date) -> list[tuple[str, Organisation]]:
    """The boroughs that take part in lots on a day, as (lot id, borough), by name."""
    rows = session.execute(
        select(Participation.lot_id, Organisation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(
            Participation.lot_id.in_(lot_ids),
            Participation.first_day <= on,
            or_(Participation.last_day.is_(None), Participation.last_day >= on),
        )
        .order_by(Organisation.name, Participation.lot_id)
        .distinct()
    )
    return [(lot_id, borough) for lot_id, borough in rows]


def agreed_lines(
    session: Session, *, uplift_id: str | None = None, companies: Iterable[str] | None = None
) -> list[AgreedLine]:
    """Every agreed figure, or those of one uplift or of some companies. For reporting, which reads everything."""
    statement = (
        select(UpliftLine, Uplift.agreed_from)
        .join(Uplift, Uplift.id == UpliftLine.uplift_id)
        .where(Uplift.status == UpliftStatus.AGREED)
        .order_by(UpliftLine.id)
    )
    if uplift_id is not None:
        statement = statement.where(Uplift.id == uplift_id)
    if companies is not None:
        statement = statement.where(UpliftLine.organisation_id.in_(sorted(set(companies))))
    return [
        AgreedLine(line.id, line.organisation_id, line.lot_id, line.requested_points, line.agreed_points or 0, day)
        for line, day in session.execute(statement)
        if day is not None
    ]


def figures_words(points: Collection[int]) -> str:
    """5%; 3% to 5%; "" for none."""
    if not points:
        return ""
    low, high = min(points), max(points)
    return rate_words(low) if low == high else f"{rate_words(low)} to {rate_words(high)}"


def _names(session: Session, table: type[Organisation] | type[Lot], ids: Collection[str]) -> dict[str, str]:
    return dict(session.execute(select(table.id, table.name).where(table.id.in_(ids))).all())
