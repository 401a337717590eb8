"""Prices: lists that are only ever added to, discounts, uplifts with what was said of them, what they avoided, and companies' files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

# What stands in app/core/append_only.py is copied here as it was when this migration was written.
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER list_price_append_only BEFORE UPDATE ON list_price BEGIN SELECT RAISE(ABORT, 'list_price is append-only'); END""",
        """CREATE TRIGGER list_price_append_only_delete BEFORE DELETE ON list_price BEGIN SELECT RAISE(ABORT, 'list_price is append-only'); END""",
        """CREATE TRIGGER list_price_append_only_replace BEFORE INSERT ON list_price WHEN EXISTS (SELECT 1 FROM list_price WHERE (id = NEW.id) OR (service_id = NEW.service_id AND band_id = NEW.band_id AND from_day = NEW.from_day AND number = NEW.number) OR (uplift_id = NEW.uplift_id AND service_id = NEW.service_id AND band_id = NEW.band_id AND from_day = NEW.from_day)) BEGIN SELECT RAISE(ABORT, 'list_price is append-only'); END""",
        """CREATE TRIGGER uplift_entry_append_only BEFORE UPDATE ON uplift_entry BEGIN SELECT RAISE(ABORT, 'uplift_entry is append-only'); END""",
        """CREATE TRIGGER uplift_entry_append_only_delete BEFORE DELETE ON uplift_entry BEGIN SELECT RAISE(ABORT, 'uplift_entry is append-only'); END""",
        """CREATE TRIGGER uplift_entry_append_only_replace BEFORE INSERT ON uplift_entry WHEN EXISTS (SELECT 1 FROM uplift_entry WHERE (id = NEW.id) OR (uplift_id = NEW.uplift_id AND number = NEW.number)) BEGIN SELECT RAISE(ABORT, 'uplift_entry is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION list_price_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'list_price is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER list_price_append_only BEFORE UPDATE OR DELETE ON list_price FOR EACH ROW EXECUTE FUNCTION list_price_append_only()""",
        """CREATE FUNCTION uplift_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'uplift_entry is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER uplift_entry_append_only BEFORE UPDATE OR DELETE ON uplift_entry FOR EACH ROW EXECUTE FUNCTION uplift_entry_append_only()""",
    ),
}


def upgrade() -> None:
    op.create_table(
        "bulk_file",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("plan", JSON, nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=True),
        sa.Column("sent_by", sa.String(length=22), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_bulk_file_applied")),
        sa.CheckConstraint("status = 'reading' OR plan IS NOT NULL", name=op.f("ck_bulk_file_planned")),
        sa.CheckConstraint(
            "status IN ('reading', 'ready', 'faulty', 'applying', 'applied', 'stale')",
            name=op.f("ck_bulk_file_status_word"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_bulk_file_organisation_id")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_bulk_file_sent_by")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_bulk_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_file")),
    )
    op.create_index("ix_bulk_file_organisation_sent", "bulk_file", ["organisation_id", "sent_at"])

    op.create_table(
        "uplift",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_from", sa.Date(), nullable=False),
        sa.Column("offered_from", sa.Date(), nullable=True),
        sa.Column("agreed_from", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.String(length=22), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prices_set", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'agreed') = (agreed_from IS NOT NULL)", name=op.f("ck_uplift_agreed_from")),
        sa.CheckConstraint("(status = 'agreed') = (applied_at IS NOT NULL)", name=op.f("ck_uplift_agreed_is_applied")),
        sa.CheckConstraint(
            "(status IN ('agreed', 'refused', 'withdrawn')) = (closed_at IS NOT NULL)", name=op.f("ck_uplift_closed")
        ),
        sa.CheckConstraint(
            "status IN ('asked', 'negotiating', 'offered', 'agreed', 'refused', 'withdrawn')",
            name=op.f("ck_uplift_status_word"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('offered', 'agreed') OR offered_from IS NOT NULL", name=op.f("ck_uplift_offered_from")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_uplift_asked_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_uplift_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uplift")),
        sa.UniqueConstraint("reference", name=op.f("uq_uplift_reference")),
    )
    op.create_index(op.f("ix_uplift_organisation_id"), "uplift", ["organisation_id"])
    op.create_index("ix_uplift_status_asked", "uplift", ["status", "asked_at"])

    op.create_table(
        "discount_rule",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=22), nullable=False),
        sa.Column("ended_by", sa.String(length=22), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('sibling', 'long_term', 'volume')", name=op.f("ck_discount_rule_kind_word")),
        sa.CheckConstraint(
            "threshold >= 1 AND (kind <> 'sibling' OR threshold >= 2)", name=op.f("ck_discount_rule_threshold")
        ),
        sa.CheckConstraint("basis_points BETWEEN 1 AND 10000", name=op.f("ck_discount_rule_rate")),
        sa.CheckConstraint("last_day IS NULL OR last_day >= from_day", name=op.f("ck_discount_rule_days_in_order")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_discount_rule_ended_by")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_discount_rule_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_discount_rule_organisation_id")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_discount_rule_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_rule")),
        sa.UniqueConstraint(
            "organisation_id",
            "lot_id",
            "kind",
            "threshold",
            "from_day",
            name=op.f("uq_discount_rule_organisation_id_lot_id_kind_threshold_from_day"),
        ),
    )
    op.create_index(
        "uq_discount_rule_open",
        "discount_rule",
        ["organisation_id", "lot_id", "kind", "threshold"],
        unique=True,
        sqlite_where=sa.text("last_day IS NULL"),
        postgresql_where=sa.text("last_day IS NULL"),
    )

    op.create_table(
        "uplift_entry",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("uplift_id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("figures", JSON, nullable=True),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asked', 'message', 'counter', 'figure', 'agreed', 'refused', 'withdrawn', 'comment')",
            name=op.f("ck_uplift_entry_kind_word"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_uplift_entry_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_uplift_entry_person_id")),
        sa.ForeignKeyConstraint(["uplift_id"], ["uplift.id"], name=op.f("fk_uplift_entry_uplift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uplift_entry")),
        sa.UniqueConstraint("uplift_id", "number", name=op.f("uq_uplift_entry_uplift_id_number")),
    )
    op.create_table(
        "uplift_file",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("uplift_id", sa.String(length=22), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("added_by", sa.String(length=22), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_uplift_file_added_by")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_uplift_file_sha256")),
        sa.ForeignKeyConstraint(["uplift_id"], ["uplift.id"], name=op.f("fk_uplift_file_uplift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uplift_file")),
    )
    op.create_index(op.f("ix_uplift_file_uplift_id"), "uplift_file", ["uplift_id"])

    op.create_table(
        "uplift_line",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("uplift_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("requested_points", sa.Integer(), nullable=False),
        sa.Column("counter_points", sa.Integer(), nullable=True),
        sa.Column("offered_points", sa.Integer(), nullable=True),
        sa.Column("agreed_points", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "agreed_points IS NULL OR agreed_points = offered_points", name=op.f("ck_uplift_line_agreed")
        ),
        sa.CheckConstraint(
            "counter_points IS NULL OR counter_points BETWEEN 0 AND requested_points",
            name=op.f("ck_uplift_line_counter"),
        ),
        sa.CheckConstraint(
            "offered_points IS NULL OR offered_points BETWEEN 0 AND requested_points",
            name=op.f("ck_uplift_line_offered"),
        ),
        sa.CheckConstraint("requested_points BETWEEN 1 AND 5000", name=op.f("ck_uplift_line_requested")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_uplift_line_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_uplift_line_organisation_id")),
        sa.ForeignKeyConstraint(["uplift_id"], ["uplift.id"], name=op.f("fk_uplift_line_uplift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uplift_line")),
        sa.UniqueConstraint("uplift_id", "lot_id", name=op.f("uq_uplift_line_uplift_id_lot_id")),
    )
    op.create_index(op.f("ix_uplift_line_lot_id"), "uplift_line", ["lot_id"])
    op.create_index(
        "uq_uplift_line_open",
        "uplift_line",
        ["organisation_id", "lot_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "list_price",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("band_id", sa.String(length=22), nullable=False),
        sa.Column("care_pence", sa.BigInteger(), nullable=False),
        sa.Column("education_pence", sa.BigInteger(), nullable=False),
        sa.Column("health_pence", sa.BigInteger(), nullable=False),
        sa.Column("transport_pence", sa.BigInteger(), nullable=False),
        sa.Column("weeks_per_year", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=22), nullable=False),
        sa.Column("uplift_id", sa.String(length=22), nullable=True),
        sa.CheckConstraint(
            "care_pence >= 0 AND education_pence >= 0 AND health_pence >= 0 AND transport_pence >= 0 AND care_pence + education_pence + health_pence + transport_pence > 0",
            name=op.f("ck_list_price_amounts"),
        ),
        sa.CheckConstraint("from_day >= set_on", name=op.f("ck_list_price_not_backdated")),
        sa.CheckConstraint("number > 0", name=op.f("ck_list_price_number_positive")),
        sa.CheckConstraint("weeks_per_year BETWEEN 1 AND 52", name=op.f("ck_list_price_weeks")),
        sa.ForeignKeyConstraint(["band_id"], ["price_band.id"], name=op.f("fk_list_price_band_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_list_price_service_id")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_list_price_set_by")),
        sa.ForeignKeyConstraint(["uplift_id"], ["uplift.id"], name=op.f("fk_list_price_uplift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_price")),
        sa.UniqueConstraint(
            "service_id", "band_id", "from_day", "number", name=op.f("uq_list_price_service_id_band_id_from_day_number")
        ),
    )
    op.create_index("ix_list_price_band_from", "list_price", ["band_id", "from_day"])
    op.create_index(
        "uq_list_price_uplifted",
        "list_price",
        ["uplift_id", "service_id", "band_id", "from_day"],
        unique=True,
        sqlite_where=sa.text("uplift_id IS NOT NULL"),
        postgresql_where=sa.text("uplift_id IS NOT NULL"),
    )

    op.create_table(
        "uplift_basis",
        sa.Column("uplift_line_id", sa.String(length=22), nullable=False),
        sa.Column("placement_id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("provider_id", sa.String(length=22), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("requested_points", sa.Integer(), nullable=False),
        sa.Column("agreed_points", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "agreed_points >= 0 AND agreed_points <= requested_points", name=op.f("ck_uplift_basis_no_more_than_asked")
        ),
        sa.CheckConstraint("last_number >= first_number", name=op.f("ck_uplift_basis_days_in_order")),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_uplift_basis_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_uplift_basis_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_uplift_basis_organisation_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_uplift_basis_placement_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisation.id"], name=op.f("fk_uplift_basis_provider_id")),
        sa.ForeignKeyConstraint(["uplift_line_id"], ["uplift_line.id"], name=op.f("fk_uplift_basis_uplift_line_id")),
        sa.PrimaryKeyConstraint("uplift_line_id", "placement_id", name=op.f("pk_uplift_basis")),
    )
    op.create_index("ix_uplift_basis_own_days", "uplift_basis", ["organisation_id", "last_number"])
    op.create_index(op.f("ix_uplift_basis_placement_id"), "uplift_basis", ["placement_id"])
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    for table in (
        "uplift_basis",
        "list_price",
        "uplift_line",
        "uplift_file",
        "uplift_entry",
        "discount_rule",
        "uplift",
        "bulk_file",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("list_price", "uplift_entry"):
            op.execute(f"DROP FUNCTION {table}_append_only()")
