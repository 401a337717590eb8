"""The second matcher's commands; answers on standard output, an error's every path on standard error and exit code 2.

python -m tests.second rank MARKET.json | allocate MARKET.json | verify RECORD.json
python -m tests.second history HISTORY.csv | requests REQUESTS.json
python -m tests.second differential CASES SEED | sweep        both matchers side by side
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.second import allocating, canonical, differential, market, prices, ranking, records
from tests.second.reading import Refused


def rank(written: bytes) -> int:
    print(canonical.write(ranking.rank(market.read(written))))
    return 0


def verify(written: bytes) -> int:
    today, difference = records.verify(written)
    print(today if difference is None else difference)
    return 0 if difference is None else 1


def allocate(written: bytes) -> int:
    print(*allocating.best(market.read(written)))
    return 0


def history(written: bytes) -> int:
    for name, count in sorted(prices.history(written).items()):
        print(count, name)
    return 0


def requests(written: bytes) -> int:
    print(len(prices.requests(written)))
    return 0


COMMANDS: dict[str, Callable[[bytes], int]] = {
    "rank": rank,
    "verify": verify,
    "allocate": allocate,
    "history": history,
    "requests": requests,
}


def main(words: list[str]) -> int:
    match words:
        case ["differential", cases, seed]:
            found = differential.run(int(cases), int(seed))
            print(*(differential.tell(one) for one in found), f"{len(found)} disagreements in {cases} cases", sep="\n")
            return 1 if found else 0
        case ["sweep"]:
            found = differential.sweep()
            print(*(differential.tell(one) for one in found), f"{len(found)} disagreements", sep="\n")
            return 1 if found else 0
        case [command, file] if command in COMMANDS:
            try:
                return COMMANDS[command](Path(file).read_bytes())
            except Refused as refused:
                for path, reason in refused.problems:
                    print(f"error: {path}: {reason}", file=sys.stderr)
                return 2
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
