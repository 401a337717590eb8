"""The description of the interface in OpenAPI, and how it joins the application."""

from __future__ import annotations

from functools import cache
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app, jsonify
from flask_smorest import Api

from app.api import children, referrals, requests
from app.api.edge import bp
from app.api.schemas import Problem, ReferralChild, all_answers_schema, answers_schema, property_of, schema_name
from app.requests.form import CURRENT, form
from app.web.access import public

TITLE, VERSION, OPENAPI = "Homeward for case systems", "1", "3.1.0"
ABOUT = """Send referrals and read placement requests of your own council. A key of your council goes into the header
`Authorization: Bearer`. Errors are problem JSON, with every wrong field in `errors`. A POST with the header
`Idempotency-Key` (8 to 64 characters) is done once: sent again, it answers 303 with the address of what came of it,
and 409 where the key comes with something else. Every view of a child's data is logged under the key's name."""
REFUSALS = {
    "400": "It could not be read",
    "401": "No key, or one that does not work",
    "403": "The key's scope does not allow it",
    "404": "There is no such thing of your council",
    "409": "It does not fit how things stand",
    "412": "Somebody changed it after the version of If-Match",
    "413": "It is too large",
    "415": "It is not JSON",
    "422": "Fields are wrong: see errors",
    "428": "Say which version you have read",
    "429": "Too many calls",
    "503": "Busy: try again",
}
ROOMS = (children, referrals, requests)
"""The calls hang themselves on the blueprint when these are imported."""


class _Described(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """Refusals are the whole application's business (`app.web.errors`), not the library's."""

    def _register_error_handlers(self) -> None:
        pass


@public
def openapi() -> Response:
    """This description."""
    return jsonify(current_app.extensions["homeward_api"].spec.to_dict())


bp.route("/openapi.json", methods=["GET"])(openapi)


def add_api(app: Flask) -> None:
    """Register the interface. Its forms have no cookies to be forged with, so the check against that is left out."""
    app.config.update(API_TITLE=TITLE, API_VERSION=VERSION, OPENAPI_VERSION=OPENAPI)
    plugin = MarshmallowPlugin()
    api = _Described(
        app,
        spec_kwargs={
            "marshmallow_plugin": plugin,
            "info": {"description": ABOUT},
            "security": [{"key": []}],
        },
    )
    converter: Any = plugin.converter
    converter.add_attribute_function(property_of)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for section in form(CURRENT).sections:
        api.spec.components.schema(schema_name(section), schema=answers_schema(CURRENT, section.name))
    api.spec.components.schema("AnswersOfAllSections", schema=all_answers_schema(CURRENT))
    api.spec.components.schema("ReferralChild", schema=ReferralChild)
    api.register_blueprint(bp)
    _describe_refusals(api.spec)
    app.extensions["homeward_api"] = api
    csrf: Any = app.extensions["csrf"]
    csrf.exempt(bp)


def _describe_refusals(spec: Any) -> None:
    """Every call may be refused in the same few ways."""
    spec.components.schema("Problem", schema=Problem)
    for unused in ("Error", "PaginationMetadata"):
        spec.components.schemas.pop(unused, None)
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in spec._paths.values():
        for method, operation in path.items():
            if method not in ("get", "post", "put"):
                continue
            responses = operation.setdefault("responses", {})
            responses.pop("default", None)
            for status, words in REFUSALS.items():
                responses[status] = {"description": words, "content": body}
            if method == "post":
                responses["303"] = {"description": "Done before with this Idempotency-Key: see Location"}
                operation.setdefault("parameters", []).append(
                    _header("Idempotency-Key", "Done once for each key", 8, 64)
                )
            if method == "put":
                operation.setdefault("parameters", []).append(_header("If-Match", "The version that was read", 1, 12))


@cache
def _header(name: str, words: str, least: int, most: int) -> dict[str, Any]:
    about = {"type": "string", "minLength": least, "maxLength": most, "pattern": "^[A-Za-z0-9_-]+$"}
    return {"in": "header", "name": name, "required": False, "description": words, "schema": about}
