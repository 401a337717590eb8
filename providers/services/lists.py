"""The coded lists of a profile: specialisms, languages, faiths and so on, as the policy in force has them.

Codes are stored; a code that an older version knew keeps its words, because every version keeps the codes before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.policies import in_force

POLICY = "service_profile"
LISTS = ("specialisms", "languages", "faiths", "cultures", "adaptations", "pets", "age_bands")


@dataclass(frozen=True)
class Lists:
    """Each coded list in its order, and how long what a company says of itself holds."""

    lists: dict[str, dict[str, str]]
    needs_hold: dt.timedelta
    home_holds: dt.timedelta
    remind: dt.timedelta

    def choices(self, name: str) -> tuple[tuple[str, str], ...]:
        """The codes and words of one list, for a form."""
        return tuple(self.lists[name].items())

    def words(self, name: str, codes: Iterable[str]) -> list[str]:
        """Words of codes, in the order of the list."""
        chosen = set(codes)
        return [words for code, words in self.lists[name].items() if code in chosen]

    def ordered(self, name: str, codes: Iterable[str]) -> list[str] | None:
        """The codes in the order of the list, each once; None where one of them is not in it."""
        chosen = set(codes)
        if chosen - set(self.lists[name]):
            return None
        return [code for code in self.lists[name] if code in chosen]


def lists_on(session: Session, on: dt.date) -> Lists:
    """The lists in force on a date."""
    content = in_force(session, POLICY, on).content
    return Lists(
        lists={name: {one["code"]: one["words"] for one in content[name]} for name in LISTS},
        needs_hold=dt.timedelta(days=int(content["needs_hold_days"])),
        home_holds=dt.timedelta(days=int(content["home_holds_days"])),
        remind=dt.timedelta(days=int(content["remind_days"])),
    )
