"""The story in order, and who plays which part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.clock import local_date
from tests.factories.register import home, inspected, register_file
from tests.journeys.story import asking, deciding, facts, joining, offering, placing
from tests.journeys.story.facts import Days
from tests.journeys.story.hands import Hands
from tests.journeys.story.house import House, at, found_consortium
from tests.journeys.story.people import Person
from tests.mail_server import MailServer


@dataclass
class Cast:
    """Everybody, each at a browser of their own."""

    provider: Person
    rival: Person
    commissioner: Person
    second: Person
    officer: Person
    manager: Person
    chair: Person
    social_care: Person
    education: Person
    health: Person
    nominated: Person
    visitor: Person


def register(folder: Path) -> Path:
    """The made-up file that the operator imports: the home of the story and another."""
    ours = home(facts.HOME_URN, **{"Local authority": "Bromley", "Places": "4"})
    return register_file(folder, [inspected(ours), home("9900778")])


def play(house: House, post: MailServer, hands: Callable[[], Hands]) -> None:
    """The whole story, from an empty house to what the hub sees of the money."""
    days = Days(facts.begins_on(local_date(house.now())))
    if days.today != local_date(house.now()):
        house.move_clock(at(days.today, 9))
    addresses = found_consortium(house, register(house.folder), days.panel)

    def enter(part: str, name: str, email: str | None = None) -> Person:
        return Person(name, email or addresses[part], hands(), post)

    cast = Cast(
        provider=enter("provider", "Priya Example", "priya@larkfield.example"),
        rival=enter("rival", "Rowan Example"),
        commissioner=enter("commissioner", "Cleo Example", "cleo@hub.example"),
        second=enter("second", "Sasha Example"),
        officer=enter("officer", "Oscar Example"),
        manager=enter("manager", "Mina Example"),
        chair=enter("chair", "Chandra Example"),
        social_care=enter("social care", "Soren Example"),
        education=enter("education", "Edie Example"),
        health=enter("health", "Hal Example"),
        nominated=enter("nominated", "Nora Example"),
        visitor=enter("visitor", "Anybody", "anybody@elsewhere.example"),
    )
    join(house, cast, days)
    reference = ask(cast, days)
    path = cast.officer.hands.path
    offer(house, cast, days, reference, path)
    decide(house, cast, days, path)
    place(house, cast, days, reference, path)


def join(house: House, cast: Cast, days: Days) -> None:
    """A company joins: an application from its draft to the decision, marked by two people."""
    joining.take_up_invitation(cast.commissioner)
    joining.sign_up(cast.provider)
    joining.claim(cast.provider)
    joining.confirm_claim(cast.commissioner)
    joining.complete_profile(cast.provider)
    house.fill_passport(facts.COMPANY)
    joining.begin_application(cast.provider)
    joining.answer_questions(cast.provider, days)
    joining.send_application(cast.provider)
    joining.ask(cast.commissioner)
    joining.answer(cast.provider)
    joining.mark(cast.commissioner)
    joining.cannot_be_approved_yet(cast.commissioner)
    joining.mark_second(cast.second)
    joining.approve_application(cast.commissioner)
    joining.is_enrolled(cast.provider, cast.visitor)


def ask(cast: Cast, days: Days) -> str:
    """A child needs a home. Gives the request's reference."""
    asking.record_child(cast.officer, days)
    reference = asking.write_request(cast.officer, days)
    asking.take_out_the_name(cast.officer)
    asking.submit(cast.officer)
    asking.approve(cast.officer, cast.manager, reference)
    asking.publish(cast.officer, reference, days)
    asking.is_alerted(cast.provider, reference)
    asking.is_alerted(cast.rival, reference)
    return reference


def offer(house: House, cast: Cast, days: Days, reference: str, path: str) -> None:
    """Two offers, and the choice between them once the deadline has passed."""
    ours = "Larkfield works with the child each day and reviews each week."
    offering.offer(cast.provider, reference, days, facts.OURS, ours)
    offering.offer(cast.rival, reference, days, facts.RIVALS, "The Rival Lodge team will see to it.")
    offering.is_sealed(cast.officer, cast.rival, reference, path)
    house.move_clock(at(days.choosing, 9))
    offering.open_offers(cast.officer, path)
    offering.is_late(cast.rival, reference)
    offering.read_shortlist(cast.officer)
    offering.choose(cast.officer, cast.provider, reference)


def decide(house: House, cast: Cast, days: Days, path: str) -> None:
    """The panel, its money and its signatures."""
    referral = deciding.refer(cast.officer, path, days)
    deciding.share(cast.officer, days)
    deciding.list_case(cast.officer, days)
    house.move_clock(at(days.panel, 10))
    cast.officer.sign_in()
    deciding.decide(cast.chair, referral, days)
    deciding.sign(cast.chair, referral, "The chair")
    deciding.sign(cast.social_care, referral, "Croydon social care")
    deciding.has_no_authority_yet(cast.officer, path)
    deciding.sign(cast.education, referral, "Croydon high needs")
    deciding.sign(cast.health, referral, "Health board continuing care")


def place(house: House, cast: Cast, days: Days, reference: str, path: str) -> None:
    """From the award to what the hub sees."""
    placement = placing.award(cast.officer, path)
    placing.wins(cast.provider, reference)
    placing.loses(cast.rival, reference, path)
    placing.cannot_start(cast.officer, placement)
    placing.approve_location(cast.nominated, cast.officer, placement, days)
    house.move_clock(at(days.first, 11))
    placing.start(cast.officer, placement, days)
    house.move_clock(at(days.later, 11))
    placing.costs(cast.officer, placement)
    placing.is_seen_by_the_hub(cast.commissioner, reference)
