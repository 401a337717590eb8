"""A child's record: encrypted, found by name, out of others' reach, corrected, and every look kept."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.children import finding, needs, records
from app.children.models import Child, ChildView
from app.children.queries import views_with_names
from app.core.crypto import KeyDestroyedError, UnreadableError
from app.core.errors import Invalid, NotAllowed, NotFound, Stale
from app.core.models import AuditEntry
from app.identity.status import Role
from app.requests.caseload import children_of
from tests.factories.requests import NOW, VAULT, load_policies, make_actor, make_child


def test_nothing_that_identifies_is_in_the_database_in_the_clear(session: Session) -> None:
    actor = make_actor(session)
    make_child(session, actor=actor, given_name="Zebedee", family_name="Testchild")
    for table in ("child", "audit_entry", "child_view"):
        stored = str(session.execute(text(f"SELECT * FROM {table}")).all()).lower()
        for secret in ("zebedee", "testchild", "2013-04-09", "cr0 1ea", "wbri"):
            assert secret not in stored


def test_identity_comes_back_whole(session: Session) -> None:
    child = make_child(session, actor=make_actor(session))
    identity = records.reveal(vault=VAULT, child=child)
    assert (identity.name, identity.initials, identity.date_of_birth) == (
        "Zebedee Testchild",
        "ZT",
        dt.date(2013, 4, 9),
    )
    assert (identity.home_postcode, identity.ethnicity, identity.sex) == ("CR0 1EA", "WBRI", "M")


def test_sealed_values_cannot_be_moved_to_another_child(session: Session) -> None:
    actor = make_actor(session)
    one, other = make_child(session, actor=actor), make_child(session, actor=actor)
    one.wrapped_key, one.sealed_given_name = other.wrapped_key, other.sealed_given_name
    with pytest.raises(UnreadableError):
        records.reveal(vault=VAULT, child=one)


def test_destroying_the_key_erases(session: Session) -> None:
    child = make_child(session, actor=make_actor(session))
    child.wrapped_key = None
    with pytest.raises(KeyDestroyedError):
        records.reveal(vault=VAULT, child=child)


@pytest.mark.parametrize("typed", [("zebedee", "TESTCHILD"), (" Zébedee ", "Test-child"), ("Zebedee", "Test child")])
def test_found_by_exactly_this_name_whatever_its_case_and_accents(session: Session, typed: tuple[str, str]) -> None:
    actor = make_actor(session)
    child = make_child(
        session, actor=actor, family_name="Test-Child" if " " in typed[1] or "-" in typed[1] else "Testchild"
    )
    found = finding.find_children(session, actor=actor, vault=VAULT, given_name=typed[0], family_name=typed[1])
    assert [one.id for one in found] == [child.id]


def test_another_borough_has_no_such_child(session: Session) -> None:
    load_policies(session)
    child, stranger = make_child(session, actor=make_actor(session)), make_actor(session, Role.TEAM_MANAGER)
    assert (
        finding.find_children(session, actor=stranger, vault=VAULT, given_name="Zebedee", family_name="Testchild") == []
    )
    assert children_of(session, actor=stranger, vault=VAULT, now=NOW) == ([], 0)
    for reach in (
        lambda: records.child_for(session, actor=stranger, child_id=child.id),
        lambda: records.views_of(session, actor=stranger, child_id=child.id),
        lambda: views_with_names(session, actor=stranger, child_id=child.id),
        lambda: needs.history(session, actor=stranger, child_id=child.id),
        lambda: needs.measure_needs(
            session, actor=stranger, child_id=child.id, scores=[0] * 12, measured_on=NOW.date(), now=NOW
        ),
    ):
        with pytest.raises(NotFound):
            reach()


def test_only_those_whose_role_allows_it_record_a_child(session: Session) -> None:
    with pytest.raises(NotAllowed):
        make_child(session, actor=make_actor(session, Role.FINANCE_OFFICER))


def test_every_wrong_field_is_named(session: Session) -> None:
    with pytest.raises(Invalid) as refused:
        make_child(
            session,
            actor=make_actor(session),
            given_name=" ",
            family_name="...",
            date_of_birth=dt.date(2027, 1, 1),
            sex="X",
            ethnicity="wbri",
            home_postcode="CR0",
        )
    assert set(refused.value.errors) == {
        "given_name",
        "family_name",
        "date_of_birth",
        "sex",
        "ethnicity",
        "home_postcode",
    }


def test_a_record_is_corrected_once_for_each_version(session: Session) -> None:
    actor = make_actor(session)
    child = make_child(session, actor=actor)
    facts = {
        "given_name": "Zachary",
        "family_name": "Testchild",
        "date_of_birth": dt.date(2013, 4, 10),
        "sex": "M",
        "ethnicity": "NOBT",
        "home_postcode": "sm11aa",
        "version": child.version,
    }
    records.correct_child(session, actor=actor, vault=VAULT, child_id=child.id, now=NOW, **facts)
    identity = records.reveal(vault=VAULT, child=session.get_one(Child, child.id))
    assert (identity.given_name, identity.home_postcode) == ("Zachary", "SM1 1AA")
    assert finding.find_children(session, actor=actor, vault=VAULT, given_name="Zachary", family_name="Testchild")
    with pytest.raises(Stale):
        records.correct_child(session, actor=actor, vault=VAULT, child_id=child.id, now=NOW, **facts)


def test_needs_are_history_and_a_view_is_kept_with_who_saw_what(session: Session) -> None:
    load_policies(session)
    actor = make_actor(session)
    child = make_child(session, actor=actor)
    for total, day in ((3, dt.date(2026, 11, 1)), (1, dt.date(2026, 11, 20))):
        needs.measure_needs(
            session, actor=actor, child_id=child.id, scores=[total, None, *[0] * 10], measured_on=day, now=NOW
        )
    assert [one.scores[0] for one in needs.history(session, actor=actor, child_id=child.id)] == [3, 1]
    with pytest.raises(Invalid):
        needs.measure_needs(
            session, actor=actor, child_id=child.id, scores=[0] * 12, measured_on=dt.date(2026, 12, 1), now=NOW
        )
    records.log_view(session, actor=actor, child_id=child.id, what=f"Child {child.reference}", now=NOW)
    (seen,) = views_with_names(session, actor=actor, child_id=child.id)
    assert (seen.person, seen.what) == (actor.person_name, f"Child {child.reference}")
    assert session.scalar(select(ChildView.person_id)) == actor.person_id
    acts = set(session.scalars(select(AuditEntry.act)))
    assert {"children.child.record", "children.needs.measure"} <= acts
