"""A referral out of a case system, by page: a file with ten errors names all ten, and the rest becomes a draft."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, text

from app.children.models import ChildView
from app.cli import main
from app.core.database import transaction
from app.factory import create_app
from app.identity.models import Person
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests.drafting import answers
from app.requests.models import PlacementRequest
from app.requests.referrals.models import ReferralImport
from app.wiring import Wiring
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.incoming import CHILD, TEN, iso_answers
from tests.factories.visitor import Visitor

IMPORT = "/borough/requests/import"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    yield app
    app.extensions["homeward"].engine.dispose()


def send(visitor: Visitor, data: bytes, name: str) -> Visitor:
    visitor.fill(IMPORT, file=(io.BytesIO(data), name))
    return visitor


def people(app: Flask) -> tuple[Wiring, Actor, Actor]:
    wiring: Wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        officer = factory.make_actor(session, organisation=council, now=now)
        stranger = factory.make_actor(session, Role.PLACEMENT_OFFICER, now=now)
    return wiring, officer, stranger


def kept(wiring: Wiring, path: str) -> dict[str, object]:
    with transaction(wiring.sessions, read_only=True) as session:
        row = session.get_one(PlacementRequest, path.split("/")[3])
        return dict(answers(session, vault=wiring.vault, request=row))


def shown_version(visitor: Visitor) -> str:
    assert visitor.page is not None
    found = re.search(r'name="version" value="(\d+)"', visitor.page.text)
    assert found
    return found[1]


def names_all_ten(text: str) -> None:
    for said, message in TEN.values():
        assert said[:100] in text
        assert message in text


def test_ten_errors_are_ten_messages_and_the_draft_has_the_rest(app: Flask) -> None:
    wiring, officer, stranger = people(app)
    wrong = {name: said for name, (said, _) in TEN.items()}
    document = {"format": "homeward-referral-1", "child": CHILD, "answers": iso_answers(**wrong)}

    # JSON, with a mark in front that some programs write
    visitor = send(Visitor(app).be(officer), b"\xef\xbb\xbf" + json.dumps(document).encode(), "zuleika.json")
    assert "zuleika.json" in visitor.text
    assert "10 things are wrong" in visitor.text
    names_all_ten(visitor.text)
    assert "zuleika.json" in Visitor(app).be(officer).get(IMPORT).text
    with transaction(wiring.sessions, read_only=True) as session:
        columns = session.execute(text("SELECT * FROM referral_import")).one()
        assert "uleika" not in str(columns), "a file may be called after its child"
    assert visitor.page is not None
    html5lib.HTMLParser(strict=True).parse(visitor.page.text)
    path = visitor.page.request.path
    assert Visitor(app).be(stranger).get(path).status_code == 404
    version = shown_version(visitor)
    identity = {
        **CHILD,
        **{
            f"date_of_birth-{part}": one for part, one in zip(("year", "month", "day"), ("2013", "4", "9"), strict=True)
        },
    }
    visitor.press(path, version=version, child="new", **identity)
    assert "answers need your attention" in visitor.text
    names_all_ten(visitor.text)
    draft = visitor.page.request.path
    found = kept(wiring, draft)
    # As typed, where a draft may hold it.
    assert found["needed_from"] == {"day": "31", "month": "2", "year": "2027"}
    assert found["expected_weeks"] == "about a year"
    assert found["max_miles"] == "5000"
    # Not at all, where it may not (F-26); the rest whole.
    assert not any(found.get(name) for name in ("urgency", "legal_status", "keep_school", "need_1", "diet"))
    assert found["why_now"] == document["answers"]["why_now"]  # type: ignore[index]
    assert visitor.get(path).status_code == 404, "a file is kept once"

    # What is wrong stays beside the draft until somebody says that it is dealt with, and nowhere in the clear.
    with transaction(wiring.sessions, read_only=True) as session:
        row = session.scalars(select(ReferralImport)).one()
        assert (row.sealed_content, row.sealed_name) == (None, None)
        assert "green" not in (row.sealed_faults or "green")
    visitor.get(draft)
    visitor.press(f"{draft.removesuffix('/form')}/import-faults")
    assert "favourite_colour" not in visitor.text

    # CSV of two columns, from an older program, for the same child: found by name, and a second draft is refused.
    wrong_rows = [(f"child.{name}", said) for name, said in CHILD.items()] + [
        (name, ";".join(said) if isinstance(said, list) else said) for name, said in document["answers"].items()
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([("field", "value"), *wrong_rows, ("why_now", "Twice – so a fault")])
    send(visitor, out.getvalue().encode("cp1252"), "case.csv")
    assert "11 things are wrong" in visitor.text
    names_all_ten(visitor.text)
    assert "line 9" in visitor.text, "the line of the first answer"
    assert "Zuleika Testchild, born 9 April 2013" in visitor.text
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalars(select(ChildView.what).where(ChildView.what.contains("referral"))).all()
    child = re.search(r'name="child" type="radio" value="([^"]{22})"', visitor.page.text)
    assert child
    visitor.press(visitor.page.request.path, version=shown_version(visitor), child="new", **identity)
    assert "Choose that child, or say why it is another" in visitor.text
    visitor.press(visitor.page.request.path, version=shown_version(visitor), child=child[1])
    assert "There is already a draft for this child" in visitor.text
    assert visitor.page.status_code == 400
    visitor.press(f"{visitor.page.request.path}/discard")
    assert "The file is forgotten" in visitor.text
    send(visitor, out.getvalue().encode("cp1252"), "case.csv")
    seen = re.search(r'name="seen" value="(CH-[^"]+)"', visitor.page.text)
    assert seen
    said = {"another": "yes", "reason": "Twins", "seen": seen[1], **identity, "given_name": "Zelda"}
    visitor.press(visitor.page.request.path, version=shown_version(visitor), child="new", **said)
    assert "answers need your attention" in visitor.text


def test_a_file_of_which_nothing_can_be_read_says_why_and_keeps_nothing(app: Flask) -> None:
    wiring, officer, _ = people(app)
    visitor = Visitor(app).be(officer)
    for data, name, message in (
        (b'{"answers": {', "case.json", "The file is not JSON: line 1, column 14"),
        (b"a,b,c\n1,2,3\n4,5,6\n", "case.csv", "This one has 3 lines and 3 columns"),
        (b"\x00\x01", "case.csv", "The file is not text"),
        (b"", "case.csv", "The file is empty"),
        (b"[" * 100_000, "case.json", "The file is not JSON that can be read"),
        (b"MZ", "case.exe", "must be JSON or CSV"),
    ):
        send(visitor, data, name)
        assert message in visitor.text, name
        assert visitor.page is not None
        assert visitor.page.status_code == 400
    with transaction(wiring.sessions, read_only=True) as session:
        assert session.scalars(select(ReferralImport)).all() == []


def test_the_console_makes_the_same_draft(app: Flask, tmp_path: Path) -> None:
    wiring, officer, _ = people(app)
    with transaction(wiring.sessions, read_only=True) as session:
        email = session.get_one(Person, officer.person_id).email
    wrong = {name: said for name, (said, _) in TEN.items()}
    file = tmp_path / "case.json"
    file.write_text(json.dumps({"child": CHILD, "answers": iso_answers(**wrong)}), "utf-8")
    run = CliRunner(env={"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    made = run.invoke(main, ["requests", "import", str(file), "--as", email.upper(), "--json"])
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert {one["field"] for one in said["faults"]} == set(TEN)
    again = run.invoke(main, ["requests", "import", str(file), "--as", email, "--child", said["child"]])
    assert again.exit_code == 1
    assert said["request"] in again.stderr, "a child has one draft"
    assert run.invoke(main, ["requests", "import", str(file), "--as", "nobody@example.org"]).exit_code == 1
