"""Erasing a record: when it may be, what is destroyed, and what stays; on both engines."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.children import duplicates, erasing, links, merging, needs, records
from app.children.events import HoldingsAsked
from app.children.models import INDEXES, Child, ChildLink
from app.children.questionnaires import questionnaires, record_sdq
from app.children.status import SdqBy, SiblingKind
from app.core import audit, events
from app.core.crypto import CryptoError, KeyDestroyedError
from app.core.errors import Invalid, NotAllowed, NotFound, Stale
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.placements.holdings import tell_holdings as placements_hold
from app.requests import deciding, findings
from app.requests.holdings import tell_holdings as requests_hold
from app.requests.models import PlacementRequest
from app.requests.publication import withdraw
from app.requests.status import FindingChoice
from app.requests.texts import texts_of
from tests.factories.requests import NOW, VAULT, load_policies, make_actor, make_child, make_draft, request_answers

SECRETS = ("zyxwvut", "qponmlk", "2013-04-09", "cr0 1ea", "a reason with")


@pytest.fixture
def people(session: Session) -> dict[str, Actor]:
    load_policies(session)
    events.install(session, {HoldingsAsked: (requests_hold, placements_hold)})
    officer = make_actor(session)
    council = session.get(Organisation, officer.organisation_id)
    return {
        "officer": officer,
        "manager": make_actor(session, Role.TEAM_MANAGER, organisation=council),
        "director": make_actor(session, Role.DIRECTOR, organisation=council),
    }


def erase(session: Session, actor: Actor, child: Child, **replaced: Any) -> Child:
    given = {
        "basis": "error",
        "reason": "Another council's child",
        "typed_reference": child.reference,
        "version": child.version,
        "now": NOW,
    } | replaced
    return erasing.erase(session, actor=actor, vault=VAULT, child_id=child.id, **given)


def end(session: Session, actor: Actor, request: PlacementRequest) -> None:
    withdraw(
        session, actor=actor, request_id=request.id, reason="Not needed any more", version=request.version, now=NOW
    )


def whole_database(session: Session) -> dict[str, list[str]]:
    """Every value of every column of every table, as text."""
    names = inspect(session.connection()).get_table_names()
    return {
        name: [str(value) for row in session.execute(text(f'SELECT * FROM "{name}"')) for value in row]
        for name in names
    }


def opened_anywhere(session: Session, values: dict[str, list[str]]) -> list[str]:
    """Whatever any key that is still there opens, tried on every sealed value under every context in use."""
    keys = [VAULT.open(key) for key in session.scalars(select(Child.wrapped_key).where(Child.wrapped_key.is_not(None)))]
    ids = list(session.scalars(select(Child.id))) + list(session.scalars(select(PlacementRequest.id)))
    kinds = ("given_name", "family_name", "date_of_birth", "home_postcode", "ethnicity")
    sections = session.execute(text("SELECT DISTINCT section FROM request_section")).scalars().all()
    contexts = [f"child.{kind}:{id_}" for kind in kinds for id_ in ids]
    contexts += [f"{what}:{id_}" for what in ("child_merge.reason", "child_merge.before") for id_ in ids]
    contexts += [
        f"{what}:{one}:{two}"
        for what in ("child_link.reason", "child_link.end_reason", "child_distinct.reason")
        for one, two in itertools.permutations(ids, 2)
    ]
    contexts += [f"request.{section}:{id_}" for section in sections for id_ in ids]
    contexts += [f"clearance.{what}:{id_}" for what in ("words", "reason") for id_ in ids]
    found = []
    for value in {value for rows in values.values() for value in rows if value.startswith("v1.")}:
        for key, context in itertools.product(keys, contexts):
            try:
                found.append(key.decrypt(value, context=context))
            except CryptoError:
                continue
    return found


def later(session: Session, actor: Actor, than: str, names: dict[str, Any]) -> Child:
    """A child whose id comes after another's: ids are drawn at random. Those before it are as good as erased."""
    while (child := make_child(session, actor=actor, **names)).id < than:
        child.wrapped_key, child.erased_at = None, NOW
        for name in INDEXES:
            setattr(child, name, None)
        session.flush()
    return child


def test_nothing_that_identifies_is_left_in_the_clear_or_under_any_key(
    session: Session, people: dict[str, Actor]
) -> None:
    """A child with all that a record holds: two records merged, a sibling, a request with answers and a cleared
    word.
    """
    officer, manager, director = people.values()
    names: dict[str, Any] = {"given_name": "Zyxwvut", "family_name": "Qponmlk"}
    # What is kept of a pair is sealed under the lower id: the sister's, whose key stays.
    sister = min((make_child(session, actor=officer, given_name="Amina") for _ in range(4)), key=lambda one: one.id)
    child, second = (later(session, officer, sister.id, names) for _ in range(2))
    typed = request_answers(why_now="Zyxwvut Qponmlk's carer is retiring.", own_words="I am Zyxwvut.")
    request = make_draft(session, actor=officer, child=second, answers=typed)
    (place,) = [one for one in findings.findings(session, vault=VAULT, request=request) if one.field == "own_words"]
    deciding.check_texts(
        session,
        actor=officer,
        vault=VAULT,
        request_id=request.id,
        decisions=[deciding.Decision(place.key, FindingChoice.KEEP, reason="A reason with Zyxwvut in it")],
        ticks=(),
        seen={one.key: one.fingerprint for one in texts_of(session, vault=VAULT, request=request)},
        now=NOW,
    )
    reason = "A reason with Zyxwvut in it"
    given: dict[str, Any] = {"actor": officer, "vault": VAULT, "now": NOW, "reason": reason}
    for one, other in ((child, sister), (sister, second)):
        links.link_siblings(session, child_id=one.id, reference=other.reference, kind=SiblingKind.FULL, **given)
    links.unlink_siblings(session, child_id=child.id, reference=sister.reference, **given)
    duplicates.tell_apart(session, child_id=sister.id, reference=child.reference, **given)
    merging.merge(
        session,
        child_id=child.id,
        reference=second.reference,
        keep={},
        version=child.version,
        other_version=second.version,
        **given | {"actor": manager},
    )
    end(session, officer, request)
    before = whole_database(session)
    said = " ".join(opened_anywhere(session, before)).lower()
    assert all(secret in said for secret in SECRETS)  # the search finds what is there to be found

    erase(session, director, session.get_one(Child, child.id))
    after = whole_database(session)
    stored = " ".join(value for rows in after.values() for value in rows).lower()
    for secret in SECRETS:
        assert secret not in stored
    left = " ".join(opened_anywhere(session, after)).lower()
    assert "amina" in left
    for secret in ("zyxwvut", "qponmlk", "a reason with"):
        assert secret not in left
    for one in (child, second):
        assert all(getattr(one, name) is None for name in ("wrapped_key", *INDEXES))
        assert one.erased_at == NOW
        with pytest.raises(KeyDestroyedError):
            records.reveal(vault=VAULT, child=one)
    assert links.siblings_of(session, actor=officer, child_id=sister.id) == []
    assert session.scalars(select(ChildLink.id).where(ChildLink.ended_at.is_(None))).all() == []

    # The proof: who, when, why, on what basis, and a chain that is whole.
    proof = erasing.erasure_of(session, actor=director, child_id=second.id)
    assert proof is not None
    assert (proof.erased_by, proof.reason, proof.erased_at) == (director.person_name, "Another council's child", NOW)
    audit.seal(session, NOW)
    assert audit.verify(session)[1] == []
    acts = json.dumps([list(row) for row in session.execute(text("SELECT act, subject_id FROM audit_entry"))])
    assert acts.count("children.child.erase") == 2


def test_an_erased_record_can_be_neither_written_nor_merged_nor_erased_again(
    session: Session, people: dict[str, Actor]
) -> None:
    officer, manager, director = people.values()
    child, other = make_child(session, actor=officer), make_child(session, actor=officer)
    erase(session, director, child)
    writes: list[Any] = [
        lambda: erase(session, director, child),
        lambda: needs.measure_needs(
            session, actor=officer, child_id=child.id, scores=[0] * 12, measured_on=NOW.date(), now=NOW
        ),
        lambda: links.link_siblings(
            session,
            actor=officer,
            vault=VAULT,
            child_id=other.id,
            reference=child.reference,
            kind=SiblingKind.FULL,
            reason="They say so",
            now=NOW,
        ),
        lambda: merging.merge(
            session,
            actor=manager,
            vault=VAULT,
            child_id=other.id,
            reference=child.reference,
            keep={},
            reason="One child",
            version=other.version,
            other_version=child.version,
            now=NOW,
        ),
        lambda: make_draft(session, actor=officer, child=child),
    ]
    for write in writes:
        with pytest.raises(KeyDestroyedError):
            write()
    with pytest.raises(IntegrityError), session.begin_nested():  # the database keeps it whole
        session.execute(update(Child).where(Child.id == child.id).values(name_index="x"))


def test_it_takes_the_permission_a_basis_a_nameless_reason_and_the_reference(
    session: Session, people: dict[str, Actor]
) -> None:
    officer, manager, director = people.values()
    child = make_child(session, actor=officer)
    for actor in (officer, manager, make_actor(session, Role.BOROUGH_ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            erase(session, actor, child)
    with pytest.raises(NotFound):
        erase(session, make_actor(session, Role.DIRECTOR), child)
    for field, wrong in (
        ("basis", {"basis": "because"}),
        ("reason", {"reason": " "}),
        ("reason", {"reason": "zebedee is not ours"}),
        ("typed_reference", {"typed_reference": "CH-222222"}),
    ):
        with pytest.raises(Invalid) as refused:
            erase(session, director, child, **wrong)
        assert set(refused.value.errors) == {field}
    with pytest.raises(Stale):
        erase(session, director, child, version=child.version + 1)
    assert session.get_one(Child, child.id).wrapped_key


def test_it_is_refused_while_something_goes_on_and_before_the_time_is_over(
    session: Session, people: dict[str, Actor]
) -> None:
    """Regulation 50: a looked-after child's record is kept until the 75th anniversary of the birth, 9 April 2088."""
    officer, _, director = people.values()
    child = make_child(session, actor=officer)
    request = make_draft(session, actor=officer, child=child)
    with pytest.raises(Invalid, match=f"while something goes on: Request {request.reference}: draft"):
        erase(session, director, child)
    end(session, officer, request)
    request.looked_after = True
    session.flush()
    day = dt.datetime(2088, 4, 8, 12, tzinfo=dt.UTC)
    with pytest.raises(Invalid, match="until 9 April 2088"):
        erase(session, director, child, basis="retention", now=day)
    erase(session, director, child, basis="retention", now=day + dt.timedelta(days=1))


def test_no_answer_from_a_room_above_is_not_taken_for_nothing(session: Session, people: dict[str, Actor]) -> None:
    child = make_child(session, actor=people["officer"])
    events.install(session, {HoldingsAsked: (requests_hold,)})
    with pytest.raises(RuntimeError, match="placements"):
        erase(session, people["director"], child)


def test_questionnaires_are_put_right_by_another_entry_and_never_changed(
    session: Session, people: dict[str, Actor]
) -> None:
    officer = people["officer"]
    child = make_child(session, actor=officer, date_of_birth=dt.date(2016, 11, 24))

    def record(**replaced: Any) -> Any:
        given = {"completed_on": NOW.date(), "filled_in_by": SdqBy.CARER, "total": 14, "scales": {}} | replaced
        return record_sdq(session, actor=officer, vault=VAULT, child_id=child.id, now=NOW, **given)

    wrong = record()
    right = record(total=13, corrects=wrong.id)
    assert [one.score.id for one in questionnaires(session, actor=officer, child_id=child.id)] == [right.id]
    with pytest.raises(NotFound):  # once is enough
        record(total=12, corrects=wrong.id)
    for field, other in (
        ("completed_on", {"completed_on": NOW.date() + dt.timedelta(days=1)}),
        ("completed_on", {"completed_on": dt.date(2018, 11, 23)}),
        ("filled_in_by", {"filled_in_by": SdqBy.CHILD}),
    ):
        with pytest.raises(Invalid) as refused:
            record(**other)
        assert set(refused.value.errors) == {field}
    scales = ("emotional", "conduct", "hyperactivity", "peer")
    columns = "child_id, completed_on, filled_in_by, recorded_by, recorded_at"
    with pytest.raises(IntegrityError), session.begin_nested():  # a total that is not the sum of its scales
        session.execute(
            text(
                f"INSERT INTO sdq_score (id, total, {', '.join(scales)}, {columns})"
                f" SELECT 'x', 20, 1, 2, 3, 4, {columns} FROM sdq_score WHERE id = :id"
            ),
            {"id": right.id},
        )
