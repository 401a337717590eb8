"""Price bands, price lists, uplifts and files for tests, through the use cases. All made up.

`make_bands(session, lot)` gives a lot a band for each level; `set_list(session, actor, lot)` prices all of a company's
services there; `make_uplift(session, actor, lot)` asks.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping

import pytest
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.files import Accepted, FileKind, Store, accept
from app.identity.permissions import Actor
from providers.market.models import Lot, PriceBand
from providers.market.status import BandLevel
from providers.services.prices.discounts import Itemised
from providers.services.prices.queries import bands_of
from providers.services.prices.setting import NewPrice, priced_on, set_prices
from providers.services.uplifts.asking import ask_uplift
from providers.services.uplifts.models import Uplift
from tests.factories.providers import BASE_URL, NOW
from tests.remembering import remembered

LEVELS = tuple(BandLevel)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules that ask nothing of the database itself: one of the two engines is enough."""


class MemoryStore:
    """Contents kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, accepted: Accepted) -> None:
        self.kept[accepted.sha256] = accepted.data

    def get(self, sha256: str) -> bytes:
        return self.kept[sha256]


@remembered
def make_bands(session: Session, lot: Lot, *, min_age: int = 0, max_age: int = 17) -> dict[BandLevel, PriceBand]:
    """A band for each level: those that the lot has, and new ones for the rest."""
    found = {band.level: band for band in bands_of(session, [lot.id]).get(lot.id, [])}
    for position, level in enumerate(LEVELS, start=1):
        if level not in found:
            found[level] = PriceBand(
                lot_id=lot.id,
                name=f"Made-up {level.value} band",
                min_age=min_age,
                max_age=max_age,
                level=level,
                position=position,
            )
            session.add(found[level])
    session.flush()
    return found


def price(care: int = 1000_00, *, education: int = 0, health: int = 0, transport: int = 0, weeks: int = 52) -> Itemised:
    """An itemised price in pence."""
    return Itemised(care, education, health, transport, weeks)


def set_list(
    session: Session,
    actor: Actor,
    lot: Lot,
    *,
    prices: Mapping[BandLevel, Itemised] | None = None,
    from_day: dt.date | None = None,
    now: dt.datetime = NOW,
) -> int:
    """Price every service of a company on a lot: £1,000, £1,200 and £1,500 of care by level today, unless given."""
    bands = make_bands(session, lot)
    wanted = prices or {level: price(pence) for level, pence in zip(LEVELS, (1000_00, 1200_00, 1500_00), strict=True)}
    ids = [id_ for id_, lots in priced_on(session, actor.organisation_id).items() if lot.id in lots]
    return set_prices(
        session,
        actor=actor,
        prices=[
            NewPrice(id_, bands[level].id, one, from_day or local_date(now))
            for id_ in ids
            for level, one in wanted.items()
        ],
        now=now,
    )


def letter(name: str = "wages.pdf") -> Accepted:
    """A made-up letter."""
    return accept(io.BytesIO(b"%PDF-1.4 made up"), name=name)


def csv_upload(text: str, name: str = "sheet.csv") -> Accepted:
    """A CSV file as somebody uploads it."""
    return accept(io.BytesIO(text.encode()), name=name, kinds=[FileKind.CSV])


def make_uplift(
    session: Session,
    actor: Actor,
    *lots: Lot,
    points: int = 500,
    from_day: dt.date | None = None,
    store: Store | None = None,
    now: dt.datetime = NOW,
) -> Uplift:
    """An uplift of 5% on lots where the company has prices, from 60 days on, unless given."""
    return ask_uplift(
        session,
        actor=actor,
        figures={lot.id: points for lot in lots},
        from_day=from_day or local_date(now) + dt.timedelta(days=60),
        reason="Made-up wages rose",
        files=[letter()],
        store=store or MemoryStore(),
        now=now,
        base_url=BASE_URL,
    )
