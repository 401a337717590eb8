"""Who may open which page is a committed file, so that a change of it is read by whoever reviews the change.

When a page is added or its permission changes, write the file anew and read the difference:

    .venv/bin/python -m tests.guards.test_endpoints
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from app.factory import create_app
from app.identity.permissions import Permission
from app.web.access import endpoint_permissions
from config.settings import Settings

FILE = Path(__file__).with_name("endpoints.json")
ANEW = "run .venv/bin/python -m tests.guards.test_endpoints and read the difference"

PUBLIC_TO_WRITE = {
    "account.confirm_sign_up",
    "account.forgotten",
    "account.invitation",
    "account.reset",
    "account.sign_in",
    "account.sign_up",
    "demo.be",
    "public.confirm_places",
}
"""Pages that act for somebody who is not signed in."""


def endpoints(folder: Path, env: str = "demo") -> dict[str, str]:
    """Every endpoint and who may open it. The demonstration has all pages of production and its own."""
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": env, "DATA_DIR": str(folder)}))
    app.extensions["homeward"].engine.dispose()
    return endpoint_permissions(app)


def test_the_committed_list_is_what_the_application_does(tmp_path: Path) -> None:
    assert json.loads(FILE.read_text("utf-8")) == endpoints(tmp_path), ANEW


def test_every_endpoint_says_who_may_open_it(tmp_path: Path) -> None:
    assert "undeclared" not in endpoints(tmp_path).values()


def test_only_the_demonstration_has_its_pages(tmp_path: Path) -> None:
    demo, other = endpoints(tmp_path), endpoints(tmp_path, "test")
    assert {name for name in demo if name not in other} == {name for name in demo if name.startswith("demo.")}
    assert all(demo[name] == access for name, access in other.items())


def test_what_a_stranger_may_send_is_a_short_list(tmp_path: Path) -> None:
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}))
    app.extensions["homeward"].engine.dispose()
    access = endpoint_permissions(app)
    writes = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if access[rule.endpoint] == "public" and (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert writes == PUBLIC_TO_WRITE


def test_every_named_permission_exists(tmp_path: Path) -> None:
    known = {permission.value for permission in Permission} | {"public", "signed in"}
    named = {word for access in endpoints(tmp_path).values() for word in access.split(" or ")}
    assert named <= known


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        written = json.dumps(endpoints(Path(folder)), indent=1, sort_keys=True)
    FILE.write_text(written + "\n", "utf-8")
    print(f"{FILE.name}: {len(written.splitlines()) - 2} endpoints")
