"""Addresses that go out in e-mails about scores. A test holds the pages to them."""

from __future__ import annotations


def own_score(base_url: str, claim_id: str) -> str:
    """Where a company sees its score, its challenges and their answers."""
    return f"{base_url.rstrip('/')}/provider/services/{claim_id}/quality"


def challenge(base_url: str, challenge_id: str) -> str:
    """Where the hub answers a challenge."""
    return f"{base_url.rstrip('/')}/hub/challenges/{challenge_id}"


def reply(base_url: str, outcome_id: str) -> str:
    """Where a company replies to what a borough said of a placement."""
    return f"{base_url.rstrip('/')}/provider/outcomes/{outcome_id}/reply"
