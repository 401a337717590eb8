"""What is known of a request before the market: how long, how dear, which homes suit the child and are lawful, and
where they may be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core.geography import LocationClass, Place, authorities, authorities_near, location_class
from app.core.policies import Policy, in_force
from app.identity.models import Organisation
from app.requests.limits import Ask
from app.requests.models import PlacementRequest
from app.requests.rules import BENCHMARK, benchmark_in
from app.requests.status import Urgency
from app.requests.statute import Statute, statute_on
from providers.market.queries import lots_of_borough
from providers.market.status import ServiceType

SUITS: Mapping[str, ServiceType] = {
    "suits_foster": ServiceType.FOSTERING,
    "suits_residential": ServiceType.RESIDENTIAL,
    "suits_supported": ServiceType.SUPPORTED,
}
"""The questions of the form that say which kind of home suits the child. The first version asks none of them."""

EVERYWHERE = frozenset({LocationClass.IN_AREA, LocationClass.ADJOINING, LocationClass.AT_A_DISTANCE})


def stated_kinds(answers: Mapping[str, Any]) -> frozenset[ServiceType]:
    """The kinds of home that the form says suit the child; empty where it does not say."""
    return frozenset(kind for name, kind in SUITS.items() if answers.get(name) == "yes")


def lawful_kinds(statute: Statute, ages: Collection[int], kinds: Collection[ServiceType]) -> frozenset[ServiceType]:
    """Those of some kinds of home that are lawful for children of all these ages."""
    found = set()
    for kind in kinds:
        home = statute.home_bought_by(kind)
        if home is not None and all(home.lawful_at(years) for years in ages):
            found.add(kind)
    return frozenset(found)


def accepted_locations(
    placing_gss: str | None, home: Place | None, miles: int | None, excluded: Collection[str] = ()
) -> frozenset[LocationClass]:
    """Where a home may stand to the borough that a request would take: by its hard limit of miles from the child's home
    and the areas that it rules out. Without a borough's code or a place, everywhere. What is not known to adjoin counts
    as at a distance.
    """
    if placing_gss is None or (home is None and miles is not None):
        return EVERYWHERE
    reach = authorities() if miles is None or home is None else authorities_near(home.easting, home.northing, miles)
    classes = {location_class(placing_gss, one.gss) for one in reach if one.gss not in excluded}
    return frozenset(
        LocationClass.AT_A_DISTANCE if one is LocationClass.UNKNOWN_COUNTS_AS_DISTANCE else one for one in classes
    )


def ages_of(request: PlacementRequest) -> list[int]:
    """The children's whole years on the planned first day, as submitted."""
    weeks = [one.age_weeks for one in request.children if one.age_weeks is not None]
    return [years_of(one) for one in weeks or [request.age_weeks or 0]]


@dataclass(frozen=True)
class Surroundings:
    """What the requests of one borough are measured by on a day, read once: the law, the lots that it takes part in,
    the table of benchmarks, and its own code.
    """

    statute: Statute
    kinds: frozenset[ServiceType]
    benchmarks: Policy
    placing_gss: str | None


def surroundings(session: Session, organisation_id: str, today: dt.date) -> Surroundings:
    """The surroundings of a borough's requests today."""
    return Surroundings(
        statute=statute_on(session, today),
        kinds=frozenset(lot.service_type for lot in lots_of_borough(session, organisation_id, today)),
        benchmarks=in_force(session, BENCHMARK, today),
        placing_gss=session.scalar(select(Organisation.gss_code).where(Organisation.id == organisation_id)),
    )


def ask_in(
    around: Surroundings,
    request: PlacementRequest,
    *,
    answers: Mapping[str, Any] | None = None,
    home: Place | None = None,
    also: Collection[ServiceType] = (),
) -> Ask:
    """What an approval is measured by. `answers` and `home` where the caller may read them: without, the request is
    taken to state no kind of home, and to reach as far as its miles could. `also` are kinds beside those of the lots.
    """
    stated = stated_kinds(answers or {})
    ages = ages_of(request)
    lawful = lawful_kinds(around.statute, ages, around.kinds | stated | set(also))
    weekly: dict[ServiceType, int] = {}
    for kind in lawful:
        found = benchmark_in(around.benchmarks, kind, request.age_weeks or 0)
        if found is not None:
            weekly[kind] = found.weekly_pence * max(1, request.places)
    accepts = accepted_locations(around.placing_gss, home, request.max_miles, request.exclude_authorities or ())
    return Ask(
        weeks=request.expected_weeks or 0,
        urgency=request.urgency or Urgency.PLANNED,
        age_years=min(ages),
        miles=request.max_miles,
        accepts=accepts,
        stated=stated & lawful,
        lawful=lawful,
        weekly=weekly,
    )
