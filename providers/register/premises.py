"""The file of supported-accommodation premises: one row for each building, with its category, places and whereabouts no
finer than the local authority.

A building has no number of its own, so nothing can be said of one that changed: a file replaces the list of its date,
and lists of other dates stay as history.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import astuple, dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.core.database import new_id
from providers.register import cells
from providers.register.headings import Layout, find_headings
from providers.register.models import Registration, SupportedPremises
from providers.register.opening import Opened
from providers.register.prepared import Changes, Prepared
from providers.register.provider_files import pieces
from providers.register.rows import Progress, Rejected, Remark, RowReader, Sheet, remark_on_headings, rows_of, show
from providers.register.status import CATEGORY_WORDS, Coverage, fold, provision_words

_ALIASES = {
    alias: field
    for field, aliases in {
        "urn": ("urn", "provider urn", "unique reference number"),
        "provision_type": ("provision type", "provider type"),
        "category": ("service category note 4", "service category", "category of premises", "premises category"),
        "places": ("places", "number of places", "premises places"),
        "region": ("premises government office region", "government office region", "premises region"),
        "local_authority": ("premises local authority", "local authority of premises"),
    }.items()
    for alias in aliases
}
_UNUSED = ("web link", "provider name", "registration date", "registration status", "premises ofsted region",
           "premises parliamentary constituency", "sector", "organisation name", "")  # fmt: skip


def _field_of(folded: str) -> str | None:
    found = _ALIASES.get(folded)
    return "category" if found is None and folded.startswith("service category note") else found


LAYOUT = Layout(
    what="a list of supported-accommodation premises",
    field_of=_field_of,
    required={
        "urn": "URN",
        "provision_type": "Provision type",
        "category": "Service category",
        "local_authority": "Premises Local Authority",
    },
    expected=("places", "region"),
    unused=frozenset(_UNUSED),
    marks=frozenset({"urn", "category", "local_authority"}),
)


@dataclass(frozen=True, slots=True)
class Building:
    """One row: a building of a provider."""

    urn: str
    category: int
    places: int | None
    region: str | None
    local_authority: str | None
    local_authority_gss: str | None


def read_premises(opened: Opened, progress: Progress | None = None) -> tuple[Sheet, list[Building]]:
    """Read the file. Raises `Invalid` for what is no such file; a row without a URN or a category is rejected."""
    headings = find_headings(opened, LAYOUT)
    sheet = Sheet(opened.name, opened.sha256, opened.encoding)
    remark_on_headings(sheet, headings)
    found: list[Building] = []
    for line, row in rows_of(opened, headings, sheet, progress):
        reader = RowReader(line, row, headings)
        try:
            reader.check_shape()
            building = Building(
                reader.urn(),
                _category(reader),
                reader.optional("places", cells.whole_number, None),
                reader.text("region", 120),
                *reader.authority(),
            )
            reader.provision_type()
        except Rejected as rejected:
            sheet.rejected.append(rejected.remark)
        else:
            found.append(building)
            sheet.warnings.extend(reader.own)
    return sheet, found


def _category(reader: RowReader) -> int:
    cell = fold(reader.cell("category"))
    for number in CATEGORY_WORDS:
        if cell in (f"category {number}", str(number)):
            return number
    raise reader.bad("category", f"{show(reader.cell('category'))} is not a category from 1 to 4")


def prepare_premises(session: Session, opened: Opened, *, as_of: dt.date, progress: Progress | None) -> Prepared:
    """What the file would do: the buildings that the list of its date does not hold yet, and the rest."""
    sheet, buildings = read_premises(opened, progress)
    listed = Counter(buildings)
    held = Counter(
        Building(*row)
        for row in session.execute(
            select(
                SupportedPremises.urn,
                SupportedPremises.category,
                SupportedPremises.places,
                SupportedPremises.region,
                SupportedPremises.local_authority,
                SupportedPremises.local_authority_gss,
            ).where(SupportedPremises.as_of == as_of)
        )
    )
    urns = list(dict.fromkeys(building.urn for building in buildings))
    unknown = len(urns) - _known(session, urns)
    if unknown:
        words = f"lists {unknown:,} providers that the register does not hold; their premises are kept all the same"
        sheet.warnings.append(Remark(0, "", words))
    same = (listed & held).total()

    def write(session: Session, progress: Progress | None) -> None:
        session.execute(delete(SupportedPremises).where(SupportedPremises.as_of == as_of))
        done = 0
        for piece in pieces(buildings):
            rows = [{name: getattr(one, name) for name in Building.__slots__} for one in piece]
            session.execute(insert(SupportedPremises), [{**row, "id": new_id(), "as_of": as_of} for row in rows])
            done += len(piece)
            if progress is not None:
                progress(done, len(buildings))

    by_category = Counter(building.category for building in buildings)
    return Prepared(
        sheet=sheet,
        coverage=Coverage.SUPPORTED_PREMISES,
        urns=urns,
        new=len(buildings) - same,
        changed=0,
        unchanged=same,
        changes=Changes(),
        writes_nothing=listed == held,
        touched=[] if listed == held else [str(astuple(one)) for one in buildings],
        write=write,
        by_provision_type={provision_words("supported_accommodation"): len(buildings)} if buildings else {},
        by_category={CATEGORY_WORDS[number]: by_category[number] for number in CATEGORY_WORDS if by_category[number]},
    )


def _known(session: Session, urns: list[str]) -> int:
    return sum(
        len(session.execute(select(Registration.urn).where(Registration.urn.in_(piece))).all())
        for piece in pieces(urns)
    )
