"""What providers will read: decisions about what points at a child, and a person's tick on every text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.children.links import link_siblings, unlink_siblings
from app.children.status import SiblingKind
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.files import FolderStore
from app.core.models import AuditEntry
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import approval, deciding, drafting, findings, grouping, submitting
from app.requests.decided import decisions_of
from app.requests.deciding import Decision
from app.requests.findings import Pointed, reading_state
from app.requests.models import PlacementRequest
from app.requests.sections.models import RequestClearance, RequestTextRead
from app.requests.status import FindingChoice
from app.requests.texts import texts_of
from tests.factories.requests import (
    NOW,
    VAULT,
    load_policies,
    make_actor,
    make_borough,
    make_child,
    make_draft,
    read_everything,
    request_answers,
)

REMOVE, GENERALISE, KEEP = FindingChoice.REMOVE, FindingChoice.GENERALISE, FindingChoice.KEEP


def draft(session: Session, **typed: Any) -> tuple[PlacementRequest, Actor]:
    load_policies(session)
    officer = make_actor(session, organisation=make_borough(session))
    return make_draft(session, actor=officer, answers=request_answers(**typed)), officer


def seen_by(session: Session, request: PlacementRequest) -> dict[str, str]:
    return {one.key: one.fingerprint for one in texts_of(session, vault=VAULT, request=request)}


def check(
    session: Session,
    actor: Actor,
    request: PlacementRequest,
    *decisions: Decision,
    ticks: tuple[str, ...] = (),
    **as_: Any,
) -> deciding.Checked:
    shown = as_.get("seen") or seen_by(session, request)
    return deciding.check_texts(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        decisions=decisions,
        ticks=ticks,
        seen=shown,
        now=NOW,
    )


def open_at(session: Session, request: PlacementRequest) -> list[Pointed]:
    return findings.open_findings(session, vault=VAULT, request=request)


def said(session: Session, request: PlacementRequest, field: str, position: int = 1) -> Any:
    return drafting.answers_of(session, vault=VAULT, request=request, position=position)[field]


def save(session: Session, actor: Actor, request: PlacementRequest, section: str, **changed: Any) -> None:
    saved = drafting.saved_sections(session, vault=VAULT, request=request)[section]
    drafting.save_section(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        section=section,
        answers=saved.answers | changed,
        version=saved.version,
        now=NOW,
    )


def test_a_tick_is_for_the_text_as_it_stood(session: Session) -> None:
    """Nothing is approved that nobody has read; a text that changes after its tick is unread again, the others not."""
    request, officer = draft(session)
    council = session.get_one(Organisation, officer.organisation_id)
    manager = make_actor(session, Role.TEAM_MANAGER, organisation=council)
    read_everything(session, officer, VAULT, request)
    total = len(texts_of(session, vault=VAULT, request=request))
    assert reading_state(session, vault=VAULT, request=request) == (total, total, 0)
    save(session, officer, request, "reason", why_now="The foster carer is moving abroad.")
    assert reading_state(session, vault=VAULT, request=request) == (total - 1, total, 0)
    submitting.submit(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    decide = {"actor": manager, "vault": VAULT, "request_id": request.id, "now": NOW}
    with pytest.raises(Conflict, match="1 text that providers see has not been read"):
        approval.approve(session, version=request.version, **decide)
    check(session, officer, request, ticks=("0-why_now",))
    approval.approve(session, version=request.version, **decide)
    with pytest.raises(Conflict, match="approved"):
        check(session, officer, request, ticks=("0-why_now",))
    marks = session.scalars(select(RequestTextRead)).all()
    assert {one.read_by for one in marks} == {officer.person_id}
    assert len({one.fingerprint for one in marks}) == total


def test_what_was_not_shown_is_not_ticked(session: Session) -> None:
    """Another saved the section after the page was opened; and a text is read once its places are decided."""
    request, officer = draft(session, enjoys="Plays with Zebedee.")
    shown = seen_by(session, request)
    with pytest.raises(Invalid) as refused:
        check(session, officer, request, ticks=("1-enjoys",))
    assert set(refused.value.errors) == {"tick-1-enjoys"}
    save(session, officer, request, "reason", why_now="The foster carer is moving abroad.")
    with pytest.raises(Stale) as stale:
        check(session, officer, request, ticks=("0-why_now", "1-own_words"), seen=shown)
    assert stale.value.facts["texts"] == ["0-why_now"]
    assert session.scalars(select(RequestTextRead)).all() == []
    with pytest.raises(Invalid, match="tick a text"):
        check(session, officer, request)


def test_words_are_taken_out_made_general_or_kept_and_put_back(session: Session) -> None:
    request, officer = draft(
        session,
        enjoys="Plays with Zebedee at home.",
        why_now="He lives at CR0 1EA now.",
        own_words="I like Zebedee toys.",
    )
    by_field = {one.field: one for one in open_at(session, request)}
    assert set(by_field) == {"enjoys", "why_now", "own_words"}
    done = check(
        session,
        officer,
        request,
        Decision(by_field["enjoys"].key, REMOVE),
        Decision(by_field["why_now"].key, GENERALISE, replacement="the family home"),
        Decision(by_field["own_words"].key, KEEP, reason="A brand of toys"),
        ticks=("1-own_words", "1-enjoys"),
    )
    assert (done.settled, done.ticked, len(done.changed)) == (3, 1, 2)  # what changed is not read yet
    assert said(session, request, "enjoys") == "Plays with at home."
    assert said(session, request, "why_now") == "He lives at the family home now."
    assert open_at(session, request) == []
    stored = str(session.execute(text("SELECT * FROM request_clearance")).all())
    assert not any(words in stored for words in ("Zebedee", "CR0", "toys", "family home"))
    assert not any("Zebedee" in str(one.facts) for one in session.scalars(select(AuditEntry)))

    decided = {one.choice: one for one in decisions_of(session, vault=VAULT, request=request)}
    assert decided[KEEP].reason == "A brand of toys"
    assert decided[GENERALISE].before == "He lives at CR0 1EA now."
    assert decided[GENERALISE].after == "He lives at the family home now."
    for choice in (REMOVE, GENERALISE, KEEP):
        put_back(session, officer, request, decided[choice].id)
    assert said(session, request, "enjoys") == "Plays with Zebedee at home."
    assert said(session, request, "why_now") == "He lives at CR0 1EA now."
    assert len(open_at(session, request)) == 3
    with pytest.raises(Conflict, match="already"):
        put_back(session, officer, request, decided[REMOVE].id)


def put_back(session: Session, actor: Actor, request: PlacementRequest, clearance_id: str) -> None:
    deciding.put_back(session, actor=actor, vault=VAULT, request_id=request.id, clearance_id=clearance_id, now=NOW)


def test_one_wrong_decision_among_several_leaves_nothing_half_done(session: Session) -> None:
    request, officer = draft(session, enjoys="Zebedee and again Zebedee play.", own_words="Call me Zebedee.")
    one, two, three = open_at(session, request)
    with pytest.raises(Invalid) as refused:
        check(
            session,
            officer,
            request,
            Decision(one.key, REMOVE),
            Decision(two.key, GENERALISE, replacement=" "),
            Decision(three.key, KEEP, reason=""),
            ticks=("0-why_now",),
        )
    assert set(refused.value.errors) == {f"replacement-{two.key}", f"reason-{three.key}"}
    assert said(session, request, "enjoys") == "Zebedee and again Zebedee play."
    assert session.scalars(select(RequestClearance)).all() == []
    assert session.scalars(select(RequestTextRead)).all() == []
    # The same words everywhere else at once; what is said of a place itself counts first.
    check(
        session,
        officer,
        request,
        Decision(one.key, GENERALISE, replacement="the child", everywhere=True),
        Decision(three.key, KEEP, reason="A nickname of many"),
    )
    assert said(session, request, "enjoys") == "The child and again the child play."
    assert said(session, request, "own_words") == "Call me Zebedee."


def test_a_text_that_was_written_over_is_not_put_back(session: Session) -> None:
    """Neither after a later edit, nor once it is no draft."""
    request, officer = draft(session, enjoys="Plays with Zebedee.")
    check(session, officer, request, Decision(open_at(session, request)[0].key, REMOVE))
    row = session.scalars(select(RequestClearance)).one()
    save(session, officer, request, "the_child", enjoys="Plays outside.")
    with pytest.raises(Stale, match="changed after"):
        put_back(session, officer, request, row.id)
    save(session, officer, request, "the_child", enjoys="Plays with.")
    submitting.submit(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    with pytest.raises(Conflict, match="draft"):
        put_back(session, officer, request, row.id)
    assert said(session, request, "enjoys") == "Plays with."


def test_only_a_draft_is_reworded_and_only_by_its_own_councils_officers(session: Session) -> None:
    request, officer = draft(session, enjoys="Plays with Zebedee.")
    place = open_at(session, request)[0]
    shown = seen_by(session, request)
    with pytest.raises(NotFound):
        check(session, make_actor(session), request, ticks=("0-why_now",))
    director = make_actor(session, Role.DIRECTOR)
    with pytest.raises(NotAllowed):
        check(session, director, request, ticks=("0-why_now",))
    submitting.submit(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    with pytest.raises(Invalid) as refused:
        check(session, officer, request, Decision(place.key, REMOVE), seen=shown)
    assert refused.value.errors == {
        f"choice-{place.key}": "The text can only be changed in a draft. A manager can send it back"
    }
    check(session, officer, request, Decision(place.key, KEEP, reason="A brand of toys"))
    row = session.scalars(select(RequestClearance)).one()
    with pytest.raises(NotFound):
        put_back(session, make_actor(session), request, row.id)


def test_a_recorded_siblings_name_is_known_too(session: Session) -> None:
    """In a spelling that no list of names has; a link that was taken back counts no longer."""
    request, officer = draft(session, enjoys="Plays with qwyrzle.")
    assert open_at(session, request) == []
    sibling = make_child(session, actor=officer, given_name="Qwyrzle")
    link = {"actor": officer, "vault": VAULT, "child_id": request.children[0].child_id, "now": NOW}
    link |= {"reference": sibling.reference, "reason": "The social worker knows the family"}
    link_siblings(session, kind=SiblingKind.FULL, **link)
    assert [one.words for one in open_at(session, request)] == ["qwyrzle"]
    unlink_siblings(session, **link)
    assert open_at(session, request) == []


def test_each_childs_texts_are_their_own_and_follow_the_child(session: Session, tmp_path: Path) -> None:
    """Every child's name is known in every text; a decision and a tick go with the child when another is taken off."""
    load_policies(session)
    officer = make_actor(session, organisation=make_borough(session))
    children = [make_child(session, actor=officer, given_name=name) for name in ("Zebedee", "Xanthe", "Quillon")]
    typed = request_answers(enjoys="Plays with Zebedee and Quillon.")
    request = make_draft(session, actor=officer, children=children, answers=typed)
    places = open_at(session, request)
    assert [(one.position, one.words) for one in places] == [
        (child, name) for child in (1, 2, 3) for name in ("Zebedee", "Quillon")
    ]
    third = [Decision(one.key, KEEP, reason="A toy") for one in places if one.position == 3]
    check(session, officer, request, *third, ticks=("3-enjoys",))
    assert {one.position for one in open_at(session, request)} == {1, 2}
    given = {"store": FolderStore(tmp_path), "request_id": request.id, "child_id": request.children[1].child_id}
    grouping.take_off_child(session, actor=officer, now=NOW, **given)
    session.refresh(request)
    assert {one.position for one in open_at(session, request)} == {1}
    tick = session.scalars(select(RequestTextRead)).one()
    assert tick.child_position == 2
    assert tick.fingerprint == seen_by(session, request)["2-enjoys"]
