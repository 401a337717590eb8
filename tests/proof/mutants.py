"""Breaks the rule files in every small way and asks the tests to notice: a mutant that no test kills is a rule that
nobody checks.

Each mutant is run in a forked process by the quick unit tests of its room: worked cases, no random ones, so that the
same mutants live every time. By their descriptions mutmut leaves decorated functions and a module's constants alone,
cosmic-ray starts all of pytest for every mutant, and neither keeps why a survivor may live; hence our own.

A survivor is answered by a new test, or by an entry in `equivalent.toml` that says why it changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

from tests.proof.breaking import ROOT, Mutant, mutants_of

AT_ONCE = 2
LONGEST = 60
"""Seconds of work after which a mutant that never ends is stopped; others may use the machine meanwhile."""

FRESH = ("app.", "config.", "matching", "notifications", "providers", "tests.")
NEVER_MET = 99


@dataclass(frozen=True)
class Rules:
    """Files of rules, and the tests that must notice when one of them is broken, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


RANKING = "tests/unit/matching"
RULES = (
    Rules(
        files=("matching/rank/gates.py", "matching/rank/parts.py", "matching/rank/ranking.py"),
        tests=(
            f"{RANKING}/test_rank_cases.py",
            f"{RANKING}/test_rank_one_request.py",
            f"{RANKING}/test_rank_explain.py",
        ),
    ),
)


def answered() -> dict[str, str]:
    """Why each mutant that may live changes nothing, by its name."""
    kept = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text(encoding="utf-8"))
    return {f"{one['file']}, {one['place']}: {one['change']}": one["because"] for one in kept["mutant"]}


def prove() -> list[str]:
    """All mutants of all rule files."""
    return judge(
        [(mutant, rules) for rules in RULES for file in rules.files for mutant in mutants_of(file)], whole=True
    )


def sample(size: int) -> list[tuple[Mutant, Rules]]:
    """Some mutants, the same each time, whatever else a file holds."""
    found = [(mutant, rules) for rules in RULES for file in rules.files for mutant in mutants_of(file)]
    return sorted(found, key=lambda one: hashlib.sha256(one[0].name.encode()).digest())[:size]


def judge(wanted: list[tuple[Mutant, Rules]], whole: bool = False) -> list[str]:
    """What is wrong: mutants that live without an answer and, where the list is whole, answers that nobody needs."""
    for rules in {rules for _mutant, rules in wanted}:
        if run(None, rules.tests) != 0:
            return [f"the tests fail without any mutant: {' '.join(rules.tests)}"]
    reasons = answered()
    started = time.monotonic()
    living: list[str] = []
    wrong: list[str] = []
    for mutant, killed in results(wanted):
        if killed:
            continue
        living.append(mutant.name)
        why = reasons.get(mutant.name)
        print(f"lives: {mutant.name}" + (f"\n       {why}" if why else ""), flush=True)
        if not why:
            wrong.append(f"no test notices {mutant.name}")
    if whole:
        wrong += [f"equivalent.toml answers what does not live: {name}" for name in reasons if name not in living]
    print(f"{len(wanted)} mutants, {len(living)} live, {time.monotonic() - started:.0f} s", flush=True)
    return wrong


def results(wanted: Iterable[tuple[Mutant, Rules]]) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant with whether it was killed, a few processes at a time."""
    running: dict[int, Mutant] = {}
    for mutant, rules in wanted:
        if len(running) == AT_ONCE:
            yield _next(running)
        running[start(mutant, rules.tests)] = mutant
    while running:
        yield _next(running)


def _next(running: dict[int, Mutant]) -> tuple[Mutant, bool]:
    process, status = os.wait()
    mutant = running.pop(process)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == NEVER_MET:
        raise RuntimeError(f"the tests never load {mutant.module}")
    return mutant, status != 0


def run(mutant: Mutant | None, tests: tuple[str, ...]) -> int:
    return os.waitpid(start(mutant, tests), 0)[1]


def start(mutant: Mutant | None, tests: tuple[str, ...]) -> int:
    """A process that runs the tests on the mutant and ends with 0 where all of them pass. A mutant that never ends is
    stopped.
    """
    process = os.fork()
    if process:
        return process
    code = 3
    try:
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        code = _tested(mutant, tests)
    finally:
        os._exit(code)


def _tested(mutant: Mutant | None, tests: tuple[str, ...]) -> int:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for name in [one for one in sys.modules if one.startswith(FRESH) and not one.startswith("tests.proof")]:
        del sys.modules[name]  # another piece of the proof may have loaded the rules whole
    broken = None if mutant is None else _Broken(mutant)
    if broken is not None:
        sys.meta_path.insert(0, broken)  # type: ignore[arg-type]
    # No shrinking: that a test fails is enough. No memory of earlier runs: each mutant meets the same cases.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", deadline=None, database=None, derandomize=True, phases=phases)
    hypothesis.settings.load_profile("mutants")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    options = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "-c", "pyproject.toml"]
    code = int(pytest.main([*options, *tests]))
    return NEVER_MET if broken is not None and not broken.met else code


class _Broken:
    """Gives the mutant to whoever imports its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.met = False

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        if name != self.mutant.module:
            return None
        return spec_from_loader(name, self, origin=str(ROOT / self.mutant.path))  # type: ignore[arg-type]

    def create_module(self, _spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        self.met = True
        exec(compile(self.mutant.code(), self.mutant.path, "exec"), module.__dict__)


if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--sample", type=int, default=25)
    faults = judge(sample(reader.parse_args().sample))
    print("\n".join(faults), file=sys.stderr)
    sys.exit(1 if faults else 0)
