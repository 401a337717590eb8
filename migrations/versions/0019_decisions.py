"""Why an offer was preferred, as a code of the policy's list beside the words, and where the decision stands to the order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SITUATION = "situation IN ('follows', 'tied', 'departs')"
WHOLE = "(reason_code IS NULL) = (reason_policy_id IS NULL) AND (reason_code IS NULL) = (situation IS NULL)"
APPEND_ONLY = (
    """CREATE TRIGGER offer_choice_append_only BEFORE UPDATE ON offer_choice BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
    """CREATE TRIGGER offer_choice_append_only_delete BEFORE DELETE ON offer_choice BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
    """CREATE TRIGGER offer_choice_append_only_replace BEFORE INSERT ON offer_choice WHEN EXISTS (SELECT 1 FROM offer_choice WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
)


def _append_only_again() -> None:
    """On SQLite the table is made anew, and its triggers went with the old one. PostgreSQL keeps them."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in APPEND_ONLY:
            op.get_bind().exec_driver_sql(statement)


def upgrade() -> None:
    # All of it may be absent: earlier decisions have words alone, and so has a release that still runs beside this one.
    with op.batch_alter_table("offer_choice") as batch:
        batch.add_column(sa.Column("reason_code", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("reason_policy_id", sa.String(length=22), nullable=True))
        batch.add_column(sa.Column("situation", sa.String(length=40), nullable=True))
        batch.create_foreign_key(
            op.f("fk_offer_choice_reason_policy_id"), "policy_version", ["reason_policy_id"], ["id"]
        )
        batch.create_check_constraint(op.f("ck_offer_choice_situation_word"), SITUATION)
        batch.create_check_constraint(op.f("ck_offer_choice_reason_whole"), WHOLE)
    _append_only_again()
    op.create_index("ix_offer_choice_chosen_at", "offer_choice", ["chosen_at"])


def downgrade() -> None:
    op.drop_index("ix_offer_choice_chosen_at", table_name="offer_choice")
    with op.batch_alter_table("offer_choice") as batch:
        batch.drop_constraint(op.f("ck_offer_choice_reason_whole"), type_="check")
        batch.drop_constraint(op.f("ck_offer_choice_situation_word"), type_="check")
        batch.drop_constraint(op.f("fk_offer_choice_reason_policy_id"), type_="foreignkey")
        for column in ("situation", "reason_policy_id", "reason_code"):
            batch.drop_column(column)
    _append_only_again()
