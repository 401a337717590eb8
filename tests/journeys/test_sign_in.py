"""Coming in and going out, through HTTP: sign-up, invitation, sign-in, lock-out, reset, switching, leaving."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import Sessions, transaction
from app.factory import create_app
from app.identity import passwords
from app.identity.models import Membership, Person
from app.identity.permissions import Actor
from app.identity.sign_in import REFUSED
from app.identity.status import OrganisationKind, Role
from config.settings import Settings
from notifications.models import OutboxMessage
from tests.databases import sqlite_template
from tests.factories.identity import PASSWORD, make_actor, make_membership, make_organisation, make_person
from tests.factories.visitor import Visitor

NEW = "lantern gravel Oboe 73"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The demonstration's application on a fresh, migrated SQLite file."""
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    wiring = app.extensions["homeward"]
    wiring.sessions.configure(info={**wiring.sessions.kw["info"], passwords.KEY: passwords.Profile.CHEAP})
    yield app
    wiring.engine.dispose()


@pytest.fixture
def sessions(app: Flask) -> Sessions:
    """The application's own sessions, to prepare what it finds and to look at what it left."""
    made: Sessions = app.extensions["homeward"].sessions
    return made


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has never been here."""
    return Visitor(app)


def actor_in(sessions: Sessions, kind: OrganisationKind, *roles: Role, name: str | None = None) -> Actor:
    with transaction(sessions) as session:
        return make_actor(session, make_organisation(session, kind), *roles, name=name)


def email_of(sessions: Sessions, actor: Actor) -> str:
    with transaction(sessions) as session:
        return session.get_one(Person, actor.person_id).email


def link_to(sessions: Sessions, address: str) -> str:
    """The path of the link in the newest e-mail to an address."""
    with transaction(sessions) as session:
        text = session.scalars(
            select(OutboxMessage.text).where(OutboxMessage.address == address).order_by(OutboxMessage.created_at)
        ).all()[-1]
    found = re.search(r"https?://\S+/[\w-]{43}\b", text)
    assert found, text
    return urlsplit(found[0]).path


def sign_in(visitor: Visitor, email: str, password: str = PASSWORD, onward: str = "") -> None:
    visitor.fill(f"/sign-in{onward}", email=email, password=password)


def test_a_company_signs_up_confirms_and_is_in(visitor: Visitor, sessions: Sessions) -> None:
    visitor.fill(
        "/sign-up",
        company_name="Made-up Meadows Ltd",
        company_number="9912345",
        person_name="Jo Specimen",
        email="jo@example.org",
    )
    assert "Check your email" in visitor.text
    path = link_to(sessions, "jo@example.org")
    assert "Made-up Meadows Ltd" in visitor.get(path).text
    visitor.press(path, password="short")
    assert visitor.page is not None
    assert visitor.page.status_code == 400
    assert "12 characters or more" in visitor.text
    visitor.press(path, password=PASSWORD)
    assert "You now act for Made-up Meadows Ltd" in visitor.text
    visitor.get("/account")
    assert "Provider administrator" in visitor.text
    visitor.press("/sign-out")
    sign_in(visitor, "jo@example.org")
    assert "Acting for Made-up Meadows Ltd" in visitor.text
    assert visitor.get(path).status_code == 410


def test_sign_up_shows_each_mistake_at_its_field_and_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor.fill("/sign-up", company_name="Made-up Meadows Ltd", company_number="12-X", email="jo")
    assert page.status_code == 400
    assert "There is a problem" in visitor.text
    assert 'href="#email"' in page.text
    assert 'value="Made-up Meadows Ltd"' in page.text


def test_an_administrator_invites_somebody_who_joins_and_is_ended(
    app: Flask, visitor: Visitor, sessions: Sessions
) -> None:
    administrator = actor_in(sessions, OrganisationKind.BOROUGH)
    visitor.be(administrator)
    visitor.fill("/people/invite", email="new@example.org", role="team_manager")
    assert "An invitation is on its way to new@example.org" in visitor.text
    assert "Invitations that wait 1 invitation" in visitor.text
    newcomer = Visitor(app)
    path = link_to(sessions, "new@example.org")
    assert "Team manager" in newcomer.get(path).text
    newcomer.press(path, name="Sam Sample", password=PASSWORD)
    assert f"You now act for {administrator.organisation_name}" in newcomer.text
    assert newcomer.get("/account").status_code == 200
    with transaction(sessions) as session:
        membership = session.scalars(select(Membership).where(Membership.role == Role.TEAM_MANAGER)).one()
    visitor.get("/people/")
    assert "Sam Sample" in visitor.text
    visitor.fill(f"/people/{membership.id}/end")
    assert "Sam Sample is no longer team manager here" in visitor.text
    newcomer.get("/account")
    assert "Sign in" in newcomer.text
    sign_in(newcomer, "new@example.org")
    assert REFUSED in newcomer.text


def test_an_invitation_is_cancelled(app: Flask, visitor: Visitor, sessions: Sessions) -> None:
    visitor.be(actor_in(sessions, OrganisationKind.PROVIDER))
    visitor.fill("/people/invite", email="new@example.org", role="provider_staff")
    assert visitor.page is not None
    cancel = re.search(r"/people/invitations/[\w-]+/cancel", visitor.page.text)
    assert cancel
    visitor.press(cancel[0])
    assert "is cancelled" in visitor.text
    assert Visitor(app).get(link_to(sessions, "new@example.org")).status_code == 410


def test_the_last_administrator_is_told_why_they_stay(visitor: Visitor, sessions: Sessions) -> None:
    administrator = actor_in(sessions, OrganisationKind.AGENCY)
    with transaction(sessions) as session:
        own = session.scalars(select(Membership).where(Membership.person_id == administrator.person_id)).one()
    visitor.be(administrator)
    assert visitor.fill(f"/people/{own.id}/end").status_code == 409
    assert "last administrator" in visitor.text


def test_a_wrong_password_says_nothing_and_five_lock_the_account(visitor: Visitor, sessions: Sessions) -> None:
    email = email_of(sessions, actor_in(sessions, OrganisationKind.BOROUGH, Role.TEAM_MANAGER))
    sign_in(visitor, "nobody@example.org")
    unknown = visitor.text.replace("nobody@example.org", "")
    sign_in(visitor, email, "wrong kettle 1")
    assert visitor.page is not None
    assert visitor.page.status_code == 400
    assert visitor.text.replace(email, "") == unknown
    for number in range(4):
        sign_in(visitor, email, f"wrong kettle {number}")
    sign_in(visitor, email)
    assert REFUSED in visitor.text
    with transaction(sessions) as session:
        assert session.scalars(select(Person).where(Person.email == email)).one().locked_until is not None


def test_a_forgotten_password_is_replaced_and_signs_out_everywhere(
    app: Flask, visitor: Visitor, sessions: Sessions
) -> None:
    actor = actor_in(sessions, OrganisationKind.BOROUGH, Role.DIRECTOR)
    email = email_of(sessions, actor)
    elsewhere = Visitor(app).be(actor)
    assert "Your account" in elsewhere.get("/account").text
    visitor.fill("/forgotten-password", email="nobody@example.org")
    said = visitor.text
    visitor.fill("/forgotten-password", email=email)
    assert visitor.text == said
    visitor.fill(link_to(sessions, email), password=NEW)
    assert "Your password is changed" in visitor.text
    assert elsewhere.get("/account", follow=False).status_code == 303
    sign_in(visitor, email)
    assert REFUSED in visitor.text
    sign_in(visitor, email, NEW, "?next=/account")
    assert "Where you are signed in" in visitor.text


def test_a_password_is_changed_by_who_knows_it(visitor: Visitor, sessions: Sessions) -> None:
    actor = actor_in(sessions, OrganisationKind.PROVIDER)
    visitor.be(actor).fill("/account/password", current="wrong kettle 1", password=NEW)
    assert "Your current password is not right" in visitor.text
    visitor.fill("/account/password", current=PASSWORD, password=NEW)
    assert "You are signed out everywhere else" in visitor.text
    with transaction(sessions) as session:
        assert session.get_one(Person, actor.person_id).failed_sign_ins == 0


def test_who_acts_for_two_organisations_is_asked_and_can_switch(visitor: Visitor, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        person = make_person(session)
        places = [make_organisation(session, name=f"Made-up {name}") for name in ("North", "South")]
        for place in places:
            make_membership(session, person, place, Role.TEAM_MANAGER)
    sign_in(visitor, person.email, onward="?next=/account")
    assert "Who are you acting for?" in visitor.text
    visitor.press("/account/acting-for?next=/account", organisation_id=places[1].id)
    assert "Acting for Made-up South" in visitor.text
    assert "Your account" in visitor.text
    with transaction(sessions) as session:
        stranger = make_organisation(session)
    page = visitor.fill("/account/acting-for", organisation_id=stranger.id)
    assert page.status_code == 400
    assert "Choose an organisation" in visitor.text


def test_somebody_known_signs_in_before_they_accept(app: Flask, visitor: Visitor, sessions: Sessions) -> None:
    known = actor_in(sessions, OrganisationKind.AGENCY, Role.AGENCY_PANEL_MEMBER)
    email = email_of(sessions, known)
    administrator = actor_in(sessions, OrganisationKind.BOROUGH)
    Visitor(app).be(administrator).fill("/people/invite", email=email, role="panel_member")
    path = link_to(sessions, email)
    visitor.get(path)
    assert "Sign in to join" in visitor.text
    assert 'name="password"' not in visitor.page.text  # type: ignore[union-attr]
    sign_in(visitor, email, onward=f"?next={path}")
    visitor.press(path)
    assert f"You now act for {administrator.organisation_name}" in visitor.text
    other = Visitor(app).be(actor_in(sessions, OrganisationKind.BOROUGH))
    Visitor(app).be(administrator).fill("/people/invite", email=email, role="panel_chair")
    other.get(link_to(sessions, email))
    assert "You are signed in as somebody else" in other.text


def test_the_cookie_changes_at_sign_in_and_a_signed_out_one_is_worth_nothing(
    app: Flask, visitor: Visitor, sessions: Sessions
) -> None:
    email = email_of(sessions, actor_in(sessions, OrganisationKind.BOROUGH, Role.TEAM_MANAGER))
    visitor.get("/sign-in")
    before = visitor.client.get_cookie("homeward")
    sign_in(visitor, email)
    after = visitor.client.get_cookie("homeward")
    assert before is not None
    assert after is not None
    assert after.value != before.value
    assert (after.http_only, after.same_site) == (True, "Lax")
    visitor.get("/account")
    visitor.press("/sign-out")
    thief = Visitor(app)
    thief.client.set_cookie("homeward", after.value)
    assert thief.get("/account", follow=False).status_code == 303


def test_signing_in_again_ends_the_session_before(app: Flask, visitor: Visitor, sessions: Sessions) -> None:
    email = email_of(sessions, actor_in(sessions, OrganisationKind.BOROUGH, Role.TEAM_MANAGER))
    sign_in(visitor, email)
    first = visitor.client.get_cookie("homeward")
    assert first is not None
    page = visitor.get("/account")
    visitor.press("/sign-in", page, email=email, password=PASSWORD)
    old = Visitor(app)
    old.client.set_cookie("homeward", first.value)
    assert old.get("/account", follow=False).status_code == 303
    assert visitor.get("/account", follow=False).status_code == 200


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(visitor: Visitor, sessions: Sessions, onward: str) -> None:
    email = email_of(sessions, actor_in(sessions, OrganisationKind.HUB, Role.HUB_ADMINISTRATOR))
    page = visitor.fill(f"/sign-in?next={onward}", follow=False, email=email, password=PASSWORD)
    assert page.status_code == 303
    assert "evil" not in page.headers["Location"]
    assert page.headers["Location"].startswith("/")


def test_opening_a_link_from_an_email_changes_nothing(visitor: Visitor, sessions: Sessions) -> None:
    actor = actor_in(sessions, OrganisationKind.BOROUGH, Role.DIRECTOR)
    email = email_of(sessions, actor)
    visitor.fill("/forgotten-password", email=email)
    path = link_to(sessions, email)
    for _ in range(3):
        assert visitor.get(path).status_code == 200


def test_a_form_without_its_token_is_refused(app: Flask, visitor: Visitor, sessions: Sessions) -> None:
    actor = actor_in(sessions, OrganisationKind.BOROUGH)
    visitor.be(actor)
    assert visitor.client.post("/account/sign-out-everywhere").status_code == 400
    assert visitor.get("/account", follow=False).status_code == 200


def test_the_hub_adds_an_organisation_and_invites_its_first_administrator(visitor: Visitor, sessions: Sessions) -> None:
    visitor.be(actor_in(sessions, OrganisationKind.HUB))
    visitor.fill("/people/organisations/add", kind="borough", name="Made-up West", short_code="muw", gss_code="")
    assert "Made-up West is added" in visitor.text
    assert visitor.page is not None
    visitor.press("/people/organisations/invite", email="first@example.org", organisation_id=_chosen(visitor.page.text))
    assert "An invitation is on its way to first@example.org" in visitor.text
    assert "Borough administrator" not in visitor.text
    visitor.fill("/people/organisations/add", kind="borough", name="Made-up West")
    assert "Another organisation has the name Made-up West" in visitor.text


def _chosen(page: str) -> str:
    found = re.search(r'<option value="([^"]+)" selected', page)
    assert found
    return found[1]


def test_the_demonstration_signs_in_with_one_click(visitor: Visitor, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        provider = make_organisation(session, OrganisationKind.PROVIDER)
        membership = make_membership(session, make_person(session, "Pat Example"), provider, Role.PROVIDER_STAFF)
    visitor.get("/demo/people")
    assert f"Be Pat Example, {provider.name}" in visitor.text
    visitor.press("/demo/people", membership_id=membership.id)
    assert f"Acting for {provider.name}" in visitor.text


@pytest.mark.parametrize("env", ["test"])
def test_one_click_exists_in_the_demonstration_only(tmp_path: Path, env: str) -> None:
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": env, "DATA_DIR": str(tmp_path)}))
    assert not [name for name in app.view_functions if name.startswith("demo.")]
    assert Visitor(app).get("/demo/people").status_code == 404
    app.extensions["homeward"].engine.dispose()
