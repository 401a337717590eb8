"""Secrets that let their bearer in: 256 random bits, given out once and stored only as a SHA-256 hash.

A fast hash is right here: the secret is random, so there is nothing to guess, and a stolen table opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets

LONGEST = 100


def new_token() -> tuple[str, str]:
    """(the token for the e-mail or the cookie, its hash for the table)."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> str:
    """What the table holds for a token. What is far too long to be one of ours hashes like any wrong one."""
    return hashlib.sha256(token[:LONGEST].encode()).hexdigest()
