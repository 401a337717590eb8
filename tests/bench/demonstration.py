"""How long the demonstration takes to load, and how long the server takes over each of its pages for each role.

A person of each role follows the links of the pages that they may open, as people do, until every kind of page has been
met; then each kind is asked for several times through the application's test client. Milliseconds are of the whole
request, from the address to the last byte.
"""

from __future__ import annotations

import html
import logging
import re
import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, url_for
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException

from app.core.database import transaction
from app.core.migrate import upgrade
from app.factory import create_app
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import OrganisationKind, Role
from app.placements.models import Placement
from app.web.access import may
from app.wiring import Wiring, build
from config.settings import Settings
from tests.factories.visitor import Visitor

LIMIT_MS = 100.0
LOAD_LIMIT_SECONDS = 60.0
RUNS = 7
MOST_PAGES_FOLLOWED = 150
"""Pages that one person opens while looking for kinds of page that they have not met yet."""

_LINK = re.compile(r'href="(/[^"]*)"')
_NOT_PAGES = ("static",)


@dataclass
class Walk:
    """What one person met: an address for each endpoint."""

    actor: Actor
    role: Role
    met: dict[str, str] = field(default_factory=dict)


def figures(folder: Path) -> Iterator[dict[str, Any]]:
    """The loading's figure, one for each page and role, and a last one that sums up.

    `processor_seconds` and `processor_ms` tell slow work from a busy machine.
    """
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(folder)})
    upgrade(settings.database_url)
    wiring = build(settings)
    try:
        yield _load(wiring)
        yield from _pages(create_app(settings, wiring=wiring, limits=False), wiring)
    finally:
        wiring.engine.dispose()


def _load(wiring: Wiring) -> dict[str, Any]:
    from app.demo.loading import load

    began, busy = time.perf_counter(), time.process_time()
    report = load(wiring, seed=1)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    facts = {name: getattr(report, name) for name in ("boroughs", "providers", "requests", "placements")}
    return {
        "bench": "demo_load",
        "engine": wiring.engine.dialect.name,
        **facts,
        "seconds": round(seconds, 2),
        "processor_seconds": round(busy, 2),
        "within_limits": seconds < LOAD_LIMIT_SECONDS,
    }


def _pages(app: Flask, wiring: Wiring) -> Iterator[dict[str, Any]]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found: list[dict[str, Any]] = []
    unmet: dict[str, list[str]] = {}
    for role, actor in _people(wiring).items():
        walk = _walk(app, actor, role)
        for endpoint, path in sorted(walk.met.items()):
            figure = _time(app, walk, endpoint, path)
            found.append(figure)
            yield figure
        for endpoint in _open_to(app, actor) - walk.met.keys():
            unmet.setdefault(endpoint, []).append(role.value)
    slow = sorted((one for one in found if not one["within_limits"]), key=lambda one: -one["median_ms"])
    medians = [one["median_ms"] for one in found]
    yield {
        "bench": "pages",
        "measured": len(found),
        "median_ms": round(statistics.median(medians), 1) if medians else None,
        "slowest_ms": max(medians, default=None),
        "over_limit": [f"{one['endpoint']} as {one['role']}: {one['median_ms']} ms" for one in slow],
        "failed": [f"{one['endpoint']} as {one['role']}: {one['status']}" for one in found if one["status"] >= 500],
        "not_met": {endpoint: sorted(roles) for endpoint, roles in sorted(unmet.items())},
        "within_limits": not slow,
    }


def _people(wiring: Wiring) -> dict[Role, Actor]:
    """Somebody of each role, from the organisations that have most placements."""
    with transaction(wiring.sessions, read_only=True) as session:
        busy: dict[str, int] = {}
        for column in (Placement.organisation_id, Placement.provider_id):
            busy.update({row[0]: row[1] for row in session.execute(select(column, func.count()).group_by(column))})
        rows = session.execute(
            select(Membership.role, Membership.person_id, Membership.organisation_id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Membership.ended_at.is_(None))
            .order_by(Organisation.name, Membership.id)
        ).all()
        chosen: dict[Role, Actor] = {}
        for row in sorted(rows, key=lambda row: -busy.get(row.organisation_id, 0)):
            if row.role not in chosen and (actor := actor_for(session, row.person_id, row.organisation_id)):
                chosen[row.role] = actor
        return chosen


def _walk(app: Flask, actor: Actor, role: Role) -> Walk:
    walk, visitor = Walk(actor, role), Visitor(app).be(actor)
    waiting, seen = deque(_doors(app, actor)), set[str]()
    shapes: dict[str, int] = {}
    while waiting and len(seen) < MOST_PAGES_FOLLOWED:
        path = waiting.popleft()
        endpoint = _endpoint_of(app, path)
        # Of each kind of page a few are opened: what the first has no link to, another may.
        if endpoint is None or path in seen or shapes.get(endpoint, 0) >= 4:
            continue
        seen.add(path)
        shapes[endpoint] = shapes.get(endpoint, 0) + 1
        page = visitor.get(path, follow=False)
        if page.status_code == 200 or page.status_code >= 500:
            walk.met.setdefault(endpoint, path)
        if page.mimetype == "text/html":
            waiting.extend(html.unescape(link).partition("#")[0] for link in _LINK.findall(page.text))
    return walk


def _doors(app: Flask, actor: Actor) -> list[str]:
    """Every page without parameters that this person may open."""
    with app.test_request_context():
        return [
            url_for(rule.endpoint)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments and may(rule.endpoint, actor)
        ]


def _open_to(app: Flask, actor: Actor) -> set[str]:
    with app.app_context():
        return {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint not in _NOT_PAGES and may(rule.endpoint, actor)
        }


def _endpoint_of(app: Flask, path: str) -> str | None:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return None
    return None if endpoint in _NOT_PAGES else str(endpoint)


def _time(app: Flask, walk: Walk, endpoint: str, path: str) -> dict[str, Any]:
    visitor = Visitor(app).be(walk.actor)
    visitor.get(path, follow=False)
    taken, busy = [], []
    for _ in range(RUNS):
        began, worked = time.perf_counter(), time.process_time()
        page = visitor.get(path, follow=False)
        taken.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    return {
        "bench": "page",
        "role": walk.role.value,
        "kind": OrganisationKind(walk.actor.organisation_kind).value,
        "endpoint": endpoint,
        "status": page.status_code,
        "bytes": len(page.data),
        "min_ms": round(min(taken), 1),
        "median_ms": round(statistics.median(taken), 1),
        "max_ms": round(max(taken), 1),
        "processor_ms": round(statistics.median(busy), 1),
        "within_limits": statistics.median(taken) < LIMIT_MS,
    }
