"""First act: a company joins. Its sign-up, a claim by URN, the hub's answers, and a place on the lot."""

from __future__ import annotations

from tests.journeys.story import facts
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


def apply(provider: Person) -> None:
    """One lot is open to a children's home; the application says by when it is decided."""
    provider.hands.follow("Apply to a lot")
    provider.hands.choose("Lot", "Children's homes of the story")
    provider.hands.fill("What the service offers", "A calm made-up home for four children, near schools and buses.")
    provider.hands.press("Send application")
    provider.sees("Application sent", "Children's homes of the story")


def approve_application(commissioner: Person) -> None:
    """The commissioner sees what a decision rests on, the parts of the score among it, and approves with reasons."""
    commissioner.hands.open("/hub/market")
    commissioner.sees("Applications to decide", "working days left")
    commissioner.hands.follow(facts.COMPANY)
    commissioner.sees("Quality score", "out of 100", "A calm made-up home")
    commissioner.hands.choose("Decision", "Approve and enrol")
    commissioner.hands.fill("Reasons", "A good home that answers what boroughs ask for.")
    commissioner.hands.press("Save decision")
    commissioner.sees("Approved and enrolled")


def is_enrolled(provider: Person, visitor: Person) -> None:
    """The provider hears it; the public page names the company on its lot and never where the home is."""
    provider.follow_letter("You are enrolled on Children's homes of the story")
    provider.sees("Approved")
    visitor.hands.open("/companies")
    visitor.sees(facts.COMPANY)
    visitor.sees_nothing_of(facts.HOME_POSTCODE, "BR1", facts.HOME_URN)
