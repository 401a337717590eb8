"""What is worst in a judgement, and when that is news: grades, outcomes, and a school's standards and safeguarding."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from providers.register.comparing import Left, closed_by, judged_again, standing_change
from providers.register.events import Regraded
from providers.register.judgements import Judgement, latest_graded
from providers.register.status import EventType, Finding, Grade, SupportedOutcome
from tests.unit.register.test_register_judgements import AUGUST, JULY, JUNE, judgement

TODAY = dt.date(2026, 11, 23)


def school(
    number: str,
    on: dt.date,
    *,
    standards: bool | None = True,
    safeguarding: bool | None = True,
    event: EventType = EventType.FULL,
) -> Judgement:
    """An inspection of a school, which has no grade at all."""
    made = judgement(number, on, None, protected=None, leaders=None, event=event)
    return replace(made, full_judgement=event is EventType.FULL, standards_met=standards, safeguarding_met=safeguarding)


@pytest.mark.parametrize(
    ("one", "findings"),
    [
        (judgement("1", JUNE, Grade.INADEQUATE, protected=None, leaders=None), [Finding.INADEQUATE]),
        (judgement("1", JUNE, None, outcome=SupportedOutcome.SERIOUS_WEAKNESSES), [Finding.SERIOUS_WEAKNESSES]),
        (judgement("1", JUNE, Grade.REQUIRES_IMPROVEMENT), []),
        (judgement("1", JUNE, None, outcome=SupportedOutcome.INCONSISTENT), []),
        (school("1", JUNE), []),
        (school("1", JUNE, standards=None, safeguarding=None), []),
        (school("1", JUNE, standards=False), [Finding.STANDARDS_NOT_MET]),
        (school("1", JUNE, safeguarding=False), [Finding.SAFEGUARDING_NOT_MET]),
        (
            school("1", JUNE, standards=False, safeguarding=False),
            [Finding.STANDARDS_NOT_MET, Finding.SAFEGUARDING_NOT_MET],
        ),
    ],
)
def test_the_worst_of_each_framework_is_a_finding_and_what_is_not_said_is_none(
    one: Judgement, findings: list[Finding]
) -> None:
    assert list(one.findings) == findings


def test_a_report_card_makes_no_grade() -> None:
    card = replace(school("1", JUNE, standards=None), report_card={"inclusion": "urgent_improvement"})
    standing = latest_graded([card], TODAY)
    assert standing is not None
    assert (standing.overall, standing.result, standing.findings) == (None, None, ())


def test_an_additional_inspection_of_a_school_does_not_count() -> None:
    standard = school("1", JUNE)
    additional = school("2", JULY, standards=False, event=EventType.ADDITIONAL)
    standing = latest_graded([standard, additional], TODAY)
    assert standing is not None
    assert standing.inspection_id == "id-1"
    assert standing_change("9900001", [standard], [standard, additional], TODAY) is None


def test_a_school_whose_standards_are_not_met_is_news_and_again_at_the_next_inspection() -> None:
    met, not_met, still = school("1", JUNE), school("2", JULY, standards=False), school("3", AUGUST, standards=False)
    first = standing_change("9900001", [met], [met, not_met], TODAY)
    assert first == Regraded("9900001", None, None, "id-2", JULY, None, (Finding.STANDARDS_NOT_MET,))
    assert first.findings == (Finding.STANDARDS_NOT_MET,)
    again = standing_change("9900001", [met, not_met], [met, not_met, still], TODAY)
    assert again is not None
    assert again.inspection_id == "id-3"
    better = school("4", dt.date(2024, 9, 3))
    assert standing_change("9900001", [not_met], [not_met, better], TODAY) is None


def test_another_inspection_of_the_same_grade_is_told_apart_from_news() -> None:
    one, two = judgement("1", JUNE), judgement("2", JULY)
    assert standing_change("9900001", [one], [one, two], TODAY) is None
    again = judged_again("9900001", [one], [one, two], TODAY)
    assert again is not None
    assert (again.result, again.inspected_on) == (Grade.GOOD, JULY)
    assert judged_again("9900001", [one, two], [one, two], TODAY) is None
    assert judged_again("9900001", [], [one], TODAY) is None


def test_a_leaver_stays_closed_until_a_later_list_has_it_again() -> None:
    left = Left(dt.date(2025, 3, 31), dt.date(2025, 1, 13), "resigned")
    closed = {"left_on": dt.date(2025, 1, 13), "registration_status": "resigned"}
    assert closed_by(left, dt.date(2024, 3, 31)) == closed
    assert closed_by(left, dt.date(2025, 3, 31)) == closed
    assert closed_by(left, dt.date(2025, 9, 30)) == {"left_on": None}
    assert closed_by(None, dt.date(2025, 3, 31)) == {"left_on": None}
