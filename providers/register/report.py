"""What an import did, or would do: counts, lists of detail, words for people and JSON for scripts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from providers.register.prepared import DETAIL, Prepared
from providers.register.status import COVERAGE_WORDS, Coverage


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of one file. All counts are whole numbers.

    - `rows_read` = `new` + `changed` + `unchanged` + `rejected`: rows below the headings that are not blank.
    - `new`: rows about a URN that the register did not hold before this import.
    - `changed`: rows that told a fact or an inspection which the register did not hold. Being listed once more is no
      change.
    - `regraded` (registrations, within the changed rows): they stood on one grade or outcome and now stand on another
      one. `first_graded`: they had no judgement that counted and now have one.
    - `suspended`: registrations that the register held with another status and that this file says are suspended.
    - `left`: registrations that the register held as open and that this file says have ended. `joined`: rows of who
      joined.
    - `missing`: registrations listed by the latest earlier file of the same coverage and not by this one; None when
      there is no such file, and for files that do not list everybody. They stay as they are.
    - `warnings`: cells taken as unknown and other remarks. `by_provision_type`: accepted rows, by the type's words;
      `by_category`: buildings of supported accommodation, by the category's.
    - `refused`: rows were rejected and were not to be skipped, so nothing was (or, in a dry run, would be) imported.
    - `written`: the register was changed; false for a dry run, a refusal, and the same file again (`again`).
    - `consequences`: what the rooms above do about it. `digest` stands for all of it together.
    - `details`: lists of at most `DETAIL` each.
    """

    file_name: str
    sha256: str
    as_of: dt.date
    coverage: Coverage
    dry_run: bool
    refused: bool
    written: bool
    import_id: str | None
    rows_read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    regraded: int
    first_graded: int
    suspended: int
    missing: int | None
    missing_against: str | None
    inspections_new: int
    inspections_corrected: int
    contradictory: int
    warnings: int
    by_provision_type: dict[str, int]
    details: dict[str, list[Any]] = field(default_factory=dict)
    left: int = 0
    joined: int = 0
    by_category: dict[str, int] = field(default_factory=dict)
    again: bool = False
    consequences: dict[str, Any] = field(default_factory=dict)
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it. Keys are the field names; dates are ISO 8601; `missing` may be null."""
        return {
            "file_name": self.file_name,
            "sha256": self.sha256,
            "as_of": self.as_of.isoformat(),
            "coverage": self.coverage.value,
            "dry_run": self.dry_run,
            "refused": self.refused,
            "written": self.written,
            "import_id": self.import_id,
            "rows_read": self.rows_read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "regraded": self.regraded,
            "first_graded": self.first_graded,
            "suspended": self.suspended,
            "missing": self.missing,
            "missing_against": self.missing_against,
            "inspections_new": self.inspections_new,
            "inspections_corrected": self.inspections_corrected,
            "contradictory": self.contradictory,
            "warnings": self.warnings,
            "by_provision_type": self.by_provision_type,
            "details": self.details,
            "left": self.left,
            "joined": self.joined,
            "by_category": self.by_category,
            "again": self.again,
            "consequences": self.consequences,
            "digest": self.digest,
        }

    def words(self) -> list[str]:
        """The report as lines for a person at a terminal."""
        day = f"{self.as_of.day} {self.as_of:%B %Y}"
        lines = [
            f"{self.file_name}: {COVERAGE_WORDS[self.coverage]}, as at {day}",
            f"{self.rows_read:,} rows read: {self.new:,} new, {self.changed:,} changed, {self.unchanged:,} unchanged, "
            f"{self.rejected:,} rejected",
        ]
        if self.coverage is Coverage.LEAVERS_AND_JOINERS:
            lines.append(f"{self.joined:,} joined; {self.left:,} registrations that were open have ended")
        elif self.coverage is not Coverage.SUPPORTED_PREMISES:
            lines.append(
                f"{self.inspections_new:,} inspections new, {self.inspections_corrected:,} corrected; "
                f"{self.regraded:,} registrations regraded, {self.first_graded:,} graded for the first time, "
                f"{self.suspended:,} newly suspended"
            )
        if self.contradictory:
            lines.append(
                f"{self.contradictory:,} judgements contradict themselves and wait for a person to resolve them"
            )
        if self.coverage in (Coverage.LEAVERS_AND_JOINERS, Coverage.INSPECTIONS_IN_YEAR):
            pass  # neither lists everybody, so nobody is missing
        elif self.missing is None:
            lines.append("No earlier file of the same coverage to compare with")
        else:
            lines.append(f"{self.missing:,} registrations of {self.missing_against} are not in this file; they stay")
        for counts in (self.by_provision_type, self.by_category):
            lines.extend(f"  {count:>6,}  {words}" for words, count in counts.items())
        lines.extend(str(line) for line in self.consequences.get("words", ()))
        for kind, count in (("rejected", self.rejected), ("warnings", self.warnings)):
            shown = self.details.get(kind, [])
            if count:
                lines.append(f"{count:,} {'rows rejected' if kind == 'rejected' else 'warnings'}:")
                lines.extend(f"  {_remark(one)}" for one in shown[:20])
                if count > min(len(shown), 20):
                    lines.append(f"  and {count - min(len(shown), 20):,} more")
        if self.written:
            lines.append("Imported")
        elif self.refused:
            lines.append("Nothing was imported, because rows were rejected")
        elif self.dry_run:
            lines.append("This was a dry run: nothing was written")
        else:
            lines.append("Nothing new: the register is as it was")
        return lines


def _remark(one: dict[str, Any]) -> str:
    where = f"line {one['line']:,}" if one["line"] else "the file"
    text = f"{where}, {one['column']}: {one['message']}" if one["column"] else f"{where}: {one['message']}"
    return text[0].upper() + text[1:]


def report_on(
    prepared: Prepared,
    as_of: dt.date,
    *,
    dry_run: bool,
    refused: bool,
    again: bool,
    import_id: str | None,
    consequences: dict[str, Any],
    digest: str,
) -> ImportReport:
    """The report of a file that was prepared, and perhaps imported."""
    sheet, changes = prepared.sheet, prepared.changes
    has_earlier = prepared.missing_against is not None
    return ImportReport(
        file_name=sheet.file_name,
        sha256=sheet.sha256,
        as_of=as_of,
        coverage=prepared.coverage,
        dry_run=dry_run,
        refused=refused,
        written=import_id is not None,
        import_id=import_id,
        rows_read=sheet.rows_read,
        new=prepared.new,
        changed=prepared.changed,
        unchanged=prepared.unchanged,
        rejected=len(sheet.rejected),
        regraded=len(changes.graded_anew),
        first_graded=len(changes.graded_first),
        suspended=len(changes.suspended),
        missing=len(changes.missing) if has_earlier else None,
        missing_against=prepared.missing_against,
        inspections_new=prepared.inspections_new,
        inspections_corrected=prepared.inspections_corrected,
        contradictory=len(changes.contradictory),
        warnings=len(sheet.warnings),
        by_provision_type=prepared.by_provision_type,
        details={
            "rejected": [remark.to_dict() for remark in sheet.rejected[:DETAIL]],
            "warnings": [remark.to_dict() for remark in sheet.warnings[:DETAIL]],
            "regraded": [
                {"urn": one.urn, "before": one.before, "after": one.after} for one in changes.graded_anew[:DETAIL]
            ],
            "suspended": [one.urn for one in changes.suspended[:DETAIL]],
            "left": [one.urn for one in changes.left[:DETAIL]],
            "missing": list(changes.missing[:DETAIL]),
            "contradictory": list(changes.contradictory[:DETAIL]),
        },
        left=len(changes.left),
        joined=prepared.joined,
        by_category=prepared.by_category,
        again=again,
        consequences=consequences,
        digest=digest,
    )
