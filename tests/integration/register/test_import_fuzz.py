"""Imports of damaged files into a register that holds something: a refusal in words or a report, never halves."""

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

from app.core.errors import Invalid
from providers.register.importing import import_register
from providers.register.models import Inspection, RegisterImport, Registration, RegistrationChange, SupportedPremises
from providers.register.report import ImportReport
from tests.factories.register import home, inspected, register_text
from tests.factories.register_lists import building, changes_text, joined, left, premises_text

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TABLES = (Registration, Inspection, SupportedPremises, RegistrationChange, RegisterImport)
FILES = (
    register_text([inspected(home(f"990000{number}"), "Inadequate", number="7") for number in range(1, 4)]),
    premises_text([building(f"990000{number}") for number in range(1, 4)]),
    changes_text([left("9900001"), joined("9900002"), left("9900003", status="Cancelled")]),
)
CELLS = ("=1+1", "9" * 400, "31/02/2025", "NULL", '"', "Category 9", "Inadequate", "Leaver", "9900002", "", "Good")


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def attempt(session: Session, data: bytes, skip: bool) -> ImportReport | Invalid:
    try:
        return import_register(
            session, path=data, name="f.csv", as_of=dt.date(2025, 3, 31), now=NOW, skip_bad_rows=skip
        )
    except Invalid as refusal:
        return refusal


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of the files with some of its cells or bytes changed."""
    text = draw(st.sampled_from(FILES))
    if draw(st.booleans()):
        data = text.encode("utf-8-sig")
        at = draw(st.integers(0, len(data)))
        return data[:at] + draw(st.binary(max_size=20)) + data[at + draw(st.integers(0, 40)) :]
    table = list(csv.reader(io.StringIO(text, newline="")))
    for row, column, cell in draw(
        st.lists(st.tuples(st.integers(3, 6), st.integers(0, 31), st.sampled_from(CELLS)), max_size=5)
    ):
        line = table[row]
        line[column % len(line)] = cell
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    return written.getvalue().encode()


def test_a_damaged_file_is_refused_or_reported_and_never_imported_by_halves(session: Session) -> None:
    import_register(
        session,
        path=register_text([inspected(home("9900001"), number="1"), home("9900002")]).encode(),
        as_of=dt.date(2024, 3, 31),
        now=NOW,
    )
    session.flush()

    @settings(max_examples=60, deadline=3000, suppress_health_check=list(HealthCheck))
    @given(data=damaged(), skip=st.booleans())
    def run(data: bytes, skip: bool) -> None:
        with session.begin_nested() as point:
            before: Any = counts(session)
            outcome = attempt(session, data, skip)
            after = counts(session)
            if isinstance(outcome, Invalid):
                assert outcome.message.endswith("Nothing was imported.")
            else:
                assert outcome.rows_read == outcome.new + outcome.changed + outcome.unchanged + outcome.rejected
                assert outcome.refused == bool(outcome.rejected and not skip)
            if isinstance(outcome, Invalid) or not outcome.written:
                assert after == before
            else:
                assert after[-1] == before[-1] + 1
            point.rollback()

    run()
