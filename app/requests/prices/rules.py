"""The policy of expected prices: which price a request freezes, how often the tariff is fitted anew, and who explains a
high one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Invalid

POLICY = "expected_price"
TARIFF, HOUSE_TABLE = "tariff", "house_table"
INSUFFICIENT = "Insufficient comparable placements"
ENOUGH = 30
"""Below this the fitting gives no price, whatever a policy says."""


@dataclass(frozen=True)
class Reason:
    """One reason for a high price that a provider can tick: its code, its words and a hint."""

    code: str
    words: str
    hint: str


@dataclass(frozen=True)
class PriceRules:
    """The policy in force. `benchmark` is `tariff` or `house_table`."""

    policy_version_id: str
    version: str
    benchmark: str
    least_comparables: int
    years_beyond_record: int
    days_between_versions: int
    least_held_out: int
    explain_above_p90: bool
    remind_before: dt.timedelta
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, policy: policies.Policy) -> PriceRules:
        """Invalid where the policy names a benchmark that there is not, or asks for fewer comparables than the fitting
        does.
        """
        content = policy.content
        if content["benchmark"] not in (TARIFF, HOUSE_TABLE):
            raise Invalid(f"The expected price policy {policy.version} names a benchmark that there is not.")
        if int(content["least_comparables"]) < ENOUGH:
            raise Invalid(f"The expected price policy {policy.version} asks for fewer than {ENOUGH} comparables.")
        return cls(
            policy_version_id=policy.id,
            version=policy.version,
            benchmark=content["benchmark"],
            least_comparables=int(content["least_comparables"]),
            years_beyond_record=int(content["years_beyond_record"]),
            days_between_versions=int(content["days_between_versions"]),
            least_held_out=int(content["least_held_out"]),
            explain_above_p90=bool(content["explain_above_p90"]),
            remind_before=dt.timedelta(hours=int(content["remind_hours_before"])),
            reasons=tuple(Reason(one["code"], one["words"], one["hint"]) for one in content["reasons"]),
        )

    def words_of(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Reasons in words, in the policy's order; a code that it has no more stands as it is."""
        known = {reason.code: reason.words for reason in self.reasons}
        return tuple(known[code] for code in known if code in codes) + tuple(
            code for code in codes if code not in known
        )


def price_rules_on(session: Session, on: dt.date) -> PriceRules | None:
    """The policy in force on a day. None before one is loaded: requests then freeze the house table, and nothing is
    fitted.
    """
    if not policies.has_any(session, POLICY, on):
        return None
    return PriceRules.of(policies.in_force(session, POLICY, on))


def price_rules_of(session: Session, policy_version_id: str) -> PriceRules:
    """The policy that a request froze."""
    return PriceRules.of(policies.by_id(session, policy_version_id))
