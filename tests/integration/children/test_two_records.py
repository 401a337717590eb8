"""Two records: suggested before a second one is made, told apart, linked as siblings, merged into one; on both
engines.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.children import duplicates, links, merging, needs, records
from app.children.events import HoldingsAsked
from app.children.finding import Match, search
from app.children.indexing import index_missing
from app.children.models import INDEXES, Child, ChildDistinct, ChildLink
from app.children.status import SiblingKind
from app.core import events
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.models import AuditEntry
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.placements.holdings import tell_holdings as placements_hold
from app.requests.caseload import children_of
from app.requests.drafting import answers, start_draft
from app.requests.holdings import tell_holdings as requests_hold
from app.requests.lists import requests_of_child
from app.requests.models import RequestChild
from tests.factories.requests import NOW, VAULT, load_policies, make_actor, make_child, make_draft

TWIN: dict[str, Any] = {
    "given_name": "Zebedee",
    "family_name": "Testchild",
    "date_of_birth": dt.date(2013, 4, 9),
    "sex": "M",
    "ethnicity": "WBRI",
    "home_postcode": "CR0 1EA",
}


@pytest.fixture
def officer(session: Session) -> Actor:
    load_policies(session)
    events.install(session, {HoldingsAsked: (requests_hold, placements_hold)})
    return make_actor(session)


@pytest.fixture
def manager(session: Session, officer: Actor) -> Actor:
    return make_actor(session, Role.TEAM_MANAGER, organisation=session.get(Organisation, officer.organisation_id))


def record(session: Session, actor: Actor, **replaced: Any) -> Child:
    return duplicates.record_new_child(session, actor=actor, vault=VAULT, now=NOW, **TWIN | replaced)


def merge(session: Session, actor: Actor, kept: Child, merged: Child, **replaced: Any) -> Child:
    given = {
        "keep": {},
        "reason": "One child, says the hospital",
        "version": kept.version,
        "other_version": merged.version,
    } | replaced
    return merging.merge(
        session, actor=actor, vault=VAULT, child_id=kept.id, reference=merged.reference, now=NOW, **given
    )


def link(session: Session, actor: Actor, one: Child, other: Child, kind: SiblingKind = SiblingKind.FULL) -> ChildLink:
    return links.link_siblings(
        session,
        actor=actor,
        vault=VAULT,
        child_id=one.id,
        reference=other.reference,
        kind=kind,
        reason="The family says so",
        now=NOW,
    )


def references(found: list[Child]) -> list[str]:
    return [one.reference for one in found]


def test_who_may_be_the_same_is_suggested_and_another_child_needs_a_reason_and_all_to_have_been_seen(
    session: Session, officer: Actor
) -> None:
    known = record(session, officer)
    with pytest.raises(duplicates.LikelyKnown) as asked:
        record(session, officer, given_name="Zebbedee")
    assert asked.value.references == [known.reference]
    assert session.scalars(select(Child)).all() == [known]  # nothing is half done
    for wrong in ({"another": True, "reason": "Twins"}, {"seen": [known.reference], "reason": "Twins"}):
        with pytest.raises(duplicates.LikelyKnown):
            record(session, officer, **wrong)
    with pytest.raises(Invalid, match="another child"):
        record(session, officer, another=True, seen=[known.reference], reason="  ")
    other = record(session, officer, another=True, seen=[known.reference], reason="Zebedee's cousin of that name")
    assert duplicates.distinct_reason(session, vault=VAULT, one=other, two=known) == "Zebedee's cousin of that name"
    assert "cousin" not in str(session.execute(text("SELECT * FROM child_distinct")).all())
    assert duplicates.suspected(session, actor=officer) == ([], 0)
    assert record(session, officer, given_name="Amina", family_name="Madeup")  # nobody is like her


def test_another_borough_is_never_suggested_and_never_linked(session: Session, officer: Actor) -> None:
    stranger = make_actor(session)
    theirs = record(session, stranger)
    ours = record(session, officer)
    assert duplicates.suspected(session, actor=officer) == ([], 0)
    for reach in (
        lambda: link(session, officer, ours, theirs),
        lambda: duplicates.tell_apart(
            session, actor=officer, vault=VAULT, child_id=ours.id, reference=theirs.reference, reason="Two", now=NOW
        ),
        lambda: merging.preview(session, actor=officer, vault=VAULT, child_id=ours.id, reference=theirs.reference),
    ):
        with pytest.raises(Invalid, match="no child with that reference"):
            reach()
    with pytest.raises(NotFound):
        links.siblings_of(session, actor=officer, child_id=theirs.id)


def test_the_list_of_suspected_duplicates_is_paged_and_shrinks_as_people_decide(
    session: Session, officer: Actor
) -> None:
    one, two, three = (make_child(session, actor=officer, now=NOW + dt.timedelta(days=n)) for n in range(3))
    twin = make_child(session, actor=officer, given_name="Amina", now=NOW + dt.timedelta(days=3))
    found, total = duplicates.suspected(session, actor=officer, limit=2)
    assert (total, len(found)) == (6, 2)
    assert {row.why for row in found} == {duplicates.Alike.FAMILY_AND_BIRTH}
    assert found[0].two.id == twin.id
    for other in (one, two, three):
        link(session, officer, twin, other)
    rows, total = duplicates.suspected(session, actor=officer)
    assert {(row.one.id, row.two.id) for row in rows} == {(one.id, two.id), (one.id, three.id), (two.id, three.id)}
    given: dict[str, Any] = {"actor": officer, "vault": VAULT, "child_id": two.id, "now": NOW}
    duplicates.tell_apart(session, reference=one.reference, reason="Cousins", **given)
    with pytest.raises(Conflict, match="already"):
        duplicates.tell_apart(session, reference=one.reference, reason="Cousins", **given)
    assert duplicates.suspected(session, actor=officer)[1] == 2


def test_a_link_holds_for_both_is_one_row_and_ends_with_a_reason(session: Session, officer: Actor) -> None:
    one, two = make_child(session, actor=officer), make_child(session, actor=officer, given_name="Amina")
    link(session, officer, two, one, SiblingKind.HALF)
    for child, other in ((one, two), (two, one)):
        assert references(links.siblings_of(session, actor=officer, child_id=child.id)) == [other.reference]
        (line,) = links.sibling_lines(session, actor=officer, vault=VAULT, child_id=child.id)
        assert (line.kind, line.reason, line.added_by) == (SiblingKind.HALF, "The family says so", officer.person_name)
    with pytest.raises(Conflict, match="linked already"):
        link(session, officer, one, two)
    with pytest.raises(Invalid):
        link(session, officer, one, one)
    with pytest.raises(IntegrityError), session.begin_nested():  # whoever writes it past the use case
        session.execute(
            text(
                "INSERT INTO child_link (id, child_a, child_b, kind, added_by, added_at)"
                " SELECT 'x', child_a, child_b, 'full', added_by, added_at FROM child_link"
            )
        )
    links.unlink_siblings(
        session, actor=officer, vault=VAULT, child_id=one.id, reference=two.reference, reason="A mistake", now=NOW
    )
    assert links.siblings_of(session, actor=officer, child_id=two.id) == []
    link(session, officer, one, two)
    stored = str(session.execute(text("SELECT * FROM child_link")).all())
    assert "mistake" not in stored
    acts = list(session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == one.id)))
    assert acts.count("children.sibling.link") == 2
    assert acts.count("children.sibling.unlink") == 1


def test_merged_records_are_one_child_and_everything_can_still_be_read(
    session: Session, officer: Actor, manager: Actor
) -> None:
    kept = make_child(session, actor=officer)
    merged = make_child(session, actor=officer, given_name="Zebadiah", home_postcode="SM1 1AA")
    sister, brother = (make_child(session, actor=officer, given_name=name) for name in ("Amina", "Bilal"))
    for one, other in ((kept, sister), (merged, sister), (merged, brother)):
        link(session, officer, one, other)
    request = make_draft(session, actor=officer, child=merged)
    for child, day in ((kept, 1), (merged, 2)):
        needs.measure_needs(
            session, actor=officer, child_id=child.id, scores=[day] * 12, measured_on=dt.date(2026, 11, day), now=NOW
        )
        records.log_view(session, actor=officer, child_id=child.id, what="Child", now=NOW)
    with pytest.raises(NotAllowed):
        merge(session, officer, kept, merged)
    with pytest.raises(Invalid) as refused:
        merge(session, manager, kept, merged, keep={"given_name": "kept"})
    assert set(refused.value.errors) == {"keep_home_postcode"}
    with pytest.raises(Stale):
        merge(session, manager, kept, merged, version=kept.version + 1)
    merge(session, manager, kept, merged, keep={"given_name": "kept", "home_postcode": "merged"})

    assert records.child_for(session, actor=officer, child_id=merged.id).id == kept.id
    assert records.child_by_reference(session, actor=officer, reference=merged.reference).id == kept.id
    for one in (kept, merged):  # whoever reads by the former record reads the same child
        identity = records.reveal(vault=VAULT, child=one)
        assert (identity.given_name, identity.home_postcode) == ("Zebedee", "SM1 1AA")
    assert answers(session, vault=VAULT, request=request)["why_now"].startswith("The foster carer")
    assert [one.id for one in requests_of_child(session, actor=officer, child_id=kept.id)] == [request.id]
    assert [one.scores[0] for one in needs.history(session, actor=officer, child_id=kept.id)] == [1, 2]
    assert len(records.views_of(session, actor=officer, child_id=kept.id)) == 2
    assert references(links.siblings_of(session, actor=officer, child_id=kept.id)) == sorted(
        [sister.reference, brother.reference]
    )
    assert references(links.siblings_of(session, actor=officer, child_id=sister.id)) == [kept.reference]
    with pytest.raises(Conflict, match="already a draft"):
        start_draft(session, actor=officer, vault=VAULT, child_id=kept.id, now=NOW)
    rows, total = children_of(session, actor=officer, vault=VAULT, now=NOW, only_open=True)
    assert [(row.id, row.open_requests) for row in rows] == [(kept.id, 1)]
    assert total == 1
    # Found by the former name too, and put right everywhere at once.
    (found,) = search(session, actor=officer, vault=VAULT, given_name="Zebadiah", family_name="Testchild")[:1]
    assert (found.child.id, found.former, found.match) == (kept.id, merged.reference, Match.NAME)
    facts = {**TWIN, "given_name": "Zachary"}
    records.correct_child(session, actor=officer, vault=VAULT, child_id=kept.id, version=kept.version, now=NOW, **facts)
    assert records.reveal(vault=VAULT, child=session.get_one(Child, merged.id)).given_name == "Zachary"
    (former,) = merging.former_records(session, actor=officer, vault=VAULT, child_id=kept.id)
    assert (former.reference, former.name) == (merged.reference, "Zebadiah Testchild")
    # A measure for a request that still names the former record is the child's.
    needs.measure_needs(session, actor=officer, child_id=merged.id, scores=[3] * 12, measured_on=NOW.date(), now=NOW)
    assert needs.history(session, actor=officer, child_id=kept.id)[-1].child_id == kept.id
    # A third record is merged over it: pointers stay one step long.
    third = make_child(session, actor=officer)
    merge(
        session,
        manager,
        third,
        kept,
        keep={"given_name": "kept", "home_postcode": "kept", "ethnicity": "kept"},
    )
    assert {session.get_one(Child, one.id).merged_into for one in (kept, merged)} == {third.id}
    assert len(links.siblings_of(session, actor=officer, child_id=third.id)) == 2
    assert "hospital" not in str(session.execute(text("SELECT * FROM child_merge")).all())


def test_two_children_of_one_request_and_linked_siblings_are_not_merged(
    session: Session, officer: Actor, manager: Actor
) -> None:
    one, two = make_child(session, actor=officer), make_child(session, actor=officer)
    request = make_draft(session, actor=officer, child=one)
    session.add(RequestChild(request_id=request.id, child_id=two.id, position=2))
    session.flush()
    with pytest.raises(Invalid, match=f"Both are named in {request.reference}"):
        merge(session, manager, one, two)
    third = make_child(session, actor=officer)
    link(session, officer, one, third)
    with pytest.raises(Invalid, match="linked as siblings"):
        merge(session, manager, one, third)
    for into in (one.id, None):
        pointer = update(Child).where(Child.id == one.id).values(merged_into=into, merged_at=None if into else NOW)
        with pytest.raises(IntegrityError), session.begin_nested():  # the database holds the shape of a pointer
            session.execute(pointer)


def test_older_records_are_indexed_from_what_is_sealed(session: Session, officer: Actor) -> None:
    child = make_child(session, actor=officer)
    before = {name: getattr(child, name) for name in INDEXES}
    session.execute(update(Child).values({name: None for name in INDEXES if name != "name_index"}))
    session.expire_all()
    assert search(session, actor=officer, vault=VAULT, date_of_birth=dt.date(2013, 4, 9)) == []
    assert index_missing(session, VAULT) == 1
    assert index_missing(session, VAULT) == 0
    assert {name: getattr(child, name) for name in INDEXES} == before


def test_the_list_filters_by_age_and_sex_without_a_date_of_birth_in_the_clear(session: Session, officer: Actor) -> None:
    today = NOW.date()
    born = {"tomorrow 16": dt.date(2010, 11, 24), "today 16": dt.date(2010, 11, 23), "today 18": dt.date(2008, 11, 23)}
    made = {
        name: make_child(session, actor=officer, date_of_birth=day, sex="F" if "18" in name else "M").reference
        for name, day in born.items()
    }
    assert today == dt.date(2026, 11, 23)

    def listed(**asked: Any) -> set[str]:
        return {row.reference for row in children_of(session, actor=officer, vault=VAULT, now=NOW, **asked)[0]}

    assert listed(age="10") == {made["tomorrow 16"]}
    assert listed(age="16") == {made["today 16"]}
    assert listed(age="18") == {made["today 18"]} == listed(sex="F")
    assert listed(age="16", sex="F") == set()
    assert listed(text=made["today 16"].lower()) == {made["today 16"]}
    rows, total = children_of(
        session, actor=officer, vault=VAULT, now=NOW, order="reference", descending=False, limit=2, offset=1
    )
    assert ([row.reference for row in rows], total) == (sorted(made.values())[1:], 3)


def test_a_pair_is_stored_in_one_order_only(session: Session, officer: Actor) -> None:
    one, two = sorted((make_child(session, actor=officer) for _ in range(2)), key=lambda child: child.id)
    row = ChildDistinct(child_a=two.id, child_b=one.id, decided_by=officer.person_id, decided_at=NOW)
    session.add(row)
    with pytest.raises(IntegrityError):
        session.flush()
