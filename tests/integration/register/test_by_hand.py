"""Schools that a person types in with their source, and their inspections (F-17, F-18)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import events
from app.core.errors import Conflict, Invalid, NotAllowed
from app.identity.permissions import Actor
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.quality.scoring import rescore_all, score_registration
from providers.register.by_hand import SchoolInspection, add_registration, record_inspection
from providers.register.events import InspectionRecorded, Regraded
from providers.register.history import typed_of
from providers.register.importing import import_register
from providers.register.queries import judgement_history, latest_graded_judgement, registration
from providers.register.status import CardArea, CardWord, EventType, Finding, Inspectorate, ProvisionType, Source
from tests.factories import providers as factory
from tests.factories.register import home, inspected, register_text

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
URN = "999001"
TYPED: dict[str, Any] = {
    "urn": URN,
    "provision_type": ProvisionType.SPECIAL_SCHOOL,
    "name": "Made-up School",
    "owner": "Made-up Trust",
    "local_authority": "Croydon",
    "source_note": "The register of schools, the page of 999001",
    "source_read_on": dt.date(2026, 11, 20),
    "now": NOW,
}
REPORT = SchoolInspection(
    inspected_on=dt.date(2026, 9, 8),
    published_on=dt.date(2026, 10, 12),
    inspectorate=Inspectorate.OFSTED,
    source_note="https://reports.example/999001",
    source_read_on=dt.date(2026, 11, 20),
    standards_met=True,
    safeguarding_met=True,
    report_card={CardArea.INCLUSION: CardWord.EXCEPTIONAL, CardArea.ACHIEVEMENT: CardWord.URGENT},
)


@pytest.fixture
def school(session: Session, commissioner: Actor) -> str:
    factory.make_policies(session)
    return add_registration(session, actor=commissioner, **TYPED).urn


def record(session: Session, commissioner: Actor, **replaced: Any) -> Any:
    return record_inspection(session, actor=commissioner, urn=URN, typed=replace(REPORT, **replaced), now=NOW)


def test_a_school_is_kept_with_where_it_was_read(session: Session, school: str, commissioner: Actor) -> None:
    found = registration(session, school)
    assert found.source is Source.BY_HAND
    assert found.source_note == "The register of schools, the page of 999001"
    assert found.source_read_on == dt.date(2026, 11, 20)
    assert found.added_by == commissioner.person_id
    for wrong in ({"source_note": " "}, {"source_read_on": dt.date(2026, 11, 24)}):
        with pytest.raises(Invalid) as refusal:
            add_registration(session, actor=commissioner, **(TYPED | {"urn": "999002"} | wrong))
        assert set(refusal.value.errors) == set(wrong)


def test_an_inspection_of_a_school_has_no_grade_and_counts(session: Session, school: str, commissioner: Actor) -> None:
    made = record(session, commissioner)
    standing = latest_graded_judgement(session, school, on=NOW.date())
    assert standing is not None
    assert standing.inspection_id == made.id
    assert (standing.result, standing.standards_met, standing.safeguarding_met) == (None, True, True)
    assert standing.report_card == {"inclusion": "exceptional", "achievement": "urgent_improvement"}
    assert standing.inspectorate == "Ofsted"
    assert standing.event_label == "Standard inspection"
    assert score_registration(session, school, now=NOW, why="Test").score is None
    (source,) = typed_of(session, school)
    assert (source.note, source.by) == (REPORT.source_note, commissioner.person_name)
    with pytest.raises(Conflict, match="already holds an inspection of that day"):
        record(session, commissioner)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"inspected_on": dt.date(2026, 11, 24)}, "inspected_on"),
        ({"inspected_on": dt.date(1901, 1, 1), "published_on": None}, "inspected_on"),
        ({"published_on": dt.date(2026, 9, 1)}, "published_on"),
        ({"standards_met": None, "report_card": {}}, "standards_met"),
        ({"inspectorate": Inspectorate.ISI}, "report_card"),
        ({"source_note": ""}, "source_note"),
        ({"source_read_on": dt.date(2026, 12, 1)}, "source_read_on"),
        ({"label": "x" * 121}, "label"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_is_refused_at_its_field(
    session: Session, school: str, commissioner: Actor, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        record(session, commissioner, **wrong)
    assert field in refusal.value.errors
    assert judgement_history(session, school) == []


def test_an_additional_inspection_is_kept_and_never_counts(session: Session, school: str, commissioner: Actor) -> None:
    record(session, commissioner)
    told: list[object] = []
    events.install(session, {Regraded: [lambda _session, event: told.append(event)]})
    later = {"inspected_on": dt.date(2026, 10, 20), "published_on": None, "report_card": {}}
    record(session, commissioner, label="Additional inspection: progress monitoring", standards_met=False, **later)
    assert told == []
    history = judgement_history(session, school)
    assert [one.event_type for one in history] == [EventType.ADDITIONAL, EventType.FULL]
    standing = latest_graded_judgement(session, school, on=NOW.date())
    assert standing is not None
    assert standing.standards_met is True


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        ({"standards_met": False}, Finding.STANDARDS_NOT_MET),
        ({"safeguarding_met": False}, Finding.SAFEGUARDING_NOT_MET),
    ],
)
def test_a_school_where_something_is_not_met_is_suspended_at_once(
    session: Session, commissioner: Actor, found: dict[str, bool], finding: Finding
) -> None:
    market = factory.make_system_and_lots(session)
    lot = next(lot for kind, lot in market.lots.items() if kind.value == "nmi_day")
    service = factory.make_enrolled_service(session, lot=lot, urn=URN, grade=None, quality=None)
    rescore_all(session, now=NOW, why="Before")
    factory.install_reactions(session, NOW)
    record(session, commissioner)
    enrolment = session.query(Enrolment).filter_by(claim_id=service.claim_id).one()
    assert enrolment.status is EnrolmentStatus.ENROLLED
    record(session, commissioner, inspected_on=dt.date(2026, 11, 10), published_on=None, **found)
    session.refresh(enrolment)
    assert enrolment.status is EnrolmentStatus.SUSPENDED
    standing = latest_graded_judgement(session, URN, on=NOW.date())
    assert standing is not None
    assert standing.findings == (finding,)


def test_what_ofsted_grades_is_not_hidden_by_a_school_inspection(session: Session, commissioner: Actor) -> None:
    graded = inspected(home("SC000001", **{"Provision type": "Residential Special School"}))
    rows = register_text([graded, home("9900001")])
    import_register(session, path=rows.encode(), as_of=dt.date(2025, 3, 31), now=NOW)
    for urn, words in (("SC000001", "under the school's own URN"), ("9900001", "Only inspections of schools")):
        with pytest.raises(Conflict, match=words):
            record_inspection(session, actor=commissioner, urn=urn, typed=REPORT, now=NOW)


def test_only_who_may_types_and_the_score_hears_of_it(session: Session, school: str, commissioner: Actor) -> None:
    nobody = replace(commissioner, permissions=frozenset())
    for act in (
        lambda: add_registration(session, actor=nobody, **(TYPED | {"urn": "999003"})),
        lambda: record_inspection(session, actor=nobody, urn=school, typed=REPORT, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    told: list[object] = []
    events.install(session, {InspectionRecorded: [lambda _session, event: told.append(event)]})
    made = record(session, commissioner)
    assert told == [InspectionRecorded(school, made.id)]


def test_what_ofsted_publishes_later_replaces_what_was_typed(
    session: Session, school: str, commissioner: Actor
) -> None:
    record(session, commissioner, report_card={})
    listed = inspected(
        home(school, **{"Provision type": "Residential Special School"}),
        "Good",
        on="08/09/2026",
        published="12/10/2026",
        number="77",
    )
    report = import_register(session, path=register_text([listed]).encode(), as_of=dt.date(2026, 10, 31), now=NOW)
    assert report.changed == 1
    found = registration(session, school)
    assert (found.source, found.provision_type) == (Source.OFSTED, "residential_special_school")
    (one,) = judgement_history(session, school)
    assert (one.event_number, one.overall) == ("77", "good")
