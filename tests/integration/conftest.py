"""Integration tests run on real databases, once on SQLite and once on PostgreSQL, each on a fresh copy."""

from tests.databases import database_url, empty_database_url, engine, session, sessions

__all__ = ["database_url", "empty_database_url", "engine", "session", "sessions"]
