"""What is frozen when a request is published, held by the database itself, on both engines.

Everyone invited competes on the same terms: lot, weights, policy, benchmark, origin and the child's measured facts stay
what they were, and the deadline may only be extended, for all alike (F-30, F-34). The two functions return statements
for the migration; JSON is compared as stored.
"""

from __future__ import annotations

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
NAME = "placement_request_frozen"
MESSAGE = "a published request is frozen"


def ddl(dialect_name: str) -> list[str]:
    """The statements that make the trigger on `sqlite` or `postgresql`."""
    if dialect_name == "postgresql":
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FROZEN)
        return [
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"BEGIN\n"
            f"  IF OLD.published_at IS NOT NULL AND ({changed} OR {_SHORTENED}) THEN\n"
            f"    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';\n"
            f"  END IF;\n"
            f"  RETURN NEW;\n"
            f"END $$",
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON placement_request FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        ]
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FROZEN)
    return [
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON placement_request FOR EACH ROW\n"
        f"WHEN OLD.published_at IS NOT NULL AND ({changed} OR {_SHORTENED})\n"
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    ]


def drop_ddl(dialect_name: str) -> list[str]:
    """The statements that take the trigger away again."""
    if dialect_name == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {NAME} ON placement_request", f"DROP FUNCTION IF EXISTS {NAME}()"]
    return [f"DROP TRIGGER IF EXISTS {NAME}"]


_SHORTENED = "NEW.offers_close_at IS NULL OR NEW.offers_close_at < OLD.offers_close_at"
