"""Which column of a file is which, by any name that the publisher has used for it; and which kind of file it is.

Names change from year to year in case, punctuation and line breaks, all of which folding removes; the rest is a list
of aliases here. A heading that nobody knows is tolerated with a warning; a needed one that is missing refuses the
file by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.core.errors import Invalid
from providers.register.opening import DELIMITERS, Opened
from providers.register.status import fold

HEADING_WITHIN = 20
"""The heading row is among this many first rows; above it stands a preamble."""

_LATEST = ("latest full inspection", "latest inspection", "last full inspection", "last inspection",
           "most recent full inspection", "most recent inspection")  # fmt: skip
_PLAIN = ("inspection", "full inspection", "")
_PREVIOUS = ("previous full inspection", "previous inspection")

_FACTS: dict[str, tuple[str, ...]] = {
    "urn": ("urn", "provider urn", "unique reference number", "social care urn"),
    "linked_education_urn": ("linked education urn", "linked urn", "education urn"),
    "provision_type": ("provision type", "provider type", "type of provision", "remit"),
    "registered_on": ("registration date", "date of registration", "registered on"),
    "registration_status": ("registration status", "provider status", "status"),
    "name": ("name", "setting name", "provider name", "registered name"),
    "address_1": ("address 1", "address line 1", "setting address line 1"),
    "address_2": ("address 2", "address line 2", "setting address line 2"),
    "town": ("town", "address town", "setting town"),
    "county": ("county", "address county"),
    "postcode": ("postcode", "post code", "setting postcode"),
    "region": ("government office region", "region"),
    "local_authority": ("local authority", "local authority name", "la name"),
    "sector": ("sector", "provider sector"),
    "places": ("places", "number of places", "maximum users", "max users"),
    "supported_premises": ("supported accommodation premises", "number of supported accommodation premises"),
    "short_breaks_only": ("short break only childrens home", "short breaks only", "short break only"),
    "several_buildings": ("multi building childrens home", "multi building home", "multiple building childrens home"),
    "owner": ("organisation which owns the provider", "organisation that owns the provider", "organisation name",
              "owner", "organisation which owns the provision"),
}  # fmt: skip

_OVERALL = ("overall experiences and progress of children and young people", "overall effectiveness",
            "overall experiences and progress", "overall judgement")  # fmt: skip
_JUDGED: dict[str, tuple[str, ...]] = {
    "overall": _OVERALL,
    "education": ("outcomes in education and related learning activities", "education and learning"),
    "health": ("health services", "health"),
    "helped_protected": ("how well children and young people are helped and protected", "help and protection"),
    "leaders_managers": ("the effectiveness of leaders and managers", "effectiveness of leaders and managers",
                         "the impact and effectiveness of leaders and managers"),
    "supported_outcome": ("supported accommodation outcome", "supported accommodation overall outcome"),
}  # fmt: skip
_EVENT: dict[str, tuple[str, ...]] = {
    "event_type": ("event type", "type"),
    "inspected_on": ("date", "event date"),
    "published_on": ("publication date", "report publication date"),
    "event_number": ("event number", "number"),
}

_KNOWN_AND_UNUSED = frozenset(
    {"web link", "weblink", "ofsted region", "parliamentary constituency", "constituency", "premises", ""}
)

REQUIRED: dict[str, str] = {
    "urn": "URN",
    "provision_type": "Provision type",
    "registration_status": "Registration status",
    "local_authority": "Local authority",
    "inspected_on": "Latest full inspection date (or Inspection date)",
    "overall": "Overall experiences and progress of children and young people",
}
EXPECTED = ("name", "owner", "registered_on", "postcode", "sector", "places", "event_type", "event_number",
            "published_on", "helped_protected", "leaders_managers")  # fmt: skip
"""Columns whose absence makes a fact unknown for every row, which is worth a warning."""


def _aliases() -> dict[str, str]:
    names = {alias: field for field, aliases in _FACTS.items() for alias in aliases}
    for field, aliases in _JUDGED.items():
        for alias in aliases:
            names[alias] = field
            names[f"latest {alias}"] = field
            names[f"previous {alias}"] = f"previous_{field}"
            names[f"previous {alias.removeprefix('the ')}"] = f"previous_{field}"
    for field, aliases in _EVENT.items():
        for alias in aliases:
            names |= {f"{prefix} {alias}": field for prefix in _LATEST}
            names |= {f"{prefix} {alias}": f"previous_{field}" for prefix in _PREVIOUS}
            for prefix in _PLAIN:
                if prefix or " " in alias:
                    names.setdefault(f"{prefix} {alias}".strip(), field)
    return names


ALIASES = _aliases()


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of file: what it is in words, which field a folded heading is, the fields that it cannot do without with
    their words, those that are worth a warning, headings that are known and not used, and the fields by which it is
    told from other kinds.
    """

    what: str
    field_of: Callable[[str], str | None]
    required: Mapping[str, str]
    expected: tuple[str, ...]
    unused: frozenset[str]
    marks: frozenset[str]


REGISTER = Layout("a register of providers", ALIASES.get, REQUIRED, EXPECTED, _KNOWN_AND_UNUSED, frozenset({"urn"}))


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns of one file: which cell of a row is which field, and what the file calls it.

    `width` is how many cells reach the last known column; `row_width` how many the heading row has. `is_of_visits`: a
    row is about a visit, and not about a provider and its latest inspection.
    """

    row_number: int
    delimiter: str
    columns: dict[str, int]
    titles: dict[str, str]
    width: int
    row_width: int
    unknown: tuple[str, ...]
    expected: tuple[str, ...]
    is_of_visits: bool

    @property
    def has_previous(self) -> bool:
        return "previous_inspected_on" in self.columns

    @property
    def absent(self) -> list[str]:
        """Expected columns that the file does not have."""
        return [field for field in self.expected if field not in self.columns]


def find_headings(opened: Opened, layout: Layout = REGISTER) -> Headings:
    """The heading row and its delimiter. Raises `Invalid` when there is none in the first rows, or when needed
    columns are missing.
    """
    best = _best_row(opened, layout, {"urn"})
    if best is None:
        raise Invalid(
            f"{opened.name} has no heading row: none of its first {HEADING_WITHIN} rows has a column headed URN, so "
            f"it is not {layout.what}. Nothing was imported.",
            field="file",
        )
    return _read_headings(opened.name, layout, *best)


def is_laid_out(opened: Opened, layout: Layout) -> bool:
    """Whether one of the first rows heads the columns by which a kind of file is known."""
    return _best_row(opened, layout, layout.marks) is not None


def _best_row(opened: Opened, layout: Layout, needed: Iterable[str]) -> tuple[int, str, list[str]] | None:
    """The number, the delimiter and the cells of the row with the most known headings, the needed ones among them."""
    best: tuple[int, int, str, list[str]] | None = None
    for delimiter in DELIMITERS:
        for number, cells in opened.first_rows(delimiter, HEADING_WITHIN):
            fields = {found for cell in cells if (found := layout.field_of(fold(cell))) is not None}
            if fields.issuperset(needed) and (best is None or len(fields) > best[0]):
                best = (len(fields), number, delimiter, cells)
    return None if best is None else best[1:]


def _read_headings(name: str, layout: Layout, number: int, delimiter: str, cells: list[str]) -> Headings:
    columns: dict[str, int] = {}
    titles: dict[str, str] = {}
    unknown: list[str] = []
    for place, cell in enumerate(cells):
        folded = fold(cell)
        field = layout.field_of(folded)
        title = " ".join(cell.split())
        if field is None:
            if folded not in layout.unused:
                unknown.append(title[:80])
        elif field in columns:
            raise Invalid(
                f"{name} has two columns for the same thing at line {number}: “{titles[field]}” and “{title}”. "
                "Nothing was imported.",
                field="file",
            )
        else:
            columns[field], titles[field] = place, title
    missing = [words for field, words in layout.required.items() if field not in columns]
    if missing:
        raise Invalid(
            f"{name} has no column headed {_or(missing)} (its headings are at line {number}). Nothing was imported.",
            field="file",
        )
    event_heading = fold(titles.get("inspected_on", "latest"))
    of_visits = not event_heading.startswith(("latest", "last", "most recent"))
    width = max(columns.values()) + 1
    return Headings(number, delimiter, columns, titles, width, len(cells), tuple(unknown), layout.expected, of_visits)


def _or(words: Iterable[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
