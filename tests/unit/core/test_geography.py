"""Where places are, how far apart, and which authorities adjoin."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import geography
from app.core.errors import NotFound
from app.core.geography import (
    Adjoining,
    AtADistance,
    LocationClass,
    Place,
    adjoining,
    at_a_distance,
    authorities,
    authority,
    authority_by_name,
    current_gss,
    locate,
    location_class,
    miles,
    normalise_postcode,
    within_miles,
)

REGISTER = Path(__file__).parents[4] / "shared" / "reference" / "ofsted"
CROYDON, KENT, ESSEX, SURREY = "E09000008", "E10000016", "E10000012", "E10000030"
LAMBETH = "E09000022"
codes = st.sampled_from([one.gss for one in authorities()])


def gss(name: str) -> str:
    found = authority_by_name(name)
    assert found is not None, name
    return found.gss


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("sw21ab", "SW2 1AB"),
        (" SW2  1AB ", "SW2 1AB"),
        ("SW1A\u00a01AA", "SW1A 1AA"),
        ("s1 1aa", "S1 1AA"),
        ("M60-1NW", "M60 1NW"),
        ("SW2", None),
        ("", None),
        ("SW2 1AB; drop", None),
        ("12345", None),
        ("SW2 1CB", None),
        ("٣W2 1AB", None),
    ],
)
def test_a_postcode_is_written_one_way_or_not_at_all(typed: str, written: str | None) -> None:
    assert normalise_postcode(typed) == written


@given(st.text(max_size=12))
def test_any_text_is_a_normal_postcode_or_none(text: str) -> None:
    written = normalise_postcode(text)
    assert written is None or normalise_postcode(written) == written


def test_a_postcode_is_located_with_its_authority() -> None:
    place = locate("sw2 1ab")
    assert place is not None
    assert (place.postcode, place.authority_name, place.authority_gss) == ("SW2 1AB", "Lambeth", LAMBETH)
    assert 528_549 <= place.easting <= 533_700
    assert 169_762 <= place.northing <= 180_000


@pytest.mark.parametrize(
    ("postcode", "district", "authority_name"),
    [
        ("AL1 2NU", "E07000240", "Hertfordshire"),
        ("S1 1AA", "E08000039", "Sheffield"),
        ("S70 1AA", "E08000038", "Barnsley"),
        ("LA9 4DL", "E06000064", "Westmorland and Furness"),
        ("TA1 1AA", "E06000066", "Somerset"),
        ("KA1 1AA", "S12000008", "East Ayrshire"),
    ],
)
def test_districts_lead_to_the_authority_with_social_care_duties(
    postcode: str, district: str, authority_name: str
) -> None:
    place = locate(postcode)
    assert place is not None
    assert (place.district_gss, place.authority_name) == (district, authority_name)


@pytest.mark.parametrize("postcode", ["SW2", "ZZ1 1ZZ", "SW2 0ZZ", "QX1 1AA", "BT1 1AA", "JE2 3AB", "nonsense"])
def test_what_is_not_a_postcode_of_great_britain_is_nowhere(postcode: str) -> None:
    assert locate(postcode) is None


def test_every_area_in_the_postcode_data_is_in_our_tables() -> None:
    for first in "ABCDEFGHIKLMNOPRSTUWYZ":
        letter = geography._letter(first)
        assert letter is not None
        for code in letter.area_codes:
            authority(code)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("E07000028", "E06000063"),
        ("E07000031", "E06000064"),
        ("E07000167", "E06000065"),
        ("E07000246", "E06000066"),
        ("E10000023", "E06000065"),
        ("E08000016", "E08000038"),
        ("E08000019", "E08000039"),
        ("E09000022", "E09000022"),
        ("X99", "X99"),
    ],
)
def test_older_codes_lead_to_the_one_in_force(old: str, new: str) -> None:
    assert current_gss(old) == new


def test_authorities_are_complete_and_numbered() -> None:
    english = [one for one in authorities() if one.gss.startswith("E")]
    assert len(english) == 153
    assert all(one.dfe_number and len(one.dfe_number) == 3 for one in english)
    assert len({one.dfe_number for one in english}) == 153
    assert sum(one.region in ("Inner London", "Outer London") for one in english) == 33
    assert len([one for one in authorities() if one.region == "Wales"]) == 22
    assert len([one for one in authorities() if one.region == "Scotland"]) == 32


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(NotFound):
        authority("E99999999")
    with pytest.raises(NotFound):
        adjoining(CROYDON, "E99999999")


@pytest.mark.parametrize(
    ("written", "official"),
    [
        ("Bristol", "Bristol, City of"),
        ("bristol city council", "Bristol, City of"),
        ("City of Bristol", "Bristol, City of"),
        ("Kingston upon Hull, City of", "Kingston upon Hull, City of"),
        ("St Helens", "St. Helens"),
        ("Southend on Sea", "Southend-on-Sea"),
        ("Bournemouth, Christchurch & Poole", "Bournemouth, Christchurch and Poole"),
        ("Durham", "County Durham"),
        ("London Borough of Croydon", "Croydon"),
        ("Royal Borough of Kensington & Chelsea", "Kensington and Chelsea"),
        ("Essex County Council", "Essex"),
        ("City of Westminster", "Westminster"),
        ("City of London", "City of London"),
    ],
)
def test_an_authority_is_found_under_the_names_people_use(written: str, official: str) -> None:
    found = authority_by_name(written)
    assert found is not None
    assert found.name == official


@pytest.mark.parametrize("written", ["", "London", "Cumbria", "REDACTED", "Nowhere Borough Council", "council"])
def test_a_name_that_is_no_authority_finds_none(written: str) -> None:
    assert authority_by_name(written) is None


def test_every_official_name_finds_its_own_authority() -> None:
    for one in authorities():
        assert authority_by_name(one.name) == one


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("childrens_social_care_providers_31_march_2025.csv", "utf-8-sig"),
        ("childrens_social_care_providers_31_march_2024.csv", "cp1252"),
    ],
)
def test_every_authority_in_the_ofsted_register_is_known(name: str, encoding: str) -> None:
    path = REGISTER / name
    if not path.exists():
        assert not os.environ.get("CI"), f"{path} is missing"
        pytest.skip(f"{path} is missing")
    with path.open(encoding=encoding, newline="") as lines:
        rows = list(csv.reader(lines))[3:]
    column = [title.strip().casefold() for title in rows[0]].index("local authority")
    written = {row[column].strip() for row in rows[1:] if len(row) > column}
    assert len(written) > 140
    assert [name for name in sorted(written) if authority_by_name(name) is None] == []


def a_place(easting: int, northing: int) -> Place:
    return Place("AA1 1AA", easting, northing, LAMBETH, LAMBETH, "Lambeth")


def test_twenty_miles_to_the_metre() -> None:
    assert within_miles(32_186, 0, 20)
    assert not within_miles(32_187, 0, 20)
    assert within_miles(-32_186, 0, 20)
    assert within_miles(804, 0, Decimal("0.5"))


def test_a_distance_is_shown_to_a_tenth_of_a_mile() -> None:
    assert miles(a_place(500_000, 200_000), a_place(500_000, 200_000)) == Decimal("0.0")
    assert miles(a_place(500_000, 200_000), a_place(500_000 + 16_093, 200_000)) == Decimal("10.0")
    assert str(miles(a_place(500_000, 200_000), a_place(503_000, 204_000))) == "3.1"


@given(st.integers(0, 700_000), st.integers(0, 1_200_000))
def test_the_shown_distance_is_the_nearest_tenth_and_symmetric(easting: int, northing: int) -> None:
    origin, there = a_place(0, 0), a_place(easting, northing)
    shown = miles(origin, there)
    assert shown == miles(there, origin)
    assert within_miles(easting, northing, shown + Decimal("0.05"))
    assert shown == 0 or not within_miles(easting, northing, shown - Decimal("0.0501"))


def test_rows_of_the_adjoining_table_are_sound() -> None:
    rows = list(geography._rows("adjoining.csv"))
    pairs = [(row["gss_a"], row["gss_b"]) for row in rows]
    assert len(pairs) == len(set(pairs))
    for row in rows:
        first, second = row["gss_a"], row["gss_b"]
        assert first < second
        assert row["names"] == f"{authority(first).name} / {authority(second).name}"
        assert current_gss(first) == first
        assert current_gss(second) == second
        assert row["source"]
        assert row["checked"]
        if row["adjoining"] == "yes":
            boxes = geography._boxes()
            assert not boxes[first].is_far_from(boxes[second])


@given(codes, codes)
def test_adjoining_is_symmetric_and_never_to_oneself(one: str, other: str) -> None:
    assert adjoining(one, other) is adjoining(other, one)
    assert at_a_distance(one, other) is at_a_distance(other, one)
    assert adjoining(one, one) is Adjoining.NO
    assert location_class(one, one) is LocationClass.IN_AREA
    assert at_a_distance(one, one) is AtADistance.NO


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("Croydon", "Bromley", Adjoining.YES),
        ("Bromley", "Kent", Adjoining.YES),
        ("Hillingdon", "Buckinghamshire", Adjoining.YES),
        ("Havering", "Redbridge", Adjoining.YES),
        ("Manchester", "Cheshire East", Adjoining.YES),
        ("Croydon", "Enfield", Adjoining.NO),
        ("Croydon", "Northumberland", Adjoining.NO),
        ("Lambeth", "Glasgow City", Adjoining.NO),
        ("City of London", "Lambeth", Adjoining.UNKNOWN),
        ("Bexley", "Thurrock", Adjoining.UNKNOWN),
        ("Leeds", "Bradford", Adjoining.UNKNOWN),
    ],
)
def test_what_is_known_of_a_boundary(one: str, other: str, answer: Adjoining) -> None:
    assert adjoining(gss(one), gss(other)) is answer


def test_each_london_borough_has_neighbours_and_ones_at_a_distance() -> None:
    for borough in (one.gss for one in authorities() if one.gss.startswith("E09")):
        answers = [adjoining(borough, other.gss) for other in authorities()]
        assert answers.count(Adjoining.YES) >= 4
        assert answers.count(Adjoining.NO) >= 100


def test_where_a_placement_stands_to_the_authority_that_makes_it() -> None:
    assert location_class(KENT, "E07000111") is LocationClass.IN_AREA  # Sevenoaks is in Kent
    assert location_class(CROYDON, SURREY) is LocationClass.ADJOINING
    assert location_class(LAMBETH, gss("City of London")) is LocationClass.UNKNOWN_COUNTS_AS_DISTANCE
    assert location_class(CROYDON, ESSEX) is LocationClass.AT_A_DISTANCE
    assert location_class(CROYDON, gss("Wigan")) is LocationClass.AT_A_DISTANCE


def test_an_officers_word_decides_only_where_the_table_does_not_know() -> None:
    city = gss("City of London")
    assert location_class(LAMBETH, city, confirmed=Adjoining.YES) is LocationClass.ADJOINING
    assert location_class(LAMBETH, city, confirmed=Adjoining.NO) is LocationClass.AT_A_DISTANCE
    assert at_a_distance(LAMBETH, city) is AtADistance.UNKNOWN
    assert at_a_distance(LAMBETH, city, confirmed=Adjoining.YES) is AtADistance.NO
    assert location_class(CROYDON, SURREY, confirmed=Adjoining.NO) is LocationClass.ADJOINING
    assert location_class(CROYDON, ESSEX, confirmed=Adjoining.YES) is LocationClass.AT_A_DISTANCE


def test_only_in_area_and_adjoining_spare_the_directors_approval() -> None:
    assert [one for one in LocationClass if not one.counts_as_at_a_distance] == ["in_area", "adjoining"]
    assert [one for one in LocationClass if not one.is_out_of_area] == ["in_area"]


def test_twenty_five_miles_away_in_the_area_is_not_at_a_distance_and_five_beyond_a_neighbour_is() -> None:
    """F-38: the statistic's 20 miles and the law's "at a distance" are two tests."""
    dartford, canterbury = locate("DA1 1DR"), locate("CT1 2HX")
    assert dartford is not None
    assert canterbury is not None
    assert dartford.authority_gss == canterbury.authority_gss == KENT
    assert not within_miles(dartford.easting - canterbury.easting, dartford.northing - canterbury.northing, 20)
    assert at_a_distance(KENT, canterbury.authority_gss) is AtADistance.NO

    camden, lambeth = locate("NW1 1BD"), locate("SW2 1AB")
    assert camden is not None
    assert lambeth is not None
    assert miles(camden, lambeth) < 6
    assert location_class(lambeth.authority_gss, camden.authority_gss).counts_as_at_a_distance
