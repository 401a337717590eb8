"""What is fixed once a purchasing system is established, held by the database itself, on both engines (F-6).

In a dynamic market of the Act, and in a regulation 34 system, the conditions of membership then stay what they were;
so does the day, and no row takes the place of an old one. In every mode a system's law, once chosen, stays.
The functions return statements for the migration.
"""

from __future__ import annotations

NAME = "purchasing_system_fixed"
MESSAGE = "an established purchasing system is fixed"
FIXED = ("conditions", "established_on")
MODES = "('pcr34', 'pa23_dynamic_market')"

_ESTABLISHED = f"OLD.established_on IS NOT NULL AND OLD.mode IN {MODES}"


def ddl(dialect_name: str) -> list[str]:
    """The statements that make the triggers on `sqlite` or `postgresql`."""
    if dialect_name == "postgresql":
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FIXED)
        return [
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"BEGIN\n"
            f"  IF TG_OP = 'DELETE' THEN\n"
            f"    IF {_ESTABLISHED} THEN\n"
            f"      RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';\n"
            f"    END IF;\n"
            f"    RETURN OLD;\n"
            f"  END IF;\n"
            f"  IF NEW.mode <> OLD.mode OR ({_ESTABLISHED} AND ({changed})) THEN\n"
            f"    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';\n"
            f"  END IF;\n"
            f"  RETURN NEW;\n"
            f"END $$",
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE ON purchasing_system"
            f" FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        ]
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FIXED)
    return [
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON purchasing_system FOR EACH ROW\n"
        f"WHEN NEW.mode <> OLD.mode OR ({_ESTABLISHED} AND ({changed}))\n"
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER {NAME}_delete BEFORE DELETE ON purchasing_system FOR EACH ROW\n"
        f"WHEN {_ESTABLISHED}\n"
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        # INSERT OR REPLACE removes the row that is in its way without asking the trigger on delete.
        f"CREATE TRIGGER {NAME}_replace BEFORE INSERT ON purchasing_system FOR EACH ROW\n"
        f"WHEN EXISTS (SELECT 1 FROM purchasing_system s WHERE (s.id = NEW.id OR s.name = NEW.name)"
        f" AND s.established_on IS NOT NULL AND s.mode IN {MODES})\n"
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ]


def drop_ddl(dialect_name: str) -> list[str]:
    """The statements that take the triggers away again."""
    if dialect_name == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {NAME} ON purchasing_system", f"DROP FUNCTION IF EXISTS {NAME}()"]
    return [f"DROP TRIGGER IF EXISTS {name}" for name in (NAME, f"{NAME}_delete", f"{NAME}_replace")]
