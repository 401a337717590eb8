"""A registration typed by a person: a school or a service that Ofsted's social care files do not list."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.geography import authority_by_name, normalise_postcode
from app.identity.permissions import Actor, Permission
from providers.register.comparing import search_words
from providers.register.models import MAX_PLACES, Registration
from providers.register.status import ProvisionType, RegistrationStatus, Source
from providers.register.urn import URN_WORDS, clean_urn


def add_registration(
    session: Session,
    *,
    actor: Actor,
    urn: str,
    provision_type: ProvisionType,
    name: str,
    owner: str,
    local_authority: str,
    postcode: str = "",
    places: int | None = None,
    now: dt.datetime,
) -> Registration:
    """Add a registration by hand, active as of today. What an Ofsted file says of the same URN later replaces what
    was typed.

    Needs `REGISTER_RESOLVE`. `Invalid` with a message for each bad field; `Conflict` when the register has the URN
    already.
    """
    actor.require(Permission.REGISTER_RESOLVE)
    errors: dict[str, str] = {}
    clean = clean_urn(urn)
    if clean is None:
        errors["urn"] = f"Enter a URN: {URN_WORDS}."
    if not name.strip() or len(name) > 300:
        errors["name"] = "Enter the name, in 300 characters or fewer."
    authority = authority_by_name(local_authority)
    if authority is None:
        errors["local_authority"] = "Enter a local authority by its name."
    written = normalise_postcode(postcode) if postcode.strip() else None
    if postcode.strip() and written is None:
        errors["postcode"] = "Enter a full UK postcode."
    if places is not None and not 0 <= places <= MAX_PLACES:
        errors["places"] = f"Places must be between 0 and {MAX_PLACES:,}."
    if errors or clean is None or authority is None:
        raise Invalid(errors)
    if session.get(Registration, clean) is not None:
        raise Conflict(f"The register already holds {clean}.", field="urn")
    today = local_date(now)
    added = Registration(
        urn=clean,
        provision_type=provision_type.value,
        name=name.strip(),
        owner=owner.strip()[:300] or None,
        registration_status=RegistrationStatus.ACTIVE.value,
        local_authority=authority.name,
        local_authority_gss=authority.gss,
        region=authority.region,
        postcode=written,
        places=places,
        source=Source.BY_HAND,
        first_seen=today,
        last_seen=today,
        facts_as_of=today,
        facts_from=None,
        short_breaks_only=False,
        several_buildings=False,
        search_words="",
    )
    added.search_words = search_words(
        {column: getattr(added, column) for column in ("urn", "name", "owner", "town", "postcode", "local_authority")}
    )
    session.add(added)
    session.flush()
    audit.record(
        session, now=now, who=actor, act="register.registration.add", subject_kind="registration", subject_id=clean
    )
    return added
