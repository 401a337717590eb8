"""The strict reading of a TARIFF, which comes from outside as any file does.

Every list is told apart by what its items name (type, indicator, age, quarter, count), so their order means nothing.
What prices rely on is checked, not believed: more need never costs less, p90 is never below p80 nor p80 below the
expected price, no quarter or age is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

from matching.fit.history import INDICATORS, LEVELS, read_day
from matching.fit.price import (
    LEAST_COMPARABLES,
    LEAST_MULTIPLIER,
    MOST_MULTIPLIER,
    ONE,
    REACHED,
    SCHEMA,
    Band,
    HeldOut,
    HeldOutType,
    Need,
    Tariff,
    Together,
    TypePrices,
    TypeTariff,
)
from matching.rank.strict import (
    MarketError,
    read_each,
    read_exactly,
    read_id,
    read_integer,
    read_list,
    read_number,
    read_object,
    read_text,
    refuse_twice,
    under,
)

MOST_BASE = Decimal(10**9)
MOST_AGES, MOST_QUARTERS = 150, 1000
LEAST_YEAR, MOST_YEAR = 1, 9999

_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
T = TypeVar("T")


def read_tariff(document: object) -> Tariff:
    """The tariff that a document says. MarketError at the place to blame."""
    fields = (
        "schema", "method", "least_comparables", "comparables", "first_start_date", "last_start_date", "held_out",
        "types", "needs_together",
    )  # fmt: skip
    value = read_object(document, "", fields)
    if value["schema"] != SCHEMA:
        raise MarketError("schema", f'must be "{SCHEMA}"')
    read_each(value["method"], "method", read_text)
    read_integer(value["least_comparables"], "least_comparables", LEAST_COMPARABLES, LEAST_COMPARABLES)
    first = _day_or_none(value["first_start_date"], "first_start_date")
    last = _day_or_none(value["last_start_date"], "last_start_date")
    if (first is None) != (last is None) or (first is not None and last is not None and first > last):
        raise MarketError("last_start_date", "must not be before first_start_date, and is null where that is")
    read = read_each(value["types"], "types", _type)
    refuse_twice((one.placement_type for one, _ in read), "types", "placement_type")
    starts = {at: start for at, (one, start) in enumerate(read) if one.prices is not None}
    for at, start in starts.items():
        if start != next(iter(starts.values())):
            raise MarketError(f"types[{at}].prices.quarters", "must begin with the same quarter as the other types'")
    types = tuple(sorted((one for one, _ in read), key=lambda one: one.placement_type))
    comparables = read_integer(value["comparables"], "comparables")
    if comparables != sum(one.comparables for one in types):
        raise MarketError("comparables", "must be the sum of the types' comparables")
    together = _together(value["needs_together"], "needs_together")
    error = None if value["held_out"] is None else _held_out(value["held_out"], "held_out")
    return Tariff(comparables, first, last, next(iter(starts.values()), 0), types, together, error)


def _type(value: object, path: str) -> tuple[TypeTariff, int]:
    """The tariff of one type and its first quarter."""
    read_object(value, path, ("placement_type", "comparables", "prices"))
    assert isinstance(value, dict)
    name = read_id(value["placement_type"], under(path, "placement_type"))
    comparables = read_integer(value["comparables"], under(path, "comparables"), 1)
    if value["prices"] is None:
        return TypeTariff(name, comparables, None), 0
    if comparables < LEAST_COMPARABLES:
        raise MarketError(under(path, "prices"), f"must be null with fewer than {LEAST_COMPARABLES} comparables")
    prices, first = _prices(value["prices"], under(path, "prices"))
    return TypeTariff(name, comparables, prices), first


def _prices(value: object, path: str) -> tuple[TypePrices, int]:
    fields = ("base_pence_week", "base_age", "ages", "quarters", "growth_per_year", "needs", "bands", "bands_of")
    found = read_object(value, path, fields)
    ages = _numbered(found["ages"], under(path, "ages"), "age", _multiplier_of)
    quarters = _quarters(found["quarters"], under(path, "quarters"))
    needs = _numbered(found["needs"], under(path, "needs"), "indicator", _need, first=1, length=INDICATORS)
    if found["bands_of"] not in ("type", "all types"):
        raise MarketError(under(path, "bands_of"), 'must be "type" or "all types"')
    return (
        TypePrices(
            base=_between(found["base_pence_week"], under(path, "base_pence_week"), Decimal(0), MOST_BASE),
            base_age=read_integer(found["base_age"], under(path, "base_age"), 0, len(ages) - 1),
            ages=ages,
            quarters=tuple(multiplier for _, multiplier in quarters),
            growth_per_year=_multiplier(found["growth_per_year"], under(path, "growth_per_year")),
            needs=needs,
            bands=_bands(found["bands"], under(path, "bands")),
            bands_of=str(found["bands_of"]),
        ),
        quarters[0][0],
    )


def _quarters(value: object, path: str) -> list[tuple[int, Decimal]]:
    items = read_list(value, path)
    if not 1 <= len(items) <= MOST_QUARTERS:
        raise MarketError(path, f"must have 1 to {MOST_QUARTERS} items")
    found: dict[int, Decimal] = {}
    for at, item in enumerate(items):
        place = f"{path}[{at}]"
        fields = read_object(item, place, ("quarter", "multiplier"))
        named = _QUARTER.fullmatch(fields["quarter"]) if isinstance(fields["quarter"], str) else None
        if named is None or int(named[1]) < LEAST_YEAR:
            raise MarketError(under(place, "quarter"), "must be a quarter as 2026-Q1")
        quarter = int(named[1]) * 4 + int(named[2]) - 1
        if quarter in found:
            raise MarketError(under(place, "quarter"), f"{named[0]} is there already")
        found[quarter] = _multiplier(fields["multiplier"], under(place, "multiplier"))
    if max(found) - min(found) + 1 != len(found):
        raise MarketError(path, "must leave out no quarter between its first and its last")
    return sorted(found.items())


def _need(value: dict[str, Any], path: str) -> Need:
    read_object(value, path, ("indicator", "multipliers", "not_measured_counts_as"))
    names = [*map(str, range(LEVELS + 1)), "not_measured"]
    place = under(path, "multipliers")
    given = read_object(value["multipliers"], place, names)
    *levels, blank = (_multiplier(given[name], under(place, name)) for name in names)
    for level in range(1, LEVELS + 1):
        if levels[level] < levels[level - 1]:
            raise MarketError(under(place, str(level)), "must not be below that of the level before")
    place = under(path, "not_measured_counts_as")
    given = read_object(value["not_measured_counts_as"], place, REACHED)
    shares = tuple(_between(given[name], under(place, name), Decimal(0), ONE) for name in REACHED)
    return Need(tuple(levels), blank, shares)


def _bands(value: object, path: str) -> tuple[Band, ...]:
    def band(item: object, place: str) -> Band:
        given = read_object(item, place, ("need_from", "p80", "p90"))
        start = read_number(given["need_from"], under(place, "need_from"))
        p80 = _between(given["p80"], under(place, "p80"), ONE, MOST_MULTIPLIER)
        p90 = _between(given["p90"], under(place, "p90"), ONE, MOST_MULTIPLIER)
        if p90 < p80:
            raise MarketError(under(place, "p90"), "must not be below p80")
        return Band(Decimal(start), p80, p90)

    found = read_each(value, path, band)
    if not found:
        raise MarketError(path, "must not be empty")
    order = sorted(range(len(found)), key=lambda at: found[at].need_from)
    for before, after in pairwise(order):
        if found[after].p80 < found[before].p80 or found[after].p90 < found[before].p90:
            raise MarketError(f"{path}[{after}]", "must not be narrower than a band of less need")
    return tuple(found[at] for at in order)


def _together(value: object, path: str) -> Together:
    given = read_object(value, path, ("pairs", "sum_of_levels", "needs_at_2_or_3", "needs_at_3"))
    pairs: dict[tuple[int, int], Decimal] = {}
    place = under(path, "pairs")
    for at, item in enumerate(read_list(given["pairs"], place)):
        here = f"{place}[{at}]"
        pair = read_object(item, here, ("indicators", "multiplier"))
        one, other = sorted(read_exactly(pair["indicators"], under(here, "indicators"), 2, _indicator))
        if one == other or (one - 1, other - 1) in pairs:
            raise MarketError(under(here, "indicators"), "must be two different ones, and no pair twice")
        pairs[one - 1, other - 1] = _between(pair["multiplier"], under(here, "multiplier"), ONE, MOST_MULTIPLIER)
    tables = []
    for name, most in (
        ("sum_of_levels", INDICATORS * LEVELS),
        ("needs_at_2_or_3", INDICATORS),
        ("needs_at_3", INDICATORS),
    ):
        table = _numbered(given[name], under(path, name), "count", _multiplier_of, length=most + 1)
        if any(after < before for before, after in pairwise(table)):
            raise MarketError(under(path, name), "must not fall from a count to the next")
        tables.append(table)
    return Together(tuple((*pair, by) for pair, by in sorted(pairs.items())), *tables)


def _indicator(value: object, path: str) -> int:
    return read_integer(value, path, 1, INDICATORS)


def _held_out(value: object, path: str) -> HeldOut:
    fields = (
        "first_start_date", "last_start_date", "comparables", "mean_error", "median_error", "at_or_below_p80", "types",
    )  # fmt: skip
    given = read_object(value, path, fields)

    def of_type(item: object, place: str) -> HeldOutType:
        one = read_object(item, place, ("placement_type", "comparables", "mean_error"))
        return HeldOutType(
            read_id(one["placement_type"], under(place, "placement_type")),
            read_integer(one["comparables"], under(place, "comparables"), 1),
            _decimal(one["mean_error"], under(place, "mean_error")),
        )

    types = read_each(given["types"], under(path, "types"), of_type)
    refuse_twice((one.placement_type for one in types), under(path, "types"), "placement_type")
    first = read_day(given["first_start_date"], under(path, "first_start_date"))
    last = read_day(given["last_start_date"], under(path, "last_start_date"))
    if last < first:
        raise MarketError(under(path, "last_start_date"), "must not be before first_start_date")
    return HeldOut(
        first,
        last,
        read_integer(given["comparables"], under(path, "comparables"), 1),
        _decimal(given["mean_error"], under(path, "mean_error")),
        _decimal(given["median_error"], under(path, "median_error")),
        _between(given["at_or_below_p80"], under(path, "at_or_below_p80"), Decimal(0), ONE),
        tuple(sorted(types, key=lambda one: one.placement_type)),
    )


def _numbered(
    value: object,
    path: str,
    name: str,
    read: Callable[[dict[str, Any], str], T],
    first: int = 0,
    length: int | None = None,
) -> tuple[T, ...]:
    """Items that carry their number under `name`, in the order of it: each number from `first` on once."""
    items = read_list(value, path)
    if (length is not None and len(items) != length) or not 1 <= len(items) <= MOST_AGES:
        raise MarketError(path, f"must have {length} items" if length else f"must have 1 to {MOST_AGES} items")
    found: dict[int, T] = {}
    for at, item in enumerate(items):
        place = f"{path}[{at}]"
        if not isinstance(item, dict):
            raise MarketError(place, "must be an object")
        if name not in item:
            raise MarketError(under(place, name), "is missing")
        number = read_integer(item[name], under(place, name), first, first + len(items) - 1)
        if number in found:
            raise MarketError(under(place, name), f"{number} is there already")
        found[number] = read(item, place)
    return tuple(found[number] for number in sorted(found))


def _multiplier_of(value: dict[str, Any], path: str) -> Decimal:
    name = "age" if "age" in value else "count"
    return _multiplier(read_object(value, path, (name, "multiplier"))["multiplier"], under(path, "multiplier"))


def _multiplier(value: object, path: str) -> Decimal:
    return _between(value, path, LEAST_MULTIPLIER, MOST_MULTIPLIER)


def _between(value: object, path: str, least: Decimal, most: Decimal) -> Decimal:
    found = _decimal(value, path)
    if not least <= found <= most:
        raise MarketError(path, f"must be from {least} to {most}")
    return found


def _decimal(value: object, path: str) -> Decimal:
    return Decimal(read_number(value, path))


def _day_or_none(value: object, path: str) -> date | None:
    return None if value is None else read_day(value, path)
