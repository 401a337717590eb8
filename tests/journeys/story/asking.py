"""Second act: a child needs a home. The record, the request section by section, a second pair of eyes, publication."""

from __future__ import annotations

from app.requests.form import form
from tests.journeys.story import facts
from tests.journeys.story.facts import Days
from tests.journeys.story.people import Person, everything_in

GIVEN, FAMILY = facts.CHILD
TEXTS = (
    "How long has the child been there?",
    "Why is this placement needed now?",
    "What do they enjoy?",
    "What do they want to happen?",
    "Resilient: what exactly should change?",
    "Preferred area",
    "Brothers and sisters who are not part of this request",
)
"""What the officer writes that providers see before the award."""


def record_child(officer: Person, days: Days) -> None:
    """The officer looks whether the child is known, then records who the child is."""
    officer.sign_in()
    officer.sees("What must I do now?", "Nothing is waiting for you")
    officer.hands.follow("Start a request")
    officer.hands.fill("First name", GIVEN)
    officer.hands.fill("Last name", FAMILY)
    officer.hands.press("Find")
    officer.sees("Nobody was found")
    officer.hands.follow("Record a child")
    officer.hands.fill("First name", GIVEN)
    officer.hands.fill("Last name", FAMILY)
    officer.hands.fill_date("Date of birth", days.birth)
    officer.hands.choose("Sex", "Male")
    officer.hands.select("Ethnicity", "White British")
    officer.hands.fill("Home postcode", facts.CHILD_POSTCODE)
    officer.hands.press("Record the child")
    officer.sees("Child recorded as", GIVEN, FAMILY, facts.CHILD_POSTCODE, "Who looked lately")


def write_request(officer: Person, days: Days) -> str:
    """Section by section, each saved before the next; what providers will see stands beside it. Gives the reference."""
    hands = officer.hands
    hands.press("Start a request")
    officer.sees("0 of 13 sections completed")
    hands.follow("Key information")
    hands.press("Save and continue")  # an empty section is kept as it is: nobody loses a draft
    hands.open(hands.path.replace("identity", "key_information"))
    hands.choose("What is the request for?", "A home for a looked-after child")
    hands.fill_date("Date of referral", days.today)
    hands.fill_date("Date the placement is needed", days.first)
    hands.choose("How urgent is it?", "Planned")
    hands.fill("How many weeks is it expected to last?", "52")
    hands.press("Save and continue")
    officer.sees("Section saved", "What invited providers see")
    hands.select("First language", "English")
    hands.select("Religion or belief", "None")
    hands.select("Legal status", "Full care order")
    hands.select("Category of need", "Abuse or neglect")
    hands.press("Save and continue")
    hands.choose("Is the child looked after now?", "Yes")
    hands.select("Current placement", "In-house foster placement")
    hands.fill("How long has the child been there?", "8 months")
    hands.choose("Is the move planned", "Planned move")
    hands.press("Save and continue")
    hands.fill("Why is this placement needed now?", f"The foster carer is retiring. {GIVEN} knows.")
    hands.press("Save and continue")
    hands.fill("What do they enjoy?", "Football, drawing and looking after the dog.")
    hands.press("Save and continue")
    hands.select("Where is the child educated now?", "Mainstream school")
    hands.choose("Must the child be able to stay at their school?", "Yes")
    hands.fill("Name of the school", facts.SCHOOL)
    hands.press("Save and continue")
    hands.press("Save and continue")  # nothing is known of contact yet
    hands.fill("What do they want to happen?", "I want to stay near my friends.")
    hands.press("Save and continue")
    for label, score in zip(facts.LABELS, facts.NEEDS, strict=True):
        hands.choose(label, "Not measured" if score is None else facts.LEVELS[score])
    hands.press("Save and continue")
    hands.choose("Resilient: which outcomes?", "Manages strong feelings")
    hands.fill("Resilient: what exactly should change?", "Manages disappointment without leaving the room.")
    hands.press("Save and continue")
    hands.fill("Preferred area", "South London")
    hands.press("Save and continue")
    hands.fill("Brothers and sisters who are not part", "One older sister nearby")
    hands.press("Save and continue")
    for risk in [one.label for one in form().fields if one.name.startswith("risk_")]:
        hands.choose(risk, "No known risk")
    hands.press("Save and continue")
    officer.sees("Check your answers")
    return reference_on(officer)


def reference_on(person: Person) -> str:
    """The request's reference, as the page says it."""
    found = next((word.strip(".,:") for word in person.hands.text.split() if word.startswith("CRO-")), None)
    assert found is not None, person.hands.text
    return found


def take_out_the_name(officer: Person) -> None:
    """The child's name stands in a free text: it is pointed at, and the officer takes it out."""
    hands = officer.hands
    officer.sees("1 place to decide")
    hands.follow("Check what providers will read")
    officer.sees(GIVEN, "It looks like a name")
    hands.choose("What about", "Write something more general")
    hands.press("Save")
    officer.sees("There is a problem", f"Enter what to write instead of “{GIVEN}”")
    hands.fill("What to write instead", "the child")
    hands.press("Save")
    officer.sees("1 place decided. Read what changed, then tick it", "After: The child knows.")
    for label in TEXTS:
        hands.tick(f"I have read this and it does not say who the child is ({label}")
    hands.press("Save", twice=True)
    officer.sees(f"{len(TEXTS)} texts ticked as read")
    hands.follow("All sections")
    officer.sees("13 of 13 sections completed")
    hands.follow("View as provider")
    officer.sees("The foster carer is retiring. The child knows.")
    officer.sees("Not shown at this stage", "Nobody outside the council")
    back_to_check(officer)


def back_to_check(officer: Person) -> None:
    """To the check of the answers, from any page of the request."""
    of_request = "/".join(officer.hands.path.split("/")[:4])
    officer.hands.open(f"{of_request}/form/check")


def submit(officer: Person) -> None:
    """To a manager, once, however often the button is pressed."""
    officer.hands.press("Submit for approval", twice=True)
    officer.sees("Submitted by Oscar Example", "A manager other than Oscar Example")


def approve(officer: Person, manager: Person, reference: str) -> None:
    """Not by whoever wrote it; the manager, told by e-mail without a name, reads it all and approves."""
    officer.is_refused(officer.hands.path + "/decision", 403)
    letter = manager.letter(f"Approve request {reference}")
    for personal in (GIVEN, FAMILY, facts.CHILD_POSTCODE):
        assert personal not in everything_in(letter)
    manager.sign_in()
    manager.hands.follow(f"Approve or send back: {reference}")
    manager.sees("Submitted by Oscar Example", "I want to stay near my friends.", facts.SCHOOL)
    manager.hands.choose("Decision", "Approve")
    manager.hands.press("Save decision", twice=True)
    manager.sees("Approved by Mina Example")


def publish(officer: Person, reference: str, days: Days) -> None:
    """To the lot, until a deadline; the terms stand frozen on the page from then on."""
    officer.hands.follow("Desk")
    officer.hands.follow(f"Publish: {reference}")
    officer.sees("What will be frozen", "2 enrolled services would be told")
    officer.hands.choose("Lot", "Children's homes of the story")
    officer.hands.fill_date("Last day for offers", days.offers_close)
    officer.hands.select("Time", "5pm")
    officer.hands.press("Publish", twice=True)
    officer.sees("Open for offers", "Frozen at publication", "Benchmark")


def is_alerted(provider: Person, reference: str) -> None:
    """Each enrolled service gets an e-mail that says what and by when, and nothing of the child."""
    letter = provider.letter(f"New request {reference}")
    said = everything_in(letter).casefold()
    personal = (GIVEN, FAMILY, facts.CHILD_POSTCODE, "CR0 ", facts.SCHOOL, "football", "looked after")
    wrong = [word for word in personal if word.casefold() in said]
    assert not wrong, f"the alert holds {wrong}: {said}"
