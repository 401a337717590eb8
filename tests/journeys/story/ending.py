"""What must be true when the curtain falls: acts done once, a whole audit chain, letters that name no child."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.database import transaction
from app.offers.models import Invitation, Offer
from app.panels.models import Authority, PanelDecision, Referral, Signature
from app.placements.models import Award, Placement
from app.requests.models import PlacementRequest
from providers.passport.models import Application, Claim
from tests.journeys.story import facts
from tests.journeys.story.house import House
from tests.journeys.story.people import everything_in
from tests.mail_server import MailServer

ONCE = {
    Claim: 2,  # ours and the rival's
    Application: 1,
    PlacementRequest: 1,
    Invitation: 2,
    Offer: 2,
    Referral: 1,
    PanelDecision: 1,
    Signature: 4,
    Authority: 1,
    Award: 1,
    Placement: 1,
}


def check(house: House, post: MailServer) -> None:
    """The ledger of the whole story."""
    with transaction(house.wiring.sessions, read_only=True) as session:
        counted = {model: session.scalar(select(func.count()).select_from(model)) for model in ONCE}
    assert counted == ONCE, "a form that was sent twice acted twice"
    verified = house.run("audit", "verify")
    assert verified["faults"] == []
    assert verified["checked"] > 50
    letters = list(post.messages)
    numbers = [str(one["Message-ID"]) for one in letters]
    assert len(numbers) == len(set(numbers)), "an e-mail was sent twice"
    personal = (*facts.CHILD, facts.CHILD_POSTCODE, facts.SCHOOL)
    wrong = [(str(one["Subject"]), word) for one in letters for word in personal if word in everything_in(one)]
    assert not wrong, f"e-mails hold personal data: {wrong}"
    assert not house.faults(), house.faults()
