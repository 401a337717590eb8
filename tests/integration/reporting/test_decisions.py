"""How often decisions follow the order, and with which reasons: to the hub with small numbers hidden, to a borough its
own.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.offers.reasons import rules_on
from app.reporting.decisions import Decisions, decisions
from app.reporting.reach import Scope
from app.reporting.years import year_of
from tests.factories import offers as made
from tests.factories.offers import Scene

HOUR = dt.timedelta(hours=1)


def counted(session: Session, scene: Scene, scope: Scope) -> Decisions:
    day = local_date(scene.deadline)
    return decisions(session, scope=scope, year=year_of(day), rules=rules_on(session, day))


def test_decisions_are_counted_once_by_order_and_by_reason_within_a_scope(session: Session) -> None:
    """Six decisions of five boroughs: five follow the order, one departs from it after a change of mind."""
    services = ({"quality": 90, "places": 9}, {"quality": 20, "places": 9})
    first = made.make_scene(session, services=services)
    others = [made.make_request_in(session, lot=first.lot, services=first.services) for _ in range(2)]
    for scene in (first, *others):
        best, second = (made.offer(scene, service) for service in scene.services)
        made.open_offers(scene)
        made.prefer(scene, best, code="best_overall")
    made.prefer(scene, second, code="first_withdrew", now=scene.deadline + 2 * HOUR)
    level = [made.make_request_in(session, lot=first.lot, services=first.services[:1]) for _ in range(2)]
    for scene in level:
        alone = made.offer(scene, scene.services[0])
        made.open_offers(scene)
        made.prefer(scene, alone, code="siblings_together")

    whole = counted(session, first, Scope(own=True))
    assert whole.total == 6
    assert [(one.code, one.count) for one in whole.orders] == [("follows", 5), ("tied", 0), ("departs", 1)]
    assert [(one.code, one.count) for one in whole.reasons] == [
        ("best_overall", 3),
        ("siblings_together", 2),
        ("first_withdrew", 1),
    ]
    assert whole.reasons[0].words == "Best overall score, and nothing against it"
    assert not whole.hides

    hub = counted(session, first, Scope())
    assert (hub.total, [one.count for one in hub.orders]) == (6, [None, 0, None])
    assert [one.count for one in hub.reasons] == [None, None, None]

    own = counted(session, first, Scope(others[1].officer.organisation_id, own=True))
    assert (own.total, [one.code for one in own.reasons]) == (2, ["best_overall", "first_withdrew"])
    elsewhere = counted(session, first, Scope(None, "another lot"))
    assert (elsewhere.total, elsewhere.reasons) == (0, ())
