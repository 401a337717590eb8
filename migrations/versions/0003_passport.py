"""The provider passport: former answers, connected persons, reminders that evidence runs out, and the questions to which evidence
was shown
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of what a company has shown for a question one row stands: the newest that was not withdrawn, else the last withdrawn.
STANDS = """
UPDATE evidence SET stands = FALSE WHERE id NOT IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY organisation_id, claim_id, question
            ORDER BY CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END, withdrawn_at DESC, added_at DESC, id DESC
        ) AS place FROM evidence
    ) AS ranked WHERE place = 1
)
"""
INDEXES = (
    ("uq_evidence_stands_company", ["organisation_id", "question"], "stands AND claim_id IS NULL", True),
    ("uq_evidence_stands_service", ["claim_id", "question"], "stands AND claim_id IS NOT NULL", True),
    ("ix_evidence_stands_last_day", ["last_day"], "stands", False),
)

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER former_answer_append_only BEFORE UPDATE ON former_answer"
        " BEGIN SELECT RAISE(ABORT, 'former_answer is append-only'); END",
        "CREATE TRIGGER former_answer_append_only_delete BEFORE DELETE ON former_answer"
        " BEGIN SELECT RAISE(ABORT, 'former_answer is append-only'); END",
        "CREATE TRIGGER former_answer_append_only_replace BEFORE INSERT ON former_answer"
        " WHEN EXISTS (SELECT 1 FROM former_answer WHERE (id = NEW.id))"
        " BEGIN SELECT RAISE(ABORT, 'former_answer is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION former_answer_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'former_answer is append-only' USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER former_answer_append_only BEFORE UPDATE OR DELETE ON former_answer"
        " FOR EACH ROW EXECUTE FUNCTION former_answer_append_only()",
    ),
}


def upgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("policy_version_id", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_evidence_policy_version_id"), "policy_version", ["policy_version_id"], ["id"])
        batch.add_column(sa.Column("stands", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(STANDS)
    with op.batch_alter_table("evidence") as batch:
        batch.alter_column("stands", existing_type=sa.Boolean(), server_default=None)
    for name, columns, where, unique in INDEXES:
        condition = sa.text(where)
        op.create_index(name, "evidence", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "former_answer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(length=22), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.String(length=22), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_former_answer_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_former_answer_policy_version_id")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_former_answer_answered_by")),
        sa.ForeignKeyConstraint(["replaced_by"], ["person.id"], name=op.f("fk_former_answer_replaced_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_answer")),
    )
    op.create_index("ix_former_answer_organisation_question", "former_answer", ["organisation_id", "question"])
    op.create_table(
        "connected_person",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("share", sa.String(length=40), nullable=True),
        sa.Column("company_number", sa.String(length=12), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("added_by", sa.String(length=22), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("to_day IS NULL OR to_day >= from_day", name=op.f("ck_connected_person_days")),
        sa.CheckConstraint(
            "role IN ('director', 'significant_control', 'parent_company', 'associated')",
            name=op.f("ck_connected_person_role_word"),
        ),
        sa.CheckConstraint(
            "share IN ('none', 'up_to_quarter', 'quarter_to_half', 'half_to_three_quarters', 'more')",
            name=op.f("ck_connected_person_share_word"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_connected_person_organisation_id")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_connected_person_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connected_person")),
    )
    op.create_index(op.f("ix_connected_person_organisation_id"), "connected_person", ["organisation_id"])
    op.create_table(
        "evidence_reminder",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("evidence_id", sa.String(length=22), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_reminder_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_reminder")),
        sa.UniqueConstraint("evidence_id", "days", name=op.f("uq_evidence_reminder_evidence_id_days")),
    )
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_table("evidence_reminder")
    op.drop_index(op.f("ix_connected_person_organisation_id"), table_name="connected_person")
    op.drop_table("connected_person")
    op.drop_index("ix_former_answer_organisation_question", table_name="former_answer")
    op.drop_table("former_answer")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION former_answer_append_only()")
    for name, *_ in INDEXES:
        op.drop_index(name, table_name="evidence")
    with op.batch_alter_table("evidence") as batch:
        batch.drop_column("stands")
        batch.drop_constraint(op.f("fk_evidence_policy_version_id"), type_="foreignkey")
        batch.drop_column("policy_version_id")
