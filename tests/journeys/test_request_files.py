"""An officer attaches a file and has the form made as Word, by page; each download is one that no browser runs."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
from sqlalchemy import select

from app.children.models import ChildView
from app.core.database import transaction
from app.core.jobs import run_due
from app.factory import create_app
from app.identity.status import Role
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.visitor import Visitor


def test_a_file_is_attached_and_the_form_is_made_and_both_are_fetched(tmp_path: Path) -> None:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}), limits=False)
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        officer = factory.make_actor(session, now=now)
        stranger = factory.make_actor(session, Role.PLACEMENT_OFFICER, now=now)
        path = f"/borough/requests/{factory.make_draft(session, actor=officer, vault=wiring.vault, now=now).id}/files"
    visitor = Visitor(app).be(officer)
    given = {"title": "Plan", "kind": "care_plan", "audience": "2", "child_position": "0"}
    visitor.fill(f"{path}/attach", **given)
    assert "Choose a file" in visitor.text
    visitor.fill(f"{path}/attach", **given, file=(io.BytesIO(b"MZ"), "plan.pdf"))
    assert "its content is something else" in visitor.text
    visitor.fill(f"{path}/attach", **given, file=(io.BytesIO(b"%PDF-1.4 plan"), "../Zoë's plan.pdf"))
    assert "To be read" in visitor.text
    assert visitor.page is not None
    file = re.search(rf'href="({path}/[\w-]{{22}})"', visitor.page.text)
    version = re.search(r'name="version" value="(\d+)"', visitor.page.text)
    assert file
    assert version
    visitor.press(f"{file[1]}/check", version=version[1])
    assert "To be read" not in visitor.text
    fetched = visitor.client.get(file[1])
    assert fetched.data == b"%PDF-1.4 plan"
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched.headers["Content-Disposition"].startswith('attachment; filename="Zo__s plan.pdf"')
    assert Visitor(app).be(stranger).get(file[1]).status_code == 404

    visitor.fill(path, what="filled_form.docx.borough")
    assert "You can leave this page" in visitor.text
    run_due(wiring.sessions, wiring.job_handlers, wiring.clock)
    visitor.get(visitor.page.request.path)
    made = re.search(r'href="(/borough/documents/[\w-]{22})"', visitor.page.text)
    assert made
    read = docx.Document(io.BytesIO(visitor.client.get(made[1]).data))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    assert factory.request_answers()["why_now"] in cells
    assert Visitor(app).be(stranger).get(made[1]).status_code == 404
    with transaction(wiring.sessions, read_only=True) as session:
        seen = set(session.scalars(select(ChildView.what)))
    assert {what.partition(": ")[2] for what in seen} >= {"attached file", "document"}
    wiring.engine.dispose()
