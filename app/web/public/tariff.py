"""What placements are expected to cost: the tariff, how far off it is, and its versions, for anybody to read."""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.children.needs import indicators
from app.core.clock import local_date
from app.core.errors import Invalid
from app.reporting.exports import Cell, Pounds, csv_of
from app.requests.prices.published import (
    HIGHEST,
    KindOfPlacement,
    Published,
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

LEVELS = ("Low", "Medium", "High")
NEEDS = (
    Column("need", "Need"),
    *(Column(f"level{level}", f"{words} ({level})", numeric=True) for level, words in enumerate(LEVELS, start=1)),
)
VERSIONS = (Column("version", "Version"), Column("from", "Placements that began"), Column("changed", "What changed"))
TOTALS = range(0, 25, 3)
SHORT = {
    ServiceType.FOSTERING: "Fostering",
    ServiceType.RESIDENTIAL: "Children's homes",
    ServiceType.SUPPORTED: "Supported",
    ServiceType.NMI_DAY: "School, day",
    ServiceType.NMI_38: "School, 38 weeks",
    ServiceType.NMI_52: "School, 52 weeks",
}
HEADINGS = (
    "Kind of placement",
    "Comparable placements",
    "Figure",
    "Age",
    "Need",
    "Level",
    "Pounds a week",
    "Multiplier",
)
BOUGHT = tuple(one for one in ServiceType if one is not ServiceType.SUPPORT_PACKAGE)


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
        example=_example(current, needs) if current and current.kinds else None,
        chart=_chart(current) if current and current.kinds else None,
        insufficient=[SERVICE_TYPE_WORDS[one] for one in BOUGHT if one not in published],
        words=SERVICE_TYPE_WORDS,
        need_listing=Listing.fixed(NEEDS),
        version_listing=Listing.fixed(VERSIONS),
        times=times,
        off=off,
    )


@bp.get("/expected-prices.csv")
@public
def tariff_csv() -> Response:
    """The same figures as a file; headings alone before the first version."""
    with look() as view:
        current, _ = published_tariff(view.session, view.now)
        needs = _needs(view)
    rows = [row for kind in (current.kinds if current else ()) for row in _rows(kind, needs)]
    name = f"expected-prices-version-{current.number}.csv" if current else "expected-prices.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(HEADINGS, rows), mimetype="text/csv", headers=headers)


def times(thousandths: int) -> str:
    """A multiplier: 1,250 thousandths is 1.25."""
    return f"{thousandths / 1000:.3f}".rstrip("0").ljust(4, "0")


def off(thousandths: int) -> str:
    """An error: 93 thousandths is 9%."""
    return f"{(thousandths + 5) // 10}%"


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


def _needs(view: Act) -> list[str]:
    """The twelve needs in words, in the measure's order; their numbers before a measure is in force."""
    try:
        return [one.label for one in indicators(view.session, local_date(view.now))]
    except Invalid:
        return [f"Need {number}" for number in range(1, 13)]


def _example(current: Published, needs: list[str]) -> dict[str, object]:
    """One child's price worked out: the two needs that move the price most, one high and one medium."""
    kind = current.kinds[0]
    first, second = sorted(range(12), key=lambda i: (-kind.needs[i][HIGHEST - 1], i))[:2]
    age, base = kind.middle
    return {
        "words": SERVICE_TYPE_WORDS[kind.service_type],
        "age": age,
        "base": base,
        "high": (needs[first], kind.needs[first][2]),
        "medium": (needs[second], kind.needs[second][1]),
        "price": kind.price(base, {first + 1: 3, second + 1: 2}),
    }


def _chart(current: Published) -> SeriesChart:
    series = {SHORT[kind.service_type]: [kind.at_total(total) for total in TOTALS] for kind in current.kinds}
    steepest = max(current.kinds, key=lambda kind: kind.at_total(TOTALS[-1]) / kind.middle[1])
    ratio = steepest.at_total(TOTALS[-1]) / steepest.middle[1]
    return line_chart(
        f"{SERVICE_TYPE_WORDS[steepest.service_type]}: with medium needs throughout a place costs {ratio:.1f} times as "
        "much as with none",
        [str(total) for total in TOTALS],
        series,
        show=pounds_whole,
        show_grid=pounds_short,
        unit="Expected pounds a week, by total need (0 to 36) spread evenly over the twelve needs, at the middle age",
        label_heading="Total need",
        download=url_for("public.tariff_csv"),
    )


def _rows(kind: KindOfPlacement, needs: list[str]) -> list[list[Cell | Pounds]]:
    head: list[Cell | Pounds] = [SERVICE_TYPE_WORDS[kind.service_type], kind.comparables]
    rows: list[list[Cell | Pounds]] = [
        [*head, "Price without needs", age, None, None, Pounds(pence), None] for age, pence in kind.ages
    ]
    for label, levels in zip(needs, kind.needs, strict=True):
        for level, thousandths in enumerate(levels, start=1):
            rows.append([*head, "Multiplier", None, label, level, None, times(thousandths)])
    return rows
