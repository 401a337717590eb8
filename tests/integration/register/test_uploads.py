"""A file on its way in: uploaded, previewed, confirmed; and that the preview is what happens."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import transaction
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.files import FileKind, accept
from app.core.jobs import run_due
from app.core.models import Batch, Job
from app.core.status import BatchStatus
from app.demo.stage import move_clock
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor
from app.identity.status import Role
from app.placements.assurance import assurance_of, boroughs_there
from app.tasks.models import Task, TaskKind
from app.tasks.tasks import finish_task, open_tasks
from app.wiring import Wiring, build
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.passport.models import Enrolment, EnrolmentMove
from providers.passport.status import EnrolmentStatus
from providers.register import links, uploads
from providers.register.importing import import_register
from providers.register.models import Inspection, RegisterImport, RegisterUpload, Registration
from providers.register.status import UploadStatus
from tests.factories import providers as factory
from tests.factories.assurance import AFTER_AWARD, HomeWithChildren, make_home_with_children
from tests.factories.register import home, inspected, register_text
from tests.factories.register_lists import changes_text, left
from tests.factories.requests import make_actor

NOW = AFTER_AWARD
AS_OF = dt.date(2026, 12, 1)
WORKED = NOW + dt.timedelta(minutes=5)
"""When the work behind is done, a little after the clock that is moved to `NOW` at the start of a test."""


@pytest.fixture
def wiring(database_url: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build(
        Settings.from_environment({"HOMEWARD_ENV": "test", "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)})
    )
    with transaction(made.sessions) as session:
        factory.make_policies(session)
        move_clock(session, NOW)
    yield made
    made.engine.dispose()


@pytest.fixture
def commissioner(wiring: Wiring) -> Actor:
    with transaction(wiring.sessions) as session:
        return factory.make_commissioner(session)


def upload(wiring: Wiring, actor: Actor, text: str, *, as_of: dt.date = AS_OF, skip: bool = False) -> str:
    accepted = accept(io.BytesIO(text.encode()), name="made_up.csv", kinds=(FileKind.CSV,))
    with transaction(wiring.sessions) as session:
        made = uploads.upload_file(
            session, actor=actor, accepted=accepted, store=wiring.files, as_of=as_of, skip_bad_rows=skip, now=NOW
        )
        upload_id = made.id
    work(wiring)
    return upload_id


def work(wiring: Wiring) -> None:
    run_due(wiring.sessions, wiring.job_handlers, lambda _session: WORKED)


def read(wiring: Wiring, upload_id: str) -> RegisterUpload:
    with transaction(wiring.sessions, read_only=True) as session:
        found = session.get_one(RegisterUpload, upload_id)
        session.expunge(found)
        return found


def confirm(wiring: Wiring, actor: Actor, upload_id: str) -> RegisterUpload:
    with transaction(wiring.sessions) as session:
        version = session.get_one(RegisterUpload, upload_id).version
        uploads.confirm(session, actor=actor, upload_id=upload_id, version=version, now=NOW)
    work(wiring)
    return read(wiring, upload_id)


def ended_in(wiring: Wiring, upload_id: str) -> Batch:
    with transaction(wiring.sessions, read_only=True) as session:
        batch = session.get_one(Batch, session.get_one(RegisterUpload, upload_id).batch_id)
        session.expunge(batch)
        return batch


def inadequate(urn: str, number: str = "5") -> str:
    row = inspected(home(urn), "Inadequate", on="02/11/2026", published="20/11/2026", number=number)
    return register_text([row])


def placed(wiring: Wiring) -> HomeWithChildren:
    with transaction(wiring.sessions) as session:
        return make_home_with_children(session, vault=wiring.vault)


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_preview_is_what_happens(wiring: Wiring, commissioner: Actor) -> None:
    there = placed(wiring)
    with transaction(wiring.sessions) as session:
        before = set(session.scalars(select(OutboxMessage.id)))
        names = {case.borough.name for case in there.cases}
    upload_id = upload(wiring, commissioner, inadequate(there.service.urn))
    preview = read(wiring, upload_id)
    assert preview.status is UploadStatus.READY
    assert preview.preview is not None
    said = preview.preview["consequences"]
    with transaction(wiring.sessions, read_only=True) as session:
        assert set(session.scalars(select(OutboxMessage.id))) == before, "a preview sends nothing"
        assert count(session, RegisterImport) == 0
        assert session.scalars(select(Task.id).where(Task.kind == TaskKind.ASSURANCE)).all() == []

    imported = confirm(wiring, commissioner, upload_id)
    assert imported.status is UploadStatus.IMPORTED
    with transaction(wiring.sessions, read_only=True) as session:
        suspended = session.execute(
            select(EnrolmentMove.basis)
            .join(Enrolment, Enrolment.id == EnrolmentMove.enrolment_id)
            .where(EnrolmentMove.to_status == EnrolmentStatus.SUSPENDED)
        ).all()
        assert [one["basis"] for one in said["suspensions"]] == [row.basis for row in suspended]
        assert len(suspended) == 1
        tasks = session.scalars(select(Task).where(Task.kind == TaskKind.ASSURANCE)).all()
        assert said["tasks"] == len(tasks) == 2
        assert {one["borough"]: one["children"] for one in said["assurance"]} == dict.fromkeys(names, 1)
        asked = NOW + dt.timedelta(hours=said["due_hours"])
        assert all(abs((task.due_at or NOW) - asked) < dt.timedelta(minutes=6) for task in tasks)
        sent = session.scalars(select(OutboxMessage).where(OutboxMessage.id.not_in(before))).all()
        assert said["emails"] == len(sent)
        told = [*(one["people"] for one in said["assurance"]), *(one["people"] for one in said["flagged"])]
        emails = {person.name: person.email for person in session.scalars(select(Person))}
        company = [one.address for one in sent if one.template == "enrolment_moved"]
        assert company == [session.get_one(Organisation, there.service.organisation_id).alert_email]
        told_of = [*company, *(emails[name] for people in told for name in people)]
        assert sorted(told_of) == sorted(one.address for one in sent)
        kept = session.get_one(RegisterImport, imported.import_id)
        assert kept.report["consequences"] == said, "the report says what was done, and that is what was shown"
        assert kept.imported_by == commissioner.person_id
        children = {placement.reference for placement in there.placements}
        assert not any(reference in str(said) for reference in children)
        assert all(there.service.name not in f"{one.subject} {one.text}" for one in sent)
    batch = ended_in(wiring, upload_id)
    assert (batch.status, batch.leads_to) == (BatchStatus.DONE, links.imported(str(imported.import_id)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nobody_holds_a_role_that_is_told_the_boroughs_administrators_are(wiring: Wiring) -> None:
    there = placed(wiring)
    with transaction(wiring.sessions) as session:
        without = there.cases[0].borough.id
        administrator = make_actor(session, Role.BOROUGH_ADMINISTRATOR, organisation=there.cases[0].borough)
        urn, told = there.service.urn, (Role.HEAD_OF_SERVICE,)

        def names() -> dict[str, list[str]]:
            found = boroughs_there(session, [urn], told)[urn]
            return {one.organisation_id: [who.id for who in one.people] for one in found}

        heads = names()
        assert administrator.person_id not in heads[without]
        of_role = select(Membership).where(
            Membership.organisation_id == without, Membership.role == Role.HEAD_OF_SERVICE
        )
        for head in session.scalars(of_role):
            head.ended_at = NOW
        session.flush()
        assert names() == {**heads, without: [administrator.person_id]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_borough_has_its_own_tasks_and_the_hub_counts_them(wiring: Wiring, commissioner: Actor) -> None:
    there = placed(wiring)
    confirm(wiring, commissioner, upload(wiring, commissioner, inadequate(there.service.urn)))
    urn = there.service.urn
    with transaction(wiring.sessions) as session:
        for case, placement in zip(there.cases, there.placements, strict=True):
            (task,) = [one for one in open_tasks(session, actor=case.officer) if one.kind is TaskKind.ASSURANCE]
            assert (task.subject_id, task.title) == (
                placement.id,
                f"Make sure that the child of {placement.reference} is safe",
            )
            assert task.due_at is not None
        progress = assurance_of(session, commissioner, [urn, "9900000"], NOW)
        assert (progress[urn].open, progress[urn].late, progress[urn].done) == (2, 0, 0)
        officer = there.cases[0].officer
        (task,) = [one for one in open_tasks(session, actor=officer) if one.kind is TaskKind.ASSURANCE]
        with pytest.raises(NotFound):
            finish_task(
                session, actor=there.cases[1].officer, task_id=task.id, evidence="x", version=task.version, now=NOW
            )
        finish_task(session, actor=officer, task_id=task.id, evidence="Seen", version=task.version, now=NOW)
        progress = assurance_of(session, commissioner, [urn], NOW + dt.timedelta(days=2))
        assert (progress[urn].open, progress[urn].late, progress[urn].done) == (1, 1, 1)
        with pytest.raises(NotAllowed):
            assurance_of(session, officer, [urn], NOW)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_same_inspection_again_asks_for_nothing_and_a_fresh_one_does(wiring: Wiring, commissioner: Actor) -> None:
    there = placed(wiring)
    first = inadequate(there.service.urn)
    confirm(wiring, commissioner, upload(wiring, commissioner, first))
    again = read(wiring, upload(wiring, commissioner, first))
    assert again.preview is not None
    assert again.preview["again"] is True
    with transaction(wiring.sessions) as session, pytest.raises(Conflict, match="nothing new"):
        uploads.confirm(session, actor=commissioner, upload_id=again.id, version=again.version, now=NOW)
    fresh = inspected(home(there.service.urn), "Inadequate", on="01/12/2026", published="10/12/2026", number="6")
    confirm(wiring, commissioner, upload(wiring, commissioner, register_text([fresh]), as_of=dt.date(2026, 12, 15)))
    with transaction(wiring.sessions, read_only=True) as session:
        tasks = session.scalars(select(Task).where(Task.kind == TaskKind.ASSURANCE)).all()
        assert len(tasks) == 4, "an enrolment that is suspended already is no reason to leave a child alone"


def test_what_changed_in_between_is_shown_again_and_not_imported(wiring: Wiring, commissioner: Actor) -> None:
    with transaction(wiring.sessions) as session:
        lot = factory.make_system_and_lots(session).residential
        urn = factory.make_enrolled_service(session, lot=lot).urn
    upload_id = upload(wiring, commissioner, inadequate(urn))
    with transaction(wiring.sessions) as session:
        import_register(session, path=inadequate(urn).encode(), as_of=AS_OF, now=WORKED + dt.timedelta(minutes=1))
        enrolment = session.scalars(select(Enrolment)).one()
        assert enrolment.status is EnrolmentStatus.SUSPENDED
    with transaction(wiring.sessions, read_only=True) as session:
        assert uploads.imported_since(session, session.get_one(RegisterUpload, upload_id)) == 1
    after = confirm(wiring, commissioner, upload_id)
    assert (after.status, after.import_id, after.changed_at) == (UploadStatus.READY, None, WORKED)
    assert after.preview is not None
    assert after.preview["consequences"]["suspensions"] == []
    with transaction(wiring.sessions, read_only=True) as session:
        assert count(session, RegisterImport) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_colleague_who_would_be_written_to_makes_the_preview_another_one(
    wiring: Wiring, commissioner: Actor
) -> None:
    there = placed(wiring)
    upload_id = upload(wiring, commissioner, inadequate(there.service.urn))
    with transaction(wiring.sessions) as session:
        borough = session.merge(there.cases[0].borough, load=False)
        make_actor(session, Role.TEAM_MANAGER, organisation=borough)
    assert confirm(wiring, commissioner, upload_id).status is UploadStatus.READY
    assert confirm(wiring, commissioner, upload_id).status is UploadStatus.IMPORTED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rejected_rows_are_shown_and_left_out_only_by_choice(wiring: Wiring, commissioner: Actor) -> None:
    upload_id = upload(wiring, commissioner, register_text([home("9900001"), home("wrong")]))
    found = read(wiring, upload_id)
    assert found.preview is not None
    assert found.preview["details"]["rejected"][0]["line"] == 6
    with transaction(wiring.sessions) as session, pytest.raises(Conflict, match="Rows of this file are rejected"):
        uploads.confirm(session, actor=commissioner, upload_id=upload_id, version=found.version, now=NOW)
    with transaction(wiring.sessions) as session:
        uploads.compute_again(
            session, actor=commissioner, upload_id=upload_id, version=found.version, skip_bad_rows=True, now=NOW
        )
    work(wiring)
    assert confirm(wiring, commissioner, upload_id).status is UploadStatus.IMPORTED
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalars(select(Registration.urn)).all() == ["9900001"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_none_is_refused_in_words_and_discarded(wiring: Wiring, commissioner: Actor) -> None:
    upload_id = upload(wiring, commissioner, "a,b\n1,2\n")
    found, batch = read(wiring, upload_id), ended_in(wiring, upload_id)
    assert found.status is UploadStatus.UNREADABLE
    assert "has no heading row" in str(found.problem)
    assert (batch.status, batch.leads_to, batch.problem) == (BatchStatus.FAILED, links.upload(upload_id), found.problem)
    with transaction(wiring.sessions) as session:
        uploads.discard(session, actor=commissioner, upload_id=upload_id, version=found.version, now=NOW)
    assert read(wiring, upload_id).status is UploadStatus.DISCARDED
    with transaction(wiring.sessions) as session:
        assert uploads.open_uploads(session, actor=commissioner) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_may_not_import_cannot_and_stale_pages_are_refused(wiring: Wiring, commissioner: Actor) -> None:
    upload_id = upload(wiring, commissioner, register_text([home()]))
    found = read(wiring, upload_id)
    nobody = replace(commissioner, permissions=frozenset())
    given: dict[str, Any] = {"upload_id": upload_id, "version": found.version, "now": NOW}
    with transaction(wiring.sessions) as session:
        for act in (uploads.confirm, uploads.discard):
            with pytest.raises(NotAllowed):
                act(session, actor=nobody, **given)
            with pytest.raises(Stale):
                act(session, actor=commissioner, **(given | {"version": 1}))
            with pytest.raises(NotFound):
                act(session, actor=commissioner, **(given | {"upload_id": "none"}))
        accepted = accept(io.BytesIO(b"x"), name="x.csv", kinds=(FileKind.CSV,))
        with pytest.raises(Invalid, match="must not be in the future"):
            uploads.upload_file(
                session,
                actor=commissioner,
                accepted=accepted,
                store=wiring.files,
                as_of=NOW.date() + dt.timedelta(days=1),
                skip_bad_rows=False,
                now=NOW,
            )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_step_that_was_done_is_not_done_twice(wiring: Wiring, commissioner: Actor) -> None:
    upload_id = upload(wiring, commissioner, register_text([home()]))
    confirm(wiring, commissioner, upload_id)
    with transaction(wiring.sessions) as session:
        for job in session.scalars(select(Job)).all():
            job.done_at = None
    work(wiring)
    assert read(wiring, upload_id).status is UploadStatus.IMPORTED
    with transaction(wiring.sessions, read_only=True) as session:
        assert (count(session, RegisterImport), count(session, Inspection)) == (1, 0)


def test_a_leaver_suspends_its_enrolments_and_the_preview_says_so(wiring: Wiring, commissioner: Actor) -> None:
    with transaction(wiring.sessions) as session:
        lot = factory.make_system_and_lots(session).residential
        service = factory.make_enrolled_service(session, lot=lot)
        urn, name = service.urn, service.name
    upload_id = upload(wiring, commissioner, changes_text([left(urn, on="01/11/2026")]))
    said = (read(wiring, upload_id).preview or {})["consequences"]
    assert [one["service"] for one in said["ours"]["left"]] == [name]
    assert [one["basis"] for one in said["suspensions"]] == ["Left the register: resigned on 1 November 2026"]
    assert (said["tasks"], said["assurance"]) == (0, [])
    confirm(wiring, commissioner, upload_id)
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalars(select(Enrolment)).one().status is EnrolmentStatus.SUSPENDED


def test_our_services_come_first_and_then_the_market(wiring: Wiring, commissioner: Actor) -> None:
    with transaction(wiring.sessions) as session:
        lot = factory.make_system_and_lots(session).residential
        ours = factory.make_enrolled_service(session, lot=lot).urn
        theirs = factory.make_registration(session).urn
        factory.make_inspection(session, theirs)
    day = {"on": "02/11/2026", "published": "20/11/2026", "number": "5"}
    rows = [inspected(home(urn), "Outstanding", **day) for urn in (ours, theirs)]
    said = (read(wiring, upload(wiring, commissioner, register_text(rows))).preview or {})["consequences"]
    assert [(one["urn"], one["was"], one["becomes"]) for one in said["ours"]["regraded"]] == [
        (ours, "Good", "Outstanding")
    ]
    assert [one["urn"] for one in said["market"]["regraded"]] == [theirs]
    assert said["counts"]["regraded"] == [1, 2]
    assert (said["suspensions"], said["emails"]) == ([], 0)
