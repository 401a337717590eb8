"""A published request of brothers and sisters whose answers change, and one that is opened again more widely: what is
about one child stays under that child's key, and everything goes along. And the needs that were not met, counted.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.clock import LONDON, local_date
from app.core.crypto import DataKey, UnreadableError
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import FolderStore, accept
from app.core.references import new_reference
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.candidates import candidates_of
from app.offers.opening import open_and_freeze
from app.offers.widening import open_wider
from app.requests import amending, clearances
from app.requests.approval import approval_of
from app.requests.audiences import provider_view
from app.requests.carrying import copy_of
from app.requests.drafting import answers_each, answers_of
from app.requests.evidence import evidence_of, record_evidence
from app.requests.findings import reading_state
from app.requests.models import PlacementRequest, RequestChange, RequestMove
from app.requests.papers import attaching
from app.requests.reach import reach_of_all
from app.requests.sections.models import RequestAmendment, RequestClearance, RequestComment, RequestSection
from app.requests.status import RequestStatus, Siblings
from app.requests.unmet import AGE_BANDS, unmet_needs
from providers.market.models import Lot
from tests.factories import providers
from tests.factories.requests import (
    NOW,
    VAULT,
    join,
    make_actor,
    make_approved_request,
    make_borough,
    make_child,
    make_published_request,
    request_answers,
)

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules in which the engines have no part."""

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ENJOYS = "What do they enjoy?"


@dataclass
class Group:
    """A published request for a boy of 13 and a girl of 9, who are placed together, and its officer."""

    session: Session
    request: PlacementRequest
    officer: Actor
    lots: Any

    def key(self, position: int) -> DataKey:
        named = self.request.children[position - 1]
        return VAULT.open(self.session.get_one(Child, named.child_id).wrapped_key)

    def draft(self, section: str, position: int, *, version: int | None = None, **typed: Any) -> None:
        said = answers_of(self.session, vault=VAULT, request=self.request, position=position)
        amending.draft_change(
            self.session,
            actor=self.officer,
            vault=VAULT,
            request_id=self.request.id,
            section=section,
            position=position,
            typed=said | typed,
            version=self.request.version if version is None else version,
            now=NOW + DAY,
        )

    def amend(self, *, read: bool = True) -> RequestChange:
        return amending.amend(
            self.session,
            actor=self.officer,
            vault=VAULT,
            request_id=self.request.id,
            reason="They told us",
            read=read,
            version=self.request.version,
            now=NOW + DAY,
        )


def two(session: Session, officer: Actor) -> list[Child]:
    return [
        make_child(session, actor=officer, given_name="Zebedee"),
        make_child(session, actor=officer, given_name="Yolanda", date_of_birth=dt.date(2017, 3, 2), sex="F"),
    ]


@pytest.fixture
def group(session: Session) -> Group:
    lots = providers.make_system_and_lots(session, NOW)
    officer = make_actor(session)
    request = make_published_request(
        session, lot=lots.residential, officer=officer, children=two(session, officer), siblings=Siblings.TOGETHER
    )
    return Group(session, request, officer, lots)


def refuse(key: DataKey, sealed: str, *contexts: str) -> None:
    for context in contexts:
        with pytest.raises(UnreadableError):
            key.decrypt(sealed, context=context)


@one_engine
def test_the_second_childs_changed_answer_stays_under_that_childs_key_and_is_shown_as_of_child_2(
    session: Session, group: Group
) -> None:
    request, second = group.request, group.request.children[1].child_id
    group.draft("the_child", 2, enjoys="Chess and swimming")
    row = session.scalars(select(RequestAmendment)).one()
    assert (row.section, row.child_position) == ("the_child", 2)
    context = f"request.the_child:{request.id}:{second}"
    assert json.loads(group.key(2).decrypt(row.sealed_answers, context=f"{context}:amendment"))["enjoys"].startswith(
        "C"
    )
    refuse(group.key(1), row.sealed_answers, f"{context}:amendment")
    (difference,) = amending.differences(session, vault=VAULT, request=request)
    assert (difference.label, difference.after) == (f"Child 2: {ENJOYS}", "Chess and swimming")

    with pytest.raises(Invalid) as refused, session.begin_nested():
        group.amend(read=False)
    assert refused.value.field == "read", "a person reads what the detector lets pass"
    change = group.amend()
    assert change.facts["labels"] == [f"Child 2: {ENJOYS}"]
    first, other = answers_each(session, vault=VAULT, request=request)
    assert (first["enjoys"], other["enjoys"]) == (request_answers()["enjoys"], "Chess and swimming")
    kept = session.scalars(
        select(RequestSection).where(RequestSection.section == "the_child", RequestSection.child_position == 2)
    ).one()
    assert "swimming" in group.key(2).decrypt(kept.sealed_answers, context=context)
    sealed = json.loads(change.sealed_detail or "")
    assert list(sealed) == ["2"]
    refuse(group.key(1), sealed["2"], f"request.change:{request.id}:{second}", f"request.change:{request.id}")
    before = json.loads(group.key(2).decrypt(sealed["2"], context=f"request.change:{request.id}:{second}"))
    assert before == [["enjoys", request_answers()["enjoys"], "Chess and swimming"]]
    seen = {
        view.title: dict(view.rows)[ENJOYS]
        for view in provider_view(session, vault=VAULT, request=request, stage=1)
        if view.name == "the_child"
    }
    assert seen == {"Child 1: the child": first["enjoys"], "Child 2: the child": "Chess and swimming"}
    assert session.scalars(select(RequestAmendment)).all() == []
    state = reading_state(session, vault=VAULT, request=request)
    assert state.is_done, "who changed a text has read it"


@one_engine
def test_a_change_is_refused_where_it_is_frozen_stale_of_nobody_or_leaves_a_gap(session: Session, group: Group) -> None:
    for section, position in (("needs", 2), ("send", 1), ("the_child", 3)):
        with pytest.raises(NotFound):
            group.draft(section, position)
    group.draft("the_child", 2, adaptations=["wheelchair"])
    group.draft("location", 1, exclusion_zones=[{"postcode": "CR0 1EA", "miles": "1", "note": ""}])
    with pytest.raises(Conflict, match="Nothing differs"):
        group.amend()

    shown = group.request.version
    group.draft("the_child", 2, enjoys="Chess")
    with pytest.raises(Stale) as stale:
        group.draft("the_child", 2, version=shown, enjoys="Draughts")
    assert stale.value.facts["changed"] == [ENJOYS]
    (difference,) = amending.differences(session, vault=VAULT, request=group.request)
    assert difference.after == "Chess", "nothing is overwritten"

    group.draft("current_placement", 2, current_placement="other")
    with pytest.raises(Invalid) as refused:
        group.amend()
    assert list(refused.value.errors) == ["current_placement_other@2"], "what another answer now asks for is a gap"
    group.draft("current_placement", 2, current_placement="other", current_placement_other="With an aunt")
    group.draft("reason", 1, why_now="Zebedee told us")
    with pytest.raises(Conflict, match="Why is this placement needed now"), session.begin_nested():
        group.amend()
    group.draft("reason", 1, why_now="The carer fell ill.")
    labels = group.amend().facts["labels"]
    assert labels[0] == "Why is this placement needed now?", "first what is about all"
    assert f"Child 2: {ENJOYS}" in labels
    assert not any(label.startswith("Child 1") for label in labels)


def about(line: attaching.AttachmentLine) -> int:
    return line.about


def wider(group: Group, store: FolderStore, **given: Any) -> PlacementRequest:
    deadline = group.request.offers_close_at
    assert deadline is not None
    return open_wider(
        group.session,
        actor=group.officer,
        vault=VAULT,
        store=store,
        request_id=group.request.id,
        reason="Nothing near",
        offers_close_at=deadline + 8 * DAY,
        version=group.request.version,
        now=deadline + HOUR,
        **{"lot_id": group.request.lot_id, "max_miles": None, "left_out_too": True, **given},
    )


def test_a_group_is_opened_again_more_widely_with_everything_that_was_said_of_each_child(
    session: Session, group: Group, tmp_path: Path
) -> None:
    request, store = group.request, FolderStore(tmp_path)
    group.draft("the_child", 2, enjoys="Chess and swimming")
    group.amend()
    said = {"request_id": request.id, "now": NOW + DAY}
    for position in (0, 2):
        attaching.attach(
            session,
            actor=group.officer,
            vault=VAULT,
            store=store,
            accepted=accept(io.BytesIO(b"%PDF-1.4 of " + str(position).encode()), name="a.pdf"),
            title=f"Plan {position}",
            kind="care_plan",
            audience="1",
            child_position=position,
            checked=True,
            **said,
        )
    words = "Aunts and uncles were asked"
    record_evidence(
        session,
        actor=group.officer,
        vault=VAULT,
        duty="fostering_explored",
        words=words,
        version=request.version,
        **said,
    )
    decided = RequestClearance(
        request_id=request.id,
        child_position=2,
        field="enjoys",
        kind="first_name",
        cleared_by=group.officer.person_id,
        cleared_at=NOW,
    )
    clearances.seal(session, VAULT, request, decided, clearances.Opened("Chess", "It is a game"))
    session.add(decided)
    comment = RequestComment(
        request_id=request.id, section="reason", sealed_words="x", made_by=group.officer.person_id, made_at=NOW
    )
    session.add(comment)
    session.flush()
    open_and_freeze(session, vault=VAULT, request_id=request.id, now=request.offers_close_at or NOW)
    before = answers_each(session, vault=VAULT, request=request)
    follower = wider(group, store)

    assert (follower.status, request.status) == (RequestStatus.PUBLISHED, RequestStatus.UNPLACED)
    assert (follower.places, follower.siblings) == (2, Siblings.TOGETHER)
    facts = [(one.child_id, one.position, one.age_weeks, one.sex, one.needs) for one in follower.children]
    assert facts == [(one.child_id, one.position, one.age_weeks, one.sex, one.needs) for one in request.children]
    assert answers_each(session, vault=VAULT, request=follower) == before
    row = session.scalars(
        select(RequestSection).where(
            RequestSection.request_id == follower.id,
            RequestSection.section == "the_child",
            RequestSection.child_position == 2,
        )
    ).one()
    context = f"request.the_child:{follower.id}:{follower.children[1].child_id}"
    assert "swimming" in group.key(2).decrypt(row.sealed_answers, context=context)
    refuse(group.key(1), row.sealed_answers, context)

    held = {"vault": VAULT, "reach": reach_of_all(request, 1)}
    lines = sorted(attaching.attached(session, request=follower, now=NOW, **held), key=about)  # type: ignore[arg-type]
    assert [(one.about, one.title) for one in lines] == [(0, "Plan 0"), (2, "Plan 2")]
    olds = sorted(attaching.attached(session, request=request, now=NOW, **held), key=about)  # type: ignore[arg-type]
    attaching.remove(
        session,
        actor=group.officer,
        store=store,
        attachment_id=olds[1].id,
        version=olds[1].version,
        **said,
    )
    _, _, content = attaching.content_of(session, store=store, request=follower, attachment_id=lines[1].id, **held)  # type: ignore[arg-type]
    assert content == b"%PDF-1.4 of 2", "each request has a content of its own"
    assert evidence_of(session, key=group.key(1), request_id=follower.id)["fostering_explored"].words == words
    (cleared,) = clearances.clearances(session, follower)
    assert clearances.opened(session, VAULT, follower, cleared) == clearances.Opened("Chess", "It is a game")
    given, carried = approval_of(session, request.id), approval_of(session, follower.id)
    assert given is not None
    assert carried is not None
    assert (carried.given_by, carried.role, carried.policy_version_id, carried.given_at) == (
        given.given_by,
        given.role,
        given.policy_version_id,
        given.given_at,
    )
    assert session.scalars(select(RequestComment).where(RequestComment.request_id == follower.id)).all() == []


@one_engine
def test_a_follow_on_reaches_no_further_than_the_approval_and_the_law(session: Session, tmp_path: Path) -> None:
    """A team manager's limit: no children's home below the age of 8, and 100 miles (approval policy 1). F-27."""
    lots = providers.make_system_and_lots(session, NOW)
    borough = make_borough(session)
    officer = make_actor(session, organisation=borough)
    request = make_published_request(
        session,
        lot=lots.fostering,
        officer=officer,
        manager=make_actor(session, Role.TEAM_MANAGER, organisation=borough),
        child=make_child(session, actor=officer, date_of_birth=dt.date(2019, 9, 1)),
        answers=request_answers(max_miles="20"),
    )
    group, store = Group(session, request, officer, lots), FolderStore(tmp_path)
    for lot in (lots.residential, lots.supported):
        join(session, borough.id, lot)
    open_and_freeze(session, vault=VAULT, request_id=request.id, now=request.offers_close_at or NOW)
    for given, field, words in (
        ({"lot_id": lots.residential.id, "max_miles": 20}, "lot_id", "limit of a team manager"),
        ({"lot_id": lots.supported.id, "max_miles": 20}, "lot_id", "16"),
        ({"max_miles": 150}, "max_miles", "limit of a team manager"),
    ):
        with pytest.raises(Invalid, match=words) as refused, session.begin_nested():
            wider(group, store, **given)
        assert refused.value.field == field
    assert wider(group, store, max_miles=100).max_miles == 100


@one_engine
def test_who_could_take_brothers_and_sisters_follows_their_plan(session: Session) -> None:
    lots = providers.make_system_and_lots(session, NOW)
    for name, ages, places in (
        ("Both", (8, 17), 2),
        ("One place", (8, 17), 1),
        ("Elder", (11, 17), 2),
        ("Younger", (5, 10), 2),
        ("Babies", (0, 4), 2),
    ):
        providers.make_enrolled_service(
            session, lot=lots.residential, name=name, min_age=ages[0], max_age=ages[1], places=places, now=NOW
        )
    officer = make_actor(session)
    for plan, fitting in (
        (Siblings.TOGETHER, {"Both"}),
        (Siblings.APART, {"Both", "One place", "Elder", "Younger"}),
        (Siblings.PREFERRED, {"Both", "One place", "Elder", "Younger"}),
    ):
        request, _, _ = make_approved_request(session, officer=officer, children=two(session, officer), siblings=plan)
        found = candidates_of(session, request=request, lot=lots.residential, now=NOW, vault=VAULT)
        assert {one.service.name for one in found.invited} == fitting, plan


def test_unmet_needs_are_counted_as_a_slow_recount_counts_them(session: Session) -> None:
    lots = providers.make_system_and_lots(session, NOW)
    officer = make_actor(session)
    first = make_published_request(session, lot=lots.residential, officer=officer)
    hub_too = make_borough(session)
    draw = random.Random(20)
    since, until = dt.date(2025, 9, 10), dt.date(2026, 11, 20)
    # A quarter of an hour around midnights in London, in summer and in winter, of days at the ends of months and of
    # the stretch.
    days = [since, since - DAY, until, until + DAY, dt.date(2026, 3, 31), dt.date(2026, 4, 1), dt.date(2026, 6, 30)]
    weeks = [0, 52, 53, 260, 261, 521, 522, 834, 835, 900]
    counted: Counter[tuple[str, str, str, dt.date]] = Counter()
    children: Counter[tuple[str, str, str, dt.date]] = Counter()
    in_house = 0
    by_id: dict[str, Lot] = {lot.id: lot for lot in (lots.residential, lots.fostering)}
    for number in range(80):
        midnight = dt.datetime.combine(draw.choice(days), dt.time(), LONDON)
        at = (midnight + draw.choice((-1, 0, 1)) * dt.timedelta(minutes=15)).astimezone(dt.UTC)
        own, placed = draw.random() < 0.8, number % 16 == 0
        code, age, lot = draw.choice(("no_offer", "no_suitable_offer")), draw.choice(weeks), draw.choice(list(by_id))
        row = copy_of(
            first,
            reference=new_reference("REQ"),
            organisation_id=officer.organisation_id if own else hub_too.id,
            status=RequestStatus.UNPLACED,
            unmet_code=code,
            age_weeks=age,
            lot_id=lot,
        )
        session.add(row)
        session.flush()
        to = RequestStatus.PLACED_IN_HOUSE if placed else RequestStatus.UNPLACED
        session.add(RequestMove(request_id=row.id, position=1, to_status=to, at=at))
        day = local_date(at)
        if own and since <= day <= until:
            in_house += placed
            years = age * 7 / 365.25
            band = next(words for ends, words in AGE_BANDS if years < ends)
            if not placed:
                counted[(code, by_id[lot].name, band, day.replace(day=1))] += 1
                children[(code, by_id[lot].name, band, day.replace(day=1))] += row.places
    session.flush()
    found = unmet_needs(session, actor=officer, since=since, until=until)
    lines = {(one.code, one.lot, one.age_band, one.month): (one.requests, one.children) for one in found.lines}
    assert lines == {key: (counted[key], children[key]) for key in counted}
    assert len(found.lines) == len(lines) > 20
    assert found.placed_in_house == in_house > 0
    assert [one.month for one in found.lines] == sorted((one.month for one in found.lines), reverse=True)
