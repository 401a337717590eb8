"""Forms: a marshmallow schema on one side, a page on the other. What was typed is kept until it is right.

`Form` reads what a browser posted, has the schema judge it, and keeps values and messages for the page. There are no
validators here: a rule belongs to the schema or to the use case, whose `Invalid` is shown at its field by `refuse`.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as ma
from werkzeug.datastructures import MultiDict

from app.core.errors import HomewardError, Invalid
from app.web.fields import CHOICE_KINDS, DATE_PARTS, TEXT_KINDS, FieldView, Pick, Raw, lower_first

Posted = MultiDict[str, str]

_INFERRED: tuple[tuple[type[ma.Field[Any]], str], ...] = (
    (ma.Boolean, "tick"),
    (ma.Email, "email"),
    (ma.Integer, "number"),
    (ma.Date, "date"),
    (ma.List, "checkboxes"),
)


def form_tokens() -> Markup:
    """The two hidden inputs of every form that posts: proof that it is ours, and the key by which it is acted upon
    once.
    """
    return Markup(
        '<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="idempotency_key" value="{}">'
    ).format(generate_csrf(), secrets.token_urlsafe(16))


def read_raw(view: FieldView, posted: Posted) -> Raw:
    """One answer as it was posted: edges trimmed and line ends made one kind, otherwise untouched, so a draft can keep
    it.
    """
    if view.kind == "date":
        return {part: posted.get(f"{view.name}-{part}", "").strip() for part in DATE_PARTS}
    if view.kind == "file":
        return ""
    if view.kind == "checkboxes":
        chosen = posted.getlist(view.name)
        return [choice[0] for choice in view.choices if choice[0] in chosen]
    text = posted.get(view.name, "")
    if view.kind == "password":
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def is_empty(raw: Raw) -> bool:
    """Whether nothing was answered."""
    return not any(raw.values()) if isinstance(raw, dict) else not raw


def text_problem(view: FieldView, raw: Raw) -> str | None:
    """What is wrong with the text itself: hidden characters or too many of them. None where it is fine."""
    label = "This answer" if not view.label or view.label.endswith("?") else view.label
    texts = list(raw.values()) if isinstance(raw, dict) else raw if isinstance(raw, list) else [raw]
    allowed = "\n\t" if view.kind == "textarea" else ""
    for text in texts:
        if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
            return f"{label} has characters in it that cannot be seen. Type it again"
    if view.kind in TEXT_KINDS and view.max_length is not None and len(texts[0]) > view.max_length:
        return f"{label} must be {view.max_length:,} characters or fewer"
    if view.kind == "date" and any(len(text) > 20 for text in texts):
        return f"{label} must be a real date, like 27 3 2027"
    return None


def view_of(name: str, field: ma.Field[Any], choices: Iterable[Pick] | None = None) -> FieldView:
    """How a marshmallow field looks: its metadata, or what its type suggests."""
    looks: dict[str, Any] = {"optional": not field.required, "label": name.replace("_", " ").capitalize()}
    looks["kind"] = next((kind for cls, kind in _INFERRED if isinstance(field, cls)), "text")
    looks |= field.metadata
    if choices is not None:
        looks["choices"] = tuple(choices)
    view = FieldView.of({**looks, "name": name})
    if view.kind in TEXT_KINDS and view.max_length is None:
        return FieldView.of({**looks, "name": name, "max_length": 200})
    return view


class Form:
    """One form on one page. `values` fill it before anybody typed; `choices` are those known only at run time.

    `filters` is for the form above a list, where everything may be left empty and need not say so.
    """

    def __init__(
        self,
        schema: type[Schema] | Schema,
        *,
        values: Mapping[str, Any] | None = None,
        choices: Mapping[str, Iterable[Pick]] | None = None,
        filters: bool = False,
    ) -> None:
        self.schema = schema() if isinstance(schema, type) else schema
        chosen = choices or {}
        self.views = {
            name: view_of(name, field, chosen.get(name))
            for name, field in self.schema.fields.items()
            if not field.dump_only
        }
        if filters:
            self.views = {name: replace(view, filters=True) for name, view in self.views.items()}
        self.raw: dict[str, Raw] = {
            name: _as_posted(view, (values or {}).get(name)) for name, view in self.views.items()
        }
        self.data: dict[str, Any] = {}
        self.errors: dict[str, str] = {}

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows this form."""
        return 400 if self.errors else 200

    def view(self, name: str) -> FieldView:
        """How one question looks."""
        return self.views[name]

    def value(self, name: str) -> Raw:
        """One answer as it was typed, or as it was before anybody typed."""
        return self.raw[name]

    def parse(self, posted: Posted) -> bool:
        """Read what was posted into `data`, or fill `errors`. True where the schema accepts all of it."""
        self.errors, self.data = {}, {}
        problems: dict[str, str] = {}
        answers: dict[str, Any] = {}
        for name, view in self.views.items():
            raw = self.raw[name] = read_raw(view, posted)
            problem = text_problem(view, raw)
            if problem:
                problems[name] = problem
            unknown = view.kind in CHOICE_KINDS and isinstance(raw, str) and raw not in view.codes
            unknown |= view.kind == "tick" and raw != "yes"
            if not is_empty(raw) and not unknown:
                answers[name] = raw
        try:
            data = self.schema.load(answers, unknown=EXCLUDE)
        except ValidationError as error:
            said = error.messages if isinstance(error.messages, dict) else {"": error.messages}
            found = {("" if name == "_schema" else str(name)): _first(message) for name, message in said.items()}
        else:
            found = {}
            self.data = dict(data)
        found |= problems
        # In the order of the page, so that the summary reads as the page does.
        self.errors = {name: found[name] for name in self.views if name in found}
        self.errors |= {name: message for name, message in found.items() if name not in self.errors}
        if self.errors:
            self.data = {}
        return not self.errors

    def add_error(self, field: str, message: str) -> None:
        """Show a message at a field, or at the top where the field is not on this page."""
        self.errors[field if field in self.views else ""] = message

    def refuse(self, error: HomewardError) -> None:
        """Show the domain's refusal at the field that it blames."""
        if isinstance(error, Invalid):
            for field, message in error.errors.items():
                self.add_error(field, message)
        else:
            self.add_error(error.field or "", error.message)

    def error_links(self) -> list[dict[str, str]]:
        """The error summary: each message and the id of the first input it is about."""
        return [
            {"text": message, "href": f"#{self.views[name].target}" if name in self.views else "#main-content"}
            for name, message in self.errors.items()
        ]


def _first(message: Any) -> str:
    """The first sentence in marshmallow's nest of messages."""
    while isinstance(message, (dict, list)):
        message = next(iter(message.values() if isinstance(message, dict) else message), "Check this answer")
    return str(message).rstrip(".") if str(message).count(".") == 1 else str(message)


def _as_posted(view: FieldView, value: Any) -> Raw:
    """A stored value as the form would post it."""
    if view.kind == "date":
        if isinstance(value, Mapping):
            return {part: str(value.get(part, "")) for part in DATE_PARTS}
        day = value if isinstance(value, dt.date) else None
        return {part: str(getattr(day, part)) if day else "" for part in DATE_PARTS}
    if view.kind == "checkboxes":
        return [_code(item) for item in value or ()]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no" if view.kind == "radios" else ""
    if view.kind == "money" and isinstance(value, int):
        return f"{value // 100}" if value % 100 == 0 else f"{value // 100}.{value % 100:02d}"
    return _code(value)


def _code(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)


__all__ = ["FieldView", "Form", "form_tokens", "is_empty", "lower_first", "read_raw", "text_problem"]
