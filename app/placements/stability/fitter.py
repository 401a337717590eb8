"""The process in which a model is fitted: `python -m app.placements.stability.fitter` takes a history and answers with
the model as a document, or with how few placements there are.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from app.core.apart import NoAnswer, ask_apart
from app.core.errors import HomewardError
from app.placements.stability.history import History
from matching.fit.stability import Model, fit

SECONDS = 300.0
"""Many times what ten thousand placements take; a process that is slower than that is stuck."""


class NotFitted(HomewardError):
    """The fitting did not answer, or not with a model."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The model of stability could not be fitted: {why}.")


def fit_apart(history: History) -> dict[str, Any]:
    """The model's document. `NotFitted` where the process fails or takes too long, or there are too few placements."""
    try:
        answer = ask_apart("app.placements.stability.fitter", history.to_dict(), seconds=SECONDS)
    except NoAnswer as error:
        raise NotFitted(str(error)) from error
    document: dict[str, Any] | None = answer["model"]
    if document is None:
        raise NotFitted("not enough placements on record")
    return document


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    history = History.of(asked)
    found = fit(history.rows, history.rules, history.as_of)
    return {"model": found.to_dict() if isinstance(found, Model) else None}


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
