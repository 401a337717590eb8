"""`homeward requests check-text`: a file of texts in, what identifies out; a bad line writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main

GOOD = [
    {"id": "b", "known": {"names": ["Zebedee Testerton"], "schools": [], "places": []}, "text": "é Zeb rang"},
    {"id": "a", "known": {"names": [], "schools": [], "places": []}, "text": ""},
]


def check(folder: Path, *lines: str | bytes) -> Result:
    source = folder / "in.jsonl"
    source.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return CliRunner().invoke(main, ["requests", "check-text", str(source), "--out", str(folder / "out.jsonl")])


def test_lines_come_out_in_order_with_offsets_in_characters(tmp_path: Path) -> None:
    said = check(tmp_path, *(json.dumps(one, ensure_ascii=False) for one in GOOD), "")
    assert (said.exit_code, said.stderr) == (0, "")
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert out == [{"id": "b", "spans": [[2, 5, "name"]]}, {"id": "a", "spans": []}]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "is not JSON"),
        (b'{"id": "\xff"}', "is not UTF-8"),
        ("[1]", "must be a JSON object"),
        ('{"id": "x"}', "has no text"),
        ('{"text": "x"}', "has no id"),
        ('{"id": "x", "text": 5}', "text must be a string"),
        ('{"id": [], "text": "x"}', "id must be"),
        ('{"id": "x", "text": "x", "known": []}', "known must be an object"),
        ('{"id": "x", "text": "x", "known": {"names": [1]}}', "known.names must be a list of strings"),
        ('{"id": "x", "text": "\\ud800"}', "half a character"),
    ],
)
def test_a_bad_line_is_named_and_the_output_that_was_there_stays(tmp_path: Path, line: str | bytes, words: str) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("what was there\n")
    said = check(tmp_path, json.dumps(GOOD[0]), "", line, json.dumps(GOOD[1]))
    assert said.exit_code == 2
    assert said.stderr.startswith("error: line 3: ")
    assert words in said.stderr
    assert out.read_text() == "what was there\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["requests", "check-text", str(tmp_path / "no"), "--out", str(tmp_path / "out")])
    assert said.exit_code == 2
    assert said.stderr.startswith("error: ")
