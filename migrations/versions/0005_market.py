"""The market: what joining a purchasing system means, on what basis an enrolment moves, who may come back, and which
applications may wait longer than a request is open
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NOTICES = (
    "prior_information",
    "contract",
    "modification",
    "award",
    "uk2",
    "uk3",
    "uk4",
    "uk6",
    "uk7",
    "uk10",
    "uk12",
    "uk13",
    "uk14",
    "uk15",
    "uk16",
)
BASES = (
    "safeguarding",
    "ofsted_judgement",
    "registration",
    "standards",
    "contract_terms",
    "conditions",
    "mandatory_ground",
    "discretionary_ground",
    "debarred",
    "regulation_57",
    "market_modification",
    "own_request",
    "quality_assured",
    "concern_closed",
    "ground_gone",
)
CHECKS = {
    "no_fee_under_34": "mode <> 'pcr34' OR (membership_fee_pence IS NULL AND award_fee_pence IS NULL)",
    "act_fee_on_award_only": "mode NOT IN ('pa23_light_touch', 'pa23_dynamic_market') OR membership_fee_pence IS NULL",
    "fees_are_sums": "(membership_fee_pence IS NULL OR membership_fee_pence > 0) AND (award_fee_pence IS NULL OR award_fee_pence > 0)",
    "established_with_conditions": "established_on IS NULL OR mode NOT IN ('pcr34', 'pa23_dynamic_market') OR length(conditions) > 0",
}
STANDING = sa.text("status <> 'removed'")
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER purchasing_system_fixed BEFORE UPDATE ON purchasing_system FOR EACH ROW
WHEN NEW.mode <> OLD.mode OR (OLD.established_on IS NOT NULL AND OLD.mode IN ('pcr34', 'pa23_dynamic_market') AND (NEW.conditions IS NOT OLD.conditions OR NEW.established_on IS NOT OLD.established_on))
BEGIN SELECT RAISE(ABORT, 'an established purchasing system is fixed'); END""",
        """CREATE TRIGGER purchasing_system_fixed_delete BEFORE DELETE ON purchasing_system FOR EACH ROW
WHEN OLD.established_on IS NOT NULL AND OLD.mode IN ('pcr34', 'pa23_dynamic_market')
BEGIN SELECT RAISE(ABORT, 'an established purchasing system is fixed'); END""",
        """CREATE TRIGGER purchasing_system_fixed_replace BEFORE INSERT ON purchasing_system FOR EACH ROW
WHEN EXISTS (SELECT 1 FROM purchasing_system s WHERE (s.id = NEW.id OR s.name = NEW.name) AND s.established_on IS NOT NULL AND s.mode IN ('pcr34', 'pa23_dynamic_market'))
BEGIN SELECT RAISE(ABORT, 'an established purchasing system is fixed'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION purchasing_system_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.established_on IS NOT NULL AND OLD.mode IN ('pcr34', 'pa23_dynamic_market') THEN
      RAISE EXCEPTION 'an established purchasing system is fixed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.mode <> OLD.mode OR (OLD.established_on IS NOT NULL AND OLD.mode IN ('pcr34', 'pa23_dynamic_market') AND (NEW.conditions IS DISTINCT FROM OLD.conditions OR NEW.established_on IS DISTINCT FROM OLD.established_on)) THEN
    RAISE EXCEPTION 'an established purchasing system is fixed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
        """CREATE TRIGGER purchasing_system_fixed BEFORE UPDATE OR DELETE ON purchasing_system FOR EACH ROW EXECUTE FUNCTION purchasing_system_fixed()""",
    ),
}


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer(), nullable=False, server_default="1")


def upgrade() -> None:
    with op.batch_alter_table("purchasing_system") as batch:
        batch.add_column(sa.Column("established_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("conditions", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("membership_fee_pence", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("award_fee_pence", sa.BigInteger(), nullable=True))
        batch.add_column(_version())
        for name, check in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_purchasing_system_{name}"), check)
        batch.create_unique_constraint(op.f("uq_purchasing_system_id_mode"), ["id", "mode"])
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    op.add_column("lot", _version())
    op.add_column("price_band", _version())
    op.create_table(
        "application_round",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("system_id", sa.String(length=22), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "mode IN ('pcr_light_touch', 'pa23_light_touch')", name=op.f("ck_application_round_light_touch_only")
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_application_round_days_in_order")),
        sa.ForeignKeyConstraint(
            ["system_id", "mode"],
            ["purchasing_system.id", "purchasing_system.mode"],
            name=op.f("fk_application_round_system_id_mode"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_round")),
        sa.UniqueConstraint("system_id", "opens_on", name=op.f("uq_application_round_system_id_opens_on")),
    )
    op.create_table(
        "market_notice",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("system_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_one_of("kind", NOTICES), name=op.f("ck_market_notice_kind_word")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_market_notice_recorded_by")),
        sa.ForeignKeyConstraint(["system_id"], ["purchasing_system.id"], name=op.f("fk_market_notice_system_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market_notice")),
        sa.UniqueConstraint("system_id", "kind", "reference", name=op.f("uq_market_notice_system_id_kind_reference")),
    )
    op.create_index(op.f("ix_market_notice_system_id"), "market_notice", ["system_id"])
    op.create_table(
        "joining_exception",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("application_id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_joining_exception_application_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_joining_exception_request_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_joining_exception_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joining_exception")),
        sa.UniqueConstraint(
            "application_id", "request_id", name=op.f("uq_joining_exception_application_id_request_id")
        ),
    )
    op.create_index(op.f("ix_joining_exception_request_id"), "joining_exception", ["request_id"])
    op.drop_index(op.f("ix_enrolment_lot_id"), table_name="enrolment")
    with op.batch_alter_table("enrolment") as batch:
        batch.drop_constraint(op.f("uq_enrolment_claim_id_lot_id"), type_="unique")
    op.create_index("ix_enrolment_lot_id_status", "enrolment", ["lot_id", "status", "claim_id"])
    op.create_index(
        "uq_enrolment_standing",
        "enrolment",
        ["claim_id", "lot_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    with op.batch_alter_table("enrolment_move") as batch:
        batch.add_column(sa.Column("basis_code", sa.String(length=40), nullable=True))
        batch.create_check_constraint(op.f("ck_enrolment_move_basis_code_word"), _one_of("basis_code", BASES))


def downgrade() -> None:
    with op.batch_alter_table("enrolment_move") as batch:
        batch.drop_constraint(op.f("ck_enrolment_move_basis_code_word"), type_="check")
        batch.drop_column("basis_code")
    op.drop_index("uq_enrolment_standing", table_name="enrolment", sqlite_where=STANDING, postgresql_where=STANDING)
    op.drop_index("ix_enrolment_lot_id_status", table_name="enrolment")
    with op.batch_alter_table("enrolment") as batch:
        batch.create_unique_constraint(op.f("uq_enrolment_claim_id_lot_id"), ["claim_id", "lot_id"])
    op.create_index(op.f("ix_enrolment_lot_id"), "enrolment", ["lot_id"])
    op.drop_index(op.f("ix_joining_exception_request_id"), table_name="joining_exception")
    op.drop_table("joining_exception")
    op.drop_index(op.f("ix_market_notice_system_id"), table_name="market_notice")
    op.drop_table("market_notice")
    op.drop_table("application_round")
    op.drop_column("price_band", "version")
    op.drop_column("lot", "version")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("DROP TRIGGER purchasing_system_fixed ON purchasing_system")
        op.execute("DROP FUNCTION purchasing_system_fixed()")
    else:
        for name in ("purchasing_system_fixed", "purchasing_system_fixed_delete", "purchasing_system_fixed_replace"):
            op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("purchasing_system") as batch:
        batch.drop_constraint(op.f("uq_purchasing_system_id_mode"), type_="unique")
        for name in reversed(CHECKS):
            batch.drop_constraint(op.f(f"ck_purchasing_system_{name}"), type_="check")
        for column in ("version", "award_fee_pence", "membership_fee_pence", "conditions", "established_on"):
            batch.drop_column(column)
