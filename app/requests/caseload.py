"""The list of a borough's children: by reference, with how many of their requests are open. Ages are filtered by blind
index: no date of birth is in the database in the clear.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.children.indexes import born_between
from app.children.models import Child
from app.children.records import SEXES
from app.core.clock import local_date
from app.core.crypto import Vault
from app.identity.permissions import Actor, Permission
from app.requests.holdings import OPEN
from app.requests.models import PlacementRequest, RequestChild

AGE_BANDS: dict[str, tuple[str, int, int]] = {
    "0": ("Under 1", 0, 0),
    "1": ("1 to 4", 1, 4),
    "5": ("5 to 9", 5, 9),
    "10": ("10 to 15", 10, 15),
    "16": ("16 and 17", 16, 17),
    "18": ("18 and over", 18, 30),
}
"""The age bands of the children looked after return, with adults whose records are kept: words, first and last age."""


@dataclass(frozen=True)
class ChildLine:
    """A child in the list: nothing that identifies."""

    id: str
    reference: str
    sex: str
    created_at: dt.datetime
    open_requests: int


def born_for(first_age: int, last_age: int, today: dt.date) -> tuple[dt.date, dt.date]:
    """Between which days somebody was born who is so old today, by birthdays; of 29 February on 1 March."""

    def birthday(years: int) -> dt.date:
        try:
            return today.replace(year=today.year - years)
        except ValueError:  # 29 February in a year without one: who was born on the 28th has had the birthday
            return dt.date(today.year - years, 2, 28)

    return birthday(last_age + 1) + dt.timedelta(days=1), birthday(first_age)


def children_of(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    now: dt.datetime,
    sex: str = "",
    age: str = "",
    only_open: bool = False,
    text: str = "",
    order: str = "recorded",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[ChildLine], int]:
    """A page of the borough's children and how many there are: those who stand for themselves and were not erased.
    `age` is a code of `AGE_BANDS`, `text` a part of the reference.
    """
    actor.require(Permission.CHILD_READ)
    counted = (
        select(
            func.coalesce(Child.merged_into, Child.id).label("child"),
            func.count(func.distinct(PlacementRequest.id)).label("open"),
        )
        .join(RequestChild, RequestChild.child_id == Child.id)
        .join(PlacementRequest, PlacementRequest.id == RequestChild.request_id)
        .where(PlacementRequest.organisation_id == actor.organisation_id, PlacementRequest.status.in_(OPEN))
        .group_by(func.coalesce(Child.merged_into, Child.id))
        .subquery()
    )
    wanted = _wanted(session, actor, vault, local_date(now), sex, age, text)
    if only_open:
        wanted.append(counted.c.open.is_not(None))
    query = select(Child, func.coalesce(counted.c.open, 0)).outerjoin(counted, counted.c.child == Child.id)
    total = session.scalar(query.where(*wanted).with_only_columns(func.count(Child.id))) or 0
    orders: dict[str, Any] = {
        "reference": Child.reference,
        "recorded": Child.created_at,
        "open": func.coalesce(counted.c.open, 0),
    }
    column = orders.get(order, Child.created_at)
    rows = session.execute(
        query.where(*wanted)
        .order_by(column.desc() if descending else column.asc(), Child.id)
        .limit(limit)
        .offset(offset)
    )
    return [ChildLine(child.id, child.reference, child.sex, child.created_at, count) for child, count in rows], total


def _wanted(
    session: Session, actor: Actor, vault: Vault, today: dt.date, sex: str, age: str, text: str
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [
        Child.organisation_id == actor.organisation_id,
        Child.erased_at.is_(None),
        Child.merged_into.is_(None),
    ]
    if sex in SEXES:
        wanted.append(Child.sex == sex)
    if age in AGE_BANDS:
        _, first, last = AGE_BANDS[age]
        months, days = born_between(session, vault, *born_for(first, last, today))
        wanted.append(or_(Child.birth_month_index.in_(months), Child.birth_index.in_(days)))
    if text.strip():
        wanted.append(Child.reference.contains(text.strip().upper(), autoescape=True))
    return wanted
