"""How pages are made: the template environment, the words for money and time, and the files beside the pages.

Our templates are strict: a name that does not exist is an error, not an empty space. The GOV.UK macros ask for options
that were not given, so their folder alone is read leniently.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask, flash, g, url_for
from flask.templating import Environment
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import LONDON
from app.core.database import transaction
from app.core.money import pounds
from app.core.workdays import clock_words, deadline_words, time_left_words
from app.identity.queries import hub_name
from app.web.access import actor_or_none
from app.web.forms import form_tokens
from app.web.navigation import acting_for, current_section, navigation
from app.web.security import csp_nonce
from config.settings import Settings

GOVUK = "govuk_frontend_jinja"
HERE = Path(__file__).parent

PRODUCT = "Homeward"
CONSORTIUM = "A new consortium"
"""Whose market this is, where the installation has not said otherwise."""


class HomewardEnvironment(Environment):
    """Strict for our templates, lenient for the GOV.UK ones."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})
        self.lenient: Environment | None = None

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        if name.startswith(f"{GOVUK}/") and self.undefined is StrictUndefined:
            if self.lenient is None:
                self.lenient = self.overlay(undefined=ChainableUndefined, trim_blocks=False, lstrip_blocks=False)
            return self.lenient._load_template(name, globals)
        return super()._load_template(name, globals)


def now() -> dt.datetime:
    """The moment of this request: the one its act or look has read, else the host's clock (error and help pages)."""
    moment: dt.datetime = g.get("homeward_now") or dt.datetime.now(dt.UTC)
    return moment


def date_words(day: dt.date | None) -> str:
    """Thursday 3 December 2026."""
    return "" if day is None else f"{day:%A} {day.day} {day:%B %Y}"


def short_date(day: dt.date | None) -> str:
    """3 Dec 2026."""
    return "" if day is None else f"{day.day} {day:%b %Y}"


def iso_date(text: str) -> str:
    """3 Dec 2026, of a day that was kept as text (2026-12-03)."""
    return short_date(dt.date.fromisoformat(text)) if text else ""


def moment_words(moment: dt.datetime | None) -> str:
    """Thursday 3 December at 5pm; with the year where it is not this one."""
    if moment is None:
        return ""
    local = moment.astimezone(LONDON)
    year = "" if local.year == now().astimezone(LONDON).year else f" {local.year}"
    return f"{local:%A} {local.day} {local:%B}{year} at {clock_words(local.time())}"


def short_moment(moment: dt.datetime | None) -> str:
    """3 Dec 2026, 5:04pm."""
    if moment is None:
        return ""
    local = moment.astimezone(LONDON)
    return f"{short_date(local.date())}, {clock_words(local.time())}"


def deadline(moment: dt.datetime | None) -> str:
    """Thursday 3 December at 5pm, 3 days left: against this request's clock."""
    return "" if moment is None else f"{deadline_words(moment, now())}, {time_left_words(moment, now())}"


def time_left(moment: dt.datetime | None) -> str:
    """How long is left, against this request's clock."""
    return "" if moment is None else time_left_words(moment, now())


def is_past(moment: dt.datetime) -> bool:
    """Whether a moment lies behind this request's clock."""
    return moment <= now()


def pounds_whole(pence: int) -> str:
    """£4,123: to the nearest pound, for totals and charts."""
    whole = (abs(pence) + 50) // 100
    return f"{'-' if pence < 0 and whole else ''}£{whole:,}"


def pounds_short(pence: int) -> str:
    """£950, £12k, £1.2m: for the grid of a chart, never for a figure that somebody decides on."""
    whole = abs(pence) / 100
    sign = "-" if pence < 0 else ""
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if whole >= size:
            return f"{sign}£{whole / size:.1f}".removesuffix(".0") + letter
    return f"{sign}£{whole:.0f}"


def percent(part: float, whole: float) -> str:
    """23%; "n/a" of nothing."""
    return "n/a" if not whole else f"{100 * part / whole:.0f}%"


def count_words(number: int, one: str, many: str) -> str:
    """No requests, 1 request, 1,204 requests."""
    return f"{'No' if number == 0 else f'{number:,}'} {one if number == 1 else many}"


def join_words(words: Iterable[str], last: str = "and") -> str:
    """a, b and c."""
    listed: Sequence[str] = [str(word) for word in words]
    return f" {last} ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def file_size(size: int) -> str:
    """How large a file is: "412 bytes", "340 KB", "1.2 MB"."""
    if size < 1024:
        return count_words(size, "byte", "bytes")
    return f"{round(size / 1024)} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


def flash_success(message: str, heading: str | None = None) -> None:
    """A green banner on the next page. In an act use `doing.go(url, message)`, which waits for the commit."""
    flash(f"{heading}\n{message}" if heading else message, "success")


def flash_notice(message: str) -> None:
    """A blue banner on the next page."""
    flash(message, "notice")


def asset(name: str) -> str:
    """The address of a file of ours, which changes with its content so that it can be kept for a year."""
    return url_for("static", filename=name, v=_hashes.of(name))


class _Hashes:
    """The first letters of the hash of each static file, read again when the file changes."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[float, str]] = {}

    def of(self, name: str) -> str:
        file = HERE / "static" / name
        changed = file.stat().st_mtime if file.is_file() else 0.0
        if self.known.get(name, (None, ""))[0] != changed:
            content = file.read_bytes() if file.is_file() else b""
            self.known[name] = (changed, hashlib.sha256(content).hexdigest()[:10])
        return self.known[name][1]


_hashes = _Hashes()


def prepare_pages(app: Flask, settings: Settings) -> None:
    """Give one application its templates, filters and what every page may name."""
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader({GOVUK: PackageLoader(GOVUK)})])
    app.jinja_env.filters.update(
        pounds=pounds,
        pounds_whole=pounds_whole,
        pounds_short=pounds_short,
        date=date_words,
        short_date=short_date,
        iso_date=iso_date,
        moment=moment_words,
        short_moment=short_moment,
        deadline=deadline,
        time_left=time_left,
        percent=percent,
        count_words=count_words,
        join_words=join_words,
        file_size=file_size,
    )
    app.jinja_env.tests["past"] = is_past
    app.jinja_env.globals.update(
        form_tokens=form_tokens,
        csp_nonce=csp_nonce,
        asset=asset,
        endpoint_exists=lambda name: name in app.view_functions,
        count_words=count_words,
        product=PRODUCT,
    )

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        actor = actor_or_none()
        return {
            "actor": actor,
            "acting_for": acting_for(actor),
            "navigation_items": navigation(actor),
            "current_section": current_section,
            "consortium": consortium_name(app),
            "settings_env": settings.env,
        }


def consortium_name(app: Flask) -> str:
    """Whom this installation serves: its hub's name, or the product's place for one before it is founded.

    A page about a failure of the database is shown too, so a failure here is no second one.
    """
    try:
        with transaction(app.extensions["homeward"].sessions, read_only=True) as session:
            return hub_name(session) or CONSORTIUM
    except (SQLAlchemyError, AttributeError):
        return CONSORTIUM
