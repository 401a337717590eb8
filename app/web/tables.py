"""Lists that page and sort in the database: what the address asks for, checked against what the columns allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flask import request, url_for
from werkzeug.datastructures import MultiDict

MOST_PAGES = 100_000
SORT, DIRECTION, PAGE = "sort", "direction", "page"


@dataclass(frozen=True)
class Column:
    """One column: `name` is what the address and the query call it, `numeric` sets it to the right. The first one heads
    its row.
    """

    name: str
    label: str
    sort: bool = False
    numeric: bool = False
    hidden_label: bool = False
    heads_row: bool = False


@dataclass
class Listing:
    """One page of a list. Give `order`, `descending`, `limit` and `offset` to the query, then the total to `count`."""

    columns: tuple[Column, ...]
    order: str = ""
    descending: bool = False
    page: int = 1
    limit: int = 25
    total: int | None = None
    kept: MultiDict[str, str] = field(default_factory=MultiDict)

    def __post_init__(self) -> None:
        first, *others = self.columns
        self.columns = (replace(first, heads_row=True), *others)

    @classmethod
    def read(
        cls,
        args: MultiDict[str, str],
        columns: Iterable[Column],
        *,
        default: str,
        descending: bool = False,
        per_page: int = 25,
    ) -> Listing:
        """From the address. What it asks for and no column allows falls back to the default; nothing here can fail."""
        columns = tuple(columns)
        sortable = {column.name for column in columns if column.sort} | {default}
        asked = args.get(SORT, "")
        order = asked if asked in sortable else default
        direction = args.get(DIRECTION)
        down = (
            direction == "descending" if direction in ("ascending", "descending") else descending and order == default
        )
        number = args.get(PAGE, "1")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        kept = MultiDict((name, value) for name, value in args.items(multi=True) if name not in (SORT, DIRECTION, PAGE))
        return cls(columns, order, down, max(1, min(page, MOST_PAGES)), per_page, None, kept)

    @classmethod
    def fixed(cls, columns: Iterable[Column]) -> Listing:
        """A short table that neither sorts nor pages."""
        return cls(tuple(columns), limit=0)

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.limit

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-(self.total or 0) // self.limit)) if self.limit else 1

    def count(self, total: int) -> Listing:
        """How many rows there are in all. A page past the end shows as empty with its way back."""
        self.total = total
        return self

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    def count_words(self, noun: tuple[str, str], shown: int) -> str:
        """31 requests; Showing 26 to 31 of 31 requests."""
        total = shown if self.total is None else self.total
        words = f"{total:,} {noun[0] if total == 1 else noun[1]}"
        if not self.limit or total <= self.limit or not shown:
            return words
        return f"Showing {self.offset + 1:,} to {self.offset + shown:,} of {words}"

    def aria_sort(self, column: Column) -> str:
        """What a screen reader is told about the order."""
        if column.name != self.order:
            return "none"
        return "descending" if self.descending else "ascending"

    def sort_href(self, column: Column) -> str:
        """The address that sorts by this column, and turns the order round if it already does."""
        turn = column.name == self.order and not self.descending
        return self._href({SORT: column.name, DIRECTION: "descending" if turn else "ascending"})

    def page_href(self, page: int) -> str:
        """The address of another page in the same order."""
        return self._href(
            {SORT: self.order, DIRECTION: "descending" if self.descending else "ascending", PAGE: str(page)}
        )

    def page_numbers(self) -> list[int | None]:
        """The numbers to show: first, last and around this one, None for a gap."""
        here = min(self.page, self.pages)
        near = sorted({1, self.pages, *range(max(1, here - 1), min(self.pages, here + 1) + 1)})
        numbers: list[int | None] = []
        for before, number in zip([0, *near], near, strict=False):
            if number - before == 2:
                numbers.append(number - 1)
            elif number - before > 2:
                numbers.append(None)
            numbers.append(number)
        return numbers

    def _href(self, changes: Mapping[str, str]) -> str:
        args: dict[str, list[str]] = {
            **self.kept.to_dict(flat=False),
            **{name: [value] for name, value in changes.items()},
        }
        return url_for(str(request.endpoint), **{**(request.view_args or {}), **args})
