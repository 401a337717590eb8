"""Proves at length what the tests show by a short slice; ends with exit code 1 when something is not so.

A piece is a function that prints what it finds as it goes and gives back what is wrong, one line each. `mutants` breaks
the rule files in every small way and asks the tests to notice; `reversals` counts how often an offer that should not
matter moves others, over 100,000 tenders; `matchers` asks a second matcher, written from the page alone, the same
20,000 times. `python -m tests.proof mutants` runs that one only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.proof import matchers, mutants, reversals

PIECES: dict[str, Callable[[], list[str]]] = {
    "reversals": reversals.prove,
    "matchers": matchers.prove,
    "mutants": mutants.prove,
}


def main(wanted: list[str]) -> int:
    """Run what is wanted, all by default. The exit code."""
    unknown = [name for name in wanted if name not in PIECES]
    if unknown:
        print(f"There is no piece {unknown[0]}; there are: {', '.join(PIECES)}.", file=sys.stderr)
        return 2
    wrong: list[str] = []
    for name, prove in PIECES.items():
        if not wanted or name in wanted:
            print(f"== {name}", flush=True)
            wrong += [f"{name}: {line}" for line in prove()]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
