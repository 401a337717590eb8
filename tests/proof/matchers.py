"""The product's matcher and the second one, written from the page alone, on 20,000 made-up documents and on every
single change of one market and its record.
"""

from __future__ import annotations

from tests.second import differential

CASES = 20_000
SEED = 7


def prove(cases: int = CASES, seed: int = SEED) -> list[str]:
    """Every disagreement, with the document that it is about."""
    found = [*differential.run(cases, seed), *differential.sweep()]
    print(f"{cases:,} documents of seed {seed} and every single change of one: {len(found)} disagreements", flush=True)
    return [differential.tell(one) for one in found]
