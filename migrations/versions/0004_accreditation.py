"""Accreditation: applications that are drafted and sent whole, clarifications, marks with their words, and suppliers that
are excluded
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
STATUSES = "status IN ('submitted', 'approved', 'refused', 'withdrawn')"
MORE_STATUSES = "status IN ('draft', 'submitted', 'approved', 'refused', 'withdrawn')"
SENT = (
    "CASE WHEN status = 'draft' THEN started_at IS NOT NULL AND submitted_at IS NULL AND due_on IS NULL "
    "ELSE submitted_by IS NOT NULL AND submitted_at IS NOT NULL AND due_on IS NOT NULL END"
)
SENT_COLUMNS = (
    ("submitted_by", sa.String(length=22)),
    ("submitted_at", sa.DateTime(timezone=True)),
    ("due_on", sa.Date()),
)
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER application_mark_append_only BEFORE UPDATE ON application_mark BEGIN SELECT RAISE(ABORT, 'application_mark is append-only'); END""",
        """CREATE TRIGGER application_mark_append_only_delete BEFORE DELETE ON application_mark BEGIN SELECT RAISE(ABORT, 'application_mark is append-only'); END""",
        """CREATE TRIGGER application_mark_append_only_replace BEFORE INSERT ON application_mark WHEN EXISTS (SELECT 1 FROM application_mark WHERE (id = NEW.id) OR (application_id = NEW.application_id AND number = NEW.number)) BEGIN SELECT RAISE(ABORT, 'application_mark is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION application_mark_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'application_mark is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER application_mark_append_only BEFORE UPDATE OR DELETE ON application_mark FOR EACH ROW EXECUTE FUNCTION application_mark_append_only()""",
    ),
}
DROP_TRIGGERS = {
    "sqlite": (
        """DROP TRIGGER application_mark_append_only""",
        """DROP TRIGGER application_mark_append_only_delete""",
        """DROP TRIGGER application_mark_append_only_replace""",
    ),
    "postgresql": (
        """DROP TRIGGER application_mark_append_only ON application_mark""",
        """DROP FUNCTION application_mark_append_only()""",
    ),
}


def _one_open(where: str) -> None:
    op.create_index(
        "uq_application_open",
        "application",
        ["claim_id", "lot_id"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    op.drop_index("uq_application_open", table_name="application")
    with op.batch_alter_table("application") as batch:
        batch.add_column(sa.Column("policy_version_id", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("follows_id", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("started_by", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("frozen", JSON, nullable=True))
        batch.add_column(sa.Column("disregarded", sa.Boolean(), nullable=False, server_default=sa.false()))
        for column, kind in SENT_COLUMNS:
            batch.alter_column(column, existing_type=kind, nullable=True)
        batch.create_foreign_key(op.f("fk_application_follows_id"), "application", ["follows_id"], ["id"])
        batch.create_foreign_key(
            op.f("fk_application_policy_version_id"), "policy_version", ["policy_version_id"], ["id"]
        )
        batch.create_foreign_key(op.f("fk_application_started_by"), "person", ["started_by"], ["id"])
        batch.drop_constraint(op.f("ck_application_status_word"), type_="check")
        batch.create_check_constraint(op.f("ck_application_status_word"), MORE_STATUSES)
        batch.create_check_constraint(op.f("ck_application_sent"), SENT)
        batch.create_check_constraint(
            op.f("ck_application_disregarded_refused"), "NOT disregarded OR status = 'refused'"
        )
    with op.batch_alter_table("application") as batch:
        batch.alter_column("disregarded", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    _one_open("status IN ('draft', 'submitted')")
    op.create_table(
        "supplier_exclusion",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(length=22), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=22), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'ended') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_supplier_exclusion_ended"),
        ),
        sa.CheckConstraint(
            "kind <> 'excluded' OR status IN ('disregarded', 'ended')", name=op.f("ck_supplier_exclusion_mandatory")
        ),
        sa.CheckConstraint("kind IN ('excluded', 'excludable')", name=op.f("ck_supplier_exclusion_kind_word")),
        sa.CheckConstraint(
            "status IN ('waiting', 'disregarded', 'admitted', 'ended')", name=op.f("ck_supplier_exclusion_status_word")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'ended') OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND decision IS NOT NULL)",
            name=op.f("ck_supplier_exclusion_decided"),
        ),
        sa.CheckConstraint("to_day IS NULL OR to_day >= from_day", name=op.f("ck_supplier_exclusion_days_in_order")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_supplier_exclusion_decided_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_supplier_exclusion_ended_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_supplier_exclusion_organisation_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_supplier_exclusion_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_exclusion")),
    )
    op.create_index(op.f("ix_supplier_exclusion_organisation_id"), "supplier_exclusion", ["organisation_id"])

    op.create_table(
        "application_answer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("application_id", sa.String(length=22), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(length=22), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_application_answer_answered_by")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_answer_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_answer")),
        sa.UniqueConstraint("application_id", "question", name=op.f("uq_application_answer_application_id_question")),
    )
    op.create_table(
        "application_mark",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("application_id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("marked_by", sa.String(length=22), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carried_from_id", sa.String(length=22), nullable=True),
        sa.CheckConstraint("kind IN ('own', 'agreed')", name=op.f("ck_application_mark_kind_word")),
        sa.CheckConstraint("why <> ''", name=op.f("ck_application_mark_justified")),
        sa.CheckConstraint("(passed IS NULL) <> (score IS NULL)", name=op.f("ck_application_mark_one_of_two")),
        sa.CheckConstraint("score BETWEEN 0 AND 4", name=op.f("ck_application_mark_score_range")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_mark_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["application_mark.id"], name=op.f("fk_application_mark_carried_from_id")
        ),
        sa.ForeignKeyConstraint(["marked_by"], ["person.id"], name=op.f("fk_application_mark_marked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_mark")),
        sa.UniqueConstraint("application_id", "number", name=op.f("uq_application_mark_application_id_number")),
    )
    op.create_table(
        "clarification",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("application_id", sa.String(length=22), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(length=22), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(length=22), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_id", sa.String(length=22), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL)",
            name=op.f("ck_clarification_answered"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_clarification_answered_by")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_clarification_application_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_clarification_asked_by")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_clarification_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
    )
    op.create_index(op.f("ix_clarification_application_id"), "clarification", ["application_id"])

    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    for statement in DROP_TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    op.drop_index(op.f("ix_clarification_application_id"), table_name="clarification")
    for table in ("clarification", "application_mark", "application_answer"):
        op.drop_table(table)
    op.drop_index(op.f("ix_supplier_exclusion_organisation_id"), table_name="supplier_exclusion")
    op.drop_table("supplier_exclusion")
    op.execute("DELETE FROM application WHERE status = 'draft'")
    op.drop_index("uq_application_open", table_name="application")
    with op.batch_alter_table("application") as batch:
        for check in ("disregarded_refused", "sent", "status_word"):
            batch.drop_constraint(op.f(f"ck_application_{check}"), type_="check")
        batch.create_check_constraint(op.f("ck_application_status_word"), STATUSES)
        for key in ("started_by", "policy_version_id", "follows_id"):
            batch.drop_constraint(op.f(f"fk_application_{key}"), type_="foreignkey")
        for column, kind in SENT_COLUMNS:
            batch.alter_column(column, existing_type=kind, nullable=False)
        for column in (
            "disregarded",
            "frozen",
            "saved_at",
            "started_at",
            "started_by",
            "follows_id",
            "policy_version_id",
        ):
            batch.drop_column(column)
    _one_open("status = 'submitted'")
