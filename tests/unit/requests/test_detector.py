"""Texts are read by a process of its own: it answers, dies, hangs and is replaced; nothing goes unread in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from app.requests.detector import DetectorUnavailable, Reader, read_texts
from app.requests.redaction import Finding, FindingKind, Known, find_identifying

TEXTS = ["Zeb went to Oakmadeup Primary.", "", "Nothing here."]
KNOWN = Known(names=("Zebedee Testerton",))
SAYS_READY = "import sys, time; print('{}', flush=True); "


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.stop()


def fake(code: str, seconds: float = 0.3) -> Reader:
    return Reader([sys.executable, "-S", "-c", code], read_seconds=seconds)


def test_the_process_finds_what_the_core_finds(reader: Reader) -> None:
    assert read_texts(TEXTS, KNOWN, reader=reader) == [find_identifying(text, KNOWN) for text in TEXTS]
    assert read_texts(["Kwame left"], KNOWN, reader=reader) == [[Finding(0, 5, FindingKind.NAME)]]


def test_a_process_that_was_killed_is_replaced_and_the_text_is_read(reader: Reader) -> None:
    read_texts(["Kwame left"], KNOWN, reader=reader)
    killed = reader.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert read_texts(["Kwame left"], KNOWN, reader=reader) == [[Finding(0, 5, FindingKind.NAME)]]
    assert reader.pid != killed


def test_a_long_text_goes_through_the_pipes_whole(reader: Reader) -> None:
    long = "and so on. " * 7_000 + "Kwame"
    assert read_texts([long], KNOWN, reader=reader) == [[Finding(len(long) - 5, len(long), FindingKind.NAME)]]


@pytest.mark.parametrize(
    "code",
    [
        SAYS_READY + "time.sleep(30)",
        SAYS_READY + "sys.stdin.readline(); sys.exit(1)",
        SAYS_READY + "sys.stdin.readline(); print('not JSON', flush=True); time.sleep(30)",
        SAYS_READY + 'sys.stdin.readline(); print(\'{"error": "KeyError"}\', flush=True); time.sleep(30)',
        SAYS_READY + "sys.stdin.readline(); print('{\"found\": []}', flush=True); time.sleep(30)",
        "import sys; sys.exit(1)",
    ],
    ids=["hangs", "dies each time", "talks nonsense", "fails on the text", "skips a text", "does not start"],
)
def test_a_text_that_was_not_read_is_never_taken_for_one_that_points_at_nobody(code: str) -> None:
    one = fake(code)
    began = time.monotonic()
    try:
        with pytest.raises(DetectorUnavailable, match="did not answer"):
            read_texts(["Kwame left"], KNOWN, reader=one)
    finally:
        one.stop()
    assert time.monotonic() - began < 5


def test_a_stuck_process_is_ended() -> None:
    one = fake(SAYS_READY + "time.sleep(30)")
    with pytest.raises(DetectorUnavailable):
        read_texts(["Kwame left"], KNOWN, reader=one)
    assert one.pid is None


def test_texts_without_words_start_no_process() -> None:
    one = fake("raise SystemExit(1)")
    assert read_texts(["", "  \n"], KNOWN, reader=one) == [[], []]
    assert one.pid is None


def test_the_web_process_loads_none_of_the_lists() -> None:
    code = (
        "import sys, app.requests.detector, app.requests.redaction; "
        "lists = ('faker', 'spellchecker', 'nicknames', 'app.requests.redaction.lexicon'); "
        "print([name for name in lists if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert said.stdout.strip() == "[]"
