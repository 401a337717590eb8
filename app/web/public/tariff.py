"""What placements are expected to cost: the tariff, how far off it is, and its versions, for anybody to read."""

from __future__ import annotations

from decimal import Decimal

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.children.needs import indicators
from app.core.clock import local_date
from app.core.errors import Invalid
from app.reporting.exports import Cell, Pounds, csv_of
from app.requests.prices.published import (
    Example,
    KindOfPlacement,
    Published,
    Together,
    Version,
    least_comparables,
    published_tariff,
)
from app.web.access import public
from app.web.acts import Act, look
from app.web.charts import SeriesChart, line_chart
from app.web.public import bp
from app.web.rendering import pounds_short, pounds_whole
from app.web.tables import Column, Listing
from providers.market.status import SERVICE_TYPE_WORDS, ServiceType

NEEDS = (
    Column("need", "Need"),
    Column("level1", "Low (1)", numeric=True),
    Column("level2", "Medium (2)", numeric=True),
    Column("level3", "High (3)", numeric=True),
    Column("blank", "Not measured", numeric=True),
)
TOGETHER = (Column("what", "Needs that come together"), Column("times", "Multiply by", numeric=True))
VERSIONS = (Column("version", "Version"), Column("from", "Placements that began"), Column("changed", "What changed"))
COUNTED = {
    "sum_of_levels": "The levels of all needs add up to {} or more",
    "needs_at_2_or_3": "{} or more needs are medium or high",
    "needs_at_3": "{} or more needs are high",
}
SHORT = {
    ServiceType.FOSTERING: "Fostering",
    ServiceType.RESIDENTIAL: "Children's homes",
    ServiceType.SUPPORTED: "Supported",
    ServiceType.NMI_DAY: "School, day",
    ServiceType.NMI_38: "School, 38 weeks",
    ServiceType.NMI_52: "School, 52 weeks",
}
HEADINGS = ("Kind of placement", "Comparables", "Figure", "Age", "Need", "Level", "Pounds a week", "Multiplier")


@bp.get("/expected-prices")
@public
def tariff() -> ResponseReturnValue:
    """The version in force in tables and a chart, and every version with what it changed."""
    with look() as view:
        current, versions = published_tariff(view.session, view.now)
        least = least_comparables(view.session, view.now)
        needs = _needs(view)
    published = {kind.service_type for kind in current.kinds} if current else set()
    return render_template(
        "public/tariff.html",
        current=current,
        versions=[(one, changes_words(one)) for one in versions],
        least=least,
        needs=needs,
        together=together_words(current.together, needs) if current else [],
        chart=_chart(current) if current and current.kinds else None,
        insufficient=[SERVICE_TYPE_WORDS[one] for one in SHORT if one not in published],
        words=SERVICE_TYPE_WORDS,
        need_listing=Listing.fixed(NEEDS),
        together_listing=Listing.fixed(TOGETHER),
        version_listing=Listing.fixed(VERSIONS),
        times=times,
        beside_of=beside_of,
        per_year=per_year,
        off=off,
    )


@bp.get("/expected-prices.csv")
@public
def tariff_csv() -> Response:
    """The same figures as a file, with every decimal; headings alone before the first version."""
    with look() as view:
        current, _ = published_tariff(view.session, view.now)
        needs = _needs(view)
    rows = [row for kind in (current.kinds if current else ()) for row in _rows(kind, needs)]
    if current is not None:
        rows += [["All kinds", None, what, None, None, None, None, str(by)] for what, by in _joint(current, needs)]
    name = f"expected-prices-version-{current.number}.csv" if current else "expected-prices.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(HEADINGS, rows), mimetype="text/csv", headers=headers)


def times(multiplier: Decimal) -> str:
    """A multiplier to three decimals."""
    return f"{multiplier:.3f}"


def beside_of(example: Example, high: Decimal, medium: Decimal) -> Decimal:
    """What the two needs of an example multiply the price by because they come together."""
    return example.price / (example.base * high * medium)


def per_year(growth: Decimal) -> str:
    """How prices grow: 1.041 is "rise by 4.1%"."""
    change = (growth - 1) * 100
    return f"rise by {change:.1f}%" if change >= 0 else f"fall by {-change:.1f}%"


def off(thousandths: int) -> str:
    """An error: 93 thousandths is 9%."""
    return f"{(thousandths + 5) // 10}%"


def together_words(together: Together, needs: list[str]) -> list[tuple[str, Decimal]]:
    """Each multiplier of needs that come together, in words."""
    pairs = [
        (f"{needs[one - 1]} and {needs[other - 1].lower()}, both medium or high", by)
        for one, other, by in together.pairs
    ]
    return pairs + [(COUNTED[name].format(count), by) for name, count, by in together.counts]


def changes_words(version: Version) -> list[str]:
    """What a version changed, a sentence for each kind of placement."""
    found = []
    for change in version.changes:
        words = SERVICE_TYPE_WORDS[change.service_type]
        if change.after is None:
            found.append(f"{words}: too few comparable placements now, so it has no price any more")
        elif change.before is None:
            found.append(f"{words}: {change.after} comparable placements, for the first time enough")
        else:
            moved = change.moved or 0
            by = f"{abs(moved) / 10:.1f}% {'higher' if moved > 0 else 'lower'}" if moved else "the same"
            found.append(
                f"{words}: {change.after} comparable placements ({change.before} before); prices without needs are {by}"
            )
    return found or ["No kind of placement has enough comparable placements"]


def _joint(current: Published, needs: list[str]) -> list[tuple[str, Decimal]]:
    return together_words(current.together, needs) if current.kinds else []


def _needs(view: Act) -> list[str]:
    """The twelve needs in words, in the measure's order; their numbers before a measure is in force."""
    try:
        return [one.label for one in indicators(view.session, local_date(view.now))]
    except Invalid:
        return [f"Need {number}" for number in range(1, 13)]


def _chart(current: Published) -> SeriesChart:
    """The finding is of the kind whose price rises most with need."""
    steepest = max(current.kinds, key=_rise)
    return line_chart(
        f"{SERVICE_TYPE_WORDS[steepest.service_type]}: a child with a medium need of every kind costs "
        f"{_rise(steepest):.1f} times as much as one with none",
        [str(total) for total, _ in steepest.by_total],
        {SHORT[kind.service_type]: [pence for _, pence in kind.by_total] for kind in current.kinds},
        show=pounds_whole,
        show_grid=pounds_short,
        unit="Expected price a week by total need: the levels of all twelve needs added up, spread evenly over them",
        label_heading="Total need",
        download=url_for("public.tariff_csv"),
    )


def _rise(kind: KindOfPlacement) -> float:
    return kind.by_total[-1][1] / kind.by_total[0][1]


def _rows(kind: KindOfPlacement, needs: list[str]) -> list[list[Cell | Pounds]]:
    head: list[Cell | Pounds] = [SERVICE_TYPE_WORDS[kind.service_type], kind.comparables]
    rows: list[list[Cell | Pounds]] = [
        [*head, "Price without needs", age, None, None, Pounds(pence), None] for age, pence in kind.ages
    ]
    for label, need in kind.rows(needs):
        for level, multiplier in enumerate(need.levels, start=1):
            rows.append([*head, "Multiplier", None, label, level, None, str(multiplier)])
        rows.append([*head, "Multiplier, not measured", None, label, None, None, str(need.not_measured)])
    rows.append([*head, "Multiplier of each year after the last quarter", None, None, None, None, str(kind.growth)])
    return rows
