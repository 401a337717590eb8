"""Walking the pages of the demonstration: somebody in each role follows the links, and opens what no link leads to now.

What was answered is kept, so that the tests of one `make test` walk once.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from app.children.models import Child, ChildLink
from app.core.database import transaction
from app.identity.models import Membership, Organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import Role
from app.offers.high_prices import is_high
from app.offers.joint.models import JointPlanRow
from app.offers.models import Exemption, Invitation, Offer
from app.offers.offering import unsealed_for_owner
from app.offers.status import OfferStatus
from app.panels.models import PanelSeat, Referral
from app.panels.status import ReferralStatus
from app.placements.models import Award, LocationApproval, Placement
from app.placements.status import ApprovalStatus, PlacementStatus
from app.requests.models import InHouseAsk, PlacementRequest, RequestApproval
from app.requests.prices.models import PriceExpectation
from app.requests.status import ApprovalHow, RequestStatus
from app.tasks.models import Task
from app.web.access import access_of
from providers.market.models import PurchasingSystem
from providers.market.status import ProcurementMode
from providers.passport.models import Application, Claim, Clarification, Enrolment
from providers.passport.status import ApplicationStatus, EnrolmentStatus
from providers.quality.models import ComplianceCheck, OutcomeReply, ServiceOutcome
from providers.register.models import Inspection, Registration
from providers.register.status import Source
from providers.services.bulk.models import BulkFile
from providers.services.uplifts.models import Uplift
from providers.services.uplifts.status import UpliftStatus
from tests.factories.visitor import Visitor
from tests.guards.demonstration import Market, market
from tests.guards.page_rules import Page
from tests.guards.worlds import word_for
from tests.servers import kept_folder, one_at_a_time

OF_EACH = 2
"""How many pages of one endpoint each role opens by following links."""

ENOUGH = 20
"""How many things of a rare stage are looked through for somebody who may open them."""

NOT_PAGES = frozenset(
    {
        "static",
        "health.alive",
        "health.ready",
        "borough.request_invited_csv",
        "borough.requests_csv",
        "borough.spend_csv",
        "borough.what_if_csv",
        "borough.child_views_csv",
        "hub.market_services_csv",
        "hub.spend_csv",
        "hub.what_if_csv",
        "hub.unmet_csv",
        "provider.bulk_excel",
        "provider.bulk_csv",
        "provider.uplift_file",
        "hub.uplift_file",
        "hub.challenge_file",
        "provider.challenge_file",
        "hub.passport_file",
        "provider.passport_file",
        "provider.evidence_file",
        "hub.need_file",
        "borough.import_empty",
        "borough.paper",
        "borough.request_file",
        "provider.opportunity_file",
        "provider.pack",
        "public.tariff_csv",
        "api.child",
        "api.form_definition",
        "api.openapi",
        "api.request",
        "api.requests",
    }
)
"""Endpoints that answer with something else than a page."""

ELSEWHERE = {
    "account.confirm_sign_up": "behind a secret from an e-mail: the story opens it",
    "account.invitation": "behind a secret from an e-mail: the story opens it",
    "account.reset": "behind a secret from an e-mail: tests/journeys/test_account_pages.py opens it",
    "public.confirm_places": "behind a secret from an e-mail: tests/journeys/test_vacancy_mail.py opens it",
    "borough.request_agreements": "for lots with a least time to offer: tests/journeys/test_routes.py opens it",
    "provider.in_house_ask": "a borough's homes have an administrator only: tests/journeys/test_routes.py opens it",
    "progress.show": "long work is over before the walk begins: tests/journeys open it",
    "borough.request_child_off": "a draft of one child keeps it: tests/journeys/test_standard_form.py opens it",
}
"""Pages that this walk cannot reach, and why."""


@dataclass(frozen=True)
class Seen:
    """One page as one person got it. `role` and `actor` are None for a visitor."""

    role: Role | None
    actor: Actor | None
    endpoint: str
    path: str
    status: int
    kind: str
    source: str

    @property
    def words(self) -> str:
        """Who was where, for a message."""
        return f"{self.role.value if self.role else 'visitor'} {self.path}"


Found: TypeAlias = Select[str, str]
"""(organisation whose people reach it, id), the best first."""


def rare() -> dict[str, tuple[str, Found]]:
    """What links lead to only at some stage: each endpoint with its parameter and where to find something of that
    stage in the whole market."""
    editable = (
        select(Referral.organisation_id, Referral.id)
        .where(Referral.status.in_([ReferralStatus.DRAFT, ReferralStatus.RETURNED]))
        .order_by(Referral.reference)
    )
    sealed = (
        select(Offer.organisation_id, Offer.id)
        .join(PlacementRequest, PlacementRequest.id == Offer.request_id)
        .where(Offer.status == OfferStatus.SUBMITTED, Offer.opened_at.is_(None))
        .order_by(PlacementRequest.offers_close_at.desc())
    )
    submitted = select(PlacementRequest.organisation_id, PlacementRequest.id).where(
        PlacementRequest.status == RequestStatus.SUBMITTED
    )
    located = (
        select(Placement.organisation_id, Placement.id)
        .join(Award, Award.id == Placement.award_id)
        .join(LocationApproval, LocationApproval.award_id == Award.id)
        .order_by(Placement.reference)
    )
    waiting = located.where(LocationApproval.status == ApprovalStatus.ASKED)
    offered = select(Uplift.organisation_id, Uplift.id).where(Uplift.status == UpliftStatus.OFFERED)
    records = select(ServiceOutcome.organisation_id, ServiceOutcome.id).order_by(ServiceOutcome.placement_reference)
    unanswered = (
        select(ServiceOutcome.provider_id, ServiceOutcome.id)
        .where(ServiceOutcome.id.not_in(select(OutcomeReply.outcome_id)))
        .order_by(ServiceOutcome.placement_reference)
    )
    claims = select(Claim.organisation_id, Claim.id).order_by(Claim.status.desc(), Claim.urn)
    drafts = (
        select(Claim.organisation_id, Application.id)
        .join(Application, Application.claim_id == Claim.id)
        .where(Application.status == ApplicationStatus.DRAFT)
    )
    asked = (
        select(Claim.organisation_id, Clarification.id)
        .join(Application, Application.claim_id == Claim.id)
        .join(Clarification, Clarification.application_id == Application.id)
        .order_by(Clarification.answered_at.desc())
    )
    not_offered = (
        select(Invitation.organisation_id, Invitation.request_id)
        .join(PlacementRequest, PlacementRequest.id == Invitation.request_id)
        .outerjoin(
            Offer,
            (Offer.request_id == Invitation.request_id) & (Offer.organisation_id == Invitation.organisation_id),
        )
        .where(PlacementRequest.status == RequestStatus.PUBLISHED, Offer.id.is_(None), Invitation.declined_at.is_(None))
        .order_by(PlacementRequest.offers_close_at.desc())
    )
    published = select(PlacementRequest.organisation_id, PlacementRequest.id).where(
        PlacementRequest.status == RequestStatus.PUBLISHED
    )
    open_latest = published.order_by(PlacementRequest.offers_close_at.desc())
    return {
        "borough.in_house_answer": (
            "ask_id",
            select(PlacementRequest.organisation_id, InHouseAsk.id)
            .join(InHouseAsk, InHouseAsk.request_id == PlacementRequest.id)
            .where(PlacementRequest.status == RequestStatus.APPROVED),
        ),
        "borough.request_in_house": ("request_id", published.order_by(PlacementRequest.offers_close_at)),
        "borough.request_wider": ("request_id", published.order_by(PlacementRequest.offers_close_at)),
        **{f"borough.request_{what}": ("request_id", open_latest) for what in ("extend", "amend", "amend_section")},
        "provider.offer_new": ("request_id", not_offered),
        "provider.opportunity_decline": ("request_id", not_offered),
        "provider.application_part": ("application_id", drafts),
        "provider.application_statement": ("application_id", drafts),
        "provider.application_check": ("application_id", drafts),
        "provider.delete_application": ("application_id", drafts),
        "provider.clarification": ("clarification_id", asked),
        **{
            f"borough.referral{part}": ("referral_id", editable)
            for part in ("", "_case", "_health", "_list", "_panel", "_period", "_shares")
        },
        **{
            f"borough.{page}": ("child_id", select(Child.organisation_id, Child.id).order_by(Child.reference))
            for page in ("child_erased", "erase_child")
        },
        "borough.unlink_sibling": (
            "child_id",
            select(Child.organisation_id, ChildLink.child_a).join(Child, Child.id == ChildLink.child_a),
        ),
        "borough.award": ("request_id", select(Referral.organisation_id, Referral.request_id)),
        "borough.request_unplaced": (
            "request_id",
            select(PlacementRequest.organisation_id, PlacementRequest.id)
            .where(PlacementRequest.status == RequestStatus.PUBLISHED)
            .order_by(PlacementRequest.offers_close_at),
        ),
        "borough.exemption_new": (
            "request_id",
            select(PlacementRequest.organisation_id, PlacementRequest.id)
            .where(PlacementRequest.status == RequestStatus.PUBLISHED)
            .order_by(PlacementRequest.offers_close_at.desc()),
        ),
        "borough.exemption_withdraw": (
            "exemption_id",
            select(PlacementRequest.organisation_id, Exemption.id).join(
                Exemption, Exemption.request_id == PlacementRequest.id
            ),
        ),
        "borough.request_approval": (
            "approval_id",
            select(PlacementRequest.organisation_id, RequestApproval.id)
            .join(RequestApproval, RequestApproval.request_id == PlacementRequest.id)
            .where(RequestApproval.how == ApprovalHow.TELEPHONE),
        ),
        "borough.request_telephone": ("request_id", submitted),
        "borough.request_duty": ("request_id", submitted),
        "borough.emergency": ("request_id", select(Referral.organisation_id, Referral.request_id)),
        "borough.joint_act": (
            "row_id",
            select(JointPlanRow.organisation_id, JointPlanRow.id)
            .where(JointPlanRow.service_id.is_not(None))
            .order_by(JointPlanRow.opened.desc(), JointPlanRow.id),
        ),
        "borough.task": ("task_id", select(Task.organisation_id, Task.id).order_by(Task.due_on.desc(), Task.id)),
        "borough.placement_location": ("placement_id", waiting),
        "borough.placement_location_again": ("placement_id", waiting),
        "borough.placement_notification": ("placement_id", waiting),
        "borough.placement_start": (
            "placement_id",
            located.where(Placement.status == PlacementStatus.AWAITING_START),
        ),
        "borough.placement_outcome": ("placement_id", located.where(Placement.status == PlacementStatus.LIVE)),
        "borough.outcome_correct": ("outcome_id", records),
        "provider.outcome_reply": ("outcome_id", unanswered),
        "panel.case_decision": (
            "referral_id",
            select(Referral.organisation_id, Referral.id).where(Referral.status == ReferralStatus.LISTED),
        ),
        "provider.offer_edit": ("offer_id", sealed),
        "provider.offer_sent": ("offer_id", sealed),
        "provider.offer_withdraw": ("offer_id", sealed),
        "provider.claimed": ("claim_id", claims),
        "provider.bulk_file": (
            "bulk_file_id",
            select(BulkFile.organisation_id, BulkFile.id).order_by(BulkFile.status.desc()),
        ),
        "provider.uplift": ("uplift_id", offered),
        "provider.uplift_accept": ("uplift_id", offered),
        "provider.uplift_counter": ("uplift_id", offered),
    }


def rare_and_sealed(place: Market) -> dict[str, tuple[str, Found]]:
    """The same of what only an offer's own company can tell: whether it is asked to explain its price."""
    with transaction(place.wiring.sessions, read_only=True) as session:
        vault = place.wiring.vault
        rows = session.execute(
            select(Offer, PriceExpectation)
            .join(PriceExpectation, PriceExpectation.request_id == Offer.request_id)
            .where(Offer.status == OfferStatus.SUBMITTED, Offer.opened_at.is_(None))
        )
        prices = [(offer, unsealed_for_owner(vault=vault, offer=offer).payable_pence, line) for offer, line in rows]
        asked = [offer.id for offer, pence, line in prices if is_high(pence, line)]
    assert asked, "nobody in the demonstration is asked to explain a price"
    return {"provider.offer_explain": ("offer_id", select(Offer.organisation_id, Offer.id).where(Offer.id.in_(asked)))}


def rare_of_the_hub() -> dict[str, tuple[str, Select[str]]]:
    """The same of what belongs to the register and the hub."""
    unclaimed = select(Registration.urn).where(Registration.urn.not_in(select(Claim.urn))).order_by(Registration.urn)
    return {
        "hub.reinstate_enrolment": (
            "enrolment_id",
            select(Enrolment.id).where(Enrolment.status == EnrolmentStatus.SUSPENDED),
        ),
        "hub.inspection_new": ("urn", select(Registration.urn).where(Registration.source == Source.BY_HAND)),
        "hub.enrol_in_house_service": (
            "claim_id",
            select(Claim.id)
            .join(Organisation, Organisation.id == Claim.organisation_id)
            .where(Organisation.in_house_of.is_not(None)),
        ),
        "hub.add_application_round": (
            "system_id",
            select(PurchasingSystem.id).where(PurchasingSystem.mode == ProcurementMode.PA23_LIGHT_TOUCH),
        ),
        "hub.establish_system": (
            "system_id",
            select(PurchasingSystem.id).where(PurchasingSystem.established_on.is_(None)),
        ),
        "hub.remove_enrolment": (
            "enrolment_id",
            select(Enrolment.id).where(Enrolment.status == EnrolmentStatus.ENROLLED),
        ),
        "hub.correct_compliance": ("check_id", select(ComplianceCheck.id).order_by(ComplianceCheck.urn)),
        "hub.resolve": ("inspection_id", select(Inspection.id).where(Inspection.contradictory)),
        "provider.claim_place": ("urn", unclaimed),
    }


def walk(folder: Path) -> list[Seen]:
    """Every page that was seen, walked by the first worker that asks."""
    with one_at_a_time("page-walk", folder=kept_folder()) as run:
        kept = run / "page-walk.pickle"
        if not kept.exists():
            with market(folder) as place:
                seen = list(_walk(place))
            draft = run / "page-walk.draft"
            draft.write_bytes(pickle.dumps(seen))
            draft.rename(kept)
        found: list[Seen] = pickle.loads(kept.read_bytes())
        return found


def _walk(place: Market) -> Iterator[Seen]:
    leave_doubt(place)
    everybody: list[tuple[Role | None, Actor | None]] = [(None, None), *place.people.items()]
    seen = [page for role, actor in everybody for page in _follow(place, role, actor)]
    seen += _seek(place, {(page.role, page.endpoint) for page in seen})
    yield from seen
    for role, actor in place.people.items():
        yield from _after_a_colleague(place, role, actor, seen)


def leave_doubt(place: Market) -> None:
    """A contradictory judgement (F-10): the demonstration's register has none."""
    with transaction(place.wiring.sessions) as session:
        session.scalars(select(Inspection).where(Inspection.full_judgement).limit(1)).one().contradictory = True


def visitor_of(place: Market, actor: Actor | None) -> Visitor:
    """Somebody at a browser, signed in where there is an actor."""
    visitor = Visitor(place.app)
    return visitor.be(actor) if actor is not None else visitor


def _follow(place: Market, role: Role | None, actor: Actor | None) -> Iterator[Seen]:
    """From every page without a parameter that this person may open, along the links."""
    adapter = place.app.url_map.bind("localhost")
    visitor = visitor_of(place, actor)
    queue = [
        adapter.build(rule.endpoint)
        for rule in sorted(place.app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and (access := access_of(place.app.view_functions[rule.endpoint])) is not None
        and access.admits(actor)
        and rule.endpoint not in NOT_PAGES
        and not (actor is not None and rule.endpoint == "account.sign_in")
    ]
    met, opened = set(queue), Counter[str]()
    for path in queue:  # grows as links are found
        endpoint = endpoint_of(adapter, path)
        if endpoint in NOT_PAGES or (endpoint is not None and opened[endpoint] >= OF_EACH):
            continue
        opened[endpoint or path] += 1
        page = look_at(visitor, role, actor, endpoint or "nowhere", path)
        yield page
        for link in local_links(page.source):
            if link not in met:
                met.add(link)
                queue.append(link)


def look_at(visitor: Visitor, role: Role | None, actor: Actor | None, endpoint: str, path: str) -> Seen:
    """Open one page."""
    answer = visitor.client.get(path, follow_redirects=True)
    return Seen(role, actor, endpoint, path, answer.status_code, answer.mimetype or "", answer.text)


def local_links(source: str) -> Iterator[str]:
    """The addresses of this site to which a page leads, in its order."""
    for link in Page(source).links():
        parts = urlsplit(link)
        if not parts.netloc and not parts.scheme and parts.path:
            yield link.partition("#")[0]


def endpoint_of(adapter: MapAdapter, path: str) -> str | None:
    """The endpoint behind an address, or None for one that leads nowhere."""
    try:
        endpoint: str = adapter.match(urlsplit(path).path, method="GET")[0]
        return endpoint
    except HTTPException:
        return None


def _after_a_colleague(place: Market, role: Role, actor: Actor, seen: list[Seen]) -> Iterator[Seen]:
    """What this role may open and was not led to: where somebody else of the same organisation has been. A panel's
    cases are for those who sit on it, so a colleague may rightly find nothing there.
    """
    own = {page.endpoint for page in seen if page.role is role}
    visitor = visitor_of(place, actor)
    for page in seen:
        if (
            page.actor is not None
            and page.actor.organisation_id == actor.organisation_id
            and page.status == 200
            and page.endpoint not in own
            and page.endpoint in place.app.view_functions
            and admitted(place, page.endpoint)(actor)
        ):
            found = look_at(visitor, role, actor, page.endpoint, page.path)
            if found.status != 404 or not page.endpoint.startswith("panel."):
                own.add(page.endpoint)
                yield found


def _seek(place: Market, known: set[tuple[Role | None, str]]) -> Iterator[Seen]:
    """Open what links lead to at some stage only, as somebody of each role that may and has not been there."""
    adapter = place.app.url_map.bind("localhost")
    for endpoint, (parameter, found) in {**rare(), **rare_and_sealed(place)}.items():
        with transaction(place.wiring.sessions, read_only=True) as session:
            rows = session.execute(found.limit(ENOUGH)).all()
            hits: dict[Role, tuple[Actor, str]] = {}
            for role, actor, id_ in _reachable(session, place, endpoint, rows):
                if (role, endpoint) not in known:
                    hits.setdefault(role, (actor, id_))
        for role, (actor, id_) in hits.items():
            path = adapter.build(endpoint, {**words_in(place, endpoint), parameter: id_})
            yield look_at(visitor_of(place, actor), role, actor, endpoint, path)
    for endpoint, (parameter, ids) in rare_of_the_hub().items():
        with transaction(place.wiring.sessions, read_only=True) as session:
            one = session.scalars(ids.limit(1)).one()
        for role, actor in place.people.items():
            if (role, endpoint) not in known and admitted(place, endpoint)(actor):
                path = adapter.build(endpoint, {parameter: one})
                yield look_at(visitor_of(place, actor), role, actor, endpoint, path)


def words_in(place: Market, endpoint: str) -> dict[str, str]:
    """The parameters of an endpoint that are words and not ids, with a word that is right."""
    rules = place.app.url_map.iter_rules(endpoint)
    found = {name: word_for(rule.endpoint, name) for rule in rules for name in rule.arguments}
    return {name: word for name, word in found.items() if word is not None}


def admitted(place: Market, endpoint: str) -> Callable[[Actor], bool]:
    """Who may open an endpoint."""
    access = access_of(place.app.view_functions[endpoint])
    assert access is not None
    return access.admits


def _reachable(
    session: Session, place: Market, endpoint: str, rows: Sequence[Any]
) -> Iterator[tuple[Role, Actor, str]]:
    """Everybody of the organisation behind a thing who may open the endpoint, with the thing. A panel's case is for
    those who sit on it.
    """
    admits = admitted(place, endpoint)
    for organisation_id, id_ in rows:
        memberships = select(Membership).where(
            Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
        )
        if endpoint.startswith("panel."):
            memberships = memberships.where(Membership.person_id.in_(select(PanelSeat.person_id)))
        for membership in session.scalars(memberships.order_by(Membership.id)):
            actor = actor_for(session, membership.person_id, organisation_id)
            if actor is not None and admits(actor):
                yield membership.role, actor, id_
