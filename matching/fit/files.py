"""HISTORY to TARIFF, TARIFF and REQUESTS to PRICES, as texts. MarketError at the place to blame; nothing half done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from matching.fit.history import INDICATORS, LEVELS, read_day, read_history
from matching.fit.price import fit, read_tariff
from matching.rank.strict import (
    decoded,
    parse_json,
    read_each,
    read_exactly,
    read_id,
    read_integer,
    read_number,
    read_object,
    refuse_twice,
    under,
)


@dataclass(frozen=True)
class PriceRequest:
    """What a price is asked for."""

    id: str
    placement_type: str
    age_years: int | Decimal
    needs: tuple[int | None, ...]
    as_of: date


def fit_text(history: str | bytes) -> str:
    """TARIFF, from the text of a HISTORY."""
    return json.dumps(fit(read_history(decoded(history))).to_dict(), ensure_ascii=False, indent=1) + "\n"


def price_text(tariff: str | bytes, requests: str | bytes) -> str:
    """PRICES in order of id, from the texts of a TARIFF and of REQUESTS."""
    known = read_tariff(parse_json(tariff))
    prices: list[dict[str, Any]] = []
    for one in sorted(read_requests(parse_json(requests)), key=lambda request: request.id):
        price = known.price(one.placement_type, one.age_years, one.needs, one.as_of)
        prices.append(
            {
                "id": one.id,
                "expected_pence_week": price.expected,
                "p80_pence_week": price.p80,
                "p90_pence_week": price.p90,
                "comparables": price.comparables,
            }
        )
    return json.dumps(prices, ensure_ascii=False, indent=1) + "\n"


def read_requests(document: object) -> tuple[PriceRequest, ...]:
    """The requests of a REQUESTS file. MarketError at `[0].needs[11]`, say."""
    found = read_each(document, "", _request)
    refuse_twice((one.id for one in found), "", "id")
    return found


def _request(value: object, path: str) -> PriceRequest:
    given = read_object(value, path, ("id", "placement_type", "age_years", "needs", "as_of"))
    return PriceRequest(
        read_id(given["id"], under(path, "id")),
        read_id(given["placement_type"], under(path, "placement_type")),
        read_number(given["age_years"], under(path, "age_years")),
        read_exactly(given["needs"], under(path, "needs"), INDICATORS, _need),
        read_day(given["as_of"], under(path, "as_of")),
    )


def _need(value: object, path: str) -> int | None:
    return None if value is None else read_integer(value, path, 0, LEVELS)
