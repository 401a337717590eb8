"""What goes over the wire, as marshmallow schemas. Those of the form's answers are built from its definition, so that a
field added to the form is read, checked and described here by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, validate
from marshmallow import fields as ma

from app.children.codes import ethnicities
from app.children.records import SEXES
from app.requests.form import CURRENT, FieldDefinition, SectionDefinition, form
from app.requests.referrals.describing import codes_of, notes_of
from app.requests.referrals.parsing import FORMAT, MOST_CHILDREN
from app.requests.referrals.values import raw_of
from app.requests.status import SIBLINGS_WORDS, RequestStatus, Siblings


class Answer(ma.Field[Any]):
    """An answer of any kind: read as the import of a referral reads it, into what a draft keeps."""

    def __init__(self, definition: FieldDefinition, **rest: Any) -> None:
        self.definition = definition
        super().__init__(required=False, allow_none=True, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return raw_of(self.definition, value)

    def deserialize(self, value: Any = None, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        return self._deserialize(value) if value is None else super().deserialize(value, attr, data, **kwargs)


def described(definition: FieldDefinition, labels: Mapping[str, FieldDefinition]) -> dict[str, Any]:
    """A field of the form as JSON Schema, with what JSON Schema has no word for under `x-homeward-`."""
    said = [definition.hint] if definition.hint else []
    said += notes_of(definition, labels)
    if definition.choices:
        said.append(f"Codes: {codes_of(definition)}")
    about: dict[str, Any] = {
        "title": definition.label,
        "description": "\n".join(said),
        **_TYPES.get(definition.kind, _text)(definition),
        "x-homeward-kind": definition.kind,
        "x-homeward-audience": definition.audience.value,
        "x-homeward-required": definition.required,
    }
    if definition.conditions:
        about["x-homeward-asked-when"] = [
            {"field": one.field, "is": list(one.answers)} for one in definition.conditions
        ]
    return about


def _text(definition: FieldDefinition) -> dict[str, Any]:
    longest = {"maxLength": definition.max_length} if definition.max_length else {}
    return {"type": ["string", "null"], **longest}


def _several(definition: FieldDefinition) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": {"type": "string", "enum": [one[0] for one in definition.choices]}}


def _rows(definition: FieldDefinition) -> dict[str, Any]:
    columns = {one.name: one for one in definition.columns}
    line = {
        "type": "object",
        "properties": {name: described(one, columns) for name, one in columns.items()},
        "additionalProperties": False,
    }
    return {"type": ["array", "null"], "maxItems": definition.most_rows, "items": line}


_TYPES: Mapping[str, Any] = {
    "number": lambda one: {"type": ["integer", "null"], "minimum": one.least, "maximum": one.most},
    "date": lambda _one: {"type": ["string", "null"], "format": "date"},
    "radios": lambda one: {"type": ["string", "null"], "enum": [*(choice[0] for choice in one.choices), None]},
    "select": lambda one: {"type": ["string", "null"], "enum": [*(choice[0] for choice in one.choices), None]},
    "checkboxes": _several,
    "picks": _several,
    "rows": _rows,
}
"""How an answer of each kind is described. A kind that is not here is text."""


def property_of(_converter: Any, field: ma.Field[Any], **_: Any) -> dict[str, Any]:
    """For apispec: an `Answer` describes itself."""
    if not isinstance(field, Answer):
        return {}
    labels = {one.name: one for one in form(CURRENT).fields}
    return described(field.definition, labels)


def schema_name(section: SectionDefinition) -> str:
    """What a section's schema is called in the description."""
    return "Answers" + "".join(part.capitalize() for part in section.name.split("_"))


@cache
def answers_schema(version: str, section: str) -> type[Schema]:
    """The schema of one section's answers. Unknown names are errors."""
    definition = form(version).section(section)
    meta = type("Meta", (), {"unknown": RAISE, "ordered": True})
    fields: dict[str, Any] = {one.name: Answer(one) for one in definition.fields}
    return type(schema_name(definition), (Schema,), {**fields, "Meta": meta, "error_messages": _UNKNOWN})


def all_answers_schema(version: str) -> type[Schema]:
    """The answers of every section in one, for the description of a referral, which may name more."""
    fields: dict[str, Any] = {one.name: Answer(one) for one in form(version).fields}
    meta = type("Meta", (), {"unknown": INCLUDE})
    return type("AnswersOfAllSections", (Schema,), {**fields, "Meta": meta})


_UNKNOWN = {"unknown": "The form has no field of this name in this section"}


class Strict(Schema):
    """Names that are not ours are errors, never passed over."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "There is nothing of this name here"}  # noqa: RUF012 - marshmallow reads a plain dict


class Problem(Schema):
    """A refusal (RFC 9457). `errors` has one message for each field that is wrong."""

    status = ma.Integer(required=True)
    title = ma.String(required=True)
    detail = ma.String(required=True)
    reference = ma.String(required=True, metadata={"description": "Finds the log line: give it when you ask for help"})
    field = ma.String()
    errors = ma.Dict(keys=ma.String(), values=ma.String())
    changed = ma.List(ma.String(), metadata={"description": "What differs now from what was sent"})
    references = ma.List(ma.String(), metadata={"description": "Children who may be the one that was sent"})


class ChildIn(Strict):
    """A child to be recorded. Everything that identifies is encrypted."""

    given_name = ma.String(required=True, validate=validate.Length(max=100))
    family_name = ma.String(required=True, validate=validate.Length(max=100))
    date_of_birth = ma.Date(required=True)
    sex = ma.String(required=True, validate=validate.OneOf(list(SEXES)), metadata={"description": "F female, M male"})
    ethnicity = ma.String(
        required=True,
        validate=validate.OneOf([code for code, _ in ethnicities()]),
        metadata={"description": "; ".join(f"{code}: {words}" for code, words in ethnicities())},
    )
    home_postcode = ma.String(required=True, validate=validate.Length(max=10))
    another = ma.Boolean(load_default=False, metadata={"description": "It is another child than those in `seen`"})
    reason = ma.String(
        load_default="", validate=validate.Length(max=1000), metadata={"description": "Why it is another"}
    )
    seen = ma.List(
        ma.String(), load_default=list, metadata={"description": "Who it might be, by reference, and is not"}
    )


class ChildOut(Schema):
    """A child by reference; who they are, for a key that may know."""

    id = ma.String(required=True)
    reference = ma.String(required=True)
    given_name = ma.String(required=True)
    family_name = ma.String(required=True)
    date_of_birth = ma.Date(required=True)
    sex = ma.String(required=True)
    ethnicity = ma.String(required=True)
    home_postcode = ma.String(required=True)


class ChildQuery(Schema):
    """Which child."""

    reference = ma.String(required=True, validate=validate.Length(min=1, max=20))


class RequestQuery(Schema):
    """Which requests."""

    status = ma.String(load_default="", validate=validate.OneOf(["", "closed", *(one.value for one in RequestStatus)]))
    text = ma.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"description": "Part of the reference of a request or a child"},
    )
    page = ma.Integer(load_default=1, validate=validate.Range(1, 10_000))
    per_page = ma.Integer(load_default=25, validate=validate.Range(1, 100))


class RequestLine(Schema):
    """One request in a list."""

    id = ma.String(required=True)
    reference = ma.String(required=True)
    status = ma.String(required=True)
    urgency = ma.String(allow_none=True)
    needed_from = ma.Date(allow_none=True)
    offers_close_at = ma.AwareDateTime(allow_none=True)
    published_at = ma.AwareDateTime(allow_none=True)
    changed_at = ma.AwareDateTime(required=True)
    child_reference = ma.String(allow_none=True)


class RequestPage(Schema):
    """A page of requests, and how many there are."""

    total = ma.Integer(required=True)
    page = ma.Integer(required=True)
    per_page = ma.Integer(required=True)
    requests = ma.List(ma.Nested(RequestLine), required=True)


class RequestIn(Strict):
    """A draft to be started, for one child or for brothers and sisters."""

    children = ma.List(
        ma.String(validate=validate.Length(min=1, max=20)),
        required=True,
        validate=validate.Length(min=1, max=MOST_CHILDREN),
        metadata={"description": "References of the children, the first one first"},
    )
    siblings = ma.String(
        load_default=Siblings.PREFERRED.value,
        validate=validate.OneOf([one.value for one in Siblings]),
        metadata={"description": "; ".join(f"{code.value}: {words}" for code, words in SIBLINGS_WORDS.items())},
    )


class SectionOut(Schema):
    """A section as it stands. A draft may hold what the form would refuse: such answers stand as they were written."""

    name = ma.String(required=True)
    title = ma.String(required=True)
    child = ma.Integer(
        required=True, metadata={"description": "Whom it is about: the child's position, 0 for the whole request"}
    )
    version = ma.Integer(required=True, metadata={"description": "0 where it was never saved; goes into If-Match"})
    saved_at = ma.AwareDateTime(allow_none=True)
    saved_by = ma.String(allow_none=True)
    answers = ma.Dict(keys=ma.String(), required=True)


class RequestOut(Schema):
    """A whole request."""

    id = ma.String(required=True)
    reference = ma.String(required=True)
    status = ma.String(required=True)
    version = ma.Integer(required=True)
    form_version = ma.String(required=True)
    children = ma.List(ma.String(), required=True, metadata={"description": "References, the first child first"})
    sections = ma.List(ma.Nested(SectionOut), required=True)
    gaps = ma.Dict(
        keys=ma.String(),
        values=ma.String(),
        required=True,
        metadata={
            "description": "What must be answered or corrected before it can be submitted, by field; that of the second"
            " child alone is called like field@2"
        },
    )


class SectionQuery(Schema):
    """Which child."""

    child = ma.Integer(
        load_default=1,
        validate=validate.Range(1, MOST_CHILDREN),
        metadata={"description": "The child's position, in a section that is about each child"},
    )


class SectionIn(Strict):
    """One section's answers. What is left out is emptied."""

    answers = ma.Dict(
        keys=ma.String(),
        required=True,
        metadata={
            "anyOf": [{"$ref": f"#/components/schemas/{schema_name(one)}"} for one in form(CURRENT).sections],
            "description": "The answers of the section that the address names",
        },
    )
    version = ma.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 999_999_999),
        metadata={"description": "The version that was read, where there is no header If-Match"},
    )


class SectionSaved(Schema):
    """A section that was saved: its new version, and what is wrong in it now."""

    name = ma.String(required=True)
    version = ma.Integer(required=True)
    gaps = ma.Dict(keys=ma.String(), values=ma.String(), required=True)


class SubmitIn(Strict):
    """Which version of the request was read."""

    version = ma.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 999_999_999))


class Submitted(Schema):
    """A request that waits for a manager."""

    id = ma.String(required=True)
    reference = ma.String(required=True)
    status = ma.String(required=True)
    version = ma.Integer(required=True)


class ReferralChild(Strict):
    """Whom a referral is about: a reference, or who they are. `answers` are about this child alone."""

    reference = ma.String(allow_none=True)
    given_name = ma.String(allow_none=True)
    family_name = ma.String(allow_none=True)
    date_of_birth = ma.String(allow_none=True, metadata={"description": "2013-04-09 or 9/4/2013"})
    sex = ma.String(allow_none=True, metadata={"description": "F or M, or the words"})
    ethnicity = ma.String(allow_none=True, metadata={"description": "A code or its words"})
    home_postcode = ma.String(allow_none=True)
    answers = ma.Dict(keys=ma.String())


class ReferralIn(Schema):
    """A referral. Everything in it may be wrong: faults are listed, and nothing of the rest is lost."""

    class Meta:
        unknown = INCLUDE

    format = ma.Raw(metadata={"type": "string", "description": f"{FORMAT}, or left out"})
    child = ma.Raw(metadata={"$ref": "#/components/schemas/ReferralChild"})
    children = ma.Raw(metadata={"type": "array", "items": {"$ref": "#/components/schemas/ReferralChild"}})
    answers = ma.Raw(metadata={"$ref": "#/components/schemas/AnswersOfAllSections"})


class FaultOut(Schema):
    """Something wrong with a referral."""

    where = ma.String(required=True)
    field = ma.String(required=True)
    label = ma.String(required=True)
    value = ma.String(required=True)
    message = ma.String(required=True)
    kept = ma.Boolean(required=True, metadata={"description": "Whether the draft holds it, as it was written"})


class ReferralKept(Schema):
    """The draft that a referral became, everything that was wrong with it, and what the draft still asks."""

    request = ma.String(required=True, metadata={"description": "The id of the draft"})
    reference = ma.String(required=True)
    child = ma.String(required=True, metadata={"description": "The child's reference"})
    faults = ma.List(ma.Nested(FaultOut), required=True)
    gaps = ma.Dict(keys=ma.String(), values=ma.String(), required=True)


def load_answers(version: str, section: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """A section's answers in the shape that a draft keeps; ValidationError has a message for each wrong name."""
    loaded: dict[str, Any] = answers_schema(version, section)().load(dict(answers))
    return loaded
