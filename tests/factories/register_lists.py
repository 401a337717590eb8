"""Files of premises and of leavers and joiners for tests: Ofsted's columns of 2025 with made-up rows."""

from __future__ import annotations

from collections.abc import Iterable

from tests.factories.register import register_text

PREMISES_COLUMNS = (
    "Web link",
    "URN",
    "Provider name",
    "Provision type",
    "Registration date",
    "Registration status",
    "Service category (Note 4)",
    "Places",
    "Premises Ofsted Region",
    "Premises Government Office Region",
    "Premises Parliamentary Constituency",
    "Premises Local Authority",
    "Sector",
    "Organisation name",
)
CHANGE_COLUMNS = (
    "URN",
    "Provision type",
    "Ofsted Region",
    "Government Office Region",
    "Local authority",
    "Parliamentary constituency",
    "Sector",
    "Places",
    "Supported accommodation premises",
    "Short-break-only children's home",
    " First effective date (that the provider became active)",
    "First effective date (that the provider became resigned)",
    "First effective date (that the provider closed)",
    "First effective date (that the provider became cancelled)",
    "Joiner status",
    "Leaver status",
    "Registration status (as at 1 April 2024)",
    "Registration status (as at 31 March 2025)",
    "Inspectorate (as at 1 April 2024)",
    "Inspectorate (as at 31 March 2025)",
    "Setting name",
    "Reason",
)
ACTIVE_ON, RESIGNED_ON, CLOSED_ON, CANCELLED_ON = CHANGE_COLUMNS[10:14]
JOINER, LEAVER, STATUS_AFTER = "Joiner status", "Leaver status", "Registration status (as at 31 March 2025)"
CATEGORY, AUTHORITY = "Service category (Note 4)", "Premises Local Authority"


def building(urn: str = "9900001", category: str = "Category 1", places: str = "2", **cells: str) -> dict[str, str]:
    """A row: a building in Croydon, with cells put over it by heading."""
    return {
        "URN": urn,
        "Provider name": "Made-up Living",
        "Provision type": "Supported Accommodation",
        "Registration date": "25/07/2023",
        "Registration status": "Active",
        CATEGORY: category,
        "Places": places,
        "Premises Government Office Region": "London",
        AUTHORITY: "Croydon",
        "Sector": "Private",
        **cells,
    }


def left(urn: str = "9900001", on: str = "13/01/2025", status: str = "Resigned", **cells: str) -> dict[str, str]:
    """A row: a home that left."""
    dates = {CANCELLED_ON: on} if status == "Cancelled" else {RESIGNED_ON: on} if status == "Resigned" else {}
    return {
        "URN": urn,
        "Provision type": "Children's home",
        "Government Office Region": "London",
        "Local authority": "Croydon",
        "Sector": "Private",
        "Places": "3",
        ACTIVE_ON: "15/07/2016",
        CLOSED_ON: on,
        LEAVER: "Leaver",
        STATUS_AFTER: status,
        "Setting name": "REDACTED",
        "Reason": "In previous year, not in current dataset (closed date in Year)",
        **dates,
        **cells,
    }


def joined(urn: str = "9900002", on: str = "23/05/2024", **cells: str) -> dict[str, str]:
    """A row: a home that joined."""
    return left(
        urn,
        **{
            ACTIVE_ON: on,
            RESIGNED_ON: "",
            CLOSED_ON: "",
            LEAVER: "",
            JOINER: "Joiner",
            STATUS_AFTER: "Active",
            "Reason": "In current dataset as active, not in previous year",
            **cells,
        },
    )


def premises_text(rows: Iterable[dict[str, str]], title: str = "Made-up premises as at 31 March 2025") -> str:
    """A whole file of premises. The first row of data is line 5."""
    return register_text(rows, columns=PREMISES_COLUMNS, preamble=(title, "One table, from cell A4.", ""))


def changes_text(rows: Iterable[dict[str, str]], title: str = "Made-up leavers and joiners at 31 March 2025") -> str:
    """A whole file of leavers and joiners. The first row of data is line 5."""
    return register_text(rows, columns=CHANGE_COLUMNS, preamble=(title, "One table, from cell A4.", ""))
