"""What is known of a company before it answers anything: its name and number, and whom Ofsted's register names as
owner of the services that it claims. Shown beside the questions, and filled into an empty form for the company to
check.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Organisation
from providers.passport.claims import LIVE
from providers.passport.models import Claim
from providers.register.models import Registration

LEGAL_FORM = "legal_form"
"""The one fact that a question can be filled in from (`Question.known`)."""

# The letters with which Companies House begins a number, and the form of organisation that they stand for. Numbers of
# digits alone, SC (Scotland) and NI (Northern Ireland) are companies.
_FORMS = {
    "OC": "partnership",
    "SO": "partnership",
    "NC": "partnership",
    "LP": "partnership",
    "SL": "partnership",
    "NL": "partnership",
    "CE": "charity",
    "CS": "charity",
    "SC": "company",
    "NI": "company",
}


@dataclass(frozen=True, slots=True)
class Known:
    """The facts. `owners` are the register's words, each with the URNs of the services that it gives them for."""

    name: str
    company_number: str | None
    owners: tuple[tuple[str, tuple[str, ...]], ...]

    def fact(self, name: str | None) -> str | None:
        """The code or text with which a question is filled in; None where nothing is known."""
        if name != LEGAL_FORM or self.company_number is None:
            return None
        return legal_form_of(self.company_number)


def known_of(session: Session, organisation_id: str) -> Known:
    """What is known of a company. The caller has checked that the actor may see it."""
    company = session.get_one(Organisation, organisation_id)
    rows = session.execute(
        select(Registration.owner, Registration.urn)
        .join(Claim, Claim.urn == Registration.urn)
        .where(Claim.organisation_id == organisation_id, Claim.status.in_(LIVE), Registration.owner.is_not(None))
        .order_by(Registration.owner, Registration.urn)
    )
    owners: dict[str, list[str]] = {}
    for owner, urn in rows:
        owners.setdefault(owner or "", []).append(urn)
    return Known(company.name, company.company_number, tuple((name, tuple(urns)) for name, urns in owners.items()))


def legal_form_of(company_number: str) -> str | None:
    """What kind of organisation has such a number at Companies House; None for kinds that the questions do not name."""
    return "company" if company_number.isdigit() else _FORMS.get(company_number[:2])
