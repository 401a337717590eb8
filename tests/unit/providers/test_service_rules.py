"""What may be said of a service, what a list of claims holds, and how vacancies and needs read: without a database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.policies import SHIPPED, read_file
from providers.passport.kinds import RegistrationKind
from providers.passport.many import MOST_LINES, read_lines
from providers.register.models import Registration
from providers.register.status import ProvisionType
from providers.services.lists import LISTS, Lists
from providers.services.models import Home, Service
from providers.services.needs import counted, needs_due, needs_hold_until, needs_of
from providers.services.profile import Topics, profile_changes
from providers.services.shown import lines_of, place_words, takes_solo
from providers.services.status import EvidenceLevel, HomeStatus, Setting
from providers.services.vacancies import Coming, Free, free_words, registered_places, wrong_free

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def shipped() -> dict[str, Any]:
    return read_file(SHIPPED / "service_profile_1.toml")[4]


def lists() -> Lists:
    content = shipped()
    return Lists(
        {name: {one["code"]: one["words"] for one in content[name]} for name in LISTS},
        dt.timedelta(days=365),
        dt.timedelta(days=90),
        dt.timedelta(days=30),
    )


def service(**replaced: Any) -> Service:
    given: dict[str, Any] = {
        "id": "s",
        "min_age": 8,
        "max_age": 17,
        "sexes": ["F"],
        "capability": [2] * 12,
        "evidence": ["declared"] * 12,
        "needs_confirmed_on": [],
        "places_free": 1,
        **replaced,
    }
    return Service(**given)


def registration(places: int | None = 4, kind: ProvisionType = ProvisionType.CHILDRENS_HOME) -> Registration:
    return Registration(urn="9900001", provision_type=kind.value, places=places)


def said(
    topics: Topics, of: Service | None = None, at: Registration | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    return profile_changes(of or service(), at or registration(), topics, lists=lists(), now=NOW)


def test_every_list_has_each_code_once_and_words_for_people() -> None:
    content = shipped()
    for name in LISTS:
        codes = [one["code"] for one in content[name]]
        assert len(codes) == len(set(codes)) > 3, name
        assert all(one["words"][0].isupper() or one["words"][0].isdigit() for one in content[name])
    assert all(2 <= len(code) <= 3 for code in lists().lists["languages"]), "codes of ISO 639"


def test_a_list_is_kept_in_its_order_and_an_unknown_code_is_refused() -> None:
    changes, errors = said({"languages": ["so", "en", "so"], "pets": []})
    assert (changes["languages"], changes["pets"], errors) == (["en", "so"], [], {})
    _, errors = said({"languages": ["tlh"]})
    assert errors == {"languages": "Choose from the list"}


def test_what_is_left_out_or_none_stays() -> None:
    changes, errors = said({"setting": "solo", "name": None, "education_on_site": False})
    assert changes == {"setting": Setting.SOLO, "education_on_site": False}
    assert errors == {}


@pytest.mark.parametrize(
    ("takes", "certificate", "wrong"),
    [
        ((8, 17), (8, 17), None),
        ((10, 15), (8, 17), None),
        ((7, 17), (8, 17), "min_age"),
        ((8, 18), (8, 17), "max_age"),
    ],
)
def test_children_are_taken_inside_the_certificate(
    takes: tuple[int, int], certificate: tuple[int, int], wrong: str | None
) -> None:
    held = service(registered_min_age=certificate[0], registered_max_age=certificate[1])
    _, errors = said({"min_age": takes[0], "max_age": takes[1]}, held)
    assert list(errors) == ([wrong] if wrong else [])
    already = service(min_age=takes[0], max_age=takes[1])
    _, errors = said({"registered_min_age": certificate[0], "registered_max_age": certificate[1]}, already)
    assert list(errors) == ([f"registered_{wrong}"] if wrong else [])


def test_one_age_of_a_certificate_alone_is_no_certificate() -> None:
    assert list(said({"registered_min_age": 8})[1]) == ["registered_min_age"]


def test_registered_places_are_the_registers_and_else_the_certificates() -> None:
    assert registered_places(service(registered_places=9), registration(4)) == 4
    assert registered_places(service(registered_places=9), registration(None)) == 9
    assert registered_places(service(), registration(None)) is None


@pytest.mark.parametrize(
    ("free", "wrong"),
    [
        (Free(4), None),
        (Free(5), "places"),
        (Free(-1), "places"),
        (Free(3, [Coming(1, TODAY + DAY)]), None),
        (Free(3, [Coming(1, TODAY + DAY), Coming(1, TODAY + 2 * DAY)]), "coming"),
        (Free(0, [Coming(0, TODAY + DAY)]), "coming"),
        (Free(0, [Coming(1, TODAY)]), "coming"),
        (Free(0, [Coming(1, TODAY + 400 * DAY)]), "coming"),
        (Free(0, [Coming(1, TODAY + DAY, "open")]), None),
        (Free(0, [Coming(1, TODAY + DAY, "closed")]), "coming"),
        (Free(0, [Coming(1, TODAY + DAY, "another's")]), "coming"),
    ],
)
def test_no_more_is_free_than_is_registered_and_what_is_to_come_lies_ahead(free: Free, wrong: str | None) -> None:
    homes = [Home(id="open", status=HomeStatus.AVAILABLE), Home(id="closed", status=HomeStatus.CLOSED)]
    assert list(wrong_free(service(), registration(4), free, homes=homes, now=NOW)) == ([wrong] if wrong else [])


def test_vacancies_read_as_people_say_them() -> None:
    assert free_words(1, [Coming(1, dt.date(2027, 1, 12))]) == "1 now, 1 more from 12 January 2027"
    assert free_words(0, []) == "none now"


def test_a_need_is_stale_a_year_after_it_was_said_and_asked_for_a_month_before() -> None:
    def of(days: int) -> Service:
        return service(needs_confirmed_on=[(TODAY - days * DAY).isoformat()] * 12)

    for days, stale, due in (
        (0, False, False),
        (334, False, False),
        (335, False, True),
        (365, False, True),
        (366, True, True),
    ):
        held = of(days)
        assert {need.stale for need in needs_of(held, lists(), TODAY)} == {stale}, days
        assert needs_due(held, lists(), TODAY) is due, days
    assert needs_hold_until(of(0), lists()) == TODAY + 365 * DAY
    never = service()
    assert {need.stale for need in needs_of(never, lists(), TODAY)} == {True}
    assert needs_due(never, lists(), TODAY)
    assert not needs_due(service(capability=[], evidence=[]), lists(), TODAY), "asked for as a topic that is missing"


def test_only_needs_that_are_met_at_all_count_as_known() -> None:
    held = service(capability=[0, 1, 3, *[2] * 9], evidence=["verified", "verified", "evidenced", *["declared"] * 9])
    assert counted(needs_of(held, lists(), TODAY)) == {
        EvidenceLevel.DECLARED: 9,
        EvidenceLevel.EVIDENCED: 1,
        EvidenceLevel.VERIFIED: 1,
    }


def test_unsaid_is_not_none() -> None:
    unsaid = {line.topic: line.words for line in lines_of(service(), lists())}
    none = {line.topic: line.words for line in lines_of(service(pets=[], faiths=[], cultures=[]), lists())}
    assert (unsaid["pets"], unsaid["culture"]) == ("Not said yet", "Not said yet")
    assert (none["pets"], none["culture"]) == ("None", "None")


@pytest.mark.parametrize(("setting", "solo"), [(None, False), ("group", False), ("solo", True), ("either", True)])
def test_a_child_may_live_alone_where_the_service_says_so(setting: str | None, solo: bool) -> None:
    assert takes_solo(service(setting=Setting(setting) if setting else None)) is solo


def test_an_agencys_place_is_its_households_and_never_its_office() -> None:
    agency = service(authority_gss="E09000008")
    homes = [
        Home(authority_gss="E09000024", status=HomeStatus.AVAILABLE),
        Home(authority_gss="E09000008", status=HomeStatus.CLOSED),
    ]
    assert place_words(agency, RegistrationKind.FOSTERING, []) == "In its carers' households: none is listed yet"
    assert place_words(agency, RegistrationKind.FOSTERING, homes) == "1 household in Merton"
    assert place_words(agency, RegistrationKind.CHILDRENS_HOME, []) == "Croydon"


@pytest.mark.parametrize(
    "line", ["9900001,CR0 1EA", "9900001; CR0 1EA", "9900001\tCR0 1EA", "9900001 CR0 1EA", '"9900001","CR0 1EA",x']
)
def test_a_line_is_read_as_people_and_spreadsheets_write_it(line: str) -> None:
    assert read_lines(f"URN,Postcode\n\n{line}\n") == [(3, "9900001", "CR0 1EA")]


def test_a_list_without_lines_or_with_too_many_is_refused() -> None:
    for text in ("", "\n ,;\n", "URN, postcode"):
        with pytest.raises(Invalid, match="Enter a URN and a postcode"):
            read_lines(text)
    many = "\n".join(f"99{number:05d},CR0 1EA" for number in range(MOST_LINES + 1))
    with pytest.raises(Invalid, match="up to 200"):
        read_lines(many)
    assert len(read_lines(many.rpartition("\n")[0])) == MOST_LINES


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_any_text_is_a_list_or_is_refused_in_words(text: str) -> None:
    try:
        rows = read_lines(text)
    except Invalid as error:
        rows, refused_at = [], error.field
    else:
        refused_at = None
    assert refused_at == (None if rows else "lines")
    lines = text.splitlines()
    assert all(lines[number - 1].strip(" ,;\t") for number, *_ in rows)
    assert [number for number, *_ in rows] == sorted({number for number, *_ in rows})
