"""The checks of `make check` are part of the tests, one by one, so that a broken rule is a failed test."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.servers import ROOT


def checks() -> list[str]:
    """The commands of the `check` rule, so that the Makefile stays the one place that lists them."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    rule = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert rule is not None
    named = dict(re.findall(r"^([A-Z]+) := (.*)$", makefile, re.MULTILINE))
    return [
        re.sub(r"\$\(([A-Z]+)\)", lambda name: named[name[1]], line.strip())
        for line in rule[1].splitlines()
        if line.startswith("\t$(BIN)")
    ]


def test_there_are_checks_of_style_types_rooms_and_dangers() -> None:
    tools = {command.split()[0].rpartition("/")[2] for command in checks()}
    assert tools == {"ruff", "mypy", "lint-imports", "bandit"}


@pytest.mark.parametrize("command", checks())
def test_the_check_passes(command: str) -> None:
    done = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
