"""A request and its opened offers as the matcher takes them: facts without anything personal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.core import policies
from app.core.clock import local_date
from app.core.errors import Conflict
from app.offers.children import ChildFacts, combined_needs, facts_of
from app.offers.exemptions import exempt_services
from app.offers.models import Offer as OfferRow
from app.offers.sets import asked_with, note_children, service_id_in, set_id
from app.requests.models import PlacementRequest
from app.requests.zones import Zone
from matching.rank import (
    Discounts,
    Elements,
    Evidence,
    Lot,
    Market,
    Offer,
    Ofsted,
    Policy,
    PriceFormula,
    Registration,
    Request,
    Service,
    Sex,
    Standing,
    Urgency,
    Weights,
)
from providers.market.models import Lot as LotRow
from providers.market.status import ServiceType
from providers.quality.queries import qualities_at
from providers.services.queries import EnrolledService, enrolled_services

EXEMPT = "x_exempt"
"""The key of a frozen service's note that it was exempt."""

ZONED = "exclusion zone"
"""The authority of a home that stands in an exclusion zone of the request, which excludes it. Where the zone is, nobody
is told.
"""

AUTHORITY = "x_authority"
"""The key of a frozen service's note of the authority in whose area such a home truly stands."""


def market_of(
    session: Session,
    *,
    request: PlacementRequest,
    borough_gss: str,
    offers: list[OfferRow],
    held: Mapping[str, int],
    on: dt.datetime,
    zones: Sequence[Zone] = (),
) -> Market:
    """The market of one request: its frozen policy, its facts, and the services that offer, as they stand at `on`.

    For several children there is a matcher's request for each set of them that is offered for (`sets`). `held` is how
    many places of a service are held by other requests' preferred offers; they are not free. A service
    that is exempt for this request passes the gates of enrolment and Ofsted (F-16): what they would have looked at is
    kept beside the frozen facts (`note_facts`). A home in one of `zones` counts as in an excluded area.
    """
    if request.lot_id is None or request.evaluation_policy_id is None or request.weights is None:
        raise Conflict("The request has not been published.")
    lot = session.get_one(LotRow, request.lot_id)
    if lot.service_type is ServiceType.SUPPORT_PACKAGE:
        raise Conflict("Support packages are compared by people: they have no places to rank.")
    facts = {service.service_id: service for service in enrolled_services(session, lot.id, local_date(on))}
    quality = qualities_at(session, [service.urn for service in facts.values()], on)
    exempt = exempt_services(session, request.id)
    policy = policy_of(session, request, lot.service_type)
    services: dict[str, Service] = {}
    requests: dict[str, Request] = {}
    made: list[Offer] = []
    for offer in offers:
        found = facts.get(offer.service_id)
        if found is None:
            continue
        service = _service(
            matcher_service(offer, request),
            found,
            offer,
            quality.get(found.urn),
            held.get(offer.service_id, 0),
            exempt=offer.service_id in exempt,
            zoned=in_a_zone(offer, zones),
        )
        services[service.id] = service
        children = facts_of(request, offer.children_key)
        asked = request_about(request, borough_gss, lot.service_type, children, zoned=bool(zones))
        other = asked_with(policy, asked, service, children)
        if other is not None:
            one = next(child for child in children if child.position == other)
            asked = replace(asked, age_weeks=one.age_weeks, sex=Sex(one.sex))
        asked = replace(asked, id=set_id(request.id, offer.children_key, request.places, other))
        requests[asked.id] = asked
        made.append(_offer(offer, asked.id, service.id))
    if not requests:
        asked = request_about(request, borough_gss, lot.service_type, facts_of(request), zoned=bool(zones))
        requests[asked.id] = asked
    return Market(
        as_of=local_date(on),
        policy=policy,
        services=tuple(services[key] for key in sorted(services)),
        requests=tuple(requests[key] for key in sorted(requests)),
        offers=tuple(made),
    )


def matcher_service(offer: OfferRow, request: PlacementRequest) -> str:
    """The matcher's id of the service behind an offer: its own, and for a group one for each set of children."""
    return offer.service_id if request.places == 1 else f"{offer.service_id}:{offer.children_key}"


def in_a_zone(offer: OfferRow, zones: Sequence[Zone]) -> bool:
    """Whether the home of an opened offer stands in an exclusion zone, its edge included. Compared exactly."""
    if offer.place_easting is None or offer.place_northing is None:
        return False
    east, north = offer.place_easting, offer.place_northing
    return any((east - zone.easting) ** 2 + (north - zone.northing) ** 2 <= zone.metres**2 for zone in zones)


def policy_of(session: Session, request: PlacementRequest, service_type: ServiceType) -> Policy:
    """The evaluation policy that the request was published under, with its frozen weights."""
    version = policies.by_id(session, request.evaluation_policy_id or "")
    merged: dict[str, Any] = {**version.content["common"], **version.content["service_types"][service_type.value]}
    weights = request.weights or merged["weights"]
    return Policy(
        version=f"{version.kind} {version.version}",
        weights=Weights(**{name: int(weights[name]) for name in ("price", "quality", "needs", "practical")}),
        indicator_weights=tuple(merged["indicator_weights"]),
        severe_need_cap=merged["severe_need_cap"],
        evidence_discount=Discounts(**merged["evidence_discount"]),
        price_floor=merged["price_floor"],
        price_ceiling=merged["price_ceiling"],
        price_formula=PriceFormula(merged["price_formula"]),
        unknown_quality_prior=merged["unknown_quality_prior"],
        stale_after_days=merged["stale_after_days"],
        max_useful_miles=merged["max_useful_miles"],
        tie_band=merged["tie_band"],
    )


def note_facts(
    session: Session,
    request: PlacementRequest,
    record: dict[str, Any],
    offers: Iterable[OfferRow],
    on: dt.datetime,
) -> None:
    """Write into a record what the matcher passes over, so that it recomputes with the notes and without: beside each
    service that was exempt by which exemption and how it truly stands, suspended and with which judgement; beside a
    home in an exclusion zone in whose area it stands; beside each set of children their ages.
    """
    note_children(record, facts_of(request))
    areas = {matcher_service(offer, request): offer.place_authority_gss for offer in offers}
    for service in record["market"]["services"]:
        if service["authority"] == ZONED:
            service[AUTHORITY] = areas.get(service["id"])
    exempt = exempt_services(session, request.id)
    noted = [service for service in record["market"]["services"] if service_id_in(service["id"]) in exempt]
    if not noted or request.lot_id is None:
        return
    facts = {service.service_id: service for service in enrolled_services(session, request.lot_id, local_date(on))}
    for service in noted:
        found, given = facts[service_id_in(service["id"])], exempt[service_id_in(service["id"])]
        service[EXEMPT] = {
            "exemption": given.id,
            "against": given.against,
            "status": found.status.value,
            "ofsted": found.ofsted,
        }


def _service(
    id_: str,
    facts: EnrolledService,
    offer: OfferRow,
    quality: int | None,
    held: int,
    *,
    exempt: bool,
    zoned: bool,
) -> Service:
    return Service(
        id=id_,
        provider=facts.organisation_id,
        lot=Lot(facts.lot_service_type.value),
        registration=Registration(facts.registration.value),
        status=Standing.ENROLLED if exempt else Standing(facts.status.value),
        ofsted=_ofsted(facts.ofsted, exempt),
        min_age=facts.min_age,
        max_age=facts.max_age,
        sexes=tuple(Sex(sex) for sex in facts.sexes),
        capability=facts.capability,
        evidence=tuple(Evidence(level) for level in facts.evidence),
        places=max(0, facts.places_free - held),
        places_confirmed_days_ago=0,  # an offer that stands at the deadline says that its place is there
        easting=offer.place_easting,
        northing=offer.place_northing,
        authority=ZONED if zoned else offer.place_authority_gss or facts.authority_gss or "unknown",
        quality=quality,
        solo=facts.solo,
        adaptations=facts.adaptations,
        languages=facts.languages,
        list_price_pence_week=None,
    )


def _ofsted(words: str | None, exempt: bool) -> Ofsted | None:
    """The grade as it is. For an exempt service the one that the gate would look at is left out; none is put in its
    place.
    """
    grade = Ofsted(words) if words else None
    return None if exempt and grade is Ofsted.INADEQUATE else grade


def request_about(
    request: PlacementRequest,
    borough_gss: str,
    service_type: ServiceType,
    children: Sequence[ChildFacts],
    *,
    zoned: bool = False,
) -> Request:
    """A set of children as the matcher is asked about it: with its first child, on the highest of their needs."""
    excluded = sorted(set(request.exclude_authorities or ()))
    return Request(
        id=request.id,
        borough=borough_gss,
        lots=(Lot(service_type.value),),
        age_weeks=children[0].age_weeks,
        sex=Sex(children[0].sex),
        needs=combined_needs(children),
        easting=request.origin_easting or 0,
        northing=request.origin_northing or 0,
        max_miles=request.max_miles,
        exclude_authorities=(*excluded, ZONED) if zoned else tuple(excluded),
        places=len(children),
        solo=request.solo,
        adaptations=tuple(sorted(set(request.adaptations or ()))),
        language=request.language_required,
        urgency=Urgency(request.urgency.value if request.urgency else "planned"),
        benchmark_pence_week=request.benchmark_pence,
    )


def _offer(offer: OfferRow, request_id: str, service_id: str) -> Offer:
    return Offer(
        id=offer.id,
        request=request_id,
        service=service_id,
        elements=Elements(
            care=offer.care_pence or 0,
            education=offer.education_pence or 0,
            health=offer.health_pence or 0,
            transport=offer.transport_pence or 0,
        ),
        weeks_per_year=offer.weeks_per_year or 52,
    )
