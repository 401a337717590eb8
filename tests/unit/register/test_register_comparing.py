"""The order in which files arrive does not matter: a law, tried on made-up histories without a database."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.register.comparing import Columns, compare
from providers.register.reading import ReadResult, read_register
from tests.factories.register import home, inspected, register_text

TODAY = dt.date(2026, 11, 23)
GRADES = ["Outstanding", "Good", "Requires improvement to be good", "Inadequate", "Adequate"]


@st.composite
def row_of(draw: st.DrawFn, urn: str) -> dict[str, str]:
    """A registration with some facts and, perhaps, one of four inspections, which a file may know by its day only."""
    status = draw(st.sampled_from(["Active", "Suspended"]))
    row = home(urn, Places=draw(st.sampled_from(["", "2", "3", "many"])), **{"Registration status": status})
    number = draw(st.integers(0, 4))
    if number == 0:
        return row
    grades = st.sampled_from(GRADES)
    event = draw(st.sampled_from(["Full inspection", "Full inspection", "Monitoring inspection"]))
    return inspected(
        row,
        draw(grades),
        protected=draw(grades),
        leaders=draw(grades),
        on=f"0{number}/06/202{number}",
        published=f"0{number}/08/202{number}",
        number=str(number) if draw(st.booleans()) else "",
        event=event,
    )


@st.composite
def file_of(draw: st.DrawFn) -> ReadResult:
    """A file of up to two registrations."""
    urns = draw(st.lists(st.sampled_from(["9900001", "9900002"]), unique=True, min_size=1))
    text = register_text([draw(row_of(urn)) for urn in urns])
    return read_register(io.BytesIO(text.encode()), name="made_up.csv")


class Register:
    """The two tables, in memory."""

    def __init__(self) -> None:
        self.registrations: dict[str, Columns] = {}
        self.inspections: dict[str, Columns] = {}

    def take(self, result: ReadResult, as_of: dt.date) -> tuple[int, int, int]:
        by_urn: dict[str, list[Columns]] = {}
        for row in self.inspections.values():
            by_urn.setdefault(row["urn"], []).append(row)
        plan = compare(result, as_of=as_of, today=TODAY, registrations=dict(self.registrations), inspections=by_urn)
        for row in (*plan.registrations_to_insert, *plan.registrations_to_update):
            self.registrations[row["urn"]] = row
        for row in (*plan.inspections_to_insert, *plan.inspections_to_update):
            self.inspections[row["id"]] = row
        fresh = {"facts_as_of": as_of, "facts_from": result.coverage}
        for urn in plan.registrations_seen_again:
            self.registrations[urn] = self.registrations[urn] | {"last_seen": as_of, **fresh}
        for inspection_id in plan.inspections_seen_again:
            self.inspections[inspection_id] |= fresh
        return plan.new, plan.changed, plan.unchanged

    def said(self) -> list[Any]:
        without_id = [{key: value for key, value in row.items() if key != "id"} for row in self.inspections.values()]
        return [
            sorted(self.registrations.items()),
            sorted(without_id, key=lambda row: (row["urn"], row["inspected_on"])),
        ]


@settings(max_examples=150, deadline=None)
@given(st.lists(file_of(), min_size=2, max_size=4))
def test_the_order_of_arrival_does_not_matter(files: list[ReadResult]) -> None:
    dated = [(result, dt.date(2025, number, 28)) for number, result in enumerate(files, start=1)]
    final = []
    for order in itertools.permutations(dated):
        register = Register()
        for result, as_of in order:
            register.take(result, as_of)
        final.append(register.said())
    assert all(one == final[0] for one in final)


@settings(max_examples=100, deadline=None)
@given(st.lists(file_of(), min_size=1, max_size=4))
def test_the_newest_file_again_changes_nothing(files: list[ReadResult]) -> None:
    register = Register()
    for number, result in enumerate(files, start=1):
        register.take(result, dt.date(2025, number, 28))
    before = register.said()
    again = register.take(files[-1], dt.date(2025, len(files), 28))
    assert again == (0, 0, len(files[-1].rows))
    assert register.said() == before


@settings(max_examples=100, deadline=None)
@given(st.lists(file_of(), min_size=1, max_size=4))
def test_no_inspection_is_ever_forgotten(files: list[ReadResult]) -> None:
    register = Register()
    for number, result in enumerate(files, start=1):
        register.take(result, dt.date(2025, number, 28))
    told = {(row.urn, visit.inspected_on) for result in files for row in result.rows for visit in row.inspections}
    held = [(row["urn"], row["inspected_on"]) for row in register.inspections.values()]
    assert sorted(held) == sorted(told)
