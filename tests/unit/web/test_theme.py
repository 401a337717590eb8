"""The theme's colours can be read: words on their ground at 4.5 to 1, neighbouring parts of a bar at 1.7 to 1."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[3] / "app" / "web" / "static" / "homeward.css").read_text("utf-8")
THEME = dict(re.findall(r"^\s*--((?:hw|govuk)-[\w-]+):\s*(#[0-9a-f]{6});", SHEET, re.M))


def lightness(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    light, dark = sorted((lightness(one), lightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["hw-brand", "hw-brand-2", "hw-accent", "hw-good", "hw-warn", "hw-bad", "hw-quiet"])
def test_words_in_the_colours_of_the_theme_can_be_read(name: str) -> None:
    assert contrast(THEME[name], "#ffffff") >= 4.5
    assert contrast(THEME[name], THEME["hw-tint"]) >= 4.5


@pytest.mark.parametrize("name", ["govuk-link-colour", "govuk-link-hover-colour", "govuk-link-visited-colour"])
def test_links_can_be_read_on_paper_and_on_tint(name: str) -> None:
    assert contrast(THEME[name], "#ffffff") >= 4.5
    assert contrast(THEME[name], THEME["hw-tint"]) >= 4.5


def test_each_tag_can_be_read() -> None:
    tags = re.findall(r"\.hw-tag[\w-]*\s*\{[^}]*background: (#[0-9a-f]{6}); color: (#[0-9a-f]{6})", SHEET)
    assert len(tags) == 5
    for ground, words in tags:
        assert contrast(ground, words) >= 4.5, (ground, words)


def test_neighbouring_parts_of_a_bar_differ_in_lightness() -> None:
    fills = [THEME[f"hw-fill-{n}"] for n in range(1, 7)]
    for one, other in itertools.pairwise(fills):
        assert contrast(one, other) >= 1.7, (one, other)
