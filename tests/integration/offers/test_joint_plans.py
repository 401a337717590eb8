"""Proposals for sharing places between boroughs: what goes in, what is kept, who reads which of it, and who acts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.models import Job
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.joint import asking, queries
from app.offers.joint.competing import gather
from app.offers.joint.models import JointPlan, JointPlanRow
from app.offers.joint.queries import Outcome, Way
from app.offers.joint.rules import POLICY, REASON_CODE, JointRules, joint_rules
from app.offers.joint.working import work_out
from app.offers.models import Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.status import Siblings
from tests.factories import offers as made
from tests.factories import prices, siblings
from tests.factories.identity import make_actor, make_organisation
from tests.factories.offers import Scene
from tests.factories.requests import NOW, VAULT, make_borough

GIVES = 75_000
"""Millionths: 7.5 points."""


@dataclass
class Rivals:
    """Two boroughs whose requests got offers of the same two services, one place each, and their offers by service."""

    first: Scene
    second: Scene
    offers: dict[tuple[int, str], Offer]
    hub: Actor

    @property
    def after(self) -> dt.datetime:
        return self.first.deadline + dt.timedelta(hours=1)


def make_rivals(session: Session) -> Rivals:
    """Both services are alike, so that only prices differ. Out of 100 points price has 30, from 50% to 150% of the
    benchmark: a quarter of the benchmark is 7.5 points. The first request is asked a quarter of it more by Beta than by
    Alpha, the second half of it more.
    """
    alike: dict[str, Any] = {"places": 1, "min_age": 0, "max_age": 17}
    first = made.make_scene(session, services=[{**alike, "name": "Alphahouse"}, {**alike, "name": "Betahouse"}])
    second = made.make_request_in(
        session, lot=first.lot, services=first.services, borough=make_borough(session, name="Madeup Otherborough")
    )
    sent = {}
    for number, scene, dearer in ((1, first, 5), (2, second, 6)):
        benchmark = scene.request.benchmark_pence
        assert benchmark is not None
        assert benchmark % 4 == 0
        for service, quarters in zip(first.services, (4, dearer), strict=True):
            sent[number, service.name] = made.offer(scene, service, care=benchmark * quarters // 4)
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.COMMISSIONER)
    return Rivals(first, second, sent, hub)


def rules_of(session: Session) -> JointRules:
    found = joint_rules(session, NOW.date())
    assert found is not None
    return found


def test_best_alone_collides_and_the_one_who_loses_less_gives_way(session: Session) -> None:
    """By hand: alone both take Alpha. Together both are placed either way; the first gives up 7.5 points in Beta,
    the second would give up 15. The worst match is higher where the first gives way, so it does.
    """
    rivals = make_rivals(session)
    made.open_offers(rivals.first)
    made.open_offers(rivals.second)
    plan = work_out(session, vault=VAULT, now=rivals.after)
    assert plan is not None

    lines, total = queries.lines_of(session, actor=rivals.hub, plan_id=plan.id, limit=10, offset=0)
    assert total == 2
    by_reference = {line.reference: line for line in lines}
    gives, best = by_reference[rivals.first.request.reference], by_reference[rivals.second.request.reference]
    assert (gives.alone, gives.service, gives.loss, gives.outcome) == (
        "Alphahouse",
        "Betahouse",
        GIVES,
        Outcome.SHARES,
    )
    assert (best.alone, best.service, best.loss, best.outcome) == ("Alphahouse", "Alphahouse", 0, Outcome.BEST)
    assert gives.all_before == (rivals.second.request.reference,)
    assert best.all_after == (rivals.first.request.reference,)
    assert gives.row.offer_id == rivals.offers[1, "Betahouse"].id
    assert (plan.placed, plan.requests, plan.worst_total) == (2, 2, gives.row.total)
    assert plan.sum_total == (gives.row.alone_total or 0) * 2 - GIVES
    assert plan.spread == GIVES

    _the_same_again_is_nothing_new(session, rivals, plan)
    _each_borough_reads_its_own_and_acts_on_its_own(session, rivals, plan)
    _only_the_proposed_offer_is_chosen_because_of_the_proposal(session, rivals)
    _what_is_decided_makes_it_stale_and_the_next_one_other(session, rivals, plan)
    for statement in ("UPDATE joint_plan SET placed = 0", "DELETE FROM joint_plan_row"):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))


def _the_same_again_is_nothing_new(session: Session, rivals: Rivals, plan: JointPlan) -> None:
    assert work_out(session, vault=VAULT, now=rivals.after + dt.timedelta(minutes=5)) is None
    assert session.scalar(select(func.count(JointPlan.id))) == 1
    assert queries.changed_since(session, plan, rivals.after + dt.timedelta(minutes=5)) == []


def _only_the_proposed_offer_is_chosen_because_of_the_proposal(session: Session, rivals: Rivals) -> None:
    given, other = rivals.offers[1, "Betahouse"], rivals.offers[1, "Alphahouse"]
    with session.begin_nested() as taken_back:
        made.prefer(rivals.first, given, code=REASON_CODE, now=rivals.after)
        taken_back.rollback()
    assert not queries.proposed_offers(session, actor=rivals.second.officer, request_id=rivals.first.request.id)
    assert queries.proposed_offers(session, actor=rivals.first.officer, request_id=rivals.first.request.id) == {
        given.id
    }
    with pytest.raises(Invalid, match="does not give this child this offer") as refused:
        made.prefer(rivals.second, rivals.offers[2, "Betahouse"], code=REASON_CODE, now=rivals.after)
    assert list(refused.value.errors) == ["reason_code"]
    assert other.status is OfferStatus.SUBMITTED


def _each_borough_reads_its_own_and_acts_on_its_own(session: Session, rivals: Rivals, plan: JointPlan) -> None:
    for own, other in ((rivals.first, rivals.second), (rivals.second, rivals.first)):
        (line,) = queries.own_lines(session, actor=own.officer, plan_id=plan.id)
        assert line.reference == own.request.reference
        seen = f"{line.reference} {line.own_before} {line.own_after} {line.all_before} {line.all_after} {line.borough}"
        assert other.request.reference not in seen
        assert (line.others_before, line.others_after) == ((1, 0) if own is rivals.first else (0, 1))
        step = queries.step_for(session, actor=own.officer, row_id=line.row.id)
        assert (step.way, step.request_id, step.offer_ids) == (Way.CHOOSE, own.request.id, (line.row.offer_id,))
        with pytest.raises(NotFound):
            queries.step_for(session, actor=other.officer, row_id=line.row.id)
        with pytest.raises(NotAllowed):
            queries.step_for(session, actor=rivals.hub, row_id=line.row.id)
        with pytest.raises(NotAllowed):
            queries.lines_of(session, actor=own.officer, plan_id=plan.id, limit=10, offset=0)
        proposed = queries.proposed_offers(session, actor=own.officer, request_id=own.request.id)
        assert proposed == {line.row.offer_id}
        assert not queries.proposed_offers(session, actor=other.officer, request_id=own.request.id)
    others = queries.others_in(session, actor=rivals.second.officer, plan_id=plan.id)
    assert (others.requests, others.gain, others.wait) == (1, 0, 1)


def _what_is_decided_makes_it_stale_and_the_next_one_other(session: Session, rivals: Rivals, plan: JointPlan) -> None:
    """The second takes Alpha, which holds its one place: the first is left with Beta, alone as together."""
    later = rivals.after + dt.timedelta(hours=1)
    made.prefer(rivals.second, rivals.offers[2, "Alphahouse"], now=later)
    changed = queries.changed_since(session, plan, later)
    assert changed == ["1 request was decided or ended", "1 service has other places free"]
    newer = work_out(session, vault=VAULT, now=later)
    assert newer is not None
    assert newer.number == 2
    (row,) = session.scalars(select(JointPlanRow).where(JointPlanRow.plan_id == newer.id))
    beta = rivals.first.services[1].id
    assert (row.request_id, row.alone_service_id, row.service_id) == (rivals.first.request.id, beta, beta)


def test_sealed_offers_are_not_looked_at_and_list_prices_stand_in_for_them(session: Session) -> None:
    rivals = make_rivals(session)
    now, rules = rivals.first.now + dt.timedelta(hours=2), rules_of(session)

    def digest() -> str:
        return gather(session, vault=VAULT, rules=rules, now=now).digest(rules.policy_version_id, 1)

    with_offers = digest()
    session.execute(text("UPDATE offer SET status = 'withdrawn'"))
    session.expire_all()
    assert digest() == with_offers, "whether somebody has offered shows before the deadline"
    session.execute(text("UPDATE offer SET status = 'submitted'"))
    session.expire_all()

    benchmark = rivals.first.request.benchmark_pence or 0
    alpha, beta = rivals.first.services
    listed = {level: prices.price(benchmark) for level in prices.LEVELS}
    prices.set_list(session, rivals.first.provider(alpha), rivals.first.lot, prices=listed)
    session.scalars(
        select(Invitation).where(Invitation.request_id == rivals.second.request.id, Invitation.service_id == beta.id)
    ).one().declined_at = now
    session.flush()
    found = gather(session, vault=VAULT, rules=rules, now=now)
    by_request = {one.request_id: one for one in found.competitors}
    first, second = by_request[rivals.first.request.id], by_request[rivals.second.request.id]
    assert [option.service_id for option in second.options] == [alpha.id], "a service that declined is not proposed"
    assert not first.opened
    assert {option.offer_id for option in first.options} == {None}
    at_list = next(option.total for option in first.options if option.service_id == alpha.id)

    made.open_offers(rivals.first)
    opened = gather(session, vault=VAULT, rules=rules, now=rivals.after)
    frozen = next(one for one in opened.competitors if one.request_id == rivals.first.request.id)
    assert frozen.opened
    total = {option.service_id: option.total for option in frozen.options}[alpha.id]
    assert at_list == total, "the same service for the same price has the same total before offers and after"


def test_brothers_and_sisters_ask_for_one_service_where_one_could_take_them(session: Session) -> None:
    roomy: dict[str, Any] = {"min_age": 0, "max_age": 17}
    scene = siblings.make_group(session, services=[{**roomy, "places": 3}, {**roomy, "places": 1}])
    now, rules = scene.now + dt.timedelta(hours=1), rules_of(session)

    def keys() -> list[str]:
        return [one.children_key for one in gather(session, vault=VAULT, rules=rules, now=now).competitors]

    assert keys() == ["1,2,3"]
    scene.services[0].places_free = 2
    session.flush()
    assert keys() == ["1", "2", "3"], "where nobody could take all of them, each is planned for alone"
    siblings.make_group_request(session, lot=scene.lot, siblings=Siblings.APART)
    found = gather(session, vault=VAULT, rules=rules, now=now)
    assert (len(found.competitors), found.apart) == (3, 1)


def test_the_policy_says_when_and_whether(session: Session) -> None:
    rivals = make_rivals(session)
    assert rules_of(session).hours == (7, 12, 16)
    morning = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)
    assert asking.plan_day(session, morning) == 2, "the hour that has passed last is made up for, earlier ones are not"
    due = session.scalars(select(Job.due_at).where(Job.kind == asking.AT_HOUR).order_by(Job.due_at)).all()
    assert [at.hour for at in due] == [12, 16]
    assert asking.plan_day(session, morning) == 0
    batch = asking.ask(session, actor=rivals.hub, now=morning)
    assert asking.ask(session, actor=rivals.hub, now=morning).id == batch.id
    with pytest.raises(NotAllowed):
        asking.ask(session, actor=rivals.first.officer, now=morning)
    policies.append(
        session,
        kind=POLICY,
        version="off",
        in_force_from=morning.date(),
        source="A test",
        content={**policies.in_force(session, POLICY, NOW.date()).content, "on": False},
        now=morning,
    )
    assert work_out(session, vault=VAULT, now=morning) is None
    with pytest.raises(Conflict, match="turned joint proposals off"):
        asking.ask(session, actor=rivals.hub, now=morning)
