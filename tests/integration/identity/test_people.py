"""Organisations, invitations and leaving: who may let whom in, and who always stays."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.models import AuditEntry
from app.identity import queries
from app.identity.invitations import (
    accept_invitation,
    cancel_invitation,
    first_administrator,
    invite,
    roles_to_give,
)
from app.identity.leaving import leave
from app.identity.models import Invitation, Membership, Person
from app.identity.organisations import found_organisation
from app.identity.permissions import Actor
from app.identity.status import ADMINISTRATOR_OF, ROLES_OF, OrganisationKind, Role
from notifications.models import OutboxMessage
from tests.factories.identity import (
    NOW,
    PASSWORD,
    make_actor,
    make_membership,
    make_organisation,
    make_person,
    make_signed_in,
)

BASE = "https://homeward.example"
WEEK = dt.timedelta(days=7)


def send(session: Session, actor: Actor, email: str = "new@example.org", role: Role = Role.TEAM_MANAGER) -> Invitation:
    return invite(session, actor=actor, email=email, role=role, now=NOW, base_url=BASE)


def token_in_mail(session: Session, address: str = "new@example.org") -> str:
    """The token of the newest link sent to an address."""
    text = session.scalars(
        select(OutboxMessage.text).where(OutboxMessage.address == address).order_by(OutboxMessage.created_at)
    ).all()[-1]
    found = re.search(rf"{BASE}/[a-z-]+/([\w-]{{43}})", text)
    assert found, text
    return found[1]


def test_an_invitation_becomes_a_person_with_the_role(session: Session) -> None:
    borough = make_organisation(session)
    administrator = make_actor(session, borough)
    sent = send(session, administrator, " New@Example.org ")
    token = token_in_mail(session)
    assert token not in (sent.token_hash, sent.id)
    membership = accept_invitation(session, token=token, now=NOW, name="Sam Sample", password=PASSWORD)
    person = session.get_one(Person, membership.person_id)
    assert (person.email, person.name) == ("new@example.org", "Sam Sample")
    actor = queries.actor_for(session, person.id, borough.id)
    assert actor is not None
    assert actor.roles == {Role.TEAM_MANAGER}
    acts = set(session.scalars(select(AuditEntry.act)))
    assert acts == {"identity.invitation.send", "identity.membership.start", "identity.invitation.accept"}


def test_an_invitation_works_once(session: Session) -> None:
    send(session, make_actor(session, make_organisation(session)))
    token = token_in_mail(session)
    accept_invitation(session, token=token, now=NOW, name="Sam Sample", password=PASSWORD)
    with pytest.raises(NotFound):
        accept_invitation(session, token=token, now=NOW, name="Sam Sample", password=PASSWORD)
    assert session.scalar(select(func.count()).select_from(Membership)) == 2


def test_an_invitation_expires_after_a_week(session: Session) -> None:
    send(session, make_actor(session, make_organisation(session)))
    token = token_in_mail(session)
    assert queries.invitation_by_token(session, token, NOW + WEEK - dt.timedelta(seconds=1))
    with pytest.raises(NotFound):
        accept_invitation(session, token=token, now=NOW + WEEK, name="Sam Sample", password=PASSWORD)


def test_a_cancelled_or_replaced_invitation_no_longer_works(session: Session) -> None:
    administrator = make_actor(session, make_organisation(session))
    send(session, administrator)
    first = token_in_mail(session)
    newer = send(session, administrator)
    assert queries.invitation_by_token(session, first, NOW) is None
    assert [row.id for row in queries.open_invitations(session, administrator, NOW)] == [newer.id]
    cancel_invitation(session, actor=administrator, invitation_id=newer.id, now=NOW)
    assert queries.open_invitations(session, administrator, NOW) == []
    with pytest.raises(Conflict):
        cancel_invitation(session, actor=administrator, invitation_id=newer.id, now=NOW)


def test_a_poor_password_leaves_the_invitation_open(session: Session) -> None:
    send(session, make_actor(session, make_organisation(session)))
    token = token_in_mail(session)
    with pytest.raises(Invalid):
        accept_invitation(session, token=token, now=NOW, name="Sam Sample", password="password1234")
    assert queries.invitation_by_token(session, token, NOW)


def test_somebody_known_must_be_signed_in_to_accept(session: Session) -> None:
    borough = make_organisation(session)
    known = make_actor(session, make_organisation(session))
    email = session.get_one(Person, known.person_id).email
    other = make_actor(session, make_organisation(session))
    send(session, make_actor(session, borough), email)
    token = token_in_mail(session, email)
    for actor in (None, other):
        with pytest.raises(NotAllowed):
            accept_invitation(session, token=token, now=NOW, name="X", password=PASSWORD, actor=actor)
    membership = accept_invitation(session, token=token, now=NOW, actor=known)
    assert membership.person_id == known.person_id
    assert len(queries.choices_of(session, known.person_id)) == 2


def test_the_address_that_already_holds_the_role_is_not_invited_again(session: Session) -> None:
    borough = make_organisation(session)
    person = make_person(session)
    make_membership(session, person, borough, Role.TEAM_MANAGER)
    with pytest.raises(Invalid):
        send(session, make_actor(session, borough), person.email)


def test_nobody_invites_themselves_to_another_role(session: Session) -> None:
    administrator = make_actor(session, make_organisation(session))
    email = session.get_one(Person, administrator.person_id).email
    with pytest.raises(Invalid):
        send(session, administrator, email.upper(), Role.DIRECTOR)


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("role", Role)
def test_a_role_fits_the_kind_of_organisation(session: Session, kind: OrganisationKind, role: Role) -> None:
    administrator = make_actor(session, make_organisation(session, kind))
    if role in ROLES_OF[kind]:
        send(session, administrator, role=role)
    else:
        with pytest.raises(Invalid):
            send(session, administrator, role=role)


@pytest.mark.parametrize("role", [role for role in Role if role not in ADMINISTRATOR_OF.values()])
def test_only_an_administrator_invites_cancels_lists_and_ends(session: Session, role: Role) -> None:
    kind = next(kind for kind, roles in ROLES_OF.items() if role in roles)
    organisation = make_organisation(session, kind)
    sent = send(session, make_actor(session, organisation), role=role)
    actor = make_actor(session, organisation, role)
    own = session.scalars(select(Membership).where(Membership.person_id == actor.person_id)).one()
    for act in (
        lambda: send(session, actor, role=role),
        lambda: cancel_invitation(session, actor=actor, invitation_id=sent.id, now=NOW),
        lambda: leave(session, actor=actor, membership_id=own.id, now=NOW),
        lambda: queries.people_of(session, actor),
        lambda: queries.open_invitations(session, actor, NOW),
        lambda: queries.organisations(session, actor),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("kind", [OrganisationKind.BOROUGH, OrganisationKind.AGENCY, OrganisationKind.PROVIDER])
def test_the_hub_invites_another_organisations_administrator_and_nobody_else(
    session: Session, kind: OrganisationKind
) -> None:
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB))
    other = make_organisation(session, kind)
    assert roles_to_give(hub, kind) == (ADMINISTRATOR_OF[kind],)
    invite(
        session,
        actor=hub,
        email="first@example.org",
        role=ADMINISTRATOR_OF[kind],
        organisation_id=other.id,
        now=NOW,
        base_url=BASE,
    )
    for role in set(ROLES_OF[kind]) - {ADMINISTRATOR_OF[kind]}:
        with pytest.raises(Invalid):
            invite(
                session,
                actor=hub,
                email="second@example.org",
                role=role,
                organisation_id=other.id,
                now=NOW,
                base_url=BASE,
            )


@pytest.mark.parametrize("kind", [OrganisationKind.BOROUGH, OrganisationKind.AGENCY, OrganisationKind.PROVIDER])
def test_another_organisations_people_are_out_of_reach(session: Session, kind: OrganisationKind) -> None:
    here, there = make_organisation(session, kind), make_organisation(session, kind)
    administrator, other = make_actor(session, here), make_actor(session, there)
    make_actor(session, there)
    sent = send(session, other, role=ROLES_OF[kind][0])
    theirs = session.scalars(select(Membership).where(Membership.organisation_id == there.id)).all()
    assert {row.person_id for row in queries.people_of(session, administrator)} == {administrator.person_id}
    assert queries.open_invitations(session, administrator, NOW) == []
    with pytest.raises(NotFound):
        cancel_invitation(session, actor=administrator, invitation_id=sent.id, now=NOW)
    for membership_id in [row.id for row in theirs] + ["no-such-membership"]:
        with pytest.raises(NotFound):
            leave(session, actor=administrator, membership_id=membership_id, now=NOW)
    with pytest.raises(NotFound):
        invite(
            session,
            actor=administrator,
            email="new@example.org",
            role=ROLES_OF[kind][0],
            organisation_id=there.id,
            now=NOW,
            base_url=BASE,
        )


def test_the_console_invites_the_first_administrator(session: Session) -> None:
    borough = make_organisation(session)
    sent = first_administrator(
        session, email="first@example.org", organisation_name=borough.name, now=NOW, base_url=BASE
    )
    assert (sent.role, sent.invited_by) == (Role.BOROUGH_ADMINISTRATOR, None)
    accept_invitation(
        session, token=token_in_mail(session, "first@example.org"), now=NOW, name="Sam Sample", password=PASSWORD
    )
    with pytest.raises(NotFound):
        first_administrator(session, email="x@example.org", organisation_name="Nowhere", now=NOW, base_url=BASE)


def test_leaving_ends_the_role_and_its_sessions_and_keeps_the_row(session: Session) -> None:
    borough, elsewhere = make_organisation(session), make_organisation(session)
    administrator = make_actor(session, borough)
    person = make_person(session)
    membership = make_membership(session, person, borough, Role.PLACEMENT_OFFICER)
    make_membership(session, person, elsewhere, Role.PLACEMENT_OFFICER)
    here, there = (queries.actor_for(session, person.id, place.id) for place in (borough, elsewhere))
    assert here is not None
    assert there is not None
    tokens = [make_signed_in(session, actor).token for actor in (here, there)]
    leave(session, actor=administrator, membership_id=membership.id, now=NOW)
    assert [queries.actor_for_session(session, token, NOW) for token in tokens] == [None, there]
    assert session.get_one(Membership, membership.id).ended_at == NOW
    assert person.left_at is None
    with pytest.raises(NotFound):
        leave(session, actor=administrator, membership_id=membership.id, now=NOW)


def test_who_holds_no_role_any_more_has_left_and_can_come_back(session: Session) -> None:
    borough = make_organisation(session)
    administrator = make_actor(session, borough)
    person = make_person(session)
    membership = make_membership(session, person, borough, Role.TEAM_MANAGER)
    leave(session, actor=administrator, membership_id=membership.id, now=NOW)
    assert person.left_at == NOW
    send(session, administrator, person.email)
    token = token_in_mail(session, person.email)
    back = accept_invitation(session, token=token, now=NOW, name="Somebody Back", password="lantern gravel Oboe 73")
    assert (back.person_id, person.name, person.left_at) == (person.id, "Somebody Back", None)


@pytest.mark.parametrize("kind", OrganisationKind)
def test_the_last_administrator_stays(session: Session, kind: OrganisationKind) -> None:
    organisation = make_organisation(session, kind)
    first = make_actor(session, organisation)
    own = session.scalars(select(Membership).where(Membership.person_id == first.person_id)).one()
    with pytest.raises(Conflict) as refused:
        leave(session, actor=first, membership_id=own.id, now=NOW)
    assert "last administrator" in refused.value.message
    second = make_actor(session, organisation)
    leave(session, actor=second, membership_id=own.id, now=NOW)
    remaining = session.scalars(select(Membership).where(Membership.person_id == second.person_id)).one()
    with pytest.raises(Conflict):
        leave(session, actor=second, membership_id=remaining.id, now=NOW)


def test_only_the_hubs_administrator_founds_organisations(session: Session) -> None:
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB))
    made = found_organisation(
        session, actor=hub, kind=OrganisationKind.BOROUGH, name=" Made-up  Town ", short_code="mut", now=NOW
    )
    assert (made.name, made.short_code) == ("Made-up Town", "MUT")
    commissioner = make_actor(session, session.get_one(type(made), hub.organisation_id), Role.COMMISSIONER)
    with pytest.raises(NotAllowed):
        found_organisation(session, actor=commissioner, kind=OrganisationKind.BOROUGH, name="Other", now=NOW)


def test_names_codes_and_the_hub_are_there_once(session: Session) -> None:
    made = found_organisation(
        session, actor=None, kind=OrganisationKind.PROVIDER, name="Made-up Care", company_number="1234567", now=NOW
    )
    assert made.company_number == "01234567"
    for other in ({"name": "Made-up Care"}, {"name": "Other Care", "company_number": "01234567"}):
        with pytest.raises(Conflict):
            found_organisation(session, actor=None, kind=OrganisationKind.PROVIDER, now=NOW, **other)
    found_organisation(session, actor=None, kind=OrganisationKind.HUB, name="Made-up hub", now=NOW)
    with pytest.raises(Conflict):
        found_organisation(session, actor=None, kind=OrganisationKind.HUB, name="Second hub", now=NOW)


def test_the_demonstration_lists_one_person_of_each_role_in_the_order_of_the_story(session: Session) -> None:
    borough = make_organisation(session, name="Made-up B")
    provider = make_organisation(session, OrganisationKind.PROVIDER, "Made-up A")
    for name in ("Zed Example", "Ann Example"):
        make_membership(session, make_person(session, name), borough, Role.PLACEMENT_OFFICER)
    make_actor(session, provider, name="Pat Example")
    people = queries.demo_people(session)
    assert [(one.name, one.role) for one in people] == [
        ("Pat Example", Role.PROVIDER_ADMINISTRATOR),
        ("Ann Example", Role.PLACEMENT_OFFICER),
    ]
