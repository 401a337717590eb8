"""The command line as an operator and a script meet it: a real process, its exit code, its two outputs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from app.core import migrate

ROOT = Path(__file__).resolve().parents[2]
Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

REGISTER = """Made-up register,,,,,,
Web link,URN,Provision type,Registration date,Registration status,Name,Local authority,Latest Full inspection date,\
Overall experiences and progress of children and young people
page,9900001,Children's home,01/02/2020,Active,REDACTED,Croydon,05/06/2025,Good
page,{urn},Children's home,01/02/2021,Active,REDACTED,Sutton,,
"""


@pytest.fixture
def homeward(tmp_path: Path) -> Run:
    """Run `homeward` with an empty data folder and nothing else in the environment."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "app.cli", *arguments],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(tmp_path / "var"), **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_help_names_every_command(homeward: Run) -> None:
    said = homeward("--help")
    assert said.returncode == 0
    for command in (
        "serve",
        "worker",
        "consortium",
        "user",
        "policies",
        "demo",
        "ofsted",
        "outbox",
        "audit",
        "db",
        "prices",
    ):
        assert f"\n  {command} " in said.stdout


def test_production_refuses_to_start_and_names_all_that_is_unsafe_at_once(homeward: Run) -> None:
    said = homeward("db", "upgrade", HOMEWARD_ENV="production")
    assert said.returncode == 2
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BASE_URL"):
        assert name in said.stderr


def test_an_unknown_command_is_a_usage_error(homeward: Run) -> None:
    assert homeward("fly").returncode == 2


def test_a_consortium_is_founded_from_nothing_and_its_first_administrator_invited(
    homeward: Run, tmp_path: Path
) -> None:
    upgraded = homeward("db", "upgrade", "--json")
    assert json.loads(upgraded.stdout)["before"] is None
    again = json.loads(homeward("db", "upgrade", "--json").stdout)
    assert again["before"] == again["after"] == migrate.head()

    founded = homeward("consortium", "init", "--name", "Made-up Hub", "--email", "first@hub.example", "--json")
    assert founded.returncode == 0, founded.stderr
    assert len(json.loads(founded.stdout)["policies"]) >= 7
    fitted = homeward("prices", "fit", "--json")
    why = "Insufficient comparable placements: no kind of placement has 30 on record."
    assert (fitted.returncode, json.loads(fitted.stdout)) == (0, {"fitted": None, "why": why})
    second = homeward("consortium", "init", "--name", "Second Hub", "--email", "second@hub.example")
    assert second.returncode == 1
    assert second.stdout == ""
    assert "already" in second.stderr

    assert json.loads(homeward("policies", "load", "--json").stdout) == {"added": []}
    invited = homeward("user", "invite", "--email", "other@hub.example", "--organisation", "Made-up Hub")
    assert invited.returncode == 0, invited.stderr
    nowhere = homeward("user", "invite", "--email", "other@hub.example", "--organisation", "Nowhere")
    assert nowhere.returncode == 1

    drained = homeward("outbox", "drain", "--json")
    assert json.loads(drained.stdout) == {"sent": 2, "failed": 0, "retried": 0}

    assert homeward("audit", "verify").returncode == 0
    with sqlite3.connect(tmp_path / "var" / "homeward.db") as database:
        database.execute("DROP TRIGGER audit_entry_append_only")
        database.execute("UPDATE audit_entry SET act = 'identity.nothing.happened' WHERE id = 1")
    broken = homeward("audit", "verify", "--json")
    assert broken.returncode == 1
    assert "Entry 1" in json.loads(broken.stdout)["faults"][0]


def test_an_import_with_a_bad_row_changes_nothing_and_says_where(homeward: Run, tmp_path: Path) -> None:
    homeward("db", "upgrade")
    file = tmp_path / "register.csv"
    file.write_text(REGISTER.format(urn="99-bad"), encoding="utf-8")
    refused = homeward("ofsted", "import", str(file), "--as-of", "2025-09-30")
    assert refused.returncode == 1
    assert "line 4" in (refused.stdout + refused.stderr).lower()
    with sqlite3.connect(tmp_path / "var" / "homeward.db") as database:
        assert database.execute("SELECT count(*) FROM registration").fetchone() == (0,)

    skipped = homeward("ofsted", "import", str(file), "--as-of", "2025-09-30", "--skip-bad-rows", "--json")
    assert skipped.returncode == 0, skipped.stderr
    report = json.loads(skipped.stdout)
    assert (report["rows_read"], report["new"], report["rejected"]) == (2, 1, 1)


def test_a_dry_run_reports_and_writes_nothing(homeward: Run, tmp_path: Path) -> None:
    homeward("db", "upgrade")
    file = tmp_path / "register.csv"
    file.write_text(REGISTER.format(urn="9900002"), encoding="utf-8")
    report = json.loads(homeward("ofsted", "import", str(file), "--as-of", "2025-09-30", "--dry-run", "--json").stdout)
    assert report["new"] == 2
    with sqlite3.connect(tmp_path / "var" / "homeward.db") as database:
        assert database.execute("SELECT count(*) FROM registration").fetchone() == (0,)


def test_a_worker_without_redis_is_refused_in_words(homeward: Run) -> None:
    said = homeward("worker", "--burst")
    assert said.returncode == 1
    assert "REDIS_URL" in said.stderr
