"""The pages of spend and savings through HTTP: what they show, to whom, and their files."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.core.clock import local_date
from app.core.database import Base, transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.panels.status import PayerKind
from app.reporting.rollup import rebuild
from app.wiring import Wiring, build
from config.settings import Settings
from tests.factories.identity import make_actor, make_organisation
from tests.factories.reporting import SpendMarket
from tests.factories.visitor import Visitor

TODAY = local_date(dt.datetime.now(dt.UTC))


@dataclass
class Place:
    """The application over a small market, and the people who look."""

    app: Flask
    hub: Actor
    finance: Actor
    neighbour: Actor
    officer: Actor

    def seen_by(self, actor: Actor) -> Visitor:
        return Visitor(self.app).be(actor)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    settings = Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)})
    wiring: Wiring = build(settings)
    Base.metadata.create_all(wiring.engine)
    with transaction(wiring.sessions) as session:
        market = SpendMarket.make(session, boroughs=("Croydon", "=Sutton"), lots=2)
        long_ago, soon = TODAY - dt.timedelta(days=70), TODAY + dt.timedelta(days=70)
        for borough, lot, weekly, benchmark in (
            (0, 0, 70_000, 77_000),
            (0, 1, 700_000, 630_000),
            (1, 0, 140_000, None),
        ):
            market.place(
                borough=borough,
                lot=lot,
                first_day=long_ago,
                last_day=soon,
                weekly={PayerKind.SOCIAL_CARE: weekly - 7_000, PayerKind.HEALTH: 7_000},
                started_on=long_ago,
                benchmark=benchmark,
            )
        market.place(
            borough=1, first_day=long_ago, last_day=TODAY - dt.timedelta(days=10), weekly=70_000, started_on=long_ago
        )
        market.write(session)
        rebuild(session, dt.datetime.now(dt.UTC))
        croydon, sutton = market.boroughs
        place = Place(
            create_app(settings, wiring=wiring),
            make_actor(session, make_organisation(session, OrganisationKind.HUB, "Made-up Hub"), Role.COMMISSIONER),
            make_actor(session, croydon, Role.FINANCE_OFFICER),
            make_actor(session, sutton, Role.DIRECTOR),
            make_actor(session, croydon, Role.PLACEMENT_OFFICER),
        )
    place.app.testing = True
    yield place
    wiring.engine.dispose()


def pounds_in(words: str) -> int:
    """The first amount of some words, in pence."""
    found = re.search(r"£([\d,]+)\.(\d\d)", words)
    assert found, words
    return int(found[1].replace(",", "")) * 100 + int(found[2])


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The cells of the table with a caption, row by row, without the heads."""
    table = next(one for one in re.findall(r"(?s)<table.*?</table>", page) if caption in one)
    body = re.findall(r"(?s)<tbody.*?</tbody>", table)[0]
    cells = [re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"(?s)<tr.*?</tr>", body)]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def test_the_hub_sees_all_boroughs_and_the_totals_are_their_sums(place: Place) -> None:
    visitor = place.seen_by(place.hub)
    page = visitor.get("/hub/spend")
    assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.text)
    for caption in ("Spend by borough", "Spend by lot", "Spend by budget"):
        *lines, total = rows_of(page.text, caption)
        assert total[0] == "Total"
        for column in range(1, len(total)):
            assert sum(pounds_in(line[column]) for line in lines) == pounds_in(total[column])
    assert {line[0] for line in rows_of(page.text, "Spend by borough")} == {"Croydon", "=Sutton", "Total"}


def test_every_percentage_is_followed_by_its_denominator_in_words(place: Place) -> None:
    for actor, path in ((place.hub, "/hub/spend?view=savings"), (place.finance, "/borough/spend")):
        visitor = place.seen_by(actor)
        visitor.get(path)
        shares = re.findall(r"[\d.]+%.{30}", visitor.text)
        assert shares
        assert all(re.match(r"[\d.]+% of the £[\d,]+ that", share) for share in shares)


def test_a_negative_saving_is_shown_as_negative_and_kept_in_the_sum(place: Place) -> None:
    visitor = place.seen_by(place.finance)
    page = visitor.get("/borough/spend?view=savings")
    html5lib.HTMLParser(strict=True).parse(page.text)
    *lines, total = rows_of(page.text, "Savings against benchmarks")
    amounts = {line[4] for line in lines}
    assert any(amount.startswith("-£") for amount in amounts)
    assert total[4].startswith("-£")
    assert "spending avoided and not cashable" in visitor.text


def test_a_borough_sees_its_own_spend_only_whatever_it_asks_for(place: Place) -> None:
    visitor = place.seen_by(place.finance)
    visitor.get("/borough/spend")
    own = visitor.text
    assert "Sutton" not in own
    croydon = place.finance.organisation_id
    sutton = place.neighbour.organisation_id
    for path in (f"/borough/spend?borough={sutton}", f"/borough/spend?borough={croydon}"):
        assert visitor.get(path).status_code == 200
        assert "Sutton" not in visitor.text
    file = visitor.get(f"/borough/spend.csv?table=unauthorised&borough={sutton}")
    assert "Sutton" not in file.text
    assert visitor.get("/hub/spend").status_code == 403
    assert visitor.get("/hub/spend.csv").status_code == 403


def test_unauthorised_spend_names_the_borough_that_owns_it(place: Place) -> None:
    visitor = place.seen_by(place.hub)
    page = visitor.get("/hub/spend")
    (row,) = rows_of(page.text, "Placements without live authority")
    assert row[1] == "=Sutton"
    assert row[4] == "10"
    assert pounds_in(row[5]) > 0
    assert "Every live placement is authorised today" not in visitor.text


def test_only_who_may_read_spend_opens_the_pages(place: Place) -> None:
    visitor = place.seen_by(place.officer)
    for path in ("/borough/spend", "/borough/spend.csv", "/hub/spend", "/hub/spend.csv", "/hub/policies"):
        assert visitor.get(path).status_code == 403


def test_tables_sort_by_link_and_the_total_stays_last(place: Place) -> None:
    visitor = place.seen_by(place.hub)
    for direction, names in (("ascending", ["=Sutton", "Croydon"]), ("descending", ["Croydon", "=Sutton"])):
        page = visitor.get(f"/hub/spend?sort=boroughs-name&direction={direction}")
        assert [row[0] for row in rows_of(page.text, "Spend by borough")] == [*names, "Total"]
        assert f"direction={'descending' if direction == 'ascending' else 'ascending'}#boroughs" in html.unescape(
            page.text
        )


@pytest.mark.parametrize("table", ["boroughs", "lots", "budgets", "months", "savings", "placements", "unauthorised"])
def test_every_table_is_a_file_without_formulas(place: Place, table: str) -> None:
    visitor = place.seen_by(place.hub)
    page = visitor.get(f"/hub/spend.csv?table={table}")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in page.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(page.text.lstrip("\ufeff"))))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    assert all(re.fullmatch(r"-?[\d.]+", cell) for row in rows for cell in row if cell.startswith(("=", "+", "-", "@")))
    if table == "boroughs":
        assert "'=Sutton" in {row[0] for row in rows}


def test_filters_narrow_the_figures_and_keep_what_is_chosen(place: Place) -> None:
    visitor = place.seen_by(place.hub)
    borough = place.finance.organisation_id
    page = visitor.get(f"/hub/spend?borough={borough}")
    assert "Spend by borough" not in page.text
    assert "Croydon, " in visitor.text
    assert f"borough={borough}" in html.unescape(page.text)
    assert visitor.get("/hub/spend?borough=nobody&lot=nothing&year=1066&sort=none").status_code == 200


def test_policies_in_force_can_be_read(place: Place) -> None:
    visitor = place.seen_by(place.hub)
    page = visitor.get("/hub/policies")
    assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "How savings are measured" in visitor.text
    assert "Claim days 365" in visitor.text
    assert "Benchmark prices" in visitor.text
