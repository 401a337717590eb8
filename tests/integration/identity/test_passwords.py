"""Forgotten and changed passwords, and a company that signs itself up."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.identity import queries
from app.identity.models import Organisation, PasswordReset, Person, SignUp
from app.identity.resets import WRONG, ask_for_reset, change_password, reset_password
from app.identity.sign_in import SignedIn, SignInRefused, sign_in
from app.identity.sign_up import confirm_sign_up, sign_up_provider
from app.identity.status import OrganisationKind, Role
from notifications.models import OutboxMessage
from tests.factories.identity import NOW, PASSWORD, make_actor, make_organisation, make_person, make_signed_in
from tests.integration.identity.test_people import BASE, token_in_mail

NEW = "lantern gravel Oboe 73"
HOUR = dt.timedelta(hours=1)


def ask(session: Session, email: str, now: dt.datetime = NOW) -> None:
    ask_for_reset(session, email=email, now=now, base_url=BASE)


def mails(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def enters(session: Session, email: str, password: str) -> bool:
    answer = sign_in(session, email=email, password=password, network_address="192.0.2.1", now=NOW)
    assert isinstance(answer, SignedIn | SignInRefused)
    return isinstance(answer, SignedIn)


def somebody(session: Session) -> Person:
    return session.get_one(Person, make_actor(session, make_organisation(session)).person_id)


def test_a_reset_changes_the_password_ends_all_sessions_and_the_lock(session: Session) -> None:
    actor = make_actor(session, make_organisation(session))
    person = session.get_one(Person, actor.person_id)
    signed = make_signed_in(session, actor)
    person.failed_sign_ins, person.locked_until = 5, NOW + HOUR
    ask(session, person.email.upper())
    reset_password(session, token=token_in_mail(session, person.email), password=NEW, now=NOW)
    assert queries.actor_for_session(session, signed.token, NOW) is None
    assert enters(session, person.email, NEW)
    assert not enters(session, person.email, PASSWORD)


def test_a_reset_link_works_once_and_takes_the_others_with_it(session: Session) -> None:
    person = somebody(session)
    ask(session, person.email)
    first = token_in_mail(session, person.email)
    ask(session, person.email, NOW + dt.timedelta(minutes=1))
    second = token_in_mail(session, person.email)
    assert first != second
    later = NOW + dt.timedelta(minutes=2)
    reset_password(session, token=second, password=NEW, now=later)
    for token in (first, second, "x" * 43, ""):
        with pytest.raises(NotFound):
            reset_password(session, token=token, password="otter gravel Oboe 99", now=later)


def test_a_reset_link_expires_after_an_hour(session: Session) -> None:
    person = somebody(session)
    ask(session, person.email)
    with pytest.raises(NotFound):
        reset_password(session, token=token_in_mail(session, person.email), password=NEW, now=NOW + HOUR)


def test_a_poor_password_leaves_the_link_open(session: Session) -> None:
    person = somebody(session)
    ask(session, person.email)
    token = token_in_mail(session, person.email)
    with pytest.raises(Invalid):
        reset_password(session, token=token, password="Homeward2026", now=NOW)
    assert queries.reset_by_token(session, token, NOW)


def test_asking_for_strangers_or_people_without_a_role_sends_nothing(session: Session) -> None:
    ask(session, "nobody@example.org")
    ask(session, make_person(session).email)
    assert mails(session) == 0


def test_three_links_an_hour_are_enough_for_anybody(session: Session) -> None:
    person = somebody(session)
    for _ in range(5):
        ask(session, person.email)
    assert mails(session) == 3
    ask(session, person.email, NOW + HOUR)
    assert mails(session) == 4


def test_only_the_hash_of_a_link_is_kept(session: Session) -> None:
    person = somebody(session)
    ask(session, person.email)
    row = session.scalars(select(PasswordReset)).one()
    assert token_in_mail(session, person.email) not in (row.token_hash, row.id)
    assert queries.reset_by_token(session, row.token_hash, NOW) is None


def test_changing_ones_password_needs_the_old_one_and_ends_the_other_sessions(session: Session) -> None:
    actor = make_actor(session, make_organisation(session))
    here, there = make_signed_in(session, actor), make_signed_in(session, actor)
    assert change_password(session, actor=actor, current="wrong", password=NEW, now=NOW, token=here.token) == WRONG
    assert queries.actor_for_session(session, there.token, NOW)
    assert change_password(session, actor=actor, current=PASSWORD, password=NEW, now=NOW, token=here.token) is None
    assert queries.actor_for_session(session, here.token, NOW) == actor
    assert queries.actor_for_session(session, there.token, NOW) is None
    with pytest.raises(Invalid):
        change_password(session, actor=actor, current=NEW, password=NEW, now=NOW, token=here.token)


def company(session: Session, **other: str) -> SignUp | None:
    said = {
        "company_name": "Made-up Meadows Ltd",
        "company_number": "9912345",
        "person_name": "Jo Specimen",
        "email": "jo@example.org",
    } | other
    return sign_up_provider(session, **said, now=NOW, base_url=BASE)


def test_a_company_signs_up_confirms_and_has_its_administrator(session: Session) -> None:
    company(session)
    assert session.scalar(select(func.count()).select_from(Organisation)) == 0
    membership = confirm_sign_up(session, token=token_in_mail(session, "jo@example.org"), password=PASSWORD, now=NOW)
    provider = session.get_one(Organisation, membership.organisation_id)
    assert (provider.kind, provider.company_number) == (OrganisationKind.PROVIDER, "09912345")
    assert membership.role is Role.PROVIDER_ADMINISTRATOR
    assert enters(session, "jo@example.org", PASSWORD)


def test_a_sign_up_link_works_once_for_two_days(session: Session) -> None:
    company(session)
    token = token_in_mail(session, "jo@example.org")
    with pytest.raises(NotFound):
        confirm_sign_up(session, token=token, password=PASSWORD, now=NOW + dt.timedelta(days=2))
    confirm_sign_up(session, token=token, password=PASSWORD, now=NOW)
    with pytest.raises(NotFound):
        confirm_sign_up(session, token=token, password=PASSWORD, now=NOW)


def test_signing_up_answers_alike_whatever_is_known_here(session: Session) -> None:
    company(session)
    confirm_sign_up(session, token=token_in_mail(session, "jo@example.org"), password=PASSWORD, now=NOW)
    again = company(session, email="other@example.org", person_name="Al Other")
    known_address = company(session, company_number="99123456")
    assert again is not None
    assert known_address is not None
    with pytest.raises(Conflict) as refused:
        confirm_sign_up(session, token=token_in_mail(session, "other@example.org"), password=PASSWORD, now=NOW)
    assert "Jo" not in refused.value.message


def test_a_known_person_signs_in_to_bring_a_second_company(session: Session) -> None:
    actor = make_actor(session, make_organisation(session, OrganisationKind.PROVIDER))
    email = session.get_one(Person, actor.person_id).email
    company(session, email=email)
    token = token_in_mail(session, email)
    with pytest.raises(NotAllowed):
        confirm_sign_up(session, token=token, password=PASSWORD, now=NOW)
    other = make_actor(session, make_organisation(session))
    with pytest.raises(NotAllowed):
        confirm_sign_up(session, token=token, now=NOW, actor=other)
    membership = confirm_sign_up(session, token=token, now=NOW, actor=actor)
    assert membership.person_id == actor.person_id


def test_the_mail_repeats_nothing_that_a_stranger_typed(session: Session) -> None:
    company(session, company_name="Buy at evil.example", person_name="Click Here")
    mail = session.scalars(select(OutboxMessage)).one()
    assert "evil" not in mail.text + mail.html + mail.subject
    assert "Click Here" not in mail.text + mail.html


def test_two_companies_of_one_name_are_told_apart_by_their_number(session: Session) -> None:
    make_organisation(session, OrganisationKind.PROVIDER, "Made-up Meadows Ltd")
    company(session)
    membership = confirm_sign_up(session, token=token_in_mail(session, "jo@example.org"), password=PASSWORD, now=NOW)
    assert membership.organisation.name == "Made-up Meadows Ltd (09912345)"


def test_an_address_gets_three_sign_up_links_an_hour(session: Session) -> None:
    assert [company(session) is not None for _ in range(5)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("field", "bad"), [("company_name", " "), ("company_number", "12-X"), ("person_name", ""), ("email", "jo")]
)
def test_what_is_malformed_is_said_at_its_field(session: Session, field: str, bad: str) -> None:
    with pytest.raises(Invalid) as refused:
        company(session, **{field: bad})
    assert refused.value.field == field
