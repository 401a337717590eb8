"""The set-up is pinned, hashed, and names no registry; the recipes are the ones that the README promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))


def test_every_requirements_file_has_its_lock() -> None:
    assert [file.with_suffix(".in").name for file in LOCKS] == sorted(
        file.name for file in ROOT.glob("requirements*.in")
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda file: file.name)
def test_every_locked_package_has_a_version_and_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8").strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9.\[\],-]+==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("name", [file.name for file in LOCKS] + ["package-lock.json", "package.json"])
def test_no_lock_names_an_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "resolved" not in text


def test_what_it_runs_on_is_locked_to_the_same_versions_as_what_is_tested() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9.-]+==[^ ;\\]+", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_the_styles_are_pinned_and_checked() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    pinned = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert all("integrity" in entry for name, entry in locked.items() if name)


def test_help_lists_every_recipe_that_people_call() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    told = re.findall(r"^  make (\S+) +\S", done.stdout, re.MULTILINE)
    assert told == ["help", "run", "setup", "test", "check", "format", "bench", "proof", "lock"]


def test_the_set_up_says_how_it_is_called() -> None:
    done = subprocess.run(
        ["sh", "config/set_up.sh", "everything"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


@pytest.mark.parametrize("name", [".ci/run", "config/set_up.sh"])
def test_a_script_can_be_run_and_reads_as_plain_shell(name: str) -> None:
    script = ROOT / name
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", script], check=True)
