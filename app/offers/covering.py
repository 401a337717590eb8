"""Which children an offer is for, held by the database itself, on both engines.

An offer names its children by their positions in its request, in order: `children_key` is "1", or "1,3". From that the
triggers here write `offer_child`, one row for each, which awards and the rule "at most one preferred or won offer for a
child" lean on. Nobody else writes there: rows follow from the offer, `chosen` from its status. Statements for the
migration.
"""

from __future__ import annotations

UNKNOWN = "an offer is for children of its request, in their order"
KEPT = "an offer keeps its request and its children"
DERIVED = "the children of an offer follow from the offer"

TRIGGERS = {
    "sqlite": (
        "offer_children_insert",
        "offer_children_status",
        "offer_children_kept",
        "offer_child_insert",
        "offer_child_update",
        "offer_child_delete",
    ),
    "postgresql": ("offer_children", "offer_child_derived"),
}

_CHOSEN = "IN ('preferred', 'won')"

_NAMED = "replace(',' || o.children_key || ',', ',' || c.position || ',', '') <> ',' || o.children_key || ','"

_FOLLOWS = f"""EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.offer_id AND c.id = NEW.request_child_id AND {_NAMED} AND NEW.chosen = (o.status {_CHOSEN}))"""

_COVER = f"""INSERT INTO offer_child (offer_id, request_child_id, chosen)
    SELECT o.id, c.id, o.status {_CHOSEN} FROM offer o JOIN request_child c ON c.request_id = o.request_id
    WHERE o.id = NEW.id AND {_NAMED};"""

_SQLITE = (
    f"""CREATE TRIGGER offer_children_insert AFTER INSERT ON offer BEGIN
    {_COVER}
    SELECT RAISE(ABORT, '{UNKNOWN}') WHERE NEW.children_key IS NOT (SELECT group_concat(position, ',') FROM
      (SELECT c.position FROM offer_child k JOIN request_child c ON c.id = k.request_child_id
      WHERE k.offer_id = NEW.id ORDER BY c.position)); END""",
    f"""CREATE TRIGGER offer_children_status AFTER UPDATE OF status ON offer WHEN NEW.status <> OLD.status BEGIN
    UPDATE offer_child SET chosen = NEW.status {_CHOSEN}
    WHERE offer_id = NEW.id AND chosen <> (NEW.status {_CHOSEN}); END""",
    f"""CREATE TRIGGER offer_children_kept BEFORE UPDATE ON offer
    WHEN NEW.id <> OLD.id OR NEW.request_id <> OLD.request_id OR NEW.children_key <> OLD.children_key
    BEGIN SELECT RAISE(ABORT, '{KEPT}'); END""",
    f"""CREATE TRIGGER offer_child_insert BEFORE INSERT ON offer_child WHEN NOT {_FOLLOWS}
    BEGIN SELECT RAISE(ABORT, '{DERIVED}'); END""",
    f"""CREATE TRIGGER offer_child_update BEFORE UPDATE ON offer_child
    WHEN NEW.offer_id <> OLD.offer_id OR NEW.request_child_id <> OLD.request_child_id OR NOT {_FOLLOWS}
    BEGIN SELECT RAISE(ABORT, '{DERIVED}'); END""",
    f"""CREATE TRIGGER offer_child_delete BEFORE DELETE ON offer_child
    BEGIN SELECT RAISE(ABORT, '{DERIVED}'); END""",
)

_POSTGRESQL = (
    f"""CREATE FUNCTION offer_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    {_COVER}
    IF NEW.children_key IS DISTINCT FROM (SELECT string_agg(c.position::text, ',' ORDER BY c.position)
        FROM offer_child k JOIN request_child c ON c.id = k.request_child_id WHERE k.offer_id = NEW.id) THEN
      RAISE EXCEPTION '{UNKNOWN}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
  END IF;
  IF NEW.id <> OLD.id OR NEW.request_id <> OLD.request_id OR NEW.children_key <> OLD.children_key THEN
    RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.status <> OLD.status THEN
    UPDATE offer_child SET chosen = NEW.status {_CHOSEN}
      WHERE offer_id = NEW.id AND chosen <> (NEW.status {_CHOSEN});
  END IF;
  RETURN NULL;
END $$""",
    "CREATE TRIGGER offer_children AFTER INSERT OR UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION offer_children()",
    f"""CREATE FUNCTION offer_child_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '{DERIVED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.offer_id <> OLD.offer_id OR NEW.request_child_id <> OLD.request_child_id) THEN
    RAISE EXCEPTION '{DERIVED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT {_FOLLOWS} THEN
    RAISE EXCEPTION '{DERIVED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    "CREATE TRIGGER offer_child_derived BEFORE INSERT OR UPDATE OR DELETE ON offer_child "
    "FOR EACH ROW EXECUTE FUNCTION offer_child_derived()",
)


def ddl(dialect: str) -> list[str]:
    """The statements that build it on `sqlite` or `postgresql`."""
    return list(_POSTGRESQL if dialect == "postgresql" else _SQLITE)


def drop_ddl(dialect: str) -> list[str]:
    """The statements that take it down."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER offer_children ON offer",
            "DROP FUNCTION offer_children()",
            "DROP TRIGGER offer_child_derived ON offer_child",
            "DROP FUNCTION offer_child_derived()",
        ]
    return [f"DROP TRIGGER {name}" for name in TRIGGERS["sqlite"]]
