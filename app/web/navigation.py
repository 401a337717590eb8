"""Where each audience can go. An item shows only when its page exists and this person may open it, by the page's own
declaration.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from app.identity.permissions import Actor
from app.identity.status import OrganisationKind
from app.web.access import may


@dataclass(frozen=True)
class Item:
    """One item of the service navigation: its words and the endpoint it leads to."""

    text: str
    endpoint: str


PUBLIC = (
    Item("About", "public.home"),
    Item("Companies", "public.companies"),
    Item("How offers are scored", "public.scoring"),
    Item("Expected prices", "public.tariff"),
    Item("How to join", "public.join"),
)
BOROUGH = (
    Item("Desk", "borough.desk"),
    Item("Children", "borough.children"),
    Item("Requests", "borough.requests"),
    Item("Placements", "borough.placements"),
    Item("Panels", "panel.meetings"),
    Item("Providers", "borough.providers"),
    Item("Uplifts", "borough.uplifts"),
    Item("Spend", "borough.spend"),
)
PROVIDER = (
    Item("Today", "provider.today"),
    Item("Opportunities", "provider.opportunities"),
    Item("Offers", "provider.offers"),
    Item("Placements", "provider.placements"),
    Item("Our services", "provider.services"),
    Item("Prices", "provider.prices"),
    Item("Passport", "provider.passport"),
)
HUB = (
    Item("Market", "hub.market"),
    Item("Providers", "hub.providers"),
    Item("Requests", "hub.requests"),
    Item("Prices", "hub.prices"),
    Item("Sufficiency", "hub.sufficiency"),
    Item("Spend and savings", "hub.spend"),
    Item("Policies", "hub.policies"),
    Item("Imports", "hub.imports"),
)
PANEL = (
    Item("Meetings", "panel.meetings"),
    Item("Cases", "panel.cases"),
    Item("Decisions to sign", "panel.decisions"),
    Item("Actions", "panel.actions"),
)
ADMINISTRATION = (
    Item("People", "people.index"),
    Item("Organisations", "people.organisations"),
)
BY_KIND: dict[OrganisationKind, tuple[Item, ...]] = {
    OrganisationKind.BOROUGH: BOROUGH,
    OrganisationKind.PROVIDER: PROVIDER,
    OrganisationKind.HUB: HUB,
    OrganisationKind.AGENCY: PANEL,
}


def _items(actor: Actor | None) -> tuple[Item, ...]:
    if actor is None:
        return tuple(item for item in PUBLIC if may(item.endpoint, None))
    own = tuple(item for item in BY_KIND[actor.organisation_kind] if may(item.endpoint, actor))
    if {item.endpoint for item in own} <= {"panel.meetings"}:
        # A panel's chair, members and administrator work for a borough but live in the panel's pages.
        own = tuple(item for item in PANEL if may(item.endpoint, actor))
    return own + tuple(item for item in ADMINISTRATION if may(item.endpoint, actor))


def navigation(actor: Actor | None) -> list[dict[str, str]]:
    """The items that this visitor sees: text, href and endpoint."""
    return [{"text": item.text, "href": url_for(item.endpoint), "endpoint": item.endpoint} for item in _items(actor)]


def current_section(items: list[dict[str, str]], named: str | None = None) -> str | None:
    """The endpoint of the item this page belongs to: the one named, else the longest address that begins this one."""
    if named is not None:
        return named
    path = request.path
    under = [item for item in items if path == item["href"] or path.startswith(item["href"].rstrip("/") + "/")]
    # The front page begins every address, so it is current only when it is the page itself.
    under = [item for item in under if item["href"] != "/" or path == "/"]
    return max(under, key=lambda item: len(item["href"]))["endpoint"] if under else None


def home_endpoint(actor: Actor | None) -> str:
    """Where a person's work begins: the first page of their navigation that they may open."""
    items = _items(actor)
    if items:
        return items[0].endpoint
    return "account.settings" if may("account.settings", actor) else "public.home"


def acting_for(actor: Actor | None) -> dict[str, str] | None:
    """The header's line: for whom this person acts and where that can be changed."""
    if actor is None:
        return None
    change = url_for("account.switch") if "account.switch" in current_app.view_functions else ""
    return {"organisation": actor.organisation_name, "person": actor.person_name, "change": change}
