"""HISTORY and REQUESTS of prices, valid and broken."""

from __future__ import annotations

import copy
import csv
import io
from random import Random
from typing import Any

from tests.second import generator, mutations
from tests.second.generator import weighted, word
from tests.second.prices import COLUMNS, ENOUGH

TYPES = ("fostering", "residential", "any, text", 'a "quoted" one', "\u00e9t\u00e9")
STRANGE = (
    "",
    " ",
    "4",
    "-1",
    "1.0",
    "1e2",
    "01",
    "+1",
    "x",
    "null",
    "\u0661",
    "2025-02-29",
    "2025-2-1",
    "20250401",
    "1000000001",
    "9" * 40,
)


def rows(rng: Random, most: int = 4) -> list[list[str]]:
    """A header and some rows, the types' counts around the number that is enough."""
    found = []
    for kind in rng.sample(TYPES, rng.randint(1, most)):
        count = rng.choice([ENOUGH - 1, ENOUGH, ENOUGH + 1, 1, 60])
        level = rng.randint(50_000, 600_000)
        for _ in range(count):
            needs = [rng.choice(["", "0", "1", "1", "2", "3"]) for _ in range(12)]
            day = f"{rng.randint(2021, 2025)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            pence = level + sum(int(need or 0) for need in needs) * level // 50 + rng.randint(0, level // 10)
            found.append([kind, str(rng.randint(0, 18)), *needs, day, str(pence)])
    rng.shuffle(found)
    return [list(COLUMNS), *found]


def spelled(lines: list[list[str]], end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(lines)
    return out.getvalue()


def broken(rng: Random) -> str | bytes:
    """A history with one thing wrong with it, now and then with none."""
    lines = rows(rng, 1)[: rng.randint(2, 12)]
    at = rng.randrange(1, len(lines))
    cell = rng.randrange(len(COLUMNS))
    change = rng.random()
    if change < 0.7:
        lines[at][cell] = rng.choice(STRANGE)
    elif change < 0.8:
        del lines[at][rng.randrange(len(COLUMNS)) :]
    elif change < 0.85:
        lines[at].append(rng.choice(STRANGE))
    elif change < 0.9:
        lines[0][cell] = rng.choice(["", "n13", "N1", "n1", "pence", lines[0][cell].upper()])
    elif change < 0.95:
        for line in lines:
            del line[cell]
    elif change < 0.97:
        return spelled(lines).encode("latin-1", "replace") + b"\xe9"
    return spelled(lines, rng.choice(["\n", "\r\n"]))


def asked(rng: Random) -> list[dict[str, Any]]:
    """Requests for prices, in no order of id."""
    ids = sorted({weighted(rng, (3, f"R{rng.randint(1, 20)}"), (1, word(rng, empty=False))) for _ in range(5)})
    return [
        {
            "id": name,
            "placement_type": rng.choice([*TYPES, "unheard of"]),
            "age_years": rng.randint(0, 18),
            "needs": [rng.choice([None, 0, 1, 2, 3]) for _ in range(12)],
            "as_of": rng.choice(["2026-04-01", "2024-02-29"]),
        }
        for name in rng.sample(ids, len(ids))
    ]


def broken_asked(rng: Random) -> str:
    """Requests for prices with one thing wrong with them."""
    wrong = copy.deepcopy(asked(rng))
    change = rng.choice([mutations.strange_value, mutations.missing, mutations.unknown, mutations.renamed, _again])
    change(rng, wrong)
    return generator.spelled(rng, wrong)


def _again(rng: Random, wrong: list[dict[str, Any]]) -> None:
    wrong.insert(rng.randint(0, len(wrong)), copy.deepcopy(rng.choice(wrong)))
