"""Addresses that go out in e-mails about requests on the market."""

from __future__ import annotations


def opportunity_link(base_url: str, request_id: str) -> str:
    """The page on which a provider reads a request."""
    return f"{base_url}/provider/opportunities/{request_id}"
