"""Every page of the product, for everybody who may open it: answered, valid HTML, in words for people, and telling
nobody who a child is who may not know.

The pages are those of the demonstration market, walked once (tests/guards/walking.py). What must hold for each is in
tests/guards/page_rules.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from app.children.models import Child
from app.children.records import reveal
from app.core.database import transaction
from app.core.workdays import date_words
from app.factory import create_app
from app.identity.permissions import Permission
from app.identity.status import OrganisationKind
from app.placements.models import Placement
from app.wiring import Wiring
from tests.guards.demonstration import loaded_folder, market, settings_in
from tests.guards.page_rules import Page
from tests.guards.walking import ELSEWHERE, NOT_PAGES, Seen, admitted, walk

VISITORS_PAGES = frozenset({"account.sign_in"})
"""Pages that send somebody who is signed in elsewhere."""

EXPECTED_STATUS = {"search.find": {200, 404}}
"""Pages that may answer with something else than 200, and are pages all the same."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    return walk(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def parsed(pages: list[Seen]) -> list[tuple[Seen, Page]]:
    return [(page, Page(page.source)) for page in pages]


@dataclass(frozen=True)
class Known:
    """A child as nobody outside may know them, and who may."""

    name: str
    family_name: str
    born: str
    borough: str
    provider: str | None


@pytest.fixture(scope="module")
def children() -> list[Known]:
    app = create_app(settings_in(loaded_folder()), limits=False)
    wiring: Wiring = app.extensions["homeward"]
    with transaction(wiring.sessions, read_only=True) as session:
        winners = {placement.child_id: placement.provider_id for placement in session.scalars(select(Placement))}
        found = []
        for child in session.scalars(select(Child).order_by(Child.reference)):
            identity = reveal(vault=wiring.vault, child=child)
            born = date_words(identity.date_of_birth)
            name = f"{identity.given_name} {identity.family_name}"
            found.append(Known(name, identity.family_name, born, child.organisation_id, winners.get(child.id)))
    wiring.engine.dispose()
    assert len(found) > 50
    return found


def listed(faults: dict[str, list[str]]) -> str:
    """Faults with where they were met."""
    return "\n".join(f"{fault}\n    {', '.join(where[:3])}" for fault, where in sorted(faults.items()))


def test_every_page_in_reach_is_answered_and_no_link_leads_nowhere(pages: list[Seen]) -> None:
    wrong = [
        f"{page.words}: {page.endpoint} {page.status}"
        for page in pages
        if page.status not in EXPECTED_STATUS.get(page.endpoint, {200}) or page.kind != "text/html"
    ]
    assert not wrong, "\n".join(wrong)


def test_every_page_was_opened_in_every_role_that_may(pages: list[Seen], tmp_path: Path) -> None:
    opened = {(page.role, page.endpoint) for page in pages}
    missing: dict[str, list[str]] = defaultdict(list)
    with market(tmp_path) as place:
        for rule in place.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES | set(ELSEWHERE):
                continue
            may = [role for role, actor in place.people.items() if admitted(place, rule.endpoint)(actor)]
            if not any((role, rule.endpoint) in opened for role in [None, *may]):
                missing[f"{rule.endpoint}: in any role"] = []
            elif rule.endpoint not in VISITORS_PAGES:
                missing[rule.endpoint] += [role.value for role in may if (role, rule.endpoint) not in opened]
        wrong = {endpoint: roles for endpoint, roles in missing.items() if roles or endpoint.endswith("any role")}
        assert not set(ELSEWHERE) - set(place.app.view_functions)
    assert not wrong, "reach it in tests/guards/walking.py"


def test_every_page_is_valid_html_in_words_for_people(parsed: list[tuple[Seen, Page]]) -> None:
    faults: dict[str, list[str]] = defaultdict(list)
    for page, read in parsed:
        for fault in read.faults():
            faults[f"{page.endpoint}: {fault}"].append(page.words)
    assert not faults, listed(faults)


def test_titles_tell_the_pages_of_one_person_apart(parsed: list[tuple[Seen, Page]]) -> None:
    """Somebody with many tabs open finds the one they want."""
    titles: dict[tuple[object, str], set[str]] = defaultdict(set)
    for page, read in parsed:
        if page.status == 200 and page.endpoint != "search.find":
            titles[page.role, read.title].add(page.endpoint)
    shared = {title: sorted(endpoints) for (_, title), endpoints in titles.items() if len(endpoints) > 2}
    assert not shared


def test_who_may_not_know_a_child_is_told_nothing_that_identifies(pages: list[Seen], children: list[Known]) -> None:
    """Not in the text, not in an attribute, not in a comment: nothing of it is sent."""
    told: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        for word in forbidden(page, children):
            if word in page.source and re.search(rf"(?<!\w){re.escape(word)}", page.source):
                told[f"{page.endpoint}: {word}"].append(page.words)
    assert not told, listed(told)


def forbidden(page: Seen, children: list[Known]) -> set[str]:
    """What must not be sent to this reader: of no child to the hub, an agency or a visitor, of the others to a borough
    and to a provider."""
    if page.actor is None or page.actor.organisation_kind in (OrganisationKind.HUB, OrganisationKind.AGENCY):
        own: list[Known] = []
    elif page.actor.organisation_kind is OrganisationKind.BOROUGH:
        reads = page.actor.may(Permission.CHILD_READ) or page.actor.may(Permission.REQUEST_READ)
        own = [child for child in children if child.borough == page.actor.organisation_id] if reads else []
    else:
        own = [child for child in children if child.provider == page.actor.organisation_id]
    if not own:
        words = {child.family_name for child in children}
    else:
        words = {child.name for child in children} - {child.name for child in own}
    return words | {child.born for child in children} - {child.born for child in own}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<h1>A</h1><h1>B</h1>", "2 h1"),
        ("<p>no heading</p>", "0 h1"),
        ("<h1></h1>", "an empty h1"),
        ("<h1>A</h1><p><div>in a paragraph</div></p>", "not valid HTML"),
        ('<h1>A</h1><p style="color: red">x</p>', "inline style on p"),
        ("<h1>A</h1><script>1</script>", "inline script without a nonce"),
        ('<h1>A</h1><button onclick="x()">Go</button>', "onclick on button"),
        ('<h1>A</h1><a href="/x/None">Go</a>', "href='/x/None' on a"),
        ('<h1>A</h1><a href="#b">Go</a>', "link to #b, which is not there"),
        ('<h1>A</h1><a href="/b"></a>', "a link without words"),
        ('<h1>A</h1><p id="a">x</p><p id="a">y</p>', "id a stands 2 times"),
        ('<h1>A</h1><label for="b">B</label>', "label 'B' is for nothing"),
        ("<h1>A</h1><table><tbody><tr><td>x</td></tr></tbody></table>", "a table without a caption"),
        ("<h1>A</h1><p>It is awaiting_start now</p>", "a word of the code: 'awaiting_start'"),
        ("<h1>A</h1><p>&amp;lt;b&amp;gt;</p>", "escaped twice: '&lt;'"),
        ("<h1>A</h1><p>£None a week</p>", "code: '£None'"),
        ('<h1>A</h1><strong class="govuk-tag">submitted</strong>', "a tag that says 'submitted'"),
        ("<h1>A</h1><dl><dt>Status</dt><dd>submitted</dd></dl>", "a code where words belong: 'submitted'"),
    ],
)
def test_the_rules_find_what_is_wrong(body: str, fault: str) -> None:
    """Rules that find nothing in the product must find what is there to be found."""
    found = faults_of(body)
    assert any(one.startswith(fault) for one in found), found


def test_a_good_page_has_no_fault() -> None:
    assert (
        faults_of('<h1>Placements</h1><p>See <a href="/help/privacy">what we keep</a>, at name@example.org.</p>') == []
    )


def faults_of(body: str) -> list[str]:
    """What is wrong with a small page."""
    return Page(f'<!DOCTYPE html><html lang="en"><head><title>T</title></head><body>{body}</body></html>').faults()
