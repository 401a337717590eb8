"""Where ids and references are drawn from: the system's own randomness, except while a demonstration or a test asks
to draw again what it
drew before.

Nothing that stands for a person (tokens, keys, nonces) is ever drawn here.
"""

from __future__ import annotations

import base64
import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_seeded: ContextVar[random.Random | None] = ContextVar("homeward_draws", default=None)


@contextmanager
def seeded(number: int) -> Iterator[random.Random]:
    """Inside, ids and references follow from a number. Yields the source, for whatever else is drawn."""
    source = random.Random(number)  # noqa: S311 - repeatable on purpose
    mark = _seeded.set(source)
    try:
        yield source
    finally:
        _seeded.reset(mark)


def draw_id() -> str:
    """128 random bits as 22 characters that are safe in a URL."""
    source = _seeded.get()
    if source is None:
        return secrets.token_urlsafe(16)
    return base64.urlsafe_b64encode(source.randbytes(16)).rstrip(b"=").decode("ascii")


def draw_one(choices: Sequence[str]) -> str:
    """One of some characters."""
    source = _seeded.get()
    return secrets.choice(choices) if source is None else source.choice(choices)
