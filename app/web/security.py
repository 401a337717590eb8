"""What every answer carries and every request must satisfy: headers, cookies, host names, sizes, cross-site protection
and rates.

The policy is strict because the pages make it easy to be: scripts and styles come from this site, the one inline script
of the page template carries the request's nonce, and no page has an inline style.
"""

from __future__ import annotations

import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web.access import actor_or_none, limit_of
from config.settings import Settings

LARGEST_FORM = 1_000_000
"""Bytes of a body without files. The longest standard form is about a tenth of it."""

HEALTH = frozenset({"health.alive", "health.ready"})
"""Asked for by load balancers, which call us by address and not by name."""

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A child's reference in a path must not reach another site; cross-site checks need it on this one.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def csp_nonce() -> str:
    """The nonce of this request's one inline script."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_security_policy() -> str:
    """Everything from this site, nothing inline but the script with the nonce, no frames in either direction."""
    return (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def secure(app: Flask, settings: Settings) -> None:
    """Switch all of it on for one application."""
    production = settings.is_production
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # The prefix makes browsers insist on https, the whole site and no other subdomain.
        SESSION_COOKIE_NAME="__Host-homeward" if production else "homeward",
        SESSION_COOKIE_SECURE=production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=2_000,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: people write long forms
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if production:
        # Production stands behind one proxy that ends TLS and sets these; see the README.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    hosts = {urlsplit(settings.base_url).hostname or ""}
    if not production:
        hosts |= {"localhost", "127.0.0.1", "::1", settings.host}

    @app.before_request
    def known_host() -> None:
        if request.endpoint in HEALTH:
            return
        name = urlsplit(f"//{request.host}").hostname
        if name not in hosts:
            abort(400)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _FIXED.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        if production:
            response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        if request.endpoint != "static":
            # What a person saw must not come back by the Back button on a shared computer.
            holds_secrets = g.get("homeward_signed_in") or "token" in (request.view_args or {})
            keep = "no-store" if holds_secrets else "no-cache, private"
            response.headers.setdefault("Cache-Control", keep)
        elif "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def protect_forms(app: Flask) -> None:
    """Refuse a form that another site made this browser send. `app.extensions["csrf"].exempt(blueprint)` is for an API
    with keys of its own.
    """
    app.extensions["csrf"] = CSRFProtect(app)


def note_signed_in() -> None:
    """Remember for the headers that this answer may hold what only this person may see."""
    if request.endpoint not in HEALTH | {"static"} and actor_or_none() is not None:
        g.homeward_signed_in = True


def limit_rates(app: Flask, settings: Settings) -> None:
    """Apply the rates that views declare. Counted in Redis where there is one, else in this process."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        strategy="moving-window",
        # A test that means to meet the limit switches it on.
        enabled=app.config.get("HOMEWARD_LIMITS", not settings.is_test),
        swallow_errors=True,  # Redis away: people still sign in, and the account's own lock-out counts on
    )
    for endpoint, view in list(app.view_functions.items()):
        rate = limit_of(view)
        if rate:
            methods = None if endpoint.startswith("api.") else ["POST"]  # a program reads in loops, a person does not
            app.view_functions[endpoint] = cast(Any, limiter.limit(rate, methods=methods)(view))
    app.extensions["homeward_limiter"] = limiter
