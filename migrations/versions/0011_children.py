"""Records of children: links between siblings, strengths and difficulties, duplicates, erasure"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = ("sound_index", "birth_index", "birth_month_index", "given_birth_index", "family_birth_index")
ERASED = " AND ".join(f"{column} IS NULL" for column in ("wrapped_key", "name_index", *INDEXES))
APPEND_ONLY = {
    "sdq_score": "(id = NEW.id) OR (corrects = NEW.corrects)",
    "child_erasure": "(id = NEW.id) OR (child_id = NEW.child_id)",
}
REASONS = "reason IN ('request', 'start', 'review', 'change', 'end')"
SCALES = (
    "(emotional IS NULL AND conduct IS NULL AND hyperactivity IS NULL AND peer IS NULL) OR"
    " (emotional BETWEEN 0 AND 10 AND conduct BETWEEN 0 AND 10 AND hyperactivity BETWEEN 0 AND 10"
    " AND peer BETWEEN 0 AND 10 AND emotional + conduct + hyperactivity + peer = total)"
)


def _append_only(table: str, same: str) -> None:
    name = f"{table}_append_only"
    message = f"{table} is append-only"
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "postgresql":
        run(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        run(f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        return
    run(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")
    run(f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")
    there = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608 - names that stand above
    run(
        f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {table} WHEN EXISTS ({there})"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _person(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}"))


def _child(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["child.id"], name=op.f(f"fk_{table}_{column}"))


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(length=22), nullable=False)


def _to(column: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=22), nullable=nullable)


def _moment(column: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("child") as batch:
        batch.alter_column("name_index", existing_type=sa.String(length=64), nullable=True)
        for column in INDEXES:
            batch.add_column(sa.Column(column, sa.String(length=64), nullable=True))
            batch.create_index(op.f(f"ix_child_{column}"), [column])
        batch.add_column(_to("merged_into", nullable=True))
        batch.add_column(_moment("merged_at", nullable=True))
        batch.create_foreign_key(op.f("fk_child_merged_into"), "child", ["merged_into"], ["id"])
        batch.create_index(op.f("ix_child_merged_into"), ["merged_into"])
        batch.create_index("ix_child_list", ["organisation_id", "created_at"])
        batch.create_check_constraint(op.f("ck_child_erased_whole"), f"erased_at IS NULL OR ({ERASED})")
        batch.create_check_constraint(op.f("ck_child_merged_whole"), "(merged_into IS NULL) = (merged_at IS NULL)")
        batch.create_check_constraint(op.f("ck_child_merged_into_another"), "merged_into <> id")
    # In one statement and not in batch mode, so that the table keeps its triggers on SQLite.
    op.get_bind().exec_driver_sql(
        "ALTER TABLE needs_measure ADD COLUMN reason VARCHAR(40)"
        f" CONSTRAINT ck_needs_measure_reason_word CHECK ({REASONS})"
    )
    _tables()
    for table, same in APPEND_ONLY.items():
        _append_only(table, same)
    # The new indexes are computed from what is sealed, which needs the keys: a worker does it.
    op.get_bind().exec_driver_sql(
        "INSERT INTO job (id, kind, key, payload, due_at, attempts)"
        " SELECT 'index-children-0011', 'index_children', '0011', '{}', CURRENT_TIMESTAMP, 0"
        " WHERE EXISTS (SELECT 1 FROM child)"
    )


def _tables() -> None:
    op.create_table(
        "sdq_score",
        _id(),
        _to("child_id"),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("filled_in_by", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        *(sa.Column(n, sa.Integer(), nullable=True) for n in ("emotional", "conduct", "hyperactivity", "peer")),
        sa.Column("prosocial", sa.Integer(), nullable=True),
        _to("corrects", nullable=True),
        _to("recorded_by"),
        _moment("recorded_at"),
        sa.CheckConstraint(
            "filled_in_by IN ('carer', 'parent', 'teacher', 'child')", name=op.f("ck_sdq_score_filled_in_by_word")
        ),
        sa.CheckConstraint("total BETWEEN 0 AND 40", name=op.f("ck_sdq_score_total")),
        sa.CheckConstraint(SCALES, name=op.f("ck_sdq_score_scales")),
        sa.CheckConstraint("prosocial IS NULL OR prosocial BETWEEN 0 AND 10", name=op.f("ck_sdq_score_prosocial")),
        _child("child_id", "sdq_score"),
        sa.ForeignKeyConstraint(["corrects"], ["sdq_score.id"], name=op.f("fk_sdq_score_corrects")),
        _person("recorded_by", "sdq_score"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sdq_score")),
        sa.UniqueConstraint("corrects", name=op.f("uq_sdq_score_corrects")),
    )
    op.create_index(op.f("ix_sdq_score_child_id"), "sdq_score", ["child_id"])
    op.create_table(
        "child_link",
        _id(),
        _to("child_a"),
        _to("child_b"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sealed_reason", sa.String(), nullable=True),
        _to("added_by"),
        _moment("added_at"),
        _to("ended_by", nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("sealed_end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('full', 'half', 'step', 'other')", name=op.f("ck_child_link_kind_word")),
        sa.CheckConstraint("child_a < child_b", name=op.f("ck_child_link_in_order")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_child_link_ended_by")),
        _child("child_a", "child_link"),
        _child("child_b", "child_link"),
        _person("added_by", "child_link"),
        _person("ended_by", "child_link"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_link")),
    )
    op.create_index(op.f("ix_child_link_child_a"), "child_link", ["child_a"])
    op.create_index(op.f("ix_child_link_child_b"), "child_link", ["child_b"])
    op.create_index(
        "uq_child_link_live",
        "child_link",
        ["child_a", "child_b"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "child_distinct",
        _id(),
        _to("child_a"),
        _to("child_b"),
        sa.Column("sealed_reason", sa.String(), nullable=True),
        _to("decided_by"),
        _moment("decided_at"),
        sa.CheckConstraint("child_a < child_b", name=op.f("ck_child_distinct_in_order")),
        _child("child_a", "child_distinct"),
        _child("child_b", "child_distinct"),
        _person("decided_by", "child_distinct"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_distinct")),
        sa.UniqueConstraint("child_a", "child_b", name=op.f("uq_child_distinct_child_a_child_b")),
    )
    op.create_index(op.f("ix_child_distinct_child_b"), "child_distinct", ["child_b"])
    op.create_table(
        "child_merge",
        _id(),
        _to("kept_id"),
        _to("merged_id"),
        sa.Column("sealed_reason", sa.String(), nullable=False),
        sa.Column("sealed_before", sa.String(), nullable=False),
        _to("merged_by"),
        _moment("merged_at"),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_child_merge_two_records")),
        _child("kept_id", "child_merge"),
        _child("merged_id", "child_merge"),
        _person("merged_by", "child_merge"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_merge")),
        sa.UniqueConstraint("merged_id", name=op.f("uq_child_merge_merged_id")),
    )
    op.create_index(op.f("ix_child_merge_kept_id"), "child_merge", ["kept_id"])
    op.create_table(
        "child_erasure",
        _id(),
        _to("child_id"),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _to("policy_version_id"),
        _to("erased_by"),
        _moment("erased_at"),
        sa.CheckConstraint("basis IN ('retention', 'error', 'court')", name=op.f("ck_child_erasure_basis_word")),
        _child("child_id", "child_erasure"),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_child_erasure_policy_version_id")
        ),
        _person("erased_by", "child_erasure"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_erasure")),
        sa.UniqueConstraint("child_id", name=op.f("uq_child_erasure_child_id")),
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("child_erasure", "child_merge", "child_distinct", "child_link", "sdq_score"):
        op.drop_table(table)
        if postgresql and table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
    op.execute("ALTER TABLE needs_measure DROP CONSTRAINT ck_needs_measure_reason_word" if postgresql else "SELECT 1")
    op.execute("ALTER TABLE needs_measure DROP COLUMN reason")
    op.execute("DELETE FROM job WHERE kind = 'index_children'")
    with op.batch_alter_table("child") as batch:
        for check in ("merged_into_another", "merged_whole", "erased_whole"):
            batch.drop_constraint(op.f(f"ck_child_{check}"), type_="check")
        batch.drop_index("ix_child_list")
        batch.drop_index(op.f("ix_child_merged_into"))
        batch.drop_constraint(op.f("fk_child_merged_into"), type_="foreignkey")
        batch.drop_column("merged_at")
        batch.drop_column("merged_into")
        for column in INDEXES:
            batch.drop_index(op.f(f"ix_child_{column}"))
            batch.drop_column(column)
