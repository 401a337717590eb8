"""An offer, or a plan of several, that the address of a shortlist asks to have chosen beforehand. The decision, its
reason and all its rules stay with whoever makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request

NAME = "offer"
BETWEEN = "+"


def chosen_beforehand(field: str, choices: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """The value of a form's choice: the one that is made of just the offers asked for, in whatever order."""
    asked = set(request.args.get(NAME, "").split(BETWEEN))
    return next(({field: one[0]} for one in choices if set(one[0].split(BETWEEN)) == asked), {})
