"""Loading the demonstration market: found the consortium, import its register, enrol its firms, play its requests.

Everything goes through the use cases under a moved clock, so every gate was passed. The same number gives the
same market, counted from
the moment of loading.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core import audit
from app.core.database import transaction
from app.core.draws import seeded
from app.core.errors import Conflict
from app.core.jobs import ensure_daily, run_due
from app.demo import firms as provider_firms
from app.demo import prices, profiles, register
from app.demo.cases import Case
from app.demo.chores import do_chores
from app.demo.consortium import found
from app.demo.documents import attach_files
from app.demo.expected import FITTED, fit_tariff
from app.demo.joint import share_places
from app.demo.market import bring_in_house, prepare_another, set_terms
from app.demo.plans import plans
from app.demo.quality import judge
from app.demo.records import keep_records
from app.demo.stage import Stage, move_clock
from app.identity.models import Organisation
from app.identity.status import OrganisationKind
from app.placements.models import Placement
from app.reporting.recount import recount_differences
from app.requests.models import PlacementRequest
from app.wiring import Wiring
from notifications.delivery import drain
from providers.services.models import Service

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class DemoReport:
    """What was loaded, and how long it took in seconds."""

    seed: int
    boroughs: int
    providers: int
    services: int
    requests: int
    placements: int
    messages: int
    seconds: float
    faults: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "faults": list(self.faults), "loaded": True}

    def words(self) -> list[str]:
        """The report in lines."""
        return [
            f"Loaded {self.boroughs} boroughs, {self.providers} providers with {self.services} services, "
            f"{self.requests} requests and {self.placements} placements in {self.seconds:.0f} seconds.",
            f"{self.messages} e-mails are in the mailbox.",
            "The audit chain is whole, and totals equal a recount."
            if not self.faults
            else f"Something is wrong: {self.faults[0]}",
        ]


def is_empty(wiring: Wiring) -> bool:
    """Whether nobody has founded a consortium here yet."""
    with transaction(wiring.sessions, read_only=True) as session:
        return session.scalar(select(Organisation.id).limit(1)) is None


def load(
    wiring: Wiring, *, seed: int = 1, progress: Progress | None = None, now: dt.datetime | None = None
) -> DemoReport:
    """Load the demonstration into an empty installation. Conflict where there is a consortium already, or in
    production.
    """
    if wiring.settings.is_production:
        raise Conflict("The demonstration is never loaded into a production installation.")
    if not is_empty(wiring):
        raise Conflict("There is a consortium already. The demonstration is loaded into an empty database only.")
    began = time.monotonic()
    step = _steps(progress)
    with seeded(seed) as draw:
        stage = Stage(wiring, draw, _moment(wiring, now))
        consortium = found(stage)
        set_terms(stage, consortium)
        firms = provider_firms.invent(stage)
        provider_firms.import_first_register(stage, firms)
        step(8)
        provider_firms.enrol(stage, consortium, firms, lambda: step(1))
        bring_in_house(stage, consortium)
        prices.set_up(stage, consortium, firms)
        prepare_another(stage, consortium)
        second_register_at = -40
        waiting = plans(stage, consortium)
        imported = fitted = False
        for plan in waiting:
            if not imported and plan.started >= second_register_at:
                provider_firms.import_second_register(stage, firms)
                imported = True
            if not fitted and plan.started > FITTED:
                fit_tariff(stage)
                fitted = True
            Case(stage, consortium, firms, plan).play()
            step(1)
        provider_firms.leave_half_way(stage, consortium, firms)
        profiles.finish(stage, consortium, firms)
        prices.negotiate(stage, consortium, firms)
        judge(stage, consortium, firms)
        do_chores(stage, consortium)
        attach_files(stage, consortium)
        keep_records(stage, consortium)
        register.play(stage, consortium, firms)
    return _finish(wiring, seed, began, step)


def _moment(wiring: Wiring, now: dt.datetime | None) -> dt.datetime:
    if now is not None:
        return now
    with transaction(wiring.sessions, read_only=True) as session:
        return wiring.clock(session)


def _finish(wiring: Wiring, seed: int, began: float, step: Callable[[int], None]) -> DemoReport:
    """Give the clock back its time, do what is due, deliver the mail, seal the audit, and count."""
    with transaction(wiring.sessions) as session:
        move_clock(session, None)
    ensure_daily(wiring.sessions, wiring.daily, wiring.clock)
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock, limit=10_000)
    share_places(wiring)
    drained = drain(wiring.sessions, wiring.transport, wiring.clock)
    step(8)
    with transaction(wiring.sessions) as session:
        audit.seal(session, wiring.clock(session))
    with transaction(wiring.sessions, read_only=True) as session:
        _, faults = audit.verify(session)
        faults += [difference.words for difference in recount_differences(session, wiring.clock(session))]

        def count(table: type, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        report = DemoReport(
            seed=seed,
            boroughs=count(Organisation, Organisation.kind == OrganisationKind.BOROUGH),
            providers=count(
                Organisation, Organisation.kind == OrganisationKind.PROVIDER, Organisation.in_house_of.is_(None)
            ),
            services=count(Service),
            requests=count(PlacementRequest),
            placements=count(Placement),
            messages=drained.sent,
            seconds=round(time.monotonic() - began, 1),
            faults=tuple(faults),
        )
    step(4)
    return report


def _steps(progress: Progress | None) -> Callable[[int], None]:
    total = 8 + provider_firms.COMPANIES + 120 + 8 + 4
    done = 0

    def step(by: int) -> None:
        nonlocal done
        done = min(done + by, total)
        if progress is not None:
            progress(done, total)

    return step
