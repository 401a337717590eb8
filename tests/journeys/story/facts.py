"""What the people of the story type, and who they are. All made up; the postcodes are real places, so that distances
are real.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

HOME_URN = "9900777"
HOME_POSTCODE = "BR1 1LU"  # in Bromley, which adjoins Croydon: a nominated officer must approve (F-37)
COMPANY = "Larkfield Example Care Ltd"
HOUSE = "Larkfield House"

CHILD = ("Zebedee", "Marmaduke-Testchild")
CHILD_POSTCODE = "CR0 1EA"
SCHOOL = "Oakmadeup Primary School"
NEEDS: tuple[int | None, ...] = (1, 2, 2, 0, None, 1, 3, 1, 0, 1, 2, 2)
LEVELS = ("None", "Low", "Medium", "High")
LABELS = (
    "A physical health need",
    "Support with emotional or mental health",
    "Support to form healthy attachments",
    "Support to make safe decisions",
    "An assessed learning difficulty",
    "Support to achieve at the expected level",
    "Support to manage emotions",
    "Support to join in social activities",
    "Support to develop self-care skills",
    "Support to set goals",
    "Support to make their wishes",
    "Support to understand their identity",
)

STATEMENT = b"%PDF-1.4\n% a made-up statement of purpose\n"
ANSWERS = {
    "Who leads the service": "A made-up manager, four years in post.",
    "How do you decide": "We read all of it, weigh it for the others, and say no with reasons.",
    "What changed for children": "Nine of ten moves were planned.",
    "How do children change": "They chose the garden and the menu.",
}
QUESTION = "How many shifts did agency staff cover last month?"
MARKS = {
    "Company facts": {"Latest accounts": "Pass"},
    "Ownership": {"Who owns or controls the company?": "Pass"},
    "Grounds for exclusion": {"Does a mandatory ground": "Pass", "Does a discretionary ground": "Pass"},
    "Insurances": {"Public liability": "Pass", "Employers' liability": "Pass", "Professional indemnity": "Pass"},
    "Policies": {"Complaints policy": "Pass", "Equality and diversity": "Pass", "Data protection": "Pass"},
    "Safeguarding": {"Safeguarding policy": "Pass", "How do you make sure": "3", "What do you do when": "3"},
    "References": {"First reference": "Pass"},
    "Declarations": {"Do you accept": "Pass", "Is what you have answered": "Pass"},
    "The service": {"Statement of purpose": "Pass", "Who leads": "3", "How do you decide": "3"},
    "Quality and outcomes": {"What changed for children": "3", "How do children change": "3"},
}
"""What both assessors give, by section. 3 of 4 everywhere: weights 3 + 2 + 2 + 2 + 3 + 2 are 14, so 42 of 56 points."""

TWICE = ("Safeguarding", "Quality and outcomes")
"""The sections that two people mark."""


@dataclass(frozen=True)
class Prices:
    """A weekly price in pounds, part by part."""

    care: str
    education: str
    health: str

    @property
    def pence(self) -> int:
        """The whole price in pence a week."""
        return sum(round(float(part.replace(",", "")) * 100) for part in (self.care, self.education, self.health))

    @property
    def words(self) -> str:
        """The whole price as pages say it."""
        return pounds(self.pence)


def pounds(pence: int) -> str:
    """Pence as pages say them."""
    return f"£{pence / 100:,.2f}"


OURS = Prices("4,100.50", "650.25", "320.10")
RIVALS = Prices("5,900.00", "0", "0")

CARE_SHARES = {"Croydon social care": "3,100.33", "Health board continuing care": "1,000.17"}
"""What each pays of care: to the penny, they come to its price."""


@dataclass(frozen=True)
class Days:
    """When things happen, from the day on which the story is played."""

    today: dt.date

    @property
    def birth(self) -> dt.date:
        """The child is 13."""
        return dt.date(self.today.year - 13, 2, 9) if self.today.month > 2 else dt.date(self.today.year - 14, 11, 9)

    @property
    def offers_close(self) -> dt.date:
        """The last day for offers, at 5pm."""
        return self.today + dt.timedelta(days=7)

    @property
    def choosing(self) -> dt.date:
        """The offers are opened, chosen from, and the choice is put to the panel."""
        return self.today + dt.timedelta(days=8)

    @property
    def panel(self) -> dt.date:
        """The panel meets."""
        return self.today + dt.timedelta(days=14)

    @property
    def first(self) -> dt.date:
        """The placement starts."""
        return self.today + dt.timedelta(days=21)

    @property
    def last(self) -> dt.date:
        """The money ends."""
        return self.first + dt.timedelta(days=363)

    @property
    def review(self) -> dt.date:
        """The panel looks again."""
        return self.first + dt.timedelta(days=150)

    @property
    def later(self) -> dt.date:
        """The fourteenth day of the placement: two weeks are owed."""
        return self.first + dt.timedelta(days=13)


def begins_on(today: dt.date) -> dt.date:
    """Today, unless the story would then run over the turn of the financial year, which splits every sum in it."""
    turn = dt.date(today.year, 4, 1)
    return turn if today < turn <= Days(today).later else today
