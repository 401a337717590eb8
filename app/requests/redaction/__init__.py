"""Pointing at whatever identifies a child or a family in free text: kinds, findings, and the one function that finds.

The detector points; a person decides on each place. It is made of rules (numbers, dates, places), of word lists (in
`config/redaction` and in the packages that `lexicon` names) and of weighed evidence for names, since half of the names
that people write stand nowhere else in the form and capitals cannot be trusted. Importing this loads none of that: the
lists come with the first text, and the web process never reads one itself (see `app.requests.detector`).
"""

from __future__ import annotations

from app.requests.redaction.kinds import FINDING_WORDS, Finding, FindingKind, Known, KnownNames, passes_nhs_check

__all__ = ["FINDING_WORDS", "Finding", "FindingKind", "Known", "KnownNames", "find_identifying", "passes_nhs_check"]


def find_identifying(text: str, known: Known) -> list[Finding]:
    """Every place in the text that identifies, in order and apart from each other. Loads the lists when first called."""
    from app.requests.redaction.finding import find

    return find(text, known)
