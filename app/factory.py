"""Builds the web application: one function, from settings to something that answers."""

from __future__ import annotations

import os
from collections.abc import Iterable

import flask_login
from flask import Blueprint, Flask

from app.api import add_api
from app.web import health, help
from app.web.access import guard, load_key, load_user, public, refuse_undeclared
from app.web.blueprints import blueprints
from app.web.errors import handle_errors
from app.web.logs import configure_logs, log_requests
from app.web.rendering import HomewardEnvironment, prepare_pages
from app.web.security import limit_rates, note_signed_in, protect_forms, secure
from app.wiring import Wiring, build
from config.settings import Settings


class HomewardFlask(Flask):
    """Flask with our template environment."""

    jinja_environment = HomewardEnvironment


def create_app(
    settings: Settings | None = None,
    *,
    wiring: Wiring | None = None,
    audiences: Iterable[Blueprint] | None = None,
    extra: Iterable[Blueprint] = (),
    limits: bool | None = None,
) -> Flask:
    """The application for these settings, or for those of the environment.

    `wiring` serves a caller that has built it already, `audiences` (instead of all),
    `extra` blueprints and `limits` (rates on or off) serve the tests. Raises
    `Undeclared` where a view does not say who may open it, `SettingsError` where the environment describes nothing that
    may start.
    """
    if settings is None:
        settings = Settings.from_environment(os.environ)
    configure_logs()
    app = HomewardFlask("app.web", static_folder="static", template_folder="templates")
    app.extensions["homeward"] = wiring if wiring is not None else build(settings)
    if limits is not None:
        app.config["HOMEWARD_LIMITS"] = limits
    app.json.sort_keys = False  # type: ignore[attr-defined]  # flask's provider says object

    # In the order in which a request meets them: reference, host, who may, cross-site check.
    log_requests(app)
    secure(app, settings)
    _sign_in(app)
    app.before_request(note_signed_in)
    app.before_request(guard)
    protect_forms(app)
    handle_errors(app, settings)
    prepare_pages(app, settings)

    pages = blueprints(settings) if audiences is None else audiences
    for blueprint in (health.bp, help.bp, *pages, *extra):
        app.register_blueprint(blueprint)
    add_api(app)
    public(app.view_functions["static"])
    refuse_undeclared(app)
    limit_rates(app, settings)
    return app


def _sign_in(app: Flask) -> None:
    manager = flask_login.LoginManager()
    # The session row behind the token says whether it still holds; an address that changes on a train does not end it.
    manager.session_protection = None
    manager.user_loader(load_user)
    manager.request_loader(load_key)
    manager.init_app(app)
