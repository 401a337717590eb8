"""Services made whole: a profile in coded lists, homes, vacancies by date, what shows a need, links that act once, and
who was not told of a request
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
CODED = ("specialisms", "languages", "faiths", "cultures", "adaptations", "pets")
CHECKS = {
    "registered_ages": "registered_min_age >= 0 AND registered_max_age >= registered_min_age AND registered_max_age <= 25",
    "registered_age_pair": "(registered_min_age IS NULL) = (registered_max_age IS NULL)",
    "setting_word": "setting IN ('solo', 'group', 'either')",
}


def upgrade() -> None:
    op.create_table(
        "link_token",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_token_hash")),
    )
    op.create_index(op.f("ix_link_token_subject_id"), "link_token", ["subject_id"])

    op.create_table(
        "capability_proof",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("shows", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("given_by", sa.String(length=22), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(shows = 'evidenced') = (visited_on IS NULL)", name=op.f("ck_capability_proof_visited")),
        sa.CheckConstraint(
            "shows IN ('declared', 'evidenced', 'verified')", name=op.f("ck_capability_proof_shows_word")
        ),
        sa.CheckConstraint("(sha256 IS NULL) = (file_name IS NULL)", name=op.f("ck_capability_proof_file")),
        sa.CheckConstraint("indicator BETWEEN 1 AND 12", name=op.f("ck_capability_proof_indicator")),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name=op.f("ck_capability_proof_level")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_capability_proof_given_by")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_capability_proof_service_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_capability_proof_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability_proof")),
    )
    op.create_index("ix_capability_proof_service_indicator", "capability_proof", ["service_id", "indicator"])

    op.create_table(
        "home",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code_name", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("easting", sa.Integer(), nullable=False),
        sa.Column("northing", sa.Integer(), nullable=False),
        sa.Column("authority_gss", sa.String(length=9), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("sexes", JSON, nullable=False),
        sa.Column("approved_for", sa.Integer(), nullable=False),
        sa.Column("exemption", sa.String(length=40), nullable=True),
        sa.Column("exempted_by_gss", sa.String(length=9), nullable=True),
        sa.Column("exempted_on", sa.Date(), nullable=True),
        sa.Column("solo", sa.Boolean(), nullable=False),
        sa.Column("siblings", sa.Boolean(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("others_bands", JSON, nullable=False),
        sa.Column("adaptations", JSON, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("pets", JSON, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("exemption IN ('siblings', 'authority')", name=op.f("ck_home_exemption_word")),
        sa.CheckConstraint(
            "exemption IS NULL OR exemption <> 'authority' OR (exempted_by_gss = authority_gss AND exempted_on IS NOT NULL)",
            name=op.f("ck_home_exempted_by"),
        ),
        sa.CheckConstraint(
            "kind <> 'household' OR approved_for <= 3 OR exemption IS NOT NULL", name=op.f("ck_home_foster_limit")
        ),
        sa.CheckConstraint("kind IN ('household', 'building', 'premises')", name=op.f("ck_home_kind_word")),
        sa.CheckConstraint("status IN ('available', 'full', 'closed')", name=op.f("ck_home_status_word")),
        sa.CheckConstraint("approved_for > 0", name=op.f("ck_home_approved_for")),
        sa.CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name=op.f("ck_home_ages")),
        sa.CheckConstraint("others >= 0", name=op.f("ck_home_others")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_home_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
        sa.UniqueConstraint("service_id", "code_name", name=op.f("uq_home_service_id_code_name")),
    )
    op.create_index(op.f("ix_home_service_id"), "home", ["service_id"])

    op.create_table(
        "offer_left_out",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_offer_left_out_organisation_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_offer_left_out_request_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_offer_left_out_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_left_out")),
        sa.UniqueConstraint("request_id", "service_id", name=op.f("uq_offer_left_out_request_id_service_id")),
    )
    op.create_index(op.f("ix_offer_left_out_organisation_id"), "offer_left_out", ["organisation_id"])
    op.create_index(op.f("ix_offer_left_out_request_id"), "offer_left_out", ["request_id"])
    op.create_index(op.f("ix_offer_left_out_service_id"), "offer_left_out", ["service_id"])

    op.create_table(
        "vacancy",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("home_id", sa.String(length=22), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=22), nullable=True),
        sa.Column("link_id", sa.String(length=22), nullable=True),
        sa.Column("rolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("places >= 0", name=op.f("ck_vacancy_places")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_vacancy_confirmed_by")),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_vacancy_home_id")),
        sa.ForeignKeyConstraint(["link_id"], ["link_token.id"], name=op.f("fk_vacancy_link_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_vacancy_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
    )
    op.create_index(op.f("ix_vacancy_service_id"), "vacancy", ["service_id"])
    op.create_index(
        "ix_vacancy_to_come",
        "vacancy",
        ["from_day"],
        sqlite_where=sa.text("ended_at IS NULL AND rolled_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND rolled_at IS NULL"),
    )
    op.create_index(
        "uq_vacancy_live",
        "vacancy",
        ["service_id", "from_day"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND home_id IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND home_id IS NULL"),
    )
    op.create_index(
        "uq_vacancy_live_home",
        "vacancy",
        ["home_id", "from_day"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND home_id IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND home_id IS NOT NULL"),
    )

    # What was said before has no day: the company is asked whether it still holds.
    op.add_column("service", sa.Column("needs_confirmed_on", JSON, nullable=True))
    op.execute("UPDATE service SET needs_confirmed_on = '[]'")
    with op.batch_alter_table("service") as batch:
        batch.alter_column("needs_confirmed_on", existing_type=JSON, nullable=False)
        batch.add_column(sa.Column("registered_min_age", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("registered_max_age", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("registered_places", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("setting", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("education_on_site", sa.Boolean(), nullable=True))
        for name in CODED:
            batch.add_column(sa.Column(name, JSON, nullable=True))
        for name, rule in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_service_{name}"), rule)


def downgrade() -> None:
    with op.batch_alter_table("service") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_service_{name}"), type_="check")
        for name in reversed(CODED):
            batch.drop_column(name)
        for name in ("education_on_site", "setting", "registered_places", "registered_max_age", "registered_min_age"):
            batch.drop_column(name)
        batch.drop_column("needs_confirmed_on")
    for table in ("vacancy", "offer_left_out", "home", "capability_proof", "link_token"):
        op.drop_table(table)
