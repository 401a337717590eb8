"""What placements are expected to cost, fitted from those on record, and what was expected of each published request"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TABLES = {"price_tariff": "number", "price_expectation": "request_id"}


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _append_only(table: str, unique: str) -> None:
    """Refuses every change of a table of our own, on both engines."""
    name = f"{table}_append_only"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    there = f"SELECT 1 FROM {table} WHERE (id = NEW.id) OR ({unique} = NEW.{unique})"  # noqa: S608 - names from above
    statements = (
        (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        )
        if _on_postgresql()
        else (
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} {refuse}",
            f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {table} WHEN EXISTS ({there}) {refuse}",
        )
    )
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    name = "price_tariff"
    op.create_table(
        name,
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("placements", sa.Integer(), nullable=False),
        sa.Column("first_start", sa.Date(), nullable=False),
        sa.Column("last_start", sa.Date(), nullable=False),
        sa.Column("history_hash", sa.String(length=64), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_price_tariff_number")),
        sa.CheckConstraint(
            "placements > 0 AND first_start <= last_start", name=op.f("ck_price_tariff_fitted_from_some")
        ),
        _refers(name, "policy_version_id", "policy_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_tariff")),
        sa.UniqueConstraint("number", name=op.f("uq_price_tariff_number")),
    )
    name = "price_expectation"
    op.create_table(
        name,
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("tariff_id", sa.String(length=22), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("expected_pence", sa.BigInteger(), nullable=False),
        sa.Column("high_pence", sa.BigInteger(), nullable=False),
        sa.Column("comparables", sa.Integer(), nullable=False),
        sa.Column("explain", sa.Boolean(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "expected_pence > 0 AND high_pence > 0 AND comparables > 0", name=op.f("ck_price_expectation_positive")
        ),
        _refers(name, "request_id", "placement_request"),
        _refers(name, "tariff_id", "price_tariff"),
        _refers(name, "policy_version_id", "policy_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_expectation")),
        sa.UniqueConstraint("request_id", name=op.f("uq_price_expectation_request_id")),
    )
    for table, unique in TABLES.items():
        _append_only(table, unique)


def downgrade() -> None:
    for table in reversed(TABLES):
        if _on_postgresql():
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP FUNCTION {table}_append_only()")
        op.drop_table(table)
