"""Which price band of a lot a child falls in: by age in whole years and by how much the child needs. Pure rules over
the policy "price_bands".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.market.models import PriceBand
from providers.market.status import BandLevel

POLICY = "price_bands"


@dataclass(frozen=True)
class LevelRule:
    """The policy in figures: a weight for each indicator, and the per cent of the highest possible from which a level
    begins.
    """

    weights: tuple[int, ...]
    enhanced_from: int
    complex_from: int
    least_measured: int

    @classmethod
    def of(cls, content: dict[str, Any]) -> LevelRule:
        """From a policy's content. ValueError for one that makes no sense."""
        rule = cls(
            tuple(content["weights"]), content["enhanced_from"], content["complex_from"], content["least_measured"]
        )
        if min(rule.weights) < 0 or not any(rule.weights) or not 0 <= rule.enhanced_from <= rule.complex_from <= 100:
            raise ValueError("a rule of levels has weights of 0 or more and thresholds in order, in per cent")
        return rule


def level_of(scores: Sequence[int | None], rule: LevelRule) -> BandLevel | None:
    """How much a child needs, from the 12 scores of 0 to 3; None where too few are measured to say.

    A missing score is missing and not 0 (F-57): the share is of what the measured ones could come to.
    """
    measured = [(score, weight) for score, weight in zip(scores, rule.weights, strict=True) if score is not None]
    most = sum(3 * weight for _, weight in measured)
    if len(measured) < rule.least_measured or not most:
        return None
    total = sum(score * weight for score, weight in measured)
    if 100 * total >= rule.complex_from * most:
        return BandLevel.COMPLEX
    return BandLevel.ENHANCED if 100 * total >= rule.enhanced_from * most else BandLevel.STANDARD


def band_of(bands: Iterable[PriceBand], age_years: int, level: BandLevel) -> PriceBand | None:
    """The lot's band for an age and a level; where two overlap the first in the lot's order. None where none fits."""
    fitting = [band for band in bands if band.level is level and band.min_age <= age_years <= band.max_age]
    return min(fitting, key=lambda band: (band.position, band.min_age, band.id), default=None)
