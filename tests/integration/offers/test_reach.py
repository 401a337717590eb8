"""Of several children, a company reads of each what its offers for that child have earned, and of no other (F-25)."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.errors import Invalid, NotFound
from app.core.events import install
from app.core.files import FolderStore, accept
from app.identity.permissions import Actor
from app.offers.invitations import opportunity_for
from app.offers.papers import ask_for_pack, file_for, files_for, pack_for, tell_attachment
from app.offers.settling import settle
from app.requests.audiences import borough_view, provider_view
from app.requests.events import AttachmentAdded
from app.requests.papers import attaching, making
from app.requests.papers.models import Attachment
from app.requests.publication import mark_awarded
from app.requests.status import Siblings
from notifications.models import OutboxMessage
from tests.factories import offers as made
from tests.factories.offers import BASE_URL, Scene
from tests.factories.siblings import make_group, offer, prefer_plan

HOUR = dt.timedelta(hours=1)
EVERY_AGE = {"min_age": 0, "max_age": 17, "places": 3}
NAMES = {1: "Zebedee", 2: "Sibling2", 3: "Sibling3"}


def attach(scene: Scene, store: FolderStore, about: int, audience: str, *, checked: bool = True) -> Attachment:
    return attaching.attach(
        scene.session,
        actor=scene.officer,
        vault=scene.vault,
        store=store,
        request_id=scene.request.id,
        accepted=accept(io.BytesIO(b"%PDF-1.4 plan"), name="a.pdf"),
        title="Plan",
        kind="care_plan",
        audience=audience,
        child_position=about,
        checked=checked,
        now=scene.deadline + HOUR,
    )


def pack_of(scene: Scene, store: FolderStore, company: Actor, now: dt.datetime) -> str:
    paper, batch = ask_for_pack(
        scene.session, actor=company, request_id=scene.request.id, leads_to="/x", now=scene.deadline + HOUR
    )
    making.make_step(scene.session, {"batch_id": batch.id, "step": 0}, now, vault=scene.vault, store=store)
    return paper.id


def said_in(scene: Scene, store: FolderStore, company: Actor, paper_id: str, now: dt.datetime) -> str:
    _, (_, _, data) = pack_for(scene.session, actor=company, vault=scene.vault, store=store, paper_id=paper_id, now=now)
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_company_learns_of_each_child_only_what_its_offers_for_that_child_have_earned(
    session: Session, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "files")
    scene = make_group(session, siblings=Siblings.APART, services=(EVERY_AGE, EVERY_AGE, EVERY_AGE))
    install(session, {AttachmentAdded: (lambda s, event: tell_attachment(s, event, base_url=BASE_URL),)})
    winner, loser, other = (scene.provider(service) for service in scene.services)
    for_second, for_first = offer(scene, 0, "2"), offer(scene, 1, "1")
    offer(scene, 1, "2")
    offer(scene, 2, "3")
    made.open_offers(scene)
    files = {
        (about, audience): attach(scene, store, about, audience)
        for about in (0, 1, 2, 3)
        for audience in ("1", "2", "3", "borough")
    }
    now = scene.deadline + 2 * HOUR

    def reads(company: Actor, stages: dict[int, int]) -> None:
        """Exactly these stages by child on the page, among the files and in a pack; of what is shared the furthest."""
        found = opportunity_for(session, actor=company, request_id=scene.request.id, now=now)
        views = provider_view(session, vault=scene.vault, request=scene.request, reach=found.reach)
        shown = str(views)
        assert {one.position for one in views if one.position} == {child for child, stage in stages.items() if stage}
        of_child = {one.position: dict(one.rows) for one in views if one.title.startswith("About child ")}
        assert {child for child, rows in of_child.items() if "Initials" in rows} == {
            child for child, stage in stages.items() if stage >= 2
        }
        written = said_in(scene, store, company, pack_of(scene, store, company, now), now)
        for child, name in NAMES.items():
            assert (name in shown) == (name in written) == (stages[child] == 3), f"{name} at {stages}"
            assert (f"About child {child}" in written) == (stages[child] > 0)
        whole = {0: max(stages.values()), **stages}
        expected = {key for key in files if key[1] != "borough" and int(key[1]) <= whole[key[0]]}
        given = {"actor": company, "vault": scene.vault, "request_id": scene.request.id, "now": now}
        _, lines = files_for(session, **given)  # type: ignore[arg-type]
        assert {line.id for line in lines} == {files[key].id for key in expected}
        for key, row in files.items():
            if key in expected:
                file_for(session, store=store, attachment_id=row.id, **given)  # type: ignore[arg-type]
            else:
                with pytest.raises(NotFound):
                    file_for(session, store=store, attachment_id=row.id, **given)  # type: ignore[arg-type]

    prefer_plan(scene, for_second, for_first, apart_reason="They have lived apart", now=now)
    reads(winner, {1: 1, 2: 2, 3: 1})
    reads(loser, {1: 2, 2: 1, 3: 1})
    before = pack_of(scene, store, loser, now)
    settle(session, request_id=scene.request.id, won_offer_id=for_second.id, now=now, base_url=BASE_URL)
    reads(winner, {1: 0, 2: 3, 3: 0})
    reads(loser, {1: 2, 2: 0, 3: 1})
    reads(other, {1: 1, 2: 0, 3: 1})
    with pytest.raises(NotFound):  # it tells of the second child, who is placed with another company
        said_in(scene, store, loser, before, now)

    def told() -> list[str]:
        rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "attachment_added")).all()
        addresses = [row.address for row in rows]
        for row in rows:
            session.delete(row)
        session.flush()
        return addresses

    told()
    for about, audience, services in ((1, "3", []), (1, "2", [1]), (2, "1", [0]), (2, "3", [0])):
        attach(scene, store, about, audience)
        assert told() == [scene.services[number].alert_email for number in services], (about, audience)
    mark_awarded(session, request_id=scene.request.id, person_id=scene.officer.person_id, now=now)
    attach(scene, store, 2, "3")
    assert told() == [scene.services[0].alert_email], "the winner is told after the award too"
    with pytest.raises(Invalid, match="identifies nobody"):
        attach(scene, store, 2, "2", checked=False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("erased", [1, 2])
def test_the_others_are_read_on_after_one_childs_record_is_erased(
    session: Session, tmp_path: Path, erased: int
) -> None:
    store = FolderStore(tmp_path / "files")
    scene = make_group(session, services=())
    rows = {about: attach(scene, store, about, "3") for about in (1, 2, 3)}
    session.get_one(Child, scene.request.children[erased - 1].child_id).wrapped_key = None
    session.flush()
    left = {1, 2, 3} - {erased}
    views = provider_view(session, vault=scene.vault, request=scene.request, stage=3)
    assert {child for child, name in NAMES.items() if name in str(views)} == left
    own = [borough_view(session, vault=scene.vault, request=scene.request), views]
    assert all([one.rows for one in each if one.position == erased] == [[("Record", "Erased")]] for each in own)
    lines = attaching.attached(session, vault=scene.vault, request=scene.request, reach=None, now=scene.now)
    assert {line.id for line in lines} == {rows[child].id for child in left}
