"""Who and what the demonstration is made of. Everything is made up and looks it, except the boroughs, their codes
and postcodes of public
buildings, which stand in for homes.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.offers.status import Situation


@dataclass(frozen=True)
class Borough:
    """A borough of the consortium: its code for references, its GSS code, and postcodes of its public buildings."""

    name: str
    code: str
    gss: str
    postcodes: tuple[str, ...]
    icb: str
    fostering_from_day: int | None
    schools: bool


SOUTH_WEST, SOUTH_EAST = "NHS South West London ICB", "NHS South East London ICB"

# Eight boroughs buy fostering together from the start, Croydon has a framework of its own, three joined later; ten
# share special schools.
BOROUGHS = (
    Borough("Bexley", "BEX", "E09000004", ("DA6 7AT", "DA14 6HX"), SOUTH_EAST, 0, True),
    Borough("Bromley", "BRO", "E09000006", ("BR1 3UH", "BR6 0TW"), SOUTH_EAST, 0, True),
    Borough("Croydon", "CRO", "E09000008", ("CR0 1EA", "CR0 2TB"), SOUTH_WEST, None, True),
    Borough("Greenwich", "GRE", "E09000011", ("SE18 6HQ",), SOUTH_EAST, 0, True),
    Borough("Kingston upon Thames", "KIN", "E09000021", ("KT1 1EU", "KT6 4TX"), SOUTH_WEST, 0, True),
    Borough("Lambeth", "LAM", "E09000022", ("SW2 1RW", "SW4 0QP"), SOUTH_EAST, 120, False),
    Borough("Lewisham", "LEW", "E09000023", ("SE6 4RU", "SE13 6JZ"), SOUTH_EAST, 0, True),
    Borough("Merton", "MER", "E09000024", ("SM4 5DX", "SW19 7NL"), SOUTH_WEST, 0, True),
    Borough("Richmond upon Thames", "RIC", "E09000027", ("TW1 3BZ", "TW9 1TP"), SOUTH_WEST, 0, True),
    Borough("Southwark", "SOU", "E09000028", ("SE1 2QH", "SE15 5JR"), SOUTH_EAST, 120, False),
    Borough("Sutton", "SUT", "E09000029", ("SM1 1EA", "SM6 0NB"), SOUTH_WEST, 0, True),
    Borough("Wandsworth", "WAN", "E09000032", ("SW18 2PU", "SW11 3RA"), SOUTH_WEST, 120, True),
)

HAS_OWN_HOMES = "Sutton"
"""The borough that runs homes itself and asks them first."""

PLACES = (
    *(postcode for borough in BOROUGHS for postcode in borough.postcodes),
    "ME14 1XQ",
    "RH2 8EF",
    "TN13 1HG",
    "CT1 1YW",
    "BN3 3BQ",
    "KT17 4EP",
    "GU2 4BB",
    "CM1 1QH",
    "RM17 6SL",
    "SL1 3UF",
    "DA1 1DR",
    "UB8 1UW",
    "EN1 3XA",
)

GIVEN = ("Ash", "Bay", "Clem", "Drew", "Ellis", "Fern", "Gale", "Hart", "Indy", "Jules", "Kit", "Lark", "Merle", "Noor")
GIVEN_MORE = ("Olive", "Perry", "Quill", "Robin", "Sky", "Tam", "Umber", "Vale", "Wren", "Xan", "Yarrow", "Zephyr")
CHILD_FAMILY = ("Madeup", "Notreal", "Pretendly", "Storyson", "Fableton", "Inventham", "Samplewood", "Imaginey")
STAFF_GIVEN = (
    "Ada",
    "Bola",
    "Cara",
    "Dev",
    "Esme",
    "Femi",
    "Gwen",
    "Hana",
    "Ivor",
    "Joy",
    "Kofi",
    "Lena",
    "Mina",
    "Niall",
)
STAFF_FAMILY = ("Example", "Sampler", "Placeholder", "Demoson", "Testwell", "Trialby", "Specimen", "Mockford")

FIRST_WORDS = ("Imaginary", "Pretend", "Storybook", "Fable", "Made-up", "Invented", "Once-upon", "Make-believe")
SECOND_WORDS = ("Harbour", "Meadow", "Lantern", "Orchard", "Bridge", "Willow", "Compass", "Hearth", "Beacon", "Garden")

ENJOYS = (
    "Drawing comics, feeding ducks and anything with a football.",
    "Swimming on Saturdays, baking and long walks with a dog.",
    "Taking things apart to see how they work. Goes to a coding club after school.",
    "Dancing, singing along to the radio, and helping younger children.",
    "Skateboarding and cooking noodles. Wants to join an army cadet group.",
)
OWN_WORDS = (
    "I want somewhere with a garden and people who do not shout.",
    "I would like to stay at my school and see my brother at weekends.",
    "I do not mind moving if I can bring my guinea pig.",
    "I want my own room and someone to help with maths.",
    "Please tell me before things change.",
)
WHY_NOW = (
    "The current carers have given notice after a difficult summer. The child needs a settled home before term.",
    "The plan at the last review was a move to long-term care, nearer to school and family.",
    "The child came into care this month after a court hearing and is in a short-term placement.",
    "Support at home has been tried for six months and was not enough to keep the child safe.",
)
RISKS = (
    "Goes missing about once a month, last three weeks ago. Comes back when somebody known calls.",
    "Gets into arguments with other children when tired. Quiet time helps.",
    "None known.",
    "Has hurt themselves twice this year. Has a safety plan and sees a counsellor every week.",
)
REASONS: dict[Situation, tuple[str, str]] = {
    Situation.FOLLOWS: ("best_overall", "Best fit to the needs that matter most, at a fair price."),
    Situation.TIED: ("wishes", "The score does not part them, and the child asked to stay near their friends."),
    Situation.DEPARTS: ("known_provider", "A child whom we placed there did well, and it costs little more."),
}
"""Why an officer prefers an offer, as a code of the policy and in words."""

HOW_MET = (
    "Our staff are trained for this and meet every week with our own therapist.",
    "A key worker agrees a plan with the child in the first week and goes through it every month.",
    "We have done this with three children in the last two years; each kept their school place.",
    "We work with the local health team and keep a daily record that the social worker can read.",
)
