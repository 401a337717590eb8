"""Decisions on a shortlist as people read them: who chose what, with which reason, and how it stands to the order."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import policies
from app.identity.models import Person
from app.identity.permissions import Actor
from app.offers.children import children_words
from app.offers.models import Choice, Offer
from app.offers.reasons import SITUATION_WORDS, rules_of
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from providers.services.models import Service


@dataclass(frozen=True)
class Decided:
    """One decision. `label` is the reason in the words of the policy that it was chosen from and `order` how it stands
    to the order; both "" for a decision from before the list was kept. `services` are those preferred by it, each with
    its children where the request has several.
    """

    choice: Choice
    by: str
    label: str
    order: str
    services: tuple[str, ...]

    @property
    def words(self) -> str:
        """The person's own words."""
        return self.choice.reason

    @property
    def said(self) -> str:
        """The reason and the words as one text."""
        return f"{self.label}: {self.words}" if self.label else self.words


def decided(session: Session, choice: Choice) -> Decided:
    """A decision that the caller has found within somebody's reach, whole: with the offers preferred together."""
    together = session.execute(
        select(Service.name, Offer.children_key, PlacementRequest.places)
        .select_from(Choice)
        .join(Offer, Offer.id == Choice.offer_id)
        .join(Service, Service.id == Offer.service_id)
        .join(PlacementRequest, PlacementRequest.id == Offer.request_id)
        .where(Choice.request_id == choice.request_id, Choice.chosen_at == choice.chosen_at)
        .order_by(Offer.children_key, Service.name)
    )
    label = ""
    if choice.reason_policy_id is not None:
        label = rules_of(policies.by_id(session, choice.reason_policy_id)).label(choice.reason_code or "")
    return Decided(
        choice=choice,
        by=session.get_one(Person, choice.chosen_by).name,
        label=label,
        order=SITUATION_WORDS[choice.situation] if choice.situation is not None else "",
        services=tuple(
            name if places == 1 else f"{name} for {children_words(key, places)}" for name, key, places in together
        ),
    )


def latest_decided(session: Session, *, actor: Actor, request_id: str) -> Decided | None:
    """The last decision on a shortlist of one's own borough, or None."""
    found = decisions_on(session, actor=actor, request_id=request_id)
    return found[0] if found else None


def decisions_on(session: Session, *, actor: Actor, request_id: str) -> list[Decided]:
    """Every decision on a shortlist of one's own borough, the latest first."""
    request_for(session, actor=actor, request_id=request_id)
    rows = session.scalars(
        select(Choice).where(Choice.request_id == request_id).order_by(Choice.chosen_at.desc(), Choice.id)
    ).all()
    once = {row.chosen_at: row for row in reversed(rows)}
    return [decided(session, row) for row in reversed(once.values())]
