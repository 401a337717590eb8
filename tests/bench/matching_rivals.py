"""The shortlist as others would write it, as well as they would: one SQL statement over an indexed SQLite table in
memory, and vectorised pandas.

Each is built once for a policy and its services, as the index is: standing gates are a column already, capability is
discounted already, words are bits already. Each answers with the mask of failed gates of every service, in order of id,
and the first twenty with their parts and total, in order. Both follow the file format's page and use nothing of the
engine's columns. They cover what this market holds: whole metres, list prices, benchmarks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matching.rank import Gate, Ofsted, Policy, Registration, Request, Service, Sex, Standing

MILLION = 1_000_000
MILLIMETRES_PER_MILE = 1_609_344
BIT = {gate: 1 << position for position, gate in enumerate(Gate)}

GATE_COLUMNS = (
    *("lot", "standing", "supported", "min_age", "max_age", "sexes", "places", "solo"),
    *("adaptations", "languages", "authority"),
)

HELD_BY_NONE = 1 << 60
"""The bit of a word that no service has."""

Row = tuple[str, int | None, int, int, int, int]
"""Service, price, quality, needs and practical part, total."""


@dataclass(frozen=True)
class Answer:
    masks: list[int]
    first: list[Row]


def columns(policy: Policy, services: Sequence[Service]) -> dict[str, list[Any]]:
    """What both rivals store of the services, in order of id."""
    ordered = sorted(services, key=lambda one: one.id)
    adaptations, languages = _bits(one.adaptations for one in ordered), _bits(one.languages for one in ordered)
    found: dict[str, list[Any]] = {
        "id": [one.id for one in ordered],
        "lot": [one.lot.value for one in ordered],
        "standing": [_standing(policy, one) for one in ordered],
        "supported": [int(one.registration is Registration.SUPPORTED_ACCOMMODATION) for one in ordered],
        "min_age": [one.min_age for one in ordered],
        "max_age": [one.max_age for one in ordered],
        "sexes": [(Sex.F in one.sexes) + 2 * (Sex.M in one.sexes) for one in ordered],
        "places": [one.places for one in ordered],
        "solo": [int(one.solo) for one in ordered],
        "adaptations": [sum(adaptations[word] for word in set(one.adaptations)) for one in ordered],
        "languages": [sum(languages[word] for word in set(one.languages)) for one in ordered],
        "authority": [one.authority for one in ordered],
        "easting": [one.easting for one in ordered],
        "northing": [one.northing for one in ordered],
        "quality": [10_000 * (policy.unknown_quality_prior if one.quality is None else one.quality) for one in ordered],
        "price": [one.list_price_pence_week for one in ordered],
    }
    for number in range(12):
        found[f"level_{number}"] = [one.capability[number] for one in ordered]
        found[f"worth_{number}"] = [
            one.capability[number] * policy.evidence_discount.of(one.evidence[number]) for one in ordered
        ]
    return found


def _bits(words: Any) -> dict[str, int]:
    return {word: 1 << number for number, word in enumerate(sorted({word for some in words for word in some}))}


def _standing(policy: Policy, service: Service) -> int:
    failed = {
        Gate.NOT_ENROLLED: service.status is not Standing.ENROLLED,
        Gate.UNLAWFUL_FOR_AGE: service.registration is Registration.NONE
        or (service.registration is Registration.SCHOOL and service.lot.value == "nmi_52"),
        Gate.OFSTED_INADEQUATE: service.ofsted is Ofsted.INADEQUATE,
        Gate.STALE_VACANCY: service.places_confirmed_days_ago > policy.stale_after_days,
    }
    return sum(BIT[gate] for gate, bad in failed.items() if bad)


class Asked:
    """What both rivals work out of a request before they ask."""

    def __init__(self, policy: Policy, services: Sequence[Service]) -> None:
        self.policy = policy
        self._adaptations = _bits(one.adaptations for one in services)
        self._languages = _bits(one.languages for one in services)

    def needs(self, request: Request) -> list[tuple[int, int, int]]:
        """Indicator, weight and need of those that count."""
        rows = zip(range(12), self.policy.indicator_weights, request.needs, strict=True)
        return [(indicator, weight, need) for indicator, weight, need in rows if weight and need]

    def adaptations(self, request: Request) -> int:
        return sum(self._adaptations.get(word, HELD_BY_NONE) for word in set(request.adaptations))

    def language(self, request: Request) -> int:
        return 0 if request.language is None else self._languages.get(request.language, HELD_BY_NONE)

    def limit(self, request: Request) -> int | None:
        """The greatest squared distance in whole metres that is within the hard limit."""
        if request.max_miles is None:
            return None
        numerator, denominator = request.max_miles.as_integer_ratio()
        return (numerator * MILLIMETRES_PER_MILE) ** 2 // (denominator**2 * 1_000_000)


class InSqlite:
    """One statement for each request, put together from what it asks so that SQLite works out nothing in vain. The
    masks of all come back as one text, which is quicker than ten thousand rows, and scores read an index by lot.
    """

    def __init__(self, policy: Policy, services: Sequence[Service]) -> None:
        self.policy = policy
        self._asked = Asked(policy, services)
        stored = columns(policy, services)
        names = list(stored)
        self._database = sqlite3.connect(":memory:", cached_statements=2000)
        self._database.execute(f"create table service (place integer primary key, {', '.join(names)})")
        self._database.executemany(
            f"insert into service values ({', '.join('?' * (len(names) + 1))})",
            [(place, *row) for place, row in enumerate(zip(*stored.values(), strict=True))],
        )
        self._database.execute("create index service_by_lot on service (lot, standing, price)")
        self._database.execute("analyze")

    def shortlist(self, request: Request, most: int) -> Answer:
        found = self._database.execute(self.statement(request, most)).fetchall()
        return Answer(list(map(int, found[0][0].split(","))), [row[1:] for row in found[1:]])

    def statement(self, request: Request, most: int) -> str:
        """The first row holds all masks; each of the others is one of the first."""
        policy, age = self.policy, request.age_weeks * 28 // 1461
        square = (
            f"(easting - {request.easting}) * (easting - {request.easting})"
            f" + (northing - {request.northing}) * (northing - {request.northing})"
        )
        lots = ", ".join(f"'{lot.value}'" for lot in request.lots)
        sex = 1 if request.sex is Sex.F else 2
        fails = {
            Gate.LOT: f"lot not in ({lots})",
            Gate.AGE: f"not {age} between min_age and max_age",
            Gate.SEX: f"sexes & {sex} = 0",
            Gate.NO_PLACE: f"places < {request.places}",
        }
        if age < 16:
            fails[Gate.UNLAWFUL_FOR_AGE] = "supported"
        if request.solo:
            fails[Gate.SOLO] = "not solo"
        if request.adaptations:
            fails[Gate.ADAPTATION] = f"~adaptations & {self._asked.adaptations(request)} <> 0"
        if request.language is not None:
            fails[Gate.LANGUAGE] = f"languages & {self._asked.language(request)} = 0"
        if request.exclude_authorities:
            areas = ", ".join(f"'{area}'" for area in request.exclude_authorities)
            fails[Gate.EXCLUDED_AREA] = f"authority in ({areas})"
        if request.max_miles is not None:
            fails[Gate.DISTANCE] = f"coalesce({square} > {self._asked.limit(request)}, 0)"
        mask = " | ".join(["standing", *(f"({bad}) * {BIT[gate]}" for gate, bad in fails.items())])
        fits = " and ".join([f"lot in ({lots})", "standing = 0", *(f"not ({fails[gate]})" for gate in [*fails][1:])])
        whole = 100 if request.benchmark_pence_week is not None else 100 - policy.weights.price

        def gives(weight: int, part: str) -> str:
            return f"(2 * {weight} * {part} + {whole}) / {2 * whole}"

        price, by_price = "null", "0"
        if request.benchmark_pence_week is not None:
            # both sides of the line over the greatest number that divides it, so that 64 bits hold them
            step = np.gcd.reduce([MILLION, policy.price_ceiling, policy.price_floor])
            ceiling, floor = policy.price_ceiling // step, policy.price_floor // step
            span = (ceiling - floor) * request.benchmark_pence_week
            room = f"({ceiling * request.benchmark_pence_week} - {MILLION // step} * price)"
            price = f"({2 * MILLION} * min(max({room}, 0), {span}) + {span}) / {2 * span}"
            by_price = f"coalesce({gives(policy.weights.price, 'price_part')}, 0)"
        needs, counted = str(MILLION), self._asked.needs(request)
        if counted:
            wanted = MILLION * sum(weight * need for _, weight, need in counted)
            met = " + ".join(
                f"{weight} * min(worth_{indicator}, {need * MILLION})" for indicator, weight, need in counted
            )
            needs = f"({2 * MILLION} * ({met}) + {wanted}) / {2 * wanted}"
            severe = [f"level_{indicator} <= 1" for indicator, _, need in counted if need == 3]
            if severe:
                needs = f"case when {' or '.join(severe)} then min({needs}, {policy.severe_need_cap}) else {needs} end"
        per_metre = 1000 * MILLION / (policy.max_useful_miles * MILLIMETRES_PER_MILE)
        away = f"cast(ceil(sqrt({square}) * {per_metre!r} - 0.5) as integer)"
        practical = f"case when easting is null then 500000 else max({MILLION} - {away}, 0) end"
        weights = policy.weights
        return f"""
            with parts as (
                select id, price, {price} as price_part, quality as quality_part, {needs} as needs_part,
                       {practical} as practical_part
                from service where {fits}),
            scored as (
                select *, {by_price} + {gives(weights.quality, "quality_part")} + {gives(weights.needs, "needs_part")}
                       + {gives(weights.practical, "practical_part")} as total
                from parts)
            select (select group_concat({mask}) from service), null, null, null, null, null, null
            union all
            select * from (
                select null, id, price_part, quality_part, needs_part, practical_part, total from scored
                order by total desc, quality_part desc, price is null, price, id limit {most})
        """


class InPandas:
    """Gates of all services, then scores of the eligible."""

    def __init__(self, policy: Policy, services: Sequence[Service]) -> None:
        self.policy = policy
        self._asked = Asked(policy, services)
        self.frame = pd.DataFrame(columns(policy, services))
        for name in ("lot", "authority"):
            self.frame[name] = self.frame[name].astype("category")
        self._score_frame = self.frame.drop(columns=[*GATE_COLUMNS])

    def shortlist(self, request: Request, most: int) -> Answer:
        masks = self._masks(request)
        scored = self._scored(request, masks == 0)
        # the first by total alone, and whoever is level with the last of them; then all of the order
        near = scored.nlargest(most, "total", keep="all")
        first = near.sort_values(
            ["total", "quality", "price", "id"], ascending=[False, False, True, True], na_position="last"
        ).head(most)
        rows = first[["id", "price_part", "quality", "needs", "practical", "total"]].itertuples(index=False, name=None)
        return Answer(
            masks.tolist(), [(one, None if price != price else int(price), *rest) for one, price, *rest in rows]
        )

    def _squares(self, request: Request, frame: pd.DataFrame) -> pd.Series:
        return (frame["easting"] - request.easting) ** 2 + (frame["northing"] - request.northing) ** 2

    def _masks(self, request: Request) -> pd.Series:
        frame, age = self.frame, request.age_weeks * 28 // 1461
        sex = 1 if request.sex is Sex.F else 2
        masks = (
            frame["standing"]
            + ~frame["lot"].isin([lot.value for lot in request.lots]) * BIT[Gate.LOT]
            + ((frame["min_age"] > age) | (frame["max_age"] < age)) * BIT[Gate.AGE]
            + (frame["sexes"] & sex == 0) * BIT[Gate.SEX]
            + (frame["places"] < request.places) * BIT[Gate.NO_PLACE]
        )
        if age < 16:
            masks |= frame["supported"] * BIT[Gate.UNLAWFUL_FOR_AGE]
        if request.solo:
            masks += (frame["solo"] == 0) * BIT[Gate.SOLO]
        if request.adaptations:
            masks += (~frame["adaptations"] & self._asked.adaptations(request) != 0) * BIT[Gate.ADAPTATION]
        if request.language is not None:
            masks += (frame["languages"] & self._asked.language(request) == 0) * BIT[Gate.LANGUAGE]
        if request.exclude_authorities:
            masks += frame["authority"].isin(request.exclude_authorities) * BIT[Gate.EXCLUDED_AREA]
        if request.max_miles is not None:
            masks += (self._squares(request, frame) > self._asked.limit(request)) * BIT[Gate.DISTANCE]
        return masks

    def _scored(self, request: Request, fits: pd.Series) -> pd.DataFrame:
        policy, weights = self.policy, self.policy.weights
        whole = 100 if request.benchmark_pence_week is not None else 100 - weights.price
        frame = self._score_frame[fits]

        def gives(weight: int, part: pd.Series) -> pd.Series:
            return (2 * weight * part + whole) // (2 * whole)

        scored = frame[["id", "price", "quality"]].copy()
        counted = self._asked.needs(request)
        scored["needs"] = MILLION
        if counted:
            wanted = MILLION * sum(weight * need for _, weight, need in counted)
            worth = frame[[f"worth_{indicator}" for indicator, _, _ in counted]]
            met = np.minimum(worth, [need * MILLION for _, _, need in counted]).dot(
                [weight for _, weight, _ in counted]
            )
            scored["needs"] = (2 * MILLION * met + wanted) // (2 * wanted)
            severe = [f"level_{indicator}" for indicator, _, need in counted if need == 3]
            if severe:
                unmet = (frame[severe] <= 1).any(axis=1)
                scored["needs"] = np.where(unmet, np.minimum(scored["needs"], policy.severe_need_cap), scored["needs"])
        per_metre = 1000 * MILLION / (policy.max_useful_miles * MILLIMETRES_PER_MILE)
        away = np.ceil(np.sqrt(self._squares(request, frame)) * per_metre - 0.5)
        scored["practical"] = np.maximum(MILLION - away, 0).fillna(500_000).astype("int64")
        total = (
            gives(weights.quality, scored["quality"])
            + gives(weights.needs, scored["needs"])
            + gives(weights.practical, scored["practical"])
        )
        scored["price_part"] = np.nan
        if request.benchmark_pence_week is not None:
            step = np.gcd.reduce([MILLION, policy.price_ceiling, policy.price_floor])
            ceiling, floor = policy.price_ceiling // step, policy.price_floor // step
            span = (ceiling - floor) * request.benchmark_pence_week
            room = ceiling * request.benchmark_pence_week - frame["price"] * (MILLION // step)
            scored["price_part"] = (2 * MILLION * np.minimum(np.maximum(room, 0), span) + span) // (2 * span)
            total += gives(weights.price, scored["price_part"]).fillna(0).astype("int64")
        scored["total"] = total
        return scored
