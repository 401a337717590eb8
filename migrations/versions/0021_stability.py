"""How often placements like one lasted, as a band"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TABLE = "stability_model"
NAME = f"{TABLE}_append_only"
REFUSE = f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
POSTGRESQL = (
    f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{TABLE} is append-only' USING ERRCODE = 'restrict_violation'; END $$",
    f"CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()",
)
THERE = f"SELECT 1 FROM {TABLE} WHERE (id = NEW.id) OR (number = NEW.number)"  # noqa: S608 - a name from above
SQLITE = (
    f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} {REFUSE}",
    f"CREATE TRIGGER {NAME}_delete BEFORE DELETE ON {TABLE} {REFUSE}",
    f"CREATE TRIGGER {NAME}_replace BEFORE INSERT ON {TABLE} WHEN EXISTS ({THERE}) {REFUSE}",
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("placements", sa.Integer(), nullable=False),
        sa.Column("ended_early", sa.Integer(), nullable=False),
        sa.Column("may_leak", sa.Boolean(), nullable=False),
        sa.Column("history_hash", sa.String(length=64), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_stability_model_number")),
        sa.CheckConstraint(
            "ended_early > 0 AND ended_early < placements", name=op.f("ck_stability_model_fitted_from_both")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_stability_model_policy_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stability_model")),
        sa.UniqueConstraint("number", name=op.f("uq_stability_model_number")),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {NAME} ON {TABLE}")
        op.execute(f"DROP FUNCTION {NAME}()")
    op.drop_table(TABLE)
