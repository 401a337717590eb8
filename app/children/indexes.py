"""The blind indexes by which a child is found, and likely duplicates are, without anything being in the clear.

Each is a keyed hash (HMAC-SHA256 under a key of the installation that is itself encrypted), for one purpose each. What
they tell somebody who has the database and not the keys is which rows are equal in that respect, and nothing else:

* `name_index`: the same first and last name. `sound_index`: names that sound alike, in either order.
* `birth_index`: the same day of birth; `birth_month_index`: the same month, so that a list can be filtered by age.
* `given_birth_index` and `family_birth_index`: a first (a last) name of the same sound together with the same day,
  which says less than either alone.

A name that is very common in a borough makes a large group of equal `name_index` values, and who knows the borough well
could guess it; nothing else can be computed, because trying out names takes the key. Erasure clears all of them.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from app.children.models import INDEXES, Child
from app.children.sounds import sound_of
from app.core.crypto import BlindIndex, Vault, name_for_index
from app.core.keys import blind_index


@dataclass(frozen=True)
class Marks:
    """The blind indexes of one identity. Equal marks of two records are what suggests one child."""

    name_index: str | None
    sound_index: str | None
    birth_index: str | None
    birth_month_index: str | None
    given_birth_index: str | None
    family_birth_index: str | None

    def put_on(self, child: Child) -> None:
        """Write them into a record."""
        for name, value in asdict(self).items():
            setattr(child, name, value)


NO_MARKS = Marks(None, None, None, None, None, None)


def marks_on(child: Child) -> Marks:
    """The indexes that a record has."""
    return Marks(**{name: getattr(child, name) for name in INDEXES})


def marks_of(session: Session, vault: Vault, given_name: str, family_name: str, born: dt.date) -> Marks:
    """The indexes of an identity."""
    index = blind_index(session, vault)
    given, family = sound_of(given_name), sound_of(family_name)
    return Marks(
        name_index=_mark(index, "name", f"{name_for_index(given_name)}|{name_for_index(family_name)}"),
        sound_index=_mark(index, "sound", "|".join(sorted((given, family)))),
        birth_index=_mark(index, "birth", born.isoformat()),
        birth_month_index=_mark(index, "birth_month", f"{born:%Y-%m}"),
        given_birth_index=_mark(index, "given_birth", f"{given}|{born.isoformat()}") if given else None,
        family_birth_index=_mark(index, "family_birth", f"{family}|{born.isoformat()}") if family else None,
    )


def name_marks(session: Session, vault: Vault, given_name: str, family_name: str) -> tuple[str, str]:
    """(name_index, sound_index) of a name."""
    marks = marks_of(session, vault, given_name, family_name, dt.date(2000, 1, 1))
    return marks.name_index or "", marks.sound_index or ""


def birth_mark(session: Session, vault: Vault, born: dt.date) -> str:
    """The index of a day of birth."""
    return _mark(blind_index(session, vault), "birth", born.isoformat())


def born_between(session: Session, vault: Vault, first: dt.date, last: dt.date) -> tuple[list[str], list[str]]:
    """The indexes of every month that lies wholly between two days, and of every other day between them: who has one of
    them was born then.
    """
    index = blind_index(session, vault)
    months: list[str] = []
    days: list[str] = []
    for year, month in _months(first, last):
        begins = dt.date(year, month, 1)
        ends = dt.date(year, month, calendar.monthrange(year, month)[1])
        if first <= begins and ends <= last:
            months.append(_mark(index, "birth_month", f"{begins:%Y-%m}"))
        else:
            day = max(first, begins)
            while day <= min(last, ends):
                days.append(_mark(index, "birth", day.isoformat()))
                day += dt.timedelta(days=1)
    return months, days


def _months(first: dt.date, last: dt.date) -> Iterator[tuple[int, int]]:
    at = first.year * 12 + first.month - 1
    while at <= last.year * 12 + last.month - 1:
        yield at // 12, at % 12 + 1
        at += 1


def _mark(index: BlindIndex, what: str, value: str) -> str:
    return index.blind_index(value, purpose=f"child.{what}")
