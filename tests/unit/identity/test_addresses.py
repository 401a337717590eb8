"""E-mail addresses and company numbers as people type them."""

from __future__ import annotations

import pytest

from app.core import tokens
from app.core.errors import Invalid
from app.identity import links
from app.identity.addresses import read_company_number, read_email, read_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Name@Example.ORG ", "name@example.org"), ("o'brien+dps@care.example.co.uk", "o'brien+dps@care.example.co.uk")],
)
def test_an_address_is_kept_in_small_letters(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "name",
        "name@",
        "@example.org",
        "a@b",
        "a b@example.org",
        "a@example.org\nBcc: b@example.org",
        "a@exam_ple.org",
        "аdmin@example.org",
        "a..b@example.org",
        "a@-example.org",
        "x" * 250 + "@example.org",
        "a@example.org,b@example.org",
    ],
)
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_email(typed)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1234567", "01234567"), (" oc 123456 ", "OC123456"), ("01234567", "01234567"), ("SC-123456", "SC123456")],
)
def test_a_company_number_has_eight_characters(typed: str, kept: str) -> None:
    assert read_company_number(typed) == kept


@pytest.mark.parametrize("typed", ["", "123456789", "ABCDEFGH", "<script>", "٠١٢٣٤٥٦٧"])
def test_what_cannot_be_a_company_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        read_company_number(typed)


def test_a_name_is_tidied() -> None:
    assert read_name("  Ada \t Lovelace ", "name", "your name") == "Ada Lovelace"
    for bad in ("", "   ", "x" * 201, "a\u202eb"):
        with pytest.raises(Invalid):
            read_name(bad, "name", "your name")


def test_a_token_is_256_random_bits_and_only_its_hash_is_kept() -> None:
    token, kept = tokens.new_token()
    assert len(token) == 43
    assert len(kept) == 64
    assert token not in kept
    assert tokens.token_hash(token) == kept
    assert tokens.new_token()[0] != token


def test_links_have_one_slash_between_host_and_path() -> None:
    assert links.invitation("https://h.example/", "t") == "https://h.example/invitation/t"
    assert links.reset("https://h.example", "t") == "https://h.example/reset-password/t"
    assert links.sign_up("https://h.example", "t") == "https://h.example/sign-up/t"
