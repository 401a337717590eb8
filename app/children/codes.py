"""The codes that a child's record holds, in words. They come from the children looked after return (SSDA903)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "config" / "forms" / "child_codes.toml"


@cache
def ethnicities() -> tuple[tuple[str, str], ...]:
    """Codes of ethnicity and their words, in the order of the return."""
    return tuple((code, words) for code, words in tomllib.loads(FILE.read_text(encoding="utf-8"))["ethnicity"])


def ethnicity_words(code: str) -> str:
    """What people read for a code; the code itself where it is not ours."""
    return dict(ethnicities()).get(code, code)
