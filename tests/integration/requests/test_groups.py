"""Several children on one request: whose answers lie under whose key, what changes while it is a draft, and what
matching is told; and what somebody typed whose session had ended.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.needs import history
from app.core.crypto import KeyDestroyedError
from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import Accepted, FileKind, FileMissing, FolderStore
from app.identity.permissions import Actor
from app.requests import drafting, grouping, submitting, unsaved
from app.requests.audiences import borough_view, provider_view
from app.requests.duties import law_of
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.papers import attaching
from app.requests.sections.models import RequestSection, RequestUnsaved
from app.requests.status import Siblings
from app.requests.zones import Zone, zones_of
from tests.factories.requests import (
    NOW,
    VAULT,
    load_policies,
    make_actor,
    make_child,
    make_draft,
    request_answers,
)

BORN = (dt.date(2013, 4, 9), dt.date(2018, 1, 1), dt.date(2026, 6, 15))


def three(session: Session, actor: Actor) -> list[Child]:
    names = ("Zebedee", "Yolanda", "Xavier")
    return [
        make_child(session, actor=actor, given_name=name, date_of_birth=born, sex=sex)
        for name, born, sex in zip(names, BORN, "MFM", strict=True)
    ]


def save(
    session: Session, actor: Actor, request: PlacementRequest, section: str, version: int, position: int, **said: Any
) -> RequestSection:
    before = drafting.saved_sections(session, vault=VAULT, request=request, position=position)[section].answers
    return drafting.save_section(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        section=section,
        answers=before | said,
        version=version,
        now=NOW,
        position=position,
    )


def test_what_is_said_of_a_child_lies_under_that_childs_own_key(session: Session) -> None:
    actor = make_actor(session)
    children = three(session, actor)
    request = make_draft(session, actor=actor, children=children)
    save(session, actor, request, "the_child", 1, 2, enjoys="Swimming")
    save(session, actor, request, "contact", 1, 2, contact="Every week")
    each = drafting.answers_each(session, vault=VAULT, request=request)
    assert [one["enjoys"] == "Swimming" for one in each] == [False, True, False]
    assert [one["contact"] for one in each] == ["Every week"] * 3
    children[1].wrapped_key = None
    session.flush()
    assert drafting.answers(session, vault=VAULT, request=request)["contact"] == "Every week"
    with pytest.raises(KeyDestroyedError):
        drafting.answers_of(session, vault=VAULT, request=request, position=2)


def test_children_come_and_go_while_it_is_a_draft(session: Session, tmp_path: Path) -> None:
    take_off = partial(grouping.take_off_child, store=FolderStore(tmp_path))
    actor = make_actor(session)
    first, second, third = three(session, actor)
    request = make_draft(session, actor=actor, children=[first, second])
    assert (request.places, request.siblings) == (2, Siblings.PREFERRED)
    stranger = make_child(session, actor=make_actor(session))
    with pytest.raises(NotFound):
        grouping.add_child(session, actor=actor, vault=VAULT, request_id=request.id, child_id=stranger.id, now=NOW)
    with pytest.raises(Conflict):
        grouping.add_child(session, actor=actor, vault=VAULT, request_id=request.id, child_id=second.id, now=NOW)
    grouping.add_child(session, actor=actor, vault=VAULT, request_id=request.id, child_id=third.id, now=NOW)
    save(session, actor, request, "wishes", 0, 3, own_words="More pancakes")
    grouping.plan_siblings(session, actor=actor, request_id=request.id, siblings=Siblings.TOGETHER, now=NOW)
    with pytest.raises(Invalid):
        grouping.plan_siblings(session, actor=actor, request_id=request.id, siblings=Siblings.ALONE, now=NOW)

    copied = grouping.copy_from_first(session, actor=actor, vault=VAULT, request_id=request.id, position=3, now=NOW)
    assert "Education" in copied
    assert not {"The child", "Needs", "Risks", "Wishes and feelings"} & set(copied)
    of_third = drafting.answers_of(session, vault=VAULT, request=request, position=3)
    assert (of_third["education_now"], of_third["own_words"]) == (request_answers()["education_now"], "More pancakes")
    assert "enjoys" not in of_third
    assert "need_1" not in of_third

    with pytest.raises(Conflict, match="started for this child"):
        take_off(session, actor=actor, request_id=request.id, child_id=first.id, now=NOW)
    take_off(session, actor=actor, request_id=request.id, child_id=second.id, now=NOW)
    assert [(one.child_id, one.position) for one in request.children] == [(first.id, 1), (third.id, 2)]
    moved = drafting.saved_sections(session, vault=VAULT, request=request, position=2)
    assert (moved["wishes"].answers["own_words"], moved["wishes"].version) == ("More pancakes", 1)
    assert (request.places, request.siblings) == (2, Siblings.TOGETHER)
    take_off(session, actor=actor, request_id=request.id, child_id=third.id, now=NOW)
    assert (request.places, request.siblings) == (1, Siblings.ALONE)


def test_the_law_is_judged_on_every_child_of_the_request(session: Session) -> None:
    """A short break of the second, and a secure home that the third lives in now."""
    load_policies(session)
    actor = make_actor(session)
    request = make_draft(session, actor=actor, children=three(session, actor))
    today = NOW.date()

    def law() -> set[str]:
        return {one.code for one in law_of(session, vault=VAULT, request=request, today=today)}

    assert not law() & {"short_break", "secure"}
    save(session, actor, request, "identity", 1, 2, legal_status="V3")
    save(session, actor, request, "current_placement", 1, 3, current_placement="secure")
    assert law() >= {"short_break", "secure"}


def test_files_go_with_the_child_whom_they_are_about(session: Session, tmp_path: Path) -> None:
    load_policies(session)
    actor, store = make_actor(session), FolderStore(tmp_path)
    first, second, third = three(session, actor)
    request = make_draft(session, actor=actor, children=[first, second, third])
    kept = []
    for position in (0, 1, 2, 3):
        row = attaching.attach(
            session,
            actor=actor,
            vault=VAULT,
            store=store,
            request_id=request.id,
            accepted=Accepted(f"Letter {position}".encode(), FileKind.PDF, "letter.pdf", ""),
            title=f"About {position}",
            kind="care_plan",
            audience="borough",
            child_position=position,
            checked=False,
            now=NOW,
        )
        kept.append(row.sha256 or "")
    grouping.take_off_child(session, actor=actor, store=store, request_id=request.id, child_id=second.id, now=NOW)
    lines = attaching.attachments_of(session, actor=actor, vault=VAULT, request_id=request.id, now=NOW, removed=True)
    assert sorted((one.about, one.title) for one in lines) == [(0, "About 0"), (1, "About 1"), (2, "About 3")]
    assert store.get(kept[3])
    with pytest.raises(FileMissing):
        store.get(kept[2])


def test_a_child_is_added_as_the_record_that_was_kept_of_it(session: Session) -> None:
    load_policies(session)
    actor = make_actor(session)
    first, second, third = three(session, actor)
    request = make_draft(session, actor=actor, children=[first])
    third.merged_into, third.merged_at = second.id, NOW
    session.flush()
    typed = third.reference.lower().replace("-", " - ")
    assert grouping.find_by_reference(session, actor=actor, reference=typed).id == second.id
    named = grouping.add_child(session, actor=actor, vault=VAULT, request_id=request.id, child_id=third.id, now=NOW)
    assert named.child_id == second.id
    with pytest.raises(Conflict, match="on the request already"):
        grouping.add_child(session, actor=actor, vault=VAULT, request_id=request.id, child_id=third.id, now=NOW)


def test_submission_tells_matching_of_each_child_and_of_all(session: Session) -> None:
    load_policies(session)
    actor = make_actor(session)
    children = three(session, actor)
    zone = {"postcode": "sm1 1aa", "miles": "2"}
    shared = request_answers(
        exclude_authorities=["E09000029"], exclusion_zones=[zone], language_required="so", solo="yes"
    )
    request = make_draft(session, actor=actor, children=children, siblings=Siblings.TOGETHER, answers=shared)
    save(session, actor, request, "the_child", 1, 1, adaptations=["step_free"])
    save(session, actor, request, "the_child", 1, 2, adaptations=["hoist", "step_free"])
    save(session, actor, request, "needs", 1, 3, need_1="3", need_2="not_measured")
    save(session, actor, request, "wishes", 1, 2, own_words="")
    with pytest.raises(Invalid) as refused:
        submit(session, actor, request)
    assert set(refused.value.errors) == {"own_words@2"}
    save(session, actor, request, "wishes", 2, 2, own_words="To stay with my brothers")
    submit(session, actor, request)
    first_day = dt.date(2026, 12, 14)
    assert [one.age_weeks for one in request.children] == [(first_day - born).days // 7 for born in BORN]
    assert [one.sex for one in request.children] == ["M", "F", "M"]
    assert [(one.needs or [])[:2] for one in request.children] == [[1, 2], [1, 2], [3, None]]
    assert [len(history(session, actor=actor, child_id=one.id)) for one in children] == [1, 1, 1]
    assert (request.places, request.siblings, request.solo) == (3, Siblings.TOGETHER, True)
    assert (request.adaptations, request.exclude_authorities) == (["hoist", "step_free"], ["E09000029"])
    assert (request.language_required, request.age_weeks) == ("so", request.children[0].age_weeks)
    (found,) = zones_of(session, vault=VAULT, request=request)
    assert found.metres == 3219  # two miles are 3,218.688 metres
    assert found.holds(found.easting + 3219, found.northing)
    assert not found.holds(found.easting + 3220, found.northing)

    words = str(provider_view(session, vault=VAULT, request=request, stage=2)).lower()
    assert "child 2: wishes and feelings" in words
    for hidden in ("yolanda", "zebedee", "sm1 1aa", children[1].reference.lower()):
        assert hidden not in words
    at_last = str(provider_view(session, vault=VAULT, request=request, stage=3))
    assert "Yolanda Testchild" in at_last
    assert "sm1 1aa" not in at_last
    assert "sm1 1aa" in str(borough_view(session, vault=VAULT, request=request))


def test_a_request_of_the_first_version_is_still_read_judged_and_submitted(session: Session) -> None:
    load_policies(session)
    actor = make_actor(session)
    request = drafting.start_draft(
        session, actor=actor, vault=VAULT, child_id=make_child(session, actor=actor).id, now=NOW
    )
    request.form_version = "standard-1"
    session.flush()
    old = request_answers() | {"languages": "English", "religion": "Christian", "risks": "None known"}
    for section in form("standard-1").sections:
        drafting.save_section(
            session,
            actor=actor,
            vault=VAULT,
            request_id=request.id,
            section=section.name,
            answers={one.name: old[one.name] for one in section.fields if one.name in old},
            version=0,
            now=NOW,
        )
    submit(session, actor, request)
    assert ("Languages the child speaks", "English") in [
        row for one in provider_view(session, vault=VAULT, request=request, stage=1) for row in one.rows
    ]
    assert zones_of(session, vault=VAULT, request=request) == []


def test_what_was_typed_after_the_session_ended_comes_back_to_the_same_person_for_a_day(session: Session) -> None:
    one = make_actor(session)
    other = make_actor(session)
    request = make_draft(session, actor=one)
    typed = {"why_now": "The carer is ill", "journey": "hidden \x00 letter"}

    def keep(person_id: str) -> bool:
        return unsaved.keep_unsaved(
            session,
            vault=VAULT,
            person_id=person_id,
            request_id=request.id,
            section="reason",
            position=1,
            version=1,
            read=lambda _: typed,
            now=NOW,
        )

    def found(actor: Actor, now: dt.datetime) -> unsaved.Unsaved | None:
        part = form().section("reason")
        return unsaved.unsaved_of(session, actor=actor, vault=VAULT, request=request, section=part, position=1, now=now)

    assert keep(one.person_id)
    assert keep(one.person_id)
    back = found(one, NOW + dt.timedelta(hours=23))
    assert back is not None
    assert (back.answers, back.version) == ({"why_now": "The carer is ill"}, 1)
    assert found(other, NOW) is None
    assert found(one, NOW + dt.timedelta(hours=24)) is None
    assert "carer" not in str(session.scalars(select(RequestUnsaved.sealed_answers)).all())
    assert unsaved.forget_unsaved(session, now=NOW + dt.timedelta(hours=25)) == 1
    assert unsaved.forget_unsaved(session, now=NOW + dt.timedelta(hours=25)) == 0


def test_a_zone_is_read_from_its_postcode_and_a_draft_may_hold_half_of_one(session: Session) -> None:
    actor = make_actor(session)
    lines = [{"postcode": "SM1 1AA", "miles": "1"}, {"postcode": "nowhere", "miles": "1"}, {"postcode": "SM1 1AA"}]
    request = make_draft(session, actor=actor, answers=request_answers(exclusion_zones=lines))
    (zone,) = zones_of(session, vault=VAULT, request=request)
    assert zone == Zone(zone.easting, zone.northing, 1610)


def submit(session: Session, actor: Actor, request: PlacementRequest) -> PlacementRequest:
    return submitting.submit(session, actor=actor, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
