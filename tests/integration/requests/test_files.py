"""Files of a request: who may have which at which stage, what erasure and removal leave, and what a pack says."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.crypto import KeyDestroyedError
from app.core.errors import Invalid, NotAllowed, NotFound
from app.core.events import install
from app.core.files import FolderStore, StoredFile, accept
from app.core.models import AuditEntry
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.identity.status import Role
from app.offers.invitations import invite_enrolled
from app.offers.papers import ask_for_pack, file_for, files_for, pack_for, tell_attachment
from app.offers.settling import settle
from app.requests.answers import asked
from app.requests.events import AttachmentAdded, RequestPublished
from app.requests.form import CURRENT, Audience, form
from app.requests.papers import attaching, making
from app.requests.papers.models import Attachment, Paper
from app.requests.papers.status import PaperFormat, PaperKind
from app.requests.papers.unchecked import unchecked_attachments
from app.requests.publication import mark_awarded
from notifications.models import OutboxMessage
from tests.factories import offers as made
from tests.factories import requests as factory
from tests.factories.offers import BASE_URL, Scene
from tests.factories.requests import NOW, VAULT

HOUR = dt.timedelta(hours=1)
CONTENT = b"%PDF-1.4 Zebedee Testchild's plan"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def attach(
    scene: Scene, store: FolderStore, audience: str, *, checked: bool = True, data: bytes = CONTENT, name: str = "a.pdf"
) -> Attachment:
    return attaching.attach(
        scene.session,
        actor=scene.officer,
        vault=scene.vault,
        store=store,
        request_id=scene.request.id,
        accepted=accept(io.BytesIO(data), name=name),
        title=f"Plan for {audience}",
        kind="care_plan",
        audience=audience,
        child_position=0,
        checked=checked,
        now=scene.now + HOUR,
    )


def reached(
    scene: Scene, store: FolderStore, actor: Actor, rows: Mapping[str, Attachment], now: dt.datetime
) -> set[str]:
    """The audiences whose file a company can list, and fetch."""
    given = {"actor": actor, "vault": scene.vault, "request_id": scene.request.id, "now": now}
    try:
        _, lines = files_for(scene.session, **given)  # type: ignore[arg-type]
    except NotFound:
        lines = []
    fetched = set()
    for audience, row in rows.items():
        try:
            _, (_, _, data) = file_for(scene.session, store=store, attachment_id=row.id, **given)  # type: ignore[arg-type]
        except NotFound:
            continue
        assert data == CONTENT
        fetched.add(audience)
    assert {line.id for line in lines} == {rows[one].id for one in fetched}, "what is listed can be fetched, no more"
    return fetched


def test_a_company_gets_the_files_of_its_stage_at_each_download(session: Session, store: FolderStore) -> None:
    scene = made.make_scene(session, services=({"quality": 90}, {"quality": 60}))
    install(
        session,
        {
            RequestPublished: (lambda s, event: invite_enrolled(s, event, base_url=BASE_URL),),
            AttachmentAdded: (lambda s, event: tell_attachment(s, event, base_url=BASE_URL),),
        },
    )
    rows = {audience: attach(scene, store, audience) for audience in ("1", "2", "3", "borough")}
    told = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "attachment_added")).all()
    assert sorted(one.address for one in told) == sorted(service.alert_email for service in scene.services), (
        "everybody of stage 1 of the file for stage 1, and nobody of the others"
    )
    assert not any("Plan" in one.text or "Zebedee" in one.text for one in told)
    winner, loser = (scene.provider(service) for service in scene.services)
    assert reached(scene, store, winner, rows, scene.now + HOUR) == {"1"}
    stranger = made.make_scene(session, services=({},))
    with pytest.raises(NotFound):
        files_for(
            session,
            actor=stranger.provider(stranger.services[0]),
            vault=scene.vault,
            request_id=scene.request.id,
            now=scene.now,
        )
    offers = [made.offer(scene, service, 4_000_00) for service in scene.services]
    made.open_offers(scene)
    after = scene.deadline + 2 * HOUR
    made.prefer(scene, offers[0])
    assert reached(scene, store, winner, rows, after) == {"1", "2"}
    assert reached(scene, store, loser, rows, after) == {"1"}
    settle(session, request_id=scene.request.id, won_offer_id=offers[0].id, now=after, base_url=BASE_URL)
    mark_awarded(session, request_id=scene.request.id, person_id=scene.officer.person_id, now=after)
    assert reached(scene, store, winner, rows, after) == {"1", "2", "3"}
    assert reached(scene, store, loser, rows, after) == set()


def test_what_is_kept_can_be_read_with_the_childs_key_alone(session: Session, store: FolderStore) -> None:
    scene = made.make_scene(session, services=({},))
    row = attach(scene, store, "3")
    with pytest.raises(Invalid, match="identifies nobody"):
        attach(scene, store, "1", checked=False)  # published: it would go out at once
    on_disk = [path.read_bytes() for path in store.folder.rglob("*") if path.is_file()]
    assert on_disk
    assert not any(b"Zebedee" in data or b"PDF" in data for data in on_disk)
    assert "Plan" not in row.sealed_title + row.sealed_name
    assert "Plan" not in str([entry.facts for entry in session.scalars(select(AuditEntry))])

    given = {"vault": scene.vault, "store": store, "request": scene.request, "reach": None}
    assert attaching.content_of(session, attachment_id=row.id, **given)[2] == CONTENT  # type: ignore[arg-type]
    gone = attach(scene, store, "borough")
    place = gone.sha256
    attaching.remove(
        session,
        actor=scene.officer,
        store=store,
        request_id=scene.request.id,
        attachment_id=gone.id,
        version=gone.version,
        now=NOW,
    )
    lines = attaching.attachments_of(
        session, actor=scene.officer, vault=scene.vault, request_id=scene.request.id, now=NOW, removed=True
    )
    assert sorted((line.id, line.removed_at is not None) for line in lines) == sorted(
        [(row.id, False), (gone.id, True)]
    )
    assert session.get(StoredFile, place) is None
    with pytest.raises(NotFound):
        attaching.content_of(session, attachment_id=gone.id, **given)  # type: ignore[arg-type]

    session.get_one(Child, scene.request.children[0].child_id).wrapped_key = None
    session.flush()
    with pytest.raises(KeyDestroyedError):
        attaching.content_of(session, attachment_id=row.id, **given)  # type: ignore[arg-type]


def test_who_may_not_know_the_child_has_no_file_that_may_name_them(session: Session, store: FolderStore) -> None:
    scene = made.make_scene(session, services=({},))
    rows = {audience: attach(scene, store, audience) for audience in ("1", "2", "3", "borough")}
    borough = session.get_one(Organisation, scene.officer.organisation_id)
    blind = factory.make_actor(session, Role.HEAD_OF_SERVICE, organisation=borough)
    assert blind.may(Permission.REQUEST_READ)
    assert not blind.may(Permission.CHILD_READ)
    given: dict[str, Any] = {"vault": scene.vault, "request_id": scene.request.id, "now": NOW}
    for actor, expected in ((scene.officer, set(rows)), (blind, {"1", "2"})):
        lines = attaching.attachments_of(session, actor=actor, **given)
        assert {line.audience.value for line in lines} == expected
        assert attaching.own_audience(actor) is (Audience.SHORTLISTED if actor is blind else Audience.BOROUGH)
    for audience in Audience:
        asked_for: dict[str, Any] = {"kind": PaperKind.FILLED_FORM, "format": PaperFormat.WORD, "audience": audience}
        asked_for |= {"request_id": scene.request.id, "leads_to": "/x", "now": NOW}
        paper, _ = making.ask_for_own(session, actor=scene.officer, **asked_for)
        assert making.may_have(blind, paper) == (audience.value in ("1", "2"))
        if audience.value not in ("1", "2"):
            with pytest.raises(NotAllowed):
                making.ask_for_own(session, actor=blind, **asked_for)
            with pytest.raises(NotAllowed):
                making.content_of_paper(session, vault=VAULT, store=store, paper=paper, actor=blind, reach=None)
    blank, _ = making.ask_for_blank(session, actor=blind, format=PaperFormat.PDF, leads_to="/x", now=NOW)
    assert making.may_have(blind, blank)


def test_publishing_waits_for_files_that_nobody_has_read(session: Session, store: FolderStore) -> None:
    officer = factory.make_actor(session)
    factory.load_policies(session)
    draft = factory.make_draft(session, actor=officer)
    scene = Scene(session, VAULT, NOW, None, draft, officer, [])  # type: ignore[arg-type]
    rows = {audience: attach(scene, store, audience, checked=False) for audience in ("1", "2", "3", "borough")}
    waiting = unchecked_attachments(session, request_id=draft.id)
    assert {row.audience.value for row in waiting} == {"1", "2"}
    for row in (rows["1"], rows["2"]):
        attaching.mark_checked(
            session, actor=officer, request_id=draft.id, attachment_id=row.id, version=row.version, now=NOW
        )
    assert unchecked_attachments(session, request_id=draft.id) == []
    other = factory.make_actor(session)
    with pytest.raises(NotFound):
        attaching.attachments_of(session, actor=other, vault=VAULT, request_id=draft.id, now=NOW)


def marked_answers() -> dict[str, Any]:
    """A whole form in which every text says which field it is of, in a word that stands nowhere else."""
    typed = factory.request_answers()
    for number, one in enumerate(form(CURRENT).fields):
        if one.is_free_text and not one.pattern and asked(one, typed):
            typed[one.name] = f"written in drawer {number} of the cupboard"
    return typed


def make(session: Session, store: FolderStore, paper: Paper, batch: Any) -> None:
    making.make_step(session, {"batch_id": batch.id, "step": 0}, NOW + HOUR, vault=VAULT, store=store)
    session.refresh(paper)
    assert paper.made_at is not None, batch.problem


def test_a_pack_holds_what_its_readers_may_see_and_nothing_else(session: Session, store: FolderStore) -> None:
    typed = marked_answers()
    scene = made.make_scene(session, services=({},), answers=typed)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    attach(scene, store, "2", data=picture.getvalue(), name="drawing.png")
    texts = {
        one.name: (one.audience, typed[one.name])
        for one in form(CURRENT).fields
        if "written in drawer" in str(typed.get(one.name))
    }
    assert {audience for audience, _ in texts.values()} >= {Audience.INVITED, Audience.SHORTLISTED, Audience.AWARDED}
    for audience in Audience:
        paper, batch = making.ask_for_own(
            session,
            actor=scene.officer,
            request_id=scene.request.id,
            kind=PaperKind.PACK,
            format=PaperFormat.PDF,
            audience=audience,
            leads_to="/x",
            now=NOW,
        )
        make(session, store, paper, batch)
        _, _, data = making.content_of_paper(
            session, vault=VAULT, store=store, paper=paper, actor=scene.officer, reach=None
        )
        reader = pypdf.PdfReader(io.BytesIO(data))
        said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
        borough = audience is Audience.BOROUGH
        seen = {one for one in Audience if borough or one.sees(int(audience.value))}
        for name, (of, words) in texts.items():
            assert (words in said) == (of in seen), f"{name} for {audience}"
        assert ("Plan for 2" in said) == (Audience.SHORTLISTED in seen)
        assert sum(len(page.images) for page in reader.pages) == (1 if Audience.SHORTLISTED in seen else 0)
        assert ("Zebedee" in said) == (audience is Audience.AWARDED)
        assert "Confidential" in said
        assert reader.root_object["/Lang"] == "en-GB"


def test_a_companys_pack_closes_with_its_stage_and_expires(session: Session, store: FolderStore) -> None:
    scene = made.make_scene(session, services=({},))
    actor = scene.provider(scene.services[0])
    paper, batch = ask_for_pack(session, actor=actor, request_id=scene.request.id, leads_to="/x", now=NOW)
    assert paper.audience is Audience.INVITED
    make(session, store, paper, batch)
    given = {"vault": VAULT, "store": store, "paper_id": paper.id}
    _, (name, _, data) = pack_for(session, actor=actor, now=NOW + HOUR, **given)  # type: ignore[arg-type]
    assert data.startswith(b"%PDF-")
    assert name == f"{scene.request.reference}-pack-stage-1.pdf"
    with pytest.raises(NotFound):  # it has not offered, and the deadline has passed
        pack_for(session, actor=actor, now=scene.deadline, **given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        pack_for(session, actor=scene.officer, now=NOW + HOUR, **given)  # type: ignore[arg-type]
    paper.audience = Audience.SHORTLISTED  # as if it had been preferred when it asked, and is not now
    with pytest.raises(NotFound):
        pack_for(session, actor=actor, now=NOW + HOUR, **given)  # type: ignore[arg-type]
    place = store.folder / (paper.sha256 or "")[:2] / (paper.sha256 or "")
    assert place.exists()
    assert making.forget_papers(session, store=store, now=paper.expires_at - HOUR) == 0
    assert making.forget_papers(session, store=store, now=paper.expires_at) == 1
    assert not place.exists()


def test_the_word_form_asks_every_question_under_headings_with_a_language(session: Session, store: FolderStore) -> None:
    factory.load_policies(session)
    officer = factory.make_actor(session)
    paper, batch = making.ask_for_blank(session, actor=officer, format=PaperFormat.WORD, leads_to="/x", now=NOW)
    make(session, store, paper, batch)
    name, _, data = making.content_of_paper(session, vault=VAULT, store=store, paper=paper, actor=officer, reach=None)
    assert name == "placement-request-blank-form.docx"
    read = docx.Document(io.BytesIO(data))
    headings = [one.text for one in read.paragraphs if one.style is not None and one.style.name.startswith("Heading")]
    assert headings == [section.title for section in form(CURRENT).sections]
    questions = "\n".join(cell.text for table in read.tables for row in table.rows for cell in row.cells)
    for one in form(CURRENT).fields:
        assert one.label in questions
        assert one.kind == "picks" or all(choice[1] in questions for choice in one.choices)  # a long list is written in
        assert all(column.label in questions for column in one.columns)
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in read.tables)
    assert read.core_properties.language == "en-GB"
    assert officer.organisation_name in read.sections[0].header.paragraphs[0].text
