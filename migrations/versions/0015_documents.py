"""Documents of a request, and keys for case systems"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "service_key",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("created_by", sa.String(length=22), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(length=22), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_service_key_ends_later")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_service_key_revoked_by_somebody")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_service_key_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_service_key_person_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_service_key_created_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_service_key_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_key")),
        sa.UniqueConstraint("person_id", name=op.f("uq_service_key_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_service_key_token_hash")),
    )
    op.create_index(op.f("ix_service_key_organisation_id"), "service_key", ["organisation_id"])

    op.create_table(
        "request_attachment",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("child_position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("sealed_title", sa.String(), nullable=False),
        sa.Column("sealed_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("added_by", sa.String(length=22), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("checked_by", sa.String(length=22), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("removed_by", sa.String(length=22), nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("audience IN ('1', '2', '3', 'borough')", name=op.f("ck_request_attachment_audience_word")),
        sa.CheckConstraint("child_position >= 0", name=op.f("ck_request_attachment_child_position")),
        sa.CheckConstraint("size > 0", name=op.f("ck_request_attachment_not_empty")),
        sa.CheckConstraint(
            "(checked_at IS NULL) = (checked_by IS NULL)", name=op.f("ck_request_attachment_checked_by_somebody")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_request_attachment_removed_by_somebody")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (sha256 IS NOT NULL)", name=op.f("ck_request_attachment_removed_without_content")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["placement_request.id"], name=op.f("fk_request_attachment_request_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_request_attachment_sha256")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_request_attachment_added_by")),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name=op.f("fk_request_attachment_checked_by")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_request_attachment_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_attachment")),
    )
    op.create_index("ix_request_attachment_request", "request_attachment", ["request_id", "audience"])

    op.create_table(
        "request_paper",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=True),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("form_version", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("reach", JSON, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("asked_by", sa.String(length=22), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('blank_form', 'filled_form', 'pack')", name=op.f("ck_request_paper_kind_word")),
        sa.CheckConstraint("format IN ('pdf', 'docx')", name=op.f("ck_request_paper_format_word")),
        sa.CheckConstraint("audience IN ('1', '2', '3', 'borough')", name=op.f("ck_request_paper_audience_word")),
        sa.CheckConstraint("(kind = 'blank_form') = (request_id IS NULL)", name=op.f("ck_request_paper_of_a_request")),
        sa.CheckConstraint("sha256 IS NULL OR made_at IS NOT NULL", name=op.f("ck_request_paper_made")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_paper_request_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_request_paper_organisation_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_request_paper_sha256")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_request_paper_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_paper")),
    )
    op.create_index(op.f("ix_request_paper_organisation_id"), "request_paper", ["organisation_id"])
    op.create_index("ix_request_paper_request", "request_paper", ["request_id", "organisation_id"])
    op.create_index("ix_request_paper_expires", "request_paper", ["expires_at"])

    op.create_table(
        "referral_import",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("sealed_name", sa.String(), nullable=True),
        sa.Column("sealed_content", sa.String(), nullable=True),
        sa.Column("sent_by", sa.String(length=22), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=True),
        sa.Column("sealed_faults", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "sealed_content IS NOT NULL OR sealed_name IS NULL", name=op.f("ck_referral_import_name_of_content")
        ),
        sa.CheckConstraint("sealed_content IS NULL OR request_id IS NULL", name=op.f("ck_referral_import_kept_once")),
        sa.CheckConstraint(
            "sealed_faults IS NULL OR request_id IS NOT NULL", name=op.f("ck_referral_import_faults_of_a_draft")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_referral_import_organisation_id")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_referral_import_sent_by")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_referral_import_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_import")),
    )
    op.create_index(op.f("ix_referral_import_organisation_id"), "referral_import", ["organisation_id"])
    op.create_index(op.f("ix_referral_import_request_id"), "referral_import", ["request_id"])
    op.create_index(op.f("ix_referral_import_sent_at"), "referral_import", ["sent_at"])


def downgrade() -> None:
    op.drop_table("referral_import")
    op.drop_table("request_paper")
    op.drop_table("request_attachment")
    op.drop_table("service_key")
