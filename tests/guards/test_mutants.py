"""Broken rules are noticed: a slice of `make proof`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from matching.rank import gates, read_market
from tests.proof.breaking import mutants_of
from tests.unit.matching.markets import example

ROOT = Path(__file__).parents[2]


def test_the_tests_notice_some_broken_rules_of_the_matcher() -> None:
    # A process of its own: it forks, and each fork imports the matcher anew with one rule broken.
    command = [sys.executable, "-m", "tests.proof.mutants", "--sample", "25"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("25 mutants, ")


def test_a_rule_is_broken_in_the_ways_that_people_break_it() -> None:
    broken = {mutant.change.partition(" in ")[0] for mutant in mutants_of("matching/rank/gates.py")}
    for change in (
        "service.places >= request.places -> service.places > request.places",
        "16 -> 17",
        "request.solo and (not service.solo) -> request.solo or not service.solo",
        "request.solo and (not service.solo) -> request.solo",
        "if lawful -> if True",
        "limit * limit -> limit + limit",
        "set(request.adaptations) - set(service.adaptations) -> set(request.adaptations) + set(service.adaptations)",
        "service.status is Standing.ENROLLED -> service.status is not Standing.ENROLLED",
    ):
        assert change in broken
    assert len({mutant.name for mutant in mutants_of("matching/rank/gates.py")}) >= 90


def test_a_mutant_is_the_file_with_one_rule_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = "service.places >= request.places"
    mutant = next(one for one in mutants_of("matching/rank/gates.py") if one.change.startswith(f"{enough} -> "))
    broken = ModuleType("broken_gates")
    monkeypatch.setitem(sys.modules, "broken_gates", broken)
    exec(compile(mutant.code(), mutant.path, "exec"), broken.__dict__)

    made = read_market(example())
    facts = made.policy, made.requests[0], made.services[0]
    assert (gates.no_place(*facts), gates.sex(*facts)) == (None, None)
    assert broken.no_place(*facts) is not None
    assert broken.sex(*facts) is None
