"""Importing register files on both databases: the real ones and small made-up ones."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import events
from app.core.database import Sessions, transaction
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from providers.register.by_hand import add_registration
from providers.register.events import JudgementResolved, RegisterImported, RegistrationSuspended, Regraded
from providers.register.importing import import_register
from providers.register.models import Inspection, RegisterImport, Registration
from providers.register.queries import (
    awaiting_resolution,
    find_registration,
    judgement_history,
    latest_graded_judgement,
    latest_graded_judgements,
    registration,
    search_registrations,
    unresolved_contradictions,
)
from providers.register.report import ImportReport
from providers.register.resolving import resolve_judgement
from providers.register.status import Coverage, EventType, Grade, ProvisionType, Resolution, Source
from tests.factories.register import OVERALL, home, inspected, register_file
from tests.shared_data import shared_folder

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
MARCH_2024, MARCH_2025, MARCH_2026 = dt.date(2024, 3, 31), dt.date(2025, 3, 31), dt.date(2026, 3, 31)
P2025 = ("childrens_social_care_providers_31_march_2025.csv", MARCH_2025)
P2024 = ("childrens_social_care_providers_31_march_2024.csv", MARCH_2024)
VISITS = ("inspections_in_year_2024_25.csv", MARCH_2025)
OVERALL_TITLE = "overall experiences and progress of children and young people"
LEADERS_TITLE = "the effectiveness of leaders and managers"


def load(session: Session, path: Path, as_of: dt.date, **options: Any) -> ImportReport:
    report = import_register(session, path=path, as_of=as_of, now=NOW, **options)
    assert report.rows_read == report.new + report.changed + report.unchanged + report.rejected
    return report


def load_real(session: Session, file: tuple[str, dt.date], **options: Any) -> ImportReport:
    return load(session, shared_folder("reference", "ofsted", file[0]), file[1], **options)


def counted(name: str, encoding: str) -> dict[str, dict[str, str]]:
    with shared_folder("reference", "ofsted", name).open(encoding=encoding, newline="") as file:
        rows = list(csv.reader(file))
    titles = [" ".join(title.split()).casefold() for title in rows[3]]
    return {row[1]: dict(zip(titles, row, strict=False)) for row in rows[4:]}


def held(session: Session) -> tuple[list[Any], list[Any]]:
    """All that the register says, without ids, in a settled order."""
    registrations = session.execute(select(Registration.__table__).order_by(Registration.urn)).all()
    columns = [column for column in Inspection.__table__.c if column.name != "id"]
    order = (Inspection.urn, Inspection.event_number, Inspection.inspected_on)
    inspections = session.execute(select(*columns).order_by(*order)).all()
    return [tuple(row) for row in registrations], [tuple(row) for row in inspections]


def heard(session: Session) -> list[object]:
    """Collects what the register publishes in this session."""
    found: list[object] = []
    collect = [lambda _session, event: found.append(event)]
    told = (Regraded, RegistrationSuspended, RegisterImported, JudgementResolved)
    events.install(session, dict.fromkeys(told, collect))
    return found


def test_the_file_of_2025_comes_in_whole_and_again_changes_nothing(session: Session) -> None:
    steps: list[tuple[int, int | None]] = []
    first = load_real(session, P2025, progress=lambda done, total: steps.append((done, total)))
    assert (first.rows_read, first.new, first.rejected, first.written) == (5600, 5600, 0, True)
    assert first.by_provision_type["Children's home"] == 3946
    assert first.by_provision_type["Supported Accommodation"] == 893
    assert first.contradictory == 2
    assert first.missing is None
    assert session.scalar(select(func.count()).select_from(Registration)) == 5600
    assert session.scalar(select(func.count()).select_from(Inspection)) == 5600 - 1257
    assert len(unresolved_contradictions(session)) == 2
    assert steps[0] == (500, None)
    assert steps[-1] == (9943, 9943)

    before, published = held(session), heard(session)
    again = load_real(session, P2025)
    assert (again.unchanged, again.new, again.changed, again.written) == (5600, 0, 0, False)
    assert held(session) == before
    assert published == []
    assert session.scalar(select(func.count()).select_from(RegisterImport)) == 1


def test_the_years_tell_what_changed_between_them(session: Session) -> None:
    load_real(session, P2024)
    published = heard(session)
    report = load_real(session, P2025)
    older, newer = counted(P2024[0], "cp1252"), counted(P2025[0], "utf-8-sig")
    both = older.keys() & newer.keys()
    assert report.new == len(newer.keys() - older.keys()) == 1907
    newly = {
        urn for urn in both if newer[urn]["registration status"] == "Suspended" != older[urn]["registration status"]
    }
    assert report.suspended == len(newly) == 7
    assert {event.urn for event in published if isinstance(event, RegistrationSuspended)} == newly

    def graded(row: dict[str, str], prefix: str = "") -> bool:
        leaders = row["previous effectiveness of leaders and managers" if prefix else LEADERS_TITLE]
        overall = row[f"{prefix}{OVERALL_TITLE}"]
        event = row[f"{'previous' if prefix else 'latest'} full inspection event type"]
        doubted = leaders == "Inadequate" and overall in {"Good", "Outstanding"}
        return event == "Full inspection" and bool(overall) and not doubted

    regraded = 0
    for urn in both:
        was = older[urn]
        if graded(was):
            before = was[OVERALL_TITLE]
        elif graded(was, "previous "):
            before = was[f"previous {OVERALL_TITLE}"]
        else:
            before = ""
        regraded += bool(before) and graded(newer[urn]) and newer[urn][OVERALL_TITLE] != before
    assert report.regraded == regraded
    assert 0 < report.regraded <= report.changed
    assert isinstance(published[-1], RegisterImported)


def test_the_order_of_the_files_does_not_matter(sessions: Sessions) -> None:
    final = []
    for order in (P2024, P2025, VISITS), (VISITS, P2025, P2024):
        with sessions() as session:
            for file in order:
                load_real(session, file)
            final.append(held(session))
            session.rollback()
    assert final[0] == final[1]
    assert len(final[0][1]) == 12142


def test_the_order_of_small_files_does_not_matter(sessions: Sessions, tmp_path: Path) -> None:
    one = inspected(home("9900001"), "Good", number="1", on="05/11/2023", published="06/12/2023")
    two = inspected(home("9900001", Places="4"), "Inadequate", number="2", on="05/11/2024", published="06/12/2024")
    corrected = one | {OVERALL: "Outstanding"}
    unnumbered = inspected(home("9900001", Sector="Voluntary"), "Good", number="", on="05/11/2023", published="")
    files = [
        (register_file(tmp_path, [one, home("9900002")], "a.csv"), MARCH_2024),
        (register_file(tmp_path, [two], "b.csv"), MARCH_2025),
        (register_file(tmp_path, [corrected], "c.csv"), dt.date(2024, 9, 30)),
        (register_file(tmp_path, [unnumbered], "d.csv"), dt.date(2024, 1, 31)),
    ]
    final = []
    for order in itertools.permutations(files):
        with sessions() as session:
            for path, as_of in order:
                load(session, path, as_of)
            final.append(held(session))
            session.rollback()
    assert all(one == final[0] for one in final)
    registrations, inspections = final[0]
    assert [row[0] for row in registrations] == ["9900001", "9900002"]
    assert [row[1] for row in inspections] == ["1", "2"]


def test_an_older_file_fills_history_and_leaves_newer_facts(session: Session, tmp_path: Path) -> None:
    newer = inspected(home(Places="4"), "Good", number="2")
    older = inspected(home(Places="9"), "Inadequate", number="1", on="01/02/2023", published="01/03/2023")
    load(session, register_file(tmp_path, [newer], "newer.csv"), MARCH_2025)
    published = heard(session)
    report = load(session, register_file(tmp_path, [older], "older.csv"), MARCH_2024)
    assert (report.changed, report.inspections_new, report.regraded) == (1, 1, 0)
    assert not [event for event in published if isinstance(event, Regraded)]
    found = registration(session, "9900001")
    assert (found.places, found.first_seen, found.last_seen) == (4, MARCH_2024, MARCH_2025)
    assert [one.event_number for one in judgement_history(session, "9900001")] == ["2", "1"]
    standing = latest_graded_judgement(session, "9900001", on=MARCH_2025)
    assert standing is not None
    assert standing.overall is Grade.GOOD


def test_absence_closes_nothing_and_is_counted_against_the_same_coverage(session: Session, tmp_path: Path) -> None:
    load(session, register_file(tmp_path, [home("9900001"), home("9900002")], "first.csv"), MARCH_2024)
    report = load(session, register_file(tmp_path, [home("9900001")], "second.csv"), MARCH_2025)
    assert (report.missing, report.missing_against, report.details["missing"]) == (1, "first.csv", ["9900002"])
    assert registration(session, "9900002").registration_status == "active"
    assert load(session, register_file(tmp_path, [home("9900002")], "third.csv"), MARCH_2024).missing is None


def test_a_bad_row_stops_the_whole_file_unless_it_is_skipped(sessions: Sessions, tmp_path: Path) -> None:
    path = register_file(tmp_path, [home("9900001"), home("wrong")])
    for dry_run in (True, False):
        with transaction(sessions) as session:
            published = heard(session)
            report = load(session, path, MARCH_2025, dry_run=dry_run)
        assert (report.refused, report.written, report.new, report.rejected) == (True, False, 1, 1)
        assert "Nothing was imported, because rows were rejected" in report.words()
        assert report.details["rejected"][0]["line"] == 6
        assert published == []
    with transaction(sessions) as session:
        assert held(session) == ([], [])
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    with transaction(sessions) as session:
        report = load(session, path, MARCH_2025, skip_bad_rows=True)
    assert (report.new, report.rejected, report.written) == (1, 1, True)
    with transaction(sessions) as session:
        assert [row[0] for row in held(session)[0]] == ["9900001"]


def test_a_dry_run_tells_the_same_and_writes_nothing(sessions: Sessions, tmp_path: Path) -> None:
    path = register_file(tmp_path, [inspected(home())])
    with transaction(sessions) as session:
        published = heard(session)
        dry = load(session, path, MARCH_2025, dry_run=True)
    assert published == []
    with transaction(sessions) as session:
        assert held(session) == ([], [])
        wet = load(session, path, MARCH_2025)
    different = {"dry_run", "written", "import_id"}
    told = [{key: value for key, value in one.to_dict().items() if key not in different} for one in (dry, wet)]
    assert told[0] == told[1]
    assert "This was a dry run: nothing was written" in dry.words()
    assert "Imported" in wet.words()


def test_a_broken_file_writes_nothing(sessions: Sessions, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(Invalid, match="zip file"), transaction(sessions) as session:
        load(session, path, MARCH_2025)
    with transaction(sessions) as session:
        assert held(session) == ([], [])


def test_a_new_grade_and_a_suspension_are_told_to_the_rooms_above(session: Session, tmp_path: Path) -> None:
    before = [inspected(home("9900001"), "Good", number="1", on="01/02/2024", published="01/03/2024"), home("9900002")]
    load(session, register_file(tmp_path, before, "before.csv"), MARCH_2024)
    published = heard(session)
    after = [
        inspected(home("9900001"), "Inadequate", number="2"),
        home("9900002", **{"Registration status": "Suspended"}),
        inspected(home("9900003", **{"Registration status": "Suspended"}), "Inadequate", number="3"),
    ]
    report = load(session, register_file(tmp_path, after, "after.csv"), MARCH_2025)
    assert (report.new, report.changed, report.regraded, report.suspended) == (1, 2, 1, 1)
    regraded, suspended, imported = published
    assert isinstance(regraded, Regraded)
    assert (regraded.urn, regraded.before, regraded.after) == ("9900001", Grade.GOOD, Grade.INADEQUATE)
    assert regraded.inspected_on == dt.date(2024, 11, 5)
    assert suspended == RegistrationSuspended("9900002", MARCH_2025)
    assert imported == RegisterImported(str(report.import_id))


def test_a_second_inadequate_inspection_is_told_and_is_no_new_grade(session: Session, tmp_path: Path) -> None:
    bad = inspected(home(), "Inadequate", number="1", on="01/02/2024", published="01/03/2024")
    load(session, register_file(tmp_path, [bad], "before.csv"), MARCH_2024)
    published = heard(session)
    report = load(session, register_file(tmp_path, [inspected(home(), "Inadequate", number="2")]), MARCH_2025)
    assert report.regraded == 0
    assert isinstance(published[0], Regraded)
    assert published[0].before is published[0].after is Grade.INADEQUATE


def test_a_monitoring_visit_does_not_overwrite_the_grade(session: Session, tmp_path: Path) -> None:
    full = inspected(home(), "Inadequate", number="1", on="01/02/2024", published="01/03/2024")
    load(session, register_file(tmp_path, [full], "before.csv"), MARCH_2024)
    visit = inspected(home(), "Good", number="2", event="Monitoring inspection")
    report = load(session, register_file(tmp_path, [visit]), MARCH_2025)
    assert (report.inspections_new, report.regraded) == (1, 0)
    standing = latest_graded_judgement(session, "9900001", on=MARCH_2025)
    assert standing is not None
    assert standing.event_number == "1"
    assert [one.event_type for one in judgement_history(session, "9900001")] == [EventType.MONITORING, EventType.FULL]


def test_a_contradiction_is_not_scored_until_a_person_resolves_it(
    session: Session, tmp_path: Path, commissioner: Actor
) -> None:
    old = inspected(home(), "Outstanding", number="1", on="01/02/2024", published="01/03/2024")
    load(session, register_file(tmp_path, [old], "before.csv"), MARCH_2024)
    published = heard(session)
    doubted = inspected(home(), "Good", leaders="Inadequate", number="2")
    path = register_file(tmp_path, [doubted], "doubted.csv")
    assert load(session, path, MARCH_2025).regraded == 0
    standing = latest_graded_judgement(session, "9900001", on=MARCH_2025)
    (waiting,) = awaiting_resolution(session, "9900001")
    assert standing is not None
    assert (standing.overall, standing.awaiting) == (Grade.OUTSTANDING, waiting.inspection_id)

    resolving = {"inspection_id": waiting.inspection_id, "resolution": Resolution.AS_LIMITED, "now": NOW}
    with pytest.raises(Invalid):
        resolve_judgement(session, actor=commissioner, reason="  ", **resolving)  # type: ignore[arg-type]
    resolve_judgement(session, actor=commissioner, reason="Checked the report.", **resolving)  # type: ignore[arg-type]
    standing = latest_graded_judgement(session, "9900001", on=MARCH_2025)
    assert standing is not None
    assert (standing.overall, standing.awaiting) == (Grade.REQUIRES_IMPROVEMENT, None)
    assert unresolved_contradictions(session) == []
    regraded, resolved = published[-2:]
    assert isinstance(regraded, Regraded), "what stops a service comes before its score"
    assert (regraded.before, regraded.after) == (Grade.OUTSTANDING, Grade.REQUIRES_IMPROVEMENT)
    assert resolved == JudgementResolved("9900001", waiting.inspection_id)
    with pytest.raises(Conflict):
        resolve_judgement(session, actor=commissioner, reason="Again.", **resolving)  # type: ignore[arg-type]

    assert load(session, path, MARCH_2025).unchanged == 1
    assert load(session, register_file(tmp_path, [doubted], "later.csv"), MARCH_2026).unchanged == 1
    assert unresolved_contradictions(session) == []
    corrected = inspected(home(), "Outstanding", leaders="Inadequate", number="2")
    report = load(session, register_file(tmp_path, [corrected], "corrected.csv"), dt.date(2026, 9, 30))
    assert (report.changed, report.contradictory) == (1, 1)
    assert len(unresolved_contradictions(session)) == 1


def test_only_who_may_resolves(session: Session, tmp_path: Path, commissioner: Actor) -> None:
    load(session, register_file(tmp_path, [inspected(home(), "Good", leaders="Inadequate")]), MARCH_2025)
    (waiting,) = unresolved_contradictions(session)
    nobody = Actor(
        **{name: getattr(commissioner, name) for name in Actor.__dataclass_fields__} | {"permissions": frozenset()}
    )
    given: dict[str, Any] = {"resolution": Resolution.SET_ASIDE, "reason": "Because.", "now": NOW}
    with pytest.raises(NotAllowed):
        resolve_judgement(session, actor=nobody, inspection_id=waiting.judgement.inspection_id, **given)
    with pytest.raises(NotAllowed):
        load(session, register_file(tmp_path, [home()]), MARCH_2025, actor=nobody)
    with pytest.raises(NotFound):
        resolve_judgement(session, actor=commissioner, inspection_id="none", **given)


def test_a_file_from_the_future_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="in the future") as error:
        load(session, register_file(tmp_path, [home()]), dt.date(2026, 11, 24))
    assert error.value.field == "as_of"


def test_a_wrong_date_is_warned_of(session: Session) -> None:
    report = load_real(session, (P2025[0], MARCH_2024), dry_run=True)
    messages = " ".join(one["message"] for one in report.details["warnings"])
    assert "as at 31 March 2025, which is not the date given" in messages
    assert "has inspections after its own date" in messages


def test_what_ofsted_publishes_replaces_what_was_typed(session: Session, tmp_path: Path, commissioner: Actor) -> None:
    typed: dict[str, Any] = {
        "actor": commissioner,
        "provision_type": ProvisionType.SPECIAL_SCHOOL,
        "name": "Made-up School",
        "owner": "",
        "local_authority": "Croydon",
        "source_note": "The school's own page of the register of schools",
        "source_read_on": dt.date(2026, 11, 20),
        "now": NOW,
    }
    added = add_registration(session, urn="SC000001", **typed)
    assert (added.source, added.local_authority_gss) == (Source.BY_HAND, "E09000008")
    with pytest.raises(Conflict):
        add_registration(session, urn="sc000001", **typed)
    with pytest.raises(Invalid) as error:
        add_registration(session, urn="1", **(typed | {"name": "", "local_authority": "Atlantis", "postcode": "x"}))
    assert set(error.value.errors) == {"urn", "name", "local_authority", "postcode"}
    report = load(session, register_file(tmp_path, [home("SC000001")]), MARCH_2024)
    assert report.changed == 1
    found = registration(session, "SC000001")
    assert (found.source, found.provision_type, found.facts_from) == (
        Source.OFSTED,
        "childrens_home",
        Coverage.EVERY_PROVIDER,
    )


def test_registrations_are_found_by_urn_and_by_words(session: Session, tmp_path: Path) -> None:
    rows = [home(f"99000{number:02}", Places=str(number)) for number in range(1, 31)]
    rows.append(home("SC123456", **{"Provision type": "Independent Fostering Agency", "Name": "Café 100% Fostering"}))
    load(session, register_file(tmp_path, rows), MARCH_2025)
    found = find_registration(session, " sc123456 ")
    assert found is not None
    assert found.name == "Café 100% Fostering"
    assert find_registration(session, "nonsense") is None
    with pytest.raises(NotFound):
        registration(session, "1234567")
    page, total = search_registrations(session, order="places", descending=True, limit=10, offset=0)
    assert total == 31
    assert [one.places for one in page] == [*range(30, 20, -1)]
    for text in ("CAFÉ", "100%", "sc1234", "fostering croydon"):
        assert [one.urn for one in search_registrations(session, text=text)[0]] == ["SC123456"]
    assert search_registrations(session, text="1_0%")[1] == 0
    assert search_registrations(session, text="caf\0", provision_type="\0")[1] == 0
    assert search_registrations(session, provision_type="childrens_home", authority="E09000008")[1] == 30
    assert latest_graded_judgements(session, ["SC123456"], on=MARCH_2025) == {"SC123456": None}
