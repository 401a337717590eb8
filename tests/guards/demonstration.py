"""The demonstration market for the guards, loaded once in a run of the tests and copied, and somebody in every role of
it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from app.core.database import transaction
from app.demo.loading import DemoReport, load
from app.factory import create_app
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import OrganisationKind, Role
from app.placements.models import Placement
from app.requests.models import PlacementRequest
from app.wiring import Wiring, build
from config.settings import Settings
from tests.databases import sqlite_template
from tests.servers import kept_folder, one_at_a_time

REPORT = "report.pickle"
"""Beside the market: what its loading reported, and its moment."""


@dataclass(frozen=True)
class Market:
    """The application on a copy of the demonstration, and an actor in each role: of the borough and the provider where
    most is going on."""

    app: Flask
    people: dict[Role, Actor]

    @property
    def wiring(self) -> Wiring:
        """The wiring of the application."""
        wiring: Wiring = self.app.extensions["homeward"]
        return wiring


def settings_in(folder: Path) -> Settings:
    """The demonstration's settings, on a SQLite file in a folder."""
    return Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(folder)})


def loaded_folder() -> Path:
    """A folder with the loaded market and its keys, made by the first worker that asks."""
    with one_at_a_time("demonstration", folder=kept_folder()) as run:
        folder, ready = run / "demonstration", run / "demonstration.ready"
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            settings = settings_in(folder)
            shutil.copyfile(sqlite_template(), _file(settings))
            wiring = build(settings)
            now = dt.datetime.now(dt.UTC).replace(microsecond=0)
            report = load(wiring, seed=1, now=now)
            wiring.engine.dispose()
            (folder / REPORT).write_bytes(pickle.dumps((report, now)))
            with contextlib.closing(sqlite3.connect(_file(settings))) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            ready.touch()
        return folder


def _file(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


@contextlib.contextmanager
def loaded_copy(folder: Path) -> Iterator[tuple[Wiring, DemoReport, dt.datetime]]:
    """A copy of the market without its pages, what its loading reported, and the moment for which it was loaded."""
    shutil.copytree(loaded_folder(), folder, dirs_exist_ok=True)
    report, now = pickle.loads((folder / REPORT).read_bytes())
    wiring = build(settings_in(folder))
    try:
        yield wiring, report, now
    finally:
        wiring.engine.dispose()


@contextlib.contextmanager
def market(folder: Path) -> Iterator[Market]:
    """The market in a copy that may be written to."""
    shutil.copytree(loaded_folder(), folder, dirs_exist_ok=True)
    app = create_app(settings_in(folder), limits=False)
    wiring: Wiring = app.extensions["homeward"]
    try:
        yield Market(app, people_of(wiring))
    finally:
        wiring.engine.dispose()


def people_of(wiring: Wiring) -> dict[Role, Actor]:
    """Somebody in every role."""
    with transaction(wiring.sessions, read_only=True) as session:
        busiest = {
            OrganisationKind.BOROUGH: session.execute(
                select(PlacementRequest.organisation_id)
                .group_by(PlacementRequest.organisation_id)
                .order_by(
                    func.count(PlacementRequest.status.distinct()).desc(),
                    func.count().desc(),
                    PlacementRequest.organisation_id,
                )
            )
            .scalars()
            .first(),
            OrganisationKind.PROVIDER: session.execute(
                select(Placement.provider_id)
                .group_by(Placement.provider_id)
                .order_by(func.count().desc(), Placement.provider_id)
            )
            .scalars()
            .first(),
        }
        people: dict[Role, Actor] = {}
        for membership, organisation in session.execute(
            select(Membership, Organisation)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(Membership.ended_at.is_(None))
            .order_by(Organisation.name, Membership.id)
        ):
            preferred = busiest.get(organisation.kind, organisation.id) == organisation.id
            if preferred or membership.role not in people:
                actor = actor_for(session, membership.person_id, organisation.id)
                if actor is not None and (preferred or membership.role not in people):
                    people[membership.role] = actor
        return people
