"""The tariff fitted anew from placements on record: when there is something to fit, and what is kept of it.

It is a `Long` job: read in one transaction, fitted in a process of its own while nothing is locked, appended in
another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.database import Sessions, transaction
from app.core.jobs import Long
from app.placements.comparables import History, history_of
from app.placements.fitter import fit_apart
from app.requests.prices.models import PriceTariff
from app.requests.prices.rules import ENOUGH, INSUFFICIENT, PriceRules, price_rules_on
from app.requests.prices.tariff import Fitted, append_tariff, latest_tariff

FIT_PRICES = "fit_prices"


@dataclass(frozen=True)
class ToFit:
    """A history with the policy under which a tariff is to be fitted from it."""

    history: History
    rules: PriceRules


@dataclass(frozen=True)
class Nothing:
    """Why no tariff is fitted now, in words for an operator."""

    words: str


def what_to_fit(session: Session, now: dt.datetime, *, asked: bool = False) -> ToFit | Nothing:
    """The history to fit a tariff from, or why not. Where somebody `asked` the days between versions do not count."""
    rules = price_rules_on(session, local_date(now))
    if rules is None:
        return Nothing("No policy of expected prices is in force. Load the policies first.")
    latest = latest_tariff(session)
    if latest is not None and not asked:
        next_at = latest.fitted_at + dt.timedelta(days=rules.days_between_versions)
        if now < next_at:
            return Nothing(f"Version {latest.number} is less than {rules.days_between_versions} days old.")
    history = history_of(session, local_date(now))
    if max((len(rows) for rows in history.by_type.values()), default=0) < ENOUGH:
        return Nothing(f"{INSUFFICIENT}: no kind of placement has {ENOUGH} on record.")
    if latest is not None and latest.history_hash == history.hash:
        return Nothing(f"Nothing changed: version {latest.number} was fitted from the same placements.")
    return ToFit(history, rules)


def fit(found: ToFit) -> tuple[ToFit, Fitted]:
    """The work itself, in a process of its own."""
    history = found.history
    document, figures = fit_apart(history, found.rules)
    return found, Fitted(
        placements=len(history.rows),
        first_start=history.first_start,
        last_start=history.last_start,
        history_hash=history.hash,
        document=document,
        figures=figures,
    )


def keep(session: Session, made: tuple[ToFit, Fitted], now: dt.datetime) -> PriceTariff | None:
    """Append it. None where another process was quicker with the same placements."""
    found, fitted = made
    latest = latest_tariff(session)
    if latest is not None and latest.history_hash == fitted.history_hash:
        return None
    return append_tariff(session, fitted=fitted, rules=found.rules, now=now)


def _look(session: Session, _payload: dict[str, Any], now: dt.datetime) -> ToFit | None:
    found = what_to_fit(session, now)
    return None if isinstance(found, Nothing) else found


FITTING: Long[ToFit, tuple[ToFit, Fitted]] = Long(_look, fit, keep)
"""The daily job."""


def fit_now(sessions: Sessions, clock: Callable[[Session], dt.datetime]) -> PriceTariff | Nothing:
    """For the console: fit and keep a version now, or say why not."""
    with transaction(sessions, read_only=True) as session:
        found = what_to_fit(session, clock(session), asked=True)
    if isinstance(found, Nothing):
        return found
    made = fit(found)
    with transaction(sessions) as session:
        kept = keep(session, made, clock(session))
    return kept or Nothing("Nothing changed: another process fitted the same placements just now.")
