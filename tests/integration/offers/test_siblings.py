"""Offers for some of a group's children: what the database holds, how they are ranked, chosen and awarded."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import install
from app.core.geography import locate
from app.offers import opening
from app.offers.ending import children_placed, close_offers, keep_what_is_placed
from app.offers.escalating import escalate
from app.offers.events import ShortlistFrozen
from app.offers.holds import expire_hold
from app.offers.invitations import opportunity_for
from app.offers.market import ZONED
from app.offers.models import Offer, PlaceHold
from app.offers.planning import planning_of
from app.offers.queries import own_offer_line
from app.offers.results import own_result
from app.offers.shortlist import recomputes, shortlist
from app.offers.status import OfferStatus
from app.offers.telling_invited import tell_withdrawal
from app.panels.models import Authority
from app.placements.models import Award
from app.placements.progress import Stand, progress_of
from app.placements.queries import list_placements
from app.requests import publication
from app.requests.events import RequestUnplaced, RequestWithdrawn
from app.requests.status import RequestStatus, Siblings
from app.requests.unmet import mark_unplaced, unmet_needs
from app.requests.zones import Zone
from app.tasks.models import Task, TaskKind
from matching.rank import verify_text
from notifications.models import OutboxMessage
from tests.factories import offers as made
from tests.factories import placements
from tests.factories.offers import Scene
from tests.factories.placements import Case
from tests.factories.siblings import authorise, make_group, offer, prefer_plan

EVERY_AGE: dict[str, Any] = {"min_age": 0, "max_age": 17, "places": 3}
ALL_AGES = (EVERY_AGE, EVERY_AGE, EVERY_AGE)


def rows_of(session: Session, sent: Offer) -> dict[int, bool]:
    """The children that the database has an offer for, by position, and whether it is chosen for them."""
    session.expire_all()
    found = session.execute(
        text(
            "SELECT c.position, k.chosen FROM offer_child k JOIN request_child c ON c.id = k.request_child_id "
            "WHERE k.offer_id = :offer ORDER BY c.position"
        ),
        {"offer": sent.id},
    )
    return {position: bool(chosen) for position, chosen in found}


def test_an_offer_s_children_follow_from_it_and_at_most_one_chosen_offer_stands_for_each(session: Session) -> None:
    scene = make_group(session, services=ALL_AGES)
    pair, single, rival = offer(scene, 0, "1,2"), offer(scene, 1, "3"), offer(scene, 2, "2,3")
    assert rows_of(session, pair) == {1: False, 2: False}
    for one in (pair, single):
        session.execute(text("UPDATE offer SET status = 'preferred' WHERE id = :id"), {"id": one.id})
    assert (rows_of(session, pair), rows_of(session, single)) == ({1: True, 2: True}, {3: True})
    for statement, said in (
        (
            "UPDATE offer SET status = 'preferred' WHERE id = :rival",
            "uq_offer_child_chosen|offer_child.request_child_id",
        ),
        ("UPDATE offer SET children_key = '1' WHERE id = :rival", "keeps its request and its children"),
        ("UPDATE offer_child SET chosen = :yes WHERE offer_id = :rival", "follow from the offer"),
        ("DELETE FROM offer_child WHERE offer_id = :rival", "follow from the offer"),
        (
            "INSERT INTO offer_child (offer_id, request_child_id, chosen) VALUES (:rival, :first, :no)",
            "follow from the offer",
        ),
    ):
        given = {"rival": rival.id, "first": scene.request.children[0].id, "yes": True, "no": False}
        named = {name: value for name, value in given.items() if f":{name}" in statement}
        with pytest.raises(IntegrityError, match=said), session.begin_nested():
            session.execute(text(statement), named)
    session.execute(text("UPDATE offer SET status = 'submitted' WHERE id = :id"), {"id": pair.id})
    assert rows_of(session, pair) == {1: False, 2: False}


def test_the_database_knows_no_offer_for_children_whom_its_request_does_not_name(session: Session) -> None:
    scene = make_group(session, services=(EVERY_AGE,))
    sent = offer(scene, 0, "1")
    columns = [column.name for column in Offer.__table__.columns]
    replaced = {"id": ":key || '-'", "reference": ":key || 'R'", "children_key": ":key"}
    copied = ", ".join(replaced.get(column, column) for column in columns)
    statement = text(f"INSERT INTO offer ({', '.join(columns)}) SELECT {copied} FROM offer WHERE id = :id")
    for key in ("4", "2,1", "1,1", "1,2,4", ""):
        with pytest.raises(IntegrityError, match="children of its request"), session.begin_nested():
            session.execute(statement, {"key": key, "id": sent.id})
    session.execute(statement, {"key": "1,3", "id": sent.id})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("siblings", "refused", "taken"),
    [
        (Siblings.TOGETHER, ["1", "1,2"], ["1,2,3"]),
        (Siblings.APART, ["1,2", "1,2,3"], ["1", "3"]),
        (Siblings.PREFERRED, [], ["1,2,3", "1,3", "2"]),
    ],
)
def test_an_offer_is_for_all_for_one_or_for_some_as_the_request_says(
    session: Session, siblings: Siblings, refused: list[str], taken: list[str]
) -> None:
    scene = make_group(session, siblings=siblings, services=(EVERY_AGE,))
    for key in refused:
        with pytest.raises(Invalid) as error:
            offer(scene, 0, key)
        assert "children" in error.value.errors
    sent = [offer(scene, 0, key) for key in taken]
    assert [one.children_key for one in sent] == taken
    scene.services[0].places_free = 0
    with pytest.raises(Conflict, match="no free place"):
        offer(scene, 0, taken[-1])


def opened(session: Session) -> tuple[Scene, dict[str, Offer]]:
    """Three services with room for all, and a fourth that takes nobody under 8 years and no girls."""
    scene = make_group(
        session,
        services=(*ALL_AGES, {"min_age": 8, "max_age": 17, "sexes": ("M",), "places": 3}),
    )
    sent = {
        "all": offer(scene, 0, "1,2,3", 5_000_00),
        "pair": offer(scene, 1, "1,2", 3_500_00),
        "third": offer(scene, 1, "3", 3_500_00),
        "single": offer(scene, 2, "1", 3_000_00),
        "closed": offer(scene, 3, "1,2,3", 1_000_00),
        "boy": offer(scene, 3, "1", 3_900_00),
    }
    made.open_offers(scene)
    return scene, sent


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_set_is_ranked_on_its_highest_needs_and_a_service_closed_to_one_child_is_out_for_all(
    session: Session,
) -> None:
    scene, sent = opened(session)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert recomputes(found.evaluation)
    assert verify_text(json.dumps(found.evaluation.record)).verified
    assert [(one.words, [entry.offer.id for entry in one.entries]) for one in found.sets] == [
        ("all three children", [sent["all"].id]),
        ("Child 1 and Child 2", [sent["pair"].id]),
        ("Child 1", [sent["single"].id, sent["boy"].id]),
        ("Child 3", [sent["third"].id]),
    ]
    asked = {request["id"]: request for request in found.evaluation.record["market"]["requests"]}
    # The highest of 1 2 2 0 - 1 3 1 0 1 2 2, of 0 3 - 1 2 - 1 0 0 0 1 0 and of - 0 1 0 0 1 0 2 1 0 0 1.
    assert asked[f"{scene.request.id}:1,2,3"]["needs"] == [1, 3, 2, 1, 2, 1, 3, 2, 1, 1, 2, 2]
    assert asked[f"{scene.request.id}:1,2,3"]["places"] == 3
    (out,) = found.excluded
    assert out.offer.id == sent["closed"].id
    assert out.reasons == (
        "Child 2: the service takes boys; the request is for girls.",
        "Child 3: the service takes ages 8 to 17; the request is for age 6.",
    )


def test_a_plan_is_chosen_whole_holds_a_place_for_each_child_and_says_why_it_is_apart(session: Session) -> None:
    scene, sent = opened(session)
    prefer_plan(scene, sent["pair"], sent["third"])  # one door: together, so nobody asks why they are apart
    with pytest.raises(Invalid) as error:
        prefer_plan(scene, sent["single"])
    assert list(error.value.errors) == ["apart_reason"]
    with pytest.raises(Invalid, match="same child"):
        prefer_plan(scene, sent["pair"], sent["single"])
    later = scene.deadline + dt.timedelta(hours=2)
    made_choices = prefer_plan(scene, sent["single"], sent["third"], apart_reason="They have lived apart", now=later)
    assert {choice.apart_reason for choice in made_choices} == {"They have lived apart"}
    held = session.scalars(select(PlaceHold).where(PlaceHold.released_at.is_(None))).all()
    assert {hold.offer_id: hold.places for hold in held} == {sent["single"].id: 1, sent["third"].id: 1}
    progress = progress_of(session, actor=scene.officer, request=scene.request, now=later)
    assert (progress.stand, progress.placed, progress.children) == (Stand.CHOOSE, 0, 3)
    # A change of mind keeps the hold of what is in both plans, and lets the other one go.
    kept = next(hold for hold in held if hold.offer_id == sent["third"].id)
    prefer_plan(scene, sent["pair"], sent["third"], now=later + dt.timedelta(hours=1))
    live = session.scalars(select(PlaceHold).where(PlaceHold.released_at.is_(None))).all()
    assert {hold.offer_id: hold.places for hold in live} == {sent["pair"].id: 2, sent["third"].id: 1}
    assert kept in live
    assert sent["single"].status is OfferStatus.SUBMITTED
    with pytest.raises(Conflict, match="already preferred"):
        prefer_plan(scene, sent["pair"], sent["third"], now=later + dt.timedelta(hours=2))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_one_hold_of_a_plan_ends_the_officer_is_told_who_is_left_without_a_home(session: Session) -> None:
    scene, sent = opened(session)
    prefer_plan(scene, sent["pair"], sent["third"])
    hold = session.scalars(select(PlaceHold).where(PlaceHold.offer_id == sent["pair"].id)).one()
    other = session.scalars(select(PlaceHold).where(PlaceHold.offer_id == sent["third"].id)).one()
    other.valid_until += dt.timedelta(days=1)
    assert expire_hold(session, hold_id=hold.id, now=hold.valid_until, base_url=made.BASE_URL)
    letter = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_hold_expired")).one()
    assert "No home is held for Child 1 and Child 2" in letter.text
    assert "there is a home for Child 3" in letter.text
    assert progress_of(session, actor=scene.officer, request=scene.request, now=hold.valid_until).stand is Stand.CHOOSE


def award_of(scene: Scene, case: Case, authority: Authority, request_child_id: str) -> dict[str, Any]:
    """An award as a row that no use case has looked at."""
    return {
        "reference": "AW-222222",
        "organisation_id": authority.organisation_id,
        "request_id": scene.request.id,
        "request_child_id": request_child_id,
        "offer_id": authority.offer_id,
        "authority_id": authority.id,
        "weekly_pence": authority.weekly_ceiling_pence,
        "first_day": authority.first_day,
        "last_day": authority.last_day,
        "awarded_by": scene.officer.person_id,
        "awarded_at": case.awarded_at,
    }


def test_awards_go_child_by_child_and_the_request_is_awarded_with_the_last(session: Session) -> None:
    scene, sent = opened(session)
    prefer_plan(scene, sent["pair"], sent["third"])
    borough = placements.borough_of(session, scene)
    at = scene.deadline + dt.timedelta(hours=1)
    case = placements.found_panel_for(session, scene, sent["pair"], borough, at, 2, 900)
    given = {name: authorise(case, sent[name]) for name in ("pair", "third")}
    with pytest.raises(IntegrityError, match="no authority covers this award"), session.begin_nested():
        session.execute(insert(Award).values(**award_of(scene, case, given["pair"], scene.request.children[2].id)))
    first = placements.award(case, given["pair"])
    assert len(first) == 2
    assert scene.request.status is RequestStatus.PUBLISHED
    statuses = {name: one.status.value for name, one in sent.items()}
    assert statuses == {
        "all": "lost",
        "pair": "won",
        "third": "preferred",
        "single": "lost",
        "closed": "lost",
        "boy": "lost",
    }
    # Whoever can win no more reads the request no more, and sees its own score; the others read on.
    now = case.awarded_at
    for number, stage in ((0, None), (1, 3), (2, None)):
        provider = scene.provider(scene.services[number])
        if stage is None:
            with pytest.raises(NotFound):
                opportunity_for(session, actor=provider, request_id=scene.request.id, now=now)
        else:
            assert opportunity_for(session, actor=provider, request_id=scene.request.id, now=now).stage == stage
    loser = scene.provider(scene.services[2])
    assert own_offer_line(session, actor=loser, offer_id=sent["single"].id).words(now) == "Not chosen"
    result = own_result(session, actor=loser, offer_id=sent["single"].id)
    assert result is not None
    assert result.winner == ()
    planning = planning_of(
        session, scene.request, shortlist(session, actor=scene.officer, request_id=scene.request.id).evaluation
    )
    assert (planning.placed, planning.children) == ((1, 2), (3,))
    progress = progress_of(session, actor=scene.officer, request=scene.request, now=now)
    assert (progress.stand, progress.placed) == (Stand.AWARD, 2)
    placements.award(case, given["third"])
    assert scene.request.status is RequestStatus.AWARDED
    assert len(session.scalars(select(Award.request_child_id)).all()) == 3
    lines, total = list_placements(session, actor=scene.officer)
    assert total == 3
    assert all(len(line.siblings) == 2 for line in lines)
    assert scene.services[1].places_free == 0
    with pytest.raises(Conflict, match="awarded already"):
        placements.award(case, given["third"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_home_in_an_exclusion_zone_is_in_an_excluded_area_and_what_the_form_requires_is_a_gate(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = locate("SM1 1EA")
    assert place is not None
    zone = Zone(place.easting, place.northing, 0)  # its edge counts
    monkeypatch.setattr(opening, "zones_of", lambda *_, **__: [zone])
    scene = make_group(
        session,
        services=({**EVERY_AGE, "postcode": "SM1 1EA"}, EVERY_AGE),
        language_required="polish",
        adaptations=["wheelchair"],
    )
    offer(scene, 0, "1")
    offer(scene, 1, "1")
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert recomputes(found.evaluation)
    failed = {entry.offer.service_id: [gate.value for gate in entry.candidate.gates_failed] for entry in found.excluded}
    required = ["adaptation", "language"]
    assert failed == {scene.services[0].id: [*required, "excluded_area"], scene.services[1].id: required}
    service = next(one for one in found.evaluation.record["market"]["services"] if one["authority"] == ZONED)
    assert service["x_authority"] == place.authority_gss


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("taken", "left"),
    [(("1,2",), ""), (("1",), "Child 2"), ((), "both children"), (("1", "2"), "")],
)
def test_a_manager_is_asked_where_some_child_is_in_no_offer_that_can_be_taken(
    session: Session, taken: tuple[str, ...], left: str
) -> None:
    """An offer of a service that takes no boys stands in the first set, and counts for nobody."""
    scene = make_group(session, children=2, services=(EVERY_AGE, {**EVERY_AGE, "sexes": ("F",)}))
    offer(scene, 1, "1")
    for key in taken:
        offer(scene, 0, key)
    evaluation = made.open_offers(scene)
    event = ShortlistFrozen(scene.request.id, evaluation.id, 1 + len(taken), scene.deadline)
    assert escalate(session, event, base_url=made.BASE_URL) == bool(left)
    titles = session.scalars(select(Task.title).where(Task.kind == TaskKind.ROUTE)).all()
    assert [one.partition(" of ")[0] for one in titles] == ([f"Nobody can take {left}"] if left else [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_group_that_is_partly_placed_is_not_withdrawn_and_is_an_unmet_need_for_the_others_alone(
    session: Session,
) -> None:
    scene, sent = opened(session)
    prefer_plan(scene, sent["pair"], sent["third"])
    at = scene.deadline + dt.timedelta(hours=1)
    case = placements.found_panel_for(session, scene, sent["pair"], placements.borough_of(session, scene), at, 2, 900)
    placements.award(case, authorise(case, sent["pair"]))
    request, now = scene.request, case.awarded_at
    install(
        session,
        {
            RequestWithdrawn: (keep_what_is_placed,),
            RequestUnplaced: (lambda s, event: close_offers(s, event, base_url=made.BASE_URL),),
        },
    )
    given: dict[str, Any] = {"actor": scene.officer, "request_id": request.id, "version": request.version, "now": now}
    savepoint = session.begin_nested()
    with pytest.raises(Conflict, match="children who are not placed"):
        publication.withdraw(session, reason="Went home", **given)
    savepoint.rollback()
    assert tell_withdrawal(session, RequestWithdrawn(request.id, now), base_url=made.BASE_URL) == 0, "all have an offer"
    mark_unplaced(session, code="no_offer", words="", **given)
    day = now.date()
    found = unmet_needs(session, actor=scene.officer, since=day, until=day, placed=children_placed())
    assert (found.requests, found.children) == (1, 1), "two of the three have a home"
    assert sent["pair"].status is OfferStatus.WON
