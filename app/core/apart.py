"""Work in a process of its own: what it needs in memory never enters the process that serves pages or delivers e-mail,
and is given back when it is done. It is told its question and nothing of the settings.
"""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404: starts this program's own modules, no shell
import sys
from collections.abc import Mapping
from typing import Any

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class NoAnswer(Exception):
    """The process failed or took too long; why, in words for an operator."""


def ask_apart(module: str, asked: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
    """The JSON answer of `python -m module` to a JSON question. `NoAnswer` where it fails or takes longer."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= dict.fromkeys(_THREADS, "1")
    environment["PYTHONPATH"] = os.pathsep.join(path for path in (os.getcwd(), *sys.path) if path)
    try:
        done = subprocess.run(  # noqa: S603 - a module of this program, named in its code
            [sys.executable, "-m", module],
            input=json.dumps(asked).encode(),
            capture_output=True,
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoAnswer("it took too long") from error
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise NoAnswer(last[-1] if last else "the process ended without an answer")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
