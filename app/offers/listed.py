"""What an offer would cost by its company's own price list: the band of the child, the list price on the day on which a
home is needed, and the discounts that apply. An offer above it says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core import policies
from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.money import pounds, round_half_even
from app.offers.children import facts_of
from app.requests.models import PlacementRequest
from providers.market.models import PriceBand
from providers.services.models import Service
from providers.services.prices.bands import POLICY, LevelRule, band_of, level_of
from providers.services.prices.discounts import (
    Discounted,
    DiscountLine,
    Itemised,
    Occasion,
    discounted,
)
from providers.services.prices.models import DiscountKind
from providers.services.prices.queries import bands_of, discounts_on, itemised, standing_prices

if TYPE_CHECKING:
    from app.offers.content import OfferContent

LONGEST_REASON = 2000


@dataclass(frozen=True)
class ListedPrice:
    """A price by the list: which row of it, for which band, from when, and what discounts leave of it. Sealed with the
    offer, so that what was shown is what stands.
    """

    price_id: str
    band: str
    from_day: dt.date
    on: dt.date
    policy_version_id: str
    price: Itemised
    discounts: tuple[DiscountLine, ...] = ()

    @property
    def net_pence(self) -> int:
        """Pence a week after discounts."""
        return self._discounted.net_pence

    @property
    def net(self) -> Itemised:
        """What discounts leave, by element."""
        return self._discounted.net

    @property
    def _discounted(self) -> Discounted:
        return Discounted(self.price, self.discounts)

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any]) -> ListedPrice:
        """As it was sealed."""
        return cls(
            price_id=raw["price_id"],
            band=raw["band"],
            from_day=dt.date.fromisoformat(raw["from_day"]),
            on=dt.date.fromisoformat(raw["on"]),
            policy_version_id=raw["policy_version_id"],
            price=Itemised(**raw["price"]),
            discounts=tuple(
                DiscountLine(DiscountKind(line["kind"]), line["rate"], line["reason"], line["pence"])
                for line in raw["discounts"]
            ),
        )


def listed_price(
    session: Session,
    *,
    request: PlacementRequest,
    service: Service,
    live_placements: int,
    today: dt.date,
    children_key: str | None = None,
) -> ListedPrice | None:
    """What a service's list says for a published request, or for some of its children; None where its lot has no band
    for one of them or the list no price.

    An offer is one price for each of its children. Where the list has them at different prices it is their mean by
    element, each rounded half to even. The discount for brothers and sisters is for as many as the offer is for. The
    price is that of the day on which the home is needed, or of today where that has passed. `live_placements` is
    how many the company has with the consortium now.
    """
    if request.lot_id is None or request.published_at is None:
        return None
    policy = policies.in_force(session, POLICY, local_date(request.published_at))
    rule = LevelRule.of(policy.content)
    lot_bands = bands_of(session, [request.lot_id]).get(request.lot_id, [])
    children = facts_of(request, children_key)
    on = max(request.needed_from or today, today)
    bands: list[PriceBand] = []
    for child in children:
        level = level_of(child.needs, rule)
        band = band_of(lot_bands, years_of(child.age_weeks), level) if level is not None else None
        if band is None:
            return None
        bands.append(band)
    found_rows = standing_prices(session, band_ids=[band.id for band in bands], service_ids=[service.id], on=on)
    rows = [found_rows.get((service.id, band.id)) for band in bands]
    first = rows[0]
    prices = [itemised(row) for row in rows if row is not None]
    if first is None or len(prices) < len(rows) or len({price.weeks_per_year for price in prices}) > 1:
        return None
    rules = discounts_on(session, service.organisation_id, request.lot_id, on)
    together = request.places if children_key is None else len(children)
    occasion = Occasion(together, request.expected_weeks, live_placements)
    found = discounted(_mean(prices), rules, occasion)
    return ListedPrice(
        price_id=first.id,
        band=", ".join(dict.fromkeys(band.name for band in bands)),
        from_day=max(row.from_day for row in rows if row is not None),
        on=on,
        policy_version_id=policy.id,
        price=found.listed,
        discounts=found.lines,
    )


def _mean(prices: Sequence[Itemised]) -> Itemised:
    """One price for each child out of each child's own."""
    care, education, health, transport = (
        round_half_even(Fraction(sum(row), len(prices))) for row in zip(*(one.elements for one in prices), strict=True)
    )
    return Itemised(care, education, health, transport, prices[0].weeks_per_year)


def against_list(content: OfferContent, listed: ListedPrice | None) -> OfferContent:
    """The content with the list price that it was made against. `Invalid` at `above_list_reason` for a price above what
    discounts leave of the list, in a year, without an explanation.

    A reason that nothing needs is dropped, and so is one without a list.
    """
    reason = " ".join(content.above_list_reason.split())
    if (
        listed is None
        or content.weekly_pence * content.weeks_per_year <= listed.net_pence * listed.price.weeks_per_year
    ):
        return replace(content, listed=listed, above_list_reason="")
    if not reason:
        list_words = f"{pounds(listed.net_pence)} a week for {listed.price.weeks_per_year} weeks"
        raise Invalid(
            f"Your price is above your own list after discounts ({list_words}): say why, or offer the list price",
            field="above_list_reason",
        )
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON:,} characters or fewer", field="above_list_reason")
    return replace(content, listed=listed, above_list_reason=reason)
