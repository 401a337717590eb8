"""The quality score worked out slowly and on its own, from the comments of the policy file: plain dictionaries and
fractions, one sentence of the policy after the other. It shares no code with the product.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

PERFECT = {"overall": "outstanding", "protected": "outstanding", "leaders": "outstanding"}


def nearest(value: Fraction) -> int:
    """Rounded once; a half goes up."""
    whole = value.numerator // value.denominator
    return whole + 1 if value - whole >= Fraction(1, 2) else whole


def months_old(earlier: dt.date, later: dt.date) -> int:
    """Full months, counted one by one."""
    months = 0
    while True:
        months += 1
        year, month = earlier.year + (earlier.month - 1 + months) // 12, (earlier.month - 1 + months) % 12 + 1
        # The day is reached in the month where there is such a day, else with the first of the next.
        if (later.year, later.month, later.day) < (year, month, earlier.day):
            return months - 1


def still_counts(day: dt.date, on: dt.date, months: int) -> bool:
    """Whether a day lies within the last so many months: after the same day so many months ago, and not ahead."""
    year, month = on.year, on.month
    for _ in range(months):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    number = on.day
    while True:
        try:
            limit = dt.date(year, month, number)
            break
        except ValueError:
            number -= 1
    return limit < day <= on


def inspection_part(policy: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """The lines, the value, and what ended or hid it."""
    kind, made, on = case["registration"], case.get("inspection"), case["on"]
    if kind not in policy["scored"]["registrations"]:
        return {"unknown": "not_scored"}
    if made is None:
        return {"unknown": "not_inspected"}
    if made.get("contradictory"):
        return {"unknown": "contradictory"}
    lines: list[int] = []
    if made.get("framework") == "report_card":
        if "report_card" not in policy:
            return {"unknown": "report_card"}
        worth = [policy["report_card"][word] for word in made["card"].values()]
        lines.append(nearest(Fraction(sum(worth)) / len(worth)))
    elif made.get("framework") == "standards":
        lines.append(policy["standards"]["met" if made["standards_met"] else "not_met"])
    elif "outcome" in made:
        lines.append(policy["supported"][made["outcome"]])
    else:
        for judgement in PERFECT:
            word = made.get(judgement) or made["overall"]
            lines.append(policy["graded"][judgement][policy["historic"].get(word, word)])
        if made.get("standards_met") is not None:
            lines.append(0)
    worst = {
        "inadequate": made.get("overall") == "inadequate",
        "serious_weaknesses": made.get("outcome") == "serious_weaknesses",
        "standards_not_met": made.get("standards_met") is False,
        "safeguarding_not_met": made.get("safeguarding_met") is False,
    }
    ended = [word for word in worst if worst[word] and word in policy["ends"]["findings"]]
    if ended:
        lines = [0 for _ in lines]
    age = policy["age"]
    expected = age["expected_months"]["childrens_home" if kind == "school_childrens_home" else kind]
    lost = 0
    for month in range(expected + 1, months_old(made["inspected_on"], on) + 1):
        if (month - expected) % age["months_for_a_point"] == 0:
            lost += 1
    lost = min(lost, age["most_points"], sum(lines))
    lines.append(-lost)
    return {"value": sum(lines), "lines": lines, "ended": ended[0] if ended else None}


def part_of(values: list[tuple[int, Fraction | None]], prior: int) -> dict[str, Any]:
    """A part from the weight and value of each of its lines."""
    if all(value is None for _, value in values):
        return {"value": prior, "prior": prior, "lines": [0] * len(values)}
    lines = [
        nearest(Fraction(weight) * (Fraction(prior) if value is None else value) / 100) for weight, value in values
    ]
    return {"value": sum(lines), "lines": lines}


def strategic_part(policy: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Marks, contract checks, evidence in date."""
    rules, on = policy["strategic"], case["on"]
    marks = None if case.get("marks") is None else Fraction(case["marks"])
    rated = [
        Fraction(rules["compliance"]["points"][check["rating"]])
        for check in case.get("checks", [])
        if check["rating"] != "other" and still_counts(check["on"], on, rules["compliance"]["months"])
    ]
    held = None
    if case.get("evidence"):
        fine = [one for one in case["evidence"] if one.get("given", True) and one.get("last_day", on) >= on]
        held = Fraction(100 * len(fine), len(case["evidence"]))
    return part_of(
        [
            (rules["accreditation"]["weight"], marks),
            (rules["compliance"]["weight"], sum(rated) / len(rated) if rated else None),
            (rules["currency"]["weight"], held),
        ],
        rules["prior"],
    )


def worth_of(rules: dict[str, Any], measure: str, outcome: dict[str, Any]) -> Fraction | None:
    """What one placement is worth in one respect."""
    if measure == "stability":
        return Fraction(rules["stability"]["points"][outcome.get("ending") or "standing"])
    if measure == "timeliness":
        answers = [outcome[name] for name in ("started_on_day", "reports_on_time") if outcome.get(name) is not None]
        return Fraction(100 * answers.count(True), len(answers)) if answers else None
    said = outcome.get(measure)
    if said is None:
        return None
    points = rules[measure]["points"]
    return Fraction(points[said - 1] if measure == "feedback" else points[said])


def service_part(policy: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Each respect drawn towards the lot's mean."""
    rules, on = policy["service"], case["on"]
    mine = [one for one in case.get("outcomes", []) if still_counts(one["on"], on, rules["months"])]
    values: list[tuple[int, Fraction | None]] = []
    for measure in ("progress", "stability", "timeliness", "feedback"):
        weight = rules[measure]["weight"]
        if not mine:
            values.append((weight, None))
            continue
        own = [worth for one in mine if (worth := worth_of(rules, measure, one)) is not None]
        lot: list[Fraction] = []
        for alike in case.get("lot", []):
            worth = worth_of(rules, measure, alike)
            if worth is not None:
                lot += [worth] * alike["times"]
        mean = sum(lot) / len(lot) if len(lot) >= rules["least_in_lot"] else Fraction(rules["prior"])
        values.append((weight, (sum(own) + rules["draw"] * mean) / (len(own) + rules["draw"])))
    return part_of(values, rules["prior"])


def slow_score(policy: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """Score, why it is unknown or ended, and each part with value, prior, points and the points of its lines."""
    if "report_card" in case:
        policy = {**policy, "report_card": case["report_card"]}
    parts = {
        "inspection": inspection_part(policy, case),
        "strategic": strategic_part(policy, case),
        "service": service_part(policy, case),
    }
    unknown = parts["inspection"].get("unknown")
    ended = parts["inspection"].get("ended")
    total = 0
    for name, part in parts.items():
        part["points"] = 0
        if not unknown and not ended:
            part["points"] = nearest(Fraction(policy["weights"][name] * part["value"], 100))
        total += part["points"]
        part.setdefault("lines", [])
    return {"score": None if unknown else total, "unknown": unknown, "ended": ended, "parts": parts}
