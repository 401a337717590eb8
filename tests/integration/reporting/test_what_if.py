"""Past shortlists under other weights: whose are compared, which are left out, and that reading them writes nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import Base
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.models import Evaluation, Offer
from app.reporting.frozen_shortlists import Period, compare_period, offered, service_names, services_of
from app.reporting.reach import scope_of
from app.reporting.what_if import Compared, LeftOut, Outcome, Reason, asked_for, totals
from providers.market.status import ServiceType
from tests.factories import offers as made
from tests.factories.identity import make_actor, make_organisation
from tests.factories.offers import Scene
from tests.factories.requests import make_actor as make_officer

QUALITY_ALONE = asked_for(price=0, quality=100, needs=0, practical=0)
SERVICES = ({"name": "Cheaphouse", "quality": 60}, {"name": "Goodhouse", "quality": 90})


def freeze(scene: Scene) -> None:
    """Both services offer from the same place: the cheaper one is first under the policy, the better one costs more."""
    made.offer(scene, scene.services[0], 3_000_00)
    made.offer(scene, scene.services[1], 5_600_00)
    made.open_offers(scene)


def everything(session: Session) -> dict[str, list[str]]:
    """Every row of every table, in an order of its own."""
    session.expire_all()
    return {
        table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
        for table in Base.metadata.sorted_tables
    }


def test_the_hub_compares_every_borough_a_borough_its_own_and_nothing_is_written(session: Session) -> None:
    ours = made.make_scene(session, services=SERVICES)
    theirs, unread, empty = (made.make_request_in(session, lot=ours.lot, services=ours.services) for _ in range(3))
    freeze(ours)
    freeze(theirs)
    frozen = session.scalars(select(Evaluation).where(Evaluation.request_id == ours.request.id)).one()
    session.add(
        Evaluation(
            request_id=unread.request.id,
            algorithm=1,
            policy_version_id=frozen.policy_version_id,
            record={"schema": "homeward-record/0"},
            hash=frozen.hash,
            frozen_at=frozen.frozen_at,
        )
    )
    made.open_offers(empty)
    for hours, candidate in enumerate(frozen.record["result"]["requests"][0]["candidates"], start=1):
        chosen = session.get_one(Offer, candidate["offer"])
        made.prefer(ours, chosen, now=ours.deadline + dt.timedelta(hours=hours))
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB, "Made-up Hub"), Role.COMMISSIONER)
    our_borough, their_borough = (
        session.get_one(Organisation, scene.request.organisation_id) for scene in (ours, theirs)
    )
    finance = make_officer(session, Role.FINANCE_OFFICER, organisation=our_borough)
    director = make_officer(session, Role.DIRECTOR, organisation=their_borough)
    session.flush()
    day = ours.deadline.date()
    before = everything(session)

    def ask(
        actor: Actor, *, borough: str | None = None, kind: ServiceType = ServiceType.RESIDENTIAL, after: int = 0
    ) -> tuple[list[Compared], list[LeftOut]]:
        period = Period(day + dt.timedelta(after), day + dt.timedelta(after + 1))
        scope = scope_of(actor, borough_id=borough)
        return compare_period(session, scope=scope, service_type=kind, period=period, asked=QUALITY_ALONE)

    compared, left_out = ask(hub)
    assert {one.about.reference for one in compared} == {ours.request.reference, theirs.request.reference}
    assert {(one.reference, one.reason) for one in left_out} == {
        (unread.request.reference, Reason.UNREADABLE),
        (empty.request.reference, Reason.NOBODY_OFFERED),
    }
    names = service_names(session, services_of(compared))
    for one in compared:
        assert (names[one.then.service_id], names[one.now.service_id]) == ("Cheaphouse", "Goodhouse")
        assert (one.outcome, one.more_pence) == (Outcome.ANOTHER, 2_600_00 * 52)
    # The decision counts as it last stood: for the better one, which was second.
    assert [one.followed for one in compared if one.about.reference == ours.request.reference] == [False]
    assert (totals(compared, left_out).decided, totals(compared, left_out).would_follow) == (1, 1)

    for found in (ask(hub, borough=their_borough.id), ask(director)):
        assert [one.about.reference for one in found[0]] == [theirs.request.reference]
        assert found[1] == []
    for asked_borough in (None, their_borough.id):
        assert [one.about.reference for one in ask(finance, borough=asked_borough)[0]] == [ours.request.reference]
    assert ask(hub, kind=ServiceType.FOSTERING) == ([], [])
    assert ask(hub, after=2) == ([], [])
    assert offered(session, scope=scope_of(finance)).boroughs == ((our_borough.id, our_borough.name),)
    assert offered(session, scope=scope_of(hub)).kinds == ((ServiceType.RESIDENTIAL, 4),)
    assert not session.dirty
    assert not session.deleted
    assert everything(session) == before
