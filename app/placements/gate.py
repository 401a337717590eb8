"""The gate in the database: no award without an authority that covers its offer, price and days (F-52).

The domain decides and writes the authority row; these triggers only compare an award with its authority, and its child
with the children whom the offer is for, whoever writes either, through whatever door. Whether an authority is still
alive in time is the use case's question, because a trigger has no clock to trust.
"""

from __future__ import annotations

REFUSED = "no authority covers this award"
IN_USE = "a live award stands on this authority"

TRIGGERS = {
    "sqlite": (
        "award_gate_insert",
        "award_gate_update",
        "authority_gate_insert",
        "authority_gate_update",
        "authority_gate_delete",
    ),
    "postgresql": ("award_gate", "authority_gate"),
}

_COVERS = """a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN offer_child c ON c.offer_id = o.id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.request_child_id = NEW.request_child_id)"""

_DIFFERS = """NEW.status <> 'live' OR NEW.offer_id <> w.offer_id OR NEW.organisation_id <> w.organisation_id
    OR w.weekly_pence > NEW.weekly_ceiling_pence OR w.first_day < NEW.first_day OR w.last_day > NEW.last_day"""

_BREAKS = f"""w.authority_id = OLD.id AND w.status <> 'void' AND (NEW.id <> OLD.id OR {_DIFFERS})"""

_SQLITE = (
    f"""CREATE TRIGGER award_gate_insert BEFORE INSERT ON award
    WHEN NEW.status <> 'void' AND NOT EXISTS (SELECT 1 FROM authority a WHERE {_COVERS})
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER award_gate_update BEFORE UPDATE ON award
    WHEN NEW.status <> 'void' AND NOT EXISTS (SELECT 1 FROM authority a WHERE {_COVERS})
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    # INSERT OR REPLACE takes a row away without asking the trigger on delete.
    f"""CREATE TRIGGER authority_gate_insert BEFORE INSERT ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE w.authority_id = NEW.id AND w.status <> 'void' AND ({_DIFFERS}))
    BEGIN SELECT RAISE(ABORT, '{IN_USE}'); END""",
    f"""CREATE TRIGGER authority_gate_update BEFORE UPDATE ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE {_BREAKS})
    BEGIN SELECT RAISE(ABORT, '{IN_USE}'); END""",
    f"""CREATE TRIGGER authority_gate_delete BEFORE DELETE ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void')
    BEGIN SELECT RAISE(ABORT, '{IN_USE}'); END""",
)

# FOR SHARE: an authority that is being changed is waited for and then looked at again. In the other direction a row
# trigger on update starts only when it holds the authority's row, so an award that was just written is seen.
_POSTGRESQL = (
    f"""CREATE FUNCTION award_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'void' THEN
    PERFORM 1 FROM authority a WHERE {_COVERS} FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$""",
    "CREATE TRIGGER award_gate BEFORE INSERT OR UPDATE ON award FOR EACH ROW EXECUTE FUNCTION award_gate()",
    f"""CREATE FUNCTION authority_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void';
    IF FOUND THEN
      RAISE EXCEPTION '{IN_USE}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  PERFORM 1 FROM award w WHERE {_BREAKS};
  IF FOUND THEN
    RAISE EXCEPTION '{IN_USE}' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$""",
    "CREATE TRIGGER authority_gate BEFORE UPDATE OR DELETE ON authority FOR EACH ROW EXECUTE FUNCTION authority_gate()",
)


def ddl(dialect: str) -> list[str]:
    """The statements that build the gate on `sqlite` or `postgresql`."""
    return list(_POSTGRESQL if dialect == "postgresql" else _SQLITE)


def drop_ddl(dialect: str) -> list[str]:
    """The statements that take it down."""
    if dialect == "postgresql":
        return [
            "DROP TRIGGER award_gate ON award",
            "DROP FUNCTION award_gate()",
            "DROP TRIGGER authority_gate ON authority",
            "DROP FUNCTION authority_gate()",
        ]
    return [f"DROP TRIGGER {name}" for name in TRIGGERS["sqlite"]]
