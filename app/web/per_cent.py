"""A rate in per cent as people type it: 5, 4.5, 0.75%. The value is in hundredths of a per cent."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError

from app.web.fields import Question
from providers.services.prices.discounts import rate_words

_RATE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%?")


class PerCent(Question):
    """A rate between two others, both in hundredths of a per cent."""

    kind = "text"

    def __init__(self, label: str = "", *, least: int = 0, most: int = 10_000, **rest: Any) -> None:
        self.least, self.most = least, most
        super().__init__(label, max_length=10, width=5, suffix="%", spellcheck=False, **rest)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        found = _RATE.fullmatch(re.sub(r"\s", "", str(value)))
        if found is None:
            raise self.wrong("must be a percentage with up to two decimals, like 4.5")
        points = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if not self.least <= points <= self.most:
            between = f"between {rate_words(self.least)} and {rate_words(self.most)}"
            raise ValidationError(f"{self.called} must be {between}")
        return points


def typed_rate(points: int | None) -> str | None:
    """A rate as it would be typed."""
    return None if points is None else rate_words(points).removesuffix("%")
