"""Fifth act: the award, the location's approval, the start; who may see what; and what the hub sees of the money."""

from __future__ import annotations

from tests.journeys.story import facts
from tests.journeys.story.deciding import say
from tests.journeys.story.facts import Days
from tests.journeys.story.people import Person, everything_in

GIVEN, FAMILY = facts.CHILD


def award(officer: Person, request_path: str) -> str:
    """Under the panel's authority, once. Gives the address of the placement."""
    hands = officer.hands
    hands.open(f"{request_path}/award")
    officer.sees("What is awarded", facts.HOUSE, facts.OURS.words, "Who signed")
    hands.press("Award", twice=True)
    officer.sees("Awarded, and waiting for the approval of its location", "A nominated officer", facts.HOUSE)
    return hands.path


def wins(provider: Person, reference: str) -> None:
    """The winner now sees who the child is, and the whole request."""
    provider.sign_in()
    letter = provider.letter(f"You are awarded {reference}")
    for personal in (GIVEN, FAMILY, facts.CHILD_POSTCODE):
        assert personal not in everything_in(letter)
    provider.hands.open("/provider/placements")
    provider.hands.follow("PL-")
    provider.sees(GIVEN, FAMILY, facts.SCHOOL, "Full care order", facts.OURS.words)


def loses(rival: Person, reference: str, request_path: str) -> None:
    """The other company reads its own scores and nothing of the winner or the child; the request is closed to it."""
    rival.sign_in()
    letter = rival.follow_letter(f"Request {reference} is closed")
    assert facts.HOUSE not in everything_in(letter)
    rival.sees("Another offer was chosen", "Your score", "How it adds up", facts.RIVALS.words)
    rival.sees_nothing_of(GIVEN, FAMILY, facts.HOUSE, facts.COMPANY, facts.OURS.words)
    request_id = request_path.rpartition("/")[2]
    rival.is_refused(f"/provider/opportunities/{request_id}", 404)
    rival.is_refused(f"/provider/opportunities/{request_id}/offer", 404)
    rival.is_refused(request_path, 403)


def cannot_start(officer: Person, placement_path: str) -> None:
    """No start without the approval that the location needs."""
    officer.hands.open(f"{placement_path}/start")
    officer.sees("A nominated officer's approval is needed for this location before the placement starts")


def approve_location(nominated: Person, officer: Person, placement_path: str, days: Days) -> None:
    """The nominated officer, asked by e-mail, approves with a reason; the area's authority is told in writing."""
    nominated.sign_in()
    nominated.letter("Approve the location of")
    nominated.hands.open(placement_path)
    nominated.sees("Bromley", "Decide")
    nominated.hands.follow("Decide")
    nominated.hands.choose("Decision", "Give the approval")
    nominated.hands.fill("Why?", "Nearest home to the child's school.")
    nominated.hands.press(next(one for one in nominated.hands.buttons() if one.startswith(("Save", "Decide"))))
    nominated.sees("A nominated officer's approval has been given")
    officer.hands.open(placement_path)
    officer.hands.follow("Record the notification")
    officer.hands.fill_date("When was the area's authority notified in writing?", days.panel)
    officer.hands.press(next(one for one in officer.hands.buttons() if one.startswith(("Save", "Record"))))
    officer.sees("Awarded and ready to start")


def start(officer: Person, placement_path: str, days: Days) -> None:
    """On the day on which the child moves in."""
    officer.sign_in()
    officer.hands.open(placement_path)
    officer.hands.follow("Record the start")
    officer.hands.fill_date("On what day did the placement start?", days.first)
    officer.hands.press(next(one for one in officer.hands.buttons() if one.startswith(("Record", "Save"))), twice=True)
    officer.sees("Live since", say(days.first))


def costs(officer: Person, placement_path: str) -> None:
    """Two weeks later, the placement shows what each payer owes, to the penny."""
    officer.sign_in()
    officer.hands.open(placement_path)
    officer.sees("£6,200.66", "£2,000.34", "£1,300.50", "£640.20", facts.pounds(2 * facts.OURS.pence))


def is_seen_by_the_hub(commissioner: Person, reference: str) -> None:
    """The hub sees the spend by borough, lot and month and the saving with its denominator, and no child."""
    commissioner.sign_in()
    commissioner.hands.open("/hub/requests")
    commissioner.sees(reference, "Awarded", "Made-up Croydon")
    commissioner.sees_nothing_of(GIVEN, FAMILY, facts.CHILD_POSTCODE, facts.SCHOOL)
    commissioner.hands.open("/hub/spend")
    commissioner.sees("Made-up Croydon", "Children's homes of the story", facts.pounds(2 * facts.OURS.pence))
    commissioner.sees_nothing_of(GIVEN, FAMILY, facts.CHILD_POSTCODE, facts.SCHOOL, reference)
    commissioner.hands.follow("Savings")
    commissioner.sees("benchmark", "Made-up Croydon")
    commissioner.sees_nothing_of(GIVEN, FAMILY, facts.CHILD_POSTCODE, facts.SCHOOL)
