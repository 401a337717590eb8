"""The kinds of organisation and the roles a person can hold in one."""

from __future__ import annotations

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is. A payer is a budget, not an organisation (see panels)."""

    BOROUGH = "borough"
    PROVIDER = "provider"
    AGENCY = "agency"
    HUB = "hub"


class Role(StrEnum):
    """What a person does for an organisation. Which permissions a role gives stands in permissions.py."""

    PLACEMENT_OFFICER = "placement_officer"
    TEAM_MANAGER = "team_manager"
    SERVICE_MANAGER = "service_manager"
    HEAD_OF_SERVICE = "head_of_service"
    NOMINATED_OFFICER = "nominated_officer"
    DIRECTOR = "director"
    FINANCE_OFFICER = "finance_officer"
    PANEL_ADMINISTRATOR = "panel_administrator"
    PANEL_CHAIR = "panel_chair"
    PANEL_MEMBER = "panel_member"
    BOROUGH_ADMINISTRATOR = "borough_administrator"
    PROVIDER_ADMINISTRATOR = "provider_administrator"
    PROVIDER_STAFF = "provider_staff"
    AGENCY_PANEL_MEMBER = "agency_panel_member"
    AGENCY_ADMINISTRATOR = "agency_administrator"
    COMMISSIONER = "commissioner"
    HUB_ADMINISTRATOR = "hub_administrator"


ROLE_WORDS: dict[Role, str] = {
    Role.PLACEMENT_OFFICER: "Placement officer",
    Role.TEAM_MANAGER: "Team manager",
    Role.SERVICE_MANAGER: "Service manager",
    Role.HEAD_OF_SERVICE: "Head of Children's Social Care",
    Role.NOMINATED_OFFICER: "Nominated officer",
    Role.DIRECTOR: "Director of Children's Services",
    Role.FINANCE_OFFICER: "Finance officer",
    Role.PANEL_ADMINISTRATOR: "Panel administrator",
    Role.PANEL_CHAIR: "Panel chair",
    Role.PANEL_MEMBER: "Panel member",
    Role.BOROUGH_ADMINISTRATOR: "Borough administrator",
    Role.PROVIDER_ADMINISTRATOR: "Provider administrator",
    Role.PROVIDER_STAFF: "Provider staff",
    Role.AGENCY_PANEL_MEMBER: "Panel member for an agency",
    Role.AGENCY_ADMINISTRATOR: "Agency administrator",
    Role.COMMISSIONER: "Sub-regional commissioner",
    Role.HUB_ADMINISTRATOR: "Hub administrator",
}

ROLES_OF: dict[OrganisationKind, tuple[Role, ...]] = {
    OrganisationKind.BOROUGH: (
        Role.PLACEMENT_OFFICER,
        Role.TEAM_MANAGER,
        Role.SERVICE_MANAGER,
        Role.HEAD_OF_SERVICE,
        Role.NOMINATED_OFFICER,
        Role.DIRECTOR,
        Role.FINANCE_OFFICER,
        Role.PANEL_ADMINISTRATOR,
        Role.PANEL_CHAIR,
        Role.PANEL_MEMBER,
        Role.BOROUGH_ADMINISTRATOR,
    ),
    OrganisationKind.PROVIDER: (Role.PROVIDER_ADMINISTRATOR, Role.PROVIDER_STAFF),
    OrganisationKind.AGENCY: (Role.AGENCY_PANEL_MEMBER, Role.AGENCY_ADMINISTRATOR),
    OrganisationKind.HUB: (Role.COMMISSIONER, Role.HUB_ADMINISTRATOR),
}

ADMINISTRATOR_OF: dict[OrganisationKind, Role] = {
    OrganisationKind.BOROUGH: Role.BOROUGH_ADMINISTRATOR,
    OrganisationKind.PROVIDER: Role.PROVIDER_ADMINISTRATOR,
    OrganisationKind.AGENCY: Role.AGENCY_ADMINISTRATOR,
    OrganisationKind.HUB: Role.HUB_ADMINISTRATOR,
}
"""The role that manages an organisation's people. Every organisation that has had one keeps one."""

KIND_WORDS: dict[OrganisationKind, str] = {
    OrganisationKind.BOROUGH: "Borough",
    OrganisationKind.PROVIDER: "Provider",
    OrganisationKind.AGENCY: "Agency",
    OrganisationKind.HUB: "Hub",
}

ROLE_DOES: dict[Role, str] = {
    Role.PLACEMENT_OFFICER: "Records children, writes requests, compares offers and makes awards",
    Role.TEAM_MANAGER: "Approves requests before they are published and sees the team's spend",
    Role.SERVICE_MANAGER: "Approves requests that are beyond a team manager's limit",
    Role.HEAD_OF_SERVICE: "Approves requests beyond other limits, and may exempt a service judged Inadequate",
    Role.NOMINATED_OFFICER: "Approves placements outside the borough",
    Role.DIRECTOR: "Approves placements at a distance and authorises emergencies",
    Role.FINANCE_OFFICER: "Sees placements and what they cost",
    Role.PANEL_ADMINISTRATOR: "Arranges panels and records what they decide",
    Role.PANEL_CHAIR: "Leads the panel, records decisions and signs them",
    Role.PANEL_MEMBER: "Reads panel cases and signs decisions for a budget of the borough",
    Role.BOROUGH_ADMINISTRATOR: "Invites the borough's people, ends their access and gives its case system a key",
    Role.PROVIDER_ADMINISTRATOR: "Claims services, applies to lots, makes offers and manages the company's people",
    Role.PROVIDER_STAFF: "Reads opportunities and makes offers",
    Role.AGENCY_PANEL_MEMBER: "Reads panel cases and signs decisions for the agency's budget",
    Role.AGENCY_ADMINISTRATOR: "Invites the agency's people and ends their access",
    Role.COMMISSIONER: "Decides claims and applications, watches the market, spend and savings",
    Role.HUB_ADMINISTRATOR: "Adds organisations and invites their first administrators",
}
"""What a role is for, in a line, where somebody chooses one."""
