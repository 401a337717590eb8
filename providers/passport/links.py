"""Addresses that go out in e-mails about claims, applications and evidence. A test holds the pages to them."""

from __future__ import annotations


def services(base_url: str) -> str:
    """Where a company sees its claims and services."""
    return f"{base_url.rstrip('/')}/provider/services"


def application(base_url: str, application_id: str) -> str:
    """Where a company reads the decision on an application."""
    return f"{base_url.rstrip('/')}/provider/applications/{application_id}"


def passport(base_url: str) -> str:
    """Where a company renews its evidence."""
    return f"{base_url.rstrip('/')}/provider/passport"


def application_at_hub(base_url: str, application_id: str) -> str:
    """Where the hub reads an application."""
    return f"{base_url.rstrip('/')}/hub/applications/{application_id}"


def clarification(base_url: str, clarification_id: str) -> str:
    """Where a company answers a question of the hub."""
    return f"{base_url.rstrip('/')}/provider/clarifications/{clarification_id}"


def service(base_url: str, claim_id: str) -> str:
    """Where a company sees one of its services, and what happened to its enrolments."""
    return f"{base_url.rstrip('/')}/provider/services/{claim_id}"
