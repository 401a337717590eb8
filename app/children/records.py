"""Recording a child, finding one again, and showing who they are to somebody who may know."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.children.codes import ethnicities
from app.children.models import Child, ChildView
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import DataKey, Vault, name_for_index
from app.core.database import new_id
from app.core.errors import Invalid, NotFound, Stale
from app.core.geography import normalise_postcode
from app.core.keys import blind_index
from app.core.references import new_reference
from app.identity.permissions import Actor, Permission

OLDEST_YEARS = 25
SEXES = {"F": "Female", "M": "Male"}
_PURPOSE = "child.name"


@dataclass(frozen=True)
class ChildIdentity:
    """Who a child is. Only ever made for somebody who may know, and never logged."""

    child_id: str
    reference: str
    given_name: str
    family_name: str
    date_of_birth: dt.date
    sex: str
    ethnicity: str
    home_postcode: str

    @property
    def initials(self) -> str:
        return "".join(part[0].upper() for part in (self.given_name, self.family_name) if part)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


def record_child(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    sex: str,
    ethnicity: str,
    home_postcode: str,
    now: dt.datetime,
) -> Child:
    """Record a child of the actor's borough. What identifies is encrypted under a key of the child's own.

    `sex` is F or M as the register of services states it; `ethnicity` is a code of the children-looked-after return.
    Invalid names every field that is wrong.
    """
    actor.require(Permission.CHILD_WRITE)
    given_name, family_name = given_name.strip(), family_name.strip()
    postcode = normalise_postcode(home_postcode)
    errors = _faults(given_name, family_name, date_of_birth, sex, ethnicity, postcode, local_date(now))
    if errors or postcode is None:
        raise Invalid(errors)
    wrapped = vault.new_data_key()
    key, child_id = vault.open(wrapped), new_id()
    child = Child(
        id=child_id,
        reference=_reference(session),
        organisation_id=actor.organisation_id,
        wrapped_key=wrapped,
        **_sealed(key, child_id, given_name, family_name, date_of_birth, postcode, ethnicity),
        name_index=_index(session, vault, given_name, family_name),
        sex=sex,
        created_by=actor.person_id,
        created_at=now,
    )
    session.add(child)
    session.flush()
    audit.record(session, now=now, who=actor, act="children.child.record", subject_kind="child", subject_id=child.id)
    return child


def correct_child(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    child_id: str,
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    sex: str,
    ethnicity: str,
    home_postcode: str,
    version: int,
    now: dt.datetime,
) -> Child:
    """Put right what a record says of a child. Requests already submitted keep the age that was worked out then.

    Errors as `record_child`; Stale where somebody else changed the record since the page was shown.
    """
    actor.require(Permission.CHILD_WRITE)
    child = child_for(session, actor=actor, child_id=child_id)
    session.refresh(child, with_for_update=True)
    if child.version != version:
        raise Stale("Somebody else changed this child's record after you opened it. Look at it again before you go on.")
    given_name, family_name = given_name.strip(), family_name.strip()
    postcode = normalise_postcode(home_postcode)
    errors = _faults(given_name, family_name, date_of_birth, sex, ethnicity, postcode, local_date(now))
    if errors or postcode is None:
        raise Invalid(errors)
    key = vault.open(child.wrapped_key)
    for name, token in _sealed(key, child.id, given_name, family_name, date_of_birth, postcode, ethnicity).items():
        setattr(child, name, token)
    child.name_index = _index(session, vault, given_name, family_name)
    child.sex = sex
    session.flush()
    audit.record(session, now=now, who=actor, act="children.child.correct", subject_kind="child", subject_id=child.id)
    return child


def _sealed(
    key: DataKey,
    child_id: str,
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    postcode: str,
    ethnicity: str,
) -> dict[str, str]:
    """The encrypted columns, each bound to its field and its child."""
    clear = {
        "given_name": given_name,
        "family_name": family_name,
        "date_of_birth": date_of_birth.isoformat(),
        "home_postcode": postcode,
        "ethnicity": ethnicity,
    }
    return {f"sealed_{name}": key.encrypt(text, context=f"child.{name}:{child_id}") for name, text in clear.items()}


def _reference(session: Session) -> str:
    while True:
        reference = new_reference("CH")
        if session.scalar(select(Child.id).where(Child.reference == reference)) is None:
            return reference


def _faults(
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    sex: str,
    ethnicity: str,
    postcode: str | None,
    today: dt.date,
) -> dict[str, str]:
    errors = {}
    if not given_name:
        errors["given_name"] = "Enter the child's first name."
    elif not name_for_index(given_name):
        errors["given_name"] = "The first name must have letters in it."
    if not family_name:
        errors["family_name"] = "Enter the child's last name."
    elif not name_for_index(family_name):
        errors["family_name"] = "The last name must have letters in it."
    if date_of_birth > today:
        errors["date_of_birth"] = "The date of birth must be in the past."
    elif date_of_birth.year < today.year - OLDEST_YEARS:
        errors["date_of_birth"] = f"The date of birth must be in the last {OLDEST_YEARS} years."
    if sex not in SEXES:
        errors["sex"] = "Choose the child's sex."
    if ethnicity not in dict(ethnicities()):
        errors["ethnicity"] = "Choose the child's ethnicity."
    if postcode is None:
        errors["home_postcode"] = "Enter a full postcode, like CR0 1EA."
    return errors


def child_for(session: Session, *, actor: Actor, child_id: str) -> Child:
    """A child of the actor's own borough, or NotFound."""
    child = session.scalar(select(Child).where(Child.id == child_id, Child.organisation_id == actor.organisation_id))
    if child is None:
        raise NotFound("child")
    return child


def reveal(*, vault: Vault, child: Child) -> ChildIdentity:
    """Decrypt a child's identity. The caller has checked that the person may know, and logs the view."""
    key = vault.open(child.wrapped_key)
    return ChildIdentity(
        child_id=child.id,
        reference=child.reference,
        given_name=key.decrypt(child.sealed_given_name, context=f"child.given_name:{child.id}"),
        family_name=key.decrypt(child.sealed_family_name, context=f"child.family_name:{child.id}"),
        date_of_birth=dt.date.fromisoformat(
            key.decrypt(child.sealed_date_of_birth, context=f"child.date_of_birth:{child.id}")
        ),
        sex=child.sex,
        ethnicity=key.decrypt(child.sealed_ethnicity, context=f"child.ethnicity:{child.id}"),
        home_postcode=key.decrypt(child.sealed_home_postcode, context=f"child.home_postcode:{child.id}"),
    )


def find_children(session: Session, *, actor: Actor, vault: Vault, given_name: str, family_name: str) -> list[Child]:
    """Children of the actor's borough with exactly this name, whatever its case, accents and spaces, newest first."""
    actor.require(Permission.CHILD_READ)
    index = _index(session, vault, given_name, family_name)
    return list(
        session.scalars(
            select(Child)
            .where(Child.organisation_id == actor.organisation_id, Child.name_index == index)
            .order_by(Child.created_at.desc(), Child.id)
        )
    )


def children_of(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> list[Child]:
    """A page of the borough's children, the newest first. `count_children` says how many there are."""
    actor.require(Permission.CHILD_READ)
    return list(
        session.scalars(
            select(Child)
            .where(Child.organisation_id == actor.organisation_id, Child.erased_at.is_(None))
            .order_by(Child.created_at.desc(), Child.id)
            .limit(limit)
            .offset(offset)
        )
    )


def count_children(session: Session, *, actor: Actor) -> int:
    """How many children the borough has recorded."""
    actor.require(Permission.CHILD_READ)
    query = select(func.count()).where(Child.organisation_id == actor.organisation_id, Child.erased_at.is_(None))
    return session.scalar(query) or 0


def log_view(session: Session, *, actor: Actor, child_id: str, what: str, now: dt.datetime) -> None:
    """Say that the actor is shown a child's data on a page. Written before the page is."""
    session.add(
        ChildView(
            child_id=child_id,
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            what=what,
            at=now,
        )
    )
    session.flush()


def views_of(session: Session, *, actor: Actor, child_id: str, limit: int = 200) -> list[ChildView]:
    """Who was shown this child's data, the latest first. For the child's own borough."""
    child = child_for(session, actor=actor, child_id=child_id)
    return list(
        session.scalars(
            select(ChildView)
            .where(ChildView.child_id == child.id)
            .order_by(ChildView.at.desc(), ChildView.id)
            .limit(limit)
        )
    )


def _index(session: Session, vault: Vault, given_name: str, family_name: str) -> str:
    folded = f"{name_for_index(given_name)}|{name_for_index(family_name)}"
    return blind_index(session, vault).blind_index(folded, purpose=_PURPOSE)
