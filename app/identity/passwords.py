"""Passwords: kept as argon2id, judged by rules that need no list from outside, and as slow to check for strangers as
for people.

The cost comes from the session (`install`), so that the demonstration can be seeded quickly; a session that says
nothing gets the strong profile. Source: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, 2 passes, 1 lane);
NCSC: length over composition.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from app.core.errors import Invalid

SHORTEST = 12
LONGEST = 200
LEAST_OWN = 6
"""Characters that must be left once everything predictable is taken out."""

KEY = "homeward_password_profile"
"""Where a session keeps its profile (`session.info`)."""


class Profile(Enum):
    """(memory in KiB, passes, lanes) of argon2id."""

    STRONG = (19456, 2, 1)
    CHEAP = (64, 1, 1)


def profile_for(env: str) -> Profile:
    """Strong in production; cheap in the demonstration and the tests, which guard nobody's data."""
    return Profile.STRONG if env == "production" else Profile.CHEAP


def install(session: Session, profile: Profile) -> None:
    """Say what new hashes made through this session cost."""
    session.info[KEY] = profile


def profile_of(session: Session) -> Profile:
    """The profile of a session: strong unless another was installed."""
    profile: Profile = session.info.get(KEY, Profile.STRONG)
    return profile


@lru_cache
def _hasher(profile: Profile) -> PasswordHasher:
    memory, passes, lanes = profile.value
    return PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)


@lru_cache
def _nobody(profile: Profile) -> str:
    return _hasher(profile).hash("the password of nobody at all")


def hash_password(password: str, profile: Profile) -> str:
    """The argon2id hash, with its parameters and salt inside."""
    return _hasher(profile).hash(_same(password))


def verify(stored: str | None, password: str, profile: Profile) -> bool:
    """Whether the password is the one behind the hash. With no hash it checks a hash of nobody's, and takes as long
    to say no."""
    known = stored is not None
    given = _same(password) if len(password) <= LONGEST else ""
    try:
        _hasher(profile).verify(stored if stored is not None else _nobody(profile), given)
    except (VerificationError, InvalidHashError):
        return False
    return known


def wants_rehash(stored: str, profile: Profile) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _hasher(profile).check_needs_rehash(stored)


def judge(password: str, *, name: str, email: str, others: tuple[str, ...] = (), field: str = "password") -> str:
    """The password, if it is fit to be one; Invalid says what to do otherwise. `others` are more words a stranger
    would try."""
    if len(password) < SHORTEST:
        raise Invalid(f"Your password must be {SHORTEST} characters or more", field=field)
    if len(password) > LONGEST:
        raise Invalid(f"Your password must be {LONGEST} characters or fewer", field=field)
    if not all(character.isprintable() for character in password):
        raise Invalid("Your password must not have tabs, line breaks or other hidden characters", field=field)
    folded = _letters(password)
    if any(part in folded for part in _personal(name, email)):
        raise Invalid("Your password must not have your name or email address in it", field=field)
    if len(left_over(password, others)) < LEAST_OWN or len(set(folded)) < 5:
        raise Invalid("Choose a password that is harder to guess. Three random words work well", field=field)
    return password


def left_over(password: str, others: tuple[str, ...] = ()) -> str:
    """What remains once common words, keyboard runs, sequences, repeats and years are taken out of the folded password.

    It does the work of a list of breached passwords for the patterns that fill such lists, without carrying one.
    """
    rest = _letters(password)
    words = sorted({*COMMON, *(_letters(word) for word in others)} - {""}, key=len, reverse=True)
    for word in words:
        rest = rest.replace(word, " ")
    rest = _without_runs(rest)
    rest = re.sub(r"(.{1,4}?)\1{2,}", " ", rest)
    rest = re.sub(r"(.)\1{2,}", " ", rest)
    rest = re.sub(r"(.{4,}?)\1+", r"\1", rest)
    return rest.replace(" ", "")


def _without_runs(text: str) -> str:
    """The text without stretches of four or more neighbours on a keyboard, in the alphabet or among the digits."""
    place = 0
    kept = []
    while place < len(text):
        longest = 1
        for row in RUNS:
            length = 1
            while place + length < len(text) and text[place : place + length + 1] in row:
                length += 1
            longest = max(longest, length)
        kept.append(" " if longest >= 4 else text[place])
        place += longest if longest >= 4 else 1
    return "".join(kept)


def _same(password: str) -> str:
    # One password typed on two keyboards can be two strings of code points.
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    """Small letters and digits only, with the usual substitutions undone where they stand among letters, and years
    taken out."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", "", plain)
    undone = re.sub(r"(?<=[a-z])[01345$@!](?=[a-z])|(?<=[a-z])[01345$@](?=[01345$@]*[a-z])", _undo, plain)
    return "".join(character for character in undone if character.isalnum())


def _undo(found: re.Match[str]) -> str:
    return found.group().translate(str.maketrans("01345$@!", "oieassai"))


def _personal(name: str, email: str) -> set[str]:
    local, _, domain = email.casefold().partition("@")
    parts = re.split(r"[^a-z0-9]+", f"{_spaced(name)} {local} {domain.partition('.')[0]}")
    return {part for part in parts if len(part) >= 4}


def _spaced(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890", "1qaz2wsx3edc4rfv5tgb6yhn")
RUNS = _ROWS + tuple(row[::-1] for row in _ROWS)
_WORDS = """
    password passwort passphrase letmein welcome admin administrator login signin master secret changeme
    change default qwerty azerty iloveyou loveyou monkey dragon sunshine princess shadow football
    baseball superman batman starwars pokemon liverpool arsenal chelsea tottenham manchester united
    everton charlie george jordan thomas daniel michael jessica ashley hello whatever trustno freedom
    computer internet summer autumn winter spring monday tuesday wednesday thursday friday january
    february march april june july august september october november december homeward croydon lambeth
    southwark lewisham bromley merton sutton kingston richmond wandsworth bexley greenwich london
    council children placement commissioning provider borough social worker care england test guest user
"""
COMMON = frozenset(_WORDS.split())
