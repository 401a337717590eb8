"""Addresses that go out in e-mails, which must stay what they are for as long as an e-mail is read. A test holds the
pages to them."""

from __future__ import annotations


def invitation(base_url: str, token: str) -> str:
    """Where an invitation is accepted."""
    return f"{base_url.rstrip('/')}/invitation/{token}"


def reset(base_url: str, token: str) -> str:
    """Where a new password is chosen."""
    return f"{base_url.rstrip('/')}/reset-password/{token}"


def sign_up(base_url: str, token: str) -> str:
    """Where a company's sign-up is confirmed."""
    return f"{base_url.rstrip('/')}/sign-up/{token}"
