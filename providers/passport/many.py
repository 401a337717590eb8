"""Claiming and deciding many registrations at once: an owner of forty homes sends one list, and the hub answers it in
one act. Every claim is still its own, decided and recorded one by one.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid, NotFound
from app.core.geography import current_gss, locate
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.passport import links
from providers.passport.claims import LIVE, settle_claim, tell_decided
from providers.passport.models import Claim
from providers.register.models import Registration
from providers.register.urn import URN_WORDS, clean_urn

MOST_LINES = 200
LONGEST_LINE = 200
_FULL_POSTCODE_LAST = re.compile(r"^\s*(\S+)[\s,;]+(.+?)\s*$")


class Found(StrEnum):
    """What a line of the list comes to."""

    GOOD = "good"
    BAD_URN = "bad_urn"
    NOT_IN_REGISTER = "not_in_register"
    TAKEN = "taken"
    YOURS = "yours"
    BAD_POSTCODE = "bad_postcode"
    TWICE = "twice"


FOUND_WORDS: dict[Found, str] = {
    Found.GOOD: "Can be claimed",
    Found.BAD_URN: f"Not a URN: {URN_WORDS}",
    Found.NOT_IN_REGISTER: "Not in the register that we hold. Check the certificate, or ask the hub to add it",
    Found.TAKEN: "Already claimed by another company. If it is yours, ask the hub to look into it",
    Found.YOURS: "Already claimed by your company",
    Found.BAD_POSTCODE: "Not a full postcode that exists",
    Found.TWICE: "Stands in this list before",
}


@dataclass(frozen=True)
class Line:
    """One line of a list: its number from 1, what it holds, what it comes to, and what the register says of it.

    `elsewhere`: the register places it in another council area than its postcode; the hub will see that.
    """

    number: int
    urn: str
    postcode: str
    found: Found
    registration: Registration | None = None
    elsewhere: bool = False

    @property
    def words(self) -> str:
        """What the line comes to."""
        return FOUND_WORDS[self.found]


def read_lines(text: str) -> list[tuple[int, str, str]]:
    """(number, URN, postcode) of each line that is not empty, a heading left out. Takes commas, semicolons, tabs or
    spaces between the two. `Invalid` at `lines` for none, too many, or text that is no list.
    """
    rows: list[tuple[int, str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip(" ,;\t"):
            continue
        if len(line) > LONGEST_LINE:
            raise Invalid(f"Line {number} is too long for a URN and a postcode", field="lines")
        urn, postcode = _two(line)
        if not rows and number == 1 and clean_urn(urn) is None and not any(letter.isdigit() for letter in urn):
            continue  # a heading
        rows.append((number, urn, postcode))
        if len(rows) > MOST_LINES:
            raise Invalid(f"Claim up to {MOST_LINES} registrations at a time", field="lines")
    if not rows:
        raise Invalid("Enter a URN and a postcode on each line", field="lines")
    return rows


def check_lines(session: Session, *, actor: Actor, text: str) -> list[Line]:
    """What each line of a list comes to, in the list's order and a constant number of questions. Changes nothing."""
    actor.require(Permission.SERVICE_CLAIM)
    rows = [(number, clean_urn(urn), urn, postcode) for number, urn, postcode in read_lines(text)]
    urns = {urn for _, urn, *_ in rows if urn}
    known = {one.urn: one for one in session.scalars(select(Registration).where(Registration.urn.in_(urns)))}
    holders: dict[str, str] = dict(
        session.execute(
            select(Claim.urn, Claim.organisation_id).where(Claim.urn.in_(urns), Claim.status.in_(LIVE))
        ).all()
    )
    lines: list[Line] = []
    before: set[str] = set()
    for number, urn, typed, postcode in rows:
        place = locate(postcode) if postcode else None
        registration = known.get(urn or "")
        if urn is None:
            found = Found.BAD_URN
        elif urn in before:
            found = Found.TWICE
        elif registration is None:
            found = Found.NOT_IN_REGISTER
        elif urn in holders:
            found = Found.YOURS if holders[urn] == actor.organisation_id else Found.TAKEN
        else:
            found = Found.GOOD if place else Found.BAD_POSTCODE
        before.add(urn or "")
        gss = registration.local_authority_gss if registration else None
        elsewhere = gss is not None and place is not None and current_gss(gss) != place.authority_gss
        said = place.postcode if place else postcode
        lines.append(Line(number, urn or typed, said, found, registration, elsewhere))
    return lines


def claim_many(session: Session, *, actor: Actor, text: str, now: dt.datetime) -> tuple[list[Claim], list[Line]]:
    """Claim every line that can be claimed. Returns (the claims, the lines that could not be)."""
    claims: list[Claim] = []
    left: list[Line] = []
    for line in check_lines(session, actor=actor, text=text):
        if line.found is not Found.GOOD:
            left.append(line)
            continue
        claim = Claim(
            organisation_id=actor.organisation_id,
            urn=line.urn,
            postcode=line.postcode,
            made_by=actor.person_id,
            made_at=now,
        )
        try:
            with session.begin_nested():
                session.add(claim)
        except IntegrityError:  # somebody else was first, a moment ago
            left.append(Line(line.number, line.urn, line.postcode, Found.TAKEN, line.registration))
            continue
        claims.append(claim)
        audit.record(
            session,
            now=now,
            who=actor,
            act="passport.claim.make",
            subject_kind="claim",
            subject_id=claim.id,
            urn=claim.urn,
        )
    return claims, left


def decide_claims(
    session: Session,
    *,
    actor: Actor,
    versions: Mapping[str, int],
    confirm: bool,
    reason: str,
    now: dt.datetime,
    base_url: str,
) -> list[Claim]:
    """The hub decides a selection of one company's claims at once, each as `decide_claim` would, with one reason.

    Whoever made them gets one e-mail that lists them. `Invalid` at `reason` or `claims`; `Stale` where one of them
    changed since its version was shown. Nothing is decided then.
    """
    actor.require(Permission.CLAIM_DECIDE)
    if not versions:
        raise Invalid("Choose at least one claim", field="claims")
    claims = list(session.scalars(select(Claim).where(Claim.id.in_(list(versions))).order_by(Claim.urn)))
    if len(claims) != len(versions):
        raise NotFound("claim")
    if len({claim.organisation_id for claim in claims}) != 1:
        raise Invalid("Decide the claims of one company at a time", field="claims")
    said = reason.strip()
    for claim in claims:
        settle_claim(
            session, actor=actor, claim=claim, confirm=confirm, reason=said, now=now, version=versions[claim.id]
        )
    for made_by, theirs in _by_person(claims).items():
        if len(theirs) == 1:
            tell_decided(session, theirs[0], confirm=confirm, reason=said, now=now, base_url=base_url)
            continue
        person = session.get_one(Person, made_by)
        message = messages.claims_decided(
            confirm, [claim.urn for claim in theirs], [said] if said else [], links.services(base_url)
        )
        queue(session, key=f"claims.decided:{theirs[0].id}", address=person.email, message=message, now=now)
    return claims


def _by_person(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.made_by, []).append(claim)
    return found


def _two(line: str) -> tuple[str, str]:
    """The first two cells of a line, as a spreadsheet or a person writes them."""
    for delimiter in (",", ";", "\t"):
        if delimiter in line:
            try:
                cells = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
            except csv.Error:  # a quote that never ends, say
                cells = line.split(delimiter)
            first, second, *_ = *cells, "", ""
            return first.strip(), second.strip()
    match = _FULL_POSTCODE_LAST.match(line)
    return (match[1], match[2]) if match else (line.strip(), "")
