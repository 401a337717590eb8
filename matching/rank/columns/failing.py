"""Which services fail which gates, as columns of bits: bit i is the i-th gate of `Gate`.

What one requirement of a request (its age, its sex, a language) fails does not depend on the rest of it. Each such
column is made once, with how many fail in each lot, and kept; the gates of a request are its columns laid over each
other. Only the distance is measured anew for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from matching.rank.columns.whole import Bools
from matching.rank.facts import Lot, Ofsted, Policy, Registration, Request, Service, Sex, Standing
from matching.rank.gates import LEAST_AGE_SUPPORTED, Gate
from matching.rank.rows import GATE_BIT

Masks: TypeAlias = npt.NDArray[np.uint16]

POSITION = {gate: position for position, gate in enumerate(Gate)}
LOTS = tuple(Lot)

MOST_KEPT = 1024
"""Columns kept at most, 20 KB each for 10,000 services: every age, lot and word of a market, and an end to it."""


@dataclass(frozen=True, slots=True)
class Failing:
    """The services that fail one requirement: their bits, and how many of each lot fail each gate."""

    masks: Masks
    counts: npt.NDArray[np.int64]


class GateColumns:
    """The gates of every service but its distance."""

    def __init__(self, policy: Policy, services: Sequence[Service], odd: Iterable[int]) -> None:
        self.size = len(services)
        lots = {lot: number for number, lot in enumerate(LOTS)}
        self._lot = np.array([lots[one.lot] for one in services], dtype=np.int64)
        self._by_lot = np.zeros((len(LOTS), self.size), dtype=np.bool_)
        self._by_lot[self._lot, np.arange(self.size)] = True
        out = set(odd)
        whole = [None if position in out else one for position, one in enumerate(services)]
        self._least, self._most, self._places = (
            np.array([0 if one is None else getattr(one, name) for one in whole], dtype=np.int64)
            for name in ("min_age", "max_age", "places")
        )
        self._oldest = max(int(self._most.max(initial=0)), LEAST_AGE_SUPPORTED) + 1
        self._most_places = int(self._places.max(initial=0)) + 1
        self._sexes = [one.sexes for one in services]
        self._adaptations = _holders(one.adaptations for one in services)
        self._languages = _holders(one.languages for one in services)
        self._authorities = _holders((one.authority,) for one in services)
        self._solo = _where(one.solo for one in services)
        self._supported = _where(one.registration is Registration.SUPPORTED_ACCOMMODATION for one in services)
        self._standing = self._failing(
            {
                Gate.NOT_ENROLLED: _where(one.status is not Standing.ENROLLED for one in services),
                Gate.UNLAWFUL_FOR_AGE: _where(
                    one.registration is Registration.NONE
                    or (one.registration is Registration.SCHOOL and one.lot is Lot.NMI_52)
                    for one in services
                ),
                Gate.OFSTED_INADEQUATE: _where(one.ofsted is Ofsted.INADEQUATE for one in services),
                Gate.STALE_VACANCY: _where(one.places_confirmed_days_ago > policy.stale_after_days for one in services),
            }
        )
        self._kept: dict[Hashable, Failing] = {}
        self._inside: dict[tuple[Lot, ...], Bools] = {}

    def inside(self, request: Request) -> Bools:
        """The services of the request's lots: its candidates."""
        key = tuple(sorted(set(request.lots)))
        found = self._inside.get(key)
        if found is None:
            rows = [number for number, lot in enumerate(LOTS) if lot in key]
            found = np.asarray(self._by_lot[rows].any(axis=0))
            self._inside[key] = found
        return found

    def of(self, request: Request) -> Iterator[Failing]:
        """A column for each requirement of a request, the first for what it never changes: its lots and standing."""
        yield from self._usual(request)
        yield from self.further(request)

    def key(self, request: Request) -> tuple[tuple[Lot, ...], int, Sex, int]:
        """What `common` looks at: requests of one key have the same."""
        age, places = min(request.age_years, self._oldest), min(request.places, self._most_places)
        return tuple(sorted(set(request.lots))), age, request.sex, places

    def common(self, request: Request) -> Masks:
        """The failed gates of lots, standing, age, sex and places, which many requests have in common."""
        columns = self._usual(request)
        masks = next(columns).masks.copy()
        for column in columns:
            np.bitwise_or(masks, column.masks, out=masks)
        return masks

    def _usual(self, request: Request) -> Iterator[Failing]:
        sex, places = request.sex, min(request.places, self._most_places)
        yield self.by_lots(request)
        yield self.by_age(min(request.age_years, self._oldest))
        yield self._keep(("sex", sex), lambda: {Gate.SEX: _where(sex not in one for one in self._sexes)})
        yield self._keep(("places", places), lambda: {Gate.NO_PLACE: self._places < places})

    def further(self, request: Request) -> Iterator[Failing]:
        """The columns of what few requests ask for."""
        if request.solo:
            yield self._keep("solo", lambda: {Gate.SOLO: ~self._solo})
        if request.adaptations:
            yield self._wanting(Gate.ADAPTATION, sorted(set(request.adaptations)), self._adaptations)
        if request.language is not None:
            yield self._wanting(Gate.LANGUAGE, [request.language], self._languages)
        for area in set(request.exclude_authorities):
            holders = self._authorities.get(area)
            if holders is not None:
                yield self._keep((Gate.EXCLUDED_AREA, area), self._excluding(holders))

    def _excluding(self, holders: Sequence[int]) -> Callable[[], dict[Gate, Bools]]:
        return lambda: {Gate.EXCLUDED_AREA: self._at(holders)}

    def by_lots(self, request: Request) -> Failing:
        lots = tuple(sorted(set(request.lots)))
        found = self._kept.get(lots)
        if found is None:
            outside = self._failing({Gate.LOT: ~self.inside(request)})
            found = Failing(outside.masks | self._standing.masks, outside.counts + self._standing.counts)
            self._remember(lots, found)
        return found

    def by_age(self, age: int) -> Failing:
        def fails() -> dict[Gate, Bools]:
            bad = {Gate.AGE: (age < self._least) | (age > self._most)}
            return bad | ({Gate.UNLAWFUL_FOR_AGE: self._supported} if age < LEAST_AGE_SUPPORTED else {})

        return self._keep(("age", age), fails)

    def _wanting(self, gate: Gate, words: Sequence[str], holders: dict[str, list[int]]) -> Failing:
        """Who lacks any of these words. A word that nobody has is one column, whatever the word."""
        known = tuple(word if word in holders else None for word in words)

        def fails() -> dict[Gate, Bools]:
            bad = np.zeros(self.size, dtype=np.bool_)
            for word in known:
                bad |= ~self._at(holders[word]) if word is not None else True
            return {gate: bad}

        return self._keep((gate, known), fails)

    def _at(self, positions: Sequence[int]) -> Bools:
        column = np.zeros(self.size, dtype=np.bool_)
        column[positions] = True
        return column

    def _keep(self, key: Hashable, fails: Callable[[], dict[Gate, Bools]]) -> Failing:
        found = self._kept.get(key)
        if found is None:
            found = self._failing(fails())
            self._remember(key, found)
        return found

    def _remember(self, key: Hashable, found: Failing) -> None:
        if len(self._kept) < MOST_KEPT:
            self._kept[key] = found

    def _failing(self, fails: dict[Gate, Bools]) -> Failing:
        masks = np.zeros(self.size, dtype=np.uint16)
        counts = np.zeros((len(LOTS), len(Gate)), dtype=np.int64)
        for gate, column in fails.items():
            masks |= column.astype(np.uint16) * np.uint16(GATE_BIT[gate])
            counts[:, POSITION[gate]] = (self._by_lot & column).sum(axis=1)
        masks.setflags(write=False)
        return Failing(masks, counts)


def _where(truths: Iterable[bool]) -> Bools:
    return np.fromiter(truths, dtype=np.bool_)


def _holders(words: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """Who holds each word."""
    found: dict[str, list[int]] = {}
    for position, some in enumerate(words):
        for word in set(some):
            found.setdefault(word, []).append(position)
    return found
