"""Opening a request again more widely when nobody could take the child: one act ends the old and publishes the new.

Wider is another lot, a relaxed limit of miles, or the services that were left out for gates on which people may agree.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.events import publish as tell
from app.core.files import Store
from app.identity.permissions import Actor, Permission
from app.offers.candidates import candidates_of
from app.offers.holds import locked_request
from app.offers.models import Evaluation, Offer
from app.offers.status import OfferStatus
from app.requests.changes import keep_change
from app.requests.events import RequestWidened
from app.requests.following import follow_on, must_be_over
from app.requests.models import PlacementRequest, RequestInclusion
from app.requests.moves import for_change, required_reason
from app.requests.publication import publish
from app.requests.route import route_on, words_of_code
from app.requests.status import ChangeKind
from app.requests.unmet import close_unmet
from providers.market.models import Lot
from providers.market.queries import lots_of_borough

NO_OFFER, NO_SUITABLE_OFFER = "no_offer", "no_suitable_offer"


def open_wider(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    store: Store,
    request_id: str,
    lot_id: str,
    max_miles: int | None,
    left_out_too: bool,
    reason: str,
    offers_close_at: dt.datetime,
    version: int,
    now: dt.datetime,
) -> PlacementRequest:
    """End a request that nobody could take and publish its follower, with everything carried over.

    `max_miles` is the new limit, None for none; `left_out_too` includes services that fail only gates on which people
    may agree. Invalid names the field, and `wider` where nothing is wider than before. Conflict before the offers are
    opened, or while one is preferred. The managers are told of another lot or a relaxed limit.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    must_be_over(request, now)
    locked_request(session, request.id)
    offers = _offers_of(session, request)
    said = required_reason(reason, "Say why the search is widened.")
    other_lot, relaxed = lot_id != request.lot_id, max_miles != request.max_miles
    if not (other_lot or relaxed or left_out_too):
        raise Invalid("Choose what is wider: another lot, more miles, or services that were left out.", field="wider")
    follower = follow_on(session, actor=actor, vault=vault, store=store, request=request, max_miles=max_miles, now=now)
    if left_out_too:
        _include_left_out(session, actor, vault, follower, lot_id, said, now)
    publish(
        session,
        actor=actor,
        vault=vault,
        request_id=follower.id,
        lot_id=lot_id,
        offers_close_at=offers_close_at,
        version=follower.version,
        now=now,
    )
    keep_change(session, request, ChangeKind.WIDENED, now=now, actor=actor, words=said, follower=follower.reference)
    code = NO_SUITABLE_OFFER if offers else NO_OFFER
    label = words_of_code(route_on(session, local_date(now)).unmet_codes, code)
    words = f"Opened again more widely as {follower.reference}. {said}"
    close_unmet(session, request, actor=actor, code=code, words=words, label=label, now=now)
    if other_lot or relaxed:
        tell(session, RequestWidened(request.id, follower.id, now))
    return follower


def _offers_of(session: Session, request: PlacementRequest) -> int:
    """How many offers there were. Conflict before they are opened, while one is preferred, or
    once one has won for some of the children.
    """
    if session.scalar(select(Evaluation.id).where(Evaluation.request_id == request.id)) is None:
        raise Conflict("Open the offers first: there may be one that can be taken.")
    made = session.scalars(
        select(Offer.status).where(Offer.request_id == request.id, Offer.status != OfferStatus.WITHDRAWN)
    ).all()
    if OfferStatus.PREFERRED in made:
        raise Conflict("An offer is preferred and holds its place. Let it go first.")
    if OfferStatus.WON in made:
        raise Conflict("Some of the children have a place by this request. Start a new request for the others.")
    return len(made)


def _include_left_out(
    session: Session, actor: Actor, vault: Vault, follower: PlacementRequest, lot_id: str, reason: str, now: dt.datetime
) -> None:
    lot: Lot | None = next(
        (one for one in lots_of_borough(session, follower.organisation_id, local_date(now)) if one.id == lot_id), None
    )
    if lot is None:
        return  # publishing says so, at the field
    for one in candidates_of(session, request=follower, lot=lot, now=now, vault=vault).all:
        if one.can_be_included:
            session.add(
                RequestInclusion(
                    request_id=follower.id,
                    lot_id=lot.id,
                    service_id=one.service.service_id,
                    reason=reason,
                    included_by=actor.person_id,
                    included_at=now,
                )
            )
    session.flush()
