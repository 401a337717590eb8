"""Tables whose rows are never changed or removed: the database itself refuses, on both engines.

The statements are written out here once and run by the migration that makes the table; a test lists the triggers
after every migration.
"""

from __future__ import annotations

APPEND_ONLY = (
    "audit_entry",
    "audit_seal",
    "policy_version",
    "quality_score",
    "child_view",
    "needs_measure",
    "evaluation",
    "offer_choice",
    "panel_signature",
)


def trigger_names(table: str) -> tuple[str, str]:
    """The names of a table's two triggers on SQLite; PostgreSQL has one, under the first name."""
    return f"{table}_append_only", f"{table}_append_only_delete"


def ddl(dialect: str, table: str) -> list[str]:
    """The statements that make a table append-only on `sqlite` or `postgresql`."""
    name, on_delete = trigger_names(table)
    message = f"{table} is append-only"
    if dialect == "postgresql":
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def drop_ddl(dialect: str, table: str) -> list[str]:
    """The statements that take it back."""
    name, on_delete = trigger_names(table)
    if dialect == "postgresql":
        return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
    return [f"DROP TRIGGER {name}", f"DROP TRIGGER {on_delete}"]
