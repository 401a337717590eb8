"""What each child of a request is, written at submission; answers for one child or for all; what matching needs of the
form; on what old enrolments were moved
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
FROZEN_BEFORE = (
    "published_at",
    "lot_id",
    "weights",
    "evaluation_policy_id",
    "benchmark_pence",
    "benchmark_policy_id",
    "benchmark_source",
    "origin_easting",
    "origin_northing",
    "age_weeks",
    "sex",
    "needs",
    "places",
    "max_miles",
    "urgency",
)
FROZEN = (*FROZEN_BEFORE, "siblings", "exclude_authorities", "adaptations", "language_required", "solo")
SHORTENED = "NEW.offers_close_at IS NULL OR NEW.offers_close_at < OLD.offers_close_at"
SIBLINGS = "siblings IN ('alone', 'together', 'preferred', 'apart')"


def _freeze(columns: tuple[str, ...]) -> None:
    """The trigger that keeps a published request as it was, made anew: on SQLite it went with the old table."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS placement_request_frozen ON placement_request")
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS placement_request_frozen()")
        connection.exec_driver_sql(f"""CREATE FUNCTION placement_request_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NOT NULL AND ({changed} OR {SHORTENED}) THEN
    RAISE EXCEPTION 'a published request is frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""")
        connection.exec_driver_sql(
            "CREATE TRIGGER placement_request_frozen BEFORE UPDATE ON placement_request "
            "FOR EACH ROW EXECUTE FUNCTION placement_request_frozen()"
        )
        return
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    connection.exec_driver_sql("DROP TRIGGER IF EXISTS placement_request_frozen")
    connection.exec_driver_sql(f"""CREATE TRIGGER placement_request_frozen BEFORE UPDATE ON placement_request FOR EACH ROW
WHEN OLD.published_at IS NOT NULL AND ({changed} OR {SHORTENED})
BEGIN SELECT RAISE(ABORT, 'a published request is frozen'); END""")


def upgrade() -> None:
    with op.batch_alter_table("placement_request") as batch:
        batch.add_column(sa.Column("siblings", sa.String(length=40), nullable=False, server_default="alone"))
        batch.add_column(sa.Column("exclude_authorities", JSON, nullable=True))
        batch.add_column(sa.Column("adaptations", JSON, nullable=True))
        batch.add_column(sa.Column("language_required", sa.String(length=20), nullable=True))
        batch.add_column(sa.Column("solo", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_check_constraint(op.f("ck_placement_request_siblings_word"), SIBLINGS)
        batch.create_check_constraint(
            op.f("ck_placement_request_siblings_are_several"), "(siblings = 'alone') = (places = 1)"
        )
    _freeze(FROZEN)
    op.add_column("request_child", sa.Column("age_weeks", sa.Integer(), nullable=True))
    op.add_column("request_child", sa.Column("sex", sa.String(length=1), nullable=True))
    op.add_column("request_child", sa.Column("needs", JSON, nullable=True))
    op.execute(
        "UPDATE request_child SET age_weeks = (SELECT r.age_weeks FROM placement_request r WHERE r.id = request_id), "
        "sex = (SELECT r.sex FROM placement_request r WHERE r.id = request_id), "
        "needs = (SELECT r.needs FROM placement_request r WHERE r.id = request_id)"
    )
    with op.batch_alter_table("request_section") as batch:
        batch.add_column(sa.Column("child_position", sa.Integer(), nullable=False, server_default="0"))
        batch.drop_constraint(op.f("uq_request_section_request_id_section"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_request_section_request_id_section_child_position"), ["request_id", "section", "child_position"]
        )
        batch.create_check_constraint(op.f("ck_request_section_child_position"), "child_position >= 0")
    # Nobody's hand moved these enrolments, and until now only their words said what did.
    move = sa.table("enrolment_move", sa.column("basis_code"), sa.column("person_id"), sa.column("basis"))
    op.execute(
        move.update()
        .where(move.c.person_id.is_(None), move.c.basis_code.is_(None), move.c.basis.like("Ofsted judgement: %"))
        .values(basis_code="ofsted_judgement")
    )

    op.create_table(
        "request_unsaved",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("child_position", sa.Integer(), nullable=False),
        sa.Column("version_shown", sa.Integer(), nullable=False),
        sa.Column("sealed_answers", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_unsaved_request_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_unsaved_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_unsaved")),
        sa.UniqueConstraint(
            "request_id",
            "person_id",
            "section",
            "child_position",
            name=op.f("uq_request_unsaved_request_id_person_id_section_child_position"),
        ),
    )
    op.create_index(op.f("ix_request_unsaved_request_id"), "request_unsaved", ["request_id"])
    op.create_index(op.f("ix_request_unsaved_expires_at"), "request_unsaved", ["expires_at"])


def downgrade() -> None:
    op.drop_table("request_unsaved")
    with op.batch_alter_table("request_section") as batch:
        batch.drop_constraint(op.f("ck_request_section_child_position"), type_="check")
        batch.drop_constraint(op.f("uq_request_section_request_id_section_child_position"), type_="unique")
        batch.create_unique_constraint(op.f("uq_request_section_request_id_section"), ["request_id", "section"])
        batch.drop_column("child_position")
    for column in ("needs", "sex", "age_weeks"):
        op.drop_column("request_child", column)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER IF EXISTS placement_request_frozen ON placement_request")
    with op.batch_alter_table("placement_request") as batch:
        batch.drop_constraint(op.f("ck_placement_request_siblings_are_several"), type_="check")
        batch.drop_constraint(op.f("ck_placement_request_siblings_word"), type_="check")
        for column in ("solo", "language_required", "adaptations", "exclude_authorities", "siblings"):
            batch.drop_column(column)
    _freeze(FROZEN_BEFORE)
