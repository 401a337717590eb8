"""Candidates as JSON, quickly: a large market has hundreds of thousands, and a text for each is put together from its
columns without making the objects in between.

There are two ways to write the same: canonical JSON, which is hashed, and the lines of a result file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from json.encoder import encode_basestring

from matching.rank.results import Candidate
from matching.rank.rows import NONE, CandidateRows, flags_in, gates_in


class Style(Enum):
    """Canonical JSON has sorted keys and no spaces; a line has fields in the order of the format, spaced to be read."""

    CANONICAL = "canonical"
    LINE = "line"


def written_candidates(candidates: Sequence[Candidate], style: Style) -> Iterator[str]:
    """The JSON of each candidate."""
    if isinstance(candidates, CandidateRows):
        return _rows(candidates, style)
    if style is Style.CANONICAL:
        encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    else:
        encode = json.JSONEncoder(ensure_ascii=False).encode
    return (encode(candidate.to_dict()) for candidate in candidates)


def _rows(candidates: CandidateRows, style: Style) -> Iterator[str]:
    rows = candidates.rows
    canonical = style is Style.CANONICAL
    between = "," if canonical else ", "
    words = _Words(between)
    none = "null"
    size, eligible = len(candidates), len(rows.ties)
    absent = [none] * (size - eligible)
    price, *parts = rows.parts.tolist()
    ranks, groups = rows.groups.tolist()
    columns = zip(
        map(encode_basestring, rows.services),
        ["true"] * eligible + ["false"] * (size - eligible),
        map(words.gates, rows.gates.tolist()),
        [none if one == NONE else one for one in price],
        *parts,
        *rows.contributions.tolist(),
        [*ranks, *absent],
        [*groups, *absent],
        map(words.flags, rows.flags.tolist()),
        [*(none if one == NONE else one for one in rows.ties.tolist()), *absent],
        strict=True,
    )
    if canonical:
        return (
            f'{{"contributions":{{"needs":{gn},"practical":{gd},"price":{gp},"quality":{gq}}},"eligible":{fit}'
            f',"flags":{flags},"gates_failed":{gates},"offer":null'
            f',"parts":{{"needs":{n},"practical":{d},"price":{p},"quality":{q}}}'
            f',"rank":{rank},"service":{service},"tie_group":{group},"to_tie_above":{tie},"total":{gp + gq + gn + gd}}}'
            for service, fit, gates, p, q, n, d, gp, gq, gn, gd, rank, group, flags, tie in columns
        )
    return (
        f'{{"service": {service}, "offer": null, "eligible": {fit}, "gates_failed": {gates}'
        f', "parts": {{"price": {p}, "quality": {q}, "needs": {n}, "practical": {d}}}'
        f', "contributions": {{"price": {gp}, "quality": {gq}, "needs": {gn}, "practical": {gd}}}'
        f', "total": {gp + gq + gn + gd}, "rank": {rank}, "tie_group": {group}, "flags": {flags}'
        f', "to_tie_above": {tie}}}'
        for service, fit, gates, p, q, n, d, gp, gq, gn, gd, rank, group, flags, tie in columns
    )


class _Words:
    """Lists of gates and flags as JSON; few are ever different."""

    def __init__(self, between: str) -> None:
        self._between = between
        self._gates: dict[int, str] = {}
        self._flags: dict[int, str] = {}

    def gates(self, mask: int) -> str:
        return self._list(mask, self._gates, gates_in)

    def flags(self, mask: int) -> str:
        return self._list(mask, self._flags, flags_in)

    def _list(self, mask: int, known: dict[int, str], words: Callable[[int], Sequence[str]]) -> str:
        text = known.get(mask)
        if text is None:
            text = known[mask] = "[" + self._between.join(f'"{word}"' for word in words(mask)) + "]"
        return text
