"""Every view says who may open it, and nobody is sent to another site."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Conflict, HomewardError, Invalid, NotAllowed, NotFound, Stale
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind
from app.web.access import Undeclared, endpoint_permissions, permission, public, refuse_undeclared, safe_next, signed_in
from app.web.errors import status_of
from app.web.rendering import count_words, join_words, percent, pounds_short, pounds_whole, short_moment


def actor(*permissions: Permission) -> Actor:
    return Actor(
        person_id="p",
        person_name="Ana Example",
        organisation_id="o",
        organisation_name="Croydon",
        organisation_kind=OrganisationKind.BOROUGH,
        roles=frozenset(),
        permissions=frozenset(permissions),
    )


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    public(app.view_functions["static"])
    app.add_url_rule("/a", "a", public(lambda: ""))
    app.add_url_rule("/b", "b", signed_in(lambda: ""))
    app.add_url_rule("/c", "c", permission(Permission.REQUEST_READ, Permission.OFFER_READ)(lambda: ""))
    return app


def test_a_view_that_declares_nothing_stops_the_application_by_name(app: Flask) -> None:
    refuse_undeclared(app)
    app.add_url_rule("/d", "forgotten", lambda: "")
    with pytest.raises(Undeclared, match="forgotten"):
        refuse_undeclared(app)


def test_the_list_of_endpoints_says_who_may_open_each(app: Flask) -> None:
    assert endpoint_permissions(app) == {
        "a": "public",
        "b": "signed in",
        "c": "borough:request:read or borough:offer:read",
        "static": "public",
    }


def test_one_of_several_permissions_is_enough(app: Flask) -> None:
    from app.web.access import access_of

    access = access_of(app.view_functions["c"])
    assert access is not None
    assert access.admits(actor(Permission.OFFER_READ))
    assert not access.admits(actor(Permission.CHILD_READ))
    assert not access.admits(None)


@pytest.mark.parametrize("place", ["/borough/desk", "/a?x=1&y=%2F", "/a#b"])
def test_places_on_this_site_are_gone_on_to(place: str) -> None:
    assert safe_next(place, "/") == place


@pytest.mark.parametrize(
    "place",
    [
        None,
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
        "a",
        "\\\\e",
    ],
)
def test_other_places_are_not(place: str | None) -> None:
    assert safe_next(place, "/home") == "/home"


@given(st.text(max_size=30))
def test_whatever_is_asked_for_the_answer_stays_here(place: str) -> None:
    found = safe_next(place, "/home")
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("request"), 404),
        (NotAllowed("No."), 403),
        (Conflict("No."), 409),
        (Stale("No."), 409),
        (Invalid("No."), 400),
        (HomewardError("No."), 400),
    ],
)
def test_each_refusal_has_one_status(error: HomewardError, status: int) -> None:
    assert status_of(error) == status


def test_words_for_numbers_and_lists() -> None:
    assert [pounds_whole(412_350), pounds_whole(-412_350), pounds_whole(49)] == ["£4,124", "-£4,124", "£0"]
    assert [pounds_short(n) for n in (95_000, 1_200_000, 123_456_700, 0)] == ["£950", "£12k", "£1.2m", "£0"]
    assert [percent(1, 3), percent(1, 0)] == ["33%", "n/a"]
    assert [count_words(n, "offer", "offers") for n in (0, 1, 1204)] == ["No offers", "1 offer", "1,204 offers"]
    assert [join_words(words) for words in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_moments_are_said_in_london_time() -> None:
    assert short_moment(dt.datetime(2026, 7, 1, 16, 4, tzinfo=dt.UTC)) == "1 Jul 2026, 5:04pm"
    assert short_moment(None) == ""
