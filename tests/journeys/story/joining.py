"""First act: a company joins. Its sign-up, a claim by URN, the hub's answers, and a place on the lot."""

from __future__ import annotations

from collections.abc import Mapping

from tests.journeys.story import facts
from tests.journeys.story.facts import Days
from tests.journeys.story.people import PASSWORD, Person, everything_in


def take_up_invitation(person: Person) -> None:
    """A person who was invited opens the e-mail, chooses a password and is in."""
    person.follow_letter("Join Made-up Hub")
    person.sees("Join Made-up Hub", "Sub-regional commissioner")
    person.hands.fill("Full name", person.name)
    person.hands.fill("Choose a password", PASSWORD)
    person.hands.press("Join")
    person.sees("You have joined", "Acting for", "Made-up Hub")


def sign_up(provider: Person) -> None:
    """A company signs itself up from the front page; the link in the e-mail finishes it."""
    provider.hands.open("/sign-up")
    provider.hands.press("Continue")
    provider.sees("There is a problem", "Enter the company's name")
    provider.hands.fill("Company name", facts.COMPANY)
    provider.hands.fill("Company number", "09999777")
    provider.hands.fill("Your full name", provider.name)
    provider.hands.fill("Your work email address", provider.email)
    provider.hands.press("Continue")
    provider.sees("Check your email")
    letter = provider.follow_letter("Finish signing up your company")
    provider.sees("Finish signing up", facts.COMPANY, "09999777")
    provider.hands.fill("Choose a password", PASSWORD)
    provider.hands.press("Finish signing up")
    provider.sees("You have joined", f"You now act for {facts.COMPANY}", "You have no services here yet")
    assert PASSWORD not in everything_in(letter)


def claim(provider: Person) -> None:
    """The home is claimed by its URN; the register keeps its address to itself, so the postcode is typed."""
    provider.hands.follow("Claim a service")
    provider.hands.fill("Unique reference number", "9999999")
    provider.hands.press("Continue")
    provider.sees("There is a problem")
    provider.hands.fill("Unique reference number", facts.HOME_URN)
    provider.hands.press("Continue")
    provider.sees("What the register says", "Children's home", "Bromley", facts.HOME_URN)
    provider.hands.fill("Postcode", facts.HOME_POSTCODE)
    provider.hands.press("Continue")
    provider.sees("Check your claim", "Left out of the public register", f"{facts.HOME_POSTCODE}, in Bromley")
    provider.hands.press("Send claim", twice=True)
    provider.sees("Claim sent")
    provider.hands.follow("See our services")
    provider.sees("Waiting for the hub", "1 service")


def confirm_claim(commissioner: Person) -> None:
    """The commissioner looks at claim and register side by side and confirms."""
    commissioner.hands.open("/hub/market")
    commissioner.hands.follow(f"{facts.COMPANY} claims URN {facts.HOME_URN}")
    commissioner.sees("What the company says", "What the register says", facts.HOME_POSTCODE)
    commissioner.hands.choose("Is this registration the company's own?", "No, refuse the claim")
    commissioner.hands.press("Save decision")
    commissioner.sees("Enter why you refuse the claim")
    commissioner.hands.choose("Is this registration the company's own?", "Yes, confirm the claim")
    commissioner.hands.press("Save decision")
    commissioner.sees("The owner differs", "Enter how you know that it is this company's")
    commissioner.hands.fill("Reasons", "Companies House shows the change of name.")
    commissioner.hands.press("Save decision")
    commissioner.sees("Claim confirmed", "No claim waits")


def complete_profile(provider: Person) -> None:
    """Told by e-mail, the provider says whom the home takes, what it can meet, and how many places are free."""
    provider.follow_letter("is confirmed")
    provider.hands.open("/provider/services")
    provider.hands.follow("Children's home")
    provider.hands.follow("Complete the profile")
    provider.hands.fill("Youngest age", "8")
    provider.hands.fill("Oldest age", "17")
    provider.hands.choose("Who you take", "Girls", "Boys")
    provider.hands.press("Save and continue")
    provider.sees("Who you take: saved")
    provider.hands.follow("Complete the profile")
    for label in facts.LABELS:
        provider.hands.choose(label, "Medium")
    provider.hands.press("Save and continue")
    provider.hands.follow("Complete the profile")
    provider.hands.fill("How many places are free now?", "2")
    provider.hands.press("Save and continue")
    provider.sees("The profile is complete")
    provider.hands.follow("Change name")
    provider.hands.fill("Name of the service", facts.HOUSE)
    provider.hands.press("Save and continue")
    provider.sees(facts.HOUSE, "8 to 17 years, girls and boys")


def begin_application(provider: Person) -> None:
    """One lot is open to a children's home. The draft is a list of parts, and the hub sees nothing of it."""
    provider.hands.follow("Apply to a lot")
    provider.hands.choose("Lot", "Children's homes of the story")
    provider.hands.press("Begin application", twice=True)
    provider.sees("Application to Children's homes of the story", "Not started")


def answer_questions(provider: Person, days: Days) -> None:
    """Page by page, beside what a good answer shows; a page is saved with a gap, and what is no certificate refused."""
    provider.hands.follow("The service")
    provider.sees("A good answer shows", "supervision every month")
    provider.hands.attach("Statement of purpose", "statement.pdf", b"a text that calls itself a PDF")
    provider.hands.fill_date("Last day on which it holds", days.last)
    provider.hands.fill("Who leads the service", facts.ANSWERS["Who leads the service"])
    provider.hands.press("Save and continue")
    provider.sees("There is a problem", "named like a PDF but its content is something else")
    provider.hands.attach("Statement of purpose", "statement.pdf", facts.STATEMENT)
    provider.hands.press("Save and continue")
    provider.sees("The service: saved", "Quality and outcomes")
    provider.hands.fill("What changed for children", facts.ANSWERS["What changed for children"])
    provider.hands.fill("How do children change", facts.ANSWERS["How do children change"])
    provider.hands.press("Save and continue")
    provider.hands.fill("What the service offers", "A calm made-up home for four children, near schools and buses.")
    provider.hands.press("Save and continue")


def send_application(provider: Person) -> None:
    """What was left out is named with the way to it; then the application goes, and its time begins."""
    provider.hands.press("Send application")
    provider.sees("1 thing is missing before you can send it")
    provider.hands.follow("Answer the question: How do you decide")
    provider.hands.fill("How do you decide", facts.ANSWERS["How do you decide"])
    provider.hands.press("Save and continue")
    provider.sees("Check your answers", "statement.pdf")
    provider.hands.press("Send application", twice=True)
    provider.sees("Children's homes of the story", "The hub decides by")


def ask(commissioner: Person) -> None:
    """The commissioner asks about one answer; the e-mail about it says nothing of what is asked."""
    commissioner.hands.open("/hub/market")
    commissioner.sees("Applications to decide", "working days left")
    commissioner.hands.follow(facts.COMPANY)
    commissioner.sees("Quality score", "out of 100", "A calm made-up home")
    commissioner.hands.follow("Ask the company")
    commissioner.hands.select("About", "The service: Who leads the service")
    commissioner.hands.press("Send question")
    commissioner.sees("There is a problem", "Enter what you want to know")
    commissioner.hands.fill("Your question", facts.QUESTION)
    commissioner.hands.press("Send question", twice=True)
    commissioner.sees(facts.QUESTION, "Not answered yet")


def answer(provider: Person) -> None:
    """The provider answers beside what it said first, which stays."""
    letter = provider.follow_letter("a question about your application to Children's homes of the story")
    assert facts.QUESTION not in everything_in(letter)
    provider.sees(facts.QUESTION, facts.ANSWERS["Who leads the service"])
    provider.hands.fill("Your answer", "Three of 62 made-up shifts.")
    provider.hands.press("Send answer", twice=True)
    provider.sees("Three of 62 made-up shifts.")


def mark(commissioner: Person) -> None:
    """The commissioner marks every answer. A mark without its words is refused at its field."""
    commissioner.follow_letter("your question about an application to Children's homes of the story")
    commissioner.sees("Three of 62 made-up shifts.")
    for title, marks in facts.MARKS.items():
        commissioner.hands.follow(title)
        if title == "Insurances":
            commissioner.hands.choose("Mark: Public liability insurance", "Pass")
            commissioner.hands.press("Save marks")
            commissioner.sees("There is a problem", "Say why you give this mark to: Public liability insurance")
        _mark(commissioner, marks)
        commissioner.sees("saved", "Your decision")


def _mark(assessor: Person, marks: Mapping[str, str]) -> None:
    for question, given in marks.items():
        assessor.hands.choose(f"Mark: {question}", given)
        assessor.hands.fill(f"Why: {question}", f"{assessor.name} saw it in the made-up papers.")
    assessor.hands.press("Save marks")


def cannot_be_approved_yet(commissioner: Person) -> None:
    """Two sections want a second person."""
    commissioner.sees("Waits for a second assessor")
    _decide(commissioner)
    commissioner.sees("There is a problem", "a second assessor has not marked it")


def mark_second(second: Person) -> None:
    """Somebody else marks them, and sees nothing of the first one's marks before."""
    second.sign_in()
    second.hands.open("/hub/market")
    second.hands.follow(facts.COMPANY)
    for title in facts.TWICE:
        second.hands.follow(title)
        second.sees("You see nothing of the other's marks before both are saved")
        second.sees_nothing_of("Cleo Example saw it")
        _mark(second, facts.MARKS[title])
        second.sees(f"{title}: saved")
    second.sees("Every answer passes")


def approve_application(commissioner: Person) -> None:
    """The sum is shown as an addition, and the commissioner approves with reasons."""
    commissioner.hands.open("/hub/market")
    commissioner.hands.follow(facts.COMPANY)
    commissioner.sees("42 of 56 points: 100 × 42 ÷ 56 = 75 per cent")
    _decide(commissioner)
    commissioner.sees("Approved and enrolled")


def _decide(commissioner: Person) -> None:
    commissioner.hands.choose("Decision", "Approve and enrol")
    commissioner.hands.fill("Reasons", "A good home that answers what boroughs ask for.")
    commissioner.hands.press("Save decision")


def is_enrolled(provider: Person, visitor: Person) -> None:
    """The provider hears it; the public page names the company on its lot and never where the home is."""
    provider.follow_letter("You are enrolled on Children's homes of the story")
    provider.sees("Approved", "How each answer was marked", "Sasha Example saw it in the made-up papers.")
    visitor.hands.open("/companies")
    visitor.sees(facts.COMPANY)
    visitor.sees_nothing_of(facts.HOME_POSTCODE, "BR1", facts.HOME_URN)
