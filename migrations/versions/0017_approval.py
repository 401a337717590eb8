"""Approvals within limits, by telephone and in another's place; comments by section; how duties of the law were met; the
role of a service manager
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROLES_BEFORE = (
    "placement_officer",
    "team_manager",
    "head_of_service",
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
ROLES = (*ROLES_BEFORE[:2], "service_manager", *ROLES_BEFORE[2:])
KINDS_BEFORE = ("statutory", "assurance", "panel_action", "route")
KINDS = (*KINDS_BEFORE, "approval")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _words(roles: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    for table, column, words in (("membership", "role", roles), ("invitation", "role", roles), ("task", "kind", kinds)):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_{column}_word"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{column}_word"), _one_of(column, words))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=22), nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _words(ROLES, KINDS)
    name = "request_approval"
    op.create_table(
        name,
        _id("id"),
        _id("request_id"),
        sa.Column("move_position", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        _id("given_by"),
        _id("in_place_of", nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        _id("policy_version_id"),
        _moment("given_at"),
        _id("recorded_by"),
        _moment("recorded_at"),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        _moment("confirmed_at", nullable=True),
        _moment("denied_at", nullable=True),
        sa.Column("denial_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("how IN ('page', 'telephone')", name=op.f("ck_request_approval_how_word")),
        sa.CheckConstraint(_one_of("role", (*ROLES,)), name=op.f("ck_request_approval_role_word")),
        sa.CheckConstraint(
            "(how = 'telephone') = (confirm_by IS NOT NULL)", name=op.f("ck_request_approval_telephone_is_confirmed")
        ),
        sa.CheckConstraint("how = 'telephone' OR given_by = recorded_by", name=op.f("ck_request_approval_page_is_own")),
        sa.CheckConstraint(
            "how <> 'telephone' OR given_by <> recorded_by", name=op.f("ck_request_approval_telephone_is_anothers")
        ),
        sa.CheckConstraint(
            "in_place_of IS NULL OR in_place_of <> given_by", name=op.f("ck_request_approval_covers_another")
        ),
        sa.CheckConstraint(
            "how = 'telephone' OR (confirmed_at IS NULL AND denied_at IS NULL)",
            name=op.f("ck_request_approval_only_telephone_is_answered"),
        ),
        sa.CheckConstraint("confirmed_at IS NULL OR denied_at IS NULL", name=op.f("ck_request_approval_answered_once")),
        sa.CheckConstraint(
            "(denied_at IS NULL) = (denial_reason IS NULL)", name=op.f("ck_request_approval_denial_has_reason")
        ),
        sa.CheckConstraint("given_at <= recorded_at", name=op.f("ck_request_approval_given_before_recorded")),
        _refers(name, "request_id", "placement_request"),
        _refers(name, "given_by", "person"),
        _refers(name, "in_place_of", "person"),
        _refers(name, "policy_version_id", "policy_version"),
        _refers(name, "recorded_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_approval")),
        sa.UniqueConstraint("request_id", "move_position", name=op.f("uq_request_approval_request_id_move_position")),
    )
    op.create_index(op.f("ix_request_approval_request_id"), name, ["request_id"])
    op.create_index(op.f("ix_request_approval_given_by"), name, ["given_by"])
    name = "request_comment"
    op.create_table(
        name,
        _id("id"),
        _id("request_id"),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=False),
        _id("made_by"),
        _moment("made_at"),
        _id("settled_by", nullable=True),
        _moment("settled_at", nullable=True),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_request_comment_settled_by_somebody")
        ),
        _refers(name, "request_id", "placement_request"),
        _refers(name, "made_by", "person"),
        _refers(name, "settled_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_comment")),
    )
    op.create_index("ix_request_comment_open", name, ["request_id", "settled_at"])
    name = "request_evidence"
    op.create_table(
        name,
        _id("id"),
        _id("request_id"),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=False),
        _id("recorded_by"),
        _moment("recorded_at"),
        _refers(name, "request_id", "placement_request"),
        _refers(name, "recorded_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_evidence")),
        sa.UniqueConstraint(
            "request_id", "duty", "position", name=op.f("uq_request_evidence_request_id_duty_position")
        ),
    )
    op.create_index(op.f("ix_request_evidence_request_id"), name, ["request_id"])
    name = "approval_cover"
    op.create_table(
        name,
        _id("id"),
        _id("organisation_id"),
        _id("covered_id"),
        _id("covering_id"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        _id("made_by"),
        _moment("made_at"),
        _id("ended_by", nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("covered_id <> covering_id", name=op.f("ck_approval_cover_by_another")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_approval_cover_days_in_order")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_approval_cover_ended_by_somebody")),
        _refers(name, "organisation_id", "organisation"),
        _refers(name, "covered_id", "person"),
        _refers(name, "covering_id", "person"),
        _refers(name, "made_by", "person"),
        _refers(name, "ended_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_cover")),
    )
    op.create_index("ix_approval_cover_days", name, ["organisation_id", "first_day", "last_day"])
    op.create_index(op.f("ix_approval_cover_covered_id"), name, ["covered_id"])
    op.create_index(op.f("ix_approval_cover_covering_id"), name, ["covering_id"])


def downgrade() -> None:
    for table, indexes in (
        ("approval_cover", ("ix_approval_cover_covering_id", "ix_approval_cover_covered_id", "ix_approval_cover_days")),
        ("request_evidence", ("ix_request_evidence_request_id",)),
        ("request_comment", ("ix_request_comment_open",)),
        ("request_approval", ("ix_request_approval_given_by", "ix_request_approval_request_id")),
    ):
        for index in indexes:
            op.drop_index(op.f(index), table_name=table)
        op.drop_table(table)
    op.execute("DELETE FROM task WHERE kind = 'approval'")
    op.execute("DELETE FROM membership WHERE role = 'service_manager'")
    op.execute("DELETE FROM invitation WHERE role = 'service_manager'")
    _words(ROLES_BEFORE, KINDS_BEFORE)
