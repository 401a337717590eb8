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
    "panel_decision",
    "panel_signature",
    "authority_share",
    "former_answer",
    "application_mark",
    "list_price",
    "uplift_entry",
    "compliance_check",
    "service_outcome",
    "stability_model",
    "outcome_reply",
    "sdq_score",
    "child_erasure",
    "request_change",
    "price_tariff",
    "price_expectation",
    "joint_plan",
    "joint_plan_row",
)


UNIQUE: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(APPEND_ONLY, (("id",),)),
    "audit_seal": (("position",), ("entry_id",)),
    "policy_version": (("id",), ("kind", "version"), ("kind", "digest")),
    "evaluation": (("id",), ("request_id",)),
    "panel_signature": (("id",), ("decision_id", "person_id"), ("decision_id", "payer_id")),
    "authority_share": (("id",), ("authority_id", "payer_id", "element")),
    "application_mark": (("id",), ("application_id", "number")),
    "list_price": (
        ("id",),
        ("service_id", "band_id", "from_day", "number"),
        ("uplift_id", "service_id", "band_id", "from_day"),
    ),
    "uplift_entry": (("id",), ("uplift_id", "number")),
    "compliance_check": (("id",), ("corrects",)),
    "service_outcome": (("id",), ("placement_reference", "kind", "happened_on", "edition"), ("corrects",)),
    "outcome_reply": (("id",), ("outcome_id",)),
    "stability_model": (("id",), ("number",)),
    "sdq_score": (("id",), ("corrects",)),
    "child_erasure": (("id",), ("child_id",)),
    "request_change": (("id",), ("request_id", "position")),
    "price_tariff": (("id",), ("number",)),
    "price_expectation": (("id",), ("request_id",)),
    "joint_plan": (("id",), ("number",)),
    "joint_plan_row": (("id",), ("plan_id", "request_id", "children_key")),
}
"""What makes a row of each table one of a kind: a new row must not take the place of an old one."""


def trigger_names(table: str) -> tuple[str, str, str]:
    """The names of a table's three triggers on SQLite; PostgreSQL has one, under the first name."""
    return f"{table}_append_only", f"{table}_append_only_delete", f"{table}_append_only_replace"


def ddl(dialect: str, table: str) -> list[str]:
    """The statements that make a table append-only on `sqlite` or `postgresql`."""
    name, on_delete, on_replace = trigger_names(table)
    message = f"{table} is append-only"
    same = " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")" for columns in UNIQUE[table]
    )
    if dialect == "postgresql":
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"CREATE TRIGGER {on_delete} BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        # INSERT OR REPLACE removes the row that is in its way without asking the trigger on delete.
        f"CREATE TRIGGER {on_replace} BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def drop_ddl(dialect: str, table: str) -> list[str]:
    """The statements that take it back."""
    name, on_delete, on_replace = trigger_names(table)
    if dialect == "postgresql":
        return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"]
    return [f"DROP TRIGGER {one}" for one in (name, on_delete, on_replace)]
