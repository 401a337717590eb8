"""The few ways in which a request can be refused. Each carries facts and, where one is to blame, the form field.

The edge maps them once: `NotFound` to 404, `NotAllowed` to 403, `Stale` and `Conflict` to 409, `Invalid` and other
refusals to 400 with the
message at its field.
"""

from __future__ import annotations

from collections.abc import Mapping


class HomewardError(Exception):
    """A refusal that a person can read. `message` is a plain English sentence, `field` the form field to blame."""

    def __init__(self, message: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.facts = facts


class NotFound(HomewardError):
    """There is no such thing within this person's reach. Says nothing about whether it exists elsewhere."""

    def __init__(self, what: str = "page", **facts: object) -> None:
        super().__init__(f"We could not find that {what}.")
        self.facts = facts


class NotAllowed(HomewardError):
    """The person can see the thing but may not do this to it."""


class Invalid(HomewardError):
    """What was sent cannot be accepted. `errors` maps each field to its message; the first one is the message."""

    def __init__(self, errors: Mapping[str, str] | str, *, field: str | None = None, **facts: object) -> None:
        if isinstance(errors, str):
            errors = {field or "": errors}
        self.errors: dict[str, str] = dict(errors)
        first_field, first = next(iter(self.errors.items()))
        super().__init__(first, field=first_field or None)
        self.facts = facts

    def at(self, boxes: Mapping[str, str]) -> Invalid:
        """The same at other fields: `boxes` says which box of a page stands for which field."""
        moved = Invalid({boxes.get(field, field): words for field, words in self.errors.items()})
        moved.facts = self.facts
        return moved


class Conflict(HomewardError):
    """The act no longer fits the state of things: already done, closed, taken by another."""


class Stale(Conflict):
    """Somebody else changed this since the page was shown."""


class WrongMove(Conflict):
    """A status cannot move from where it is to where it was asked to go."""
