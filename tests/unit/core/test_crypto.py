"""Secrets at rest: wrapped keys, bound tokens, blind indexes."""

from __future__ import annotations

import base64
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypto import (
    BlindIndex,
    DataKey,
    KeyDestroyedError,
    KeyMissingError,
    UnreadableError,
    Vault,
    name_for_index,
    new_key,
    number_for_index,
)

OLD, NEW = new_key(), new_key()
INDEX = BlindIndex("an index key made up for the tests, long enough")


def opened() -> DataKey:
    vault = Vault([OLD])
    return vault.open(vault.new_data_key())


@given(st.text())
def test_what_is_encrypted_comes_back(text: str) -> None:
    key = opened()
    token = key.encrypt(text, context="child.given_name:1")
    assert key.decrypt(token, context="child.given_name:1") == text


def test_a_token_says_nothing_of_its_text_and_differs_each_time() -> None:
    key = opened()
    one, other = (key.encrypt("Testina", context="child.given_name:1") for _ in range(2))
    assert one != other
    assert "Testina" not in one
    assert b"Testina" not in base64.urlsafe_b64decode(one.split(".")[1])


def test_a_token_is_readable_in_its_own_field_and_row_only() -> None:
    key = opened()
    token = key.encrypt("Testina", context="child.given_name:1")
    for elsewhere in ("child.given_name:2", "child.family_name:1", "child.given_name:1 "):
        with pytest.raises(UnreadableError):
            key.decrypt(token, context=elsewhere)


def test_one_childs_key_does_not_open_anothers_record() -> None:
    token = opened().encrypt("Testina", context="child.given_name:1")
    with pytest.raises(UnreadableError):
        opened().decrypt(token, context="child.given_name:1")


def test_every_changed_character_is_noticed() -> None:
    """Of texts of every length modulo three, so that a token ends with and without bits that its text does not fill."""
    key = opened()
    for text in ("Testin", "Testina", "Testinas"):
        token = key.encrypt(text, context="c")
        for place in range(len(token)):
            for other in "AB":
                if token[place] == other:
                    continue
                with pytest.raises(UnreadableError):
                    key.decrypt(token[:place] + other + token[place + 1 :], context="c")


@pytest.mark.parametrize("token", ["", "v1.", "v1.!!", "v1.AAAA", "v2.AAAA", "plain text", "v1.é"])
def test_what_is_no_token_is_unreadable_in_plain_words(token: str) -> None:
    with pytest.raises(UnreadableError, match="cannot be read"):
        opened().decrypt(token, context="c")


def test_a_context_must_be_given() -> None:
    with pytest.raises(ValueError, match="context"):
        opened().encrypt("Testina", context="")


def test_after_a_new_key_is_put_first_old_records_still_open_and_can_be_rewrapped() -> None:
    before = Vault([OLD])
    wrapped = before.new_data_key()
    token = before.open(wrapped).encrypt("Testina", context="c")
    both = Vault([NEW, OLD])
    assert both.open(wrapped).decrypt(token, context="c") == "Testina"
    assert not both.is_current(wrapped)
    rewrapped = both.rewrap(wrapped)
    assert both.is_current(rewrapped)
    assert Vault([NEW]).open(rewrapped).decrypt(token, context="c") == "Testina"


def test_a_dropped_key_is_named_as_missing() -> None:
    wrapped = Vault([OLD]).new_data_key()
    with pytest.raises(KeyMissingError, match="not among those configured") as missing:
        Vault([NEW]).open(wrapped)
    assert OLD not in missing.value.message


@pytest.mark.parametrize("wrapped", [None, ""])
def test_an_erased_record_says_that_its_key_was_destroyed(wrapped: str | None) -> None:
    with pytest.raises(KeyDestroyedError, match="erased"):
        Vault([OLD]).open(wrapped)


def test_the_vault_itself_keeps_secrets_that_belong_to_no_child() -> None:
    before, both = Vault([OLD]), Vault([NEW, OLD])
    token = before.encrypt("a seed", context="person.totp:7")
    assert both.decrypt(token, context="person.totp:7") == "a seed"
    with pytest.raises(UnreadableError):
        both.decrypt(token, context="person.totp:8")
    renewed = both.reencrypt(token, context="person.totp:7")
    assert Vault([NEW]).decrypt(renewed, context="person.totp:7") == "a seed"


def test_a_wrapped_key_cannot_be_read_as_a_field() -> None:
    vault = Vault([OLD])
    with pytest.raises(UnreadableError):
        vault.decrypt(vault.new_data_key(), context="data key")


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["é" * 44], [OLD, "!" * 44]])
def test_a_vault_refuses_keys_of_another_form(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="encryption key"):
        Vault(keys)


def test_keys_do_not_show_and_do_not_travel() -> None:
    vault = Vault([OLD])
    assert OLD not in repr(vault)
    assert repr(opened()) == "<DataKey>"
    with pytest.raises(TypeError):
        pickle.dumps(opened())


def test_a_fingerprint_depends_on_value_purpose_and_key_only() -> None:
    one = INDEX.blind_index("testina", purpose="child.given_name")
    assert len(one) == 64
    assert one == BlindIndex("an index key made up for the tests, long enough").blind_index(
        "testina", purpose="child.given_name"
    )
    assert one != INDEX.blind_index("testino", purpose="child.given_name")
    assert one != INDEX.blind_index("testina", purpose="child.family_name")
    assert one != BlindIndex("another index key made up for the tests").blind_index(
        "testina", purpose="child.given_name"
    )


def test_blanks_and_weak_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a value"):
        INDEX.blind_index("", purpose="child.given_name")
    with pytest.raises(ValueError, match="at least 32"):
        BlindIndex("short")


@pytest.mark.parametrize(
    ("written", "indexed"),
    [
        ("O’Brien-Núñez ", "obrien nunez"),
        ("OBRIEN NUNEZ", "obrien nunez"),
        ("O'Brien  Nunez", "obrien nunez"),
        ("Zoë", "zoe"),
        ("Zoe\u0308", "zoe"),
        ("Łukasz Størm", "lukasz storm"),
        ("St. John", "st john"),
        ("Straße", "strasse"),
        ("  ", ""),
    ],
)
def test_a_name_is_indexed_as_it_sounds_on_paper(written: str, indexed: str) -> None:
    assert name_for_index(written) == indexed


@given(st.text())
def test_indexing_a_name_twice_changes_nothing(name: str) -> None:
    assert name_for_index(name_for_index(name)) == name_for_index(name)


def test_numbers_are_indexed_without_spaces_and_dashes() -> None:
    assert number_for_index(" 999-000 0001 ") == "9990000001"
    assert number_for_index("a1234b") == "A1234B"


@pytest.mark.parametrize("text", ["Testin", "Testina", "Testinas"])
def test_a_token_has_one_spelling(text: str) -> None:
    """The last letter before the padding carries bits that say nothing; with one of them turned it is another token."""
    key = opened()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = key.encrypt(text, context="c")
    bare = token.rstrip("=")
    turned = bare[:-1] + letters[letters.index(bare[-1]) ^ 1] + token[len(bare) :]
    with pytest.raises(UnreadableError):
        key.decrypt(turned, context="c")
