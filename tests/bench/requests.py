"""How long the lists of a busy desk take when one borough has 100,000 requests behind it, on each engine.

Milliseconds are of the whole request through the application's test client; the figure is the median of several.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, text

from app.children.models import Child
from app.core.database import new_id, transaction
from app.core.policies import in_force
from app.factory import create_app
from app.identity.permissions import Actor
from app.requests.models import PlacementRequest, RequestChild, RequestMove
from app.requests.status import RequestStatus
from app.wiring import build
from config.settings import Settings
from tests.bench.providers import found_market, put, time_page
from tests.factories.visitor import Visitor

REQUESTS = 100_000
CHILDREN = 30_000
ALIVE = 300
"""Requests under way: a borough of this size has some hundred at once, and the rest is history."""
SHARES = (
    (RequestStatus.AWARDED, 80),
    (RequestStatus.WITHDRAWN, 12),
    (RequestStatus.UNPLACED, 8),
)
UNDER_WAY = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED, RequestStatus.PUBLISHED)
NEEDS = [1, 2, 0, 0, None, 1, 2, 0, 0, 1, 1, 0]
PAGES = (
    "/borough/",
    "/borough/requests",
    "/borough/requests?page=4000",
    "/borough/requests?whose=waiting",
    "/borough/requests?whose=mine",
    "/borough/requests?due=offers_today&sort=offers_close_at",
    "/borough/requests?due=late",
    "/borough/requests?status=awarded",
    "/borough/requests?status=published&urgency=urgent",
    "/borough/requests?sort=needed_from",
    "/borough/requests?sort=needed_from&direction=descending",
    "/borough/requests?sort=offers_close_at",
    "/borough/requests?text=BEN-00777",
)


def figures(addresses: Mapping[str, str], folder: Path) -> Iterator[dict[str, Any]]:
    """One figure for each page, on each engine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for engine, url in addresses.items():
        settings = Settings.from_environment(
            {"HOMEWARD_ENV": "test", "DATABASE_URL": url, "DATA_DIR": str(folder / engine)}
        )
        wiring = build(settings)
        began = time.perf_counter()
        officer, lots = found_market(wiring.engine, wiring.sessions)
        with transaction(wiring.sessions, read_only=True) as session:
            policy_id = in_force(session, "evaluation", wiring.clock(session).date()).id
        with wiring.engine.begin() as connection:
            write_requests(connection, officer, lots, policy_id, REQUESTS)
            connection.execute(text("ANALYZE"))
        yield {"bench": "requests_write", "engine": engine, "seconds": round(time.perf_counter() - began, 1)}
        visitor = Visitor(create_app(settings, wiring=wiring, limits=False)).be(officer)
        for path in PAGES:
            yield {"bench": "requests_page", "engine": engine, "requests": REQUESTS} | time_page(
                wiring.engine, visitor, path
            )
        wiring.engine.dispose()


def write_requests(connection: Connection, officer: Actor, lots: list[str], policy_id: str, count: int) -> None:
    """So many requests of the officer's borough, most of them long done, in a few statements."""
    draw = random.Random(3)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    children = [new_id() for _ in range(min(CHILDREN, count))]
    put(connection, Child, (_child(id_, number, officer, now) for number, id_ in enumerate(children)))
    requests, named, moves = [], [], []
    words, weights = zip(*SHARES, strict=True)
    for number in range(count):
        alive = number < ALIVE
        status = draw.choice(UNDER_WAY) if alive else draw.choices(words, weights)[0]
        days = draw.randrange(20) if alive else draw.randrange(30, 3000)
        row = _request(number, status, now - dt.timedelta(days=days), officer, draw.choice(lots), policy_id, draw, now)
        requests.append(row)
        named.append(
            {"id": new_id(), "request_id": row["id"], "child_id": children[number % len(children)], "position": 1}
        )
        for position, to in enumerate((RequestStatus.DRAFT, RequestStatus.SUBMITTED, status), start=1):
            moves.append(
                {
                    "id": new_id(),
                    "request_id": row["id"],
                    "position": position,
                    "to_status": to,
                    "at": row["changed_at"],
                    "person_id": officer.person_id,
                }
            )
    put(connection, PlacementRequest, requests)
    put(connection, RequestChild, named)
    put(connection, RequestMove, moves)


def _child(id_: str, number: int, officer: Actor, now: dt.datetime) -> dict[str, Any]:
    sealed = dict.fromkeys(
        (
            "sealed_given_name",
            "sealed_family_name",
            "sealed_date_of_birth",
            "sealed_home_postcode",
            "sealed_ethnicity",
        ),
        "x",
    )
    return {
        "id": id_,
        "reference": f"CH-{number:06d}",
        "organisation_id": officer.organisation_id,
        "name_index": f"{number}",
        "sex": "F",
        "created_by": officer.person_id,
        "created_at": now,
        "version": 1,
        **sealed,
    }


def _request(
    number: int,
    status: RequestStatus,
    at: dt.datetime,
    officer: Actor,
    lot: str,
    policy_id: str,
    draw: random.Random,
    now: dt.datetime,
) -> dict[str, Any]:
    published = status in (RequestStatus.PUBLISHED, RequestStatus.AWARDED, RequestStatus.UNPLACED)
    closes = at + dt.timedelta(days=draw.randrange(1, 15), hours=3)
    return {
        "id": new_id(),
        "reference": f"BEN-{number:06d}",
        "organisation_id": officer.organisation_id,
        "form_version": "standard-1",
        "status": status,
        "created_by": officer.person_id,
        "created_at": at,
        "changed_at": min(now, at + dt.timedelta(hours=draw.randrange(1, 40))),
        "submitted_at": at,
        "approved_at": at,
        "published_at": at if published else None,
        "urgency": draw.choice(("planned", "planned", "urgent", "same_day")),
        "needed_from": None if status is RequestStatus.DRAFT else (at + dt.timedelta(days=21)).date(),
        "expected_weeks": 52,
        "age_weeks": 700,
        "sex": "F",
        "needs": NEEDS,
        "looked_after": True,
        "places": 1,
        "siblings": "alone",
        "solo": False,
        "lot_id": lot if published else None,
        "offers_close_at": closes if published else None,
        "weights": {"price": 40} if published else None,
        "evaluation_policy_id": policy_id if published else None,
        "origin_easting": 532000,
        "origin_northing": 165000,
        "version": 1,
    }
