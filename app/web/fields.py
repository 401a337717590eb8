"""The kinds of question that our forms ask, as marshmallow fields that know how they look.

Each turns what a browser posts into a value (pence, a date, a code) or into a message in plain English. `FieldView` is
how a question looks, apart from how it is checked, so that a question that comes from a form version renders through
the same macro.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from marshmallow import ValidationError
from marshmallow import fields as ma

from app.core.errors import Invalid
from app.core.money import parse_pounds

Pick: TypeAlias = tuple[str, str] | tuple[str, str, str]
"""A choice: code, words and perhaps a hint."""

Raw: TypeAlias = str | list[str] | dict[str, str]
"""An answer as it was posted: text, codes, or the parts of a date."""

TEXT_KINDS = frozenset({"text", "textarea", "money", "number", "email", "password", "postcode", "hidden"})
CHOICE_KINDS = frozenset({"radios", "select", "checkboxes"})
DATE_PARTS = ("day", "month", "year")

_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s.<>\"]+(\.[^@\s.<>\"]+)+")
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def lower_first(text: str) -> str:
    """A label inside a sentence: "Price a week" becomes "price a week", "URN" stays."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


@dataclass(frozen=True)
class FieldView:
    """How a question looks. `width` is a number of characters (2, 3, 4, 5, 10, 20) or a fraction ("two-thirds")."""

    name: str
    kind: str = "text"
    label: str = ""
    hint: str = ""
    choices: tuple[Pick, ...] = ()
    width: int | str | None = None
    optional: bool = False
    heading: bool = False
    max_length: int | None = None
    rows: int = 5
    count: bool = False
    prefix: str = ""
    suffix: str = ""
    autocomplete: str = ""
    spellcheck: bool = True
    inline: bool = False
    filters: bool = False

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> FieldView:
        """From a form version's definition. Keys that are not about looks are left alone."""
        known = {field.name for field in fields(cls)}
        given = {key: value for key, value in definition.items() if key in known}
        given["choices"] = tuple(tuple(choice) for choice in given.get("choices", ()))
        return cls(**given)

    @property
    def codes(self) -> frozenset[str]:
        """The codes that may be posted."""
        return frozenset(choice[0] for choice in self.choices)

    @property
    def title(self) -> str:
        """The label as shown: what may be left empty says so."""
        says = self.optional and not self.filters and self.kind != "tick"
        return f"{self.label} (optional)" if says else self.label

    @property
    def target(self) -> str:
        """The id that an error links to: the first input of a group."""
        return f"{self.name}-day" if self.kind == "date" else self.name

    def items(self, chosen: Raw) -> list[dict[str, Any]]:
        """The choices as the radios and checkboxes macros want them."""
        return [
            {
                "value": choice[0],
                "text": choice[1],
                "hint": {"text": choice[2]} if len(choice) > 2 else None,
                "checked": choice[0] in chosen if isinstance(chosen, list) else choice[0] == chosen,
            }
            for choice in self.choices
        ]

    def options(self, chosen: Raw) -> list[dict[str, Any]]:
        """The choices as the select macro wants them, with an empty first one: nothing is chosen for anybody."""
        listed = [{"value": choice[0], "text": choice[1], "selected": choice[0] == chosen} for choice in self.choices]
        return [{"value": "", "text": "Any" if self.filters else "Choose one", "selected": not chosen}, *listed]

    @property
    def width_class(self) -> str:
        """The GOV.UK class for the width."""
        if self.width is None:
            return ""
        return f"govuk-input--width-{self.width}" if isinstance(self.width, int) else f"govuk-!-width-{self.width}"


class Question(ma.Field[Any]):
    """A marshmallow field that knows how it looks. `missing` is said when a required answer is empty; `called` is the
    answer's name in the other messages, where the label is a question.
    """

    kind = "text"
    ask = "Enter"
    empty: Any = None

    def __init__(
        self,
        label: str = "",
        *,
        hint: str = "",
        required: bool = True,
        missing: str | None = None,
        invalid: str | None = None,
        called: str = "",
        validate: Any = None,
        **looks: Any,
    ) -> None:
        self.label = label
        self.called = called or label
        self.missing_message = missing or f"{self.ask} {lower_first(self.called)}"
        self.invalid_message = invalid
        metadata = {"label": label, "hint": hint, "kind": self.kind, "optional": not required, **looks}
        kwargs: dict[str, Any] = {} if required else {"load_default": self.empty}
        super().__init__(
            required=required,
            validate=validate,
            error_messages={"required": self.missing_message, "null": self.missing_message},
            metadata=metadata,
            **kwargs,
        )

    def wrong(self, rest: str) -> ValidationError:
        """The message for an answer that cannot be read: the field's own, or its name and the rest of the sentence."""
        return ValidationError(self.invalid_message or f"{self.called} {rest}")


class Text(Question):
    """One line."""

    empty = ""

    def __init__(self, label: str = "", *, max_length: int = 200, **rest: Any) -> None:
        super().__init__(label, max_length=max_length, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return str(value)


class LongText(Text):
    """Several lines. `count=True` shows how many characters are left."""

    kind = "textarea"

    def __init__(
        self, label: str = "", *, max_length: int = 4000, rows: int = 5, count: bool = False, **rest: Any
    ) -> None:
        super().__init__(label, max_length=max_length, rows=rows, count=count, **rest)


class Money(Question):
    """Pounds as people type them, to integer pence."""

    kind = "money"

    def __init__(
        self, label: str = "", *, least: int = 0, most: int = 100_000_000_00, width: int | str = 10, **rest: Any
    ) -> None:
        self.least, self.most = least, most
        super().__init__(label, width=width, prefix="£", max_length=20, spellcheck=False, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        try:
            pence = parse_pounds(str(value))
        except (Invalid, ValueError):
            raise self.wrong("must be an amount of money, like 4,250 or 4250.50") from None
        if pence < self.least:
            raise ValidationError(f"{self.called} must be {_plain_pounds(self.least)} or more")
        if pence > self.most:
            raise ValidationError(f"{self.called} must be {_plain_pounds(self.most)} or less")
        return pence


def _plain_pounds(pence: int) -> str:
    return f"£{pence // 100:,}" if pence % 100 == 0 else f"£{pence / 100:,.2f}"


class WholeNumber(Question):
    """A whole number between two others."""

    kind = "number"

    def __init__(
        self, label: str = "", *, least: int = 0, most: int = 1_000_000, width: int | str = 5, **rest: Any
    ) -> None:
        self.least, self.most = least, most
        super().__init__(label, width=width, max_length=12, spellcheck=False, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        text = str(value).replace(",", "").replace(" ", "")
        if not re.fullmatch(r"-?[0-9]{1,12}", text):
            raise self.wrong("must be a whole number, like 12")
        number = int(text)
        if not self.least <= number <= self.most:
            raise ValidationError(f"{self.called} must be between {self.least:,} and {self.most:,}")
        return number


class DateField(Question):
    """A day, month and year in three boxes. The month may be a word."""

    kind = "date"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dt.date:
        parts = {part: str(value.get(part, "")).strip() for part in DATE_PARTS}
        absent = [part for part in DATE_PARTS if not parts[part]]
        if absent:
            raise ValidationError(f"{self.called} must include a {' and '.join(absent)}")
        month = parts["month"][:3].lower()
        if month in _MONTHS:
            parts["month"] = str(_MONTHS.index(month) + 1)
        if not all(part.isascii() and part.isdigit() for part in parts.values()):
            raise self.wrong("must be a real date, like 27 3 2027")
        if len(parts["year"]) != 4:
            raise ValidationError(f"{self.called} must have a year of 4 numbers, like 2027")
        try:
            return dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        except (ValueError, OverflowError):
            raise self.wrong("must be a real date, like 27 3 2027") from None


class Choice(Question):
    """One of a few (radios) or of many (select). The code is the value."""

    kind = "radios"
    ask = "Choose"

    def __init__(self, label: str = "", *, choices: Iterable[Pick] = (), kind: str = "radios", **rest: Any) -> None:
        super().__init__(label, choices=tuple(choices), **rest)
        self.metadata = {**self.metadata, "kind": kind}

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return str(value)


class Choices(Question):
    """Any of several, as a list of codes in the order offered."""

    kind = "checkboxes"
    ask = "Choose"

    def __init__(self, label: str = "", *, choices: Iterable[Pick] = (), **rest: Any) -> None:
        super().__init__(label, choices=tuple(choices), **rest)
        if not self.required:
            self.load_default = list

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        return [str(code) for code in value]


class YesNo(Choice):
    """Yes or no, side by side."""

    ask = "Choose whether"

    def __init__(self, label: str = "", *, missing: str | None = None, **rest: Any) -> None:
        missing = missing or "Choose yes or no"
        super().__init__(label, choices=(("yes", "Yes"), ("no", "No")), inline=True, missing=missing, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        return str(value) == "yes"


class Tick(Question):
    """One box to tick. `must` is said when it has to be ticked and is not."""

    kind = "tick"
    empty = False

    def __init__(self, label: str = "", *, must: str | None = None, **rest: Any) -> None:
        super().__init__(label, required=must is not None, missing=must, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        return str(value) == "yes"


class Email(Question):
    """An e-mail address."""

    kind = "email"

    def __init__(self, label: str = "Email address", **rest: Any) -> None:
        super().__init__(label, max_length=254, spellcheck=False, **{"autocomplete": "email", **rest})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not _EMAIL.fullmatch(str(value)):
            raise ValidationError("Enter an email address in the correct format, like name@example.gov.uk")
        return str(value)


class Password(Question):
    """A password: taken as typed, never shown again."""

    kind = "password"

    def __init__(self, label: str = "Password", **rest: Any) -> None:
        super().__init__(label, max_length=200, spellcheck=False, **{"autocomplete": "current-password", **rest})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return str(value)


class Postcode(Question):
    """A full postcode, written as the Post Office writes it."""

    kind = "postcode"

    def __init__(self, label: str = "Postcode", *, width: int | str = 10, **rest: Any) -> None:
        super().__init__(label, width=width, max_length=10, spellcheck=False, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        found = _POSTCODE.fullmatch(re.sub(r"\s+", "", str(value)).upper())
        if not found:
            raise ValidationError("Enter a full UK postcode, like CR0 1EA")
        return f"{found[1]} {found[2]}"


class Upload(Question):
    """A file. The form only shows the box: the view reads the file itself (`app.web.uploads`), and a browser never
    gives one back after an error.
    """

    kind = "file"

    def __init__(self, label: str = "File", **rest: Any) -> None:
        super().__init__(label, **{"required": False, "optional": False, **rest})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        return str(value)


class Hidden(Question):
    """Carried along and not shown, such as the version that the page was loaded with."""

    kind = "hidden"

    def __init__(self, *, number: bool = False, **rest: Any) -> None:
        self.number = number
        lost = "This form has lost part of itself. Go back, reload the page and try again"
        super().__init__("", max_length=200, **{"missing": lost, **rest})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | int:
        if not self.number:
            return str(value)
        if not re.fullmatch(r"[0-9]{1,12}", str(value)):
            raise ValidationError(self.missing_message)
        return int(value)
