"""Recording a child, putting a record right, and showing who a child is to somebody who may know.

A record may have been merged into another (`app.children.merging`). Whoever asks for it by its id gets the record that
stands for the child, and everything that is kept of a child is read by `ids_of`: the ids of all their records.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.children.codes import ethnicities
from app.children.indexes import marks_of
from app.children.models import Child, ChildView
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import DataKey, KeyDestroyedError, Vault, name_for_index
from app.core.database import new_id
from app.core.errors import Invalid, NotFound, Stale
from app.core.geography import normalise_postcode
from app.core.references import new_reference, normalise_reference
from app.identity.permissions import Actor, Permission

OLDEST_YEARS = 25
SEXES = {"F": "Female", "M": "Male"}
ERASED = "This child's record was erased. Nothing can be written to it any more."


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
    """Record a child of the actor's borough. What identifies is encrypted under a key of the child's own. Who types in
    a child goes through `app.children.duplicates.record_new_child`, which asks first whether the child is known.

    `sex` is F or M as the register of services states it; `ethnicity` is a code of the children-looked-after return.
    Invalid names every field that is wrong.
    """
    actor.require(Permission.CHILD_WRITE)
    given_name, family_name, postcode = checked(
        given_name, family_name, date_of_birth, sex, ethnicity, home_postcode, local_date(now)
    )
    wrapped = vault.new_data_key()
    key, child_id = vault.open(wrapped), new_id()
    child = Child(
        id=child_id,
        reference=_reference(session),
        organisation_id=actor.organisation_id,
        wrapped_key=wrapped,
        **_sealed(key, child_id, given_name, family_name, date_of_birth, postcode, ethnicity),
        sex=sex,
        created_by=actor.person_id,
        created_at=now,
    )
    marks_of(session, vault, given_name, family_name, date_of_birth).put_on(child)
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
    """Put right what a record says of a child, in every record that was merged into it too. Requests already submitted
    keep the age that was worked out then.

    Errors as `record_child`; Stale where somebody else changed the record since the page was shown.
    """
    actor.require(Permission.CHILD_WRITE)
    child = for_writing(session, actor=actor, child_id=child_id, version=version)
    given_name, family_name, postcode = checked(
        given_name, family_name, date_of_birth, sex, ethnicity, home_postcode, local_date(now)
    )
    said = ChildIdentity(child.id, child.reference, given_name, family_name, date_of_birth, sex, ethnicity, postcode)
    say_of_all(session, vault=vault, child=child, identity=said)
    marks_of(session, vault, given_name, family_name, date_of_birth).put_on(child)
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


def checked(
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    sex: str,
    ethnicity: str,
    home_postcode: str,
    today: dt.date,
) -> tuple[str, str, str]:
    """First name, last name and postcode as they are kept. Invalid names every field of an identity that is wrong."""
    given_name, family_name = given_name.strip(), family_name.strip()
    postcode = normalise_postcode(home_postcode)
    errors = _faults(given_name, family_name, date_of_birth, sex, ethnicity, postcode, today)
    if errors or postcode is None:
        raise Invalid(errors)
    return given_name, family_name, postcode


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


def say_of_all(session: Session, *, vault: Vault, child: Child, identity: ChildIdentity) -> None:
    """Let a record, and every record that was merged into it, say who the child is, each under its own key."""
    for one in session.scalars(select(Child).where(or_(Child.id == child.id, Child.merged_into == child.id))):
        sealed = _sealed(
            vault.open(one.wrapped_key),
            one.id,
            identity.given_name,
            identity.family_name,
            identity.date_of_birth,
            identity.home_postcode,
            identity.ethnicity,
        )
        for name, token in sealed.items():
            setattr(one, name, token)
        one.sex = identity.sex


def record_for(session: Session, *, actor: Actor, child_id: str) -> Child:
    """This very record of the actor's own borough, whatever became of it, or NotFound."""
    child = session.scalar(select(Child).where(Child.id == child_id, Child.organisation_id == actor.organisation_id))
    if child is None:
        raise NotFound("child")
    return child


def child_for(session: Session, *, actor: Actor, child_id: str) -> Child:
    """A child of the actor's own borough, or NotFound: the record that this id stands for, after a merge the kept
    one.
    """
    child = record_for(session, actor=actor, child_id=child_id)
    return child if child.merged_into is None else session.get_one(Child, child.merged_into)


def child_by_reference(session: Session, *, actor: Actor, reference: str, field: str | None = None) -> Child:
    """The child with a reference, as somebody typed it. Invalid at `field` where the borough has none."""
    meant = normalise_reference(reference)
    found = session.scalar(
        select(Child).where(Child.reference == meant, Child.organisation_id == actor.organisation_id)
    )
    if found is None:
        raise Invalid("There is no child with that reference. It looks like CH-7K4M2P.", field=field)
    return child_for(session, actor=actor, child_id=found.id)


def for_writing(session: Session, *, actor: Actor, child_id: str, version: int | None = None) -> Child:
    """As `child_for`, locked until the transaction ends. KeyDestroyedError once it was erased; Stale where a version is
    given and it has moved on.
    """
    child = child_for(session, actor=actor, child_id=child_id)
    session.refresh(child, with_for_update=True)
    if child.merged_into is not None:  # merged while this transaction waited
        return for_writing(session, actor=actor, child_id=child.merged_into, version=version)
    if child.wrapped_key is None:
        raise KeyDestroyedError(ERASED)
    if version is not None and child.version != version:
        raise Stale("Somebody else changed this child's record after you opened it. Look at it again before you go on.")
    return child


def ids_of(session: Session, *, actor: Actor, child_id: str) -> list[str]:
    """The ids of every record of one child, the one that stands for them first: what is kept of the child cites one of
    these.
    """
    kept = child_for(session, actor=actor, child_id=child_id)
    others = session.scalars(select(Child.id).where(Child.merged_into == kept.id).order_by(Child.merged_at, Child.id))
    return [kept.id, *others]


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
    return list(
        session.scalars(
            select(ChildView)
            .where(ChildView.child_id.in_(ids_of(session, actor=actor, child_id=child_id)))
            .order_by(ChildView.at.desc(), ChildView.id)
            .limit(limit)
        )
    )
