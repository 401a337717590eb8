"""How competing requests could share scarce places"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

APPEND_ONLY = ("joint_plan", "joint_plan_row")
SAME = {
    "joint_plan": "EXISTS (SELECT 1 FROM joint_plan WHERE (id = NEW.id) OR (number = NEW.number))",
    "joint_plan_row": "EXISTS (SELECT 1 FROM joint_plan_row WHERE (id = NEW.id) OR (plan_id = NEW.plan_id AND request_id = NEW.request_id AND children_key = NEW.children_key))",
}


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=22), nullable=nullable)


def _count(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    kind = sa.JSON(none_as_null=True).with_variant(
        postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
    )
    return sa.Column(name, kind, nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    name = "joint_plan"
    op.create_table(
        name,
        _id("id"),
        _count("number"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _id("asked_by", nullable=True),
        sa.Column("inputs_hash", sa.String(length=80), nullable=False),
        _count("algorithm"),
        _id("policy_version_id"),
        _count("requests"),
        _count("apart"),
        _count("placed"),
        _count("urgent"),
        _count("urgent_placed"),
        _count("worst_total", nullable=True),
        sa.Column("sum_total", sa.BigInteger(), nullable=False),
        _count("spread"),
        _json("boroughs"),
        _json("places"),
        sa.CheckConstraint("placed <= requests AND urgent_placed <= urgent", name=op.f("ck_joint_plan_counts")),
        _refers(name, "asked_by", "person"),
        _refers(name, "policy_version_id", "policy_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_joint_plan_number")),
    )
    name = "joint_plan_row"
    op.create_table(
        name,
        _id("id"),
        _id("plan_id"),
        _id("request_id"),
        _id("organisation_id"),
        sa.Column("children_key", sa.String(length=20), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        _id("alone_service_id", nullable=True),
        _count("alone_total", nullable=True),
        _id("service_id", nullable=True),
        _id("offer_id", nullable=True),
        _count("total", nullable=True),
        _json("yields_to"),
        _json("gains_over"),
        sa.CheckConstraint(
            "(service_id IS NULL) = (total IS NULL) AND (alone_service_id IS NULL) = (alone_total IS NULL)",
            name=op.f("ck_joint_plan_row_whole"),
        ),
        sa.CheckConstraint(
            "offer_id IS NULL OR (opened AND service_id IS NOT NULL)",
            name=op.f("ck_joint_plan_row_only_opened_offers"),
        ),
        _refers(name, "plan_id", "joint_plan"),
        _refers(name, "request_id", "placement_request"),
        _refers(name, "organisation_id", "organisation"),
        _refers(name, "alone_service_id", "service"),
        _refers(name, "service_id", "service"),
        _refers(name, "offer_id", "offer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_plan_row")),
        sa.UniqueConstraint(
            "plan_id", "request_id", "children_key", name=op.f("uq_joint_plan_row_plan_id_request_id_children_key")
        ),
    )
    for column in ("plan_id", "request_id", "organisation_id"):
        op.create_index(op.f(f"ix_joint_plan_row_{column}"), name, [column])
    for table in APPEND_ONLY:
        for statement in _append_only(table, op.get_bind().dialect.name):
            op.execute(statement)


def _append_only(table: str, dialect: str) -> list[str]:
    name, message = f"{table}_append_only", f"{table} is append-only"
    if dialect == "postgresql":
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {table} WHEN {SAME[table]} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_append_only()")
