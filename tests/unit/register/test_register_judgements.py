"""Which judgement counts on a day."""

from __future__ import annotations

import datetime as dt
import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from providers.register.judgements import (
    Judgement,
    best_overall_allowed,
    contradicts,
    is_full_judgement,
    latest_graded,
    newest_first,
)
from providers.register.status import EventType, Grade, Resolution, SupportedOutcome

JUNE, JULY, AUGUST = dt.date(2024, 6, 3), dt.date(2024, 7, 3), dt.date(2024, 8, 3)


def judgement(
    number: str,
    on: dt.date,
    overall: Grade | None = Grade.GOOD,
    *,
    published: dt.date | None = None,
    event: EventType = EventType.FULL,
    protected: Grade | None = Grade.GOOD,
    leaders: Grade | None = Grade.GOOD,
    outcome: SupportedOutcome | None = None,
    resolution: Resolution | None = None,
    labels: dict[str, str] | None = None,
) -> Judgement:
    full = is_full_judgement(event, overall, outcome)
    return Judgement(
        inspection_id=f"id-{number}",
        urn="9900001",
        event_number=number,
        event_type=event,
        event_label="Full inspection",
        inspected_on=on,
        published_on=published,
        full_judgement=full,
        overall_as_published=overall,
        helped_protected=protected,
        leaders_managers=leaders,
        education=None,
        health=None,
        supported_outcome=outcome,
        contradictory=full and contradicts(overall, protected, leaders),
        resolution=resolution,
        labels=labels or {},
    )


def test_a_judgement_counts_from_the_day_it_is_published() -> None:
    old = judgement("1", JUNE, Grade.GOOD)
    new = judgement("2", JULY, Grade.INADEQUATE, published=AUGUST)
    assert latest_graded([old, new], JULY) == old
    assert latest_graded([old, new], AUGUST - dt.timedelta(days=1)) == old
    assert latest_graded([old, new], AUGUST) == new


def test_no_judgement_is_unknown() -> None:
    assert latest_graded([], AUGUST) is None
    assert latest_graded([judgement("1", AUGUST)], JULY) is None


def test_a_visit_that_is_no_full_inspection_never_overwrites_the_grade() -> None:
    full = judgement("1", JUNE, Grade.INADEQUATE, protected=Grade.INADEQUATE, leaders=Grade.INADEQUATE)
    for event in (EventType.MONITORING, EventType.ASSURANCE, EventType.INTERIM, EventType.OTHER):
        assert latest_graded([full, judgement("2", JULY, Grade.GOOD, event=event)], AUGUST) == full


def test_a_newer_judgement_in_doubt_is_passed_over_and_named() -> None:
    old = judgement("1", JUNE, Grade.GOOD)
    doubted = judgement("2", JULY, Grade.GOOD, leaders=Grade.INADEQUATE)
    found = latest_graded([doubted, old], AUGUST)
    assert found is not None
    assert found.inspection_id == "id-1"
    assert found.awaiting == "id-2"
    assert latest_graded([doubted], AUGUST) is None
    newer = judgement("3", AUGUST, Grade.OUTSTANDING)
    assert latest_graded([doubted, old, newer], AUGUST) == newer


def test_a_resolved_judgement_counts_as_the_person_decided() -> None:
    old = judgement("1", JUNE, Grade.OUTSTANDING)

    def resolved(resolution: Resolution, protected: Grade = Grade.GOOD) -> Judgement | None:
        one = judgement("2", JULY, protected=protected, leaders=Grade.INADEQUATE, resolution=resolution)
        return latest_graded([old, one], AUGUST)

    published, limited = resolved(Resolution.AS_PUBLISHED), resolved(Resolution.AS_LIMITED)
    inadequate = resolved(Resolution.AS_LIMITED, Grade.INADEQUATE)
    assert published is not None
    assert published.overall is Grade.GOOD
    assert limited is not None
    assert (limited.overall, limited.overall_as_published) == (Grade.REQUIRES_IMPROVEMENT, Grade.GOOD)
    assert inadequate is not None
    assert inadequate.overall is Grade.INADEQUATE
    assert resolved(Resolution.SET_ASIDE) == old


def test_a_historic_label_is_shown_and_its_band_counts() -> None:
    one = judgement("1", JUNE, Grade.REQUIRES_IMPROVEMENT, labels={"overall": "Adequate"})
    assert one.label("overall") == "Adequate"
    assert one.label("helped_protected") == "Good"
    assert one.label("health") is None
    assert one.result is Grade.REQUIRES_IMPROVEMENT


def test_an_outcome_of_supported_accommodation_is_the_result() -> None:
    one = judgement("1", JUNE, None, protected=None, leaders=None, outcome=SupportedOutcome.INCONSISTENT)
    assert latest_graded([one], AUGUST) == one
    assert one.result is SupportedOutcome.INCONSISTENT


def test_no_judgement_contradicts_the_best_that_the_framework_allows() -> None:
    grades = [None, *Grade]
    for protected, leaders in itertools.product(grades, grades):
        best = best_overall_allowed(protected, leaders)
        assert not contradicts(best, protected, leaders)
        better = list(Grade)[: list(Grade).index(best)]
        assert all(contradicts(one, protected, leaders) for one in better)


@given(st.lists(st.sampled_from([JUNE, JULY, AUGUST]), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(days: list[dt.date], shuffle: random.Random) -> None:
    judgements = [judgement(str(number), day) for number, day in enumerate(days)]
    shuffled = judgements[:]
    shuffle.shuffle(shuffled)
    assert newest_first(shuffled) == newest_first(judgements)
    assert latest_graded(shuffled, JULY) == latest_graded(judgements, JULY)
