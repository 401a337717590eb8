"""Ground for the providers' rooms: kept files, long work, price bands, the passport, in-house providers, what inspectors say
of schools, and the role of a Head of Children's Social Care
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ROLES = (
    "placement_officer",
    "team_manager",
    "nominated_officer",
    "director",
    "finance_officer",
    "panel_administrator",
    "panel_chair",
    "panel_member",
    "borough_administrator",
    "provider_administrator",
    "provider_staff",
    "agency_panel_member",
    "agency_administrator",
    "commissioner",
    "hub_administrator",
)
MORE_ROLES = (*ROLES[:2], "head_of_service", *ROLES[2:])


def _one_of(roles: tuple[str, ...]) -> str:
    return f"role IN ({', '.join(repr(role) for role in roles)})"


def _roles(roles: tuple[str, ...]) -> None:
    for table in ("membership", "invitation"):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_role_word"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_role_word"), _one_of(roles))


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_not_empty")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=True),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("leads_to", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name=op.f("ck_batch_ended")),
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_batch_status_word")),
        sa.CheckConstraint("done >= 0 AND (total IS NULL OR total >= done)", name=op.f("ck_batch_so_far")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_batch_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_batch_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_kind_created", "batch", ["kind", "created_at"])
    op.create_index(op.f("ix_batch_organisation_id"), "batch", ["organisation_id"])
    op.create_table(
        "price_band",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("level IN ('standard', 'enhanced', 'complex')", name=op.f("ck_price_band_level_word")),
        sa.CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name=op.f("ck_price_band_ages")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_price_band_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_band")),
        sa.UniqueConstraint(
            "lot_id", "min_age", "max_age", "level", name=op.f("uq_price_band_lot_id_min_age_max_age_level")
        ),
        sa.UniqueConstraint("lot_id", "name", name=op.f("uq_price_band_lot_id_name")),
    )
    op.create_index(op.f("ix_price_band_lot_id"), "price_band", ["lot_id"])
    op.add_column("inspection", sa.Column("standards_met", sa.Boolean(), nullable=True))
    op.add_column("inspection", sa.Column("safeguarding_met", sa.Boolean(), nullable=True))
    op.add_column("inspection", sa.Column("report_card", JSON, nullable=True))
    op.add_column("inspection", sa.Column("inspectorate", sa.String(length=80), nullable=True))
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("in_house_of", sa.String(length=22), nullable=True))
        batch.create_foreign_key(op.f("fk_organisation_in_house_of"), "organisation", ["in_house_of"], ["id"])
        batch.create_check_constraint(
            op.f("ck_organisation_in_house_provider"), "in_house_of IS NULL OR kind = 'provider'"
        )
    op.create_index(op.f("ix_organisation_in_house_of"), "organisation", ["in_house_of"])
    _roles(MORE_ROLES)
    with op.batch_alter_table("application") as batch:
        batch.add_column(sa.Column("marks_per_cent", sa.Integer(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_application_marks_range"), "marks_per_cent IS NULL OR marks_per_cent BETWEEN 0 AND 100"
        )
    op.create_table(
        "passport_answer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(length=22), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_passport_answer_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_passport_answer_policy_version_id")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_passport_answer_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passport_answer")),
        sa.UniqueConstraint("organisation_id", "question", name=op.f("uq_passport_answer_organisation_id_question")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.String(length=22), nullable=True),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("added_by", sa.String(length=22), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=22), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_evidence_withdrawn_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_evidence_organisation_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_evidence_claim_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_evidence_sha256")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_evidence_added_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_evidence_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_organisation_question", "evidence", ["organisation_id", "question"])
    op.create_index("ix_evidence_last_day", "evidence", ["last_day"])
    op.create_index(op.f("ix_evidence_claim_id"), "evidence", ["claim_id"])


def downgrade() -> None:
    for index in ("ix_evidence_claim_id", "ix_evidence_last_day", "ix_evidence_organisation_question"):
        op.drop_index(op.f(index), table_name="evidence")
    op.drop_table("evidence")
    op.drop_table("passport_answer")
    with op.batch_alter_table("application") as batch:
        batch.drop_constraint(op.f("ck_application_marks_range"), type_="check")
        batch.drop_column("marks_per_cent")
    _roles(ROLES)
    op.drop_index(op.f("ix_organisation_in_house_of"), table_name="organisation")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_constraint(op.f("ck_organisation_in_house_provider"), type_="check")
        batch.drop_constraint(op.f("fk_organisation_in_house_of"), type_="foreignkey")
        batch.drop_column("in_house_of")
    for column in ("inspectorate", "report_card", "safeguarding_met", "standards_met"):
        op.drop_column("inspection", column)
    op.drop_index(op.f("ix_price_band_lot_id"), table_name="price_band")
    op.drop_table("price_band")
    op.drop_index(op.f("ix_batch_organisation_id"), table_name="batch")
    op.drop_index("ix_batch_kind_created", table_name="batch")
    op.drop_table("batch")
    op.drop_table("stored_file")
