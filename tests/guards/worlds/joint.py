"""What proposals for sharing places are named by in addresses."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.status import OrganisationKind
from app.offers.joint.models import JointPlan, JointPlanRow
from app.offers.joint.working import work_out
from tests.factories.offers import make_request_in
from tests.guards.worlds.world import EVERYBODY, Ids, World, names


@names("plan_id")
def joint_plans(session: Session, world: World) -> Ids:
    """The proposal over a request of each borough: the hub's alone, and there is one hub."""
    world.things["joint"] = [
        make_request_in(
            session,
            lot=world.things["market"].residential,
            services=list(world.things["services"]),
            vault=world.vault,
            now=world.now,
            borough=places[OrganisationKind.BOROUGH],
        ).request.id
        for places in (world.ours, world.theirs)
    ]
    plan = work_out(session, vault=world.vault, now=world.now)
    assert isinstance(plan, JointPlan)
    return Ids(plan.id, plan.id, EVERYBODY)


@names("row_id")
def joint_rows(session: Session, world: World) -> Ids:
    """The rows of those requests."""
    ours, theirs = (
        session.scalars(select(JointPlanRow.id).where(JointPlanRow.request_id == request_id)).first()
        for request_id in world.things["joint"]
    )
    assert ours is not None
    assert theirs is not None
    return Ids(ours, theirs)
