"""How the offers for a group of brothers and sisters stand in one frozen market: a matcher's request for each set of
children that is offered for.

The matcher takes one age and one sex. So a set is asked about with its first child, and an offer whose service is
closed to another child of the set is put to a request of its own that asks with that child: the matcher refuses it on
that child's facts, and it counts for nobody's price. A request for one child has one matcher's request, under its own
id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.offers.children import ChildFacts, list_words, positions_of
from matching.rank import Gate, Policy, Refusal, Request, Service, Sex, refusals
from matching.rank.wording import refusal_sentence

CHILDREN = "x_children"
"""The key of a frozen request's note of the ages and sexes of its set; the matcher passes it over."""

PERSONAL = frozenset({Gate.UNLAWFUL_FOR_AGE, Gate.AGE, Gate.SEX})
"""The gates that ask about one child: the others ask about the whole set."""


def set_id(request_id: str, key: str, places: int, asked_with: int | None = None) -> str:
    """The matcher's id of a set of children, and of the child it is asked with where that is not the first one."""
    if places == 1:
        return request_id
    return f"{request_id}:{key}" if asked_with is None else f"{request_id}:{key}/{asked_with}"


def key_in(matcher_id: str) -> str | None:
    """The children that a matcher's request is about, or None where it is about all of its request."""
    _, found, rest = matcher_id.partition(":")
    return rest.partition("/")[0] if found else None


def service_id_in(matcher_id: str) -> str:
    """The service behind a matcher's one. For a group each offer has its own, since each may name another home."""
    return matcher_id.partition(":")[0]


def asked_with(policy: Policy, request: Request, service: Service, children: Sequence[ChildFacts]) -> int | None:
    """The first child to whom a service is closed by age, by law or by sex, where that is not the set's first child;
    None where the set is asked about with that one.
    """
    for child in children:
        if any(refusal.gate in PERSONAL for refusal in refusals(policy, as_child(request, child), service)):
            return None if child is children[0] else child.position
    return None


def refused(
    policy: Policy, request: Request, service: Service, children: Sequence[ChildFacts]
) -> Iterator[tuple[ChildFacts, Refusal]]:
    """Every gate that a service fails for a set of children, asked about with each: it takes the set where it fails
    none for any of them.
    """
    for child in children:
        for refusal in refusals(policy, as_child(request, child), service):
            yield child, refusal


def as_child(request: Request, child: ChildFacts) -> Request:
    """A matcher's request that asks with another child of its set."""
    return replace(request, age_weeks=child.age_weeks, sex=Sex(child.sex))


def note_children(record: dict[str, Any], children: Sequence[ChildFacts]) -> None:
    """Write beside each set of a record of a group how old its children are and of what sex. The record recomputes with
    that and without.
    """
    by_position = {child.position: child for child in children}
    for request in record["market"]["requests"]:
        key = key_in(request["id"])
        if key is not None:
            request[CHILDREN] = [
                {"position": child.position, "age_weeks": child.age_weeks, "sex": child.sex}
                for child in (by_position[position] for position in positions_of(key))
            ]


def noted_children(record: Mapping[str, Any]) -> dict[str, tuple[ChildFacts, ...]]:
    """What `note_children` wrote, by the matcher's request. Needs are not in it."""
    return {
        request["id"]: tuple(ChildFacts(**child, needs=()) for child in request.get(CHILDREN, ()))
        for request in record["market"]["requests"]
    }


def reasons(policy: Policy, request: Request, service: Service, children: Sequence[ChildFacts]) -> tuple[str, ...]:
    """Every gate that a service fails for a set, in words. Where only some children are meant it says which."""
    if not children:
        return tuple(refusal_sentence(one) for one in refusals(policy, request, service))
    about: dict[str, list[int]] = {}
    for child, refusal in refused(policy, request, service, children):
        about.setdefault(refusal_sentence(refusal), []).append(child.position)
    whole = len(children)
    return tuple(
        sentence if len(positions) == whole else f"{list_words(positions)}: {sentence[:1].lower()}{sentence[1:]}"
        for sentence, positions in about.items()
    )


def results_in(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each result of a frozen record, one for each set of children that was offered for."""
    yield from record["result"]["requests"]


def candidate_in(record: Mapping[str, Any], offer_id: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """An offer's candidate in a frozen record with the result that it stands in, or None."""
    for result in results_in(record):
        for candidate in result["candidates"]:
            if candidate["offer"] == offer_id:
                return candidate, result
    return None
