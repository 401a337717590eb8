"""What a comparison says: sentences, figures and drawings. Every share names what it is a share of (F-56)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.reporting.savings import Percentage
from app.reporting.what_if import REASON_WORDS, Mean, Reason, Totals
from app.web.charts import BarChart, bar_chart
from app.web.rendering import count_words, pounds_whole
from app.web.spending.findings import headline

SIDES = ("As shortlisted", "Under these weights")


@dataclass(frozen=True)
class Measure:
    """A figure of the first offers on both sides, as it is shown, with a drawing; None where nobody's is known."""

    name: str
    then: str
    now: str
    change: str
    over: str
    chart: BarChart | None


def measures(found: Totals) -> tuple[Measure, ...]:
    """Spend, quality and distance of the first offers, then and now."""
    return (_spend(found), _quality(found.quality), _distance(found.tenths))


def figures_of(found: Totals) -> list[dict[str, str]]:
    """The numbers on top."""
    more = found.more_pence
    share = spend_share(found)
    return [
        {
            "label": "would have had another first offer",
            "value": f"{found.another:,} of {found.compared:,}",
            "note": "requests compared" + (f"; {found.within_tie:,} more within a tie" if found.within_tie else ""),
        },
        {
            "label": "no change in a year of the first offers" if not more else "a year of the first offers",
            "value": headline(abs(more)) + (" more" if more > 0 else " less" if more < 0 else ""),
            "note": share.words.removeprefix("-") if share and more else f"of {pounds_whole(found.pence_then)}",
        },
        {
            "label": "decisions took an offer that was first",
            "value": f"{found.followed:,} of {found.decided:,}",
            "note": f"{found.would_follow:,} of them chose one that is first under these weights"
            if found.decided
            else "nobody has decided yet",
        },
    ]


def spend_share(found: Totals) -> Percentage | None:
    """The difference as a share of what the first offers then would cost in a year."""
    if not found.pence_then:
        return None
    those = "1 first offer" if found.compared == 1 else f"{found.compared:,} first offers"
    of = f"the {pounds_whole(found.pence_then)} a year of the {those} as shortlisted"
    return Percentage(found.more_pence, found.pence_then, of)


def left_out_lines(found: Totals) -> list[tuple[str, int]]:
    """Why shortlists were not compared, and how many."""
    return [(REASON_WORDS[reason], found.left_out[reason]) for reason in Reason if reason in found.left_out]


def tenths(value: Fraction) -> str:
    """A number of 0 or more to one decimal, halves up."""
    scaled = _in_tenths(value)
    return f"{scaled // 10:,}.{scaled % 10}"


def _in_tenths(value: Fraction) -> int:
    return (20 * value.numerator + value.denominator) // (2 * value.denominator)


def _spend(found: Totals) -> Measure:
    more = found.more_pence
    change = "No change"
    title = "A year of the first offers would cost the same"
    if more:
        change = f"{pounds_whole(abs(more))} {'more' if more > 0 else 'less'}"
        title = f"A year of the first offers would cost {change}"
    chart = bar_chart(
        title,
        [(SIDES[0], found.pence_then), (SIDES[1], found.pence_now)],
        show=pounds_whole,
        unit=f"Pounds a year, {count_words(found.compared, 'request', 'requests')}",
        label_heading="Order",
    )
    over = count_words(found.compared, "request", "requests")
    return Measure(
        "A year of the first offers", pounds_whole(found.pence_then), pounds_whole(found.pence_now), change, over, chart
    )


def _quality(mean: Mean) -> Measure:
    return _mean(mean, 1, "Mean quality score", "Quality out of 100", "points", ("higher", "lower"))


def _distance(mean: Mean) -> Measure:
    return _mean(mean, 10, "Mean distance", "Miles in a straight line", "miles", ("further", "nearer"))


def _mean(mean: Mean, scale: int, name: str, unit: str, noun: str, words: tuple[str, str]) -> Measure:
    over = f"{count_words(mean.n, 'request', 'requests')} where it is known of both"
    if not mean.n:
        return Measure(name, "Not known", "Not known", "Not known", over, None)
    then, now = Fraction(mean.then, scale * mean.n), Fraction(mean.now, scale * mean.n)
    change, title = "No change", f"{name} would be the same"
    moved = Fraction(_in_tenths(now) - _in_tenths(then), 10)
    if moved:  # what is said to have changed is the difference of what is shown
        change = f"{tenths(abs(moved))} {noun} {words[0] if moved > 0 else words[1]}"
        title = f"{name} would be {change}"
    chart = bar_chart(
        title,
        [(SIDES[0], float(then)), (SIDES[1], float(now))],
        show=lambda value: tenths(then if value == float(then) else now),
        unit=f"{unit}, {over}",
        label_heading="Order",
    )
    return Measure(name, tenths(then), tenths(now), change, over, chart)
