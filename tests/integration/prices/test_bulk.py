"""A company's spreadsheet: nothing before it is confirmed, then all or nothing, and only the company's own."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotAllowed, NotFound, Stale
from app.core.files import Accepted, FileKind, accept
from app.core.models import AuditEntry, Batch
from app.core.status import BatchStatus
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from providers.market.models import Lot
from providers.market.status import BandLevel, ServiceType
from providers.services.bulk import working
from providers.services.bulk.models import BulkFile
from providers.services.bulk.planning import Plan, plan_of
from providers.services.bulk.reading import read_tables
from providers.services.bulk.sheets import PRICES, SERVICES, SHEETS, csv_file, excel_file, own_services
from providers.services.bulk.status import BulkStatus
from providers.services.models import Service
from providers.services.prices.models import ListPrice
from providers.services.prices.setting import NewPrice, set_prices
from providers.services.profile import describe_service
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.prices import MemoryStore, csv_upload, make_bands, on_sqlite, price, set_list
from tests.factories.providers import NOW

TODAY = dt.date(2026, 11, 23)
APRIL = dt.date(2027, 4, 1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def rows(session: Session, actor: Actor, sheet: Any = SERVICES) -> list[list[str]]:
    """A sheet as the company downloads it."""
    text = csv_file(own_services(session, actor), sheet, TODAY).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def as_csv(lines: list[list[str]]) -> Accepted:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return csv_upload(out.getvalue())


def work(session: Session, batch: Batch, step: Any, store: MemoryStore, now: dt.datetime = NOW) -> Batch:
    """Every step of a batch, as the worker does them."""
    while batch.status in (BatchStatus.WAITING, BatchStatus.RUNNING):
        step(session, {"batch_id": batch.id, "step": batch.step}, now, store=store)
    return batch


def send(session: Session, actor: Actor, accepted: Accepted, store: MemoryStore) -> BulkFile:
    """A file sent in and read."""
    row, batch = working.send_in(
        session, actor=actor, accepted=accepted, store=store, leads_to="/provider/bulk/files/{id}", now=NOW
    )
    work(session, batch, working.read_step, store)
    assert (batch.status, batch.leads_to) == (BatchStatus.DONE, f"/provider/bulk/files/{row.id}")
    return row


def confirm(session: Session, actor: Actor, row: BulkFile, store: MemoryStore) -> Batch:
    """A file confirmed and done."""
    batch = working.confirm(session, actor=actor, file_id=row.id, version=row.version, leads_to="/there", now=NOW)
    return work(session, batch, working.apply_step, store)


def plan(row: BulkFile) -> Plan:
    assert row.plan is not None
    return Plan.from_dict(row.plan)


def test_nothing_changes_before_it_is_confirmed_and_then_everything_does(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    set_list(session, provider, lot)
    audited = session.scalar(select(func.count(AuditEntry.id)))
    head, mine = rows(session, provider)
    mine[1], mine[5], mine[6] = "A new name", "No", "1"
    row = send(session, provider, as_csv([head, mine]), store)
    assert row.status is BulkStatus.READY
    assert home.name != "A new name"
    assert session.scalar(select(func.count(AuditEntry.id))) == (audited or 0) + 1  # that it was sent, and nothing else
    (change,) = plan(row).changes
    assert [words.split(":")[0] for words in change.words] == ["Name", "Takes", "Free places"]
    batch = confirm(session, provider, row, store)
    assert (batch.status, row.status) == (BatchStatus.DONE, BulkStatus.APPLIED)
    session.refresh(home)
    assert (home.name, home.sexes, home.places_free, home.places_confirmed_at) == ("A new name", ["F"], 1, NOW)


def test_prices_and_needs_come_in_by_the_rules_of_their_pages(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    set_list(session, provider, lot)
    before = session.scalar(select(func.count(ListPrice.id)))
    head, first, *_ = rows(session, provider, PRICES)
    first[3], first[8] = "1,050.50", "1 April 2027"
    row = send(session, provider, as_csv([head, first]), store)
    assert plan(row).changes[0].words == (
        f"{lot.name}, Made-up standard band: £1,050.50 a week from 1 April 2027, instead of £1,000.00",
    )
    confirm(session, provider, row, store)
    added = session.scalars(select(ListPrice).where(ListPrice.from_day == APRIL)).one()
    assert (added.care_pence, added.weeks_per_year) == (1050_50, 52)
    assert session.scalar(select(func.count(ListPrice.id))) == (before or 0) + 1
    row = send(session, provider, csv_upload(f"URN,Need 3\n{home.urn},3\n"), store)
    confirm(session, provider, row, store)
    session.refresh(home)
    assert home.capability == [2, 2, 3, *[2] * 9]


WRONG: list[tuple[str, int, str, str]] = [
    ("URN,Name\n{theirs},Mine now\n", 2, "URN", "not a service of your company"),
    ("URN,Name\nnonsense,X\n", 2, "URN", "not a service of your company"),
    ("URN,Name\n,X\n", 2, "URN", "Enter the URN"),
    ("URN,Name\n{mine},A\n{mine},B\n", 3, "", "stands at line 2"),
    ("URN,Youngest age,Oldest age\n{mine},12,9\n", 2, "Oldest age", "above the youngest"),
    ("URN,Youngest age\n{mine},twelve\n", 2, "Youngest age", "whole number"),
    ("URN,Takes girls\n{mine},maybe\n", 2, "Takes girls", "Yes or No"),
    ("URN,Takes girls,Takes boys\n{mine},no,no\n", 2, "Takes girls", "who the service takes"),
    ("URN,Alerts go to\n{mine},nobody\n", 2, "Alerts go to", "email address"),
    ("URN,Need 1\n{mine},4\n", 2, "Need 1", "between 0 and 3"),
    ("URN,Name\n{mine},=1+1\n", 2, "Name", "formula"),
    ("URN,Lot,Band,Care a week,From\n{mine},{lot},{band},900,2026-11-22\n", 2, "From", "cannot begin in the past"),
    ("URN,Lot,Band,Care a week,From\n{mine},{lot},{band},900,\n", 2, "From", "Enter the day"),
    ("URN,Lot,Band,Care a week,From\n{mine},{lot},{band},900,31 2 2027\n", 2, "From", "Enter a day"),
    ("URN,Lot,Band,Care a week,From\n{mine},{lot},{band},-900,2027-04-01\n", 2, "Care a week", "less than zero"),
    ("URN,Lot,Band,Care a week,From\n{mine},{lot},Gold,900,2027-04-01\n", 2, "Band", "no band of this name"),
    ("URN,Lot,Band,Care a week,From\n{mine},Nowhere,{band},900,2027-04-01\n", 2, "Lot", "not on a lot"),
    ("URN,Lot,Band,Weeks a year,Care a week,From\n{mine},{lot},{band},38,900,2027-04-01\n", 2, "Weeks a year", "52"),
]


@on_sqlite
def test_each_mistake_is_named_at_its_sheet_line_and_column_and_stops_the_file(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    theirs = factory.make_enrolled_service(session, lot=lot)
    make_bands(session, lot)
    names = {"mine": home.urn, "theirs": theirs.urn, "lot": lot.name, "band": "Made-up standard band"}
    for text, line, column, message in WRONG:
        row = send(session, provider, csv_upload(text.format(**names)), store)
        assert row.status is BulkStatus.FAULTY, text
        (mistake,) = plan(row).mistakes
        assert (mistake.line, mistake.column) == (line, column), text
        assert message in mistake.message, text
        with pytest.raises(Conflict):
            confirm(session, provider, row, store)
    assert theirs.name != "Mine now"


@on_sqlite
def test_one_mistake_among_many_good_lines_saves_none_of_them(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    company = session.get_one(Organisation, provider.organisation_id)
    others = [factory.make_enrolled_service(session, lot=lot, organisation=company) for _ in range(3)]
    lines = "".join(f"{one.urn},Renamed\n" for one in others)
    row = send(session, provider, csv_upload(f"URN,Name\n{lines}9999999,Somebody else's\n"), store)
    assert row.status is BulkStatus.FAULTY
    assert len(plan(row).changes) == 3
    assert "Renamed" not in [one.name for one in others]


def test_a_preview_that_is_out_of_date_is_refused_whole(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    set_list(session, provider, lot)
    head, mine = rows(session, provider)
    mine[1] = "A new name"
    row = send(session, provider, as_csv([head, mine]), store)
    describe_service(session, actor=provider, service_id=home.id, now=NOW, name="A colleague's name")
    batch = confirm(session, provider, row, store)
    assert (batch.status, row.status) == (BatchStatus.FAILED, BulkStatus.STALE)
    assert "changed since you looked" in (batch.problem or "")
    assert home.name == "A colleague's name"
    head, first, *_ = rows(session, provider, PRICES)
    first[3], first[8] = "1100", "2027-04-01"
    row = send(session, provider, as_csv([head, first]), store)
    band = make_bands(session, lot)[BandLevel.STANDARD]
    set_prices(session, actor=provider, prices=[NewPrice(home.id, band.id, price(1), APRIL)], now=NOW)
    assert confirm(session, provider, row, store).status is BatchStatus.FAILED


def test_what_a_rule_refuses_at_the_last_moment_undoes_everything(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prices come after the profiles; where they are refused the profiles are as they were."""
    set_list(session, provider, lot)
    row, batch = working.send_in(
        session,
        actor=provider,
        accepted=csv_upload(f"URN,Name\n{home.urn},A new name\n"),
        store=store,
        leads_to="/",
        now=NOW,
    )
    work(session, batch, working.read_step, store)
    before = home.name
    monkeypatch.setattr(working, "apply_plan", _change_and_refuse)
    assert confirm(session, provider, row, store).status is BatchStatus.FAILED
    session.refresh(home)
    assert home.name == before


def _change_and_refuse(session: Session, actor: Actor, found: Plan, now: dt.datetime) -> None:
    for change in found.changes:
        describe_service(session, actor=actor, service_id=change.service_id, now=now, **change.given)
    raise Stale("A made-up refusal.")


@on_sqlite
def test_a_second_click_and_another_company_find_nothing_to_confirm(
    session: Session, provider: Actor, home: Service, lot: Lot, store: MemoryStore
) -> None:
    row = send(session, provider, csv_upload(f"URN,Name\n{home.urn},A new name\n"), store)
    version = row.version
    with pytest.raises(NotFound):
        working.bulk_file(session, factory.make_provider(session), row.id)
    staff = make_actor(session, session.get_one(Organisation, provider.organisation_id), Role.PROVIDER_STAFF)
    with pytest.raises(NotAllowed):
        working.bulk_file(session, staff, row.id)
    confirm(session, provider, row, store)
    with pytest.raises(Stale):
        working.confirm(session, actor=provider, file_id=row.id, version=version, leads_to="/", now=NOW)
    with pytest.raises(Conflict):
        working.confirm(session, actor=provider, file_id=row.id, version=row.version, leads_to="/", now=NOW)


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
)
AMOUNTS = st.integers(0, 2_000_000)


@on_sqlite
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    NAMES.filter(bool),
    st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS).filter(any),
    st.lists(st.integers(0, 3), min_size=12, max_size=12),
    st.sampled_from([["F"], ["M"], ["F", "M"]]),
)
def test_what_goes_out_and_comes_back_unchanged_changes_nothing(
    session: Session,
    provider: Actor,
    home: Service,
    market: factory.Market,
    name: str,
    amounts: tuple[int, int, int, int],
    levels: list[int],
    sexes: list[str],
) -> None:
    """Whatever a name looks like to a spreadsheet, in both kinds of file, with prices now and to come."""
    lot = market.residential
    describe_service(
        session,
        actor=provider,
        service_id=home.id,
        now=NOW,
        name=name,
        capability=levels,
        sexes=sexes,
        alert_email="=sum@example.org" if name.startswith("=") else "a@example.org",
    )
    band = make_bands(session, lot)[BandLevel.STANDARD]
    one = price(amounts[0], education=amounts[1], health=amounts[2], transport=amounts[3])
    for day in (TODAY, APRIL):
        set_prices(session, actor=provider, prices=[NewPrice(home.id, band.id, one, day)], now=NOW)
    own = own_services(session, provider)
    files = [(csv_file(own, sheet, TODAY), FileKind.CSV) for sheet in SHEETS]
    for data, kind in [*files, (excel_file(session, own, TODAY), FileKind.EXCEL)]:
        found = plan_of(own, read_tables(data, kind), NOW)
        assert (found.changes, found.mistakes) == ([], [])
        assert found.lines > 0


@on_sqlite
def test_a_lot_over_fewer_weeks_goes_out_and_comes_back(
    session: Session, provider: Actor, market: factory.Market
) -> None:
    lot = market.lots[ServiceType.NMI_DAY]
    company = session.get_one(Organisation, provider.organisation_id)
    school = factory.make_enrolled_service(session, lot=lot, organisation=company)
    set_list(session, provider, lot, prices={BandLevel.STANDARD: price(0, education=1234_56, weeks=39)})
    text = f"URN,Lot,Band,Education a week,From\n{school.urn},{lot.name},Made-up standard band,1300,2027-04-01\n"
    found = plan_of(own_services(session, provider), read_tables(text.encode(), FileKind.CSV), NOW)
    (change,) = found.changes
    assert change.given["price"]["weeks_per_year"] == 39


@on_sqlite
def test_many_services_are_read_and_checked_in_steps_and_done_at_once(
    session: Session, provider: Actor, lot: Lot, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "AT_A_TIME", 4)
    company = session.get_one(Organisation, provider.organisation_id)
    homes = [factory.make_enrolled_service(session, lot=lot, organisation=company) for _ in range(6)]
    set_list(session, provider, lot)
    lines = "".join(f"{one.urn},Renamed {number},1\n" for number, one in enumerate(homes))
    row, batch = working.send_in(
        session,
        actor=provider,
        accepted=csv_upload(f"URN,Name,Free places\n{lines}"),
        store=store,
        leads_to="/",
        now=NOW,
    )
    seen = []
    while batch.status in (BatchStatus.WAITING, BatchStatus.RUNNING):
        working.read_step(session, {"batch_id": batch.id, "step": batch.step}, NOW, store=store)
        seen.append((batch.done, batch.total))
    assert seen == [(0, 6), (4, 6), (6, 6)]
    assert row.status is BulkStatus.READY
    confirm(session, provider, row, store)
    session.expire_all()
    names = session.scalars(select(Service.name).where(Service.organisation_id == company.id)).all()
    assert sorted(names) == sorted(f"Renamed {number}" for number in range(6))


@on_sqlite
def test_an_excel_upload_is_known_by_its_content(session: Session, provider: Actor, home: Service) -> None:
    data = excel_file(session, own_services(session, provider), TODAY)
    accepted = accept(io.BytesIO(data), name="ours.xlsx", kinds=[FileKind.EXCEL])
    assert accepted.kind is FileKind.EXCEL
