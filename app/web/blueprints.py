"""Every audience's pages. The demonstration's own pages exist in the demonstration only."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

from config.settings import Settings

AUDIENCES = ("public", "account", "people", "borough", "provider", "hub", "panel", "search", "progress")


def blueprints(settings: Settings) -> list[Blueprint]:
    """The blueprints to register, in order."""
    names = [*AUDIENCES, "demo"] if settings.is_demo else list(AUDIENCES)
    return [import_module(f"app.web.{name}").bp for name in names]
