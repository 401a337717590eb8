"""The whole grid of roles and permissions, written out as data: a change of either shows here as one line."""

from __future__ import annotations

import pytest

from app.core.errors import NotAllowed
from app.identity.permissions import GIVEN_BY_ROLE, Permission, permissions_of
from app.identity.queries import STORY
from app.identity.status import (
    ADMINISTRATOR_OF,
    KIND_WORDS,
    ROLE_DOES,
    ROLE_WORDS,
    ROLES_OF,
    OrganisationKind,
    Role,
)
from tests.factories.identity import actor_of

GRID = """
placement_officer: borough:award:make borough:child:read borough:child:write borough:joint_plan:read borough:offer:read
    borough:outcome:record borough:placement:read borough:placement:start borough:provider:read borough:referral:write
    borough:request:read borough:request:write borough:shortlist:decide borough:task:do own:account:use
team_manager: borough:child:merge borough:child:read borough:child:write borough:joint_plan:read borough:offer:read
    borough:outcome:record borough:placement:read borough:provider:read borough:referral:write borough:request:approve
    borough:request:read borough:request:write borough:shortlist:decide borough:spend:read borough:task:do
    own:account:use
service_manager: borough:child:read borough:offer:read borough:placement:read borough:provider:read
    borough:request:approve borough:request:read borough:spend:read borough:task:do own:account:use
head_of_service: borough:exemption:give borough:offer:read borough:placement:read borough:provider:read
    borough:request:approve borough:request:read borough:spend:read borough:task:do own:account:use
nominated_officer: borough:location:approve borough:offer:read borough:placement:read borough:provider:read
    borough:request:read borough:task:do own:account:use
director: borough:child:erase borough:emergency:authorise borough:location:approve borough:location:approve_distance
    borough:offer:read borough:placement:read borough:provider:read borough:request:read borough:spend:read
    borough:task:do own:account:use
finance_officer: borough:placement:read borough:spend:read own:account:use
panel_administrator: own:account:use panel:case:read panel:decision:record panel:meeting:manage
panel_chair: own:account:use panel:case:read panel:decision:record panel:decision:sign
panel_member: own:account:use panel:case:read panel:decision:sign
borough_administrator: borough:key:manage own:account:use own:people:manage
provider_administrator: own:account:use own:people:manage provider:application:write provider:challenge:make
    provider:offer:write provider:opportunity:read provider:passport:read provider:passport:write
    provider:placement:read provider:price:write provider:service:claim provider:service:read provider:uplift:ask
provider_staff: own:account:use provider:offer:write provider:opportunity:read provider:passport:read
    provider:placement:read provider:service:read
agency_panel_member: own:account:use panel:case:read panel:decision:sign
agency_administrator: own:account:use own:people:manage
commissioner: hub:application:assess hub:application:decide hub:challenge:answer hub:claim:decide
    hub:compliance:record hub:joint_plan:make hub:joint_plan:read hub:market:manage hub:market:read hub:policy:read
    hub:policy:write hub:register:import hub:register:read hub:register:resolve hub:spend:read hub:uplift:decide
    own:account:use
hub_administrator: hub:market:read hub:organisation:manage hub:policy:read own:account:use own:people:manage
"""


def expected() -> dict[Role, set[str]]:
    """The grid as sets: a role begins each line, then comes what it may do."""
    rows = (line.split(": ") for line in GRID.strip().replace("\n    ", " ").splitlines())
    return {Role(role): set(given.split()) for role, given in rows}


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_what_the_grid_says_and_nothing_else(role: Role) -> None:
    assert {permission.value for permission in GIVEN_BY_ROLE[role]} == expected()[role]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_an_actor_is_held_to_the_grid(role: Role, permission: Permission) -> None:
    kind = next(kind for kind, roles in ROLES_OF.items() if role in roles)
    actor = actor_of(kind, role)
    if permission.value in expected()[role]:
        assert actor.may(permission)
        actor.require(permission)
    else:
        assert not actor.may(permission)
        with pytest.raises(NotAllowed) as refused:
            actor.require(permission)
        assert refused.value.facts == {"permission": permission.value}


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_nothing_of_another_kind_of_organisation(role: Role) -> None:
    kind = next(kind for kind, roles in ROLES_OF.items() if role in roles)
    scopes = {permission.value.split(":")[0] for permission in GIVEN_BY_ROLE[role]}
    assert scopes <= {"own", "panel", kind.value}
    if kind in (OrganisationKind.PROVIDER, OrganisationKind.HUB):
        assert "panel" not in scopes


def test_every_permission_is_given_by_some_role() -> None:
    assert frozenset(Permission) == permissions_of(frozenset(Role))


def test_no_role_gives_no_permission() -> None:
    assert permissions_of(frozenset()) == frozenset()


def test_every_role_belongs_to_one_kind_has_words_and_a_place_in_the_story() -> None:
    listed = [role for roles in ROLES_OF.values() for role in roles]
    assert sorted(listed) == sorted(Role)
    assert set(ROLE_WORDS) == set(ROLE_DOES) == set(Role)
    assert sorted(STORY) == sorted(Role)
    assert set(KIND_WORDS) == set(ADMINISTRATOR_OF) == set(ROLES_OF) == set(OrganisationKind)


@pytest.mark.parametrize("kind", OrganisationKind)
def test_every_kind_has_one_role_that_manages_its_people(kind: OrganisationKind) -> None:
    managers = [role for role in ROLES_OF[kind] if Permission.PEOPLE_MANAGE in GIVEN_BY_ROLE[role]]
    assert managers == [ADMINISTRATOR_OF[kind]]


def test_who_approves_a_request_is_not_who_awards_it_by_role_alone() -> None:
    both = {role for role in Role if {Permission.REQUEST_APPROVE, Permission.AWARD_MAKE} <= GIVEN_BY_ROLE[role]}
    assert both == set()


def test_who_makes_an_award_can_neither_decide_nor_sign_for_the_panel() -> None:
    for role in Role:
        if Permission.AWARD_MAKE in GIVEN_BY_ROLE[role]:
            assert not GIVEN_BY_ROLE[role] & {Permission.PANEL_DECIDE, Permission.PANEL_SIGN}
