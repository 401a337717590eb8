"""The table of what uplifts avoided, apart from every other saving."""

from __future__ import annotations

from dataclasses import dataclass

from app.reporting.savings import Percentage
from app.reporting.uplifts import UpliftAvoidance
from app.web.rendering import count_words, pounds_whole, short_date
from app.web.spending.report import Report
from app.web.tables import Column
from providers.services.prices.discounts import rate_words

UPLIFTS = (
    Column("reference", "Uplift"),
    Column("company", "Company"),
    Column("lot", "Lot"),
    Column("figures", "Asked and agreed"),
    Column("placements", "Placements", numeric=True),
    Column("asked", "As asked for", numeric=True),
    Column("agreed", "As agreed", numeric=True),
    Column("avoided", "In-year effect", numeric=True),
    Column("full", "Full-year effect", numeric=True),
)


@dataclass(frozen=True)
class UpliftLine:
    """A row: an uplift on one lot over all boroughs of the report, or the total."""

    reference: str
    company: str
    lot: str
    figures: str
    avoidance: UpliftAvoidance
    uplift_id: str = ""

    @property
    def is_total(self) -> bool:
        return not self.uplift_id


def uplift_lines(report: Report) -> list[UpliftLine]:
    """A row for each uplift and lot, with the total last; nothing for none."""
    found: dict[tuple[str, str], UpliftLine] = {}
    for part in report.uplift_parts:
        key = (part.uplift_id, part.lot_id)
        before = found[key].avoidance if key in found else UpliftAvoidance()
        asked, agreed = rate_words(part.requested_points), rate_words(part.agreed_points)
        words = f"{asked} asked, {agreed} agreed from {short_date(part.from_day)}"
        found[key] = UpliftLine(part.reference, part.company, part.lot, words, before + part.avoidance, part.uplift_id)
    lines = list(found.values())
    return [*lines, UpliftLine("Total", "", "", "", report.uplifts)] if lines else []


def uplift_share(report: Report) -> Percentage | None:
    """The in-year avoidance as a share of the rises that were asked for (F-56)."""
    avoided = report.uplifts
    if not avoided.asked_pence:
        return None
    placements = count_words(avoided.placements, "placement", "placements")
    whole = f"the {pounds_whole(avoided.asked_pence)} by which {placements} would have risen as asked"
    return Percentage(avoided.avoided, avoided.asked_pence, whole)
