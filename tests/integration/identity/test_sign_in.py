"""Signing in: what a session is good for, and what a stranger can learn (nothing) and try (not much)."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import NotFound
from app.core.models import AuditEntry
from app.identity import passwords, queries
from app.identity.lockout import NETWORK_TRIES, TRIES, forget
from app.identity.models import FailedSignIn, Person, SignInSession
from app.identity.passwords import Profile
from app.identity.sign_in import (
    DEMONSTRATION_PASSWORD,
    NETWORK_REFUSED,
    REFUSED,
    SignedIn,
    SignInRefused,
    confirm_password,
    demonstration_sign_in,
    sign_in,
    sign_out,
    sign_out_everywhere,
    switch_organisation,
    touch,
)
from app.identity.status import OrganisationKind, Role
from tests.factories.identity import (
    NOW,
    PASSWORD,
    make_actor,
    make_membership,
    make_organisation,
    make_person,
    make_signed_in,
)

MINUTE = dt.timedelta(minutes=1)


def attempt(
    session: Session, email: str, password: str = PASSWORD, *, address: str = "192.0.2.1", now: dt.datetime = NOW
) -> SignedIn | SignInRefused:
    return sign_in(session, email=email, password=password, network_address=address, now=now)


def an_officer(session: Session) -> Person:
    person = make_person(session)
    make_membership(session, person, make_organisation(session), Role.PLACEMENT_OFFICER)
    return person


def test_the_right_password_opens_a_session_for_the_persons_organisation(session: Session) -> None:
    person = an_officer(session)
    signed = attempt(session, f"  {person.email.upper()} ")
    assert isinstance(signed, SignedIn)
    assert signed.actor.person_id == person.id
    assert signed.actor.roles == {Role.PLACEMENT_OFFICER}
    assert queries.actor_for_session(session, signed.token, NOW) == signed.actor


def test_the_table_holds_no_token(session: Session) -> None:
    signed = attempt(session, an_officer(session).email)
    assert isinstance(signed, SignedIn)
    row = session.scalars(select(SignInSession)).one()
    assert signed.token not in (row.token_hash, row.id)
    assert queries.actor_for_session(session, row.token_hash, NOW) is None


def test_every_sign_in_has_a_token_of_its_own(session: Session) -> None:
    person = an_officer(session)
    tokens = {attempt(session, person.email).token for _ in range(3)}  # type: ignore[union-attr]
    assert len(tokens) == 3


def test_unknown_wrong_locked_left_and_without_password_answer_alike(session: Session) -> None:
    wrong, locked, left = an_officer(session), an_officer(session), make_person(session)
    locked.locked_until = NOW + MINUTE
    invited = make_person(session, password=None)
    make_membership(session, invited, make_organisation(session), Role.PLACEMENT_OFFICER)
    answers = [
        attempt(session, "nobody@example.org"),
        attempt(session, wrong.email, "another kettle entirely"),
        attempt(session, locked.email),
        attempt(session, left.email),
        attempt(session, invited.email),
        attempt(session, invited.email, ""),
    ]
    assert answers == [SignInRefused(REFUSED)] * 6


def test_a_password_is_verified_whether_or_not_there_is_somebody(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []
    real = passwords.verify

    def watch(stored: str | None, password: str, profile: Profile) -> bool:
        checked.append(stored)
        return real(stored, password, profile)

    monkeypatch.setattr(passwords, "verify", watch)
    person = an_officer(session)
    person.locked_until = NOW + MINUTE
    attempt(session, "nobody@example.org")
    attempt(session, person.email)
    assert checked == [None, person.password_hash]


def test_five_wrong_passwords_lock_the_account_against_the_right_one(session: Session) -> None:
    person = an_officer(session)
    for _ in range(TRIES):
        attempt(session, person.email, "another kettle entirely")
    assert attempt(session, person.email) == SignInRefused(REFUSED)
    assert attempt(session, person.email, now=NOW + 14 * MINUTE) == SignInRefused(REFUSED)
    assert isinstance(attempt(session, person.email, now=NOW + 15 * MINUTE), SignedIn)


def test_the_lock_grows_with_the_next_five_and_success_clears_it(session: Session) -> None:
    person = an_officer(session)
    for _ in range(TRIES):
        attempt(session, person.email, "another kettle entirely")
    later = NOW + 16 * MINUTE
    for _ in range(TRIES):
        attempt(session, person.email, "another kettle entirely", now=later, address="192.0.2.2")
    assert person.locked_until == later + 30 * MINUTE
    assert isinstance(attempt(session, person.email, now=later + 30 * MINUTE), SignedIn)
    assert (person.failed_sign_ins, person.locked_until) == (0, None)


def test_tries_while_locked_do_not_lengthen_the_lock(session: Session) -> None:
    person = an_officer(session)
    for _ in range(TRIES + 7):
        attempt(session, person.email, "another kettle entirely")
    assert person.failed_sign_ins == TRIES
    assert person.locked_until == NOW + 15 * MINUTE


def test_twenty_failures_shut_a_network_address_out_and_no_other(session: Session) -> None:
    person = an_officer(session)
    for number in range(NETWORK_TRIES):
        attempt(session, f"nobody{number}@example.org")
    assert attempt(session, person.email) == SignInRefused(NETWORK_REFUSED)
    assert isinstance(attempt(session, person.email, address="192.0.2.9"), SignedIn)
    assert isinstance(attempt(session, person.email, now=NOW + 15 * MINUTE), SignedIn)


def test_failures_are_kept_without_what_was_typed(session: Session) -> None:
    attempt(session, "secret.name@example.org", "oops my password")
    row = session.scalars(select(FailedSignIn)).one()
    assert "secret" not in row.email_hash
    facts = [str(entry.facts) + entry.subject_id for entry in session.scalars(select(AuditEntry))]
    assert not any("secret" in fact or "oops" in fact for fact in facts)


def test_failures_are_forgotten_after_thirty_days(session: Session) -> None:
    attempt(session, "nobody@example.org")
    attempt(session, "nobody@example.org", now=NOW + dt.timedelta(days=1))
    assert forget(session, NOW + dt.timedelta(days=30, hours=1)) == 1
    assert forget(session, NOW + dt.timedelta(days=30, hours=1)) == 0


def test_guesses_made_at_once_by_many_are_counted_as_many(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        email = an_officer(session).email
    answers: list[object] = []

    def guess(number: int) -> None:
        with transaction(sessions) as session:
            answers.append(attempt(session, email, f"guess number {number}", address=f"192.0.2.{number}"))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(sessions) as session:
        person = queries.person_by_email(session, email)
        assert person is not None
        assert person.failed_sign_ins == TRIES
        assert person.locked_until is not None
        assert attempt(session, email, address="192.0.2.200") == SignInRefused(REFUSED)


def test_a_session_ends_when_nobody_uses_it_for_half_an_hour(session: Session) -> None:
    signed = attempt(session, an_officer(session).email)
    assert isinstance(signed, SignedIn)
    assert queries.actor_for_session(session, signed.token, NOW + 29 * MINUTE)
    assert queries.actor_for_session(session, signed.token, NOW + 30 * MINUTE) is None
    assert not touch(session, token=signed.token, now=NOW + 30 * MINUTE)


def test_use_keeps_a_session_until_its_twelve_hours_are_over(session: Session) -> None:
    signed = attempt(session, an_officer(session).email)
    assert isinstance(signed, SignedIn)
    moment = NOW
    while moment < NOW + dt.timedelta(hours=12):
        assert queries.actor_for_session(session, signed.token, moment)
        moment += 20 * MINUTE
        touch(session, token=signed.token, now=moment)
        session.expire_all()
    assert queries.actor_for_session(session, signed.token, NOW + dt.timedelta(hours=12)) is None


def test_use_is_written_down_at_most_once_a_minute(session: Session) -> None:
    signed = attempt(session, an_officer(session).email)
    assert isinstance(signed, SignedIn)
    seconds = dt.timedelta(seconds=1)
    assert not touch(session, token=signed.token, now=NOW + 59 * seconds)
    assert touch(session, token=signed.token, now=NOW + 60 * seconds)
    session.expire_all()
    assert not touch(session, token=signed.token, now=NOW + 61 * seconds)


def test_signing_out_ends_this_session_and_no_other(session: Session) -> None:
    actor = make_actor(session, make_organisation(session))
    one, other = make_signed_in(session, actor), make_signed_in(session, actor)
    sign_out(session, actor=actor, token=one.token, now=NOW)
    sign_out(session, actor=actor, token=one.token, now=NOW)
    assert queries.actor_for_session(session, one.token, NOW) is None
    assert queries.actor_for_session(session, other.token, NOW) == actor


def test_nobody_signs_somebody_else_out(session: Session) -> None:
    actor, other = (make_actor(session, make_organisation(session)) for _ in range(2))
    signed = make_signed_in(session, other)
    sign_out(session, actor=actor, token=signed.token, now=NOW)
    assert queries.actor_for_session(session, signed.token, NOW) == other


def test_signing_out_everywhere_ends_all_of_ones_sessions(session: Session) -> None:
    actor, other = (make_actor(session, make_organisation(session)) for _ in range(2))
    mine = [make_signed_in(session, actor) for _ in range(3)]
    theirs = make_signed_in(session, other)
    assert sign_out_everywhere(session, actor=actor, now=NOW, keep=mine[0].token) == 2
    assert queries.actor_for_session(session, mine[0].token, NOW)
    assert sign_out_everywhere(session, actor=actor, now=NOW) == 1
    assert [queries.actor_for_session(session, one.token, NOW) for one in mine] == [None] * 3
    assert queries.actor_for_session(session, theirs.token, NOW) == other


def test_a_person_of_two_organisations_acts_for_one_at_a_time(session: Session) -> None:
    person = make_person(session)
    first = make_organisation(session, name="Made-up A")
    second = make_organisation(session, OrganisationKind.AGENCY, name="Made-up B")
    make_membership(session, person, first, Role.PANEL_CHAIR)
    make_membership(session, person, first, Role.TEAM_MANAGER)
    make_membership(session, person, second, Role.AGENCY_PANEL_MEMBER)
    signed = attempt(session, person.email)
    assert isinstance(signed, SignedIn)
    assert [choice.organisation_name for choice in signed.choices] == ["Made-up A", "Made-up B"]
    assert signed.actor.roles == {Role.PANEL_CHAIR, Role.TEAM_MANAGER}
    switched = switch_organisation(session, actor=signed.actor, token=signed.token, organisation_id=second.id, now=NOW)
    assert switched.actor.organisation_id == second.id
    assert switched.actor.roles == {Role.AGENCY_PANEL_MEMBER}
    assert queries.actor_for_session(session, signed.token, NOW) is None, "the token is a new one"
    assert queries.actor_for_session(session, switched.token, NOW) == switched.actor
    again = attempt(session, person.email, now=NOW + MINUTE)
    assert isinstance(again, SignedIn)
    assert again.actor.organisation_id == second.id, "the one last acted for"


def test_nobody_switches_to_an_organisation_where_they_hold_no_role(session: Session) -> None:
    actor = make_actor(session, make_organisation(session))
    signed = make_signed_in(session, actor)
    for organisation_id in (make_organisation(session).id, "no-such-organisation"):
        with pytest.raises(NotFound):
            switch_organisation(session, actor=actor, token=signed.token, organisation_id=organisation_id, now=NOW)


def test_a_session_dies_with_the_last_role_behind_it(session: Session) -> None:
    person = make_person(session)
    membership = make_membership(session, person, make_organisation(session), Role.PLACEMENT_OFFICER)
    signed = attempt(session, person.email)
    assert isinstance(signed, SignedIn)
    membership.ended_at = NOW
    session.flush()
    assert queries.actor_for_session(session, signed.token, NOW) is None


def test_a_weak_hash_is_made_again_at_the_next_sign_in(session: Session) -> None:
    person = an_officer(session)
    passwords.install(session, Profile.STRONG)
    assert isinstance(attempt(session, person.email), SignedIn)
    assert person.password_hash is not None
    assert "m=19456,t=2,p=1" in person.password_hash
    assert isinstance(attempt(session, person.email), SignedIn)


def test_a_password_is_confirmed_before_signing_and_mistakes_count(session: Session) -> None:
    actor = make_actor(session, make_organisation(session))
    assert confirm_password(session, actor=actor, password=PASSWORD, now=NOW)
    assert [confirm_password(session, actor=actor, password="wrong", now=NOW) for _ in range(TRIES)] == [False] * TRIES
    assert not confirm_password(session, actor=actor, password=PASSWORD, now=NOW)
    assert confirm_password(session, actor=actor, password=PASSWORD, now=NOW + 15 * MINUTE)


def test_the_demonstration_signs_in_by_role_and_only_while_it_is_held(session: Session) -> None:
    person = make_person(session, password=None)
    membership = make_membership(session, person, make_organisation(session), Role.DIRECTOR)
    signed = demonstration_sign_in(session, membership_id=membership.id, now=NOW)
    assert signed.actor.roles == {Role.DIRECTOR}
    assert confirm_password(session, actor=signed.actor, password=DEMONSTRATION_PASSWORD, now=NOW)
    membership.ended_at = NOW
    session.flush()
    with pytest.raises(NotFound):
        demonstration_sign_in(session, membership_id=membership.id, now=NOW)


def test_everything_is_audited(session: Session) -> None:
    person = an_officer(session)
    attempt(session, person.email, "another kettle entirely")
    signed = attempt(session, person.email)
    assert isinstance(signed, SignedIn)
    sign_out(session, actor=signed.actor, token=signed.token, now=NOW)
    acts = list(session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["identity.sign_in.refuse", "identity.session.start", "identity.session.end"]
    assert session.scalar(select(func.count()).select_from(FailedSignIn)) == 1
