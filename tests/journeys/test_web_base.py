"""The pages' common ground, as a browser and a client without JavaScript meet it: forms, lists, errors, access."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
import structlog
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.core.database import Base, transaction
from app.factory import create_app
from app.identity.models import Membership, Organisation, Person
from app.identity.status import OrganisationKind, Role
from app.web.access import Undeclared
from app.wiring import Wiring, build
from config.settings import Settings
from tests.journeys import kitchen_sink
from tests.looking import faults, unfold

ORGANISATION, PERSON, MEMBERSHIP = "o" * 22, "p" * 22, "m" * 22
PAGES = ("/", "/borough/desk", "/borough/requests?page=2", "/borough/form", "/borough/approve", "/nowhere")
HELP = ("/help/accessibility", "/help/privacy", "/help/cookies")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)})


@pytest.fixture
def wiring(settings: Settings) -> Iterator[Wiring]:
    wiring = build(settings)
    Base.metadata.create_all(wiring.engine)
    now = dt.datetime.now(dt.UTC)
    with transaction(wiring.sessions) as session:
        session.add(Organisation(id=ORGANISATION, kind=OrganisationKind.BOROUGH, name="Croydon", created_at=now))
        session.add(Person(id=PERSON, email="ana@example.org", name="Ana Example", created_at=now))
        session.flush()
        role = Role.PLACEMENT_OFFICER
        session.add(
            Membership(id=MEMBERSHIP, person_id=PERSON, organisation_id=ORGANISATION, role=role, started_at=now)
        )
    kitchen_sink.DONE.clear()
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def app(settings: Settings, wiring: Wiring) -> Flask:
    return create_app(settings, wiring=wiring, audiences=kitchen_sink.AUDIENCES)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = token_on(client, "/")
    assert client.post(f"/sign-in/{MEMBERSHIP}", data={"csrf_token": token}).status_code == 303
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden input of a page."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no hidden input {name}"
    return found[1]


def token_on(client: FlaskClient, path: str) -> str:
    """A cross-site token for this client; pages without a form have none, so one is made in its session."""
    page = client.get(path).text
    if 'name="csrf_token"' in page:
        return hidden(page, "csrf_token")
    from flask_wtf.csrf import generate_csrf

    with client.application.test_request_context():
        from flask import session

        token = generate_csrf()
        kept = dict(session)
    with client.session_transaction() as cookie:
        cookie.update(kept)
    return token


@pytest.mark.parametrize("path", [*PAGES, *HELP])
def test_every_page_is_valid_html_with_one_heading_and_a_title(officer: FlaskClient, path: str) -> None:
    page = officer.get(path).text
    html5lib.HTMLParser(strict=True).parse(page)
    assert len(re.findall(r"<h1[ >]", page)) == 1
    title = re.search(r"<title>([^<]+)</title>", page)
    assert title is not None
    assert title[1].endswith("Homeward")
    assert " style=" not in page
    assert "crown" not in page.lower().replace("© crown copyright", "")  # the words of the attribution, not the mark


def test_titles_say_page_section_and_product(officer: FlaskClient) -> None:
    assert "<title>Add a home – Homeward</title>" in officer.get("/borough/form").text
    assert "<title>Requests – Homeward</title>" in officer.get("/borough/requests").text
    refused = officer.get("/borough/requests/CRO-1").text
    assert "<title>Page not found – Requests – Homeward</title>" in refused


def test_a_view_that_declares_nothing_stops_the_application(settings: Settings, wiring: Wiring) -> None:
    silent = Blueprint("silent", __name__)
    silent.add_url_rule("/silent", "view", lambda: "")
    with pytest.raises(Undeclared, match=r"silent\.view"):
        create_app(settings, wiring=wiring, audiences=[silent])


def test_a_visitor_is_sent_to_sign_in_and_back(visitor: FlaskClient) -> None:
    answer = visitor.get("/borough/requests?page=2")
    assert answer.status_code == 303
    assert answer.location == "/account/sign-in?next=/borough/requests?page%3D2"


def test_a_person_whose_role_does_not_allow_it_is_told_so(officer: FlaskClient) -> None:
    answer = officer.get("/borough/approve")
    assert answer.status_code == 403
    assert "Your role does not allow this." in answer.text


def test_the_header_says_for_whom_one_acts_and_signing_out_ends_it(officer: FlaskClient) -> None:
    page = officer.get("/borough/desk").text
    assert "Acting for <strong>Croydon</strong>" in page
    assert "Ana Example" in page
    answer = officer.post("/sign-out", data={"csrf_token": hidden(page, "csrf_token")}, follow_redirects=True)
    assert "You have signed out" in answer.text
    assert officer.get("/borough/desk").status_code == 303


def test_a_form_without_its_token_does_nothing(officer: FlaskClient) -> None:
    answer = officer.post("/borough/act", data={"note": "Hello", "idempotency_key": "k" * 20})
    assert answer.status_code == 400
    assert "Your page had been open too long" in answer.text
    assert kitchen_sink.DONE == []


def test_a_form_sent_twice_is_acted_upon_once(officer: FlaskClient) -> None:
    page = officer.get("/borough/act").text
    data = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")} | {"note": "Hello"}
    answers = [officer.post("/borough/act", data=data) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/borough/requests")] * 2
    assert kitchen_sink.DONE == ["Hello"]
    assert "Noted &lt;b&gt;Hello&lt;/b&gt;" in officer.get("/borough/requests").text


def test_a_refused_form_undoes_everything_and_keeps_what_was_typed(officer: FlaskClient) -> None:
    page = officer.get("/borough/act").text
    data = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}
    refused = officer.post("/borough/act", data=data | {"note": "refuse"})
    assert refused.status_code == 400
    assert "<title>Error: Note – Homeward</title>" in refused.text
    assert 'href="#note"' in refused.text
    assert 'value="refuse"' in refused.text
    stale = officer.post("/borough/act", data=data | {"note": "stale"})
    assert stale.status_code == 409
    assert "Ana changed this at 5pm." in stale.text
    # The key was not spent, nor the moved clock written: the same form can be put right and sent.
    assert officer.post("/borough/act", data=data | {"note": "Hello"}).status_code == 303
    assert kitchen_sink.DONE == ["Hello"]


def test_a_form_without_a_key_is_refused(officer: FlaskClient) -> None:
    token = hidden(officer.get("/borough/act").text, "csrf_token")
    answer = officer.post("/borough/act", data={"csrf_token": token, "note": "Hello"})
    assert answer.status_code == 400
    assert kitchen_sink.DONE == []


def test_errors_are_pages_with_a_reference_and_json_under_api(visitor: FlaskClient, app: Flask) -> None:
    page = visitor.get("/nowhere")
    assert page.status_code == 404
    assert page.headers["X-Request-Reference"] in page.text
    body = visitor.get("/api/nowhere").get_json()
    assert (body["status"], body["title"]) == (404, "Page not found")
    answer = visitor.post("/help/privacy")
    assert answer.status_code in (400, 405)


def test_a_wrong_method_says_which_are_right(officer: FlaskClient) -> None:
    token = hidden(officer.get("/borough/act").text, "csrf_token")
    answer = officer.post("/borough/desk", data={"csrf_token": token})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_body_may_be_as_large_as_its_view_allows(officer: FlaskClient) -> None:
    token = hidden(officer.get("/borough/act").text, "csrf_token")
    header = {"X-CSRFToken": token}
    assert officer.post("/borough/act", data={"note": "x" * 1_100_000}, headers=header).status_code == 413
    assert officer.post("/borough/files", data=b"x" * 1_100_000, headers=header).get_json() == {"bytes": 1_100_000}
    assert officer.post("/borough/files", data=b"x" * 2_100_000, headers=header).status_code == 413


def test_an_accident_says_nothing_of_what_was_typed(settings: Settings, wiring: Wiring) -> None:
    secret = "s" * 20 + "abcdefghijkl"
    production = replace(settings, env="production", base_url="https://localhost", secret_key=secret)
    app = create_app(production, wiring=wiring, audiences=kitchen_sink.AUDIENCES, limits=False)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post(f"/sign-in/{MEMBERSHIP}", base_url="https://localhost")
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = client.get("/borough/broken?name=Zoe", base_url="https://localhost")
    assert answer.status_code == 500
    assert "Zoe" not in answer.text
    assert "Zoe" not in json.dumps(lines)
    assert {line["reference"] for line in lines} == {answer.headers["X-Request-Reference"]}
    assert any("broken" in str(line.get("place")) for line in lines)


def test_the_secret_of_an_emailed_link_is_neither_logged_nor_kept(visitor: FlaskClient) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = visitor.get("/invitation/opensesame?name=Zoe")
    assert answer.headers["Cache-Control"] == "no-store"
    assert lines[-1]["path"] == "/invitation/..."
    assert "opensesame" not in json.dumps(lines)
    assert "Zoe" not in json.dumps(lines)


def test_a_browser_is_told_what_it_may_do(officer: FlaskClient, visitor: FlaskClient) -> None:
    answer = officer.get("/borough/desk")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'nonce="{nonce[1]}"' in answer.text
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers
    assert visitor.get("/").headers["Cache-Control"] == "no-cache, private"
    sheet = re.search(r'href="(/static/homeward\.css\?v=\w+)"', answer.text)
    assert sheet is not None
    with visitor.get(sheet[1]) as served:
        assert "immutable" in served.headers["Cache-Control"]


def test_production_cookies_stay_on_this_host_and_off_plain_http(settings: Settings, wiring: Wiring) -> None:
    production = replace(settings, env="production", base_url="https://homeward.example.org")
    app = create_app(production, wiring=wiring, audiences=kitchen_sink.AUDIENCES, limits=False)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    answer = client.post(f"/sign-in/{MEMBERSHIP}", base_url="https://homeward.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-homeward=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Strict-Transport-Security" in answer.headers
    assert client.get("/", base_url="https://evil.example").status_code == 400
    assert client.get("/healthz", base_url="http://10.0.0.7").status_code == 200


def test_too_many_tries_from_one_address_are_stopped(settings: Settings, wiring: Wiring) -> None:
    app = create_app(settings, wiring=wiring, audiences=kitchen_sink.AUDIENCES, limits=True)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    found = [client.post(f"/sign-in/{'x' * 22}").status_code for _ in range(4)]
    assert found == [404, 404, 404, 429]


def test_health_and_readiness(visitor: FlaskClient) -> None:
    assert visitor.get("/healthz").get_json() == {"alive": True}
    answer = visitor.get("/readyz")
    assert answer.status_code in (200, 503)
    assert answer.get_json()["checks"]["database"] is True


def test_a_list_sorts_and_pages_by_links(officer: FlaskClient) -> None:
    page = officer.get("/borough/requests?sort=price&direction=descending&lot=homes").text
    assert "Showing 1 to 25 of 61 requests" in page
    assert 'aria-sort="descending"' in page
    assert page.index("CRO-1060") < page.index("CRO-1040")
    assert "lot=homes&amp;sort=price&amp;direction=descending&amp;page=2" in page
    assert "Showing" not in officer.get("/borough/requests?page=99").text


@pytest.fixture
def address(settings: Settings, wiring: Wiring) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(settings, wiring=wiring, audiences=kitchen_sink.AUDIENCES))
    server.app.config["WTF_CSRF_ENABLED"] = False  # type: ignore[attr-defined]  # it is our Flask application
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_pages_fit_have_no_accessibility_fault_and_break_no_policy(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)
    context.request.post(f"{address}/sign-in/{MEMBERSHIP}", max_redirects=0)
    for path in (*PAGES, *HELP):
        page.goto(address + path)
        unfold(page)
        assert faults(page) == [], path
    assert blocked == []
    context.close()


@pytest.mark.browser
def test_an_error_leads_to_the_first_box_of_a_date(page: Page, address: str) -> None:
    page.context.request.post(f"{address}/sign-in/{MEMBERSHIP}", max_redirects=0)
    page.goto(f"{address}/borough/form")
    page.get_by_label("Name of the home").fill("Cedar House")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_label("Name of the home")).to_have_value("Cedar House")
    page.get_by_role("link", name="Enter first day").click()
    expect(page.locator("#start-day")).to_be_focused()
    expect(page.get_by_text("You have 100 characters remaining").first).to_be_attached()


@pytest.mark.browser
def test_without_javascript_the_same_form_can_be_sent(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    context.request.post(f"{address}/sign-in/{MEMBERSHIP}", max_redirects=0)
    page.goto(f"{address}/borough/act")
    page.get_by_label("Note").fill("By hand")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Noted <b>By hand</b>")).to_be_visible()
    expect(page.get_by_role("link", name="Requests", exact=True)).to_be_visible()
    context.close()
