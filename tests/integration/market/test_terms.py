"""Conditions, fees, rounds and notices of a system: what each mode refuses, and what the database itself holds."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, Stale
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from providers.market.models import ApplicationRound, PurchasingSystem
from providers.market.queries import must_take_applications, notices_of, rounds_of
from providers.market.setup import add_lot, create_system
from providers.market.status import NoticeKind, ProcurementMode, ServiceType, Strand
from providers.market.terms import (
    add_round,
    establish,
    record_notice,
    remove_round,
    set_fees,
    write_conditions,
)
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.providers import NOW

M = ProcurementMode
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def commissioner(session: Session) -> Actor:
    factory.make_policies(session)
    return factory.make_commissioner(session)


def system(session: Session, actor: Actor, mode: ProcurementMode) -> PurchasingSystem:
    of_the_act = mode.value.startswith("pa23")
    return create_system(
        session,
        actor=actor,
        name=f"Made-up {mode.value}",
        mode=mode,
        begun_on=dt.date(2025, 3, 3) if of_the_act else dt.date(2024, 3, 3),
        starts_on=dt.date(2025, 4, 1),
        ends_on=dt.date(2028, 3, 31),
        now=NOW,
    )


def write(session: Session, actor: Actor, made: PurchasingSystem, conditions: str = "Be registered.") -> None:
    write_conditions(session, actor=actor, system_id=made.id, conditions=conditions, version=made.version, now=NOW)


def found(session: Session, actor: Actor, made: PurchasingSystem, **changes: Any) -> None:
    said: dict[str, Any] = {"established_on": dt.date(2025, 4, 1), "reference": "2025/S 000-001", **changes}
    establish(session, actor=actor, system_id=made.id, version=made.version, now=NOW, **said)


@pytest.mark.parametrize("mode", list(M))
def test_conditions_are_final_once_a_market_is_established_where_the_mode_fixes_them(
    session: Session, commissioner: Actor, mode: ProcurementMode
) -> None:
    """F-6."""
    made = system(session, commissioner, mode)
    write(session, commissioner, made)
    write(session, commissioner, made, "Be registered and insured.")
    found(session, commissioner, made)
    if mode in (M.PCR34, M.PA23_DYNAMIC_MARKET):
        with pytest.raises(Conflict, match="cannot be changed"):
            write(session, commissioner, made, "Something else.")
        assert made.conditions == "Be registered and insured."
    else:
        write(session, commissioner, made, "Something else.")
        assert made.conditions == "Something else."


@pytest.mark.parametrize("mode", list(M))
def test_the_database_itself_refuses_to_change_what_is_fixed(
    session: Session, engine: Engine, commissioner: Actor, mode: ProcurementMode
) -> None:
    made = system(session, commissioner, mode)
    write(session, commissioner, made)
    found(session, commissioner, made)
    session.commit()
    fixed = mode in (M.PCR34, M.PA23_DYNAMIC_MARKET)
    for statement in (
        "UPDATE purchasing_system SET conditions = 'eased'",
        "UPDATE purchasing_system SET established_on = NULL",
    ):
        with engine.connect() as connection:
            if fixed:
                with pytest.raises(DBAPIError, match="fixed"):
                    connection.execute(text(statement))
            else:
                connection.execute(text(statement))
            connection.rollback()
    other = "pcr_light_touch" if mode is M.PCR34 else "pcr34"
    with engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(f"UPDATE purchasing_system SET mode = '{other}'"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_established_market_is_neither_deleted_nor_replaced(
    session: Session, engine: Engine, commissioner: Actor
) -> None:
    made = system(session, commissioner, M.PA23_DYNAMIC_MARKET)
    write(session, commissioner, made)
    found(session, commissioner, made)
    session.commit()
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        columns = [row[1] for row in raw.execute("PRAGMA table_info(purchasing_system)")]
        same = ", ".join("'eased'" if column == "conditions" else column for column in columns)
        for statement in (
            "DELETE FROM purchasing_system",
            f"INSERT OR REPLACE INTO purchasing_system ({', '.join(columns)}) SELECT {same} FROM purchasing_system",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="fixed"):
                raw.execute(statement)
        raw.rollback()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_an_established_market_is_not_deleted_on_postgresql(
    session: Session, engine: Engine, commissioner: Actor
) -> None:
    made = system(session, commissioner, M.PA23_DYNAMIC_MARKET)
    write(session, commissioner, made)
    found(session, commissioner, made)
    session.commit()
    with engine.connect() as connection, pytest.raises(DBAPIError, match="fixed"):
        connection.execute(text("DELETE FROM purchasing_system"))


def test_a_market_is_established_once_with_its_conditions_and_its_notice(session: Session, commissioner: Actor) -> None:
    made = system(session, commissioner, M.PA23_DYNAMIC_MARKET)
    with pytest.raises(Conflict, match="conditions of membership first"):
        found(session, commissioner, made)
    write(session, commissioner, made)
    for changes, field in (
        ({"established_on": TODAY + DAY}, "established_on"),
        ({"established_on": dt.date(2025, 3, 2)}, "established_on"),
        ({"reference": "  "}, "reference"),
    ):
        with pytest.raises(Invalid) as refused, session.begin_nested():
            found(session, commissioner, made, **changes)
        assert refused.value.field == field
        session.refresh(made)
    found(session, commissioner, made)
    kept = [(notice.kind, notice.reference, who) for notice, who in notices_of(session, made.id)]
    assert kept == [(NoticeKind.UK14, "2025/S 000-001", commissioner.person_name)]
    with pytest.raises(Conflict, match="already established"):
        found(session, commissioner, made)


def test_a_system_that_fixes_its_conditions_takes_no_application_before_it_is_established(
    session: Session, commissioner: Actor
) -> None:
    for mode in M:
        made = system(session, commissioner, mode)
        lot = add_lot(
            session,
            actor=commissioner,
            system_id=made.id,
            name="Homes",
            strand=Strand.LOOKED_AFTER,
            service_type=ServiceType.RESIDENTIAL,
            now=NOW,
        )
        if mode in (M.PCR34, M.PA23_DYNAMIC_MARKET):
            with pytest.raises(Invalid, match="not established yet"):
                must_take_applications(session, lot, TODAY)
            write(session, commissioner, made)
            found(session, commissioner, made)
        must_take_applications(session, lot, TODAY)


def test_the_database_refuses_the_fees_that_the_mode_forbids(session: Session, commissioner: Actor) -> None:
    """F-5."""
    made = {mode: system(session, commissioner, mode) for mode in M}
    with pytest.raises(Invalid):
        set_fees(
            session,
            actor=commissioner,
            system_id=made[M.PCR34].id,
            membership_fee_pence=None,
            award_fee_pence=10_00,
            version=1,
            now=NOW,
        )
    for mode, column in (
        (M.PCR34, "membership_fee_pence"),
        (M.PCR34, "award_fee_pence"),
        (M.PA23_LIGHT_TOUCH, "membership_fee_pence"),
        (M.PA23_DYNAMIC_MARKET, "membership_fee_pence"),
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE purchasing_system SET {column} = 1000 WHERE id = :id"), {"id": made[mode].id})
    market = set_fees(
        session,
        actor=commissioner,
        system_id=made[M.PA23_DYNAMIC_MARKET].id,
        membership_fee_pence=None,
        award_fee_pence=250_00,
        version=1,
        now=NOW,
    )
    assert market.award_fee_pence == 250_00


@pytest.mark.parametrize("mode", list(M))
def test_rounds_are_for_light_touch_systems_only(session: Session, commissioner: Actor, mode: ProcurementMode) -> None:
    """F-1."""
    made = system(session, commissioner, mode)
    days: dict[str, Any] = {"opens_on": TODAY + 10 * DAY, "closes_on": TODAY + 20 * DAY}
    if mode in (M.PCR_LIGHT_TOUCH, M.PA23_LIGHT_TOUCH):
        assert add_round(session, actor=commissioner, system_id=made.id, now=NOW, **days).mode is mode
        return
    with pytest.raises(Conflict, match="at any time"):
        add_round(session, actor=commissioner, system_id=made.id, now=NOW, **days)
    for said in (mode, M.PCR_LIGHT_TOUCH):  # the true mode, and a false one that would be let through
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(ApplicationRound).values(system_id=made.id, mode=said, **days))


def test_rounds_come_one_after_another_and_one_that_has_opened_stays(session: Session, commissioner: Actor) -> None:
    made = system(session, commissioner, M.PA23_LIGHT_TOUCH)

    def put(opens: int, closes: int, now: dt.datetime = NOW) -> ApplicationRound:
        return add_round(
            session,
            actor=commissioner,
            system_id=made.id,
            opens_on=TODAY + opens * DAY,
            closes_on=TODAY + closes * DAY,
            now=now,
        )

    first = put(0, 9)
    for opens, closes, field in (
        (9, 12, "opens_on"),
        (-1, 3, "opens_on"),
        (20, 19, "closes_on"),
        (400, 900, "opens_on"),
    ):
        with pytest.raises(Invalid) as refused:
            put(opens, closes)
        assert refused.value.field == field
    second = put(10, 12)
    assert [one.id for one in rounds_of(session, made.id)] == [first.id, second.id]
    with pytest.raises(Conflict, match="has opened"):
        remove_round(session, actor=commissioner, round_id=first.id, now=NOW)
    remove_round(session, actor=commissioner, round_id=second.id, now=NOW)
    assert [one.id for one in rounds_of(session, made.id)] == [first.id]


def test_a_notice_of_another_law_or_one_that_is_kept_already_is_refused(session: Session, commissioner: Actor) -> None:
    made = system(session, commissioner, M.PA23_DYNAMIC_MARKET)

    def keep(kind: NoticeKind, reference: str = "A1", published_on: dt.date = TODAY) -> None:
        record_notice(
            session,
            actor=commissioner,
            system_id=made.id,
            kind=kind,
            reference=reference,
            published_on=published_on,
            now=NOW,
        )

    keep(NoticeKind.UK13)
    for kind, reference, day, field in (
        (NoticeKind.CONTRACT, "A2", TODAY, "kind"),
        (NoticeKind.UK14, "A2", TODAY, "kind"),
        (NoticeKind.UK13, "A1", TODAY, "reference"),
        (NoticeKind.UK13, "", TODAY, "reference"),
        (NoticeKind.UK15, "A2", TODAY + DAY, "published_on"),
    ):
        with pytest.raises(Invalid) as refused:
            keep(kind, reference, day)
        assert refused.value.field == field


def test_only_who_manages_the_market_sets_its_terms_and_nobody_over_anothers_work(
    session: Session, commissioner: Actor
) -> None:
    made = system(session, commissioner, M.PCR_LIGHT_TOUCH)
    hub = session.get_one(Organisation, commissioner.organisation_id)
    borough = factory.make_organisation(session, OrganisationKind.BOROUGH)
    for actor in (make_actor(session, hub, Role.HUB_ADMINISTRATOR), make_actor(session, borough)):
        with pytest.raises(NotAllowed):
            write(session, actor, made)
    stale = made.version
    write(session, commissioner, made)
    with pytest.raises(Stale):
        write_conditions(session, actor=commissioner, system_id=made.id, conditions="Mine.", version=stale, now=NOW)
