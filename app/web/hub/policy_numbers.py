"""The numbers of the quality policy in words: what each is called in a form, and which stand together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.fields import lower_first
from providers.quality.changing import Number, Path

WORDS = {
    "inspection": "Inspection",
    "strategic": "Accreditation, contract and evidence",
    "service": "How placements go",
    "outstanding": "Outstanding",
    "good": "Good",
    "approaching_target": "Approaching target",
    "requires_improvement": "Requires improvement",
    "inadequate": "Inadequate",
    "consistently_strong": "Consistently strong",
    "inconsistent": "Inconsistent quality",
    "serious_weaknesses": "Serious or widespread weaknesses",
    "met": "Met",
    "not_met": "Not met",
    "exceptional": "Exceptional",
    "strong_standard": "Strong standard",
    "expected_standard": "Expected standard",
    "needs_attention": "Needs attention",
    "urgent_improvement": "Urgent improvement",
    "months_for_a_point": "Months for each point lost",
    "most_points": "Most points that age takes",
    "expected_months": "Months to the next inspection",
    "childrens_home": "children's home",
    "fostering": "fostering agency",
    "supported_accommodation": "supported accommodation",
    "school": "school",
    "prior": "Prior, where it is not known",
    "weight": "weight",
    "months": "Months that it looks back",
    "draw": "Placements' worth of the lot's mean",
    "least_in_lot": "Fewest placements for a lot's mean",
    "good_progress": "Good progress",
    "some_progress": "Some progress",
    "little_progress": "Little or no progress",
    "worse": "Worse",
    "standing": "Still stands",
    "planned_ending": "Ended as planned",
    "unplanned_ending": "Ended otherwise",
}
HEADINGS: dict[Path, str] = {
    ("weights",): "Weights of the three parts, together 100",
    ("supported",): "Points of supported accommodation",
    ("standards",): "Points of a school without a grade",
    ("report_card",): "Points of a school report card",
    ("age",): "Age of the inspection",
    ("strategic",): "Accreditation, contract and evidence",
    ("service",): "How placements go",
    ("bands",): "Where the groups of pictures begin",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers that stand together under a heading: the names of their fields."""

    heading: str
    fields: tuple[str, ...]


def field_name(path: Path) -> str:
    """The name of a number's field in a form."""
    return "-".join(path)


def groups_of(numbers: list[Number], content: Mapping[str, Any]) -> list[Group]:
    """The numbers of a policy by their headings, in its order."""
    found: dict[str, list[str]] = {}
    for number in numbers:
        found.setdefault(_heading(number.path, content), []).append(field_name(number.path))
    return [Group(heading, tuple(fields)) for heading, fields in found.items()]


def label_of(path: Path, content: Mapping[str, Any], *, whole: bool = False) -> str:
    """What a number is called under its heading; `whole` puts the heading before it."""
    words = _label(path)
    return f"{_heading(path, content)}: {lower_first(words)}" if whole else words


def _heading(path: Path, content: Mapping[str, Any]) -> str:
    if path[0] == "graded":
        return f"Points of a judgement: {lower_first(content['graded'][path[1]]['label'])}"
    if len(path) > 2 and path[0] in ("strategic", "service"):
        return str(content[path[0]][path[1]]["label"])
    return HEADINGS.get(path[:1], _words(path[0]))


def _label(path: Path) -> str:
    last = path[-1]
    if path[0] == "bands":
        return f"Group {int(last) + 1} from"
    if last.isdigit():
        return f"Feedback of {int(last) + 1}"
    if len(path) > 2 and path[0] in ("strategic", "service"):
        if last == "weight":
            return "Weight in its part"
        return _words(last)
    if path[:2] == ("age", "expected_months"):
        return f"{_words('expected_months')}: {_words(last)}"
    return _words(last)


def _words(name: str) -> str:
    return WORDS.get(name, name.replace("_", " ").capitalize())
