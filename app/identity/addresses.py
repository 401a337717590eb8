"""E-mail addresses and company numbers as people type them, brought to the one form that is stored and compared."""

from __future__ import annotations

import hashlib
import re

from app.core.errors import Invalid

LONGEST_EMAIL = 254

_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_COMPANY = re.compile(r"[0-9]{8}|[A-Z]{2}[0-9]{6}|[A-Z]{2}[0-9]{5}[A-Z]|[A-Z][0-9]{7}")


def fold_email(email: str) -> str:
    """The address trimmed and in small letters: the form in which two addresses are compared."""
    return email.strip().casefold()


def read_email(email: str, field: str = "email") -> str:
    """The folded address; Invalid where it cannot be one. Only plain ASCII is taken, so that no look-alike letter
    passes for another."""
    folded = fold_email(email)
    if len(folded) > LONGEST_EMAIL or not _EMAIL.fullmatch(folded) or ".." in folded:
        raise Invalid("Enter an email address in the correct format, like name@example.org", field=field)
    return folded


def email_hash(email: str) -> str:
    """SHA-256 of the folded address: how a failed sign-in is kept without keeping what a stranger typed."""
    return hashlib.sha256(fold_email(email).encode()).hexdigest()


def read_company_number(number: str, field: str = "company_number") -> str:
    """The number as Companies House writes it: 8 characters, zeros in front; Invalid where it cannot be one."""
    folded = re.sub(r"[\s-]", "", number).upper()
    if folded.isascii() and folded.isdigit():
        folded = folded.zfill(8)
    if not _COMPANY.fullmatch(folded):
        raise Invalid("Enter a company number of 8 characters, like 01234567 or OC123456", field=field)
    return folded


def read_name(name: str, field: str, what: str, longest: int = 200) -> str:
    """A name with its spaces tidied; Invalid where it is empty, too long or holds control characters."""
    tidy = " ".join(name.split())
    if not tidy:
        raise Invalid(f"Enter {what}", field=field)
    if len(tidy) > longest:
        raise Invalid(f"Use {longest} characters or fewer for {what}", field=field)
    if not tidy.isprintable():
        raise Invalid(f"Use letters and ordinary signs only for {what}", field=field)
    return tidy
