"""Why an offer is preferred: one reason from a short list, which is policy, and words, whether the order is followed or
not.

A reason is for some situations only: "best overall score" is no reason to pass the first over, and where several are
tied the score says nothing, so the preferences of section 22C(8) and (9) of the Children Act 1989 are among the reasons
(F-36). The first needs a reason too, so that nobody takes the order for the decision.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Invalid
from app.offers.status import Situation

POLICY = "decision_reasons"
LONGEST_REASON = 2000
WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


SITUATION_WORDS: Mapping[Situation, str] = {
    Situation.FOLLOWS: "Follows the order",
    Situation.TIED: "One of those tied at the head",
    Situation.DEPARTS: "Departs from the order",
}
ONLY_WORDS: Mapping[frozenset[Situation], str] = {
    frozenset({Situation.FOLLOWS}): "Only for an offer that stands alone at the head",
    frozenset({Situation.TIED}): "Only for one that is tied at the head",
    frozenset({Situation.DEPARTS}): "Only for one that others stand before",
    frozenset({Situation.FOLLOWS, Situation.TIED}): "Only at the head of the order",
    frozenset({Situation.TIED, Situation.DEPARTS}): "Not for an offer that stands alone at the head",
    frozenset({Situation.FOLLOWS, Situation.DEPARTS}): "Not among offers that are tied at the head",
}
"""What is said of a reason that is not for every situation."""


@dataclass(frozen=True)
class Reason:
    """One reason of the list, and in which situations it may be used."""

    code: str
    label: str
    hint: str
    when: frozenset[Situation]
    least_letters: int

    @property
    def only(self) -> str:
        """For which situations alone it is, in words; "" where it is for all."""
        return ONLY_WORDS.get(self.when, "")


@dataclass(frozen=True)
class DecisionRules:
    """The list in force and what words it asks for. `smallest_shown`: smaller counts over all boroughs stay hidden."""

    policy_version_id: str
    version: str
    reasons: tuple[Reason, ...]
    least_words: int
    smallest_shown: int

    def usable(self, situations: Iterable[Situation]) -> tuple[Reason, ...]:
        """The reasons that somebody could use who has a choice among offers in these situations, in the policy's
        order.
        """
        wanted = frozenset(situations)
        return tuple(one for one in self.reasons if one.when & wanted)

    def label(self, code: str) -> str:
        """A code in words; the code itself where this version does not know it."""
        return next((one.label for one in self.reasons if one.code == code), code)

    def judge(self, situation: Situation, code: str, words: str) -> Reason:
        """The reason that is given for a decision. Invalid at `reason_code` where it is none of the list or not for
        this situation, at `reason` where the words say too little.
        """
        found = next((one for one in self.reasons if one.code == code), None)
        if found is None:
            raise Invalid("Choose a reason from the list, also for following the order.", field="reason_code")
        if situation not in found.when:
            raise Invalid(_not_here(found, situation), field="reason_code")
        if not words.strip():
            raise Invalid("Enter your reason in words, also for following the order.", field="reason")
        if len(words.strip()) > LONGEST_REASON:
            raise Invalid(f"Use {LONGEST_REASON:,} characters or fewer.", field="reason")
        if letters_in(words) < found.least_letters or different_words(words) < self.least_words:
            raise Invalid(
                f"Say more: at least {self.least_words} different words with {found.least_letters} letters in all.",
                field="reason",
            )
        return found


def _not_here(reason: Reason, situation: Situation) -> str:
    why = {
        Situation.FOLLOWS: "the offer that you chose stands alone at the head of the order",
        Situation.TIED: "the offer that you chose is tied with others at the head, so the order does not say which",
        Situation.DEPARTS: "others stand before the offer that you chose",
    }[situation]
    return f"“{reason.label}” is not a reason here: {why}. Choose another reason."


def letters_in(words: str) -> int:
    """How many letters and figures a text has."""
    return sum(one.isalnum() for one in words)


def different_words(words: str) -> int:
    """How many different words a text has."""
    return len({word.casefold() for word in WORD.findall(words)})


def rules_on(session: Session, day: dt.date) -> DecisionRules:
    """The list in force on a day."""
    return rules_of(policies.in_force(session, POLICY, day))


def rules_if_any(session: Session, day: dt.date) -> DecisionRules | None:
    """The list in force on a day, or None on an installation that has not loaded one yet."""
    return rules_on(session, day) if policies.has_any(session, POLICY, day) else None


def rules_of(policy: policies.Policy) -> DecisionRules:
    """A version of the policy as rules."""
    content: dict[str, Any] = policy.content
    least = int(content["words"]["least_letters"])
    return DecisionRules(
        policy_version_id=policy.id,
        version=policy.version,
        reasons=tuple(
            Reason(
                code=str(one["code"]),
                label=str(one["label"]),
                hint=str(one.get("hint", "")),
                when=frozenset(Situation(word) for word in one["when"]),
                least_letters=max(least, int(one.get("least_letters", 0))),
            )
            for one in content["reasons"]
        ),
        least_words=int(content["words"]["least_words"]),
        smallest_shown=int(content["reporting"]["smallest_shown"]),
    )


def situation_of(candidate: Mapping[str, Any], result: Mapping[str, Any]) -> Situation:
    """Where an eligible candidate of a frozen result stands to its order."""
    if candidate["rank"] != 1:
        return Situation.DEPARTS
    level = sum(one["tie_group"] == candidate["tie_group"] for one in result["candidates"] if one["eligible"])
    return Situation.TIED if level > 1 else Situation.FOLLOWS
