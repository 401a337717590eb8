"""The selection questions as data: read whole, refused in words where they are wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.core.errors import Invalid
from app.core.policies import SHIPPED, read_file
from providers.market.status import ServiceType
from providers.passport.questions import AnswerKind, Marking, Scope, Selection, read

CONTENT = read_file(SHIPPED / "selection-2026-11.toml")[4]


def selection(content: dict[str, Any] = CONTENT) -> Selection:
    return read(content, "made-up-id", "made-up")


def test_every_marked_question_says_what_a_good_answer_must_show() -> None:
    silent = [one.key for one in selection().questions if one.marking is not Marking.NONE and not one.good]
    assert silent == []


def test_a_passport_covers_what_the_market_asks_of_a_company_once() -> None:
    titles = [section.title for section in selection().of(Scope.COMPANY)]
    assert titles == [
        "Company facts",
        "Ownership and connected persons",
        "Grounds for exclusion",
        "Insurances",
        "Policies",
        "Safeguarding",
        "References",
        "Declarations",
    ]


def test_a_lot_is_asked_its_own_questions_only() -> None:
    def keys(service_type: ServiceType) -> set[str]:
        return {one.key for section in selection().for_lot(service_type) for one in section.questions}

    assert "education_offer" in keys(ServiceType.NMI_DAY)
    assert "education_offer" not in keys(ServiceType.FOSTERING)
    assert "statement_of_purpose" in keys(ServiceType.RESIDENTIAL)
    assert "statement_of_purpose" not in keys(ServiceType.SUPPORT_PACKAGE)


def test_watched_evidence_is_required_and_has_a_last_day() -> None:
    watched = selection().evidence_for(ServiceType.RESIDENTIAL)
    assert {"public_liability", "employers_liability", "professional_indemnity", "safeguarding_policy"} <= {
        one.key for one in watched
    }
    assert all(one.kind is AnswerKind.EVIDENCE and one.required and one.expires for one in watched)


def test_reminders_come_at_sixty_thirty_and_seven_days() -> None:
    assert selection().remind_days == (60, 30, 7)


def changed(change: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    change(content)
    return content


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda content: content["questions"].append(content["questions"][0]), "there twice"),
        (lambda content: content["questions"][0].update(section="nowhere"), "belongs to no section"),
        (lambda content: content["questions"][0].update(kind="essay"), "lacks or garbles"),
        (lambda content: content["questions"][3].pop("evidence"), "what accounts is evidence of"),
        (lambda content: content["marking"].update(words=["Bad", "Good"]), "words for each score"),
        (lambda content: content["marking"].update(pass_per_cent=101), "pass mark up to 100"),
        (lambda content: content["second_assessor"].update(sections=["nowhere"]), "second assessor of a section"),
        (lambda content: content.pop("evidence"), "lacks or garbles 'evidence'"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_in_words(change: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        selection(changed(change))
