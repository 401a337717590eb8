"""The agreed figure reaches every price list of the company on the lots, from its day on: what will stand on that day
and every price that begins later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.money import round_half_even
from providers.market.models import PriceBand
from providers.services.models import Service
from providers.services.prices.discounts import WHOLE, Itemised
from providers.services.prices.queries import itemised, lists_of
from providers.services.prices.setting import NewPrice, lock_prices, write_prices
from providers.services.uplifts.models import Uplift


def uplifted(price: Itemised, points: int) -> Itemised:
    """A price raised by hundredths of a per cent, each element rounded once, half to even."""
    care, education, health, transport = (
        round_half_even(Fraction(pence * (WHOLE + points), WHOLE)) for pence in price.elements
    )
    return Itemised(care, education, health, transport, price.weeks_per_year)


def apply_uplift(
    session: Session, uplift: Uplift, *, from_day: dt.date, points: Mapping[str, int], person_id: str, now: dt.datetime
) -> int:
    """Append the raised prices. `points` are by lot id. Returns how many were written; 0 where it was applied before.

    The old prices stay until the day; each raised one is written once, which the database holds too.
    """
    lock_prices(session, uplift.organisation_id)
    if uplift.applied_at is not None:
        return 0
    service_ids = session.scalars(select(Service.id).where(Service.organisation_id == uplift.organisation_id)).all()
    lot_of = dict(session.execute(select(PriceBand.id, PriceBand.lot_id).where(PriceBand.lot_id.in_(points))).all())
    raised: list[NewPrice] = []
    for (service_id, band_id), rows in lists_of(session, service_ids, since=from_day).items():
        more = points.get(lot_of.get(band_id, ""), 0)
        if not more:
            continue
        begun = [row for row in rows if row.from_day <= from_day]
        later = [row for row in rows if row.from_day > from_day]
        if begun:
            raised.append(NewPrice(service_id, band_id, uplifted(itemised(begun[-1]), more), from_day))
        raised += [NewPrice(service_id, band_id, uplifted(itemised(row), more), row.from_day) for row in later]
    write_prices(session, raised, set_by=person_id, now=now, uplift_id=uplift.id)
    return len(raised)
