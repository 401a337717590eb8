"""100,000 random tenders, each with four things done to it that ought to move nobody: 400,000 cases of reversal."""

from __future__ import annotations

from tests.bench.reversals import OURS, run
from tests.bench.rivals import RIVALS

CASES = 400_000
MUST_FAIL = ("lowest_ratio", "min_max", "min_max_40_30_30", "topsis")


def prove(cases: int = CASES) -> list[str]:
    """Prints the counts of each; what is wrong."""
    found = run(cases)
    print(f"{found['tenders']:,} tenders, {found['cases']:,} cases", flush=True)
    for who in (OURS, *RIVALS):
        one = found[who]
        by = ", ".join(f"{name} {count:,}" for name, count in one["by_manipulation"].items())
        print(f"{who}: {one['reversals']:,} reversals ({by}); another winner in {one['winner_changed']:,}", flush=True)
    wrong = []
    if found[OURS]["reversals"] or found[OURS]["winner_changed"]:
        wrong.append(f"others moved in {found[OURS]['reversals']} cases")
    return wrong + [
        f"{rival} never fails, so the cases show nothing" for rival in MUST_FAIL if not found[rival]["reversals"]
    ]
