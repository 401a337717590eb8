"""When an offer is asked to explain its price, and an explanation that is in order: rules without a database.

The line is what nine in ten such placements stay below, frozen with the request. No provider is told it, and nobody
else is told who was asked: the explanation is sealed with the offer. An offer counts the same without one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from app.core.errors import Invalid
from app.offers.content import LONGEST_TEXT, OfferContent
from app.requests.prices.models import PriceExpectation

OTHER = "other"
ASKED = "Your price is above what placements like this usually cost. Please explain it."


def is_high(payable_pence: int, expectation: PriceExpectation | None) -> bool:
    """Whether a price (pence for each week of the year) is above the line of its request, and offers there are asked
    to explain. At the line is not above it.
    """
    return expectation is not None and expectation.explain and payable_pence > expectation.high_pence


def waits_for_words(content: OfferContent, expectation: PriceExpectation | None) -> bool:
    """Whether an offer is asked to explain its price and has not yet."""
    return is_high(content.payable_pence, expectation) and not content.explained


def with_explanation(
    content: OfferContent, before: OfferContent | None, expectation: PriceExpectation | None
) -> OfferContent:
    """An offer as it is sealed: the explanation that it had stays while its price is high, and goes when it is not."""
    if before is None or not is_high(content.payable_pence, expectation):
        return replace(content, price_reasons=(), price_words="")
    return replace(content, price_reasons=before.price_reasons, price_words=before.price_words)


def checked_explanation(reasons: Sequence[str], words: str, known: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Reasons in the policy's order and the words without the spaces around them. Invalid at `reasons` where nothing is
    said at all, and at `words` where the reason is another one and no words say which, or they are too many.
    """
    ticked = tuple(code for code in known if code in set(reasons))
    said = words.strip()
    if not ticked and not said:
        raise Invalid("Choose at least one reason, or explain in your own words.", field="reasons")
    if OTHER in ticked and not said:
        raise Invalid("Say what the other reason is.", field="words")
    if len(said) > LONGEST_TEXT:
        raise Invalid(f"Use {LONGEST_TEXT:,} characters or fewer.", field="words")
    return ticked, said
