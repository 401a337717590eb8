"""The hub's list of companies: searched, filtered, sorted and paged in the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from providers.passport.claims import LIVE
from providers.passport.models import Claim, Enrolment
from providers.passport.status import ClaimStatus, EnrolmentStatus


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company with how many of its registrations are confirmed, and how many of its enrolments stand or are
    suspended. `in_house_of` is the borough whose own it is.
    """

    organisation_id: str
    name: str
    services: int
    waiting: int
    enrolled: int
    suspended: int
    in_house_of: str | None


def companies(
    session: Session,
    actor: Actor,
    *,
    search: str = "",
    lot_id: str = "",
    standing: str = "",
    order: str = "name",
    descending: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[CompanyRow], int]:
    """Companies and how many there are in all.

    `search` is a part of the name or a whole URN; `lot_id` keeps those enrolled or suspended on that lot; `standing`
    is an `EnrolmentStatus` that one of their enrolments has. `order`: name, services, waiting, enrolled or suspended.
    Two queries, however many there are.
    """
    actor.require(Permission.MARKET_READ)
    where: list[ColumnElement[bool]] = [
        or_(
            Organisation.kind == OrganisationKind.PROVIDER,
            Organisation.id.in_(select(Claim.organisation_id)),  # a borough with homes of its own
        )
    ]
    if search.strip():
        words = search.strip().lower()
        holder = select(Claim.organisation_id).where(Claim.urn == words.upper(), Claim.status.in_(LIVE))
        where.append(or_(func.lower(Organisation.name).contains(words, autoescape=True), Organisation.id.in_(holder)))
    if lot_id or standing:
        enrolled = select(Claim.organisation_id).join(Enrolment, Enrolment.claim_id == Claim.id)
        if lot_id:
            enrolled = enrolled.where(Enrolment.lot_id == lot_id)
        if standing:
            enrolled = enrolled.where(Enrolment.status == EnrolmentStatus(standing))
        where.append(Organisation.id.in_(enrolled))
    borough = aliased(Organisation)
    columns = {"name": func.lower(Organisation.name), **_counts()}
    first = columns.get(order, columns["name"])
    rows = session.execute(
        select(Organisation.id, Organisation.name, *[columns[name] for name in columns if name != "name"], borough.name)
        .outerjoin(borough, borough.id == Organisation.in_house_of)
        .where(*where)
        .order_by(first.desc() if descending else first.asc(), columns["name"], Organisation.id)
        .limit(limit)
        .offset(offset)
    )
    total = session.scalar(select(func.count()).select_from(Organisation).where(*where)) or 0
    return [
        CompanyRow(id_, name, services, waiting, enrolled, suspended, in_house_of)
        for id_, name, services, waiting, enrolled, suspended, in_house_of in rows
    ], total


def _counts() -> dict[str, ColumnElement[int]]:
    """How many claims and enrolments of each status a company has, counted only for the rows that need it."""

    def claims(status: ClaimStatus) -> ColumnElement[int]:
        return (
            select(func.count())
            .where(Claim.organisation_id == Organisation.id, Claim.status == status)
            .correlate(Organisation)
            .scalar_subquery()
        )

    def enrolments(status: EnrolmentStatus) -> ColumnElement[int]:
        return (
            select(func.count())
            .select_from(Enrolment)
            .join(Claim, Claim.id == Enrolment.claim_id)
            .where(Claim.organisation_id == Organisation.id, Enrolment.status == status)
            .correlate(Organisation)
            .scalar_subquery()
        )

    return {
        "services": claims(ClaimStatus.CONFIRMED),
        "waiting": claims(ClaimStatus.PENDING),
        "enrolled": enrolments(EnrolmentStatus.ENROLLED),
        "suspended": enrolments(EnrolmentStatus.SUSPENDED),
    }


def company(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    """A company for the hub. `NotFound` for an organisation that neither is a provider nor holds a registration."""
    actor.require(Permission.MARKET_READ)
    found = session.get(Organisation, organisation_id)
    holds = select(Claim.id).where(Claim.organisation_id == organisation_id).limit(1)
    if found is None or (found.kind is not OrganisationKind.PROVIDER and session.scalar(holds) is None):
        raise NotFound("company")
    return found
