"""Secrets that an installation makes for itself once, and keeps in its database sealed under its encryption keys.

The key of the blind indexes lives here and not in the environment: it must outlive every rotation of the others.
"""

from __future__ import annotations

import secrets

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.crypto import BlindIndex, Vault
from app.core.models import InstallationSecret

_INDEX = "blind_index"


def blind_index(session: Session, vault: Vault) -> BlindIndex:
    """The installation's blind index. Its key is made on first use, once, whoever comes first."""
    found = session.get(InstallationSecret, _INDEX)
    if found is None:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        sealed = vault.encrypt(secrets.token_urlsafe(48), context=_INDEX)
        session.execute(make(InstallationSecret).values(name=_INDEX, sealed=sealed).on_conflict_do_nothing())
        found = session.get_one(InstallationSecret, _INDEX)
    return BlindIndex(vault.decrypt(found.sealed, context=_INDEX))
