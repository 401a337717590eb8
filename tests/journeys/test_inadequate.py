"""An Inadequate home with children of two boroughs, through the pages: upload, preview, confirm; the boroughs' tasks
and e-mails; not invited, not lifted by a better grade, lifted by a sign-off. And an exemption, and a school typed by
hand.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.database import transaction
from app.core.jobs import run_due
from app.demo.stage import move_clock
from app.factory import create_app
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.models import Exemption, Invitation
from app.offers.offering import submit_offer
from app.offers.opening import open_and_freeze
from app.requests.models import PlacementRequest
from app.wiring import Wiring
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.passport.models import Claim, Enrolment
from providers.services.models import Service
from tests.databases import sqlite_template
from tests.factories import offers as offers_factory
from tests.factories import providers as factory
from tests.factories.assurance import AFTER_AWARD, make_home_with_children
from tests.factories.register import home, inspected, register_text
from tests.factories.requests import make_actor
from tests.factories.visitor import Visitor

NOW = AFTER_AWARD
_TOKENS = (re.compile(r'name="(csrf_token)" value="([^"]+)"'), re.compile(r'name="(idempotency_key)" value="([^"]+)"'))


@dataclass(frozen=True)
class Place:
    """The home, and who acts: the hub, an officer of each of its two boroughs, a head, and an officer elsewhere."""

    urn: str
    name: str
    placements: tuple[str, str]
    commissioner: Actor
    officers: tuple[Actor, Actor]
    head: Actor
    elsewhere: Actor


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    yield app
    wiring_of(app).engine.dispose()


@pytest.fixture
def place(app: Flask) -> Place:
    wiring = wiring_of(app)
    with transaction(wiring.sessions) as session:
        move_clock(session, NOW)
        there = make_home_with_children(session, vault=wiring.vault)
        first, second = there.cases
        one, two = there.placements
        return Place(
            there.service.urn,
            there.service.name,
            (one.reference, two.reference),
            factory.make_commissioner(session),
            (first.officer, second.officer),
            first.others["head"],
            make_actor(session, Role.PLACEMENT_OFFICER),
        )


def wiring_of(app: Flask) -> Wiring:
    wiring: Wiring = app.extensions["homeward"]
    return wiring


def work(app: Flask) -> None:
    """What a worker does behind the pages."""
    wiring = wiring_of(app)
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock)


def send_file(visitor: Visitor, name: str, content: bytes, day: dt.date | None) -> TestResponse:
    """Choose a file on the import page and send it."""
    path = "/hub/imports/new"
    page = visitor.get(path)
    data: dict[str, object] = {found[1]: found[2] for token in _TOKENS if (found := token.search(page.text))}
    if day is not None:
        data |= {"as_of-day": str(day.day), "as_of-month": str(day.month), "as_of-year": str(day.year)}
    if name:
        data["file"] = (io.BytesIO(content), name)
    visitor.page = visitor.client.post(path, data=data, content_type="multipart/form-data", follow_redirects=True)
    return visitor.page


def bring_in(app: Flask, visitor: Visitor, urn: str, grade: str, on: str, published: str, day: dt.date) -> str:
    """Upload a file about one home, and read its preview. What the preview says."""
    text = register_text([inspected(home(urn), grade, on=on, published=published, number=on[:2])])
    answer = send_file(visitor, "made_up.csv", text.encode("utf-8-sig"), day)
    assert answer.status_code == 200
    assert "Reading made_up.csv" in visitor.text
    progress = answer.request.path
    work(app)
    visitor.get(progress)
    return visitor.text


def press(visitor: Visitor, what: str, **more: str) -> str:
    """Press the button of a form on the last page, by the end of its address, with the version that it carries."""
    assert visitor.page is not None
    form = re.search(rf'(?s)<form method="post" action="([^"]+/{what})"(.*?)</form>', visitor.page.text)
    assert form, visitor.text
    version = re.search(r'name="version" value="(\d+)"', form[2])
    assert version
    visitor.press(form[1], version=version[1], **more)
    return visitor.text


def test_an_inadequate_home_with_children_of_two_boroughs(app: Flask, place: Place) -> None:
    hub = Visitor(app).be(place.commissioner)
    said = bring_in(app, hub, place.urn, "Inadequate", "02/11/2026", "20/11/2026", dt.date(2026, 12, 1))
    assert "What this file would do" in said
    assert f"Regraded: 1 Service URN Was Becomes On {place.name}" in said
    for figure in ("1 suspension at once", "2 boroughs asked", "2 assurance tasks due 24 hours after you confirm"):
        assert figure in said
    emails = re.search(r"(\d+) emails?", said)
    assert emails
    assert not any(reference in said for reference in place.placements)
    wiring = wiring_of(app)
    with transaction(wiring.sessions, read_only=True) as session:
        before = set(session.scalars(select(OutboxMessage.id)))

    press(hub, "confirm")
    work(app)
    hub.get(str(hub.page.request.path) if hub.page else "")
    assert "Import as at 1 Dec 2026" in hub.text
    assert "2 assurance tasks due 24 hours after the import" in hub.text
    with transaction(wiring.sessions, read_only=True) as session:
        sent = session.scalars(select(OutboxMessage).where(OutboxMessage.id.not_in(before))).all()
        assert len(sent) == int(emails[1])
        assured = [one for one in sent if one.subject.startswith("Make sure that a child is safe, by ")]
    assert {one.address for one in assured} >= {address(wiring, officer) for officer in place.officers}

    for officer, own, other in zip(place.officers, place.placements, reversed(place.placements), strict=True):
        visitor = Visitor(app).be(officer)
        visitor.get("/borough/tasks")
        assert f"Make sure that the child of {own} is safe" in visitor.text
        assert "A service's inspection" in visitor.text
        assert other not in visitor.text
        assert f"Make sure that the child of {own} is safe" in see(visitor, "/borough/")
    assert "Make sure" not in see(Visitor(app).be(place.elsewhere), "/borough/tasks")
    assert not invited_to_a_new_request(app, place)

    suspended = see(hub, "/hub/suspended")
    assert "2 open 0 of 2 done" in suspended
    finish_first_task(app, place)
    assert "1 open 1 of 2 done" in see(hub, "/hub/suspended")

    said = bring_in(app, hub, place.urn, "Good", "05/12/2026", "12/12/2026", dt.date(2026, 12, 20))
    assert "no enrolled service would be suspended, no task given and no email sent" in said
    press(hub, "confirm")
    work(app)
    assert place.name in see(hub, "/hub/suspended"), "a better grade lifts nothing (F-15)"
    assert not invited_to_a_new_request(app, place)

    link = re.search(r"/hub/enrolments/[^/]+/reinstate", hub.get("/hub/suspended").text)
    assert link
    page = hub.get(link[0])
    assert "1 assurance task is still open, and 1 is done" in hub.text
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    hub.press(link[0], page, basis="quality_assured", reason="Visited twice", version=version[1])
    assert "Sign off, or leave the service suspended" in hub.text
    assert hub.page is not None
    assert hub.page.status_code == 400
    hub.press(link[0], basis="quality_assured", reason="Visited twice", version=version[1], signed="yes")
    assert "Reinstated" in hub.text
    assert invited_to_a_new_request(app, place)


def address(wiring: Wiring, actor: Actor) -> str:
    with transaction(wiring.sessions, read_only=True) as session:
        return session.get_one(Person, actor.person_id).email


def see(visitor: Visitor, path: str) -> str:
    visitor.get(path)
    return visitor.text


def invited_to_a_new_request(app: Flask, place: Place) -> bool:
    """Whether the home is told of a request that is published now on its lot."""
    wiring = wiring_of(app)
    with transaction(wiring.sessions) as session:
        service = session.scalars(select(Service).where(Service.urn == place.urn)).one()
        service.places_confirmed_at = NOW  # only the suspension is to be in the way
        enrolment = session.scalars(select(Enrolment).join(Claim).where(Claim.urn == place.urn)).one()
        scene = offers_factory.make_request_in(
            session, lot=enrolment.lot, services=[service], vault=wiring.vault, now=NOW
        )
        told = select(Invitation.id).where(
            Invitation.request_id == scene.request.id, Invitation.service_id == service.id
        )
        return session.scalar(told) is not None


def finish_first_task(app: Flask, place: Place) -> None:
    """The first borough's officer makes sure of the child and says so."""
    officer = Visitor(app).be(place.officers[0])
    link = re.search(
        rf'href="(/borough/tasks/[^"]+)">Make sure that the child of {place.placements[0]}',
        officer.get("/borough/tasks").text,
    )
    assert link
    page = officer.get(link[1])
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    assert re.search(r"Due \w+ \d+ December (2026 )?at \d+", officer.text), "a task of hours shows its hour"
    officer.press(link[1], page, evidence="Seen today, in the case system", version=version[1])
    assert "Task done" in officer.text


def test_a_file_that_is_none_is_said_at_its_field_and_what_is_new_is_said(app: Flask, place: Place) -> None:
    hub = Visitor(app).be(place.commissioner)
    assert send_file(hub, "", b"", None).status_code == 400
    assert "Choose a file" in hub.text
    assert "Enter the day that the file speaks for" in hub.text
    assert send_file(hub, "certificate.pdf", b"%PDF-1.7", dt.date(2026, 12, 1)).status_code == 400
    assert "The file must be a CSV" in hub.text
    assert send_file(hub, "x.csv", b"PK\x03\x04", dt.date(2026, 12, 1)).status_code == 400
    assert "its content is something else" in hub.text
    assert send_file(hub, "x.csv", b"a,b\n1,2\n", dt.date(2027, 12, 1)).status_code == 400
    assert "must not be in the future" in hub.text

    answer = send_file(hub, "x.csv", b"a,b\n1,2\n", dt.date(2026, 12, 1))
    work(app)
    hub.get(answer.request.path)
    assert "has no heading row" in hub.text
    text = register_text([inspected(home(place.urn), "Excellent"), home("9908888", Places="many")])
    send_file(hub, "labels.csv", text.encode(), dt.date(2026, 12, 1))
    progress = hub.page.request.path if hub.page else ""
    work(app)
    hub.get(progress)
    assert "1 row is rejected" in hub.text
    assert (
        "5 Overall experiences and progress of children and young people “Excellent” is not a grade that we know"
        in hub.text
    )
    press(hub, "again", skip_bad_rows="yes")
    progress = hub.page.request.path if hub.page else ""
    work(app)
    hub.get(progress)
    assert "6 Places “many” says nothing" in hub.text
    assert "Rejected rows are left out" in hub.text
    press(hub, "confirm")
    work(app)
    assert "Import as at 1 Dec 2026" in see(hub, str(hub.page.request.path) if hub.page else "")

    send_file(hub, "labels.csv", text.encode(), dt.date(2026, 12, 1))
    progress = hub.page.request.path if hub.page else ""
    work(app)
    hub.get(progress)
    press(hub, "again", skip_bad_rows="yes")
    progress = hub.page.request.path if hub.page else ""
    work(app)
    hub.get(progress)
    assert "Nothing new" in hub.text
    press(hub, "discard")
    assert "The file is discarded" in hub.text


def test_a_head_of_service_exempts_a_home_for_one_request(app: Flask, place: Place) -> None:
    hub, head = Visitor(app).be(place.commissioner), Visitor(app).be(place.head)
    bring_in(app, hub, place.urn, "Inadequate", "02/11/2026", "20/11/2026", dt.date(2026, 12, 1))
    press(hub, "confirm")
    work(app)
    wiring = wiring_of(app)
    with transaction(wiring.sessions) as session:
        enrolment = session.scalars(select(Enrolment).join(Claim).where(Claim.urn == place.urn)).one()
        borough = session.get_one(Organisation, place.head.organisation_id)
        scene = offers_factory.make_request_in(
            session, lot=enrolment.lot, services=[], vault=wiring.vault, now=NOW, borough=borough
        )
        request_id = scene.request.id
    path = f"/borough/requests/{request_id}/exemptions"
    assert "No service is exempt" in see(head, path)
    page = head.get(f"{path}/new")
    service = re.search(r'name="service" type="radio" value="([^"]+)"', page.text)
    assert service
    assert "Inadequate, inspected on 2 November 2026" in head.text
    head.press(f"{path}/new", page, service=service[1], reason="", conditions="")
    assert "Enter why this service may take part in spite of the judgement" in head.text
    head.press(f"{path}/new", service=service[1], reason="The only home near the school", conditions="Weekly visits")
    assert "It may take part in this request, and in no other." in head.text
    assert "The only home near the school" in head.text
    officer = Visitor(app).be(place.officers[0])
    assert "Weekly visits" in see(officer, path)
    assert officer.get(f"{path}/new").status_code == 403
    assert Visitor(app).be(place.elsewhere).get(path).status_code == 404
    offer_and_open(app, place, request_id)
    shortlist = f"/borough/requests/{request_id}/offers"
    assert "Suspended, and exempt for this request: Inadequate, inspected on 2 November 2026" in see(officer, shortlist)
    offer = re.search(rf'href="({shortlist}/(?!invitations)[^"/]+)"', officer.get(shortlist).text)
    assert offer
    said = see(officer, offer[1])
    assert "This service is suspended. It is exempt for this request only." in said
    assert "The only home near the school" in said
    link = re.search(r"/borough/exemptions/[^/]+/withdraw", head.get(path).text)
    assert link
    page = head.get(link[0])
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    head.press(link[0], page, reason="The manager has left", version=version[1])
    assert "The exemption is withdrawn" in head.text
    assert "The manager has left" in head.text
    assert "The exemption of this service was withdrawn" in see(officer, offer[1])


def offer_and_open(app: Flask, place: Place, request_id: str) -> None:
    """The exempt home offers, and its offer is opened after the deadline."""
    wiring = wiring_of(app)
    with transaction(wiring.sessions) as session:
        service = session.scalars(select(Service).where(Service.urn == place.urn)).one()
        request = session.get_one(PlacementRequest, request_id)
        submit_offer(
            session,
            actor=offers_factory.somebody_of(session, service),
            vault=wiring.vault,
            request_id=request_id,
            service_id=service.id,
            content=offers_factory.content(needs=request.needs or [], now=NOW, place_postcode=service.postcode),
            now=NOW,
        )
        assert request.offers_close_at is not None
        open_and_freeze(session, vault=wiring.vault, request_id=request_id, now=request.offers_close_at)


def test_the_panel_reads_that_a_service_is_exempt(app: Flask) -> None:
    wiring = wiring_of(app)
    with transaction(wiring.sessions) as session:
        move_clock(session, NOW)
        there = make_home_with_children(session, vault=wiring.vault, boroughs=1)
        case = there.cases[0]
        session.add(
            Exemption(
                request_id=case.request_id,
                service_id=there.service.id,
                against="Inadequate, inspected on 2 November 2026",
                reason="The only home near the school",
                conditions="Weekly visits",
                given_by=case.others["head"].person_id,
                given_at=NOW,
            )
        )
        chair, referral_id = case.chair, case.referral.id
    said = see(Visitor(app).be(chair), f"/panel/cases/{referral_id}")
    assert "A Head of Children's Social Care exempted it for this request only." in said
    assert "Weekly visits" in said


def test_a_school_and_its_inspection_are_typed_with_their_source(app: Flask, place: Place) -> None:
    hub = Visitor(app).be(place.commissioner)
    typed = {
        "urn": "999001",
        "provision_type": "special_school",
        "name": "Made-up School",
        "local_authority": "Croydon",
        "places": "40",
    }
    read_on = {"source_read_on-day": "20", "source_read_on-month": "11", "source_read_on-year": "2026"}
    assert hub.fill("/hub/register/new", **typed).status_code == 400
    assert "Enter where you read this" in hub.text
    hub.fill("/hub/register/new", **typed, source_note="The register of schools", **read_on)
    assert "Added to the register" in hub.text
    assert "The register of schools, read 20 Nov 2026" in hub.text
    path = "/hub/register/999001/inspection"
    report = {
        "inspected_on-day": "8",
        "inspected_on-month": "9",
        "inspected_on-year": "2026",
        "inspectorate": "Ofsted",
        "standards_met": "met",
        "safeguarding_met": "not_met",
        "source_note": "The report",
        **read_on,
    }
    assert hub.fill(path, **(report | {"inspectorate": ""})).status_code == 400
    assert "Choose who inspected" in hub.text
    hub.fill(path, **report, inclusion="needs_attention")
    assert "The inspection is recorded" in hub.text
    assert "Safeguarding not met" in hub.text
    assert "Inclusion Needs attention" in hub.text
    assert "Inadequate" not in hub.text, "no grade is made of a report card or of what is not met"
    assert hub.get(f"/hub/register/{place.urn}/inspection").status_code == 409
