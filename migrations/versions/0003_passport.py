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
    with op.batch_alter_table("evidence") as batch:
        batch.drop_constraint(op.f("fk_evidence_policy_version_id"), type_="foreignkey")
        batch.drop_column("policy_version_id")
