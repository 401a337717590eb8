"""What both choices on a shortlist ask, of an offer or of a plan: a reason from the policy's list, and words."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.clock import local_date
from app.offers.reasons import LONGEST_REASON, rules_if_any
from app.offers.status import Situation
from app.web.acts import Act
from app.web.fields import Choice, LongText, Pick


def reason_code() -> Choice:
    """The reason that decides, also for the first."""
    return Choice(
        "Why this one?",
        hint="Also when it is the first: the order is evidence, and a person decides",
        missing="Choose why, also for the first",
    )


def reason_words() -> LongText:
    """The person's own words."""
    return LongText(
        "In your own words",
        hint="What you looked at besides the score. The panel reads it. Do not use names",
        missing="Enter your reason in your own words",
        max_length=LONGEST_REASON,
        rows=4,
        count=True,
    )


def reason_picks(view: Act, situations: Iterable[Situation]) -> list[Pick]:
    """The reasons in force today for a choice among offers in these situations; each says where it is not for all of
    them. None while no list is loaded: then nobody can choose.
    """
    rules = rules_if_any(view.session, local_date(view.now))
    situations = frozenset(situations)
    picks: list[Pick] = []
    for one in rules.usable(situations) if rules else ():
        only = "" if situations <= one.when else one.only
        hint = ". ".join(words for words in (one.hint, only) if words)
        picks.append((one.code, one.label, hint) if hint else (one.code, one.label))
    return picks
