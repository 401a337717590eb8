"""The way to the market: waves, windows, changes, cover for a manager, unmet need"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
STATUSES = ("draft", "submitted", "approved", "published", "awarded", "unplaced", "withdrawn")
TASKS = ("statutory", "assurance", "panel_action")
CHANGES = (
    "in_house_asked",
    "in_house_answered",
    "in_house_cut_short",
    "wave_opened",
    "extended",
    "amended",
    "escalated",
    "widened",
)
# As migration 0010 left it: SQLite makes a table anew to change it, and its trigger goes with the old one.
FROZEN = (
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
    "siblings",
    "exclude_authorities",
    "adaptations",
    "language_required",
    "solo",
)
SHORTENED = "NEW.offers_close_at IS NULL OR NEW.offers_close_at < OLD.offers_close_at"


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _word(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _words(statuses: tuple[str, ...], tasks: tuple[str, ...]) -> None:
    for table, column, words in (
        ("placement_request", "status", statuses),
        ("request_move", "to_status", statuses),
        ("task", "kind", tasks),
    ):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_{column}_word"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{column}_word"), _word(column, words))


def _freeze() -> None:
    if _on_postgresql():
        return
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FROZEN)
    connection = op.get_bind()
    connection.exec_driver_sql("DROP TRIGGER IF EXISTS placement_request_frozen")
    connection.exec_driver_sql(f"""CREATE TRIGGER placement_request_frozen BEFORE UPDATE ON placement_request FOR EACH ROW
WHEN OLD.published_at IS NOT NULL AND ({changed} OR {SHORTENED})
BEGIN SELECT RAISE(ABORT, 'a published request is frozen'); END""")


ON_POSTGRESQL = (
    """CREATE FUNCTION request_change_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'request_change is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE TRIGGER request_change_append_only BEFORE UPDATE OR DELETE ON request_change FOR EACH ROW EXECUTE FUNCTION request_change_append_only()""",
)
ON_SQLITE = (
    """CREATE TRIGGER request_change_append_only BEFORE UPDATE ON request_change BEGIN SELECT RAISE(ABORT, 'request_change is append-only'); END""",
    """CREATE TRIGGER request_change_append_only_delete BEFORE DELETE ON request_change BEGIN SELECT RAISE(ABORT, 'request_change is append-only'); END""",
    """CREATE TRIGGER request_change_append_only_replace BEFORE INSERT ON request_change WHEN EXISTS (SELECT 1 FROM request_change WHERE (id = NEW.id) OR (request_id = NEW.request_id AND position = NEW.position)) BEGIN SELECT RAISE(ABORT, 'request_change is append-only'); END""",
)


def _append_only() -> None:
    for statement in ON_POSTGRESQL if _on_postgresql() else ON_SQLITE:
        op.get_bind().exec_driver_sql(statement)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _of_request(name: str, *rest: sa.schema.SchemaItem) -> None:
    """A table whose rows belong to a request."""
    op.create_table(
        name,
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        *rest,
        _key(name, "request_id", "placement_request"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_request_id"), name, ["request_id"])


def upgrade() -> None:
    _words((*STATUSES, "placed_in_house"), (*TASKS, "route"))
    with op.batch_alter_table("placement_request") as batch:
        batch.add_column(sa.Column("in_house_asked_at", MOMENT, nullable=True))
        batch.add_column(sa.Column("in_house_until", MOMENT, nullable=True))
        batch.add_column(sa.Column("wave_plan", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("escalated_at", MOMENT, nullable=True))
        batch.add_column(sa.Column("placed_service_id", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("placed_first_day", sa.Date(), nullable=True))
        batch.add_column(sa.Column("unmet_code", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("unmet_words", sa.String(length=2000), nullable=True))
        batch.add_column(sa.Column("follows_id", sa.String(length=22), nullable=True))
        batch.create_foreign_key(
            op.f("fk_placement_request_placed_service_id"), "service", ["placed_service_id"], ["id"]
        )
        batch.create_foreign_key(op.f("fk_placement_request_follows_id"), "placement_request", ["follows_id"], ["id"])
        batch.create_unique_constraint(op.f("uq_placement_request_follows_id"), ["follows_id"])
    op.execute("UPDATE placement_request SET unmet_code = 'other' WHERE status = 'unplaced'")
    with op.batch_alter_table("placement_request") as batch:
        batch.create_check_constraint(
            op.f("ck_placement_request_placed_in_house_whole"),
            "(status = 'placed_in_house') = (placed_service_id IS NOT NULL AND placed_first_day IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_placement_request_unmet_coded"), "status <> 'unplaced' OR unmet_code IS NOT NULL"
        )
    _freeze()
    op.add_column("offer_invitation", sa.Column("wave", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("offer_invitation", sa.Column("included_reason", sa.String(length=2000), nullable=True))
    op.add_column("offer_invitation", sa.Column("against", JSON, nullable=True))
    op.add_column("offer_invitation", sa.Column("stands_since", sa.Integer(), nullable=True))
    op.create_index("ix_request_move_ended", "request_move", ["to_status", "at"])
    _tables()
    _append_only()


def _tables() -> None:
    _of_request(
        "request_change",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("words", sa.String(length=2000), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("sealed_detail", sa.String(), nullable=True),
        sa.CheckConstraint(_word("kind", CHANGES), name=op.f("ck_request_change_kind_word")),
        _key("request_change", "person_id", "person"),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_change_request_id_position")),
    )
    _of_request(
        "request_amendment",
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("child_position", sa.Integer(), nullable=False),
        sa.Column("sealed_answers", sa.String(), nullable=False),
        sa.Column("saved_by", sa.String(length=22), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        _key("request_amendment", "saved_by", "person"),
        sa.CheckConstraint("child_position >= 0", name=op.f("ck_request_amendment_child_position")),
        sa.UniqueConstraint(
            "request_id",
            "section",
            "child_position",
            name=op.f("uq_request_amendment_request_id_section_child_position"),
        ),
    )
    _of_request(
        "request_inclusion",
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("included_by", sa.String(length=22), nullable=False),
        sa.Column("included_at", MOMENT, nullable=False),
        _key("request_inclusion", "lot_id", "lot"),
        _key("request_inclusion", "service_id", "service"),
        _key("request_inclusion", "included_by", "person"),
        sa.UniqueConstraint(
            "request_id", "lot_id", "service_id", name=op.f("uq_request_inclusion_request_id_lot_id_service_id")
        ),
    )
    _of_request(
        "deadline_agreement",
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("agreed_by", sa.String(length=200), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        _key("deadline_agreement", "lot_id", "lot"),
        _key("deadline_agreement", "organisation_id", "organisation"),
        _key("deadline_agreement", "recorded_by", "person"),
        sa.UniqueConstraint(
            "request_id",
            "lot_id",
            "organisation_id",
            "closes_at",
            name=op.f("uq_deadline_agreement_request_id_lot_id_organisation_id_closes_at"),
        ),
    )
    _of_request(
        "request_wave",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("opened_by", sa.String(length=22), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_request_wave_number")),
        _key("request_wave", "opened_by", "person"),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_request_wave_request_id_number")),
    )
    _of_request(
        "in_house_ask",
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by", sa.String(length=22), nullable=True),
        sa.Column("can_take", sa.Boolean(), nullable=True),
        sa.Column("can_from", sa.Date(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("words", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (can_take IS NULL)", name=op.f("ck_in_house_ask_answered_whole")),
        sa.CheckConstraint(
            "can_take IS NULL OR (can_take = (can_from IS NOT NULL))", name=op.f("ck_in_house_ask_can_from_a_day")
        ),
        sa.CheckConstraint(
            "can_take IS NULL OR (can_take = (code IS NULL))", name=op.f("ck_in_house_ask_cannot_for_a_reason")
        ),
        _key("in_house_ask", "service_id", "service"),
        _key("in_house_ask", "organisation_id", "organisation"),
        _key("in_house_ask", "answered_by", "person"),
        sa.UniqueConstraint(
            "request_id", "service_id", "asked_at", name=op.f("uq_in_house_ask_request_id_service_id_asked_at")
        ),
    )
    op.create_index(op.f("ix_in_house_ask_organisation_id"), "in_house_ask", ["organisation_id"])


def downgrade() -> None:
    if _on_postgresql():
        op.execute("DROP TRIGGER request_change_append_only ON request_change")
        op.execute("DROP FUNCTION request_change_append_only()")
    for table in (
        "in_house_ask",
        "request_wave",
        "deadline_agreement",
        "request_inclusion",
        "request_amendment",
        "request_change",
    ):
        op.drop_table(table)
    op.drop_index("ix_request_move_ended", "request_move")
    for column in ("stands_since", "against", "included_reason", "wave"):
        op.drop_column("offer_invitation", column)
    with op.batch_alter_table("placement_request") as batch:
        batch.drop_constraint(op.f("ck_placement_request_unmet_coded"), type_="check")
        batch.drop_constraint(op.f("ck_placement_request_placed_in_house_whole"), type_="check")
        batch.drop_constraint(op.f("uq_placement_request_follows_id"), type_="unique")
        batch.drop_constraint(op.f("fk_placement_request_follows_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_placement_request_placed_service_id"), type_="foreignkey")
        for column in (
            "follows_id",
            "unmet_words",
            "unmet_code",
            "placed_first_day",
            "placed_service_id",
            "escalated_at",
            "wave_plan",
            "in_house_until",
            "in_house_asked_at",
        ):
            batch.drop_column(column)
    op.execute("UPDATE placement_request SET status = 'withdrawn' WHERE status = 'placed_in_house'")
    op.execute("UPDATE request_move SET to_status = 'withdrawn' WHERE to_status = 'placed_in_house'")
    op.execute("UPDATE task SET kind = 'statutory' WHERE kind = 'route'")
    _words(STATUSES, TASKS)
    _freeze()
