"""The whole market's scores worked out anew in steps: they stand all at once or not at all, whoever is killed; and a
change of the policy, seen before it counts.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.batches import batch_for
from app.core.database import Sessions, build_sessions, transaction
from app.core.errors import Conflict, Invalid, Stale
from app.core.models import Batch, PolicyVersion
from app.core.policies import in_force
from app.core.status import BatchStatus
from app.identity.permissions import Actor
from providers.quality import changing, running, scoring
from providers.quality.changing import bring_into_force, changed_numbers, effect_of, numbers_of, propose
from providers.quality.models import QualityCurrent, QualityRun, QualityScore
from providers.quality.queries import history, qualities_at, qualities_now, quality_at
from providers.quality.running import begin_run, rescore_daily
from providers.quality.scoring import rescore_all
from providers.register.status import Grade
from tests.factories import providers as factory
from tests.factories.providers import NOW

DAY = dt.timedelta(days=1)
LATER = NOW + DAY
MINUTE = dt.timedelta(minutes=1)
GRADES = (Grade.OUTSTANDING, Grade.GOOD, Grade.REQUIRES_IMPROVEMENT, Grade.INADEQUATE, Grade.GOOD)
# Under the shipped policy with no evidence given: 60 + 7 + 12, 47 + 7 + 12, 27 + 7 + 12, 0, 47 + 7 + 12.
SCORES = (79, 66, 46, 0, 66)


@pytest.fixture
def sessions(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Five enrolled homes, and steps of two."""
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(changing, "CHUNK", 2)
    made = build_sessions(engine)
    with transaction(made) as session:
        factory.make_policies(session)
        lot = factory.make_system_and_lots(session).residential
        factory.make_commissioner(session)
        for number, grade in enumerate(GRADES):
            urn = f"990100{number}"
            factory.make_enrolled_service(session, lot=lot, urn=urn, grade=grade, quality=10 + number)
    return made


URNS = [f"990100{number}" for number in range(len(GRADES))]
OLD = {urn: 10 + number for number, urn in enumerate(URNS)}
NEW = dict(zip(URNS, SCORES, strict=True))


def begin(sessions: Sessions, now: dt.datetime = LATER) -> str:
    with transaction(sessions) as session:
        batch = begin_run(session, why="Made for a test", now=now)
        assert batch is not None
        return batch.id


Step = Callable[[Session, dict[str, Any], dt.datetime], None]
HANDLERS: dict[str, Step] = {running.KIND: running.run_step, changing.KIND: changing.preview_step}


def work(sessions: Sessions, now: dt.datetime, *, steps: int = 100, handlers: dict[str, Step] | None = None) -> int:
    return jobs.run_due(sessions, handlers or HANDLERS, lambda _: now, limit=steps)


def now_standing(sessions: Sessions) -> dict[str, int | None]:
    with transaction(sessions, read_only=True) as session:
        return qualities_now(session, URNS)


def at(sessions: Sessions, moment: dt.datetime) -> dict[str, int | None]:
    with transaction(sessions, read_only=True) as session:
        return qualities_at(session, URNS, moment)


def test_scores_of_a_run_stand_all_at_once_from_the_moment_it_is_complete(sessions: Sessions) -> None:
    batch_id = begin(sessions)
    assert work(sessions, LATER + MINUTE, steps=2) == 2
    assert now_standing(sessions) == OLD, "half-way nothing of it stands"
    assert at(sessions, LATER + 2 * MINUTE) == OLD
    with transaction(sessions, read_only=True) as session:
        assert len(session.scalars(select(QualityScore).where(QualityScore.run_id.is_not(None))).all()) == 4
        assert [one.score for one in history(session, URNS[0])] == [10], "a page shows no score that does not stand"
        batch = session.get_one(Batch, batch_id)
        assert (batch.status, batch.done, batch.total) == (BatchStatus.RUNNING, 4, 5)
    assert work(sessions, LATER + 3 * MINUTE) == 1
    assert now_standing(sessions) == NEW
    assert at(sessions, LATER + 2 * MINUTE) == OLD, "what was read before stays what it was (F-21)"
    assert at(sessions, LATER + 3 * MINUTE) == NEW
    with transaction(sessions, read_only=True) as session:
        assert session.get_one(Batch, batch_id).status is BatchStatus.DONE
        newest, before = history(session, URNS[0])
        assert (newest.score, newest.computed_at, before.score) == (79, LATER + 3 * MINUTE, 10)


def test_a_worker_that_is_killed_half_way_leaves_the_old_scores_and_the_next_one_goes_on(sessions: Sessions) -> None:
    begin(sessions)
    calls: list[int] = []

    def dies(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        calls.append(payload["step"])
        running.run_step(session, payload, now)
        if payload["step"] == 1:
            raise RuntimeError("the machine went away after its work and before its commit")

    assert work(sessions, LATER, handlers={running.KIND: dies}) == 1
    assert calls == [0, 1]
    assert now_standing(sessions) == OLD
    with transaction(sessions, read_only=True) as session:
        written = session.scalars(select(QualityScore.urn).where(QualityScore.run_id.is_not(None))).all()
    assert sorted(written) == URNS[:2], "the step that failed left nothing"
    assert work(sessions, LATER + 10 * MINUTE) == 2
    assert now_standing(sessions) == NEW
    with transaction(sessions, read_only=True) as session:
        rows = session.scalars(select(QualityScore.urn).where(QualityScore.run_id.is_not(None))).all()
        assert sorted(rows) == URNS, "each registration once"


def test_a_fact_that_changes_while_a_run_is_under_way_is_not_lost(sessions: Sessions) -> None:
    begin(sessions)
    work(sessions, LATER + MINUTE, steps=1)
    with transaction(sessions) as session:
        factory.make_inspection(
            session, URNS[0], overall=Grade.REQUIRES_IMPROVEMENT, inspected_on=dt.date(2026, 11, 20)
        )
        rescore_all(session, now=LATER + 2 * MINUTE, why="New judgement", urns=[URNS[0]])
        assert quality_at(session, URNS[0], LATER + 2 * MINUTE) == 46
    work(sessions, LATER + 3 * MINUTE)
    assert now_standing(sessions) == {**NEW, URNS[0]: 46}
    assert at(sessions, LATER + 4 * MINUTE) == {**NEW, URNS[0]: 46}


def test_a_day_without_a_change_appends_nothing_and_a_day_with_one_only_that(sessions: Sessions) -> None:
    begin(sessions)
    work(sessions, LATER)
    for days, expected in ((1, 0), (2, 0)):
        with transaction(sessions) as session:
            rescore_daily(session, {}, LATER + days * DAY)
        work(sessions, LATER + days * DAY)
        with transaction(sessions, read_only=True) as session:
            run = session.scalars(select(QualityRun).order_by(QualityRun.started_at.desc())).first()
            assert run is not None
            rows = session.scalars(select(QualityScore).where(QualityScore.run_id == run.id)).all()
            assert len(rows) == expected
    # 18 months after the inspection of 12 May 2026 each known score has lost its first point of the inspection's age
    moment = dt.datetime(2027, 11, 12, 6, tzinfo=dt.UTC)
    with transaction(sessions) as session:
        rescore_daily(session, {}, moment)
    work(sessions, moment)
    # 99 x 60 = 59.4, 77 x 60 = 46.2, 44 x 60 = 26.4
    assert now_standing(sessions) == dict(zip(URNS, (59 + 19, 46 + 19, 26 + 19, 0, 46 + 19), strict=True))


def test_a_run_is_begun_once_for_a_version_and_abandoned_for_a_newer_one(sessions: Sessions) -> None:
    first = begin(sessions)
    with transaction(sessions) as session:
        assert begin_run(session, why="Again", now=LATER) is None
        shipped = in_force(session, "quality", LATER.date())
        content = changing.with_numbers(shipped.content, {("age", "most_points"): 5})
        newer = PolicyVersion(
            kind="quality",
            version="newer",
            in_force_from=LATER.date(),
            source="Made for a test",
            content=content,
            digest="0" * 64,
            loaded_at=LATER,
        )
        session.add(newer)
    work(sessions, LATER + MINUTE, steps=1)
    begin(sessions, LATER + 2 * MINUTE)
    work(sessions, LATER + 3 * MINUTE)
    with transaction(sessions, read_only=True) as session:
        assert session.get_one(Batch, first).status is BatchStatus.FAILED
        used = set(session.scalars(select(QualityScore.policy_version_id).join(QualityCurrent)))
    assert used == {newer.id}
    assert now_standing(sessions) == NEW


def test_a_policy_that_cannot_be_used_ends_the_run_with_a_sentence(sessions: Sessions) -> None:
    batch_id = begin(sessions)
    with transaction(sessions) as session:
        run = session.scalars(select(QualityRun)).one()
        broken = PolicyVersion(
            kind="quality",
            version="broken",
            in_force_from=LATER.date(),
            source="Made for a test",
            content={"weights": {}},
            digest="1" * 64,
            loaded_at=LATER,
        )
        session.add(broken)
        session.flush()
        run.policy_version_id = broken.id
    work(sessions, LATER)
    with transaction(sessions, read_only=True) as session:
        batch = session.get_one(Batch, batch_id)
        assert (batch.status, batch.problem) == (BatchStatus.FAILED, "The quality policy lacks or garbles 'graded'.")
    assert now_standing(sessions) == OLD


def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


WEIGHTS = {("weights", "inspection"): 40, ("weights", "strategic"): 30, ("weights", "service"): 30}


def proposal(sessions: Sessions, changed: dict[tuple[str, ...], int], **given: Any) -> str:
    with transaction(sessions) as session:
        based_on = in_force(session, "quality", LATER.date()).id
        said: dict[str, Any] = {"based_on_id": based_on, "why": "Our own experience counts more.", "now": LATER}
        return propose(session, actor=commissioner(session), changed=changed, **{**said, **given}).id


def test_a_change_is_seen_before_it_counts_and_then_counts_for_everybody_at_once(sessions: Sessions) -> None:
    begin(sessions)
    work(sessions, LATER)
    proposal_id = proposal(sessions, WEIGHTS)
    assert work(sessions, LATER) == 3
    with transaction(sessions, read_only=True) as session:
        seen = session.get_one(changing.QualityProposal, proposal_id)
        assert seen.previewed_at == LATER
        assert changed_numbers(session, seen) == [
            (path, before, WEIGHTS[path])
            for path, before in (
                (("weights", "inspection"), 60),
                (("weights", "strategic"), 20),
                (("weights", "service"), 20),
            )
        ]
        effect = effect_of(session, seen)
    # 40 + 10.5 + 18 = 40 + 11 + 18 = 69, 31.2 is 31 + 11 + 18 = 60, 18 + 11 + 18 = 47, 0, 60
    after = (69, 60, 47, 0, 60)
    assert (effect.services, effect.up, effect.down) == (5, 1, 3)
    assert effect.crossing == 0
    # before: 79, 66, 46, 0, 66; after: 69, 60, 47, 0, 60: nobody leaves 60 to 79, 40 to 59 or 0 to 39
    assert effect.bands == ((0, 1, 1), (40, 1, 1), (60, 3, 3), (80, 0, 0), (None, 0, 0))
    assert [(one.urn, one.before, one.after) for one in effect.movers] == [
        (URNS[0], 79, 69),
        (URNS[1], 66, 60),
        (URNS[4], 66, 60),
        (URNS[2], 46, 47),
    ]
    assert now_standing(sessions) == NEW, "a preview changes nothing"
    with transaction(sessions) as session:
        made = bring_into_force(
            session,
            actor=commissioner(session),
            proposal_id=proposal_id,
            in_force_from=LATER.date(),
            version=seen.version,
            now=LATER + MINUTE,
        )
        assert (made.version, made.in_force_from) == ("2026-11-24", LATER.date())
        assert "Our own experience counts more." in made.source
    assert now_standing(sessions) == NEW
    work(sessions, LATER + 2 * MINUTE)
    assert now_standing(sessions) == dict(zip(URNS, after, strict=True))
    assert at(sessions, LATER + MINUTE) == NEW


def test_a_change_from_a_later_day_counts_from_that_day(sessions: Sessions) -> None:
    proposal_id = proposal(sessions, WEIGHTS)
    work(sessions, LATER)
    with transaction(sessions) as session:
        version = session.get_one(changing.QualityProposal, proposal_id).version
        bring_into_force(
            session,
            actor=commissioner(session),
            proposal_id=proposal_id,
            in_force_from=dt.date(2026, 12, 1),
            version=version,
            now=LATER,
        )
        assert session.scalars(select(QualityRun)).all() == []
    for moment, expected in (
        (dt.datetime(2026, 11, 30, 6, tzinfo=dt.UTC), 79),
        (dt.datetime(2026, 12, 1, 6, tzinfo=dt.UTC), 69),
    ):
        with transaction(sessions) as session:
            rescore_daily(session, {}, moment)
        work(sessions, moment)
        assert now_standing(sessions)[URNS[0]] == expected


def test_a_change_is_refused_that_changes_nothing_adds_up_to_nothing_or_comes_too_late(sessions: Sessions) -> None:
    with pytest.raises(Invalid, match="at least one number"):
        proposal(sessions, {("weights", "inspection"): 60})
    with pytest.raises(Invalid, match="add up to 100"):
        proposal(sessions, {("weights", "inspection"): 61})
    with pytest.raises(Invalid, match="Only numbers"):
        proposal(sessions, {("weights", "nonsense"): 1})
    with pytest.raises(Invalid, match="why the policy changes"):
        proposal(sessions, WEIGHTS, why=" ")
    with pytest.raises(Stale):
        proposal(sessions, WEIGHTS, based_on_id="another")
    proposal_id = proposal(sessions, WEIGHTS)
    with transaction(sessions) as session:
        actor = commissioner(session)
        given: dict[str, Any] = {"actor": actor, "proposal_id": proposal_id, "now": LATER}
        unseen = session.get_one(changing.QualityProposal, proposal_id).version
        with pytest.raises(Conflict, match="not worked out yet"):
            bring_into_force(session, in_force_from=LATER.date(), version=unseen, **given)
    work(sessions, LATER)
    with transaction(sessions) as session:
        version = session.get_one(changing.QualityProposal, proposal_id).version
        with pytest.raises(Invalid, match="today or later"):
            bring_into_force(session, in_force_from=NOW.date(), version=version, **given)
        bring_into_force(session, in_force_from=LATER.date(), version=version, **given)
        with pytest.raises(Stale):
            bring_into_force(session, in_force_from=LATER.date(), version=version, **given)
        with pytest.raises(Conflict, match="already"):
            bring_into_force(session, in_force_from=LATER.date(), version=version + 1, **given)


def test_a_change_is_compared_with_what_is_in_force_on_its_own_day_and_none_is_put_before_another(
    sessions: Sessions,
) -> None:
    first, second = proposal(sessions, WEIGHTS), proposal(sessions, WEIGHTS)
    work(sessions, LATER)
    ahead = LATER.date() + dt.timedelta(days=30)

    def put(session: Session, proposal_id: str, day: dt.date) -> None:
        version = session.get_one(changing.QualityProposal, proposal_id).version
        who = commissioner(session)
        bring_into_force(session, actor=who, proposal_id=proposal_id, in_force_from=day, version=version, now=LATER)

    with transaction(sessions) as session:
        put(session, first, ahead)
    for day, said in ((LATER.date(), "comes into force after that day"), (ahead, "is in force by that day")):
        with transaction(sessions) as session, pytest.raises(Conflict, match=said):
            put(session, second, day)


def test_every_number_of_a_policy_can_be_named_and_changed_and_nothing_else(sessions: Sessions) -> None:
    with transaction(sessions, read_only=True) as session:
        content = in_force(session, "quality", LATER.date()).content
    numbers = numbers_of(content)
    assert {number.path[0] for number in numbers} == {
        "weights",
        "graded",
        "supported",
        "standards",
        "age",
        "strategic",
        "service",
        "bands",
    }
    changed = changing.with_numbers(content, {number.path: number.value + 1 for number in numbers})
    assert [number.value for number in numbers_of(changed)] == [number.value + 1 for number in numbers]
    assert strings(changed) == strings(content)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner: Sequence[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in strings(one)]


def test_only_the_hub_watches_a_run(sessions: Sessions) -> None:
    batch_id = begin(sessions)
    with transaction(sessions, read_only=True) as session:
        hub = running.hub_id(session)
        assert hub is not None
        assert batch_for(session, organisation_id=hub, batch_id=batch_id).total == 5


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_run_is_not_completed_between_the_reading_and_the_writing_of_a_single_score(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(sessions)
    work(sessions, LATER + MINUTE, steps=2)
    last = threading.Thread(target=work, args=(sessions, LATER + 3 * MINUTE))
    append = scoring.append

    def meanwhile(session: Session, rows: list[dict[str, Any]]) -> None:
        if not last.ident:
            last.start()
            last.join(0.5)
        append(session, rows)

    monkeypatch.setattr(scoring, "append", meanwhile)
    with transaction(sessions) as session:
        factory.make_inspection(
            session, URNS[0], overall=Grade.REQUIRES_IMPROVEMENT, inspected_on=dt.date(2026, 11, 20)
        )
        rescore_all(session, now=LATER + 2 * MINUTE, why="New judgement", urns=[URNS[0]])
    last.join(10)
    assert now_standing(sessions) == {**NEW, URNS[0]: 46}
    assert at(sessions, LATER + 4 * MINUTE) == {**NEW, URNS[0]: 46}
