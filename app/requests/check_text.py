"""Reading a file of texts for what identifies, for whoever judges the detector from outside. No database.

A line in is `{"id": ..., "known": {"names": [], "schools": [], "places": []}, "text": "..."}`, a line out
`{"id": ..., "spans": [[start, end, "kind"], ...]}` with offsets in characters, in the same order.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import HomewardError
from app.requests.redaction import Known, find_identifying


class BadLine(HomewardError):
    """A line of the file that cannot be read, with its number."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")


@dataclass(frozen=True)
class Asked:
    """One text, with what its form knows."""

    id: Any
    known: Known
    text: str


def asked_in(path: Path) -> list[Asked]:
    """Every line of the file. `BadLine` for the first that cannot be read; empty lines are passed over."""
    found: list[Asked] = []
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise HomewardError(f"{path}: {error.strerror or 'could not be read'}.") from error
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if line.strip():
            found.append(_asked(number, line))
    return found


def _asked(number: int, line: bytes) -> Asked:
    try:
        data = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise BadLine(number, "is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(number, "is not JSON.") from error
    if not isinstance(data, dict):
        raise BadLine(number, "must be a JSON object with id, known and text.")
    for field in ("id", "text"):
        if field not in data:
            raise BadLine(number, f"has no {field}.")
    if not isinstance(data["id"], str | int) or isinstance(data["id"], bool):
        raise BadLine(number, "id must be a word or a number.")
    if not isinstance(data["text"], str):
        raise BadLine(number, "text must be a string.")
    if any("\ud800" <= letter <= "\udfff" for letter in data["text"]):
        raise BadLine(number, "text has half a character (a lone surrogate).")
    known = data.get("known", {})
    if not isinstance(known, dict):
        raise BadLine(number, "known must be an object with names, schools and places.")
    lists: dict[str, tuple[str, ...]] = {}
    for field in ("names", "schools", "places"):
        said = known.get(field, [])
        if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
            raise BadLine(number, f"known.{field} must be a list of strings.")
        lists[field] = tuple(said)
    return Asked(
        data["id"], Known(names=lists["names"], schools=lists["schools"], places=lists["places"]), data["text"]
    )


def check_text(source: Path, out: Path) -> int:
    """Read every text and write what identifies. The output appears whole or not at all. Gives how many lines."""
    asked = asked_in(source)
    lines = [
        json.dumps(
            {
                "id": one.id,
                "spans": [[at.start, at.end, at.kind.value] for at in find_identifying(one.text, one.known)],
            },
            ensure_ascii=False,
        )
        for one in asked
    ]
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{line}\n" for line in lines)
            Path(name).chmod(0o644)
            Path(name).replace(out)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HomewardError(f"{out}: {error.strerror or 'could not be written'}.") from error
    return len(lines)
