"""The register whole: premises of supported accommodation, who left and joined, files that wait to be confirmed, what people
type with its source, exemptions for one request, and tasks that are due at a moment
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
COVERAGES = ("every_provider", "inspected_providers", "inspections_in_year")
MORE_COVERAGES = (*COVERAGES, "supported_premises", "leavers_and_joiners", "by_hand")
EVENTS = ("full", "monitoring", "assurance", "interim", "other")
MORE_EVENTS = (*EVENTS[:-1], "additional", "other")
REGISTRATION_WHOLE = "(source_note IS NULL) = (source_read_on IS NULL)"
INSPECTION_WHOLE = "(source_note IS NULL) = (source_read_on IS NULL) AND (source_note IS NULL) = (added_by IS NULL)"


def _word(batch: BatchOperations, table: str, column: str, words: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{column}_word")
    batch.drop_constraint(name, type_="check")
    batch.create_check_constraint(name, f"{column} IN ({', '.join(repr(word) for word in words)})")


def upgrade() -> None:
    op.create_table(
        "registration_change",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("registration_status", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("provision_type", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("region", sa.String(length=120), nullable=True),
        sa.Column("local_authority", sa.String(length=120), nullable=True),
        sa.Column("local_authority_gss", sa.String(length=9), nullable=True),
        sa.Column("sector", sa.String(length=60), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('joined', 'left')", name=op.f("ck_registration_change_kind_word")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_change")),
        sa.UniqueConstraint("urn", "kind", "as_of", name=op.f("uq_registration_change_urn_kind_as_of")),
    )
    op.create_index("ix_registration_change_day", "registration_change", ["as_of", "kind", "happened_on"])
    op.create_table(
        "supported_premises",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("category", sa.SmallInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(length=120), nullable=True),
        sa.Column("local_authority", sa.String(length=120), nullable=True),
        sa.Column("local_authority_gss", sa.String(length=9), nullable=True),
        sa.CheckConstraint("category BETWEEN 1 AND 4", name=op.f("ck_supported_premises_category_range")),
        sa.CheckConstraint("places BETWEEN 0 AND 32767", name=op.f("ck_supported_premises_places_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supported_premises")),
    )
    op.create_index("ix_supported_premises_day", "supported_premises", ["as_of"])
    op.create_index("ix_supported_premises_urn_day", "supported_premises", ["urn", "as_of"])
    op.create_table(
        "register_upload",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("skip_bad_rows", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("uploaded_by", sa.String(length=22), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preview", JSON, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.Column("batch_id", sa.String(length=22), nullable=True),
        sa.Column("decided_by", sa.String(length=22), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.String(length=22), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'ready' OR (preview IS NOT NULL AND digest IS NOT NULL)",
            name=op.f("ck_register_upload_previewed"),
        ),
        sa.CheckConstraint("status <> 'unreadable' OR problem IS NOT NULL", name=op.f("ck_register_upload_says_why")),
        sa.CheckConstraint(
            "status IN ('reading', 'ready', 'unreadable', 'importing', 'imported', 'discarded')",
            name=op.f("ck_register_upload_status_word"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('imported', 'discarded') OR decided_at IS NOT NULL", name=op.f("ck_register_upload_decided")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_register_upload_batch_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_register_upload_decided_by")),
        sa.ForeignKeyConstraint(["import_id"], ["register_import.id"], name=op.f("fk_register_upload_import_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_register_upload_sha256")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["person.id"], name=op.f("fk_register_upload_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_upload")),
    )
    op.create_index("ix_register_upload_status", "register_upload", ["status", "uploaded_at"])
    op.create_table(
        "exemption",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("against", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("conditions", sa.String(length=2000), nullable=False),
        sa.Column("given_by", sa.String(length=22), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=22), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=2000), nullable=True),
        sa.Column("ended_by", sa.String(length=22), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
            name=op.f("ck_exemption_withdrawn_whole"),
        ),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_exemption_given_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["inspection.id"], name=op.f("fk_exemption_ended_by")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_exemption_request_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_exemption_service_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_exemption_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption")),
    )
    op.create_index(op.f("ix_exemption_request_id"), "exemption", ["request_id"])
    op.create_index(op.f("ix_exemption_service_id"), "exemption", ["service_id"])
    op.create_index(
        "uq_exemption_live",
        "exemption",
        ["request_id", "service_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL AND ended_by IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL AND ended_by IS NULL"),
    )
    with op.batch_alter_table("registration") as batch:
        batch.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("source_note", sa.String(length=500), nullable=True))
        batch.add_column(sa.Column("source_read_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("added_by", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_registration_added_by"), "person", ["added_by"], ["id"])
        batch.create_check_constraint(op.f("ck_registration_source_whole"), REGISTRATION_WHOLE)
        _word(batch, "registration", "facts_from", MORE_COVERAGES)
    with op.batch_alter_table("inspection") as batch:
        batch.add_column(sa.Column("source_note", sa.String(length=500), nullable=True))
        batch.add_column(sa.Column("source_read_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("added_by", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_inspection_added_by"), "person", ["added_by"], ["id"])
        batch.create_check_constraint(op.f("ck_inspection_source_whole"), INSPECTION_WHOLE)
        _word(batch, "inspection", "facts_from", MORE_COVERAGES)
        _word(batch, "inspection", "event_type", MORE_EVENTS)
    with op.batch_alter_table("register_import") as batch:
        _word(batch, "register_import", "coverage", MORE_COVERAGES)
    op.add_column("task", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("task", "due_at")
    op.drop_table("exemption")
    op.drop_table("register_upload")
    op.drop_table("supported_premises")
    op.drop_table("registration_change")
    # What the words of the older release cannot say.
    op.execute("DELETE FROM register_import WHERE coverage IN ('supported_premises', 'leavers_and_joiners')")
    op.execute("DELETE FROM inspection WHERE facts_from = 'by_hand' OR event_type = 'additional'")
    with op.batch_alter_table("register_import") as batch:
        _word(batch, "register_import", "coverage", COVERAGES)
    with op.batch_alter_table("inspection") as batch:
        _word(batch, "inspection", "event_type", EVENTS)
        _word(batch, "inspection", "facts_from", COVERAGES)
        batch.drop_constraint(op.f("ck_inspection_source_whole"), type_="check")
        batch.drop_constraint(op.f("fk_inspection_added_by"), type_="foreignkey")
        for column in ("added_by", "source_read_on", "source_note"):
            batch.drop_column(column)
    with op.batch_alter_table("registration") as batch:
        _word(batch, "registration", "facts_from", COVERAGES)
        batch.drop_constraint(op.f("ck_registration_source_whole"), type_="check")
        batch.drop_constraint(op.f("fk_registration_added_by"), type_="foreignkey")
        for column in ("added_by", "source_read_on", "source_note", "left_on"):
            batch.drop_column(column)
