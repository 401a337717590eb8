"""Fitting a tariff in a process of its own: what the fitting needs in memory never enters the process that serves pages
or delivers e-mail, and is given back when it is done.

`fit_apart` is the one way in; `python -m app.placements.fitter` is the other side of it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from app.core.apart import NoAnswer, ask_apart
from app.core.errors import HomewardError
from app.placements.comparables import History
from app.placements.figures import figures_of
from app.requests.prices.rules import PriceRules
from matching.fit.price import Comparable, fit

SECONDS = 300.0
"""Many times what ten thousand placements take; a process that is slower than that is stuck."""


class NotFitted(HomewardError):
    """The fitting did not answer, or not with a tariff."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The tariff could not be fitted: {why}.")


def fit_apart(history: History, rules: PriceRules) -> tuple[dict[str, Any], dict[str, Any]]:
    """The TARIFF document of a history and its figures. NotFitted where the process fails or takes too long."""
    asked = {"history": history.text, "least_held_out": rules.least_held_out}
    try:
        answer = ask_apart("app.placements.fitter", asked, seconds=SECONDS)
    except NoAnswer as error:
        raise NotFitted(str(error)) from error
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
