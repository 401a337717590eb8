"""A borough says how its own started placements go, and nobody else's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotAllowed, NotFound
from app.identity.models import Organisation
from app.identity.status import OrganisationKind, Role
from app.placements.outcomes import correct_how_it_goes, how_it_goes, record_how_it_goes
from app.placements.starting import start
from providers.market.status import ServiceType
from providers.quality.outcomes import Said
from providers.quality.status import OutcomeKind
from tests.factories.identity import make_actor, make_organisation
from tests.factories.placements import BASE_URL, make_placement

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_borough_says_how_its_own_placement_goes_once_it_has_started(session: Session) -> None:
    case, placement = make_placement(session)
    begins = placement.planned_start
    later = dt.datetime.combine(begins + dt.timedelta(days=30), dt.time(12), dt.UTC)
    said = Said(kind=OutcomeKind.REVIEW, happened_on=begins + dt.timedelta(days=28), feedback=4)
    given: dict[str, Any] = {"placement_id": placement.id, "said": said, "now": later, "base_url": BASE_URL}
    with pytest.raises(Conflict, match="has not started"):
        record_how_it_goes(session, actor=case.officer, **given)
    moved_in = dt.datetime.combine(begins, dt.time(15), dt.UTC)
    day: dict[str, Any] = {"started_on": begins, "version": placement.version, "now": moved_in}
    start(session, actor=case.officer, placement_id=placement.id, **day)
    neighbour = make_actor(session, make_organisation(session, OrganisationKind.BOROUGH), Role.PLACEMENT_OFFICER)
    with pytest.raises(NotFound):
        record_how_it_goes(session, actor=neighbour, **given)
    winner = make_actor(session, session.get_one(Organisation, placement.provider_id))
    for nobody in (winner, case.director):
        with pytest.raises(NotAllowed):
            record_how_it_goes(session, actor=nobody, **given)
    before = placement.version
    made = record_how_it_goes(session, actor=case.officer, **given)
    assert (made.placement_reference, made.service_type) == (placement.reference, ServiceType.RESIDENTIAL)
    assert made.provider_id == placement.provider_id
    assert (placement.version, placement.ended_on) == (before, None), "it settles nothing else"
    correction: dict[str, Any] = {"outcome_id": made.id, "why": "A slip", "said": said, "now": later}
    with pytest.raises(NotFound):
        correct_how_it_goes(session, actor=neighbour, base_url=BASE_URL, **correction)
    correct_how_it_goes(session, actor=case.officer, base_url=BASE_URL, **correction)
    assert sorted(one.corrected for one in how_it_goes(session, placement)) == [False, True]
