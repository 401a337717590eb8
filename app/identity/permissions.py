"""What a person may do, as `scope:thing:action`, which role gives it, and the actor that every use case takes.

A permission says what kind of act is allowed; whose things it reaches is decided by the query, which takes the actor.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import NotAllowed
from app.identity.status import OrganisationKind, Role


class Permission(StrEnum):
    """`borough`, `provider`, `agency`, `hub`: for that kind of organisation. `panel`: for who sits on one. `own`: for
    anybody."""

    ACCOUNT_USE = "own:account:use"
    PEOPLE_MANAGE = "own:people:manage"

    CHILD_READ = "borough:child:read"
    CHILD_WRITE = "borough:child:write"
    CHILD_MERGE = "borough:child:merge"
    CHILD_ERASE = "borough:child:erase"
    REQUEST_READ = "borough:request:read"
    REQUEST_WRITE = "borough:request:write"
    REQUEST_APPROVE = "borough:request:approve"
    OFFER_READ = "borough:offer:read"
    SHORTLIST_DECIDE = "borough:shortlist:decide"
    REFERRAL_WRITE = "borough:referral:write"
    EMERGENCY_AUTHORISE = "borough:emergency:authorise"
    AWARD_MAKE = "borough:award:make"
    PLACEMENT_READ = "borough:placement:read"
    PLACEMENT_START = "borough:placement:start"
    LOCATION_APPROVE = "borough:location:approve"
    LOCATION_APPROVE_DISTANCE = "borough:location:approve_distance"
    BOROUGH_SPEND_READ = "borough:spend:read"
    TASK_DO = "borough:task:do"
    PROVIDER_READ = "borough:provider:read"
    OUTCOME_RECORD = "borough:outcome:record"
    EXEMPTION_GIVE = "borough:exemption:give"
    KEY_MANAGE = "borough:key:manage"
    BOROUGH_JOINT_PLAN_READ = "borough:joint_plan:read"

    PANEL_READ = "panel:case:read"
    PANEL_MANAGE = "panel:meeting:manage"
    PANEL_DECIDE = "panel:decision:record"
    PANEL_SIGN = "panel:decision:sign"

    SERVICE_CLAIM = "provider:service:claim"
    SERVICE_READ = "provider:service:read"
    APPLICATION_WRITE = "provider:application:write"
    PASSPORT_READ = "provider:passport:read"
    PASSPORT_WRITE = "provider:passport:write"
    PRICE_WRITE = "provider:price:write"
    UPLIFT_ASK = "provider:uplift:ask"
    CHALLENGE_MAKE = "provider:challenge:make"
    OPPORTUNITY_READ = "provider:opportunity:read"
    OFFER_WRITE = "provider:offer:write"
    PROVIDER_PLACEMENT_READ = "provider:placement:read"

    MARKET_READ = "hub:market:read"
    CLAIM_DECIDE = "hub:claim:decide"
    APPLICATION_ASSESS = "hub:application:assess"
    APPLICATION_DECIDE = "hub:application:decide"
    MARKET_MANAGE = "hub:market:manage"
    REGISTER_READ = "hub:register:read"
    REGISTER_RESOLVE = "hub:register:resolve"
    REGISTER_IMPORT = "hub:register:import"
    COMPLIANCE_RECORD = "hub:compliance:record"
    CHALLENGE_ANSWER = "hub:challenge:answer"
    UPLIFT_DECIDE = "hub:uplift:decide"
    HUB_SPEND_READ = "hub:spend:read"
    POLICY_READ = "hub:policy:read"
    POLICY_WRITE = "hub:policy:write"
    ORGANISATION_MANAGE = "hub:organisation:manage"
    JOINT_PLAN_READ = "hub:joint_plan:read"
    JOINT_PLAN_MAKE = "hub:joint_plan:make"


_P = Permission
_EVERYONE = frozenset({_P.ACCOUNT_USE})
_BOROUGH_READ = frozenset({_P.REQUEST_READ, _P.OFFER_READ, _P.PLACEMENT_READ, _P.TASK_DO, _P.PROVIDER_READ})
_PROVIDER_READ = frozenset({_P.SERVICE_READ, _P.OPPORTUNITY_READ, _P.PROVIDER_PLACEMENT_READ, _P.PASSPORT_READ})

GIVEN_BY_ROLE: dict[Role, frozenset[Permission]] = {
    Role.PLACEMENT_OFFICER: _EVERYONE
    | _BOROUGH_READ
    | {
        _P.CHILD_READ,
        _P.CHILD_WRITE,
        _P.REQUEST_WRITE,
        _P.SHORTLIST_DECIDE,
        _P.REFERRAL_WRITE,
        _P.AWARD_MAKE,
        _P.PLACEMENT_START,
        _P.OUTCOME_RECORD,
        _P.BOROUGH_JOINT_PLAN_READ,
    },
    Role.TEAM_MANAGER: _EVERYONE
    | _BOROUGH_READ
    | {
        _P.CHILD_READ,
        _P.CHILD_WRITE,
        _P.CHILD_MERGE,
        _P.REQUEST_WRITE,
        _P.REQUEST_APPROVE,
        _P.SHORTLIST_DECIDE,
        _P.REFERRAL_WRITE,
        _P.BOROUGH_SPEND_READ,
        _P.OUTCOME_RECORD,
        _P.BOROUGH_JOINT_PLAN_READ,
    },
    Role.SERVICE_MANAGER: _EVERYONE | _BOROUGH_READ | {_P.CHILD_READ, _P.REQUEST_APPROVE, _P.BOROUGH_SPEND_READ},
    Role.HEAD_OF_SERVICE: _EVERYONE | _BOROUGH_READ | {_P.REQUEST_APPROVE, _P.EXEMPTION_GIVE, _P.BOROUGH_SPEND_READ},
    Role.NOMINATED_OFFICER: _EVERYONE | _BOROUGH_READ | {_P.LOCATION_APPROVE},
    Role.DIRECTOR: _EVERYONE
    | _BOROUGH_READ
    | {
        _P.CHILD_ERASE,
        _P.LOCATION_APPROVE,
        _P.LOCATION_APPROVE_DISTANCE,
        _P.EMERGENCY_AUTHORISE,
        _P.BOROUGH_SPEND_READ,
    },
    Role.FINANCE_OFFICER: _EVERYONE | {_P.PLACEMENT_READ, _P.BOROUGH_SPEND_READ},
    Role.PANEL_ADMINISTRATOR: _EVERYONE | {_P.PANEL_READ, _P.PANEL_MANAGE, _P.PANEL_DECIDE},
    Role.PANEL_CHAIR: _EVERYONE | {_P.PANEL_READ, _P.PANEL_DECIDE, _P.PANEL_SIGN},
    Role.PANEL_MEMBER: _EVERYONE | {_P.PANEL_READ, _P.PANEL_SIGN},
    Role.BOROUGH_ADMINISTRATOR: _EVERYONE | {_P.PEOPLE_MANAGE, _P.KEY_MANAGE},
    Role.PROVIDER_ADMINISTRATOR: _EVERYONE
    | _PROVIDER_READ
    | {
        _P.PEOPLE_MANAGE,
        _P.SERVICE_CLAIM,
        _P.APPLICATION_WRITE,
        _P.PASSPORT_WRITE,
        _P.PRICE_WRITE,
        _P.UPLIFT_ASK,
        _P.CHALLENGE_MAKE,
        _P.OFFER_WRITE,
    },
    Role.PROVIDER_STAFF: _EVERYONE | _PROVIDER_READ | {_P.OFFER_WRITE},
    Role.AGENCY_PANEL_MEMBER: _EVERYONE | {_P.PANEL_READ, _P.PANEL_SIGN},
    Role.AGENCY_ADMINISTRATOR: _EVERYONE | {_P.PEOPLE_MANAGE},
    Role.COMMISSIONER: _EVERYONE
    | {
        _P.MARKET_READ,
        _P.CLAIM_DECIDE,
        _P.APPLICATION_ASSESS,
        _P.APPLICATION_DECIDE,
        _P.MARKET_MANAGE,
        _P.REGISTER_READ,
        _P.REGISTER_RESOLVE,
        _P.REGISTER_IMPORT,
        _P.COMPLIANCE_RECORD,
        _P.CHALLENGE_ANSWER,
        _P.UPLIFT_DECIDE,
        _P.HUB_SPEND_READ,
        _P.POLICY_READ,
        _P.POLICY_WRITE,
        _P.JOINT_PLAN_READ,
        _P.JOINT_PLAN_MAKE,
    },
    Role.HUB_ADMINISTRATOR: _EVERYONE | {_P.PEOPLE_MANAGE, _P.ORGANISATION_MANAGE, _P.POLICY_READ, _P.MARKET_READ},
}


@dataclass(frozen=True)
class Actor:
    """A person acting for one organisation, with what their roles there give. Passed to every use case and query."""

    person_id: str
    person_name: str
    organisation_id: str
    organisation_name: str
    organisation_kind: OrganisationKind
    roles: frozenset[Role]
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """NotAllowed unless the actor's roles give the permission. Use cases call it too: the page is not the only
        door."""
        if permission not in self.permissions:
            raise NotAllowed("Your role does not allow this.", permission=permission.value)


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that a set of roles gives."""
    return frozenset().union(*(GIVEN_BY_ROLE[role] for role in roles)) if roles else frozenset()
