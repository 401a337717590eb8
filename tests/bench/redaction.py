"""How well the detector finds what identifies, on labelled referrals written apart from it, and its cost.

Three ways to count, told apart in each line:
- `found`: a labelled span counts as found where spans of ours cover its characters save punctuation at its edges, or
  those of ours that are of the same group of kinds (people, places, numbers, dates, rare) cover half of them. The
  recall and precision that the product promises are of this count.
- `strict`: one span of ours of exactly its kind covers it.
- `characters`: the share of labelled characters that we cover, and of ours that are labelled or either.
A span of ours is wrong where it touches neither a labelled span nor a stretch where either way is fine.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.requests.detector import Reader, read_texts
from app.requests.redaction import Known

CASES = Path(__file__).parents[1] / "cases" / "redaction"
RECALL, PRECISION = 0.98, 0.90
FORM_CHARACTERS = 10_000
FORM_LIMIT_MS = 100.0
GROUPS = {
    "name": "people",
    "school": "places",
    "address": "places",
    "postcode": "places",
    "phone": "numbers",
    "email": "numbers",
    "identifier": "numbers",
    "date_of_birth": "dates",
    "age_exact": "dates",
    "rare_trait": "rare",
}
Span = tuple[int, int, str]
_EDGES = " \t\n.,;:!?'\"’‘“”()[]-–—/&"


@dataclass
class Count:
    """What was counted of one kind, or of all."""

    labelled: int = 0
    found: int = 0
    strict: int = 0
    ours: int = 0
    right: int = 0
    characters: int = 0
    characters_found: int = 0
    ours_characters: int = 0
    ours_characters_right: int = 0

    def figures(self) -> dict[str, Any]:
        """Shares, to three places; None where there was nothing to count."""
        share = lambda part, whole: round(part / whole, 4) if whole else None  # noqa: E731
        return {
            "labelled": self.labelled,
            "recall": share(self.found, self.labelled),
            "strict_recall": share(self.strict, self.labelled),
            "pointed": self.ours,
            "precision": share(self.right, self.ours),
            "characters_recall": share(self.characters_found, self.characters),
            "characters_precision": share(self.ours_characters_right, self.ours_characters),
        }


@dataclass
class Score:
    """The counts of a set, and every miss and wrong pointing with the words about it."""

    all: Count = field(default_factory=Count)
    kinds: dict[str, Count] = field(default_factory=dict)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def counts(self, kind: str) -> tuple[Count, Count]:
        return self.all, self.kinds.setdefault(kind, Count())


def labelled(path: Path) -> list[dict[str, Any]]:
    """The texts of a labelled set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def known_of(case: dict[str, Any]) -> Known:
    said = case["known"]
    return Known(names=tuple(said["names"]), schools=tuple(said["schools"]), places=tuple(said["places"]))


def score(cases: Sequence[dict[str, Any]], read: Callable[[str, Known], Iterable[Span]]) -> Score:
    """Compare what `read` points at with what is labelled."""
    result = Score()
    for case in cases:
        text = case["text"]
        ours = [tuple(span) for span in read(text, known_of(case))]
        _count(result, case, text, ours)
    return result


def _count(result: Score, case: dict[str, Any], text: str, ours: list[Span]) -> None:
    wanted: list[Span] = [tuple(span) for span in case["spans"]]
    fine = [(start, end) for start, end, *_ in (*wanted, *case["either"])]
    covered = {at for start, end, _ in ours for at in range(start, end)}
    allowed = {at for start, end in fine for at in range(start, end)}
    for start, end, kind in wanted:
        left, right = _trimmed(text, start, end)
        needed = set(range(left, right))
        alike = {at for first, last, other in ours if GROUPS[other] == GROUPS[kind] for at in range(first, last)}
        found = needed <= covered or 2 * len(needed & alike) >= len(needed)
        strict = any(other == kind and first <= left and last >= right for first, last, other in ours)
        for count in result.counts(kind):
            count.labelled += 1
            count.found += found
            count.strict += strict
            count.characters += len(needed)
            count.characters_found += len(needed & covered)
        if not found:
            result.missed.append((case["id"], kind, _about(text, start, end)))
    for start, end, kind in ours:
        right_place = any(start < last and first < end for first, last in fine)
        for count in result.counts(kind):
            count.ours += 1
            count.right += right_place
            count.ours_characters += end - start
            count.ours_characters_right += len(set(range(start, end)) & allowed)
        if not right_place:
            result.wrong.append((case["id"], kind, _about(text, start, end)))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip(_EDGES)), end - len(said) + len(said.rstrip(_EDGES))


def _about(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 40) : start]}[{text[start:end]}]{text[end : end + 30]}".replace("\n", " ")


def in_process(text: str, known: Known) -> list[Span]:
    """What the detector points at, read in this process."""
    from app.requests.redaction import find_identifying

    return [(one.start, one.end, one.kind.value) for one in find_identifying(text, known)]


def figures() -> Iterator[dict[str, Any]]:
    """Recall and precision of each set, over all and by kind; then the speed and memory of the process that reads."""
    for name in ("referrals", "held_out"):
        path = CASES / f"{name}.jsonl"
        if not path.exists():
            continue
        result = score(labelled(path), in_process)
        whole = result.all.figures()
        yield {
            "bench": "redaction",
            "set": name,
            **whole,
            "ok": (whole["recall"] or 0) >= RECALL and (whole["precision"] or 0) >= PRECISION,
        }
        for kind in GROUPS:
            if kind in result.kinds:
                yield {"bench": "redaction", "set": name, "kind": kind, **result.kinds[kind].figures()}
    yield _cost()


def _cost() -> dict[str, Any]:
    texts = [case["text"] for case in labelled(CASES / "referrals.jsonl")]
    long = "\n".join(texts)[:FORM_CHARACTERS]
    reader = Reader()
    try:
        began = time.perf_counter()
        read_texts(["Warm up."], Known(), reader=reader)
        start_ms = 1000 * (time.perf_counter() - began)
        times = []
        for run in range(9):
            began = time.perf_counter()
            read_texts([f"{long} {run}"], Known(names=("Zebedee Testerton",)), reader=reader)
            times.append(1000 * (time.perf_counter() - began))
        status = Path(f"/proc/{reader.pid}/status")
        memory = _kilobytes(status.read_text()) if status.exists() else None
    finally:
        reader.stop()
    form_ms = statistics.median(times[1:])
    return {
        "bench": "redaction",
        "start_ms": round(start_ms),
        "form_characters": len(long),
        "form_ms": round(form_ms, 1),
        "process_mb": round(memory / 1024, 1) if memory else None,
        "ok": form_ms < FORM_LIMIT_MS,
    }


def _kilobytes(status: str) -> int:
    counts = Counter(
        {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")}
    )
    return counts["VmHWM"]
