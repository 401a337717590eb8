"""Lists of services for the hub and for a borough: the questions that narrow them and the words of their cells."""

from __future__ import annotations

from collections.abc import Iterable

from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from app.core.errors import NotFound
from app.core.geography import authority
from app.reporting.service_filters import BANDS, FRESH, NEVER, NONE, STALE, UNKNOWN, ServiceFilter
from app.web.fields import Choice, Text
from app.web.forms import Form
from app.web.tables import Column
from providers.market.models import Lot
from providers.passport.kinds import KIND_WORDS, RegistrationKind
from providers.passport.status import ENROLMENT, EnrolmentStatus
from providers.register.status import Grade, SupportedOutcome

COLUMNS = (
    Column("name", "Service", sort=True),
    Column("company", "Company", sort=True),
    Column("kind", "Kind"),
    Column("standing", "Lots"),
    Column("judgement", "Judgement"),
    Column("quality", "Quality", sort=True, numeric=True),
    Column("places", "Free places", sort=True, numeric=True),
)
RESULT_WORDS: dict[Grade | SupportedOutcome, str] = {
    Grade.OUTSTANDING: "Outstanding",
    Grade.GOOD: "Good",
    Grade.REQUIRES_IMPROVEMENT: "Requires improvement",
    Grade.INADEQUATE: "Inadequate",
    SupportedOutcome.STRONG: "Consistently strong",
    SupportedOutcome.INCONSISTENT: "Inconsistent",
    SupportedOutcome.SERIOUS_WEAKNESSES: "Serious weaknesses",
}
RESULT_TONES: dict[Grade | SupportedOutcome, str] = {
    Grade.OUTSTANDING: "good",
    Grade.GOOD: "good",
    Grade.REQUIRES_IMPROVEMENT: "warn",
    Grade.INADEQUATE: "bad",
    SupportedOutcome.STRONG: "good",
    SupportedOutcome.INCONSISTENT: "warn",
    SupportedOutcome.SERIOUS_WEAKNESSES: "bad",
}
FRESH_WORDS = {FRESH: "Confirmed lately", STALE: "Not confirmed lately", NEVER: "Never confirmed"}
STANDING_WORDS = {
    EnrolmentStatus.ENROLLED: "Enrolled",
    EnrolmentStatus.SUSPENDED: "Suspended",
    EnrolmentStatus.REMOVED: "Removed",
}
STANDING_TONES = {
    EnrolmentStatus.ENROLLED: "good",
    EnrolmentStatus.SUSPENDED: "bad",
    EnrolmentStatus.REMOVED: "neutral",
}
_BAND_WORDS = {code: f"{first} to {last} points" for code, (first, last) in BANDS.items()}
_KINDS = tuple((kind.value, KIND_WORDS[kind]) for kind in RegistrationKind if kind is not RegistrationKind.NONE)


def _select(label: str, choices: Iterable[tuple[str, str]] = ()) -> Choice:
    return Choice(label, kind="select", required=False, choices=tuple(choices))


class OwnFilterForm(Schema):
    """What narrows a borough's list."""

    search = Text("Service, company or URN", required=False, max_length=100, width=20)
    lot = _select("Lot")
    kind = _select("Kind", _KINDS)
    judgement = _select("Judgement", (*((one.value, words) for one, words in RESULT_WORDS.items()), (NONE, "None yet")))
    quality = _select("Quality score", (*_BAND_WORDS.items(), (UNKNOWN, "Not known")))
    places = _select("Free places", FRESH_WORDS.items())


class FilterForm(OwnFilterForm):
    """What narrows the hub's."""

    standing = _select(
        "Standing", (*((status.value, ENROLMENT.words[status]) for status in EnrolmentStatus), (NONE, "On no lot"))
    )
    authority = _select("Local authority")
    in_house = _select("In-house", (("yes", "In-house services"), ("no", "In the competition")))


def filter_form(
    args: MultiDict[str, str], schema: type[OwnFilterForm], lots: Iterable[Lot], codes: Iterable[str] = ()
) -> Form:
    """The filters as the address has them. What no filter offers narrows nothing."""
    choices: dict[str, list[tuple[str, str]]] = {"lot": [(lot.id, lot.name) for lot in lots]}
    if schema is FilterForm:
        choices["authority"] = sorted(((code, authority_name(code) or code) for code in codes), key=lambda one: one[1])
    form = Form(schema, choices=choices, filters=True)
    form.parse(args)
    return form


def wanted(form: Form) -> ServiceFilter:
    """The conditions behind the filters."""
    said = {name: value or "" for name, value in form.data.items()}
    return ServiceFilter(lot_id=said.pop("lot", ""), **said)


def authority_name(gss: str | None) -> str:
    """The name of an area; empty where it is not known."""
    if gss is None:
        return ""
    try:
        return authority(gss).name
    except NotFound:
        return ""
