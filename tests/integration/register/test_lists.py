"""Importing premises, and leavers and joiners: whole, once, in any order, and closing what left."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import events
from app.core.database import Sessions
from providers.register.events import RegisterImported, RegistrationLeft, RegistrationSuspended, Regraded
from providers.register.history import change_dates, changes, changes_of, count_changes, premises_of
from providers.register.importing import import_register
from providers.register.models import RegisterImport, Registration, RegistrationChange, SupportedPremises
from providers.register.queries import registration
from providers.register.report import ImportReport
from providers.register.status import ChangeKind, Coverage
from tests.factories.register import home, register_text
from tests.factories.register_lists import building, changes_text, joined, left, premises_text
from tests.shared_data import shared_folder

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MARCH_2024, MARCH_2025, MARCH_2026 = dt.date(2024, 3, 31), dt.date(2025, 3, 31), dt.date(2026, 3, 31)
PROVIDERS = "childrens_social_care_providers_31_march_2024.csv"
PREMISES, CHANGES = "supported_accommodation_premises_31_march_2025.csv", "leavers_and_joiners_2024_25.csv"


def load(session: Session, text: str | Path, as_of: dt.date = MARCH_2025, **options: Any) -> ImportReport:
    path = text if isinstance(text, Path) else text.encode()
    report = import_register(session, path=path, name="file.csv", as_of=as_of, now=NOW, **options)
    assert report.rows_read == report.new + report.changed + report.unchanged + report.rejected
    return report


def heard(session: Session) -> list[object]:
    found: list[object] = []
    collect = [lambda _session, event: found.append(event)]
    events.install(
        session, dict.fromkeys((Regraded, RegistrationSuspended, RegistrationLeft, RegisterImported), collect)
    )
    return found


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_real_lists_come_in_whole_and_close_who_left(session: Session) -> None:
    folder = shared_folder("reference", "ofsted")
    load(session, folder / PROVIDERS, MARCH_2024, skip_bad_rows=True)
    premises = load(session, folder / PREMISES)
    assert (premises.rows_read, premises.new, premises.rejected) == (8119, 8119, 0)
    assert premises.coverage is Coverage.SUPPORTED_PREMISES
    assert list(premises.by_category.values()) == [3387, 2345, 1705, 682]
    assert count(session, SupportedPremises) == 8119

    published = heard(session)
    lists = load(session, folder / CHANGES)
    assert (lists.rows_read, lists.new, lists.rejected, lists.joined) == (1529, 1529, 0, 1353)
    assert count(session, RegistrationChange) == 1353 + 185
    closed = session.scalars(select(Registration.urn).where(Registration.left_on.is_not(None))).all()
    assert len(closed) == lists.left == 161  # of 185 leavers, those that the file of 2024 lists
    assert sum(isinstance(event, RegistrationLeft) for event in published) == 161
    for again in (PREMISES, CHANGES):
        report = load(session, folder / again)
        assert (report.again, report.written, report.unchanged) == (True, False, report.rows_read)
    assert count(session, RegisterImport) == 3


def test_a_list_of_premises_replaces_that_of_its_date_and_leaves_the_others(session: Session) -> None:
    load(session, premises_text([building(), building(), building("9900002", "Category 4", "1")]), MARCH_2024)
    first = load(session, premises_text([building(), building(category="Category 2")]))
    assert (first.new, first.unchanged, first.missing, first.details["missing"]) == (2, 0, 1, ["9900002"])
    corrected = load(session, premises_text([building(), building(places="")]))
    assert (corrected.new, corrected.unchanged) == (1, 1)
    assert [(one.as_of, one.category[:10], one.buildings, one.places) for one in premises_of(session, "9900001")] == [
        (MARCH_2025, "Category 1", 2, 2),
        (MARCH_2024, "Category 1", 2, 4),
    ]


def test_a_leaver_closes_its_registration_and_absence_does_not(session: Session) -> None:
    load(session, register_text([home("9900001"), home("9900002"), home("9900003")]), MARCH_2024)
    published = heard(session)
    report = load(session, changes_text([left("9900001"), joined("9900002"), left("9900009")]))
    assert (report.new, report.left, report.joined, report.missing) == (3, 1, 1, None)
    gone = registration(session, "9900001")
    assert (gone.registration_status, gone.left_on) == ("resigned", dt.date(2025, 1, 13))
    assert published[:-1] == [RegistrationLeft("9900001", dt.date(2025, 1, 13), "resigned", MARCH_2025)]
    assert registration(session, "9900003").registration_status == "active"
    assert [(one.kind, one.reason) for one in changes_of(session, "9900001")] == [
        (ChangeKind.LEFT, "In previous year, not in current dataset (closed date in Year)")
    ]

    published.clear()
    assert load(session, changes_text([joined("9900002"), left("9900009")])).unchanged == 2
    assert registration(session, "9900001").left_on is not None, "a list that leaves it out takes nothing back"
    assert [one for one in published if isinstance(one, RegistrationLeft)] == []
    corrected = load(session, changes_text([left("9900001", on="14/01/2025", status="Cancelled")]))
    assert (corrected.changed, corrected.left) == (1, 0)
    assert registration(session, "9900001").registration_status == "cancelled"


def test_a_later_list_of_providers_opens_a_registration_again(session: Session) -> None:
    load(session, register_text([home()]), MARCH_2024)
    load(session, changes_text([left()]))
    load(session, register_text([home(Places="4")]), MARCH_2024)
    assert registration(session, "9900001").registration_status == "resigned", "an older list knows less"
    load(session, register_text([home()]), MARCH_2026)
    again = registration(session, "9900001")
    assert (again.registration_status, again.left_on) == ("active", None)


def test_the_order_of_the_files_does_not_matter(sessions: Sessions) -> None:
    files = [
        (register_text([home("9900001"), home("9900002")]), MARCH_2024),
        (changes_text([left("9900001"), left("9900003")]), MARCH_2025),
        (register_text([home("9900002", Places="5"), home("9900003")]), MARCH_2025),
        (changes_text([left("9900002", on="02/02/2024", status="Closed")]), MARCH_2024),
    ]
    final = []
    for order in itertools.permutations(files):
        with sessions() as session:
            for text, as_of in order:
                load(session, text, as_of)
            rows = session.execute(select(Registration.__table__).order_by(Registration.urn)).all()
            final.append([tuple(row) for row in rows])
            session.rollback()
    assert all(one == final[0] for one in final)
    with sessions() as session:
        for text, as_of in files:
            load(session, text, as_of)
        found = {row.urn: row.registration_status for row in session.scalars(select(Registration))}
        session.rollback()
    assert found == {"9900001": "resigned", "9900002": "active", "9900003": "resigned"}


def test_a_dry_run_and_a_rejected_row_write_nothing(session: Session) -> None:
    load(session, register_text([home()]), MARCH_2024)
    for text in (premises_text([building(), building("bad")]), changes_text([left(), left("bad")])):
        for options in ({"dry_run": True}, {}):
            report = load(session, text, **options)
            assert (report.refused, report.written, report.details["rejected"][0]["line"]) == (True, False, 6)
        assert load(session, text, skip_bad_rows=True, dry_run=True).written is False
    assert (count(session, SupportedPremises), count(session, RegistrationChange)) == (0, 0)
    assert registration(session, "9900001").left_on is None
    assert load(session, changes_text([left(), left("bad")]), skip_bad_rows=True).left == 1


def test_who_joined_and_left_is_listed_by_year_and_kind(session: Session) -> None:
    rows = [left("9900001"), *(joined(f"990001{number}", Places=str(number)) for number in range(5))]
    load(session, changes_text(rows))
    load(session, changes_text([left("9900007", on="01/05/2025")]), MARCH_2026)
    assert change_dates(session) == [MARCH_2026, MARCH_2025]
    assert count_changes(session, MARCH_2025) == {ChangeKind.JOINED: 5, ChangeKind.LEFT: 1}
    page, total = changes(
        session, as_of=MARCH_2025, kind=ChangeKind.JOINED, authority="E09000008", order="places", limit=2, offset=2
    )
    assert (total, [one.places for one in page]) == (5, [2, 1])
    assert changes(session, as_of=MARCH_2025, authority="E09000029")[1] == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_date_other_than_the_titles_is_warned_of(session: Session) -> None:
    for text in (premises_text([building()]), changes_text([left()])):
        report = load(session, text, MARCH_2026)
        messages = [one["message"] for one in report.details["warnings"]]
        assert "says that it is as at 31 March 2025, which is not the date given" in messages
