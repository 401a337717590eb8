"""The house in which the story is played: a server process of its own, and a consortium founded in it."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import LONDON, local_date
from app.core.database import transaction
from app.core.models import MovedClock
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import OrganisationKind, Role
from app.panels.models import Panel
from app.panels.setting_up import add_payer, found_panel, seat
from app.panels.status import PayerKind
from app.wiring import Wiring, build
from config.settings import Settings
from providers.market.models import Lot
from providers.market.setup import add_lot, create_system, join_lot
from providers.market.status import ProcurementMode, ServiceType, Strand
from tests.factories.accreditation import fill_passport
from tests.factories.identity import make_actor, make_membership, make_organisation, make_person
from tests.factories.providers import make_enrolled_service
from tests.servers import ROOT, free_port

CROYDON = "E09000008"
STARTS_WITHIN = 40.0


class House:
    """An installation under test: its environment, its processes, and a way to move its clock."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        port = free_port()
        self.base_url = f"http://127.0.0.1:{port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environ = {
            **kept,
            "HOMEWARD_ENV": "test",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": self.base_url,
            "DATA_DIR": str(folder),
            **environ,
        }
        self.wiring: Wiring = build(Settings.from_environment(self.environ))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *arguments: str) -> dict[str, Any]:
        """One command of the operator's; its report."""
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments, "--json"],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"homeward {' '.join(arguments)}: {done.stderr}"
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def start(self, *command: str) -> None:
        """A process of the product that goes on until `stop`: `serve`, `worker`."""
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            self.processes[command[0]] = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *command], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Until the pages answer."""
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            assert time.monotonic() < deadline, self.log("serve")
            assert self.processes["serve"].poll() is None, self.log("serve")
            time.sleep(0.1)

    def log(self, process: str, *, everything: bool = False) -> str:
        """The last words of a process, or all of them."""
        said = (self.folder / f"{process}.log").read_text("utf-8", errors="replace")
        return said if everything else said[-4000:]

    def faults(self) -> list[str]:
        """What the processes logged as gone wrong: errors, and answers that a server should not give."""
        lines = [line for name in self.processes for line in self.log(name, everything=True).splitlines()]
        return [line for line in lines if '"level": "error"' in line or '"status": 5' in line or "Traceback" in line]

    def stop(self) -> None:
        """End every process that was started here."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.wiring.engine.dispose()

    def now(self) -> dt.datetime:
        """What the house's clock shows."""
        with transaction(self.wiring.sessions, read_only=True) as session:
            return self.wiring.clock(session)

    def move_clock(self, to: dt.datetime) -> None:
        """Let every process of the house believe that it is later."""
        with transaction(self.wiring.sessions) as session:
            seconds = int((to - dt.datetime.now(dt.UTC)).total_seconds()) + 1
            row = session.get(MovedClock, 1)
            if row is None:
                session.add(MovedClock(id=1, seconds=seconds))
            else:
                row.seconds = seconds

    def fill_passport(self, company: str) -> None:
        """What a company answers once for every lot, put in behind the pages."""
        with transaction(self.wiring.sessions) as session:
            found = session.scalars(select(Organisation).where(Organisation.name == company)).one()
            person = session.scalars(select(Membership.person_id).where(Membership.organisation_id == found.id)).one()
            actor = actor_for(session, person, found.id)
            assert actor is not None
            fill_passport(session, actor, self.wiring.clock(session))


def at(day: dt.date, hour: int) -> dt.datetime:
    """An hour of a day in London."""
    return dt.datetime.combine(day, dt.time(hour), LONDON).astimezone(dt.UTC)


def found_consortium(house: House, register: Path, first_day: dt.date) -> dict[str, str]:
    """What an operator and administrators do before the story: the hub, a borough, a health board, a lot, a panel that
    meets each week from `first_day` on, a rival that is enrolled already, and everybody's account but the provider's
    and the commissioner's. Gives the address of each person by part.
    """
    house.run("consortium", "init", "--name", "Made-up Hub", "--email", "founder@hub.example")
    imported = house.run("ofsted", "import", str(register), "--as-of", "2026-03-31")
    assert (imported["rows_read"], imported["new"], imported["rejected"]) == (2, 2, 0), imported
    again = house.run("ofsted", "import", str(register), "--as-of", "2026-03-31")
    assert (again["rows_read"], again["unchanged"]) == (2, 2), again
    house.run(
        "user", "invite", "--email", "cleo@hub.example", "--organisation", "Made-up Hub", "--role", "commissioner"
    )
    with transaction(house.wiring.sessions) as session:
        now = house.wiring.clock(session)
        borough = Organisation(
            kind=OrganisationKind.BOROUGH, name="Made-up Croydon", short_code="CRO", gss_code=CROYDON, created_at=now
        )
        session.add(borough)
        session.flush()
        board = make_organisation(session, OrganisationKind.AGENCY, "Made-up Health Board")
        hub = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.HUB)).one()
        setter = make_actor(session, hub, Role.COMMISSIONER)
        lot = _lot(session, setter, borough, now)
        rival = make_organisation(session, OrganisationKind.PROVIDER, "Rival Example Care Ltd")
        make_enrolled_service(
            session,
            lot=lot,
            name="Rival Lodge",
            organisation=rival,
            postcode="CR0 1EA",
            quality=78,
            alert_email="rowan@rival.example",
            now=now,
        )
        people = {
            "officer": (borough, "Oscar Example", Role.PLACEMENT_OFFICER),
            "manager": (borough, "Mina Example", Role.TEAM_MANAGER),
            "chair": (borough, "Chandra Example", Role.PANEL_CHAIR),
            "social care": (borough, "Soren Example", Role.PANEL_MEMBER),
            "education": (borough, "Edie Example", Role.PANEL_MEMBER),
            "nominated": (borough, "Nora Example", Role.NOMINATED_OFFICER),
            "health": (board, "Hal Example", Role.AGENCY_PANEL_MEMBER),
            "rival": (rival, "Rowan Example", Role.PROVIDER_ADMINISTRATOR),
            "second": (hub, "Sasha Example", Role.COMMISSIONER),
        }
        ids, addresses = {}, {}
        for part, (place, name, role) in people.items():
            domain = {
                OrganisationKind.AGENCY: "board",
                OrganisationKind.PROVIDER: "rival",
                OrganisationKind.HUB: "hub",
            }.get(place.kind, "croydon")
            addresses[part] = f"{name.split()[0].lower()}@{domain}.example"
            person = make_person(session, name=name, email=addresses[part])
            make_membership(session, person, place, role)
            ids[part] = person.id
        panel = found_panel(
            session,
            organisation_id=borough.id,
            name="Made-up weekly panel",
            every_weeks=1,
            first_on=first_day,
            meetings=8,
            lead_days=1,
        )
        _seats(session, panel, borough.id, board.id, ids, local_date(now))
    return addresses


def _lot(session: Session, setter: Actor, borough: Organisation, now: dt.datetime) -> Lot:
    today = local_date(now)
    system = create_system(
        session,
        actor=setter,
        name="Made-up purchasing system",
        mode=ProcurementMode.PA23_LIGHT_TOUCH,
        begun_on=dt.date(2025, 3, 3),
        starts_on=dt.date(2025, 4, 1),
        ends_on=today + dt.timedelta(days=1000),
        now=now,
    )
    lot = add_lot(
        session,
        actor=setter,
        system_id=system.id,
        name="Children's homes of the story",
        strand=Strand.LOOKED_AFTER,
        service_type=ServiceType.RESIDENTIAL,
        now=now,
    )
    join_lot(session, actor=setter, lot_id=lot.id, organisation_id=borough.id, first_day=dt.date(2025, 4, 1), now=now)
    return lot


def _seats(session: Session, panel: Panel, borough: str, board: str, ids: dict[str, str], first_day: dt.date) -> None:
    seat(session, panel_id=panel.id, person_id=ids["chair"], first_day=first_day, is_chair=True)
    for part, place, kind, name in (
        ("social care", borough, PayerKind.SOCIAL_CARE, "Croydon social care"),
        ("education", borough, PayerKind.EDUCATION, "Croydon high needs"),
        ("health", board, PayerKind.HEALTH, "Health board continuing care"),
    ):
        payer = add_payer(session, organisation_id=place, kind=kind, name=name)
        seat(session, panel_id=panel.id, person_id=ids[part], first_day=first_day, payer_id=payer.id)
