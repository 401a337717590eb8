"""What made-up placements cost: more for children who need more, so that a tariff fitted from them says something; the
tariff itself; and companies that explain a price above what is usual, as most of those asked would.
"""

from __future__ import annotations

import datetime as dt
import math
import random

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.demo.stage import Stage
from app.identity.permissions import Actor
from app.offers.explaining import asked_of, explain_price
from app.offers.models import Offer
from app.placements.fitting import fit_now
from app.requests.models import PlacementRequest
from providers.market.status import ServiceType

USUAL_PENCE = {
    ServiceType.FOSTERING: 105_000,
    ServiceType.RESIDENTIAL: 610_000,
    ServiceType.SUPPORTED: 120_000,
    ServiceType.NMI_DAY: 105_000,
}
DEARER = (0.03, 0.01, 0.02, 0.05, 0.01, 0.02, 0.06, 0.01, 0.0, 0.02, 0.01, 0.04)
"""What a level of each need adds to a price, as the logarithm of its multiplier."""

USUAL_NEEDS = 0.3
"""What the needs of a usual child add: theirs is the usual price."""

FITTED = -15
"""The day, counted from now, on which the tariff is fitted: before every request that is still open or undecided."""

EXPLANATIONS = (
    (("staffing",), "Two waking members of staff for the first twelve weeks, £900 a week of the price."),
    (("therapy", "staffing"), "Weekly sessions with a made-up therapist and a key worker trained by her."),
    (("location", "other"), "The house was leased for this placement at short notice."),
)


def usual_price(request: PlacementRequest, service_type: ServiceType) -> float:
    """What a placement of this kind usually costs with needs like these, in pence a week."""
    needs = sum(more * (need or 0) for more, need in zip(DEARER, request.needs or (), strict=False))
    return USUAL_PENCE[service_type] * math.exp(needs - USUAL_NEEDS)


def fit_tariff(stage: Stage) -> None:
    """Fit the tariff from the placements that had begun by then."""
    with stage.at(stage.day(FITTED)):
        pass
    fit_now(stage.wiring.sessions, stage.wiring.clock)


def explain_if_asked(
    session: Session, *, actor: Actor, vault: Vault, offer: Offer, draw: random.Random, now: dt.datetime
) -> None:
    """Two of three companies that are asked to explain their price do so. Those whose deadline is still to come are
    left to whoever looks at the demonstration.
    """
    if asked_of(session, actor=actor, vault=vault, offer_id=offer.id) is None or draw.random() > 2 / 3:
        return
    reasons, words = draw.choice(EXPLANATIONS)
    explain_price(
        session,
        actor=actor,
        vault=vault,
        offer_id=offer.id,
        reasons=reasons,
        words=words,
        version=offer.version,
        now=now,
    )
