"""The process that reads texts for others: one JSON line in, one out, until its input closes or nobody asks for long.

A line in is `{"known": {...}, "texts": [...]}`, a line out `{"found": [[[start, end, kind], ...], ...]}`, or
`{"error": "..."}` with the sort of error and nothing of the text. `{"ready": true}` comes first, when the lists are
loaded. Started by `app.requests.detector`; texts and findings are written nowhere.
"""

from __future__ import annotations

import datetime as dt
import json
import select
import sys
from typing import Any

from app.requests.redaction.kinds import Known

IDLE_SECONDS = 900.0
"""A process that nobody has asked for so long gives its memory back; the next text starts another."""


def known_from(data: dict[str, Any]) -> Known:
    """What the form knows, from plain data."""
    return Known(
        names=tuple(data.get("names", ())),
        schools=tuple(data.get("schools", ())),
        places=tuple(data.get("places", ())),
        dates_of_birth=tuple(dt.date.fromisoformat(day) for day in data.get("dates_of_birth", ())),
    )


def known_to(known: Known) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "names": list(known.names),
        "schools": list(known.schools),
        "places": list(known.places),
        "dates_of_birth": [born.isoformat() for born in known.births],
    }


def answer(line: str) -> dict[str, Any]:
    """One request answered."""
    from app.requests.redaction.finding import find

    try:
        asked = json.loads(line)
        known = known_from(asked["known"])
        return {
            "found": [[[one.start, one.end, one.kind.value] for one in find(text, known)] for text in asked["texts"]]
        }
    except Exception as error:  # whatever it is, the asker is told that nothing was read
        return {"error": type(error).__name__}


def main() -> None:
    """Serve standard input until it closes."""
    from app.requests.redaction.lexicon import lexicon

    lexicon()
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
