"""The register's last days in the demonstration: a home that becomes Inadequate with children of several boroughs in
it, one exemption, a school typed by hand, lists of premises and of who came and went, and a file that waits to be
confirmed.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable

from sqlalchemy import func, select

from app.core.clock import local_date
from app.core.files import Accepted, FileKind, accept
from app.core.jobs import run_due
from app.demo import register_file as file
from app.demo.consortium import Consortium
from app.demo.firms import Firm
from app.demo.stage import Stage
from app.identity.status import Role
from app.offers.exemptions import could_be_exempted, give_exemption
from app.placements.assurance import JOB
from app.placements.models import Placement
from app.placements.status import PlacementStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from app.tasks.models import TaskKind
from app.tasks.tasks import finish_task, open_tasks
from providers.market.status import ServiceType
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.by_hand import SchoolInspection, add_registration, record_inspection
from providers.register.models import RegisterUpload
from providers.register.status import CardArea, CardWord, Inspectorate, ProvisionType
from providers.register.uploads import IMPORT, PREVIEW, confirm, upload_file
from providers.services.models import Service

SCHOOL_URN = "9909001"
PREMISES = ("URN", "Provider name", "Provision type", "Service category (Note 4)", "Places",
            "Premises Government Office Region", "Premises Local Authority")  # fmt: skip
CHANGES = ("URN", "Provision type", "Government Office Region", "Local authority", "Sector", "Places",
           "First effective date (that the provider became active)",
           "First effective date (that the provider became resigned)",
           "First effective date (that the provider closed)",
           "First effective date (that the provider became cancelled)", "Joiner status", "Leaver status",
           "Registration status (as at 31 March 2026)", "Setting name", "Reason")  # fmt: skip


def play(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """All of it, in the order in which it happened."""
    _lists(stage, consortium, firms)
    homes = _homes_with_children(stage, firms)
    if homes:
        _inadequate(stage, consortium, homes[0])
    _exempt(stage, consortium)
    _school(stage, consortium)
    _waiting(stage, consortium, homes[1:], firms)


def _homes_with_children(stage: Stage, firms: list[Firm]) -> list[file.Row]:
    """The rows of enrolled homes where children live, of most boroughs first, and without a child still to come."""
    rows = {row.urn: row for firm in firms for row in firm.rows if firm.service_type is ServiceType.RESIDENTIAL}
    coming = select(Placement.service_id).where(Placement.status == PlacementStatus.AWAITING_START)
    with stage.at(stage.now) as session:
        boroughs = func.count(Placement.organisation_id.distinct())
        found = session.scalars(
            select(Service.urn)
            .join(Placement, Placement.service_id == Service.id)
            .join(Enrolment, Enrolment.claim_id == Service.claim_id)
            .where(
                Placement.status == PlacementStatus.LIVE,
                Enrolment.status == EnrolmentStatus.ENROLLED,
                Service.urn.in_(rows),
                Service.id.not_in(coming),
            )
            .group_by(Service.urn)
            .order_by(boroughs.desc(), Service.urn)
        ).all()
    return [rows[urn] for urn in found]


def _bring_in(stage: Stage, consortium: Consortium, made: Accepted, as_of: dt.date, now: dt.datetime) -> None:
    """A file by way of its preview: uploaded, read, confirmed, imported."""
    upload_id = _preview(stage, consortium, made, as_of, now)
    with stage.at(now) as session:
        version = session.get_one(RegisterUpload, upload_id).version
        confirm(session, actor=consortium.commissioner, upload_id=upload_id, version=version, now=now)
    _work(stage)


def _preview(stage: Stage, consortium: Consortium, made: Accepted, as_of: dt.date, now: dt.datetime) -> str:
    """A file uploaded and read, so that its preview waits. Returns the upload's id."""
    with stage.at(now) as session:
        upload = upload_file(
            session,
            actor=consortium.commissioner,
            accepted=made,
            store=stage.wiring.files,
            as_of=as_of,
            skip_bad_rows=False,
            now=now,
        )
        upload_id = upload.id
    _work(stage)
    return upload_id


def _work(stage: Stage) -> None:
    """Do the steps of reading and importing files, and what follows of them, at the moment that the clock shows."""
    handlers = {kind: stage.wiring.job_handlers[kind] for kind in (PREVIEW, IMPORT, JOB)}
    run_due(stage.wiring.sessions, handlers, stage.wiring.clock)


def _csv(name: str, content: bytes) -> Accepted:
    return accept(io.BytesIO(content), name=name, kinds=(FileKind.CSV,))


def _table(name: str, title: str, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Accepted:
    return _csv(name, file.as_text(title, [headings, *rows]).encode("utf-8-sig"))


def _lists(stage: Stage, consortium: Consortium, firms: list[Firm]) -> None:
    """The buildings of every provider of supported accommodation, and a few registrations that came and went."""
    moment = stage.day(-30)
    as_of = local_date(moment) - dt.timedelta(days=5)
    said = f"as at {as_of:%-d %B %Y}"
    buildings = [
        (row.urn, row.name, row.provision_type, f"Category {category}", str(places), "London", row.authority)
        for firm in firms
        for row in firm.rows
        if firm.service_type is ServiceType.SUPPORTED
        for category, places in ((1, 1), (1, 1), (2, 4), (3, 6))
    ]
    made = _table("premises.csv", f"Made-up premises {said}", PREMISES, buildings)
    _bring_in(stage, consortium, made, as_of, moment)
    joined = [row for firm in firms for row in firm.rows][-4:]
    day = f"{as_of - dt.timedelta(days=120):%d/%m/%Y}"
    rows = [
        (row.urn, row.provision_type, "London", row.authority, "Private", str(row.places or ""), day, "", "", "",
         "Joiner", "", "Active", row.name, "In current dataset as active, not in previous year")
        for row in joined
    ]  # fmt: skip
    rows += [
        (urn, file.HOME, "London", authority, "Private", "3", "01/02/2019", day, day, "", "", "Leaver", "Resigned",
         "REDACTED", "In previous year, not in current dataset (closed date in Year)")
        for urn, authority in (("9908001", "Croydon"), ("9908002", "Sutton"), ("9908003", "Kent"))
    ]  # fmt: skip
    made = _table("leavers_and_joiners.csv", f"Made-up leavers and joiners {said}", CHANGES, rows)
    _bring_in(stage, consortium, made, as_of, moment)


def _judged(rows: Iterable[tuple[file.Row, str]], as_of: dt.date, name: str) -> Accepted:
    """A list of visits, each with the grade that it found."""
    inspected = as_of - dt.timedelta(days=50)
    found = [file.regraded(file.regraded(row, grade, inspected), grade, inspected) for row, grade in rows]
    return _csv(name, file.as_file(found, as_of, visits=True).read())


def _inadequate(stage: Stage, consortium: Consortium, home: file.Row) -> None:
    """A home is judged Inadequate this morning; one of its boroughs has made sure of its child by now, and what an
    earlier judgement asked for was done long ago.
    """
    moment = stage.now - dt.timedelta(hours=7)
    as_of = local_date(moment) - dt.timedelta(days=2)
    _bring_in(stage, consortium, _judged([(home, file.INADEQUATE)], as_of, "inspections.csv"), as_of, moment)
    with stage.at(moment + dt.timedelta(hours=5)) as session:
        fresh = 0
        for council in consortium.councils:
            officer = council.people[Role.PLACEMENT_OFFICER]
            for task in open_tasks(session, actor=officer, limit=1000):
                if task.kind is not TaskKind.ASSURANCE or task.due_at is None:
                    continue
                late = task.due_at < moment
                fresh += not late
                if late or fresh == 1:
                    finish_task(
                        session,
                        actor=officer,
                        task_id=task.id,
                        evidence="Visited, unannounced. Recorded in the made-up case system.",
                        version=task.version,
                        now=task.due_at - dt.timedelta(hours=2) if late else moment + dt.timedelta(hours=5),
                    )


def _exempt(stage: Stage, consortium: Consortium) -> None:
    """One borough lets a suspended home take part in one of its requests."""
    moment = stage.now - dt.timedelta(hours=1)
    heads = {council.organisation.id: council.people[Role.HEAD_OF_SERVICE] for council in consortium.councils}
    with stage.at(moment) as session:
        open_requests = session.scalars(
            select(PlacementRequest)
            .where(
                PlacementRequest.status == RequestStatus.PUBLISHED,
                PlacementRequest.lot_id == consortium.lots[ServiceType.RESIDENTIAL].id,
                PlacementRequest.offers_close_at > stage.now + dt.timedelta(days=1),
            )
            .order_by(PlacementRequest.reference)
        )
        for request in open_requests:
            head = heads[request.organisation_id]
            services = could_be_exempted(session, actor=head, request_id=request.id)
            if services:
                give_exemption(
                    session,
                    actor=head,
                    request_id=request.id,
                    service_id=services[0].service.id,
                    reason="Its new manager is known to us, and no other home is near the made-up school.",
                    conditions="Two visits a week by the social worker, and a monthly report to the head of service.",
                    now=moment,
                    base_url=stage.base_url,
                )
                return


def _school(stage: Stage, consortium: Consortium) -> None:
    """A school that Ofsted's social care files do not list, with its standard inspection."""
    moment = stage.day(-12)
    read_on = local_date(moment) - dt.timedelta(days=1)
    with stage.at(moment) as session:
        add_registration(
            session,
            actor=consortium.commissioner,
            urn=SCHOOL_URN,
            provision_type=ProvisionType.SPECIAL_SCHOOL,
            name="Made-up Elm Tree School",
            owner="Made-up Elm Tree Education Ltd",
            local_authority="Sutton",
            postcode="SM1 1EA",
            places=48,
            source_note="The made-up page of the register of schools, https://schools.example/9909001",
            source_read_on=read_on,
            now=moment,
        )
        record_inspection(
            session,
            actor=consortium.commissioner,
            urn=SCHOOL_URN,
            typed=SchoolInspection(
                inspected_on=read_on - dt.timedelta(days=70),
                published_on=read_on - dt.timedelta(days=40),
                inspectorate=Inspectorate.OFSTED,
                standards_met=True,
                safeguarding_met=True,
                report_card={
                    CardArea.LEADERSHIP: CardWord.STRONG,
                    CardArea.CURRICULUM: CardWord.EXPECTED,
                    CardArea.ACHIEVEMENT: CardWord.EXPECTED,
                    CardArea.INCLUSION: CardWord.EXCEPTIONAL,
                },
                source_note="The made-up report, https://reports.example/9909001",
                source_read_on=read_on,
            ),
            now=moment,
        )


def _waiting(stage: Stage, consortium: Consortium, homes: list[file.Row], firms: list[Firm]) -> None:
    """A file whose preview waits for the commissioner: one more home is Inadequate, others fare better."""
    moment = stage.now - dt.timedelta(minutes=20)
    as_of = local_date(moment) - dt.timedelta(days=1)
    agencies = [firm.rows[0] for firm in firms if firm.service_type is ServiceType.FOSTERING]
    grades = (file.INADEQUATE, file.RI, "Good")
    rows = [*zip(homes, grades, strict=False), *((row, "Good") for row in agencies[:2])]
    _preview(stage, consortium, _judged(rows, as_of, "inspections_of_this_month.csv"), as_of, moment)
