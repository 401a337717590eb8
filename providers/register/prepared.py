"""What a file would do to the register, worked out and not yet done; whatever the kind of the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from providers.register.comparing import Judged
from providers.register.events import RegistrationLeft, RegistrationSuspended, Regraded
from providers.register.rows import Progress, Sheet
from providers.register.status import Coverage

DETAIL = 100
"""How many of each kind the lists of detail hold; the counts are always whole."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of registrations that the register already held, whole: nothing here is cut short.

    `missing` are URNs that the latest earlier file of the same coverage listed and this one does not; they stay as they
    are. `contradictory` are URNs with a judgement that waits for a person.
    """

    regraded: Sequence[Regraded] = ()
    judged_again: Sequence[Judged] = ()
    suspended: Sequence[RegistrationSuspended] = ()
    left: Sequence[RegistrationLeft] = ()
    missing: Sequence[str] = ()
    contradictory: Sequence[str] = ()

    @property
    def events(self) -> tuple[Regraded | RegistrationSuspended | RegistrationLeft, ...]:
        """What is told to the rooms above, in this order."""
        return (*self.regraded, *self.suspended, *self.left)

    @property
    def graded_anew(self) -> list[Regraded]:
        """Those that stood on one grade or outcome and now stand on another one."""
        return [one for one in self.regraded if one.before is not None and one.before is not one.after]

    @property
    def graded_first(self) -> list[Regraded]:
        """Those that had no judgement that counted and now have one."""
        return [one for one in self.regraded if one.before is None and one.after is not None]

    def facts(self) -> list[list[object]]:
        """All of it without ids, which are drawn anew each time."""
        return [
            [[one.urn, one.before, one.after, one.inspected_on.isoformat(), *one.not_met] for one in self.regraded],
            [[one.urn, one.result, one.inspected_on.isoformat()] for one in self.judged_again],
            [one.urn for one in self.suspended],
            [[one.urn, one.left_on.isoformat(), one.status] for one in self.left],
            list(self.missing),
            list(self.contradictory),
        ]


Foresee: TypeAlias = Callable[[Session, Changes], dict[str, Any]]
"""What the rooms above would do about the changes, as JSON can hold it, and without doing it."""


@dataclass(slots=True)
class Prepared:
    """A file read and compared. `write` puts it into the register; `touched` names what it writes, and `changed_urns`
    the registrations of which it tells something new.

    Counts are of rows of the file, as in `ImportReport`.
    """

    sheet: Sheet
    coverage: Coverage
    urns: list[str]
    new: int
    changed: int
    unchanged: int
    changes: Changes
    writes_nothing: bool
    touched: list[str]
    write: Callable[[Session, Progress | None], None]
    inspections_new: int = 0
    inspections_corrected: int = 0
    joined: int = 0
    by_provision_type: dict[str, int] = field(default_factory=dict)
    by_category: dict[str, int] = field(default_factory=dict)
    missing_against: str | None = None
    changed_urns: tuple[str, ...] = ()

    def digest(self, consequences: dict[str, Any]) -> str:
        """What a person agrees to when they confirm a preview: the same digest is the same import with the same
        consequences.
        """
        said = [self.coverage, self.sheet.sha256, self.new, self.changed, self.unchanged, len(self.sheet.rejected)]
        whole = [said, self.inspections_new, self.inspections_corrected, self.changes.facts(), self.touched]
        return hashlib.sha256(json.dumps([whole, consequences], sort_keys=True).encode()).hexdigest()
