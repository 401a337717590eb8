"""The detector on worked examples of the policy, and on two hundred labelled referrals written apart from it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from app.requests.redaction import Known, find_identifying
from tests.bench.redaction import CASES, PRECISION, RECALL, Count, in_process, labelled, score

EXAMPLES = tomllib.loads((CASES / "examples.toml").read_text(encoding="utf-8"))
KNOWN = Known(names=tuple(EXAMPLES["known"]))


def unmarked(marked: str) -> tuple[str, list[tuple[str, str]]]:
    """A line without its marks, and what they mark."""
    found = [(match[1], match[2]) for match in re.finditer(r"\[\[(.*?)\|(\w+)\]\]", marked)]
    return re.sub(r"\[\[(.*?)\|\w+\]\]", r"\1", marked), found


def pointed(text: str) -> Iterator[tuple[str, str]]:
    return ((text[one.start : one.end], one.kind.value) for one in find_identifying(text, KNOWN))


@pytest.mark.parametrize("marked", EXAMPLES["pointed"])
def test_what_identifies_is_pointed_at_and_nothing_beside_it(marked: str) -> None:
    text, wanted = unmarked(marked)
    assert list(pointed(text)) == wanted


@pytest.mark.parametrize("text", EXAMPLES["left_alone"])
@pytest.mark.parametrize("written", [str, str.lower, str.upper], ids=["as it is", "lower case", "capitals"])
def test_what_identifies_nobody_is_left_alone_however_it_is_written(text: str, written: type[str]) -> None:
    assert list(pointed(written(text))) == []


def test_finds_98_of_100_on_the_labelled_referrals_and_9_of_10_pointings_are_right() -> None:
    result = score(labelled(CASES / "referrals.jsonl"), in_process)
    figures = result.all.figures()
    assert figures["labelled"] > 1500
    assert figures["recall"] >= RECALL, result.missed
    assert figures["precision"] >= PRECISION, result.wrong


def test_the_count_holds_a_miss_a_half_and_a_wrong_pointing_against_the_detector() -> None:
    case = {
        "id": "x",
        "known": {"names": [], "schools": [], "places": []},
        "text": "Anna Madeup lives in Testerton by the sea.",
        "spans": [[0, 11, "name"]],
        "either": [[21, 30]],
    }

    def counted(*spans: tuple[int, int, str]) -> Count:
        return score([case], lambda _text, _known: spans).all

    assert counted().found == 0
    assert counted((0, 4, "name")).found == 0
    assert counted((5, 11, "name")).found == 1
    assert counted((5, 11, "school")).found == 0
    whole = counted((0, 12, "school"), (21, 30, "name"), (38, 41, "name"))
    assert (whole.found, whole.strict, whole.ours, whole.right) == (1, 0, 3, 2)
