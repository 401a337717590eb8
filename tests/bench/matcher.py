"""The matcher as outsiders have it: a command that reads a market file and writes a result file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT


class MatcherError(RuntimeError):
    """The command did not do what it was asked; the message is what it said."""


def rank_file(market: Path, out: Path, **environment: str) -> None:
    """`homeward matching rank` in a process of its own, standing where only the market is at hand."""
    _run("rank", market, out, environment)


def allocate_file(market: Path, out: Path, **environment: str) -> None:
    """`homeward matching allocate`, as well."""
    _run("allocate", market, out, environment)


def _run(command: str, market: Path, out: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "matching", command, market.name, "--out", str(out)],
        cwd=market.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MatcherError(done.stderr)
