"""Fitting a tariff in a process of its own: what the fitting needs in memory never enters the process that serves pages
or delivers e-mail, and is given back when it is done.

`fit_apart` is the one way in; `python -m app.placements.fitter` is the other side of it.
"""

from __future__ import annotations

import json
import os
import subprocess  # nosec B404: starts this program's own module, no shell
import sys
from typing import Any

from app.core.errors import HomewardError
from app.placements.comparables import History
from app.placements.figures import figures_of
from app.requests.prices.rules import PriceRules
from matching.fit.price import Comparable, fit

SECONDS = 300.0
"""Many times what ten thousand placements take; a process that is slower than that is stuck."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class NotFitted(HomewardError):
    """The fitting did not answer, or not with a tariff."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The tariff could not be fitted: {why}.")


def fit_apart(history: History, rules: PriceRules) -> tuple[dict[str, Any], dict[str, Any]]:
    """The TARIFF document of a history and its figures. NotFitted where the process fails or takes too long."""
    asked = {"history": history.text, "least_held_out": rules.least_held_out}
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= dict.fromkeys(_THREADS, "1")
    environment["PYTHONPATH"] = os.pathsep.join(path for path in (os.getcwd(), *sys.path) if path)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.placements.fitter"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotFitted("it took too long") from error
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()
        raise NotFitted(last[-1] if last else "the process ended without an answer")
    answer = json.loads(done.stdout)
    return answer["tariff"], answer["figures"]


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    history = History.read(asked["history"])
    tariff = fit(
        [
            Comparable(row.placement_type, row.age_years, row.needs, row.started_on, row.weekly_pence)
            for row in history.rows
        ]
    )
    return {
        "tariff": tariff.to_dict(),
        "figures": figures_of(history, tariff, least_held_out=asked["least_held_out"]),
    }


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
