"""The whole quality score: runs over the market, what stands now, contract checks, what becomes of placements and the
company's reply, challenges, and proposed changes of the policy
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER compliance_check_append_only BEFORE UPDATE ON compliance_check BEGIN SELECT RAISE(ABORT, 'compliance_check is append-only'); END""",
        """CREATE TRIGGER compliance_check_append_only_delete BEFORE DELETE ON compliance_check BEGIN SELECT RAISE(ABORT, 'compliance_check is append-only'); END""",
        """CREATE TRIGGER compliance_check_append_only_replace BEFORE INSERT ON compliance_check WHEN EXISTS (SELECT 1 FROM compliance_check WHERE (id = NEW.id) OR (corrects = NEW.corrects)) BEGIN SELECT RAISE(ABORT, 'compliance_check is append-only'); END""",
        """CREATE TRIGGER service_outcome_append_only BEFORE UPDATE ON service_outcome BEGIN SELECT RAISE(ABORT, 'service_outcome is append-only'); END""",
        """CREATE TRIGGER service_outcome_append_only_delete BEFORE DELETE ON service_outcome BEGIN SELECT RAISE(ABORT, 'service_outcome is append-only'); END""",
        """CREATE TRIGGER service_outcome_append_only_replace BEFORE INSERT ON service_outcome WHEN EXISTS (SELECT 1 FROM service_outcome WHERE (id = NEW.id) OR (placement_reference = NEW.placement_reference AND kind = NEW.kind AND happened_on = NEW.happened_on AND edition = NEW.edition) OR (corrects = NEW.corrects)) BEGIN SELECT RAISE(ABORT, 'service_outcome is append-only'); END""",
        """CREATE TRIGGER outcome_reply_append_only BEFORE UPDATE ON outcome_reply BEGIN SELECT RAISE(ABORT, 'outcome_reply is append-only'); END""",
        """CREATE TRIGGER outcome_reply_append_only_delete BEFORE DELETE ON outcome_reply BEGIN SELECT RAISE(ABORT, 'outcome_reply is append-only'); END""",
        """CREATE TRIGGER outcome_reply_append_only_replace BEFORE INSERT ON outcome_reply WHEN EXISTS (SELECT 1 FROM outcome_reply WHERE (id = NEW.id) OR (outcome_id = NEW.outcome_id)) BEGIN SELECT RAISE(ABORT, 'outcome_reply is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION compliance_check_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'compliance_check is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER compliance_check_append_only BEFORE UPDATE OR DELETE ON compliance_check FOR EACH ROW EXECUTE FUNCTION compliance_check_append_only()""",
        """CREATE FUNCTION service_outcome_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'service_outcome is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER service_outcome_append_only BEFORE UPDATE OR DELETE ON service_outcome FOR EACH ROW EXECUTE FUNCTION service_outcome_append_only()""",
        """CREATE FUNCTION outcome_reply_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'outcome_reply is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER outcome_reply_append_only BEFORE UPDATE OR DELETE ON outcome_reply FOR EACH ROW EXECUTE FUNCTION outcome_reply_append_only()""",
    ),
}
DROPPED = {
    "sqlite": (
        ("compliance_check_append_only", "compliance_check"),
        ("compliance_check_append_only_delete", "compliance_check"),
        ("compliance_check_append_only_replace", "compliance_check"),
        ("service_outcome_append_only", "service_outcome"),
        ("service_outcome_append_only_delete", "service_outcome"),
        ("service_outcome_append_only_replace", "service_outcome"),
        ("outcome_reply_append_only", "outcome_reply"),
        ("outcome_reply_append_only_delete", "outcome_reply"),
        ("outcome_reply_append_only_replace", "outcome_reply"),
    ),
    "postgresql": (
        ("compliance_check_append_only", "compliance_check"),
        ("service_outcome_append_only", "service_outcome"),
        ("outcome_reply_append_only", "outcome_reply"),
    ),
}


def upgrade() -> None:
    op.create_table(
        "compliance_check",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("rating", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.String(length=22), nullable=True),
        sa.CheckConstraint(
            "rating IN ('good', 'approaching_target', 'requires_improvement', 'inadequate', 'other')",
            name=op.f("ck_compliance_check_rating_word"),
        ),
        sa.ForeignKeyConstraint(["corrects"], ["compliance_check.id"], name=op.f("fk_compliance_check_corrects")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_compliance_check_recorded_by")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_compliance_check_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_check")),
        sa.UniqueConstraint("corrects", name=op.f("uq_compliance_check_corrects")),
    )
    op.create_index("ix_compliance_check_urn_day", "compliance_check", ["urn", "checked_on"])

    op.create_table(
        "service_outcome",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("service_type", sa.String(length=40), nullable=False),
        sa.Column("placement_reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("provider_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("progress", sa.String(length=40), nullable=True),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.Column("started_on_day", sa.Boolean(), nullable=True),
        sa.Column("reports_on_time", sa.Boolean(), nullable=True),
        sa.Column("feedback", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(length=22), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.CheckConstraint("(kind = 'ending') = (ending IS NOT NULL)", name=op.f("ck_service_outcome_ending_said")),
        sa.CheckConstraint(
            "ending IN ('planned_ending', 'unplanned_ending')", name=op.f("ck_service_outcome_ending_word")
        ),
        sa.CheckConstraint("kind IN ('review', 'ending')", name=op.f("ck_service_outcome_kind_word")),
        sa.CheckConstraint(
            "progress IN ('good_progress', 'some_progress', 'little_progress', 'worse')",
            name=op.f("ck_service_outcome_progress_word"),
        ),
        sa.CheckConstraint(
            "service_type IN ('ifa', 'residential', 'supported', 'nmi_day', 'nmi_38', 'nmi_52', 'support_package')",
            name=op.f("ck_service_outcome_service_type_word"),
        ),
        sa.CheckConstraint(
            "(corrects IS NULL) = (why IS NULL) AND (corrects IS NULL) = (edition = 1)",
            name=op.f("ck_service_outcome_corrected"),
        ),
        sa.CheckConstraint(
            "feedback IS NULL OR feedback BETWEEN 1 AND 5", name=op.f("ck_service_outcome_feedback_range")
        ),
        sa.ForeignKeyConstraint(["corrects"], ["service_outcome.id"], name=op.f("fk_service_outcome_corrects")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_service_outcome_organisation_id")
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["organisation.id"], name=op.f("fk_service_outcome_provider_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_service_outcome_recorded_by")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_service_outcome_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_outcome")),
        sa.UniqueConstraint("corrects", name=op.f("uq_service_outcome_corrects")),
        sa.UniqueConstraint(
            "placement_reference",
            "kind",
            "happened_on",
            "edition",
            name=op.f("uq_service_outcome_placement_reference_kind_happened_on_edition"),
        ),
    )
    op.create_index(op.f("ix_service_outcome_organisation_id"), "service_outcome", ["organisation_id"])
    op.create_index(op.f("ix_service_outcome_provider_id"), "service_outcome", ["provider_id"])
    op.create_index("ix_service_outcome_type_day", "service_outcome", ["service_type", "happened_on"])
    op.create_index("ix_service_outcome_urn_day", "service_outcome", ["urn", "happened_on"])

    op.create_table(
        "outcome_reply",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("outcome_id", sa.String(length=22), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(length=22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_outcome_reply_made_by")),
        sa.ForeignKeyConstraint(["outcome_id"], ["service_outcome.id"], name=op.f("fk_outcome_reply_outcome_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_reply")),
        sa.UniqueConstraint("outcome_id", name=op.f("uq_outcome_reply_outcome_id")),
    )
    op.create_table(
        "quality_challenge",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("claim_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("score_id", sa.String(length=22), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("fact_label", sa.String(length=120), nullable=False),
        sa.Column("fact_said", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=True),
        sa.Column("made_by", sa.String(length=22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(length=22), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'open') = (answered_at IS NULL) AND (answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_quality_challenge_answered"),
        ),
        sa.CheckConstraint("status IN ('open', 'upheld', 'not_upheld')", name=op.f("ck_quality_challenge_status_word")),
        sa.CheckConstraint("(sha256 IS NULL) = (file_name IS NULL)", name=op.f("ck_quality_challenge_file_whole")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_quality_challenge_answered_by")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_quality_challenge_claim_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_quality_challenge_made_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_quality_challenge_organisation_id")
        ),
        sa.ForeignKeyConstraint(["score_id"], ["quality_score.id"], name=op.f("fk_quality_challenge_score_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_quality_challenge_sha256")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_quality_challenge_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_challenge")),
    )
    op.create_index(op.f("ix_quality_challenge_organisation_id"), "quality_challenge", ["organisation_id"])
    op.create_index(op.f("ix_quality_challenge_urn"), "quality_challenge", ["urn"])
    op.create_index(
        "uq_quality_challenge_open",
        "quality_challenge",
        ["urn", "fact"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )

    op.create_table(
        "quality_current",
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("score_id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["score_id"], ["quality_score.id"], name=op.f("fk_quality_current_score_id")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_quality_current_urn")),
        sa.PrimaryKeyConstraint("urn", name=op.f("pk_quality_current")),
    )
    op.create_index(op.f("ix_quality_current_score"), "quality_current", ["score"])

    op.create_table(
        "quality_proposal",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("based_on_id", sa.String(length=22), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("lots_before", JSON, nullable=False),
        sa.Column("lots_after", JSON, nullable=False),
        sa.Column("batch_id", sa.String(length=22), nullable=True),
        sa.Column("made_by", sa.String(length=22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_id", sa.String(length=22), nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(adopted_id IS NULL) = (adopted_at IS NULL)", name=op.f("ck_quality_proposal_adopted_whole")
        ),
        sa.CheckConstraint(
            "adopted_at IS NULL OR previewed_at IS NOT NULL", name=op.f("ck_quality_proposal_seen_first")
        ),
        sa.ForeignKeyConstraint(["adopted_id"], ["policy_version.id"], name=op.f("fk_quality_proposal_adopted_id")),
        sa.ForeignKeyConstraint(["based_on_id"], ["policy_version.id"], name=op.f("fk_quality_proposal_based_on_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_quality_proposal_batch_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_quality_proposal_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_proposal")),
    )
    op.create_table(
        "quality_run",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("batch_id", sa.String(length=22), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("lots", JSON, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("abandoned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("completed_at IS NULL OR abandoned_at IS NULL", name=op.f("ck_quality_run_ended_once")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_quality_run_batch_id")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_quality_run_policy_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_run")),
    )
    op.create_index(
        "uq_quality_run_under_way",
        "quality_run",
        ["policy_version_id"],
        unique=True,
        sqlite_where=sa.text("completed_at IS NULL AND abandoned_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL AND abandoned_at IS NULL"),
    )

    op.create_table(
        "quality_preview",
        sa.Column("proposal_id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["proposal_id"], ["quality_proposal.id"], name=op.f("fk_quality_preview_proposal_id")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_quality_preview_urn")),
        sa.PrimaryKeyConstraint("proposal_id", "urn", name=op.f("pk_quality_preview")),
    )
    op.add_column("quality_score", sa.Column("run_id", sa.String(length=22), nullable=True))
    op.add_column("quality_score", sa.Column("number", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_quality_score_run_id"), "quality_score", ["run_id"])
    # What stands now is what was computed last: until here two scores of one moment were the same score.
    op.execute(
        "INSERT INTO quality_current (urn, score, score_id, number, computed_at) "
        "SELECT urn, score, id, 1, computed_at FROM ("
        "SELECT urn, score, id, computed_at, "
        "row_number() OVER (PARTITION BY urn ORDER BY computed_at DESC, id DESC) AS place FROM quality_score"
        ") AS ranked WHERE place = 1"
    )
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for name, table in DROPPED[dialect]:
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if dialect == "postgresql" else ""))
        if dialect == "postgresql":
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index(op.f("ix_quality_score_run_id"), table_name="quality_score")
    op.drop_column("quality_score", "number")
    op.drop_column("quality_score", "run_id")
    for table in (
        "quality_preview",
        "quality_run",
        "quality_proposal",
        "quality_current",
        "quality_challenge",
        "outcome_reply",
        "service_outcome",
        "compliance_check",
    ):
        op.drop_table(table)
