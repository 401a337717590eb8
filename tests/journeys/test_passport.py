"""The passport through HTTP: answered and shown once, refused with the reason, read by the hub, and in the way of an
offer while required evidence has lapsed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.clock import local_date
from app.core.database import transaction
from app.core.files import MOST_BYTES, FolderStore
from app.core.models import StoredFile
from app.core.scanning import ClamScanner, ScanningStore
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.models import Offer
from app.web.uploads import FORM_BESIDE
from app.wiring import Wiring
from app.worker import tick
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.passport import links
from providers.passport.models import ConnectedPerson, Evidence
from tests.clamd import MARK, clamd
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.passport import HTML, PDF, PNG, SVG, WORD, files_in, fill_in, show
from tests.factories.visitor import Visitor

TOKENS = ("csrf_token", "idempotency_key")
FORM = "multipart/form-data; boundary=made-up"
LIABILITY = "/provider/passport/evidence/public_liability"
DAY = dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def wiring(site: Flask) -> Wiring:
    found: Wiring = site.extensions["homeward"]
    return found


@pytest.fixture
def company(wiring: Wiring) -> Actor:
    """The administrator of a company that has answered nothing yet."""
    with transaction(wiring.sessions) as session:
        factory.make_policies(session, wiring.clock(session))
        actor = factory.make_provider(session, "Made-up Meadows Ltd")
        session.get_one(Organisation, actor.organisation_id).company_number = "09876543"
        return actor


@pytest.fixture
def me(site: Flask, company: Actor) -> Visitor:
    return Visitor(site).be(company)


def upload(visitor: Visitor, path: str, name: str, data: bytes, last_day: dt.date | None = None) -> TestResponse:
    """Open a page and send a file with it, as a browser does."""
    page = visitor.get(path)
    tokens = {token: re.findall(rf'name="{token}" value="([^"]+)"', page.text)[0] for token in TOKENS}
    days = {f"last_day-{part}": str(getattr(last_day, part)) for part in ("day", "month", "year")} if last_day else {}
    parts = [f'form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in (tokens | days).items()]
    parts.append(f'form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data)
    body = b"".join(b"--made-up\r\nContent-Disposition: " + part + b"\r\n" for part in parts) + b"--made-up--\r\n"
    visitor.page = visitor.client.post(path, data=body, content_type=FORM, follow_redirects=True)
    return visitor.page


def in_a_year(wiring: Wiring) -> dt.date:
    with transaction(wiring.sessions, read_only=True) as session:
        return local_date(wiring.clock(session)) + 365 * DAY


def save(visitor: Visitor, path: str, **answers: str) -> TestResponse:
    page = visitor.get(path)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    return visitor.press(path, page, version=version[1], **answers)


def test_a_section_is_saved_with_gaps_and_an_error_keeps_everything_that_was_typed(me: Visitor) -> None:
    me.get("/provider/passport")
    assert "0 of 8 sections are complete" in me.text
    assert "Not started" in me.text
    page = me.get("/provider/passport/sections/company")
    assert "09876543" in me.text
    assert "Filled in from your Companies House number" in me.text
    assert re.search(r'value="company"[^>]*checked', page.text)
    assert "Accounts as filed, not more than 21 months old" in me.text

    wrong = save(me, "/provider/passport/sections/company", registered_address="1 Made-up Street", turnover="a lot")
    assert wrong.status_code == 400
    assert "enter a whole number, like 250,000" in me.text
    assert "1 Made-up Street" in me.text
    assert 'value="a lot"' in wrong.text
    save(me, "/provider/passport/sections/company", registered_address="1 Made-up Street", turnover="1,250,000")
    assert "Ownership and connected persons" in me.text, "saved, and on to the next section"
    me.get("/provider/passport")
    assert "2 to answer" in me.text
    me.get("/provider/passport/check")
    assert "1,250,000" in me.text
    assert "answers are missing or out of date" in me.text
    assert "Public liability insurance, at least £5 million" in me.text


def test_a_stale_section_is_refused_with_what_was_typed_on_the_page(me: Visitor) -> None:
    path = "/provider/passport/sections/company"
    old = me.get(path)
    save(me, path, turnover="1")
    late = me.press(path, old, version="0", turnover="222333")
    assert "Somebody in your company changed this section" in me.text
    assert "222333" in late.text


def test_a_wrong_file_is_refused_at_its_field_with_the_reason(me: Visitor, wiring: Wiring) -> None:
    day = in_a_year(wiring)
    for name, data, words in (
        ("policy.pdf", HTML, "The file is named like a PDF but its content is something else"),
        ("policy.pdf", PNG, "The file is named like a PDF but its content is something else"),
        ("drawing.svg", SVG, "The file must be a PDF, PNG, JPEG or Word (.docx)"),
        ("macros.docx", WORD + b"word/vbaProject.bin", "The file contains macros"),
        ("empty.pdf", b"", "The file is empty"),
        ("large.pdf", PDF + bytes(MOST_BYTES), "The file must be smaller than 10 MB"),
        ("", b"", "Choose a file"),
    ):
        page = upload(me, LIABILITY, name, data, day)
        assert page.status_code == 400, name
        assert words in me.text
        assert f'value="{day.year}"' in page.text, "the day that was typed stays"
        html5lib.HTMLParser(strict=True).parse(page.text)
    assert upload(me, LIABILITY, "policy.pdf", PDF).status_code == 400
    assert "Enter the last day on which it holds" in me.text
    assert "Choose the file again" in me.text
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_body_that_is_larger_than_any_form_gets_a_page_that_says_so(me: Visitor) -> None:
    me.get(LIABILITY)
    body = bytes(MOST_BYTES + FORM_BESIDE + 1)
    me.page = me.client.post(LIABILITY, data=body, content_type=FORM)
    assert me.page.status_code == 413
    assert "That was too large" in me.text
    assert "a smaller file" in me.text


def test_a_file_is_handed_out_as_a_download_that_no_browser_runs(
    me: Visitor, site: Flask, wiring: Wiring, tmp_path: Path
) -> None:
    day = in_a_year(wiring)
    upload(me, LIABILITY, "../../etc/Zoë's <policy>.pdf", PDF, day)
    assert "File added" in me.text
    upload(me, "/provider/passport/evidence/employers_liability", "again.pdf", PDF, day)
    assert len(files_in(tmp_path / "files")) == 1, "the same content is kept once"
    with transaction(wiring.sessions) as session:
        row = session.scalars(select(Evidence).where(Evidence.question == "public_liability")).one()
        hub = factory.make_commissioner(session)
        rival = factory.make_provider(session)
        borough = make_actor(session, factory.make_organisation(session), Role.PLACEMENT_OFFICER)
    assert row.file_name == "Zoë's _policy_.pdf".replace("'", "_")
    own, hubs = f"/provider/passport/files/{row.id}", f"/hub/files/{row.id}"
    for visitor, path in ((me, own), (Visitor(site).be(hub), hubs)):
        answer = visitor.get(path)
        assert answer.data == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "no-store"
    assert Visitor(site).be(rival).get(own).status_code == 404
    for actor, path in ((rival, hubs), (borough, own), (borough, hubs)):
        assert Visitor(site).be(actor).get(path).status_code == 403
    assert Visitor(site).get(own, follow=False).status_code == 303


def test_an_infected_file_is_refused_at_its_field_and_set_aside(me: Visitor, wiring: Wiring, tmp_path: Path) -> None:
    with clamd() as daemon:
        folder = FolderStore(tmp_path / "files")
        wiring.files = ScanningStore(folder, ClamScanner(daemon.url, within=2), tmp_path / "quarantine")
        page = upload(me, LIABILITY, "infected.pdf", PDF + MARK, in_a_year(wiring))
        assert page.status_code == 400
        assert "The virus scanner found something harmful in this file" in me.text
        assert len(files_in(tmp_path / "quarantine")) == 2
        upload(me, LIABILITY, "clean.pdf", PDF, in_a_year(wiring))
        assert "File added" in me.text
    page = upload(me, LIABILITY, "other.pdf", PDF + b"other", in_a_year(wiring))
    assert page.status_code == 400
    assert "Files cannot be checked for viruses at the moment" in me.text
    assert len(files_in(tmp_path / "files")) == 1


def test_a_file_is_replaced_and_withdrawn_and_the_one_before_counts_again(me: Visitor, wiring: Wiring) -> None:
    day = in_a_year(wiring)
    for name in ("first.pdf", "second.pdf"):
        upload(me, LIABILITY, name, PDF + name.encode(), day)
    page = me.get(LIABILITY)
    assert "Counts now" in me.text
    assert "Replaced" in me.text
    withdraw = re.findall(r'href="(/provider/passport/files/[^"]+/withdraw)"', page.text)[0]
    me.get(withdraw)
    assert "Then first.pdf counts" in me.text
    me.press(withdraw)
    assert "File withdrawn" in me.text
    last = re.findall(r'href="(/provider/passport/files/[^"]+/withdraw)"', me.get(LIABILITY).text)
    assert len(last) == 1
    me.get(last[0])
    assert "14 days from today new offers are barred" in me.text


def test_connected_people_are_named_corrected_and_ended(me: Visitor, wiring: Wiring) -> None:
    day = {"from_day-day": "1", "from_day-month": "4", "from_day-year": "2020"}
    wrong = me.fill("/provider/passport/people/new", name="Made-up Holdings Ltd", role="parent_company", **day)
    assert wrong.status_code == 400
    assert "Choose how much of the shares or votes" in me.text
    assert "Made-up Holdings Ltd" in wrong.text
    me.fill("/provider/passport/people/new", name="Made-up Holdings Ltd", role="parent_company", share="more", **day)
    assert "Made-up Holdings Ltd added" in me.text
    with transaction(wiring.sessions, read_only=True) as session:
        connected_id = session.scalars(select(ConnectedPerson.id)).one()
    there = f"/provider/passport/people/{connected_id}"
    save(me, there, name="Made-up Holdings plc", role="parent_company", share="more", **day)
    assert "Made-up Holdings plc changed" in me.text
    ended = {"to_day-day": "1", "to_day-month": "4", "to_day-year": "2019"}
    assert save(me, f"{there}/end", **ended).status_code == 400
    save(me, f"{there}/end", **{**ended, "to_day-year": "2025"})
    assert "1 Apr 2025" in me.text


def test_staff_read_the_passport_and_change_nothing(site: Flask, company: Actor, wiring: Wiring) -> None:
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        show(session, company, "public_liability", local_date(now) + 365 * DAY, now=now, store=wiring.files)
        organisation = session.get_one(Organisation, company.organisation_id)
        member = make_actor(session, organisation, Role.PROVIDER_STAFF)
    staff = Visitor(site).be(member)
    page = staff.get("/provider/passport")
    assert "/provider/passport/sections/" not in page.text
    page = staff.get(LIABILITY)
    assert "certificate.pdf" in staff.text
    assert "withdraw" not in page.text
    assert "Add file" not in staff.text
    assert staff.get("/provider/passport/check").status_code == 200
    assert staff.get("/provider/passport/sections/company").status_code == 403


def test_a_company_with_expired_insurance_is_told_which_renews_it_and_offers(
    site: Flask, wiring: Wiring, tmp_path: Path
) -> None:
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        scene = made.make_scene(session, vault=wiring.vault, now=now, services=({},))
        service = scene.services[0]
        actor = scene.provider(service)
        long_ago, today = now - 300 * DAY, local_date(now)
        expired = today - 20 * DAY
        fill_in(session, actor, now=long_ago, last_day=today + 300 * DAY, but={"public_liability": expired})
        show(session, actor, "statement_of_purpose", today + 300 * DAY, now=long_ago, claim_id=service.claim_id)
        hub = Visitor(site)
        hub_actor = factory.make_commissioner(session)
    me = Visitor(site).be(actor)
    me.get("/provider/today")
    assert "Renew: Public liability insurance, at least £5 million" in me.text
    here = f"/provider/opportunities/{scene.request.id}"
    me.get(here)
    assert "Open for offers, but you cannot offer yet" in me.text
    assert "“Public liability insurance, at least £5 million” ended on" in me.text
    me.get(f"{here}/offer")
    assert "This offer cannot be sent yet" in me.text

    start = now + 30 * DAY
    typed = {
        "care_pence": "4,321.00",
        **{f"can_start_on-{part}": str(getattr(start, part)) for part in ("day", "month", "year")},
        **{f"need_{n}": f"Our made-up plan {n}" for n, score in enumerate(scene.request.needs or [], start=1) if score},
    }
    refused = me.fill(f"{here}/offer", step="submit", **typed)
    assert refused.status_code == 400
    assert "This service cannot offer now: “Public liability insurance, at least £5 million” ended on" in me.text
    assert "4,321.00" in refused.text, "nothing that was typed is lost"
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalars(select(Offer)).all() == []

    hub.be(hub_actor)
    hub.get("/hub/market")
    assert "1 company whose evidence bars new offers" in hub.text
    hub.get("/hub/evidence?stands=barring")
    assert "1 document" in hub.text
    hub.get(f"/hub/providers/{actor.organisation_id}/passport")
    assert "New offers are barred" in hub.text

    me.get("/provider/passport")
    assert "Evidence has expired, and new offers are barred" in me.text
    upload(me, LIABILITY, "renewed.pdf", PDF, today + 365 * DAY)
    assert "File added" in me.text
    me.fill(f"{here}/offer", step="submit", **typed)
    assert "Offer sent" in me.text
    hub.get("/hub/evidence")
    assert "No document ends soon" in hub.text
    hub.get(f"/hub/providers/{actor.organisation_id}/passport")
    assert "All the evidence that its lots require is in date" in hub.text
    assert "Showed: Public liability insurance" in hub.text


def test_the_days_work_reminds_once_and_the_link_leads_to_the_passport(site: Flask, wiring: Wiring) -> None:
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        lot = factory.make_system_and_lots(session, now).residential
        service = factory.make_enrolled_service(session, lot=lot, now=now)
        actor = made.somebody_of(session, service)
        show(session, actor, "public_liability", local_date(now) + 7 * DAY, now=now)
    evening = dt.datetime.combine(local_date(now), dt.time(20), dt.UTC)
    for _ in range(2):
        assert tick(wiring, now=evening).faults == ()
    with transaction(wiring.sessions, read_only=True) as session:
        mails = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "evidence_ending")).all()
    assert len(mails) == 1
    assert links.passport(wiring.settings.base_url) in mails[0].text
    path = links.passport("").removeprefix(wiring.settings.base_url)
    assert Visitor(site).be(actor).get(path).status_code == 200
