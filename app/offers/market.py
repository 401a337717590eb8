"""A request and its opened offers as the matcher takes them: facts without anything personal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.core import policies
from app.core.clock import local_date
from app.core.errors import Conflict
from app.offers.exemptions import exempt_services
from app.offers.models import Offer as OfferRow
from app.requests.models import PlacementRequest
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


def market_of(
    session: Session,
    *,
    request: PlacementRequest,
    borough_gss: str,
    offers: list[OfferRow],
    held: Mapping[str, int],
    on: dt.datetime,
) -> Market:
    """The market of one request: its frozen policy, its facts, and the services that offer, as they stand at `on`.

    `held` is how many places of a service are held by other requests' preferred offers; they are not free. A service
    that is exempt for this request passes the gates of enrolment and Ofsted (F-16): what they would have looked at is
    kept beside the frozen facts (`note_exemptions`).
    """
    if request.lot_id is None or request.evaluation_policy_id is None or request.weights is None:
        raise Conflict("The request has not been published.")
    lot = session.get_one(LotRow, request.lot_id)
    if lot.service_type is ServiceType.SUPPORT_PACKAGE:
        raise Conflict("Support packages are compared by people: they have no places to rank.")
    facts = {service.service_id: service for service in enrolled_services(session, lot.id, local_date(on))}
    quality = qualities_at(session, [service.urn for service in facts.values()], on)
    by_service = {offer.service_id: offer for offer in offers}
    exempt = exempt_services(session, request.id)
    return Market(
        as_of=local_date(on),
        policy=policy_of(session, request, lot.service_type),
        services=tuple(
            _service(
                facts[service_id],
                offer,
                quality.get(facts[service_id].urn),
                held.get(service_id, 0),
                exempt=service_id in exempt,
            )
            for service_id, offer in sorted(by_service.items())
            if service_id in facts
        ),
        requests=(_request(request, borough_gss, lot.service_type),),
        offers=tuple(_offer(offer) for offer in offers if offer.service_id in facts),
    )


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


def note_exemptions(session: Session, request: PlacementRequest, record: dict[str, Any], on: dt.datetime) -> None:
    """Write into a record, beside each service that was exempt, by which exemption, and how it truly stands: suspended,
    and with which judgement. The matcher passes such notes over, so the record recomputes with them and without.
    """
    exempt = exempt_services(session, request.id)
    noted = [service for service in record["market"]["services"] if service["id"] in exempt]
    if not noted or request.lot_id is None:
        return
    facts = {service.service_id: service for service in enrolled_services(session, request.lot_id, local_date(on))}
    for service in noted:
        found = facts[service["id"]]
        service[EXEMPT] = {
            "exemption": exempt[service["id"]].id,
            "against": exempt[service["id"]].against,
            "status": found.status.value,
            "ofsted": found.ofsted,
        }


def _service(
    facts: EnrolledService, offer: OfferRow, quality: int | None, held: int, *, exempt: bool = False
) -> Service:
    return Service(
        id=facts.service_id,
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
        authority=offer.place_authority_gss or facts.authority_gss or "unknown",
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


def _request(request: PlacementRequest, borough_gss: str, service_type: ServiceType) -> Request:
    return Request(
        id=request.id,
        borough=borough_gss,
        lots=(Lot(service_type.value),),
        age_weeks=request.age_weeks or 0,
        sex=Sex(request.sex or "F"),
        needs=tuple(request.needs or [None] * 12),
        easting=request.origin_easting or 0,
        northing=request.origin_northing or 0,
        max_miles=request.max_miles,
        exclude_authorities=(),
        places=request.places,
        solo=False,
        adaptations=(),
        language=None,
        urgency=Urgency(request.urgency.value if request.urgency else "planned"),
        benchmark_pence_week=request.benchmark_pence,
    )


def _offer(offer: OfferRow) -> Offer:
    return Offer(
        id=offer.id,
        request=offer.request_id,
        service=offer.service_id,
        elements=Elements(
            care=offer.care_pence or 0,
            education=offer.education_pence or 0,
            health=offer.health_pence or 0,
            transport=offer.transport_pence or 0,
        ),
        weeks_per_year=offer.weeks_per_year or 52,
    )
