"""Lists ask only for what their columns allow, and charts never draw a total that their parts do not make."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.web.charts import Part, bar_chart, column_chart, line_chart, stacked_bar
from app.web.charts.series import LABEL, nice_top
from app.web.tables import Column, Listing

COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("price", "Price", sort=True, numeric=True),
    Column("why", "Why"),
)


def read(**args: str) -> Listing:
    return Listing.read(MultiDict(args), COLUMNS, default="reference")


@pytest.mark.parametrize(
    ("args", "order", "descending", "page"),
    [
        ({}, "reference", False, 1),
        ({"sort": "price", "direction": "descending", "page": "3"}, "price", True, 3),
        ({"sort": "why"}, "reference", False, 1),
        ({"sort": "price; drop table", "direction": "sideways", "page": "-1"}, "reference", False, 1),
        ({"page": "99999999999999999999"}, "reference", False, 1),
        ({"page": "²"}, "reference", False, 1),
        ({"page": "0"}, "reference", False, 1),
    ],
)
def test_a_list_sorts_and_pages_only_as_its_columns_allow(
    args: dict[str, str], order: str, descending: bool, page: int
) -> None:
    listing = read(**args)
    assert (listing.order, listing.descending, listing.page) == (order, descending, page)


def test_links_keep_the_filters_and_turn_the_order_round() -> None:
    app = Flask(__name__)
    app.add_url_rule("/list", "list", lambda: "")
    with app.test_request_context("/list?lot=home&lot=school&sort=price&direction=ascending&page=2"):
        from flask import request

        listing = Listing.read(request.args, COLUMNS, default="reference")
        assert listing.sort_href(COLUMNS[1]) == "/list?lot=home&lot=school&sort=price&direction=descending"
        assert listing.page_href(3) == "/list?lot=home&lot=school&sort=price&direction=ascending&page=3"
        assert (listing.aria_sort(COLUMNS[1]), listing.aria_sort(COLUMNS[0])) == ("ascending", "none")


@pytest.mark.parametrize(
    ("page", "total", "numbers"),
    [
        (1, 20, [1]),
        (1, 51, [1, 2, 3]),
        (5, 250, [1, None, 4, 5, 6, None, 10]),
        (3, 100, [1, 2, 3, 4]),
        (4, 100, [1, 2, 3, 4]),
        (40, 250, [1, None, 9, 10]),
    ],
)
def test_page_numbers_show_the_ends_and_the_neighbours(page: int, total: int, numbers: list[int | None]) -> None:
    listing = read(page=str(page))
    listing.count(total)
    assert listing.page_numbers() == numbers


def test_the_count_is_said_in_words() -> None:
    listing = read(page="2")
    listing.count(31)
    assert listing.count_words(("request", "requests"), 6) == "Showing 26 to 31 of 31 requests"
    assert Listing.fixed(COLUMNS).count_words(("request", "requests"), 1) == "1 request"


def test_the_first_column_heads_its_row() -> None:
    assert [column.heads_row for column in read().columns] == [True, False, False]


@given(st.lists(st.integers(0, 1000), max_size=8))
def test_the_parts_of_a_bar_fill_exactly_its_total(values: list[int]) -> None:
    bar = stacked_bar([Part(str(value), value) for value in values], total=sum(values), of=max(1, sum(values)))
    assert sum(float(segment.width[:-1]) for segment in bar.segments) == pytest.approx(
        float(bar.total_x[:-1]), abs=0.01 * (len(values) + 1)
    )


def test_a_bar_that_would_lie_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to 3"):
        stacked_bar([Part("a", 1), Part("b", 2)], total=4)
    with pytest.raises(ValueError, match="negative"):
        stacked_bar([Part("a", -1)])
    with pytest.raises(ValueError, match="negative"):
        bar_chart("x", [("a", -1)], unit="u", label_heading="l")
    with pytest.raises(ValueError, match="one value"):
        line_chart("x", ["a", "b"], {"s": [1]}, unit="u", label_heading="l")


@given(st.floats(0, 1e12, allow_nan=False))
def test_an_axis_ends_at_or_above_its_highest_value(value: float) -> None:
    top, _ = nice_top(value)
    assert top >= value * 0.999999
    assert value < 1e-9 or top <= max(1.0, value * 2.01)


def test_counts_have_no_fractions_on_their_axis() -> None:
    chart = column_chart("x", [("a", 1), ("b", 2)], unit="u", label_heading="l")
    assert [shows for _, shows in chart.grid] == ["0", "1", "2"]


def test_names_of_lines_do_not_stand_on_one_another() -> None:
    chart = line_chart("x", ["a", "b"], {"p": [1, 9], "q": [2, 9], "r": [3, 9]}, unit="u", label_heading="l")
    places = sorted(line.label_y for line in chart.series)
    assert all(after - before >= LABEL - 0.1 for before, after in itertools.pairwise(places))


def test_empty_charts_can_be_drawn() -> None:
    assert bar_chart("x", [], unit="u", label_heading="l").rows == []
    assert column_chart("x", [], unit="u", label_heading="l").rows == []
    assert stacked_bar([], unit="points").sentence.startswith("0 of 0 points")
