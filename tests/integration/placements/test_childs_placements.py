"""What placements mean for a child's record: listed on it, and in the way of its erasure while they last."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.children import erasing
from app.children.events import HoldingsAsked
from app.children.holdings import holdings_of
from app.children.models import Child
from app.core import events
from app.core.errors import Invalid
from app.placements import holdings
from app.placements.queries import placements_of_child
from app.placements.status import PlacementStatus
from app.requests.holdings import tell_holdings as requests_hold
from tests.factories.placements import make_placement
from tests.factories.requests import VAULT


def test_a_record_is_not_erased_while_its_child_is_placed_and_long_after(session: Session) -> None:
    case, placement = make_placement(session)
    events.install(session, {HoldingsAsked: (requests_hold, holdings.tell_holdings)})
    child = session.get_one(Child, placement.child_id)
    listed = placements_of_child(session, actor=case.officer, child_id=child.id)
    assert [one.id for one, _ in listed] == [placement.id]

    def erase(basis: str) -> None:
        erasing.erase(
            session,
            actor=case.director,
            vault=VAULT,
            child_id=child.id,
            basis=basis,
            reason="Ordered in case 1234",
            typed_reference=child.reference,
            version=child.version,
            now=case.awarded_at,
        )

    for status in (PlacementStatus.AWAITING_START, PlacementStatus.LIVE):
        placement.status, placement.started_on = status, case.meeting_on
        session.flush()
        with pytest.raises(Invalid, match=f"Placement {placement.reference}"):
            erase("court")
    placement.status, placement.ended_on = PlacementStatus.ENDED, case.meeting_on + dt.timedelta(days=1)
    session.flush()
    assert [one.looked_after for one in holdings_of(session, [child.id]) if one.room == "placements"] == [True]
    with pytest.raises(Invalid, match="must be kept until"):
        erase("retention")
    erase("court")
    assert child.wrapped_key is None
