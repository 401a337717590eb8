"""Addresses of the hub's pages of the register, for long work that leads there. A test holds the pages to them."""

from __future__ import annotations


def upload(upload_id: str) -> str:
    """The preview of an uploaded file."""
    return f"/hub/imports/uploads/{upload_id}"


def imported(import_id: str) -> str:
    """What an import did."""
    return f"/hub/imports/{import_id}"
