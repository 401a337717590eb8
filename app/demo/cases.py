"""Playing one request as far as its plan says: every step by the person whose step it is, through the use case that
a page would call.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import record_child
from app.core.clock import local_date
from app.demo import cast
from app.demo.consortium import Consortium
from app.demo.expected import explain_if_asked, usual_price
from app.demo.firms import Firm
from app.demo.funding import Funding
from app.demo.plans import Plan, Reached, born
from app.demo.profiles import keep_fresh
from app.demo.stage import Stage
from app.demo.written import written
from app.identity.status import Role
from app.offers.choosing import choose
from app.offers.content import OfferContent
from app.offers.models import Evaluation, Invitation, Offer
from app.offers.offering import submit_offer
from app.offers.opening import open_and_freeze
from app.offers.shortlist import standing_of
from app.placements.queries import live_placements_with
from app.requests.approval import approve, send_back
from app.requests.deciding import check_texts
from app.requests.drafting import save_section, start_draft
from app.requests.form import form
from app.requests.in_house import asked_in_house, place_in_house, record_answer
from app.requests.models import PlacementRequest
from app.requests.publication import publish, withdraw
from app.requests.status import RequestStatus, Siblings
from app.requests.submitting import submit
from app.requests.telephone import answer_telephoned, record_telephoned
from app.requests.texts import texts_of
from app.requests.unmet import mark_unplaced
from providers.market.status import ServiceType
from providers.services.models import Service
from providers.services.queries import is_enrolled


@dataclass
class Case:
    """One request while it is played."""

    stage: Stage
    consortium: Consortium
    firms: list[Firm]
    plan: Plan
    refused: list[str] = field(default_factory=list)
    family: str = ""
    home: str = ""

    def play(self) -> None:
        """All of it in one transaction per stretch between decisions, at the moments of the plan."""
        plan, stage = self.plan, self.stage
        with stage.at(self.day(0)) as session:
            request = self._ask(session)
            if plan.reached < Reached.OPEN or (plan.reached is Reached.OPEN and self._stay_in_house(session, request)):
                return
            self._publish(session, request)
            offers = self._offer(session, request)
            if plan.reached is Reached.OPEN:
                return
            evaluation = open_and_freeze(
                session, vault=stage.wiring.vault, request_id=request.id, now=self.closes() + dt.timedelta(minutes=1)
            )
            if plan.reached is Reached.NO_OFFER or not offers:
                self._give_up(session, request)
                return
            if plan.reached is Reached.SHORTLISTED or not self._prefer(session, request, evaluation):
                return
            if plan.reached > Reached.PREFERRED:
                Funding(self, request).play(session)

    def day(self, days: float, hour: int = 10) -> dt.datetime:
        """A moment so many days after the request was started; never later than now."""
        moment = self.stage.now.replace(hour=hour, minute=5, second=0, microsecond=0)
        return min(moment + dt.timedelta(days=self.plan.started + days), self.stage.now - dt.timedelta(minutes=1))

    def closes(self) -> dt.datetime:
        """When offers close: at five on the tenth day, or next day in a hurry."""
        days = {"planned": 9, "urgent": 3, "same_day": 1}[self.plan.urgency.value]
        if self.plan.emergency:
            return self.day(1, 14)
        closes = self.stage.now.replace(hour=16, minute=0, second=0, microsecond=0)
        return closes + dt.timedelta(days=self.plan.started + days)

    def _ask(self, session: Session) -> PlacementRequest:
        people, vault = self.plan.council.people, self.stage.wiring.vault
        officer, manager = people[Role.PLACEMENT_OFFICER], people[Role.TEAM_MANAGER]
        children = [self._child(session, number) for number in range(self.plan.children)]
        request = start_draft(
            session,
            actor=officer,
            vault=vault,
            child_ids=[one.id for one in children],
            siblings=Siblings.PREFERRED,
            now=self.day(0),
        )
        self._write(session, request)
        if self.plan.reached is Reached.DRAFT:
            return request
        submit(session, actor=officer, vault=vault, request_id=request.id, version=request.version, now=self.day(0.1))
        if self.plan.reached is Reached.RETURNED:
            send_back(
                session,
                actor=manager,
                request_id=request.id,
                reason="Nearly there: say more about contact, please.",
                comments={"the_child": "How often do they see their brother, and who takes them there?"},
                vault=vault,
                version=request.version,
                now=self.day(1),
            )
        elif self.plan.reached is Reached.WITHDRAWN:
            withdraw(
                session,
                actor=officer,
                request_id=request.id,
                reason="A relative has been approved to care for the child.",
                version=request.version,
                now=self.day(1),
            )
        elif self.plan.emergency:
            self._read(session, request)
            self._telephone(session, request)
        elif self.plan.reached is not Reached.SUBMITTED:
            self._read(session, request)
            approve(
                session, actor=manager, vault=vault, request_id=request.id, version=request.version, now=self.day(0.2)
            )
        return request

    def _stay_in_house(self, session: Session, request: PlacementRequest) -> bool:
        """One child of the demonstration goes to a home of the council's own: the market is not asked."""
        asked = asked_in_house(session, request)
        placed = PlacementRequest.status == RequestStatus.PLACED_IN_HOUSE
        if not asked or session.scalar(select(PlacementRequest.id).where(placed).limit(1)):
            return False
        officer, first = (
            self.plan.council.people[Role.PLACEMENT_OFFICER],
            local_date(self.day(0)) + dt.timedelta(days=45),
        )
        kept = record_answer(
            session,
            actor=officer,
            ask_id=asked[0].ask.id,
            can_take=True,
            can_from=first,
            code="",
            words="",
            version=asked[0].ask.version,
            now=self.day(0.25),
        )
        place_in_house(
            session,
            actor=officer,
            request_id=request.id,
            ask_id=kept.id,
            first_day=first,
            version=request.version,
            now=self.day(0.3),
        )
        return True

    def _read(self, session: Session, request: PlacementRequest) -> None:
        """The officer reads every text that providers will see, and ticks it."""
        seen = {one.key: one.fingerprint for one in texts_of(session, vault=self.stage.wiring.vault, request=request)}
        check_texts(
            session,
            actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
            vault=self.stage.wiring.vault,
            request_id=request.id,
            decisions=(),
            ticks=seen,
            seen=seen,
            now=self.day(0.15),
        )

    def _write(self, session: Session, request: PlacementRequest) -> None:
        """The form, section by section, as far as the plan says; of brothers and sisters each their own."""
        each = written(self.stage, self.plan, self.day(0))
        sections = [section for section in form(request.form_version).sections if section.is_asked(each[0])]
        if self.plan.reached is Reached.DRAFT:
            sections = sections[: self.stage.draw.randint(1, 6)]
        for section in sections:
            for position, answers in enumerate(each if section.per_child else each[:1], start=1):
                save_section(
                    session,
                    actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
                    vault=self.stage.wiring.vault,
                    request_id=request.id,
                    section=section.name,
                    answers=answers,
                    version=0,
                    now=self.day(0.05),
                    position=position,
                )

    def _telephone(self, session: Session, request: PlacementRequest) -> None:
        """The service manager says yes from home; the team manager writes it down; it is confirmed next day."""
        people = self.plan.council.people
        kept = record_telephoned(
            session,
            actor=people[Role.TEAM_MANAGER],
            vault=self.stage.wiring.vault,
            request_id=request.id,
            manager_id=people[Role.SERVICE_MANAGER].person_id,
            given_at=self.day(0.15),
            version=request.version,
            now=self.day(0.2),
        )
        answer_telephoned(
            session,
            actor=people[Role.SERVICE_MANAGER],
            approval_id=kept.id,
            confirm=True,
            reason="",
            version=kept.version,
            now=self.day(0.25),
        )

    def _child(self, session: Session, number: int) -> Child:
        draw = self.stage.draw
        if number == 0:
            self.family = draw.choice(cast.CHILD_FAMILY)
            self.home = draw.choice(self.plan.council.facts.postcodes)
        return record_child(
            session,
            actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
            vault=self.stage.wiring.vault,
            given_name=draw.choice(cast.GIVEN + cast.GIVEN_MORE),
            family_name=self.family,
            date_of_birth=born(self.plan, self.stage, number),
            sex=draw.choice("FM"),
            ethnicity=draw.choice(("WBRI", "BCRB", "BAFR", "MWBC", "ABAN", "WOTH", "MOTH")),
            home_postcode=self.home,
            now=self.day(0),
        )

    def _publish(self, session: Session, request: PlacementRequest) -> None:
        keep_fresh(self.stage, session, self.firms, self.plan.service_type, self.day(0.25))
        for one in asked_in_house(session, request):
            record_answer(
                session,
                actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
                ask_id=one.ask.id,
                can_take=False,
                can_from=None,
                code="full",
                words="All four children stay until the summer.",
                version=one.ask.version,
                now=self.day(0.25),
            )
        publish(
            session,
            actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
            vault=self.stage.wiring.vault,
            request_id=request.id,
            lot_id=self.consortium.lots[self.plan.service_type].id,
            offers_close_at=self.closes(),
            version=request.version,
            now=self.day(0.3),
        )

    def _offer(self, session: Session, request: PlacementRequest) -> int:
        """Offers of a few services that could take the child. Returns how many."""
        if self.plan.reached is Reached.NO_OFFER:
            return 0
        draw = self.stage.draw
        age = self.plan.age_years
        invited = set(session.scalars(select(Invitation.service_id).where(Invitation.request_id == request.id)))
        able = []
        for firm in self.firms:
            for service in firm.services if firm.service_type is self.plan.service_type else []:
                fresh = session.get_one(Service, service.id)
                enrolled = is_enrolled(session, fresh.id, request.lot_id or "")
                asked = enrolled and fresh.id in invited
                if asked and fresh.min_age <= age <= fresh.max_age and fresh.places_free > 1:
                    able.append((firm, fresh))
        draw.shuffle(able)
        wanted = draw.randint(1, 3) if self.plan.reached is Reached.OPEN else draw.randint(2, 5)
        made = 0
        for firm, service in able:
            if made == wanted or firm.actor is None:
                break
            moment = min(self.day(0.5 + made * 0.1), self.closes() - dt.timedelta(minutes=30))
            if not firm.may_offer(local_date(moment)):
                continue
            vault = self.stage.wiring.vault
            offer = submit_offer(
                session,
                actor=firm.actor,
                vault=vault,
                request_id=request.id,
                service_id=service.id,
                content=self._content(request, service, moment),
                now=moment,
                live_placements=live_placements_with(session, service.organisation_id),
            )
            if isinstance(offer, Offer) and self.plan.reached is not Reached.OPEN:
                explain_if_asked(session, actor=firm.actor, vault=vault, offer=offer, draw=draw, now=moment)
            made += 1
        return made

    def _content(self, request: PlacementRequest, service: Service, moment: dt.datetime) -> OfferContent:
        draw = self.stage.draw
        usual = usual_price(request, self.plan.service_type)
        whole = round(usual * draw.triangular(0.82, 1.35, 0.99) / 500) * 500
        school = self.plan.service_type is ServiceType.NMI_DAY
        education = whole if school else (draw.choice((0, 0, 45_000)) if usual > 300_000 else 0)
        needs = request.needs or []
        return OfferContent(
            care_pence=0 if school else whole - education,
            education_pence=education,
            health_pence=0,
            transport_pence=draw.choice((0, 0, 7_500)),
            weeks_per_year=52 if not school else 39,
            can_start_on=max(request.needed_from or local_date(moment), local_date(moment)),
            place_postcode=draw.choice(cast.PLACES) if service.easting is None else service.postcode,
            how_needs_are_met={n: draw.choice(cast.HOW_MET) for n, score in enumerate(needs, start=1) if score},
            above_list_reason="A second member of staff is on duty at night for the first three months.",
        )

    def _give_up(self, session: Session, request: PlacementRequest) -> None:
        mark_unplaced(
            session,
            actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
            request_id=request.id,
            code="no_offer",
            words="The search goes on with neighbouring consortia.",
            version=request.version,
            now=self.closes() + dt.timedelta(days=1),
        )

    def _prefer(self, session: Session, request: PlacementRequest, evaluation: Evaluation) -> bool:
        """Prefer the first, now and then the second. False where every offer fell at a gate."""
        ranked = [
            candidate
            for candidate in evaluation.record["result"]["requests"][0]["candidates"]
            if candidate["rank"] is not None
        ]
        if not ranked:
            return False
        second = len(ranked) > 1 and self.stage.draw.random() < 0.2
        offer_id = ranked[1 if second else 0]["offer"]
        standing = standing_of(evaluation, offer_id)
        assert standing is not None
        code, reason = cast.REASONS[standing.situation]
        choose(
            session,
            actor=self.plan.council.people[Role.PLACEMENT_OFFICER],
            request_id=request.id,
            offer_id=offer_id,
            reason_code=code,
            reason=reason,
            now=self.closes() + dt.timedelta(hours=2),
            base_url=self.stage.base_url,
        )
        return True
