"""Scores as people read them: a frozen record counts in millionths of the total, a page in points out of 100."""

from __future__ import annotations

MILLIONTHS_PER_POINT = 10_000


def points(millionths: float) -> str:
    """Millionths of a total as points out of 100, exactly: 24.0625. What is shown adds up to what is shown."""
    whole, rest = divmod(round(millionths), MILLIONTHS_PER_POINT)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def short_points(millionths: float) -> str:
    """One decimal, for the label on a bar; the whole is 100."""
    return f"{millionths / MILLIONTHS_PER_POINT:.1f}".replace("100.0", "100")
