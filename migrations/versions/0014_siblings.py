"""Offers say which children they are for: at most one preferred or won offer for each child, and no award for a child
whom the offer does not cover
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What stands in the rooms (covering, gate) is copied here as it was when this migration was written.
COVERING = {
    "sqlite": (
        """CREATE TRIGGER offer_children_insert AFTER INSERT ON offer BEGIN
    INSERT INTO offer_child (offer_id, request_child_id, chosen)
    SELECT o.id, c.id, o.status IN ('preferred', 'won') FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.id AND replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ',';
    SELECT RAISE(ABORT, 'an offer is for children of its request, in their order') WHERE NEW.children_key IS NOT (SELECT group_concat(position, ',') FROM
      (SELECT c.position FROM offer_child k JOIN request_child c ON c.id = k.request_child_id
      WHERE k.offer_id = NEW.id ORDER BY c.position)); END""",
        """CREATE TRIGGER offer_children_status AFTER UPDATE OF status ON offer WHEN NEW.status <> OLD.status BEGIN
    UPDATE offer_child SET chosen = NEW.status IN ('preferred', 'won')
    WHERE offer_id = NEW.id AND chosen <> (NEW.status IN ('preferred', 'won')); END""",
        """CREATE TRIGGER offer_children_kept BEFORE UPDATE ON offer
    WHEN NEW.id <> OLD.id OR NEW.request_id <> OLD.request_id OR NEW.children_key <> OLD.children_key
    BEGIN SELECT RAISE(ABORT, 'an offer keeps its request and its children'); END""",
        """CREATE TRIGGER offer_child_insert BEFORE INSERT ON offer_child WHEN NOT EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.offer_id AND c.id = NEW.request_child_id AND replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ',' AND NEW.chosen = (o.status IN ('preferred', 'won')))
    BEGIN SELECT RAISE(ABORT, 'the children of an offer follow from the offer'); END""",
        """CREATE TRIGGER offer_child_update BEFORE UPDATE ON offer_child
    WHEN NEW.offer_id <> OLD.offer_id OR NEW.request_child_id <> OLD.request_child_id OR NOT EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.offer_id AND c.id = NEW.request_child_id AND replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ',' AND NEW.chosen = (o.status IN ('preferred', 'won')))
    BEGIN SELECT RAISE(ABORT, 'the children of an offer follow from the offer'); END""",
        """CREATE TRIGGER offer_child_delete BEFORE DELETE ON offer_child
    BEGIN SELECT RAISE(ABORT, 'the children of an offer follow from the offer'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION offer_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO offer_child (offer_id, request_child_id, chosen)
    SELECT o.id, c.id, o.status IN ('preferred', 'won') FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.id AND replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ',';
    IF NEW.children_key IS DISTINCT FROM (SELECT string_agg(c.position::text, ',' ORDER BY c.position)
        FROM offer_child k JOIN request_child c ON c.id = k.request_child_id WHERE k.offer_id = NEW.id) THEN
      RAISE EXCEPTION 'an offer is for children of its request, in their order' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  END IF;
  IF NEW.id <> OLD.id OR NEW.request_id <> OLD.request_id OR NEW.children_key <> OLD.children_key THEN
    RAISE EXCEPTION 'an offer keeps its request and its children' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.status <> OLD.status THEN
    UPDATE offer_child SET chosen = NEW.status IN ('preferred', 'won')
      WHERE offer_id = NEW.id AND chosen <> (NEW.status IN ('preferred', 'won'));
  END IF;
  RETURN NULL;
END $$""",
        """CREATE TRIGGER offer_children AFTER INSERT OR UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION offer_children()""",
        """CREATE FUNCTION offer_child_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'the children of an offer follow from the offer' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.offer_id <> OLD.offer_id OR NEW.request_child_id <> OLD.request_child_id) THEN
    RAISE EXCEPTION 'the children of an offer follow from the offer' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.offer_id AND c.id = NEW.request_child_id AND replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ',' AND NEW.chosen = (o.status IN ('preferred', 'won'))) THEN
    RAISE EXCEPTION 'the children of an offer follow from the offer' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
        """CREATE TRIGGER offer_child_derived BEFORE INSERT OR UPDATE OR DELETE ON offer_child FOR EACH ROW EXECUTE FUNCTION offer_child_derived()""",
    ),
}
COVERING_DROPS = {
    "sqlite": (
        """DROP TRIGGER offer_children_insert""",
        """DROP TRIGGER offer_children_status""",
        """DROP TRIGGER offer_children_kept""",
        """DROP TRIGGER offer_child_insert""",
        """DROP TRIGGER offer_child_update""",
        """DROP TRIGGER offer_child_delete""",
    ),
    "postgresql": (
        """DROP TRIGGER offer_children ON offer""",
        """DROP FUNCTION offer_children()""",
        """DROP TRIGGER offer_child_derived ON offer_child""",
        """DROP FUNCTION offer_child_derived()""",
    ),
}
COVERS = """a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN offer_child c ON c.offer_id = o.id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.request_child_id = NEW.request_child_id)"""
COVERED_BEFORE = """a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.id = NEW.request_child_id)"""
REFUSED = "no authority covers this award"
LIVE = "status <> 'withdrawn'"
CHOSEN = "status IN ('preferred', 'won')"


def _run(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _gate(covers: str) -> None:
    """The gate before an award, made anew to compare its child with `covers`."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"""CREATE OR REPLACE FUNCTION award_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'void' THEN
    PERFORM 1 FROM authority a WHERE {covers} FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$""")
        return
    for name, moment in (("award_gate_insert", "INSERT"), ("award_gate_update", "UPDATE")):
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(f"""CREATE TRIGGER {name} BEFORE {moment} ON award
    WHEN NEW.status <> 'void' AND NOT EXISTS (SELECT 1 FROM authority a WHERE {covers})
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""")  # noqa: S608 - of constants of this file


def _one_live(columns: list[str]) -> None:
    op.create_index(
        "uq_offer_live",
        "offer",
        columns,
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )


def upgrade() -> None:
    # The default serves a release that is still running beside this one: it knows requests for one child only.
    op.add_column("offer", sa.Column("children_key", sa.String(length=20), nullable=False, server_default="1"))
    op.add_column("offer_choice", sa.Column("apart_reason", sa.String(), nullable=True))
    op.create_table(
        "offer_child",
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("request_child_id", sa.String(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_child_offer_id_offer")),
        sa.ForeignKeyConstraint(
            ["request_child_id"], ["request_child.id"], name=op.f("fk_offer_child_request_child_id_request_child")
        ),
        sa.PrimaryKeyConstraint("offer_id", "request_child_id", name=op.f("pk_offer_child")),
    )
    op.create_index(op.f("ix_offer_child_request_child_id"), "offer_child", ["request_child_id"], unique=False)
    op.create_index(
        "uq_offer_child_chosen",
        "offer_child",
        ["request_child_id"],
        unique=True,
        sqlite_where=sa.text("chosen"),
        postgresql_where=sa.text("chosen"),
    )
    # Every offer so far was for all the children of its request.
    listed = "string_agg(position::text, ',' ORDER BY position)"
    if op.get_bind().dialect.name == "sqlite":
        listed = "group_concat(position, ',')"
    op.execute(
        "UPDATE offer SET children_key = (SELECT LISTED FROM (SELECT c.position FROM request_child c "
        "WHERE c.request_id = offer.request_id ORDER BY c.position) AS named)".replace("LISTED", listed)
    )
    op.execute(
        "INSERT INTO offer_child (offer_id, request_child_id, chosen) "
        "SELECT o.id, c.id, o.status IN ('preferred', 'won') "
        "FROM offer o JOIN request_child c ON c.request_id = o.request_id"
    )
    op.drop_index("uq_offer_live", table_name="offer")
    op.drop_index("uq_offer_preferred", table_name="offer")
    _one_live(["request_id", "service_id", "children_key"])
    _run(COVERING[op.get_bind().dialect.name])
    _gate(COVERS)


def downgrade() -> None:
    _gate(COVERED_BEFORE)
    _run(COVERING_DROPS[op.get_bind().dialect.name])
    op.drop_table("offer_child")
    op.drop_index("uq_offer_live", table_name="offer")
    _one_live(["request_id", "service_id"])
    op.create_index(
        "uq_offer_preferred",
        "offer",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text(CHOSEN),
        postgresql_where=sa.text(CHOSEN),
    )
    op.drop_column("offer_choice", "apart_reason")
    op.drop_column("offer", "children_key")
