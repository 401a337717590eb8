"""Why each kind of finding identifies, and what can be written instead: for the page on which a person decides."""

from __future__ import annotations

from collections.abc import Mapping

from app.requests.redaction import FindingKind

WHY: Mapping[FindingKind, str] = {
    FindingKind.NAME: "Anyone who knows the family or the people around it knows who is meant.",
    FindingKind.SCHOOL: "With the age, a school leaves few children who can be meant.",
    FindingKind.ADDRESS: "It says where the child or the family can be found.",
    FindingKind.POSTCODE: "A full postcode stands for about 15 homes. Providers see the area.",
    FindingKind.PHONE: "It leads straight to a person.",
    FindingKind.EMAIL: "It leads straight to a person.",
    FindingKind.DATE_OF_BIRTH: "With the area, a date of birth leaves one child or two. Providers see the age.",
    FindingKind.AGE_EXACT: "An age tied to a day gives the date of birth away.",
    FindingKind.IDENTIFIER: "Whoever can look the number or handle up finds the person.",
    FindingKind.RARE_TRAIT: "What is so rare in so small an area, or has been in the news, is true of one child only.",
}

INSTEAD: Mapping[FindingKind, tuple[str, ...]] = {
    FindingKind.NAME: ("the child", "a foster carer", "the child’s mother", "the child’s father", "a friend"),
    FindingKind.SCHOOL: ("their school", "a primary school", "a secondary school", "their nursery"),
    FindingKind.ADDRESS: ("the family home", "a town in South London", "a place nearby", "a local club"),
    FindingKind.POSTCODE: ("the same area", "the home area"),
    FindingKind.PHONE: ("by telephone",),
    FindingKind.EMAIL: ("by email",),
    FindingKind.DATE_OF_BIRTH: ("in March", "in the spring"),
    FindingKind.AGE_EXACT: ("a few weeks old", "about six months old"),
    FindingKind.IDENTIFIER: ("a case number", "an account online"),
    FindingKind.RARE_TRAIT: ("a rare condition", "something that was in the news"),
}
AGED = (FindingKind.DATE_OF_BIRTH, FindingKind.AGE_EXACT)


def suggestions(kind: FindingKind, years: int | None) -> list[str]:
    """More general words for a kind of finding; about so old, where the child's age in years is known."""
    aged = [f"about {years}"] if years and kind in AGED else []
    return [*aged, *INSTEAD[kind]]
