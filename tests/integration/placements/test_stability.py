"""How often placements like one lasted, from the record to the officer's page: off until a policy turns it on, kept in
versions, and shown to nobody but those of the borough who decide.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Invalid, NotAllowed, NotFound
from app.identity.models import Organisation
from app.identity.status import OrganisationKind, Role
from app.offers.models import Evaluation
from app.offers.opening import open_and_freeze
from app.offers.shortlist import shortlist
from app.placements.models import Placement
from app.placements.stability import fitting
from app.placements.stability.fitting import FITTING, latest_model, what_to_fit
from app.placements.stability.history import History, facts_in, history_of
from app.placements.stability.models import StabilityModel
from app.placements.stability.rules import StabilityRules, stability_rules_on
from app.placements.stability.shown import NOT_ENOUGH, NOT_LOOKED_AT, lasting_beside, model_words
from matching.fit.stability import Rules, read_model
from providers.quality.status import Ending
from tests.factories import offers
from tests.factories.identity import make_actor, make_organisation
from tests.factories.offers import Scene
from tests.factories.requests import load_policies
from tests.factories.stability import NOW, TODAY, ending, put_on_record, turn_on

DAY = dt.timedelta(days=1)
RULES = Rules(horizon_weeks=26, least_placements=100, least_ended_early=20, least_of_kind=30, auc_limit=0.75)


def opened(session: Session) -> Scene:
    """A shortlist of two offers, open for a decision."""
    scene = offers.make_scene(session, services=[{}, {}], now=NOW)
    offers.offer(scene, scene.services[0], 4_000_00)
    offers.offer(scene, scene.services[1], 4_400_00)
    offers.open_offers(scene)
    return scene


def beside(scene: Scene, actor: Any = None) -> Any:
    return lasting_beside(
        scene.session, actor=actor or scene.officer, request_id=scene.request.id, now=scene.deadline + DAY
    )


FITTED: dict[str, dict[str, Any]] = {}


@pytest.fixture(autouse=True)
def each_history_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own fits each history once: it says the same on both engines."""
    apart = fitting.fit_apart

    def fit_once(history: History) -> dict[str, Any]:
        if history.hash not in FITTED:
            FITTED[history.hash] = apart(history)
        return FITTED[history.hash]

    monkeypatch.setattr(fitting, "fit_apart", fit_once)


def fit_now(session: Session, now: dt.datetime = NOW) -> None:
    """What a worker does of today's fitting, in a process of its own."""
    FITTING(session, {}, now)


def test_off_nothing_is_computed_and_nothing_is_shown(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped policy: not even the record is read."""
    load_policies(session)
    scene = opened(session)

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("history_of", "fit_apart"):
        monkeypatch.setattr(fitting, name, never)
    monkeypatch.setattr("app.placements.stability.shown.read_model", never)
    assert stability_rules_on(session, TODAY) is None
    fit_now(session)
    assert beside(scene) is None
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.HUB_ADMINISTRATOR)
    assert model_words(session, actor=hub, on=TODAY) == ""
    assert session.scalar(select(func.count(StabilityModel.id))) == 0


def test_on_the_officer_who_decides_reads_a_band_and_nothing_else_changes(session: Session) -> None:
    load_policies(session)
    put_on_record(session, 110)
    scene = opened(session)
    before = frozen(session, scene)
    turn_on(session)
    assert beside(scene).why_not == NOT_ENOUGH, "nothing was fitted yet"
    fit_now(session)
    model = latest_model(session)
    assert model is not None
    assert (model.number, model.placements, model.may_leak) == (1, 110, False)
    found = beside(scene)
    assert (found.horizon_weeks, found.why_not) == (26, "")
    ranked = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert set(found.bands) == {entry.offer.id for entry in ranked.eligible}
    for band in found.bands.values():
        assert 0 <= band.low < band.high <= 10
        assert 50 <= band.comparable <= 110
        assert band.low / 10 <= band.lasted / band.comparable <= band.high / 10
    assert frozen(session, scene) == before, "scores, order and record are the same to the byte"
    again = opened(session)
    assert parts_in(session, again) == parts_in(session, scene), "and so are those of an equal request frozen while on"

    for role in (Role.HEAD_OF_SERVICE, Role.PANEL_CHAIR, Role.DIRECTOR):
        assert beside(scene, make_actor(session, of(session, scene), role)) is None
    for service in scene.services:
        assert beside(scene, scene.provider(service)) is None
    neighbour = make_actor(session, make_organisation(session, OrganisationKind.BOROUGH), Role.PLACEMENT_OFFICER)
    with pytest.raises(NotFound):
        beside(scene, neighbour)
    with pytest.raises(NotAllowed):
        model_words(session, actor=scene.officer, on=TODAY)
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.HUB_ADMINISTRATOR)
    assert model_words(session, actor=hub, on=TODAY).startswith("Model 1, from 110 placements of which")

    turn_on(session, "3", on=False)
    assert beside(scene) is None, "and off again nothing is shown"
    turn_on(session, "4", auc_limit=0.55)
    assert beside(scene).why_not == NOT_LOOKED_AT, "a stricter limit counts for the model that is there"
    turn_on(session, "5", auc_limit=0.75)
    assert beside(scene).bands == found.bands
    session.execute(text("UPDATE placement_request SET status = 'awarded' WHERE id = :id"), {"id": scene.request.id})
    session.expire_all()
    assert beside(scene) is None, "once it is decided its own end may be in the model"


def of(session: Session, scene: Scene) -> Any:
    return session.get_one(Organisation, scene.request.organisation_id)


def frozen(session: Session, scene: Scene) -> str:
    """The record, its hash and the shortlist as it is read, as text."""
    open_and_freeze(session, vault=scene.vault, request_id=scene.request.id, now=scene.deadline + DAY)
    row = session.scalars(select(Evaluation).where(Evaluation.request_id == scene.request.id)).one()
    read = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    order = [(one.offer.id, one.rank, one.candidate.total, one.contributions) for one in read.eligible]
    return json.dumps([row.record, row.hash, order, read.recomputes])


def parts_in(session: Session, scene: Scene) -> list[Any]:
    read = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    return [(one.rank, one.candidate.total, one.contributions) for one in read.eligible]


def test_a_model_is_kept_once_and_never_changed(session: Session) -> None:
    load_policies(session)
    market = put_on_record(session, 110)
    turn_on(session)
    found = what_to_fit(session, NOW)
    assert found is not None
    made = fitting.fit(found)
    assert fitting.keep(session, made, NOW) is not None
    assert fitting.keep(session, made, NOW) is None, "another process was as quick"
    later = NOW + 28 * DAY
    assert what_to_fit(session, later - DAY) is None, "within 28 days"
    turn_on(session, "3")
    assert what_to_fit(session, NOW) is None, "another policy with the same numbers and the same placements"
    turn_on(session, "4", horizon_weeks=20)
    assert what_to_fit(session, NOW) is not None, "another horizon"
    turn_on(session, "5")
    placement = session.scalars(select(Placement).order_by(Placement.started_on.desc())).first()
    assert placement is not None
    ending(session, market, placement, placement.planned_start + 5 * DAY)
    assert what_to_fit(session, later) is not None, "an ending was recorded"
    kept = session.scalars(select(StabilityModel)).one()
    assert read_model(kept.document).to_dict() == kept.document
    for change in ("UPDATE stability_model SET may_leak = false", "DELETE FROM stability_model"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_a_model_that_separates_too_well_is_shown_to_nobody_before_somebody_looks(session: Session) -> None:
    load_policies(session)
    put_on_record(session, 110, leak=True)
    scene = opened(session)
    turn_on(session)
    fit_now(session)
    model = latest_model(session)
    assert model is not None
    assert model.may_leak
    assert (beside(scene).bands, beside(scene).why_not) == ({}, NOT_LOOKED_AT)
    hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.HUB_ADMINISTRATOR)
    words = model_words(session, actor=hub, on=TODAY)
    assert "Possible leakage" in words
    assert "Look first at: quality. Nobody has looked yet" in words
    turn_on(session, "3", found_sound=[1])
    assert beside(scene).why_not == ""
    assert len(beside(scene).bands) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_record_is_read_as_it_stood_at_each_decision(session: Session) -> None:
    market = put_on_record(session, 20)
    rows = session.scalars(select(Placement).order_by(Placement.started_on)).all()
    first, second, third = rows[:3]
    read = history_of(session, RULES, TODAY)
    assert [row.started_on for row in read.rows] == [one.started_on for one in rows]
    assert [row.broke_down for row in read.rows[:4]] == [False, True, False, True]
    assert read.rows[0].until - read.rows[0].started_on == dt.timedelta(weeks=26), "what came later is cut off"
    facts = read.rows[0].facts
    assert (facts.kind, facts.age_years, facts.needs[0], facts.needs[11]) == ("residential", 9, 3, None)
    assert (facts.fit, facts.distance, facts.quality, facts.earlier) == (0.6, 0.3, 0.4, 0)
    was = read.hash
    assert history_of(session, RULES, TODAY + 7 * DAY).hash == was, "the day alone changes nothing"

    wrong = ending(session, market, first, first.planned_start + 10 * DAY)
    assert history_of(session, RULES, TODAY).rows[0].broke_down
    ending(
        session, market, first, first.planned_start + 10 * DAY, Ending.PLANNED, edition=2, corrects=wrong, why="A slip"
    )
    assert len(history_of(session, RULES, TODAY).rows) == 19, "corrected: it ended early and as planned"
    ending(session, market, third, third.planned_start + 200 * DAY)
    assert not history_of(session, RULES, TODAY).rows[1].broke_down, "it broke down after the horizon"
    # The same child was placed again: that was decided after the first placement began, which knows nothing of it.
    session.execute(
        text("UPDATE placement SET child_id = :child WHERE id = :id"), {"child": second.child_id, "id": rows[19].id}
    )
    session.expire_all()
    found = {row.started_on: row.facts.earlier for row in history_of(session, RULES, TODAY).rows}
    assert (found[second.planned_start], found[rows[19].planned_start]) == (0, 1)
    nothing = {"market": {"requests": []}, "result": {"requests": []}}
    assert facts_in(nothing, "an offer that was not compared", 0) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_policy_cannot_ask_for_less_than_a_band_looks_at(session: Session) -> None:
    load_policies(session)
    shipped = StabilityRules.of(policies.in_force(session, "stability", TODAY))
    assert (shipped.on, shipped.fitting) == (False, RULES)
    for number, wrong in enumerate(({"least_placements": 49}, {"least_ended_early": 4}, {"auc_limit": 1.0}), 2):
        turn_on(session, str(number), **wrong)
        with pytest.raises(Invalid, match="stability policy"):
            stability_rules_on(session, TODAY)
