"""How an installation is put together: engine, sessions, vault, clock, transport, and the table of reactions.

Rooms do not call upwards: they publish what happened, and here it is written down who answers. What must be true at
once is answered in the
same transaction; what takes long becomes a job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.children import indexing
from app.children.events import HoldingsAsked
from app.core import clock, migrate
from app.core.crypto import Vault
from app.core.database import Sessions, build_engine, build_sessions
from app.core.events import Reaction, Reactions
from app.core.events import info_of as reactions_info
from app.core.files import FolderStore, Store
from app.core.models import Job, MovedClock
from app.core.scanning import ClamScanner, ScanningStore
from app.identity import passwords
from app.offers.ending import close_offers, keep_what_is_placed
from app.offers.escalating import escalate, tell_widened
from app.offers.events import ShortlistFrozen
from app.offers.exemptions import end_exemptions
from app.offers.explaining import REMIND, plan_reminder, remind_to_explain
from app.offers.holds import expire_hold
from app.offers.in_house import END_WINDOW, ask_in_house, end_window, tell_answer
from app.offers.invitations import invite_enrolled
from app.offers.joint import asking as joint
from app.offers.opening import open_and_freeze, still_to_open
from app.offers.papers import tell_attachment
from app.offers.telling import flag_suspended, tell_shortlist
from app.offers.telling_invited import tell_amendment, tell_extension, tell_withdrawal
from app.offers.waves import OPEN_WAVE, open_due
from app.panels.events import AuthorityGiven, DecisionRecorded
from app.panels.telling import ask_for_signatures, tell_authority
from app.placements import statutory
from app.placements.assurance import JOB as ASSURANCE_TASKS
from app.placements.assurance import ask_for_assurance, give_tasks
from app.placements.events import Awarded, PlacementConfirmed, PlacementStarted
from app.placements.fitting import FIT_PRICES, FITTING
from app.placements.holdings import tell_holdings as placements_hold
from app.placements.stability.fitting import FIT_STABILITY
from app.placements.stability.fitting import FITTING as STABILITY_FITTING
from app.placements.telling import ask_for_location_approval
from app.reporting import rollup
from app.reporting.foresight import foresee
from app.requests.events import (
    ApprovalTelephoned,
    AttachmentAdded,
    CoverNamed,
    DeadlineExtended,
    InHouseAnswered,
    RequestAmended,
    RequestApproved,
    RequestPublished,
    RequestReturned,
    RequestSubmitted,
    RequestUnplaced,
    RequestWidened,
    RequestWithdrawn,
)
from app.requests.holdings import tell_holdings as requests_hold
from app.requests.papers import making as papers
from app.requests.publication import has_closed
from app.requests.referrals.keeping import forget_unconfirmed
from app.requests.telling import tell_covering, tell_managers, tell_telephoned, tell_writer
from app.requests.unsaved import FORGET_UNSAVED, forget_unsaved
from config.settings import Settings
from notifications.models import OutboxMessage
from notifications.outbox import name_domain
from notifications.status import Delivery
from notifications.transports import Transport, transport_for
from providers.passport.events import EnrolmentReinstated, EnrolmentRemoved, EnrolmentSuspended, ServiceUnderAssurance
from providers.passport.reminding import remind
from providers.passport.telling import tell_company
from providers.quality import changing, running
from providers.reactions import reactions as provider_reactions
from providers.register import uploads
from providers.register.prepared import Changes
from providers.services.asking import ask_for_vacancies, is_mail_day
from providers.services.bulk import working as bulk
from providers.services.events import UpliftAgreed
from providers.services.vacancies import roll

DAILY: Mapping[str, int] = {
    "roll_vacancies": 0,
    "rescore_daily": 1,
    joint.DAY: 1,
    "forget_files": 2,
    FORGET_UNSAVED: 2,
    FIT_PRICES: 3,
    FIT_STABILITY: 4,
    "evidence_watch": 7,
    "vacancy_mail": 8,
}
"""What is done once every day: the kind of job (whose handler is in `job_handlers`) and its hour in London."""

JobHandler: TypeAlias = Callable[[Session, dict[str, Any], dt.datetime], None]

STUCK_AFTER = dt.timedelta(minutes=30)
FAILING_AFTER = 3
"""Attempts after which a job that keeps failing makes an installation not ready: somebody must look."""


@dataclass
class Wiring:
    """One process's view of the installation. Holds no state that a second process would need."""

    settings: Settings
    engine: Engine
    sessions: Sessions
    vault: Vault
    transport: Transport
    files: Store
    job_handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    daily: Mapping[str, int] = field(default_factory=dict)

    def clock_offset(self, session: Session) -> dt.timedelta:
        """How far the clock is moved: nothing in production, whatever the one row says elsewhere."""
        if self.settings.is_production:
            return dt.timedelta(0)
        seconds = session.scalar(select(MovedClock.seconds).where(MovedClock.id == 1))
        return dt.timedelta(seconds=seconds or 0)

    def clock(self, session: Session) -> dt.datetime:
        """Now, as this installation reads it inside a transaction."""
        return clock.read_clock(session, self.clock_offset(session))

    def readiness(self) -> dict[str, bool]:
        """What must be true before requests are sent here: the database answers, is at the newest migration, and mail
        is moving.
        """
        checks = {"database": False, "migrations": False, "outbox": False, "jobs": False}
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            checks["database"] = True
            checks["migrations"] = migrate.current(self.engine) == migrate.head()
            if checks["migrations"]:
                with self.sessions() as session:
                    oldest = session.scalar(
                        select(func.min(OutboxMessage.due_at)).where(
                            OutboxMessage.delivery.in_([Delivery.WAITING, Delivery.SENDING])
                        )
                    )
                    now = self.clock(session)
                    checks["outbox"] = oldest is None or now - oldest < STUCK_AFTER
                    overdue = session.scalar(
                        select(func.count(Job.id)).where(Job.done_at.is_(None), Job.attempts >= FAILING_AFTER)
                    )
                    checks["jobs"] = not overdue
        except SQLAlchemyError:
            pass
        return checks


def build(settings: Settings) -> Wiring:
    """Put an installation together from its settings. Opens no connection yet."""
    engine = build_engine(settings.database_url)
    vault = Vault(settings.encryption_keys)
    wiring = Wiring(
        settings=settings,
        engine=engine,
        sessions=build_sessions(engine),
        vault=vault,
        transport=transport_for(settings.smtp_url, settings.env, base_url=settings.base_url),
        files=_files(settings),
        daily=DAILY,
    )
    wiring.job_handlers = job_handlers(wiring)
    profile = passwords.profile_for(settings.env)
    wiring.sessions.configure(info={**reactions_info(reactions(wiring)), passwords.KEY: profile})
    name_domain(wiring.sessions, settings.base_url)
    return wiring


def _files(settings: Settings) -> Store:
    """Where uploads are kept; behind a virus scanner where one is configured."""
    folder = FolderStore(settings.data_dir / "files")
    if settings.clamav_url is None:
        return folder
    return ScanningStore(folder, ClamScanner(settings.clamav_url), settings.data_dir / "quarantine")


def reactions(wiring: Wiring) -> Reactions:
    """When X happened, also do Y, in the same transaction: the whole table."""
    base_url = wiring.settings.base_url

    def told(reaction: Callable[..., object]) -> Reaction:
        return lambda session, event: reaction(session, event, base_url=base_url)

    def sealed(reaction: Callable[..., object]) -> Reaction:
        return lambda session, event: reaction(session, event, vault=wiring.vault)

    def managers(session: Session, event: RequestSubmitted) -> None:
        tell_managers(session, event, base_url=base_url, vault=wiring.vault)

    return {
        **provider_reactions(wiring.clock),
        RequestSubmitted: (managers,),
        ApprovalTelephoned: (told(tell_telephoned),),
        CoverNamed: (told(tell_covering),),
        RequestReturned: (told(tell_writer),),
        RequestApproved: (lambda session, event: ask_in_house(session, event, vault=wiring.vault, base_url=base_url),),
        InHouseAnswered: (told(tell_answer),),
        RequestPublished: (told(invite_enrolled), plan_reminder),
        DeadlineExtended: (told(tell_extension), plan_reminder),
        RequestAmended: (told(tell_amendment),),
        RequestWidened: (told(tell_widened),),
        RequestWithdrawn: (keep_what_is_placed, told(tell_withdrawal), told(close_offers)),
        RequestUnplaced: (told(close_offers),),
        AttachmentAdded: (told(tell_attachment),),
        EnrolmentSuspended: (told(flag_suspended), told(tell_company)),
        EnrolmentRemoved: (told(flag_suspended), told(tell_company)),
        EnrolmentReinstated: (told(tell_company),),
        ServiceUnderAssurance: (end_exemptions, told(ask_for_assurance)),
        ShortlistFrozen: (told(tell_shortlist), told(escalate)),
        DecisionRecorded: (told(ask_for_signatures),),
        AuthorityGiven: (told(tell_authority),),
        HoldingsAsked: (requests_hold, placements_hold),
        Awarded: (told(ask_for_location_approval), sealed(statutory.on_awarded), rollup.on_awarded),
        PlacementStarted: (sealed(statutory.on_started), rollup.on_started),
        PlacementConfirmed: (rollup.on_confirmed,),
        UpliftAgreed: (rollup.on_uplift_agreed,),
    }


def job_handlers(wiring: Wiring) -> Mapping[str, JobHandler]:
    """What each kind of job does. A handler bears being run twice."""

    def open_offers(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        # A deadline that was extended has a job of its own at its new time.
        if still_to_open(session, payload["request_id"]) and has_closed(session, payload["request_id"], now):
            open_and_freeze(session, vault=wiring.vault, request_id=payload["request_id"], now=now)

    def let_hold_expire(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        expire_hold(session, hold_id=payload["hold_id"], now=now, base_url=wiring.settings.base_url)

    def open_wave(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        open_due(session, wave_id=payload["wave_id"], now=now, base_url=wiring.settings.base_url)

    def end_in_house_window(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        asked_at = dt.datetime.fromisoformat(payload["asked_at"])
        base_url = wiring.settings.base_url
        end_window(session, request_id=payload["request_id"], asked_at=asked_at, now=now, base_url=base_url)

    def remind_of_prices(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        closes_at = dt.datetime.fromisoformat(payload["closes_at"])
        base_url, request_id = wiring.settings.base_url, payload["request_id"]
        remind_to_explain(
            session, vault=wiring.vault, request_id=request_id, closes_at=closes_at, now=now, base_url=base_url
        )

    def watch_evidence(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        remind(session, now=now, base_url=wiring.settings.base_url)

    def vacancy_mail(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        if is_mail_day(session, now):
            ask_for_vacancies(session, now=now, base_url=wiring.settings.base_url)

    def roll_vacancies(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        roll(session, now)

    def forget_what_was_typed(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        forget_unsaved(session, now=now)

    def read_bulk_file(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        bulk.read_step(session, payload, now, store=wiring.files)

    def apply_bulk_file(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        bulk.apply_step(session, payload, now, store=wiring.files)

    def index_children(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        indexing.index_step(session, payload, now, vault=wiring.vault)

    def foreseen(session: Session, changes: Changes, now: dt.datetime) -> dict[str, Any]:
        return foresee(session, changes, now=now)

    def register_file(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        uploads.work_on(session, payload, now, store=wiring.files, ahead=foreseen)

    def make_paper(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        papers.make_step(session, payload, now, vault=wiring.vault, store=wiring.files)

    def forget_files(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        papers.forget_papers(session, store=wiring.files, now=now)
        forget_unconfirmed(session, now=now)

    def joint_plans_of_day(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        joint.plan_day(session, now)

    def joint_plan(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        from app.offers.joint.working import work_out  # loads numpy, which no page needs

        work_out(session, vault=wiring.vault, now=now)

    def joint_plan_asked(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        from app.offers.joint.working import asked_step  # loads numpy, which no page needs

        asked_step(session, payload, now, vault=wiring.vault)

    return {
        joint.DAY: joint_plans_of_day,
        joint.AT_HOUR: joint_plan,
        joint.ASKED: joint_plan_asked,
        "open_offers": open_offers,
        "expire_hold": let_hold_expire,
        OPEN_WAVE: open_wave,
        END_WINDOW: end_in_house_window,
        REMIND: remind_of_prices,
        FIT_PRICES: FITTING,
        "evidence_watch": watch_evidence,
        "vacancy_mail": vacancy_mail,
        "roll_vacancies": roll_vacancies,
        FORGET_UNSAVED: forget_what_was_typed,
        FIT_STABILITY: STABILITY_FITTING,
        bulk.READ: read_bulk_file,
        bulk.APPLY: apply_bulk_file,
        running.KIND: running.run_step,
        "rescore_daily": running.rescore_daily,
        changing.KIND: changing.preview_step,
        ASSURANCE_TASKS: give_tasks,
        indexing.KIND: index_children,
        uploads.PREVIEW: register_file,
        uploads.IMPORT: register_file,
        papers.MAKE: make_paper,
        "forget_files": forget_files,
    }
