"""Texts that a person has read, and what was done about each place that identifies"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHOICES = "choice IN ('remove', 'generalise', 'keep')"


def upgrade() -> None:
    with op.batch_alter_table("request_clearance") as batch:
        # Until now every question was about all children, and words could only be kept.
        batch.add_column(sa.Column("child_position", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("choice", sa.String(length=40), nullable=False, server_default="keep"))
        batch.add_column(sa.Column("sealed_before", sa.String(), nullable=True))
        batch.add_column(sa.Column("sealed_after", sa.String(), nullable=True))
        batch.add_column(sa.Column("undone_by", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f("fk_request_clearance_undone_by"), "person", ["undone_by"], ["id"])
        batch.create_check_constraint(op.f("ck_request_clearance_choice_word"), CHOICES)
        batch.create_check_constraint(op.f("ck_request_clearance_child_position"), "child_position >= 0")
        batch.create_check_constraint(
            op.f("ck_request_clearance_changed_or_kept"), "(choice = 'keep') = (sealed_after IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_request_clearance_undone_by"), "(undone_at IS NULL) = (undone_by IS NULL)"
        )
    op.create_table(
        "request_text_read",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("child_position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("read_by", sa.String(length=22), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("child_position >= 0", name=op.f("ck_request_text_read_child_position")),
        sa.ForeignKeyConstraint(["read_by"], ["person.id"], name=op.f("fk_request_text_read_read_by")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_text_read_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_text_read")),
        sa.UniqueConstraint(
            "request_id",
            "child_position",
            "field",
            name=op.f("uq_request_text_read_request_id_child_position_field"),
        ),
    )
    op.create_index(op.f("ix_request_text_read_request_id"), "request_text_read", ["request_id"])


def downgrade() -> None:
    op.drop_table("request_text_read")
    op.execute("DELETE FROM request_clearance WHERE choice <> 'keep' OR undone_at IS NOT NULL")
    with op.batch_alter_table("request_clearance") as batch:
        for name in ("undone_by", "changed_or_kept", "child_position", "choice_word"):
            batch.drop_constraint(op.f(f"ck_request_clearance_{name}"), type_="check")
        batch.drop_constraint(op.f("fk_request_clearance_undone_by"), type_="foreignkey")
        for column in ("undone_at", "undone_by", "sealed_after", "sealed_before", "choice", "child_position"):
            batch.drop_column(column)
