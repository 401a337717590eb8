"""Addresses that go out in e-mails about claims and applications. A test holds the pages to them."""

from __future__ import annotations


def services(base_url: str) -> str:
    """Where a company sees its claims and services."""
    return f"{base_url.rstrip('/')}/provider/services"


def application(base_url: str, application_id: str) -> str:
    """Where a company reads the decision on an application."""
    return f"{base_url.rstrip('/')}/provider/applications/{application_id}"


def service(base_url: str, claim_id: str) -> str:
    """Where a company sees one of its services, and what happened to its enrolments."""
    return f"{base_url.rstrip('/')}/provider/services/{claim_id}"
