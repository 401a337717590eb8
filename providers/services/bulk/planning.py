"""What a file would change, line by line, and what is wrong with it. Reads and compares; changes nothing.

The rules of a service's profile are not repeated here: `working.check_services` asks the use case itself, in a
transaction that is undone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.money import parse_pounds, pounds
from providers.market.models import Lot, PriceBand
from providers.register.urn import clean_urn
from providers.services.bulk.reading import Line, Mistake, Table
from providers.services.bulk.sheets import (
    ALERTS,
    AMOUNTS,
    BAND,
    BOYS,
    FROM,
    GIRLS,
    LOT,
    NAME,
    NEED_COLUMNS,
    NEEDS,
    OLDEST,
    PLACES,
    SERVICES,
    URN,
    WEEKS,
    YOUNGEST,
    Own,
)
from providers.services.models import HIGHEST_LEVEL, INDICATORS, Service
from providers.services.prices.discounts import Itemised
from providers.services.prices.queries import itemised
from providers.services.prices.setting import WHOLE_YEAR, price_errors

COLUMN_OF = {
    "name": NAME,
    "alert_email": ALERTS,
    "min_age": YOUNGEST,
    "max_age": OLDEST,
    "sexes": GIRLS,
    "places": PLACES,
    "capability": "",
}
"""The column to blame for what a service's profile refuses."""

_PRICE_COLUMN = {
    "care_pence": AMOUNTS[0],
    "education_pence": AMOUNTS[1],
    "health_pence": AMOUNTS[2],
    "transport_pence": AMOUNTS[3],
    "weeks_per_year": WEEKS,
    "from_day": FROM,
}
_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2}|[A-Za-z]{3,9})[/.\- ](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True)
class Change:
    """What a line would change of a service. `given` are arguments of the use case, `before` what they are now; for a
    price both are amounts with the band and the day. `words` say it to whoever confirms.
    """

    sheet: str
    line: int
    urn: str
    service_id: str
    service: str
    words: tuple[str, ...]
    given: dict[str, Any]
    before: dict[str, Any]


@dataclass
class Plan:
    """Everything that a file would do. `lines` is how many lines it has in all."""

    changes: list[Change] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    lines: int = 0

    @property
    def mark(self) -> str:
        """The hash of the changes with what they change from: another one means that the preview is out of date."""
        said = [[one.sheet, one.line, one.service_id, one.given, one.before] for one in self.changes]
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "changes": [asdict(one) for one in self.changes],
            "mistakes": [asdict(one) for one in self.mistakes],
            "lines": self.lines,
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Plan:
        """As it was kept."""
        return cls(
            [Change(**{**one, "words": tuple(one["words"])}) for one in raw["changes"]],
            [Mistake(**one) for one in raw["mistakes"]],
            raw["lines"],
        )


def plan_of(own: Own, tables: Iterable[Table], now: dt.datetime) -> Plan:
    """Compare a file with what the company has today."""
    plan, today = Plan(), local_date(now)
    for table in tables:
        plan.lines += len(table.lines)
        plan.mistakes += table.mistakes
        seen: dict[Any, int] = {}
        for line in table.lines:
            reader = _Reader(own, table.sheet.name, line, today)
            try:
                change = reader.read()
                if reader.key is not None and reader.key in seen:
                    raise reader.bad("", f"The same {reader.what} stands at line {seen[reader.key]:,}")
                seen[reader.key] = line.number
            except _Wrong as wrong:
                plan.mistakes.append(wrong.mistake)
            else:
                if change is not None:
                    plan.changes.append(change)
    return plan


class _Wrong(Exception):
    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


class _Reader:
    """Reads one line of one sheet."""

    def __init__(self, own: Own, sheet: str, line: Line, today: dt.date) -> None:
        self.own, self.sheet, self.line, self.today = own, sheet, line, today
        self.key: tuple[Any, ...] | None = None
        self.what = "service"

    def read(self) -> Change | None:
        """What the line changes, or None."""
        service = self._service()
        if self.sheet == SERVICES.name:
            self.key = (service.id,)
            return self._profile(service)
        if self.sheet == NEEDS.name:
            self.key = (service.id,)
            return self._needs(service)
        return self._price(service)

    def bad(self, column: str, message: str) -> _Wrong:
        return _Wrong(Mistake(self.sheet, self.line.number, column, message))

    def _service(self) -> Service:
        typed = self.line.cells.get(URN)
        if typed is None:
            raise self.bad(URN, "Enter the URN of the service")
        urn = clean_urn(typed)
        service = self.own.services.get(urn or "")
        if service is None:
            said = urn or typed
            raise self.bad(URN, f"{said} is not a service of your company: you can change your own services only")
        return service

    def _profile(self, service: Service) -> Change | None:
        given: dict[str, Any] = {}
        words: list[str] = []
        if (name := self.line.cells.get(NAME)) is not None and name != service.name:
            given["name"] = name
            words.append(f"Name: {service.name} to {name}")
        for column, attribute in ((YOUNGEST, "min_age"), (OLDEST, "max_age")):
            age = self._number(column)
            if age is not None and age != getattr(service, attribute):
                given[attribute] = age
                words.append(f"{column}: {getattr(service, attribute)} to {age}")
        takes = self._takes(service)
        if takes is not None and takes != list(service.sexes):
            given["sexes"] = takes
            words.append(f"Takes: {_takes_words(service.sexes)} to {_takes_words(takes)}")
        places = self._number(PLACES)
        known = service.places_free if service.places_confirmed_at else None
        if places is not None and places != known:
            given["places"] = places
            words.append(f"Free places: {'not confirmed' if known is None else known} to {places}, confirmed today")
        if (alerts := self.line.cells.get(ALERTS)) is not None and alerts != service.alert_email:
            given["alert_email"] = alerts
            words.append(f"Alerts go to: {service.alert_email} to {alerts}")
        before = {"version": service.version, **{name: _before(service, name) for name in given}}
        return self._change(service, words, given, before)

    def _takes(self, service: Service) -> list[str] | None:
        said = {sex: self._yes_or_no(column) for column, sex in ((GIRLS, "F"), (BOYS, "M"))}
        if all(value is None for value in said.values()):
            return None
        return [sex for sex, value in said.items() if (sex in service.sexes if value is None else value)]

    def _needs(self, service: Service) -> Change | None:
        levels: list[int | None] = list(service.capability) or [None] * INDICATORS
        words: list[str] = []
        for place, column in enumerate(NEED_COLUMNS):
            level = self._number(column)
            if level is None:
                continue
            if level > HIGHEST_LEVEL:
                raise self.bad(column, f"A level is between 0 and {HIGHEST_LEVEL}")
            if level != levels[place]:
                words.append(f"{column}: {'not said' if levels[place] is None else levels[place]} to {level}")
                levels[place] = level
        if not words:
            return None
        if None in levels:
            raise self.bad(NEED_COLUMNS[levels.index(None)], "Enter a level for each of the 12 needs")
        before = {"version": service.version, "capability": list(service.capability)}
        return self._change(service, words, {"capability": levels}, before)

    def _price(self, service: Service) -> Change | None:
        lot, band = self._list(service)
        typed = [self.line.cells.get(column) for column in AMOUNTS]
        from_day = self._day(FROM)
        if not any(typed):
            if from_day is not None:
                raise self.bad(AMOUNTS[0], "Enter the price that counts from that day")
            return None
        prices = self.own.prices.get((service.id, band.id), [])
        standing = [one for one in prices if one.from_day <= (from_day or self.today)]
        before = itemised(standing[-1]) if standing else None
        # An empty cell changes nothing: what it stands for stays as it was.
        care, education, health, transport = (
            self._money(column) if text else was
            for column, text, was in zip(AMOUNTS, typed, before.elements if before else (0, 0, 0, 0), strict=True)
        )
        weeks = self._number(WEEKS)
        if weeks is None:
            weeks = before.weeks_per_year if before else WHOLE_YEAR
        price = Itemised(care, education, health, transport, weeks)
        if price == before:
            self.key, self.what = (service.id, band.id, from_day or self.today), "band and day"
            return None
        if from_day is None:
            raise self.bad(FROM, "Enter the day from which the new price counts")
        self.key, self.what = (service.id, band.id, from_day), "band and day"
        for name, message in price_errors(price, from_day, service_type=lot.service_type, today=self.today).items():
            raise self.bad(_PRICE_COLUMN[name], message)
        was = f"instead of {pounds(before.weekly_pence)}" if before else "the first price"
        words = [f"{lot.name}, {band.name}: {pounds(price.weekly_pence)} a week from {from_day:%-d %B %Y}, {was}"]
        given = {"band_id": band.id, "from_day": from_day.isoformat(), "price": asdict(price)}
        return self._change(service, words, given, {"price": asdict(before) if before else None, "rows": len(prices)})

    def _list(self, service: Service) -> tuple[Lot, PriceBand]:
        lots = self.own.lots.get(service.id, {})
        lot = next((one for name, one in lots.items() if name.casefold() == self._said(LOT).casefold()), None)
        if lot is None:
            raise self.bad(LOT, "The service is not on a lot of this name")
        for band in self.own.bands.get(lot.id, []):
            if band.name.casefold() == self._said(BAND).casefold():
                return lot, band
        raise self.bad(BAND, f"{lot.name} has no band of this name")

    def _change(
        self, service: Service, words: list[str], given: dict[str, Any], before: dict[str, Any]
    ) -> Change | None:
        if not given:
            return None
        return Change(self.sheet, self.line.number, service.urn, service.id, service.name, tuple(words), given, before)

    # Cells

    def _said(self, column: str) -> str:
        if column not in self.line.cells:
            raise self.bad(column, f"Enter the {column.lower()}")
        return self.line.cells[column]

    def _number(self, column: str) -> int | None:
        text = self.line.cells.get(column)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{1,6}(\.0+)?", text.replace(",", ""), re.ASCII):
            raise self.bad(column, "Enter a whole number, like 12")
        return int(text.replace(",", "").split(".")[0])

    def _yes_or_no(self, column: str) -> bool | None:
        text = self.line.cells.get(column)
        if text is None:
            return None
        if text.casefold() not in _YES:
            raise self.bad(column, "Enter Yes or No")
        return _YES[text.casefold()]

    def _money(self, column: str) -> int:
        try:
            return parse_pounds(self.line.cells[column])
        except Invalid as error:
            raise self.bad(column, error.message.rstrip(".")) from None

    def _day(self, column: str) -> dt.date | None:
        text = self.line.cells.get(column)
        if text is None:
            return None
        try:
            if found := _ISO_DAY.fullmatch(text):
                return dt.date(int(found[1]), int(found[2]), int(found[3]))
            if found := _DAY.fullmatch(text):
                month = found[2]
                number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
                return dt.date(int(found[3]), number, int(found[1]))
        except ValueError:
            pass
        raise self.bad(column, "Enter a day, like 1 April 2027 or 2027-04-01")


def _before(service: Service, name: str) -> Any:
    if name == "places":
        return service.places_free if service.places_confirmed_at else None
    value = getattr(service, name)
    return list(value) if isinstance(value, list) else value


def _takes_words(sexes: Iterable[str]) -> str:
    said = [{"F": "girls", "M": "boys"}[sex] for sex in sexes]
    return " and ".join(said) if said else "not said"
