"""Lists that a person keeps, and an index for each order of the list of requests"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INDEXES = {
    "changed": ["organisation_id", "changed_at", "id"],
    "needed": ["organisation_id", "needed_from", "id"],
    "closes": ["organisation_id", "offers_close_at", "id"],
    "writer": ["organisation_id", "created_by", "changed_at"],
    "late": ["organisation_id", "status", "needed_from"],
    "said": ["organisation_id", "reference"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(f"ix_placement_request_{name}", "placement_request", columns)
    op.create_index("ix_child_said", "child", ["organisation_id", "reference"])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_saved_view_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "name", name=op.f("uq_saved_view_person_id_organisation_id_name")
        ),
    )
    op.create_index(op.f("ix_saved_view_person_id"), "saved_view", ["person_id"])


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_index("ix_child_said", "child")
    for name in INDEXES:
        op.drop_index(f"ix_placement_request_{name}", "placement_request")
