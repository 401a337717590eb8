"""What a password must be, and that checking nobody's costs as much as checking somebody's."""

from __future__ import annotations

import pytest

from app.core.errors import Invalid
from app.identity import passwords
from app.identity.passwords import Profile

NAME, EMAIL = "Rosalind Okafor", "r.okafor@madeupcare.example"


@pytest.mark.parametrize(
    "password",
    [
        "otter kettle vermilion",
        "correct horse battery staple",
        "f8Kq!zPw3#LmTx",
        "Vier Eulen im Regen",
        "pâté moutarde cornichon",
        "welcome to the purple teapot",
        "ловля форели утром",
    ],
)
def test_a_long_password_of_ones_own_is_taken(password: str) -> None:
    assert passwords.judge(password, name=NAME, email=EMAIL) == password


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "12 characters or more"),
        ("elevenchars", "12 characters or more"),
        ("x" * 201, "200 characters or fewer"),
        ("tab\there in it", "hidden characters"),
        ("rosalind likes tea", "your name"),
        ("MyOKAFORpassphrase", "your name"),
        ("madeupcare forever", "your name"),
        ("R0salind kettles", "your name"),
        ("aaaaaaaaaaaaaaaa", "harder to guess"),
        ("abababababababab", "harder to guess"),
        ("password1234", "harder to guess"),
        ("Passw0rd2026!", "harder to guess"),
        ("P@ssw0rdP@ssw0rd", "harder to guess"),
        ("qwertyuiop123", "harder to guess"),
        ("1234567890123", "harder to guess"),
        ("abcdefghijklmnop", "harder to guess"),
        ("zyxwvutsrqponm", "harder to guess"),
        ("Homeward2026!!", "harder to guess"),
        ("CroydonCouncil1", "harder to guess"),
        ("Winter2026Winter2026", "harder to guess"),
        ("letmeinletmein99", "harder to guess"),
        ("1qaz2wsx3edc", "harder to guess"),
        ("!!!!!!!!!!!!!!!!", "harder to guess"),
        ("07/07/2026 2026", "harder to guess"),
    ],
)
def test_a_password_that_a_stranger_would_try_is_refused(password: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.judge(password, name=NAME, email=EMAIL)
    assert says in refused.value.message
    assert refused.value.field == "password"


def test_the_company_counts_among_the_words_that_a_stranger_would_try() -> None:
    passwords.judge("Bramblewick 2219", name=NAME, email=EMAIL)
    with pytest.raises(Invalid):
        passwords.judge("Bramblewick 2219", name=NAME, email=EMAIL, others=("Bramblewick",))


def test_a_hash_is_argon2id_and_opens_only_for_its_password() -> None:
    stored = passwords.hash_password("otter kettle vermilion", Profile.CHEAP)
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "otter kettle vermilion", Profile.CHEAP)
    assert not passwords.verify(stored, "otter kettle vermilioN", Profile.CHEAP)
    assert not passwords.verify(stored, "o" * 5000, Profile.CHEAP)
    assert not passwords.verify("not a hash", "otter kettle vermilion", Profile.CHEAP)


def test_one_password_typed_on_two_keyboards_is_one_password() -> None:
    stored = passwords.hash_password("café aubergine lamp", Profile.CHEAP)
    assert passwords.verify(stored, "cafe\u0301 aubergine lamp", Profile.CHEAP)


def test_checking_nobodys_password_verifies_a_hash_of_the_same_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    hasher = passwords._hasher(Profile.CHEAP)
    real = type(hasher).verify

    def watch(self: object, stored: str, password: str) -> bool:
        seen.append(stored)
        return real(hasher, stored, password)

    monkeypatch.setattr(type(hasher), "verify", watch)
    own = passwords.hash_password("otter kettle vermilion", Profile.CHEAP)
    assert not passwords.verify(None, "whatever it may be", Profile.CHEAP)
    assert not passwords.verify(own, "whatever it may be", Profile.CHEAP)
    assert [stored.split("$")[:4] for stored in seen] == [own.split("$")[:4]] * 2


def test_not_even_nobodys_own_password_opens_an_account_without_one() -> None:
    assert not passwords.verify(None, "the password of nobody at all", Profile.CHEAP)


def test_a_hash_made_with_other_parameters_wants_to_be_made_again() -> None:
    cheap = passwords.hash_password("otter kettle vermilion", Profile.CHEAP)
    assert passwords.wants_rehash(cheap, Profile.STRONG)
    assert not passwords.wants_rehash(cheap, Profile.CHEAP)
    assert passwords.verify(cheap, "otter kettle vermilion", Profile.STRONG)


def test_production_hashes_as_owasp_asks() -> None:
    assert passwords.profile_for("production") is Profile.STRONG
    assert Profile.STRONG.value == (19456, 2, 1)
    assert {passwords.profile_for(env) for env in ("demo", "test")} == {Profile.CHEAP}
