"""The list of services: each filter against a slow reading of the same rows, a constant number of queries, and what a
borough may see of it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import NotAllowed, NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.reporting.service_filters import BANDS, FRESH, NEVER, NONE, ORDERS, STALE, UNKNOWN, ServiceFilter
from app.reporting.service_list import (
    ServiceRow,
    every_service,
    service_for_borough,
    services_for_borough,
    services_for_hub,
)
from providers.market.models import Lot, Participation
from providers.passport.directory import companies
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.quality.models import QualityScore
from providers.register.status import EventType, Grade, Resolution
from tests.bench.providers import make_market
from tests.factories import providers as factory
from tests.factories.identity import make_actor, make_organisation
from tests.factories.providers import NOW, Market

DAYS = dt.timedelta(days=1)
TODAY = NOW.date()
ALL = 200


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


def rows(session: Session, actor: Actor, **wanted: str) -> list[ServiceRow]:
    found, total = services_for_hub(session, actor, ServiceFilter(**wanted), now=NOW, limit=ALL)
    assert total == len(found)
    return found


def make_varied(session: Session, market: Market) -> None:
    """Thirty services with drawn histories: judgements in doubt, limited, set aside or not published yet, scores of
    several moments, places of every age, and some of a borough's own.
    """
    draw = random.Random(7)
    borough = make_organisation(session, OrganisationKind.BOROUGH, "Made-up Sutton")
    own = make_organisation(session, OrganisationKind.PROVIDER, "Sutton's Own Homes")
    own.in_house_of = borough.id
    lots = [market.residential, market.fostering, market.supported]
    for number in range(30):
        service = factory.make_enrolled_service(
            session,
            lot=draw.choice(lots),
            name=f"{draw.choice(('Élan', 'oak', 'Ash', 'Birch'))} {number:02d}",
            organisation=own if number % 7 == 0 else None,
            grade=None,
            quality=None,
            postcode=draw.choice(("CR0 1EA", "SM1 1EA", "BR1 3UH")),
            status=draw.choice(list(EnrolmentStatus)),
            confirmed_at=NOW - draw.choice((1, 5, 6, 7, 8, 60, 400)) * DAYS,
        )
        if draw.random() < 0.2:
            service.places_confirmed_at = None
        if draw.random() < 0.3:
            other = draw.choice([lot for lot in lots if not _on(session, service.claim_id, lot)])
            session.add(Enrolment(claim_id=service.claim_id, lot_id=other.id, enrolled_at=NOW))
        for inspection in range(draw.randrange(5)):
            _inspect(session, service.urn, draw, inspection)
        for step in range(draw.randrange(3)):
            _score(session, service.urn, draw.choice((None, 0, 24, 25, 49, 50, 74, 75, 100)), step + 1)
    session.flush()


def make_contradicted(session: Session, market: Market) -> None:
    """One service for each way in which a contradictory judgement can come to count, each with an older Outstanding."""
    worst = Grade.INADEQUATE
    for number, (protected, leaders, resolution) in enumerate(
        [(p, le, r) for p, le in ((worst, Grade.GOOD), (Grade.GOOD, worst)) for r in (None, *Resolution)]
    ):
        service = factory.make_enrolled_service(
            session, lot=market.residential, name=f"Contradicted {number}", grade=None, quality=None
        )
        factory.make_inspection(session, service.urn, overall=Grade.OUTSTANDING, inspected_on=TODAY - 800 * DAYS)
        newest = factory.make_inspection(
            session, service.urn, protected=protected, leaders=leaders, contradictory=True, inspected_on=TODAY - DAYS
        )
        if resolution is not None:
            newest.resolution, newest.resolved_at, newest.reason = resolution, NOW, "Made up"
    session.flush()


def _on(session: Session, claim_id: str, lot: Lot) -> bool:
    there = select(Enrolment.id).where(Enrolment.claim_id == claim_id, Enrolment.lot_id == lot.id)
    return session.scalar(there) is not None


def _inspect(session: Session, urn: str, draw: random.Random, number: int) -> None:
    made = factory.make_inspection(
        session,
        urn,
        overall=draw.choice(list(Grade)),
        protected=draw.choice(list(Grade)),
        leaders=draw.choice(list(Grade)),
        event_type=draw.choice((EventType.FULL, EventType.FULL, EventType.MONITORING)),
        # Two on one day are told apart by their numbers, and where there is none by the day.
        inspected_on=TODAY - draw.choice((0, 30, 30, 365, 400 + number)) * DAYS,
    )
    made.published_on = draw.choice((None, made.inspected_on, TODAY + DAYS))  # tomorrow's counts for nothing today
    numbered = (TODAY - made.inspected_on).days < 400
    made.event_number = f"{10 ** draw.randrange(1, 6) + draw.randrange(9)}{number}" if numbered else None
    made.contradictory = made.full_judgement and draw.random() < 0.4
    if made.contradictory and draw.random() < 0.7:
        made.resolution, made.resolved_at, made.reason = draw.choice(list(Resolution)), NOW, "Made up"


def _score(session: Session, urn: str, score: int | None, days: int) -> None:
    policy = session.scalars(select(QualityScore.policy_version_id).limit(1)).first()
    session.add(
        QualityScore(
            urn=urn, score=score, parts={}, policy_version_id=policy, why="Made up", computed_at=NOW - days * DAYS
        )
    )


def _result(row: ServiceRow) -> str:
    result = row.judgement.result if row.judgement else None
    return result.value if result else NONE


def test_every_filter_lets_through_what_a_slow_reading_would(session: Session, commissioner: Actor) -> None:
    """Which judgement counts is the register's rule, in Python; the list's filter says the same in the database."""
    market = factory.make_system_and_lots(session)
    make_varied(session, market)
    make_contradicted(session, market)
    everything = rows(session, commissioner)
    assert len(everything) == 38
    cases: list[tuple[dict[str, str], Callable[[ServiceRow], bool]]] = [
        *(({"judgement": word}, lambda row, w=word: _result(row) == w) for word in (*Grade, NONE)),
        *(
            ({"quality": code}, lambda row, b=band: row.score is not None and b[0] <= row.score <= b[1])
            for code, band in BANDS.items()
        ),
        ({"quality": UNKNOWN}, lambda row: row.score is None),
        *(({"places": word}, lambda row, w=word: row.freshness == w) for word in (FRESH, STALE, NEVER)),
        *(
            ({"standing": word}, lambda row, w=word: w in {status for _, status in row.standings})
            for word in ("enrolled", "suspended")
        ),
        ({"standing": NONE}, lambda row: not {s for _, s in row.standings} - {EnrolmentStatus.REMOVED}),
        *(({"kind": kind}, lambda row, k=kind: row.kind == k) for kind in ("fostering", "childrens_home", "school")),
        ({"in_house": "yes"}, lambda row: row.in_house_of is not None),
        ({"in_house": "no"}, lambda row: row.in_house_of is None),
        ({"search": "OAK care"}, lambda row: "oak" in row.name and "Care" in row.company),
        ({"search": "sutton's own"}, lambda row: row.company == "Sutton's Own Homes"),
        ({"search": everything[0].urn.lower()}, lambda row: row.urn == everything[0].urn),
        ({"search": "100%_"}, lambda row: "100%_" in row.name),
        ({"authority": "E09000029"}, lambda row: row.authority_gss == "E09000029"),
        (
            {"lot_id": market.fostering.id},
            lambda row: market.fostering.name in {n for n, s in row.standings if s is not EnrolmentStatus.REMOVED},
        ),
        ({"judgement": "good", "quality": "75"}, lambda row: _result(row) == "good" and (row.score or 0) >= 75),
        ({"kind": "nonsense", "quality": "nonsense", "places": "nonsense", "standing": "x"}, lambda row: bool(row.urn)),
    ]
    for wanted, slow in cases:
        assert [row.urn for row in rows(session, commissioner, **wanted)] == [
            row.urn for row in everything if slow(row)
        ], wanted
    assert {_result(row) for row in everything} >= {"good", "inadequate", NONE}


def test_each_order_is_whole_and_what_is_not_known_comes_last(session: Session, commissioner: Actor) -> None:
    make_varied(session, factory.make_system_and_lots(session))
    everything = rows(session, commissioner)
    for order in ORDERS:
        for descending in (False, True):
            found, _ = services_for_hub(
                session, commissioner, ServiceFilter(), now=NOW, order=order, descending=descending, limit=ALL
            )
            assert {row.urn for row in found} == {row.urn for row in everything}
            if order in ("quality", "places"):
                keys = [row.score if order == "quality" else row.places_confirmed_at for row in found]
                known = [key for key in keys if key is not None]
                assert keys == [*sorted(known, reverse=descending), *[None] * (len(keys) - len(known))]
    pages = [
        row.urn
        for start in range(0, 30, 7)
        for row in services_for_hub(session, commissioner, ServiceFilter(), now=NOW, limit=7, offset=start)[0]
    ]
    assert pages == [row.urn for row in everything]
    assert services_for_hub(session, commissioner, ServiceFilter(), now=NOW, limit=7, offset=70) == ([], 30)
    assert [row.urn for row in every_service(session, commissioner, ServiceFilter(), now=NOW)] == pages


def test_a_borough_sees_the_services_on_its_own_lots_and_no_others(session: Session) -> None:
    market = factory.make_system_and_lots(session)
    borough = make_organisation(session, OrganisationKind.BOROUGH)
    officer = make_actor(session, borough, Role.PLACEMENT_OFFICER)
    for lot, first, last in (
        (market.residential, TODAY, None),
        (market.fostering, TODAY - 9 * DAYS, TODAY - DAYS),
        (market.supported, TODAY + DAYS, None),
    ):
        session.add(Participation(lot_id=lot.id, organisation_id=borough.id, first_day=first, last_day=last))
    made = {
        status: factory.make_enrolled_service(session, lot=market.residential, status=status)
        for status in EnrolmentStatus
    }
    elsewhere = [factory.make_enrolled_service(session, lot=lot) for lot in (market.fostering, market.supported)]
    for wanted in (ServiceFilter(), ServiceFilter(lot_id=market.fostering.id)):
        found, total = services_for_borough(session, officer, wanted, now=NOW)
        seen = {row.service_id for row in found}
        assert seen == {made[EnrolmentStatus.ENROLLED].id, made[EnrolmentStatus.SUSPENDED].id}
        assert total == 2
    one = service_for_borough(session, officer, made[EnrolmentStatus.SUSPENDED].id, now=NOW)
    assert one.row.suspended
    assert [facts.lot.id for facts in one.enrolments] == [market.residential.id]
    for hidden in (made[EnrolmentStatus.REMOVED], *elsewhere):
        with pytest.raises(NotFound):
            service_for_borough(session, officer, hidden.id, now=NOW)
    with pytest.raises(NotAllowed):
        services_for_hub(session, officer, ServiceFilter(), now=NOW)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    ran: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_queries_does_not_grow_with_the_market(engine: Engine, sessions: Sessions) -> None:
    """50 services, then 500."""
    taken: list[list[int]] = []
    hub, borough = make_market(engine, sessions, 50, years=1)
    for more in (0, 450):
        if more:
            make_market(engine, sessions, more, years=1, into=(hub, borough))
        found: list[int] = []
        with transaction(sessions, read_only=True) as session:
            now = dt.datetime.now(dt.UTC)
            wanted = ServiceFilter(judgement="good", in_house="no", kind="childrens_home")
            with counted(engine) as ran:
                page, total = services_for_hub(session, hub, ServiceFilter(), now=now)
            assert (len(page), total) == (25, 50 + more)
            found.append(len(ran))
            session.expunge_all()
            for act in (
                lambda: services_for_hub(session, hub, wanted, now=now, order="quality"),  # noqa: B023
                lambda: services_for_borough(session, borough, ServiceFilter(), now=now),  # noqa: B023
                lambda: companies(session, hub, order="suspended", descending=True),
            ):
                session.expunge_all()
                with counted(engine) as ran:
                    act()
                found.append(len(ran))
        taken.append(found)
    assert taken[0] == taken[1]
    assert max(taken[0]) <= 10


def test_companies_are_counted_by_what_stands(session: Session, commissioner: Actor) -> None:
    market = factory.make_system_and_lots(session)
    company = make_organisation(session, OrganisationKind.PROVIDER, "Made-up Many Ltd")
    for status in (*EnrolmentStatus, EnrolmentStatus.ENROLLED):
        factory.make_enrolled_service(session, lot=market.residential, organisation=company, status=status)
    own = make_organisation(session, OrganisationKind.PROVIDER, "Made-up Own")
    own.in_house_of = make_organisation(session, OrganisationKind.BOROUGH, "Made-up Sutton").id
    session.flush()
    found = {row.name: row for row in companies(session, commissioner)[0]}
    many = found["Made-up Many Ltd"]
    assert (many.services, many.waiting, many.enrolled, many.suspended, many.in_house_of) == (4, 0, 2, 1, None)
    assert (found["Made-up Own"].services, found["Made-up Own"].in_house_of) == (0, "Made-up Sutton")
    assert session.get_one(Organisation, many.organisation_id).name == many.name
