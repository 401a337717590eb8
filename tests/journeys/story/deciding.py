"""Fourth act: the money. A referral, shares to the penny, a panel's decision, and everybody's signature."""

from __future__ import annotations

import datetime as dt

from tests.journeys.story import facts
from tests.journeys.story.facts import Days
from tests.journeys.story.people import PASSWORD, Person

GIVEN, FAMILY = facts.CHILD


def refer(officer: Person, request_path: str, days: Days) -> str:
    """The officer tells the panel what it needs, topic by topic. Gives the referral's reference."""
    hands = officer.hands
    hands.open(f"{request_path}/panel")
    hands.press("Start the referral", twice=True)
    officer.sees("Draft", "Complete what is missing", "What the panel needs")
    hands.follow("Panel and professionals' meeting")
    hands.choose("Panel", "Made-up weekly panel")
    hands.fill_date("When did the professionals of all agencies meet?", days.choosing)
    hands.press("Save and continue")
    hands.follow("The case for this placement")
    hands.fill("Why this placement?", "It keeps the child at school and near friends.")
    hands.fill("How was fostering explored?", "Three agencies were asked; none had a place nearby.")
    hands.press("Save and continue")
    hands.follow("First and last day")
    hands.fill_date("First day", days.first)
    hands.fill_date("Last day", days.last)
    hands.press("Save and continue")
    return next(word.strip(".,:") for word in hands.text.split() if word.startswith("REF-"))


def share(officer: Person, days: Days) -> None:
    """A penny short is refused and said; to the penny is taken. Health pays, so its approval is recorded."""
    hands = officer.hands
    hands.follow("Who pays what")
    officer.sees("Care", "Education", "Health")
    hands.fill("Croydon social care", "3,100.32", within="Care")
    hands.fill("Health board continuing care", facts.CARE_SHARES["Health board continuing care"], within="Care")
    hands.fill("Croydon social care", "", within="Health")
    hands.fill("Health board continuing care", facts.OURS.health, within="Health")
    hands.fill("Why is care split this way?", "Half of the night care is nursing.")
    hands.press("Save and continue")
    officer.sees("There is a problem", "£0.01 short")
    hands.fill("Croydon social care", facts.CARE_SHARES["Croydon social care"], within="Care")
    hands.press("Save and continue")
    officer.sees("Saved", "£3,100.33", "£1,000.17", "£650.25", "£320.10", facts.OURS.words)
    hands.follow("Health's approval")
    hands.fill_date("When did health approve its share?", days.choosing)
    hands.fill("Who approved it?", "Hana Example, executive")
    hands.press("Save and continue")
    officer.sees("the approval must be its executive's")  # more than £50,000 a year (F-42)
    hands.follow("Health's approval")
    hands.tick("This is the approval of health's executive")
    hands.press("Save and continue")


def list_case(officer: Person, days: Days) -> None:
    """Complete, the case goes on the agenda of the next meeting."""
    hands = officer.hands
    officer.sees("Everything is there")
    hands.follow("Check and list for a meeting")
    hands.choose("Which meeting?", say(days.panel))
    hands.press("List for this meeting")
    officer.sees("On the agenda", "Made-up weekly panel")


def say(day: dt.date) -> str:
    """A day as pages say it."""
    return f"{day.day} {day:%B %Y}"


def decide(chair: Person, referral: str, days: Days) -> None:
    """The chair reads the papers and records what the meeting decided: a finite period, a review, a lead."""
    hands = chair.hands
    chair.sign_in()
    hands.open("/panel/cases")
    hands.follow(referral)
    chair.sees(facts.HOUSE, "It keeps the child at school", facts.OURS.words, "Health board continuing care")
    chair.sees_nothing_of(FAMILY, "Rival Lodge")
    hands.follow("Record")
    hands.choose("What did the panel decide?", "Approve")
    hands.fill("The panel's reasons", "The best match that was offered.")
    hands.fill_date("First day", days.first)
    hands.fill_date("Last day", days.last)
    hands.fill_date("Review the placement by", days.review)
    hands.choose("Lead payer", "Croydon social care")
    hands.press(next(one for one in hands.buttons() if one.startswith(("Record", "Save"))), twice=True)
    chair.sees("Approve", "Signatures")


def has_no_authority_yet(officer: Person, request_path: str) -> None:
    """Approved and not signed by everybody is not enough."""
    officer.hands.open(f"{request_path}/award")
    officer.sees("There is no authority to award yet")


def sign(person: Person, referral: str, capacity: str) -> None:
    """Each signs for their own budget, asked by e-mail, with their own password."""
    hands = person.hands
    person.sign_in()
    person.follow_letter(f"Sign the decision on {referral}")
    person.sees(facts.OURS.words, capacity)
    hands.fill("Your password", "not the password of anybody")
    pick(person, capacity)
    hands.press("Sign")
    person.sees("That is not your password")
    hands.fill("Your password", PASSWORD)
    pick(person, capacity)
    hands.press("Sign")
    person.sees("Signed")


def pick(person: Person, capacity: str) -> None:
    """In which capacity one signs."""
    person.hands.choose("You sign as", capacity)
