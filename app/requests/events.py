"""What happens to a request that other rooms answer. Each event holds ids and a moment, and nothing about the child."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestSubmitted:
    """A request waits for a manager's approval."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class RequestReturned:
    """A manager sent a request back to whoever wrote it."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class RequestPublished:
    """A request is open for offers on a lot: its services are told in the same transaction (F-3, F-8)."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class RequestUnplaced:
    """A request was closed after its deadline without a placement: an unmet need."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class RequestWithdrawn:
    """A request that was published is no longer wanted."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class ApprovalTelephoned:
    """Somebody wrote down that a manager approved a request by telephone: the manager must confirm it."""

    approval_id: str
    now: dt.datetime


@dataclass(frozen=True)
class CoverNamed:
    """A manager named somebody who approves in their place."""

    cover_id: str
    now: dt.datetime


@dataclass(frozen=True)
class AttachmentAdded:
    """A file was attached to a published or awarded request for an audience of providers ("1", "2" or "3"), about the
    child at a position (0: about all): they are told.
    """

    request_id: str
    audience: str
    child_position: int
    now: dt.datetime


@dataclass(frozen=True)
class RequestApproved:
    """A manager approved a request: the borough's own services are asked first."""

    request_id: str
    now: dt.datetime


@dataclass(frozen=True)
class InHouseAnswered:
    """One of the borough's own services said whether it can take the child."""

    request_id: str
    ask_id: str
    now: dt.datetime


@dataclass(frozen=True)
class DeadlineExtended:
    """Everybody invited to a request has longer (F-34). `position` numbers the change."""

    request_id: str
    position: int
    now: dt.datetime


@dataclass(frozen=True)
class RequestAmended:
    """Answers of a published request changed: everybody invited is told which, by `labels`, and never what they say."""

    request_id: str
    position: int
    labels: tuple[str, ...]
    now: dt.datetime


@dataclass(frozen=True)
class RequestWidened:
    """A request that nobody could take was opened again more widely, as a follow-on."""

    request_id: str
    follower_id: str
    now: dt.datetime
