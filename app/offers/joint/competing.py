"""Which requests compete, and for what: every published request that nobody has decided yet, with the services that it
could go to now.

Opened offers count as they were frozen. Of a request whose offers are not opened nothing is known but whom it asks: the
services that pass every gate, at their list prices. Its offers are not read, and not counted either, so nothing that a
proposal shows can tell before the deadline whether there are any.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.crypto import Vault
from app.offers.children import WHOLE, ChildFacts, facts_of, key_of, positions_of
from app.offers.joint.at_list_prices import ListMarket
from app.offers.joint.models import unit_of
from app.offers.joint.rules import JointRules
from app.offers.joint.waiting import Undecided, free_places, undecided
from app.offers.models import Evaluation, Invitation, Offer
from app.offers.sets import candidate_in
from app.offers.standing import may_take_part
from app.offers.status import OfferStatus
from app.requests.models import RequestWave
from app.requests.status import Urgency
from providers.passport.exclusions import standing_of


@dataclass(frozen=True, slots=True)
class Option:
    """A service that could take somebody: at which total, and by which opened offer."""

    service_id: str
    total: int
    offer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Competitor:
    """A request, or those of its children, who go to one service together."""

    request_id: str
    organisation_id: str
    children_key: str
    urgent: bool
    solo: bool
    opened: bool
    options: tuple[Option, ...]

    @property
    def unit(self) -> str:
        return unit_of(self.request_id, self.children_key)

    @property
    def places(self) -> int:
        """How many places it needs in one service."""
        return len(positions_of(self.children_key))


@dataclass(frozen=True)
class Competition:
    """Everybody who competes, in order of `unit`, and the places free in every service that somebody could go to, less
    those held. `apart` counts requests that are left out.
    """

    competitors: tuple[Competitor, ...]
    places: Mapping[str, int]
    apart: int

    def digest(self, policy_version_id: str, algorithm: int) -> str:
        """A hash over all of it, under which policy and by which algorithm: equal facts, equal hash."""
        document: dict[str, Any] = {
            "algorithm": algorithm,
            "policy": policy_version_id,
            "places": dict(self.places),
            "apart": self.apart,
            "competitors": [
                [
                    one.unit,
                    one.organisation_id,
                    one.urgent,
                    one.solo,
                    one.opened,
                    sorted([option.service_id, option.total, option.offer_id or ""] for option in one.options),
                ]
                for one in self.competitors
            ],
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def gather(session: Session, *, vault: Vault, rules: JointRules, now: dt.datetime) -> Competition:
    """Who competes now, and for what."""
    waiting = undecided(session, rules)
    opened = _opened_options(session, [one for one in waiting if one.evaluation_id], now)
    sealed = _sealed_options(session, [one for one in waiting if not one.evaluation_id], vault, now)
    competitors = [
        competitor
        for one in waiting
        if not one.apart
        for competitor in _competitors(one, opened if one.evaluation_id else sealed)
    ]
    competitors.sort(key=lambda one: one.unit)
    services = {option.service_id for one in competitors for option in one.options}
    return Competition(tuple(competitors), free_places(session, services, now), sum(one.apart for one in waiting))


class Options:
    """What each set of children of each request could have."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Option]] = {}

    def add(self, request_id: str, children_key: str, option: Option) -> None:
        self._found.setdefault((request_id, children_key), []).append(option)

    def of(self, request_id: str, children_key: str) -> tuple[Option, ...]:
        found = self._found.get((request_id, children_key), [])
        return tuple(sorted(found, key=lambda one: one.service_id))


def _competitors(one: Undecided, options: Options) -> list[Competitor]:
    """All the children together where they must be or where some service could take all of them: the law prefers
    brothers and sisters together (section 22C(8)(c) of the Children Act 1989). Otherwise each for itself.
    """
    request, whole = one.request, key_of(one.left)
    together = request.siblings in WHOLE or len(one.left) == 1 or bool(options.of(request.id, whole))
    keys = [whole] if together else [key_of([position]) for position in one.left]
    return [
        Competitor(
            request_id=request.id,
            organisation_id=request.organisation_id,
            children_key=key,
            urgent=request.urgency in (Urgency.URGENT, Urgency.SAME_DAY),
            solo=request.solo,
            opened=one.evaluation_id is not None,
            options=options.of(request.id, key),
        )
        for key in keys
    ]


def _opened_options(session: Session, waiting: Sequence[Undecided], now: dt.datetime) -> Options:
    """The offers that passed every gate when the shortlist was frozen and can still be chosen, with the totals that
    were frozen.
    """
    found, today = Options(), local_date(now)
    ids = [one.request.id for one in waiting]
    records: dict[str, dict[str, Any]] = dict(
        session.execute(select(Evaluation.request_id, Evaluation.record).where(Evaluation.request_id.in_(ids))).all()
    )
    requests = {one.request.id: one.request for one in waiting}
    barred: dict[str, bool] = {}
    for offer_id, request_id, service_id, company, key in session.execute(
        select(Offer.id, Offer.request_id, Offer.service_id, Offer.organisation_id, Offer.children_key)
        .where(Offer.request_id.in_(ids), Offer.status == OfferStatus.SUBMITTED)
        .order_by(Offer.id)
    ):
        candidate = candidate_in(records[request_id], offer_id)
        if candidate is None or candidate[0]["rank"] is None:
            continue
        if not may_take_part(session, request=requests[request_id], service_id=service_id):
            continue
        if company not in barred:
            standing = standing_of(session, company, today)
            barred[company] = standing.bars is not None or standing.undecided is not None
        if not barred[company]:
            found.add(request_id, key, Option(service_id, candidate[0]["total"], offer_id))
    return found


def _sealed_options(session: Session, waiting: Sequence[Undecided], vault: Vault, now: dt.datetime) -> Options:
    """The services that pass every gate at their list prices and that the borough can ask: told and not declined, or
    still to be told in a later wave.
    """
    ids = [one.request.id for one in waiting]
    told: dict[str, dict[str, bool]] = {}
    for request_id, service_id, declined_at in session.execute(
        select(Invitation.request_id, Invitation.service_id, Invitation.declined_at).where(
            Invitation.request_id.in_(ids)
        )
    ):
        told.setdefault(request_id, {})[service_id] = declined_at is not None
    more = set(
        session.scalars(
            select(RequestWave.request_id).where(RequestWave.request_id.in_(ids), RequestWave.opened_at.is_(None))
        )
    )
    market, found = ListMarket(session, vault, now), Options()
    for one in waiting:
        declined = told.get(one.request.id, {})
        for key, children in _sets(one):
            for service_id, total in market.totals(one.request, children):
                asked = not declined[service_id] if service_id in declined else one.request.id in more
                if asked:
                    found.add(one.request.id, key, Option(service_id, total))
    return found


def _sets(one: Undecided) -> list[tuple[str, tuple[ChildFacts, ...]]]:
    """The sets of children that are asked about: all of them and, where that is allowed, each alone."""
    if one.apart:
        return []
    keys = [key_of(one.left)]
    if one.request.siblings not in WHOLE and len(one.left) > 1:
        keys += [key_of([position]) for position in one.left]
    return [(key, facts_of(one.request, key)) for key in keys]
