"""Every service of a lot as the matcher sees it before anybody has offered: as it stands now, at its list price.

The gates and parts are those of the shortlist. Whole lots are measured in columns, so that hundreds of requests over
thousands of services are a matter of seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core import policies
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.money import WEEKS_FOR_COMPARISON, round_half_even
from app.identity.models import Organisation
from app.offers.candidates import as_it_stands
from app.offers.children import ChildFacts
from app.offers.exemptions import exempt_services
from app.offers.holds import held_places
from app.offers.market import policy_of, request_about
from app.offers.sets import as_child
from app.requests.models import PlacementRequest
from app.requests.zones import zones_of
from matching.rank import Policy, Service
from matching.rank.columns import Index
from providers.market.models import Lot, PriceBand
from providers.quality.queries import qualities_now
from providers.services.prices.bands import POLICY, LevelRule, band_of, level_of
from providers.services.prices.queries import bands_of, itemised, standing_prices
from providers.services.queries import EnrolledService, enrolled_services

Prices = tuple[tuple[str, int], ...]
"""Pence a week over a year of 52, by service id, of those that have a price."""


class ListMarket:
    """The services of each lot, read once, asked about one set of children after the other."""

    def __init__(self, session: Session, vault: Vault, now: dt.datetime) -> None:
        self.session, self.vault, self.now, self.today = session, vault, now, local_date(now)
        self._services: dict[str, list[EnrolledService]] = {}
        self._plain: dict[str, dict[str, Service]] = {}
        self._bands: dict[str, list[PriceBand]] = {}
        self._prices: dict[tuple[dt.date, tuple[str, ...]], Prices] = {}
        self._indexes: dict[tuple[str, Policy, Prices, frozenset[str]], Index] = {}

    def totals(self, request: PlacementRequest, children: Sequence[ChildFacts]) -> list[tuple[str, int]]:
        """The services that pass every gate for a set of children, each with its total in millionths, by id."""
        lot = self.session.get_one(Lot, request.lot_id)
        borough = self.session.get_one(Organisation, request.organisation_id)
        asked = request_about(request, borough.gss_code or "unknown", lot.service_type, children)
        index = self._index(request, lot, children)
        passed = index.measure(asked).gates == 0
        for child in children[1:]:
            passed &= index.measure(as_child(asked, child)).gates == 0
        total = index.measure(asked).total
        zones = zones_of(self.session, vault=self.vault, request=request)
        return [
            (service.id, int(total[position]))
            for position, service in enumerate(index.services)
            if passed[position]
            and not any(
                service.easting is not None
                and service.northing is not None
                and zone.holds(int(service.easting), int(service.northing))
                for zone in zones
            )
        ]

    def _index(self, request: PlacementRequest, lot: Lot, children: Sequence[ChildFacts]) -> Index:
        policy = policy_of(self.session, request, lot.service_type)
        exempt = frozenset(exempt_services(self.session, request.id))
        prices = self._prices_for(request, lot, children)
        key = (lot.id, policy, prices, exempt)
        if key not in self._indexes:
            priced = dict(prices)
            self._indexes[key] = Index(
                policy,
                [
                    replace(service, list_price_pence_week=priced.get(service.id))
                    for service in self._standing(lot, exempt)
                ],
            )
        return self._indexes[key]

    def _standing(self, lot: Lot, exempt: frozenset[str]) -> list[Service]:
        """The services of a lot as they stand, with their quality of now. What is exempt counts so here alone."""
        if lot.id not in self._plain:
            rows = self._services[lot.id] = enrolled_services(self.session, lot.id, self.today)
            held = held_places(self.session, [row.service_id for row in rows], now=self.now)
            quality = qualities_now(self.session, [row.urn for row in rows])
            self._plain[lot.id] = {
                row.service_id: replace(
                    as_it_stands(row, held=held.get(row.service_id, 0), exempt=False, now=self.now),
                    quality=quality.get(row.urn),
                )
                for row in rows
            }
        found = dict(self._plain[lot.id])
        for row in self._services[lot.id] if exempt else ():
            if row.service_id in exempt:
                plain = found[row.service_id]
                standing = as_it_stands(row, held=0, exempt=True, now=self.now)
                found[row.service_id] = replace(plain, status=standing.status, ofsted=standing.ofsted)
        return list(found.values())

    def _prices_for(self, request: PlacementRequest, lot: Lot, children: Sequence[ChildFacts]) -> Prices:
        """What the lists say on the day on which the home is needed: of several children the mean, as an offer for them
        would be. Discounts are left out: they turn on what else a company has been given.
        """
        if request.published_at is None:
            return ()
        if lot.id not in self._bands:
            self._bands[lot.id] = bands_of(self.session, [lot.id]).get(lot.id, [])
        policy = policies.in_force(self.session, POLICY, local_date(request.published_at))
        rule, bands = LevelRule.of(policy.content), []
        for child in children:
            level = level_of(child.needs, rule)
            band = band_of(self._bands[lot.id], years_of(child.age_weeks), level) if level is not None else None
            if band is None:
                return ()
            bands.append(band.id)
        key = (max(request.needed_from or self.today, self.today), tuple(sorted(bands)))
        if key not in self._prices:
            self._prices[key] = self._mean_prices(*key)
        return self._prices[key]

    def _mean_prices(self, on: dt.date, bands: tuple[str, ...]) -> Prices:
        rows = standing_prices(self.session, band_ids=set(bands), on=on)
        annual: Mapping[tuple[str, str], int] = {key: itemised(row).annual_pence for key, row in rows.items()}
        return tuple(
            (service_id, _weekly([annual[service_id, band] for band in bands]))
            for service_id in sorted({service_id for service_id, _ in annual})
            if all((service_id, band) in annual for band in bands)
        )


def _weekly(annual: Sequence[int]) -> int:
    return round_half_even(Fraction(sum(annual), len(annual) * WEEKS_FOR_COMPARISON))
