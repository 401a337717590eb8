"""Needs that the market did not meet: closed with a code that adds up, and counted for sufficiency.

A request that was opened again more widely is not counted while its follower stands: the need is counted once, where
the search ended. Placed in house is no unmet need.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.children.ages import years_of
from app.core.clock import local_date, start_of_day
from app.core.errors import Conflict
from app.core.events import publish as tell
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from app.requests.events import RequestUnplaced
from app.requests.models import PlacementRequest, RequestMove
from app.requests.moves import for_change, move, required_reason
from app.requests.publication import is_closed
from app.requests.route import coded, route_on, words_of_code
from app.requests.status import RequestStatus
from app.tasks.tasks import settle_task
from providers.market.models import Lot

AGE_BANDS: tuple[tuple[int, str], ...] = (
    (1, "Under 1"),
    (5, "1 to 4"),
    (10, "5 to 9"),
    (16, "10 to 15"),
    (200, "16 and over"),
)
"""Ages below which a band ends, in the bands of the national statistics (facts, section 4)."""


def escalation_key(request_id: str) -> str:
    """The key of the task that a manager has when nobody offered."""
    return f"route.nobody:{request_id}"


def mark_unplaced(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    code: str,
    words: str,
    version: int,
    now: dt.datetime,
) -> PlacementRequest:
    """Close a published request after its deadline without a placement: an unmet need, with a code of the policy and in
    words. Invalid at `code` or `words`; Conflict while offers can still come in.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    codes = route_on(session, local_date(now)).unmet_codes
    why = coded(codes, code, words, message="Choose why no offer could be taken.")
    if request.status is RequestStatus.PUBLISHED and not is_closed(request, now):
        raise Conflict("Offers can still come in. Wait until the deadline, or withdraw the request.")
    close_unmet(session, request, actor=actor, code=why.code, words=words.strip(), label=why.words, now=now)
    return request


def close_unmet(
    session: Session, request: PlacementRequest, *, actor: Actor, code: str, words: str, label: str, now: dt.datetime
) -> None:
    """Move a request to its end without a placement, and tell the rooms above. The caller has checked the code."""
    request.unmet_code, request.unmet_words = code, words or None
    reason = required_reason(f"{label}. {words}".strip().removesuffix(".") + ".", "Say why.")
    move(session, request, RequestStatus.UNPLACED, now=now, actor=actor, reason=reason)
    settle_task(session, actor=actor, key=escalation_key(request.id), evidence=label, now=now)
    tell(session, RequestUnplaced(request.id, now))


@dataclass(frozen=True, slots=True)
class Unmet:
    """How many needs were not met for one reason, on one lot, in one band of age, in one month (its first day)."""

    code: str
    words: str
    lot: str
    age_band: str
    month: dt.date
    requests: int
    children: int


@dataclass(frozen=True, slots=True)
class UnmetNeeds:
    """The table, and beside it how many were placed in house: those are apart. `requests` is the sum of the lines."""

    lines: list[Unmet]
    requests: int
    children: int
    placed_in_house: int


def unmet_needs(
    session: Session, *, actor: Actor, since: dt.date, until: dt.date, placed: ColumnElement[int] | None = None
) -> UnmetNeeds:
    """Needs that were not met, by the day on which the search ended, both days included: of the actor's own borough, or
    of every borough for the hub. Nothing in it is about one child. `placed` is how many children of a request have a
    home for all that, as the offers room counts them: they are no unmet need.
    """
    hub = actor.organisation_kind is OrganisationKind.HUB
    actor.require(Permission.MARKET_READ if hub else Permission.REQUEST_READ)
    follower = aliased(PlacementRequest)
    followed = exists().where(follower.follows_id == PlacementRequest.id, follower.status != RequestStatus.WITHDRAWN)
    months = _months(since, until)
    code = func.coalesce(PlacementRequest.unmet_code, "other")
    found = (
        select(
            code.label("code"),
            Lot.name.label("lot"),
            _band().label("band"),
            _month(months).label("month"),
            (PlacementRequest.places - (literal(0) if placed is None else placed)).label("children"),
        )
        .join(
            RequestMove,
            (RequestMove.request_id == PlacementRequest.id) & (RequestMove.to_status == RequestStatus.UNPLACED),
        )
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(PlacementRequest.status == RequestStatus.UNPLACED, ~followed, _within(since, until))
    )
    ended = select(func.count()).select_from(RequestMove)
    ended = ended.join(PlacementRequest, PlacementRequest.id == RequestMove.request_id)
    ended = ended.where(RequestMove.to_status == RequestStatus.PLACED_IN_HOUSE, _within(since, until))
    if not hub:
        found = found.where(PlacementRequest.organisation_id == actor.organisation_id)
        ended = ended.where(PlacementRequest.organisation_id == actor.organisation_id)
    one = found.subquery()
    keys = (one.c.code, one.c.lot, one.c.band, one.c.month)
    counted = select(*keys, func.count(), func.sum(one.c.children)).group_by(*keys)
    codes = route_on(session, until).unmet_codes
    lines = [
        Unmet(
            code=why,
            words=words_of_code(codes, why),
            lot=lot,
            age_band=AGE_BANDS[band][1],
            month=months[month],
            requests=requests,
            children=children,
        )
        for why, lot, band, month, requests, children in session.execute(counted)
    ]
    bands = [words for _, words in AGE_BANDS]
    lines.sort(key=lambda line: (-line.month.toordinal(), line.words, line.lot, bands.index(line.age_band)))
    in_house = session.scalar(ended) or 0
    return UnmetNeeds(lines, sum(line.requests for line in lines), sum(line.children for line in lines), in_house)


def _within(since: dt.date, until: dt.date) -> ColumnElement[bool]:
    """Whether a move is of one of these days, as London counts them, both included."""
    return and_(RequestMove.at >= start_of_day(since), RequestMove.at < start_of_day(until + dt.timedelta(days=1)))


def _months(since: dt.date, until: dt.date) -> list[dt.date]:
    """The first day of every month that some days touch."""
    first = since.year * 12 + since.month - 1
    last = until.year * 12 + until.month - 1
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]


def _month(months: list[dt.date]) -> ColumnElement[int]:
    """The number of the month of a move among some, from 0: by the moments at which they begin in London, because the
    engines know no time zones alike.
    """
    begun = [(RequestMove.at >= start_of_day(month), number) for number, month in enumerate(months) if number]
    return case(*reversed(begun), else_=0) if begun else literal(0)


def _band() -> ColumnElement[int]:
    """The number of the band of a request's age among `AGE_BANDS`."""
    weeks = func.coalesce(PlacementRequest.age_weeks, 0)
    below = [(weeks < _first_week(ends), number) for number, (ends, _) in enumerate(AGE_BANDS[:-1])]
    return case(*below, else_=len(AGE_BANDS) - 1)


def _first_week(years: int) -> int:
    """The first age in completed weeks that makes so many years."""
    return next(weeks for weeks in count(years * 52) if years_of(weeks) >= years)


def age_band(weeks: int) -> str:
    """The band that an age in completed weeks falls into: a baby of 26 weeks is under 1 (F-24)."""
    years = years_of(weeks)
    return next(words for ends, words in AGE_BANDS if years < ends)


def follower_of(session: Session, request: PlacementRequest) -> PlacementRequest | None:
    """The request that opened this one again more widely. The caller has loaded this one as its borough's."""
    return session.scalar(select(PlacementRequest).where(PlacementRequest.follows_id == request.id))


def followed_by(session: Session, request: PlacementRequest) -> PlacementRequest | None:
    """The request that this one follows, because nobody could take its child. As for `follower_of`."""
    return session.get(PlacementRequest, request.follows_id) if request.follows_id else None
