"""Third act: two companies offer, sealed from everybody until the deadline; then the offers are opened and ranked."""

from __future__ import annotations

import time
from decimal import Decimal

import html5lib

from tests.journeys.story import facts
from tests.journeys.story.facts import Days, Prices
from tests.journeys.story.people import Person
from tests.journeys.story.wire import words_of

GIVEN, FAMILY = facts.CHILD


def offer(provider: Person, reference: str, days: Days, prices: Prices, says: str) -> None:
    """From the e-mail to the redacted request, to an itemised offer that is checked and sent."""
    hands = provider.hands
    provider.follow_letter(f"New request {reference}")
    if hands.path == "/sign-in":
        provider.sign_in()
        provider.follow_letter(f"New request {reference}")
    provider.sees(f"Request {reference}", "Open for offers", "I want to stay near my friends.", "Desired outcomes")
    provider.sees_nothing_of(GIVEN, FAMILY, facts.CHILD_POSTCODE, facts.SCHOOL, "Full care order", "Abuse or neglect")
    hands.follow("Make an offer")
    hands.press("Check your offer")
    provider.sees("There is a problem", "Enter the first day")
    hands.fill("Care", prices.care)
    for label, part in (("Education", prices.education), ("Health", prices.health)):
        if part != "0":
            hands.fill(label, part)
    hands.fill_date("First day on which the child can come", days.first)
    for label, score in zip(facts.LABELS, facts.NEEDS, strict=True):
        if score:
            hands.fill(label, says)
    hands.press("Check your offer")
    provider.sees("Check your offer", f"{prices.words} a week")
    hands.press("Send offer", twice=True)
    provider.sees("Offer sent", prices.words)
    hands.follow("Look at your offer")
    provider.sees("Your offer is in and sealed")


def is_sealed(officer: Person, rival: Person, reference: str, request_path: str) -> None:
    """Before the deadline nobody reads an offer: the officer sees no price, no company with an offer, no number of
    them; the rival only its own."""
    officer.hands.open(f"{request_path}/offers")
    officer.sees("Offers are sealed", reference)
    officer.sees_nothing_of(facts.OURS.words, facts.RIVALS.words, facts.OURS.care, "Rival Lodge", facts.HOUSE)
    officer.hands.follow("Invitations")
    officer.sees(facts.COMPANY, "Rival Example Care Ltd", "Not declined")
    officer.sees_nothing_of(facts.OURS.words, facts.RIVALS.words)
    rival.hands.open("/provider/offers")
    rival.sees("1 offer")
    rival.sees_nothing_of(facts.COMPANY, facts.HOUSE, facts.OURS.words)


def is_late(provider: Person, reference: str) -> None:
    """After the deadline nothing can be offered or changed any more."""
    provider.sign_in()
    provider.hands.open("/provider/opportunities")
    provider.sees("No open requests")
    provider.hands.open("/provider/offers")
    provider.hands.follow("OF-" if any(one.startswith("OF-") for one in provider.hands.links()) else "O")
    provider.sees_nothing_of("Change offer")


def open_offers(officer: Person, request_path: str) -> None:
    """All are opened at once, by the clock within seconds or by the officer, whoever comes first."""
    officer.sign_in()
    deadline = time.monotonic() + 30
    while True:
        officer.hands.open(f"{request_path}/offers")
        if "Open the offers" in officer.hands.buttons():
            officer.hands.press("Open the offers")
        if "Choose an offer" in officer.hands.text:
            return
        assert time.monotonic() < deadline, officer.hands.text
        time.sleep(0.2)


def read_shortlist(officer: Person) -> None:
    """Both offers with their arithmetic: contributions that add up to the total, and a record that recomputes."""
    officer.sees(facts.HOUSE, facts.COMPANY, "Rival Lodge", facts.OURS.words, facts.RIVALS.words)
    officer.sees("Number 1:", "Number 2:", "Recomputes", "What the order rests on")
    text = officer.hands.text
    assert text.index(facts.HOUSE) < text.index("Rival Lodge"), "the cheaper and better offer stands second"
    for name in (facts.HOUSE, "Rival Lodge"):
        unfold_why(officer, name)
    officer.sees("Total", "Price", "Quality", "Needs")
    for parts, total in sums_in(officer.hands.source):
        assert len(parts) >= 3, parts
        assert sum(parts) == total, f"{parts} do not add up to {total}"


def sums_in(source: str) -> list[tuple[list[Decimal], Decimal]]:
    """The parts and the total of each offer's score, as they stand on the page."""
    tree = html5lib.parse(source, namespaceHTMLElements=False)
    found = []
    for table in tree.iter("table"):
        if "hw-sum" in (table.get("class") or "").split():
            given = [Decimal(words_of(list(row)[-1])) for row in table.find("tbody")]
            found.append((given[:-1], given[-1]))
    assert len(found) == 2, source
    return found


def unfold_why(officer: Person, name: str) -> None:
    """The arithmetic of one offer."""
    found = [words for words in officer.hands.folded() if words.startswith("Why ") and words.endswith(f"for {name}")]
    assert len(found) == 1, officer.hands.folded()
    officer.hands.unfold(found[0])


def choose(officer: Person, provider: Person, reference: str) -> None:
    """A person decides, with a reason; the place is held, and the provider is told to keep it."""
    officer.hands.press("Prefer this offer")
    officer.sees("There is a problem", "Choose why, also for the first", "Enter your reason in your own words")
    officer.hands.choose("Which offer do you prefer?", f"1. {facts.HOUSE}")
    officer.hands.choose("Why this one?", "Best overall score, and nothing against it")
    officer.hands.fill("In your own words", "Nearest to the school, and it meets what matters most to the child.")
    officer.hands.press("Prefer this offer")
    officer.sees("Offer preferred", "Its places are held.", "Nearest to the school")
    provider.letter(f"Hold the place for {reference}")
