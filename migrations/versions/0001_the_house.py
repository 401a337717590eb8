"""The house: every table of the first version, with the triggers that hold what must never break"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What stands in the rooms (append_only, frozen, gate) is copied here as it was when this migration was written.
TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
        """CREATE TRIGGER audit_entry_append_only_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
        """CREATE TRIGGER audit_entry_append_only_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
        """CREATE TRIGGER audit_seal_append_only BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
        """CREATE TRIGGER audit_seal_append_only_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
        """CREATE TRIGGER audit_seal_append_only_replace BEFORE INSERT ON audit_seal WHEN EXISTS (SELECT 1 FROM audit_seal WHERE (position = NEW.position) OR (entry_id = NEW.entry_id)) BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
        """CREATE TRIGGER policy_version_append_only BEFORE UPDATE ON policy_version BEGIN SELECT RAISE(ABORT, 'policy_version is append-only'); END""",
        """CREATE TRIGGER policy_version_append_only_delete BEFORE DELETE ON policy_version BEGIN SELECT RAISE(ABORT, 'policy_version is append-only'); END""",
        """CREATE TRIGGER policy_version_append_only_replace BEFORE INSERT ON policy_version WHEN EXISTS (SELECT 1 FROM policy_version WHERE (id = NEW.id) OR (kind = NEW.kind AND version = NEW.version) OR (kind = NEW.kind AND digest = NEW.digest)) BEGIN SELECT RAISE(ABORT, 'policy_version is append-only'); END""",
        """CREATE TRIGGER quality_score_append_only BEFORE UPDATE ON quality_score BEGIN SELECT RAISE(ABORT, 'quality_score is append-only'); END""",
        """CREATE TRIGGER quality_score_append_only_delete BEFORE DELETE ON quality_score BEGIN SELECT RAISE(ABORT, 'quality_score is append-only'); END""",
        """CREATE TRIGGER quality_score_append_only_replace BEFORE INSERT ON quality_score WHEN EXISTS (SELECT 1 FROM quality_score WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'quality_score is append-only'); END""",
        """CREATE TRIGGER child_view_append_only BEFORE UPDATE ON child_view BEGIN SELECT RAISE(ABORT, 'child_view is append-only'); END""",
        """CREATE TRIGGER child_view_append_only_delete BEFORE DELETE ON child_view BEGIN SELECT RAISE(ABORT, 'child_view is append-only'); END""",
        """CREATE TRIGGER child_view_append_only_replace BEFORE INSERT ON child_view WHEN EXISTS (SELECT 1 FROM child_view WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'child_view is append-only'); END""",
        """CREATE TRIGGER needs_measure_append_only BEFORE UPDATE ON needs_measure BEGIN SELECT RAISE(ABORT, 'needs_measure is append-only'); END""",
        """CREATE TRIGGER needs_measure_append_only_delete BEFORE DELETE ON needs_measure BEGIN SELECT RAISE(ABORT, 'needs_measure is append-only'); END""",
        """CREATE TRIGGER needs_measure_append_only_replace BEFORE INSERT ON needs_measure WHEN EXISTS (SELECT 1 FROM needs_measure WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'needs_measure is append-only'); END""",
        """CREATE TRIGGER evaluation_append_only BEFORE UPDATE ON evaluation BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END""",
        """CREATE TRIGGER evaluation_append_only_delete BEFORE DELETE ON evaluation BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END""",
        """CREATE TRIGGER evaluation_append_only_replace BEFORE INSERT ON evaluation WHEN EXISTS (SELECT 1 FROM evaluation WHERE (id = NEW.id) OR (request_id = NEW.request_id)) BEGIN SELECT RAISE(ABORT, 'evaluation is append-only'); END""",
        """CREATE TRIGGER offer_choice_append_only BEFORE UPDATE ON offer_choice BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
        """CREATE TRIGGER offer_choice_append_only_delete BEFORE DELETE ON offer_choice BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
        """CREATE TRIGGER offer_choice_append_only_replace BEFORE INSERT ON offer_choice WHEN EXISTS (SELECT 1 FROM offer_choice WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'offer_choice is append-only'); END""",
        """CREATE TRIGGER panel_decision_append_only BEFORE UPDATE ON panel_decision BEGIN SELECT RAISE(ABORT, 'panel_decision is append-only'); END""",
        """CREATE TRIGGER panel_decision_append_only_delete BEFORE DELETE ON panel_decision BEGIN SELECT RAISE(ABORT, 'panel_decision is append-only'); END""",
        """CREATE TRIGGER panel_decision_append_only_replace BEFORE INSERT ON panel_decision WHEN EXISTS (SELECT 1 FROM panel_decision WHERE (id = NEW.id)) BEGIN SELECT RAISE(ABORT, 'panel_decision is append-only'); END""",
        """CREATE TRIGGER panel_signature_append_only BEFORE UPDATE ON panel_signature BEGIN SELECT RAISE(ABORT, 'panel_signature is append-only'); END""",
        """CREATE TRIGGER panel_signature_append_only_delete BEFORE DELETE ON panel_signature BEGIN SELECT RAISE(ABORT, 'panel_signature is append-only'); END""",
        """CREATE TRIGGER panel_signature_append_only_replace BEFORE INSERT ON panel_signature WHEN EXISTS (SELECT 1 FROM panel_signature WHERE (id = NEW.id) OR (decision_id = NEW.decision_id AND person_id = NEW.person_id) OR (decision_id = NEW.decision_id AND payer_id = NEW.payer_id)) BEGIN SELECT RAISE(ABORT, 'panel_signature is append-only'); END""",
        """CREATE TRIGGER authority_share_append_only BEFORE UPDATE ON authority_share BEGIN SELECT RAISE(ABORT, 'authority_share is append-only'); END""",
        """CREATE TRIGGER authority_share_append_only_delete BEFORE DELETE ON authority_share BEGIN SELECT RAISE(ABORT, 'authority_share is append-only'); END""",
        """CREATE TRIGGER authority_share_append_only_replace BEFORE INSERT ON authority_share WHEN EXISTS (SELECT 1 FROM authority_share WHERE (id = NEW.id) OR (authority_id = NEW.authority_id AND payer_id = NEW.payer_id AND element = NEW.element)) BEGIN SELECT RAISE(ABORT, 'authority_share is append-only'); END""",
        """CREATE TRIGGER placement_request_frozen BEFORE UPDATE ON placement_request FOR EACH ROW
WHEN OLD.published_at IS NOT NULL AND (NEW.published_at IS NOT OLD.published_at OR NEW.lot_id IS NOT OLD.lot_id OR NEW.weights IS NOT OLD.weights OR NEW.evaluation_policy_id IS NOT OLD.evaluation_policy_id OR NEW.benchmark_pence IS NOT OLD.benchmark_pence OR NEW.benchmark_policy_id IS NOT OLD.benchmark_policy_id OR NEW.benchmark_source IS NOT OLD.benchmark_source OR NEW.origin_easting IS NOT OLD.origin_easting OR NEW.origin_northing IS NOT OLD.origin_northing OR NEW.age_weeks IS NOT OLD.age_weeks OR NEW.sex IS NOT OLD.sex OR NEW.needs IS NOT OLD.needs OR NEW.places IS NOT OLD.places OR NEW.max_miles IS NOT OLD.max_miles OR NEW.urgency IS NOT OLD.urgency OR NEW.offers_close_at IS NULL OR NEW.offers_close_at < OLD.offers_close_at)
BEGIN SELECT RAISE(ABORT, 'a published request is frozen'); END""",
        """CREATE TRIGGER award_gate_insert BEFORE INSERT ON award
    WHEN NEW.status <> 'void' AND NOT EXISTS (SELECT 1 FROM authority a WHERE a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.id = NEW.request_child_id))
    BEGIN SELECT RAISE(ABORT, 'no authority covers this award'); END""",
        """CREATE TRIGGER award_gate_update BEFORE UPDATE ON award
    WHEN NEW.status <> 'void' AND NOT EXISTS (SELECT 1 FROM authority a WHERE a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.id = NEW.request_child_id))
    BEGIN SELECT RAISE(ABORT, 'no authority covers this award'); END""",
        """CREATE TRIGGER authority_gate_insert BEFORE INSERT ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE w.authority_id = NEW.id AND w.status <> 'void' AND (NEW.status <> 'live' OR NEW.offer_id <> w.offer_id OR NEW.organisation_id <> w.organisation_id
    OR w.weekly_pence > NEW.weekly_ceiling_pence OR w.first_day < NEW.first_day OR w.last_day > NEW.last_day))
    BEGIN SELECT RAISE(ABORT, 'a live award stands on this authority'); END""",
        """CREATE TRIGGER authority_gate_update BEFORE UPDATE ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void' AND (NEW.id <> OLD.id OR NEW.status <> 'live' OR NEW.offer_id <> w.offer_id OR NEW.organisation_id <> w.organisation_id
    OR w.weekly_pence > NEW.weekly_ceiling_pence OR w.first_day < NEW.first_day OR w.last_day > NEW.last_day))
    BEGIN SELECT RAISE(ABORT, 'a live award stands on this authority'); END""",
        """CREATE TRIGGER authority_gate_delete BEFORE DELETE ON authority
    WHEN EXISTS (SELECT 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void')
    BEGIN SELECT RAISE(ABORT, 'a live award stands on this authority'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION audit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_append_only()""",
        """CREATE FUNCTION audit_seal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_seal is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_seal_append_only()""",
        """CREATE FUNCTION policy_version_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'policy_version is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER policy_version_append_only BEFORE UPDATE OR DELETE ON policy_version FOR EACH ROW EXECUTE FUNCTION policy_version_append_only()""",
        """CREATE FUNCTION quality_score_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'quality_score is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER quality_score_append_only BEFORE UPDATE OR DELETE ON quality_score FOR EACH ROW EXECUTE FUNCTION quality_score_append_only()""",
        """CREATE FUNCTION child_view_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'child_view is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER child_view_append_only BEFORE UPDATE OR DELETE ON child_view FOR EACH ROW EXECUTE FUNCTION child_view_append_only()""",
        """CREATE FUNCTION needs_measure_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'needs_measure is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER needs_measure_append_only BEFORE UPDATE OR DELETE ON needs_measure FOR EACH ROW EXECUTE FUNCTION needs_measure_append_only()""",
        """CREATE FUNCTION evaluation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'evaluation is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER evaluation_append_only BEFORE UPDATE OR DELETE ON evaluation FOR EACH ROW EXECUTE FUNCTION evaluation_append_only()""",
        """CREATE FUNCTION offer_choice_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'offer_choice is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER offer_choice_append_only BEFORE UPDATE OR DELETE ON offer_choice FOR EACH ROW EXECUTE FUNCTION offer_choice_append_only()""",
        """CREATE FUNCTION panel_decision_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'panel_decision is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER panel_decision_append_only BEFORE UPDATE OR DELETE ON panel_decision FOR EACH ROW EXECUTE FUNCTION panel_decision_append_only()""",
        """CREATE FUNCTION panel_signature_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'panel_signature is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER panel_signature_append_only BEFORE UPDATE OR DELETE ON panel_signature FOR EACH ROW EXECUTE FUNCTION panel_signature_append_only()""",
        """CREATE FUNCTION authority_share_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'authority_share is append-only' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER authority_share_append_only BEFORE UPDATE OR DELETE ON authority_share FOR EACH ROW EXECUTE FUNCTION authority_share_append_only()""",
        """CREATE FUNCTION placement_request_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NOT NULL AND (NEW.published_at IS DISTINCT FROM OLD.published_at OR NEW.lot_id IS DISTINCT FROM OLD.lot_id OR NEW.weights IS DISTINCT FROM OLD.weights OR NEW.evaluation_policy_id IS DISTINCT FROM OLD.evaluation_policy_id OR NEW.benchmark_pence IS DISTINCT FROM OLD.benchmark_pence OR NEW.benchmark_policy_id IS DISTINCT FROM OLD.benchmark_policy_id OR NEW.benchmark_source IS DISTINCT FROM OLD.benchmark_source OR NEW.origin_easting IS DISTINCT FROM OLD.origin_easting OR NEW.origin_northing IS DISTINCT FROM OLD.origin_northing OR NEW.age_weeks IS DISTINCT FROM OLD.age_weeks OR NEW.sex IS DISTINCT FROM OLD.sex OR NEW.needs IS DISTINCT FROM OLD.needs OR NEW.places IS DISTINCT FROM OLD.places OR NEW.max_miles IS DISTINCT FROM OLD.max_miles OR NEW.urgency IS DISTINCT FROM OLD.urgency OR NEW.offers_close_at IS NULL OR NEW.offers_close_at < OLD.offers_close_at) THEN
    RAISE EXCEPTION 'a published request is frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
        """CREATE TRIGGER placement_request_frozen BEFORE UPDATE ON placement_request FOR EACH ROW EXECUTE FUNCTION placement_request_frozen()""",
        """CREATE FUNCTION award_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> 'void' THEN
    PERFORM 1 FROM authority a WHERE a.id = NEW.authority_id AND a.status = 'live' AND a.offer_id = NEW.offer_id
    AND a.organisation_id = NEW.organisation_id AND NEW.weekly_pence <= a.weekly_ceiling_pence
    AND NEW.first_day >= a.first_day AND NEW.last_day <= a.last_day
    AND EXISTS (SELECT 1 FROM offer o JOIN request_child c ON c.request_id = o.request_id
      WHERE o.id = NEW.offer_id AND o.request_id = NEW.request_id AND c.id = NEW.request_child_id) FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no authority covers this award' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$""",
        """CREATE TRIGGER award_gate BEFORE INSERT OR UPDATE ON award FOR EACH ROW EXECUTE FUNCTION award_gate()""",
        """CREATE FUNCTION authority_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void';
    IF FOUND THEN
      RAISE EXCEPTION 'a live award stands on this authority' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  PERFORM 1 FROM award w WHERE w.authority_id = OLD.id AND w.status <> 'void' AND (NEW.id <> OLD.id OR NEW.status <> 'live' OR NEW.offer_id <> w.offer_id OR NEW.organisation_id <> w.organisation_id
    OR w.weekly_pence > NEW.weekly_ceiling_pence OR w.first_day < NEW.first_day OR w.last_day > NEW.last_day);
  IF FOUND THEN
    RAISE EXCEPTION 'a live award stands on this authority' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$""",
        """CREATE TRIGGER authority_gate BEFORE UPDATE OR DELETE ON authority FOR EACH ROW EXECUTE FUNCTION authority_gate()""",
    ),
}
FUNCTIONS = (
    "audit_entry_append_only",
    "audit_seal_append_only",
    "policy_version_append_only",
    "quality_score_append_only",
    "child_view_append_only",
    "needs_measure_append_only",
    "evaluation_append_only",
    "offer_choice_append_only",
    "panel_decision_append_only",
    "panel_signature_append_only",
    "authority_share_append_only",
    "placement_request_frozen",
    "award_gate",
    "authority_gate",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("organisation_id", sa.String(length=22), nullable=True),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("network_address", sa.String(length=45), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
    )
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_sign_in_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_sign_in_email_hash"), ["email_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_failed_sign_in_network_address"), ["network_address"], unique=False)

    op.create_table(
        "installation_secret",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_secret")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.create_table(
        "moved_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_moved_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved_clock")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_code", sa.String(length=8), nullable=True),
        sa.Column("gss_code", sa.String(length=9), nullable=True),
        sa.Column("company_number", sa.String(length=12), nullable=True),
        sa.Column("alert_email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('borough', 'provider', 'agency', 'hub')", name=op.f("ck_organisation_kind_word")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("company_number", name=op.f("uq_organisation_company_number")),
        sa.UniqueConstraint("gss_code", name=op.f("uq_organisation_gss_code")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        sa.UniqueConstraint("short_code", name=op.f("uq_organisation_short_code")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_organisation_one_hub",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("kind = 'hub'"),
            postgresql_where=sa.text("kind = 'hub'"),
        )

    op.create_table(
        "outbox_message",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=22), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "delivery IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')",
            name=op.f("ck_outbox_message_delivery_word"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_created_at"), ["created_at"], unique=False)
        batch_op.create_index("ix_outbox_message_due", ["delivery", "due_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "policy_version",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "content",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_policy_version_kind_digest")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_policy_version_kind_version")),
    )
    op.create_table(
        "purchasing_system",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode IN ('pcr34', 'pcr_light_touch', 'pa23_light_touch', 'pa23_dynamic_market')",
            name=op.f("ck_purchasing_system_mode_word"),
        ),
        sa.CheckConstraint(
            "mode NOT IN ('pa23_light_touch', 'pa23_dynamic_market') OR begun_on >= '2025-02-24'",
            name=op.f("ck_purchasing_system_act_begun_after"),
        ),
        sa.CheckConstraint(
            "mode NOT IN ('pcr34', 'pcr_light_touch') OR begun_on < '2025-02-24'",
            name=op.f("ck_purchasing_system_pcr_begun_in_time"),
        ),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_purchasing_system_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchasing_system")),
        sa.UniqueConstraint("name", name=op.f("uq_purchasing_system_name")),
    )
    op.create_table(
        "registration",
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("provision_type", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column("owner", sa.String(length=300), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("registration_status", sa.String(length=60), nullable=True),
        sa.Column("address_1", sa.String(length=300), nullable=True),
        sa.Column("address_2", sa.String(length=300), nullable=True),
        sa.Column("town", sa.String(length=120), nullable=True),
        sa.Column("county", sa.String(length=120), nullable=True),
        sa.Column("postcode", sa.String(length=8), nullable=True),
        sa.Column("region", sa.String(length=120), nullable=True),
        sa.Column("local_authority", sa.String(length=120), nullable=True),
        sa.Column("local_authority_gss", sa.String(length=9), nullable=True),
        sa.Column("sector", sa.String(length=60), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("supported_premises", sa.Integer(), nullable=True),
        sa.Column("short_breaks_only", sa.Boolean(), nullable=False),
        sa.Column("several_buildings", sa.Boolean(), nullable=False),
        sa.Column("linked_education_urn", sa.String(length=6), nullable=True),
        sa.Column("ungraded_label", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("facts_as_of", sa.Date(), nullable=False),
        sa.Column("facts_from", sa.String(length=40), nullable=True),
        sa.Column("search_words", sa.String(length=1500), nullable=False),
        sa.CheckConstraint(
            "facts_from IN ('every_provider', 'inspected_providers', 'inspections_in_year')",
            name=op.f("ck_registration_facts_from_word"),
        ),
        sa.CheckConstraint(
            "source IN ('ofsted', 'by_hand', 'demonstration')", name=op.f("ck_registration_source_word")
        ),
        sa.CheckConstraint("first_seen <= last_seen", name=op.f("ck_registration_seen_in_order")),
        sa.CheckConstraint("length(urn) BETWEEN 6 AND 8 AND urn = upper(urn)", name=op.f("ck_registration_urn_form")),
        sa.CheckConstraint("places BETWEEN 0 AND 32767", name=op.f("ck_registration_places_range")),
        sa.PrimaryKeyConstraint("urn", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index("ix_registration_authority_type", ["local_authority_gss", "provision_type"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_registration_linked_education_urn"), ["linked_education_urn"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_registration_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_provision_type"), ["provision_type"], unique=False)

    op.create_table(
        "sign_up",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("company_number", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_up")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_up_token_hash")),
    )
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_up_email"), ["email"], unique=False)

    op.create_table(
        "spent_form_key",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spent_form_key")),
    )
    with op.batch_alter_table("spent_form_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_form_key_spent_at"), ["spent_at"], unique=False)

    op.create_table(
        "audit_seal",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_audit_seal_position_positive")),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )
    op.create_table(
        "child",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("wrapped_key", sa.String(), nullable=True),
        sa.Column("sealed_given_name", sa.String(), nullable=False),
        sa.Column("sealed_family_name", sa.String(), nullable=False),
        sa.Column("sealed_date_of_birth", sa.String(), nullable=False),
        sa.Column("sealed_home_postcode", sa.String(), nullable=False),
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("sealed_ethnicity", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_child_created_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_child_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
        sa.UniqueConstraint("reference", name=op.f("uq_child_reference")),
    )
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_name_index"), ["name_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_child_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "claim",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.String(length=22), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=22), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_claim_status_word")
        ),
        sa.CheckConstraint(
            "status NOT IN ('confirmed', 'refused') OR decided_at IS NOT NULL", name=op.f("ck_claim_decided")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_claim_decided_by")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_claim_made_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_claim_organisation_id")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_claim_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_urn"), ["urn"], unique=False)
        batch_op.create_index(
            "uq_claim_live_urn",
            ["urn"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'confirmed')"),
            postgresql_where=sa.text("status IN ('pending', 'confirmed')"),
        )

    op.create_table(
        "inspection",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("event_number", sa.String(length=20), nullable=True),
        sa.Column("event_type", sa.String(length=40), nullable=False),
        sa.Column("event_label", sa.String(length=120), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("full_judgement", sa.Boolean(), nullable=False),
        sa.Column("overall", sa.String(length=40), nullable=True),
        sa.Column("helped_protected", sa.String(length=40), nullable=True),
        sa.Column("leaders_managers", sa.String(length=40), nullable=True),
        sa.Column("education", sa.String(length=40), nullable=True),
        sa.Column("health", sa.String(length=40), nullable=True),
        sa.Column("supported_outcome", sa.String(length=40), nullable=True),
        sa.Column(
            "labels",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("contradictory", sa.Boolean(), nullable=False),
        sa.Column("resolution", sa.String(length=40), nullable=True),
        sa.Column("resolved_by", sa.String(length=22), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("facts_as_of", sa.Date(), nullable=False),
        sa.Column("facts_from", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "education IN ('outstanding', 'good', 'requires_improvement', 'inadequate')",
            name=op.f("ck_inspection_education_word"),
        ),
        sa.CheckConstraint(
            "event_type IN ('full', 'monitoring', 'assurance', 'interim', 'other')",
            name=op.f("ck_inspection_event_type_word"),
        ),
        sa.CheckConstraint(
            "facts_from IN ('every_provider', 'inspected_providers', 'inspections_in_year')",
            name=op.f("ck_inspection_facts_from_word"),
        ),
        sa.CheckConstraint(
            "health IN ('outstanding', 'good', 'requires_improvement', 'inadequate')",
            name=op.f("ck_inspection_health_word"),
        ),
        sa.CheckConstraint(
            "helped_protected IN ('outstanding', 'good', 'requires_improvement', 'inadequate')",
            name=op.f("ck_inspection_helped_protected_word"),
        ),
        sa.CheckConstraint(
            "leaders_managers IN ('outstanding', 'good', 'requires_improvement', 'inadequate')",
            name=op.f("ck_inspection_leaders_managers_word"),
        ),
        sa.CheckConstraint(
            "overall IN ('outstanding', 'good', 'requires_improvement', 'inadequate')",
            name=op.f("ck_inspection_overall_word"),
        ),
        sa.CheckConstraint(
            "resolution IN ('as_published', 'as_limited', 'set_aside')", name=op.f("ck_inspection_resolution_word")
        ),
        sa.CheckConstraint(
            "supported_outcome IN ('consistently_strong', 'inconsistent', 'serious_weaknesses')",
            name=op.f("ck_inspection_supported_outcome_word"),
        ),
        sa.CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL) AND (resolution IS NULL OR (contradictory AND reason IS NOT NULL))",
            name=op.f("ck_inspection_resolved_whole"),
        ),
        sa.CheckConstraint(
            "NOT (contradictory AND NOT full_judgement)", name=op.f("ck_inspection_only_judgements_contradict")
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["person.id"], name=op.f("fk_inspection_resolved_by")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_inspection_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("urn", "event_number", name=op.f("uq_inspection_urn_event_number")),
    )
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_contradictory", ["contradictory", "resolution"], unique=False)
        batch_op.create_index("ix_inspection_urn_day", ["urn", "inspected_on"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("invited_by", sa.String(length=22), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('placement_officer', 'team_manager', 'nominated_officer', 'director', 'finance_officer', 'panel_administrator', 'panel_chair', 'panel_member', 'borough_administrator', 'provider_administrator', 'provider_staff', 'agency_panel_member', 'agency_administrator', 'commissioner', 'hub_administrator')",
            name=op.f("ck_invitation_role_word"),
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "lot",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("system_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("strand", sa.String(length=40), nullable=False),
        sa.Column("service_type", sa.String(length=40), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "service_type IN ('ifa', 'residential', 'supported', 'nmi_day', 'nmi_38', 'nmi_52', 'support_package')",
            name=op.f("ck_lot_service_type_word"),
        ),
        sa.CheckConstraint("strand IN ('looked_after', 'send', 'support')", name=op.f("ck_lot_strand_word")),
        sa.ForeignKeyConstraint(["system_id"], ["purchasing_system.id"], name=op.f("fk_lot_system_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("system_id", "name", name=op.f("uq_lot_system_id_name")),
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_system_id"), ["system_id"], unique=False)

    op.create_table(
        "meeting_series",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("agenda_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("agenda_days >= 0", name=op.f("ck_meeting_series_agenda")),
        sa.CheckConstraint("every_weeks > 0", name=op.f("ck_meeting_series_cycle")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_meeting_series_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
    )
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_series_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('placement_officer', 'team_manager', 'nominated_officer', 'director', 'finance_officer', 'panel_administrator', 'panel_chair', 'panel_member', 'borough_administrator', 'provider_administrator', 'provider_staff', 'agency_panel_member', 'agency_administrator', 'commissioner', 'hub_administrator')",
            name=op.f("ck_membership_role_word"),
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_membership_live",
            ["person_id", "organisation_id", "role"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "password_reset",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_reset_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_reset_person_id"), ["person_id"], unique=False)

    op.create_table(
        "payer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.CheckConstraint("kind IN ('social_care', 'education', 'health')", name=op.f("ck_payer_kind_word")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_payer_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payer")),
        sa.UniqueConstraint("name", name=op.f("uq_payer_name")),
    )
    with op.batch_alter_table("payer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payer_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "quality_score",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column(
            "parts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score IS NULL OR (score >= 0 AND score <= 100)", name=op.f("ck_quality_score_score_range")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_quality_score_policy_version_id")
        ),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_quality_score_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_score")),
    )
    with op.batch_alter_table("quality_score", schema=None) as batch_op:
        batch_op.create_index("ix_quality_score_latest", ["urn", "computed_at"], unique=False)

    op.create_table(
        "register_import",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("coverage", sa.String(length=40), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=22), nullable=True),
        sa.Column(
            "report",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "urns",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "coverage IN ('every_provider', 'inspected_providers', 'inspections_in_year')",
            name=op.f("ck_register_import_coverage_word"),
        ),
        sa.ForeignKeyConstraint(["imported_by"], ["person.id"], name=op.f("fk_register_import_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_import")),
    )
    with op.batch_alter_table("register_import", schema=None) as batch_op:
        batch_op.create_index("ix_register_import_coverage_day", ["coverage", "as_of"], unique=False)
        batch_op.create_index(batch_op.f("ix_register_import_imported_at"), ["imported_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_register_import_sha256"), ["sha256"], unique=False)

    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sign_in_session_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=22), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('statutory', 'assurance', 'panel_action')", name=op.f("ck_task_kind_word")),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_task_done_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_task_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_task_organisation_id_key")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_open", ["organisation_id", "done_at", "due_on"], unique=False)

    op.create_table(
        "application",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(length=22), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_reason", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(length=22), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('submitted', 'approved', 'refused', 'withdrawn')", name=op.f("ck_application_status_word")
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'refused') OR (decided_at IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_application_reasoned"),
        ),
        sa.CheckConstraint(
            "(extended_at IS NULL) = (extension_reason IS NULL)", name=op.f("ck_application_extension_reasoned")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_application_claim_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_application_decided_by")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_application_lot_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_application_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_application_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(
            "uq_application_open",
            ["claim_id", "lot_id"],
            unique=True,
            sqlite_where=sa.text("status = 'submitted'"),
            postgresql_where=sa.text("status = 'submitted'"),
        )

    op.create_table(
        "child_view",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("child_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_child_view_child_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_child_view_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_child_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_view")),
    )
    with op.batch_alter_table("child_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_child_view_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_child_view_person_id"), ["person_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('enrolled', 'suspended', 'removed')", name=op.f("ck_enrolment_status_word")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_enrolment_claim_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_enrolment_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("claim_id", "lot_id", name=op.f("uq_enrolment_claim_id_lot_id")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("series_id", sa.String(length=22), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("agenda_due_on", sa.Date(), nullable=False),
        sa.Column("minutes_due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("series_id", "held_on", name=op.f("uq_meeting_series_id_held_on")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_held_on"), ["held_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_series_id"), ["series_id"], unique=False)

    op.create_table(
        "needs_measure",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("child_id", sa.String(length=22), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column(
            "scores",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column("measured_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_needs_measure_child_id")),
        sa.ForeignKeyConstraint(["measured_by"], ["person.id"], name=op.f("fk_needs_measure_measured_by")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_needs_measure_policy_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs_measure")),
    )
    with op.batch_alter_table("needs_measure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_needs_measure_child_id"), ["child_id"], unique=False)

    op.create_table(
        "panel",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("series_id", sa.String(length=22), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("lead_days >= 0", name=op.f("ck_panel_lead_days")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_panel_organisation_id")),
        sa.ForeignKeyConstraint(["series_id"], ["meeting_series.id"], name=op.f("fk_panel_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("name", name=op.f("uq_panel_name")),
        sa.UniqueConstraint("series_id", name=op.f("uq_panel_series_id")),
    )
    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "participation",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_participation_days_in_order")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_participation_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_participation_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint(
            "lot_id", "organisation_id", "first_day", name=op.f("uq_participation_lot_id_organisation_id_first_day")
        ),
    )
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participation_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_participation_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "placement_request",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("form_version", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urgency", sa.String(length=40), nullable=True),
        sa.Column("needed_from", sa.Date(), nullable=True),
        sa.Column("expected_weeks", sa.Integer(), nullable=True),
        sa.Column("age_weeks", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column(
            "needs",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("looked_after", sa.Boolean(), nullable=True),
        sa.Column("max_miles", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("home_authority_gss", sa.String(length=9), nullable=True),
        sa.Column("lot_id", sa.String(length=22), nullable=True),
        sa.Column("offers_close_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "weights",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("evaluation_policy_id", sa.String(length=22), nullable=True),
        sa.Column("benchmark_pence", sa.BigInteger(), nullable=True),
        sa.Column("benchmark_policy_id", sa.String(length=22), nullable=True),
        sa.Column("benchmark_source", sa.String(), nullable=True),
        sa.Column("origin_easting", sa.Integer(), nullable=True),
        sa.Column("origin_northing", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'approved', 'published', 'awarded', 'unplaced', 'withdrawn')",
            name=op.f("ck_placement_request_status_word"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('published', 'awarded', 'unplaced') OR published_at IS NOT NULL",
            name=op.f("ck_placement_request_published_at"),
        ),
        sa.CheckConstraint(
            "urgency IN ('planned', 'urgent', 'same_day')", name=op.f("ck_placement_request_urgency_word")
        ),
        sa.CheckConstraint(
            "benchmark_pence IS NULL OR benchmark_pence > 0", name=op.f("ck_placement_request_benchmark_positive")
        ),
        sa.CheckConstraint(
            "offers_close_at IS NULL OR offers_close_at > published_at",
            name=op.f("ck_placement_request_deadline_after_publication"),
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR (lot_id IS NOT NULL AND offers_close_at IS NOT NULL AND weights IS NOT NULL AND evaluation_policy_id IS NOT NULL AND age_weeks IS NOT NULL AND needs IS NOT NULL)",
            name=op.f("ck_placement_request_published_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["benchmark_policy_id"], ["policy_version.id"], name=op.f("fk_placement_request_benchmark_policy_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_placement_request_created_by")),
        sa.ForeignKeyConstraint(
            ["evaluation_policy_id"], ["policy_version.id"], name=op.f("fk_placement_request_evaluation_policy_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_placement_request_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_placement_request_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_placement_request_reference")),
    )
    with op.batch_alter_table("placement_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_placement_request_desk", ["organisation_id", "status", "offers_close_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_placement_request_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_request_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_request_published_at"), ["published_at"], unique=False)

    op.create_table(
        "service",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("claim_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("urn", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("alert_email", sa.String(length=254), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("easting", sa.Integer(), nullable=True),
        sa.Column("northing", sa.Integer(), nullable=True),
        sa.Column("authority_gss", sa.String(length=9), nullable=True),
        sa.Column("min_age", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column(
            "sexes",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "capability",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("places_free", sa.Integer(), nullable=False),
        sa.Column("places_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name=op.f("ck_service_ages")),
        sa.CheckConstraint("places_free >= 0", name=op.f("ck_service_places_free")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_service_claim_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_service_organisation_id")),
        sa.ForeignKeyConstraint(["urn"], ["registration.urn"], name=op.f("fk_service_urn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_service_claim_id")),
        sa.UniqueConstraint("urn", name=op.f("uq_service_urn")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_authority_gss"), ["authority_gss"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "spend_month",
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("payer_kind", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("started_pence", sa.BigInteger(), nullable=False),
        sa.Column("planned_pence", sa.BigInteger(), nullable=False),
        sa.Column("unauthorised_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "payer_kind IN ('social_care', 'education', 'health')", name=op.f("ck_spend_month_payer_kind_word")
        ),
        sa.CheckConstraint(
            "started_pence >= 0 AND planned_pence >= 0 AND unauthorised_pence >= 0",
            name=op.f("ck_spend_month_not_negative"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_spend_month_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_spend_month_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "lot_id", "payer_kind", "month", name=op.f("pk_spend_month")),
    )
    with op.batch_alter_table("spend_month", schema=None) as batch_op:
        batch_op.create_index("ix_spend_month_month", ["month"], unique=False)

    op.create_table(
        "enrolment_move",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("enrolment_id", sa.String(length=22), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.CheckConstraint(
            "to_status IN ('enrolled', 'suspended', 'removed')", name=op.f("ck_enrolment_move_to_status_word")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_move_enrolment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_move_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_move")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_enrolment_move_enrolment_id_number")),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("policy_version_id", sa.String(length=22), nullable=False),
        sa.Column(
            "record",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("hash", sa.String(length=80), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_by", sa.String(length=22), nullable=True),
        sa.ForeignKeyConstraint(["frozen_by"], ["person.id"], name=op.f("fk_evaluation_frozen_by")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_evaluation_policy_version_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_evaluation_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("request_id", name=op.f("uq_evaluation_request_id")),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("submitted_by", sa.String(length=22), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrapped_key", sa.String(), nullable=False),
        sa.Column("sealed_content", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("care_pence", sa.BigInteger(), nullable=True),
        sa.Column("education_pence", sa.BigInteger(), nullable=True),
        sa.Column("health_pence", sa.BigInteger(), nullable=True),
        sa.Column("transport_pence", sa.BigInteger(), nullable=True),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=True),
        sa.Column("weeks_per_year", sa.Integer(), nullable=True),
        sa.Column("can_start_on", sa.Date(), nullable=True),
        sa.Column("place_easting", sa.Integer(), nullable=True),
        sa.Column("place_northing", sa.Integer(), nullable=True),
        sa.Column("place_authority_gss", sa.String(length=9), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('submitted', 'withdrawn', 'preferred', 'won', 'lost')", name=op.f("ck_offer_status_word")
        ),
        sa.CheckConstraint(
            "opened_at IS NULL OR weekly_pence = care_pence + education_pence + health_pence + transport_pence",
            name=op.f("ck_offer_price_adds_up"),
        ),
        sa.CheckConstraint(
            "weeks_per_year IS NULL OR (weeks_per_year >= 1 AND weeks_per_year <= 52)", name=op.f("ck_offer_weeks")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_offer_organisation_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_offer_request_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_offer_service_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_offer_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("reference", name=op.f("uq_offer_reference")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_service_id"), ["service_id"], unique=False)
        batch_op.create_index(
            "uq_offer_live",
            ["request_id", "service_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )
        batch_op.create_index(
            "uq_offer_preferred",
            ["request_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('preferred', 'won')"),
            postgresql_where=sa.text("status IN ('preferred', 'won')"),
        )

    op.create_table(
        "offer_invitation",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_code", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_offer_invitation_organisation_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_offer_invitation_request_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_offer_invitation_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_invitation")),
        sa.UniqueConstraint("request_id", "service_id", name=op.f("uq_offer_invitation_request_id_service_id")),
    )
    with op.batch_alter_table("offer_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_invitation_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_invitation_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_invitation_service_id"), ["service_id"], unique=False)

    op.create_table(
        "panel_seat",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("panel_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("payer_id", sa.String(length=22), nullable=True),
        sa.Column("is_chair", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("NOT (is_chair AND payer_id IS NOT NULL)", name=op.f("ck_panel_seat_chair_is_not_payer")),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_seat_panel_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_panel_seat_payer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_seat_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_seat")),
        sa.UniqueConstraint(
            "panel_id",
            "person_id",
            "payer_id",
            "is_chair",
            name=op.f("uq_panel_seat_panel_id_person_id_payer_id_is_chair"),
        ),
    )
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_seat_panel_id"), ["panel_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_seat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "request_child",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("child_id", sa.String(length=22), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_request_child_child_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_child_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_child")),
        sa.UniqueConstraint("request_id", "child_id", name=op.f("uq_request_child_request_id_child_id")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_child_request_id_position")),
    )
    with op.batch_alter_table("request_child", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_child_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_child_request_id"), ["request_id"], unique=False)

    op.create_table(
        "request_clearance",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sealed_words", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.String(), nullable=False),
        sa.Column("cleared_by", sa.String(length=22), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cleared_by"], ["person.id"], name=op.f("fk_request_clearance_cleared_by")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_clearance_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_clearance")),
    )
    with op.batch_alter_table("request_clearance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_clearance_request_id"), ["request_id"], unique=False)

    op.create_table(
        "request_move",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(length=22), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "to_status IN ('draft', 'submitted', 'approved', 'published', 'awarded', 'unplaced', 'withdrawn')",
            name=op.f("ck_request_move_to_status_word"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_move_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_move_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_move")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_request_move_request_id_position")),
    )
    with op.batch_alter_table("request_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_move_request_id"), ["request_id"], unique=False)

    op.create_table(
        "request_section",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("sealed_answers", sa.String(), nullable=False),
        sa.Column("saved_by", sa.String(length=22), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_request_section_request_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_request_section_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_section")),
        sa.UniqueConstraint("request_id", "section", name=op.f("uq_request_section_request_id_section")),
    )
    with op.batch_alter_table("request_section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_section_request_id"), ["request_id"], unique=False)

    op.create_table(
        "offer_choice",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("evaluation_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("chosen_by", sa.String(length=22), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["chosen_by"], ["person.id"], name=op.f("fk_offer_choice_chosen_by")),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluation.id"], name=op.f("fk_offer_choice_evaluation_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_choice_offer_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_offer_choice_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_choice")),
    )
    with op.batch_alter_table("offer_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_choice_evaluation_id"), ["evaluation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_choice_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_choice_request_id"), ["request_id"], unique=False)

    op.create_table(
        "place_hold",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.String(length=60), nullable=True),
        sa.CheckConstraint("places > 0", name=op.f("ck_place_hold_places")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_place_hold_offer_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_place_hold_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_hold")),
    )
    with op.batch_alter_table("place_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_hold_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_place_hold_service_id"), ["service_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_place_hold_valid_until"), ["valid_until"], unique=False)
        batch_op.create_index(
            "uq_place_hold_live",
            ["offer_id"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "referral",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=False),
        sa.Column("panel_id", sa.String(length=22), nullable=False),
        sa.Column("meeting_id", sa.String(length=22), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("professionals_met_on", sa.Date(), nullable=True),
        sa.Column("fostering_explored", sa.String(), nullable=True),
        sa.Column("case_for_placement", sa.String(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("health_approved_on", sa.Date(), nullable=True),
        sa.Column("health_approved_by", sa.String(length=200), nullable=True),
        sa.Column("health_by_executive", sa.Boolean(), nullable=False),
        sa.Column("split_reason", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=22), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_by", sa.String(length=22), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'listed', 'returned', 'decided', 'withdrawn')", name=op.f("ck_referral_status_word")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_referral_created_by")),
        sa.ForeignKeyConstraint(["listed_by"], ["person.id"], name=op.f("fk_referral_listed_by")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_referral_meeting_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_referral_offer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_referral_organisation_id")),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_referral_panel_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_referral_request_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_referral_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("reference", name=op.f("uq_referral_reference")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_panel_id"), ["panel_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_request_id"), ["request_id"], unique=False)
        batch_op.create_index(
            "uq_referral_open",
            ["offer_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('draft', 'listed', 'returned')"),
            postgresql_where=sa.text("status IN ('draft', 'listed', 'returned')"),
        )

    op.create_table(
        "funding_share",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("referral_id", sa.String(length=22), nullable=False),
        sa.Column("payer_id", sa.String(length=22), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "element IN ('care', 'education', 'health', 'transport')", name=op.f("ck_funding_share_element_word")
        ),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_funding_share_positive")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_funding_share_payer_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_funding_share_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_share")),
        sa.UniqueConstraint(
            "referral_id", "payer_id", "element", name=op.f("uq_funding_share_referral_id_payer_id_element")
        ),
    )
    with op.batch_alter_table("funding_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_funding_share_referral_id"), ["referral_id"], unique=False)

    op.create_table(
        "panel_decision",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("referral_id", sa.String(length=22), nullable=False),
        sa.Column("meeting_id", sa.String(length=22), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=True),
        sa.Column("weekly_ceiling_pence", sa.BigInteger(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lead_payer_id", sa.String(length=22), nullable=True),
        sa.Column("recorded_by", sa.String(length=22), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'approve' OR (offer_id IS NOT NULL AND first_day IS NOT NULL AND last_day IS NOT NULL AND review_on IS NOT NULL AND weekly_ceiling_pence > 0 AND last_day >= first_day AND lead_payer_id IS NOT NULL)",
            name=op.f("ck_panel_decision_approval_whole"),
        ),
        sa.CheckConstraint("outcome IN ('approve', 'defer', 'refuse')", name=op.f("ck_panel_decision_outcome_word")),
        sa.ForeignKeyConstraint(["lead_payer_id"], ["payer.id"], name=op.f("fk_panel_decision_lead_payer_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_panel_decision_meeting_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_panel_decision_offer_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_panel_decision_recorded_by")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_panel_decision_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_decision")),
    )
    with op.batch_alter_table("panel_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_decision_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_decision_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_decision_referral_id"), ["referral_id"], unique=False)

    op.create_table(
        "authority",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=False),
        sa.Column("decision_id", sa.String(length=22), nullable=True),
        sa.Column("weekly_ceiling_pence", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lapses_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(length=22), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'emergency' OR (lapses_on IS NOT NULL AND last_day <= lapses_on)",
            name=op.f("ck_authority_emergency_lapses"),
        ),
        sa.CheckConstraint("kind <> 'panel' OR decision_id IS NOT NULL", name=op.f("ck_authority_panel_has_decision")),
        sa.CheckConstraint("kind IN ('panel', 'delegated', 'emergency')", name=op.f("ck_authority_kind_word")),
        sa.CheckConstraint("status IN ('live', 'revoked')", name=op.f("ck_authority_status_word")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_authority_days_in_order")),
        sa.CheckConstraint("weekly_ceiling_pence > 0", name=op.f("ck_authority_ceiling")),
        sa.ForeignKeyConstraint(["decision_id"], ["panel_decision.id"], name=op.f("fk_authority_decision_id")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_authority_given_by")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_authority_offer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_authority_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_authority_decision_id")),
    )
    with op.batch_alter_table("authority", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authority_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_authority_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "panel_signature",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("decision_id", sa.String(length=22), nullable=False),
        sa.Column("payer_id", sa.String(length=22), nullable=True),
        sa.Column("person_id", sa.String(length=22), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["panel_decision.id"], name=op.f("fk_panel_signature_decision_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_panel_signature_payer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_signature_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_signature")),
        sa.UniqueConstraint("decision_id", "person_id", name=op.f("uq_panel_signature_decision_id_person_id")),
    )
    with op.batch_alter_table("panel_signature", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_signature_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_signature_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_panel_signature_chair",
            ["decision_id"],
            unique=True,
            sqlite_where=sa.text("payer_id IS NULL"),
            postgresql_where=sa.text("payer_id IS NULL"),
        )
        batch_op.create_index(
            "uq_panel_signature_payer",
            ["decision_id", "payer_id"],
            unique=True,
            sqlite_where=sa.text("payer_id IS NOT NULL"),
            postgresql_where=sa.text("payer_id IS NOT NULL"),
        )

    op.create_table(
        "authority_share",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("authority_id", sa.String(length=22), nullable=False),
        sa.Column("payer_id", sa.String(length=22), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "element IN ('care', 'education', 'health', 'transport')", name=op.f("ck_authority_share_element_word")
        ),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_authority_share_positive")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_authority_share_authority_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_authority_share_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_share")),
        sa.UniqueConstraint(
            "authority_id", "payer_id", "element", name=op.f("uq_authority_share_authority_id_payer_id_element")
        ),
    )
    with op.batch_alter_table("authority_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authority_share_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_authority_share_payer_id"), ["payer_id"], unique=False)

    op.create_table(
        "award",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=22), nullable=False),
        sa.Column("request_child_id", sa.String(length=22), nullable=False),
        sa.Column("offer_id", sa.String(length=22), nullable=False),
        sa.Column("authority_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("awarded_by", sa.String(length=22), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('live', 'void')", name=op.f("ck_award_status_word")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_award_days_in_order")),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_award_price")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_award_authority_id")),
        sa.ForeignKeyConstraint(["awarded_by"], ["person.id"], name=op.f("fk_award_awarded_by")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_award_offer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_award_organisation_id")),
        sa.ForeignKeyConstraint(["request_child_id"], ["request_child.id"], name=op.f("fk_award_request_child_id")),
        sa.ForeignKeyConstraint(["request_id"], ["placement_request.id"], name=op.f("fk_award_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("reference", name=op.f("uq_award_reference")),
    )
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_award_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_award_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_award_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_award_request_id"), ["request_id"], unique=False)
        batch_op.create_index(
            "uq_award_live",
            ["request_child_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'void'"),
            postgresql_where=sa.text("status <> 'void'"),
        )

    op.create_table(
        "location_approval",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("award_id", sa.String(length=22), nullable=False),
        sa.Column("location_class", sa.String(length=40), nullable=False),
        sa.Column("located_authority_gss", sa.String(length=9), nullable=True),
        sa.Column("needed", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=22), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("authority_notified_on", sa.Date(), nullable=True),
        sa.Column("authority_consulted_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(needed = 'none') = (status = 'not_needed')", name=op.f("ck_location_approval_needed_or_not")
        ),
        sa.CheckConstraint(
            "location_class IN ('in_area', 'adjoining', 'at_a_distance', 'unknown_counts_as_distance')",
            name=op.f("ck_location_approval_location_class_word"),
        ),
        sa.CheckConstraint(
            "needed IN ('none', 'nominated_officer', 'director')", name=op.f("ck_location_approval_needed_word")
        ),
        sa.CheckConstraint(
            "status <> 'given' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_location_approval_given_by"),
        ),
        sa.CheckConstraint(
            "status IN ('not_needed', 'asked', 'given', 'refused')", name=op.f("ck_location_approval_status_word")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_location_approval_award_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_location_approval_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_approval")),
        sa.UniqueConstraint("award_id", name=op.f("uq_location_approval_award_id")),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("award_id", sa.String(length=22), nullable=False),
        sa.Column("child_id", sa.String(length=22), nullable=False),
        sa.Column("service_id", sa.String(length=22), nullable=False),
        sa.Column("provider_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("planned_start", sa.Date(), nullable=False),
        sa.Column("planned_end", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("late_approval_reason", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status <> 'ended' OR ended_on IS NOT NULL", name=op.f("ck_placement_ended")),
        sa.CheckConstraint(
            "status IN ('awaiting_start', 'live', 'ended', 'cancelled')", name=op.f("ck_placement_status_word")
        ),
        sa.CheckConstraint(
            "status NOT IN ('live', 'ended') OR started_on IS NOT NULL", name=op.f("ck_placement_started")
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_placement_award_id")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_placement_child_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_placement_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_placement_organisation_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisation.id"], name=op.f("fk_placement_provider_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_placement_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("award_id", name=op.f("uq_placement_award_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_placement_reference")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_service_id"), ["service_id"], unique=False)

    op.create_table(
        "cost_line",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("placement_id", sa.String(length=22), nullable=False),
        sa.Column("payer_id", sa.String(length=22), nullable=False),
        sa.Column("authority_id", sa.String(length=22), nullable=False),
        sa.Column("element", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "element IN ('care', 'education', 'health', 'transport')", name=op.f("ck_cost_line_element_word")
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_cost_line_days_in_order")),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_cost_line_positive")),
        sa.ForeignKeyConstraint(["authority_id"], ["authority.id"], name=op.f("fk_cost_line_authority_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"], name=op.f("fk_cost_line_payer_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_cost_line_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_line")),
    )
    with op.batch_alter_table("cost_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cost_line_authority_id"), ["authority_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cost_line_payer_id"), ["payer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cost_line_placement_id"), ["placement_id"], unique=False)

    op.create_table(
        "saving_basis",
        sa.Column("placement_id", sa.String(length=22), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("benchmark_pence", sa.BigInteger(), nullable=True),
        sa.Column("benchmark_source", sa.String(), nullable=True),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_number >= first_number", name=op.f("ck_saving_basis_days_in_order")),
        sa.CheckConstraint(
            "weekly_pence > 0 AND (benchmark_pence IS NULL OR benchmark_pence > 0)",
            name=op.f("ck_saving_basis_positive"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_saving_basis_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_saving_basis_organisation_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_saving_basis_placement_id")),
        sa.PrimaryKeyConstraint("placement_id", name=op.f("pk_saving_basis")),
        sa.UniqueConstraint("reference", name=op.f("uq_saving_basis_reference")),
    )
    with op.batch_alter_table("saving_basis", schema=None) as batch_op:
        batch_op.create_index("ix_saving_basis_days", ["last_number", "first_number"], unique=False)
        batch_op.create_index("ix_saving_basis_own_days", ["organisation_id", "last_number"], unique=False)

    op.create_table(
        "spend_line",
        sa.Column("cost_line_id", sa.String(length=22), nullable=False),
        sa.Column("placement_id", sa.String(length=22), nullable=False),
        sa.Column("organisation_id", sa.String(length=22), nullable=False),
        sa.Column("lot_id", sa.String(length=22), nullable=False),
        sa.Column("payer_kind", sa.String(length=40), nullable=False),
        sa.Column("weekly_pence", sa.BigInteger(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("goes_on", sa.Boolean(), nullable=False),
        sa.Column("left_number", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "payer_kind IN ('social_care', 'education', 'health')", name=op.f("ck_spend_line_payer_kind_word")
        ),
        sa.CheckConstraint("last_number >= first_number", name=op.f("ck_spend_line_days_in_order")),
        sa.CheckConstraint(
            "left_number IS NULL OR (left_number > last_number AND NOT goes_on)", name=op.f("ck_spend_line_left_after")
        ),
        sa.CheckConstraint("started OR NOT goes_on", name=op.f("ck_spend_line_goes_on_once_started")),
        sa.CheckConstraint("weekly_pence > 0", name=op.f("ck_spend_line_positive")),
        sa.ForeignKeyConstraint(["cost_line_id"], ["cost_line.id"], name=op.f("fk_spend_line_cost_line_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_spend_line_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_spend_line_organisation_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placement.id"], name=op.f("fk_spend_line_placement_id")),
        sa.PrimaryKeyConstraint("cost_line_id", name=op.f("pk_spend_line")),
    )
    with op.batch_alter_table("spend_line", schema=None) as batch_op:
        batch_op.create_index("ix_spend_line_days", ["last_number", "first_number"], unique=False)
        batch_op.create_index("ix_spend_line_going_on", ["goes_on", "last_number"], unique=False)
        batch_op.create_index("ix_spend_line_own_days", ["organisation_id", "last_number"], unique=False)
        batch_op.create_index(batch_op.f("ix_spend_line_placement_id"), ["placement_id"], unique=False)
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    with op.batch_alter_table("spend_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spend_line_placement_id"))
        batch_op.drop_index("ix_spend_line_own_days")
        batch_op.drop_index("ix_spend_line_going_on")
        batch_op.drop_index("ix_spend_line_days")

    op.drop_table("spend_line")
    with op.batch_alter_table("saving_basis", schema=None) as batch_op:
        batch_op.drop_index("ix_saving_basis_own_days")
        batch_op.drop_index("ix_saving_basis_days")

    op.drop_table("saving_basis")
    with op.batch_alter_table("cost_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cost_line_placement_id"))
        batch_op.drop_index(batch_op.f("ix_cost_line_payer_id"))
        batch_op.drop_index(batch_op.f("ix_cost_line_authority_id"))

    op.drop_table("cost_line")
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placement_service_id"))
        batch_op.drop_index(batch_op.f("ix_placement_provider_id"))
        batch_op.drop_index(batch_op.f("ix_placement_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_placement_lot_id"))
        batch_op.drop_index(batch_op.f("ix_placement_child_id"))

    op.drop_table("placement")
    op.drop_table("location_approval")
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_award_live", sqlite_where=sa.text("status <> 'void'"), postgresql_where=sa.text("status <> 'void'")
        )
        batch_op.drop_index(batch_op.f("ix_award_request_id"))
        batch_op.drop_index(batch_op.f("ix_award_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_award_offer_id"))
        batch_op.drop_index(batch_op.f("ix_award_authority_id"))

    op.drop_table("award")
    with op.batch_alter_table("authority_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authority_share_payer_id"))
        batch_op.drop_index(batch_op.f("ix_authority_share_authority_id"))

    op.drop_table("authority_share")
    with op.batch_alter_table("panel_signature", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_panel_signature_payer",
            sqlite_where=sa.text("payer_id IS NOT NULL"),
            postgresql_where=sa.text("payer_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_panel_signature_chair",
            sqlite_where=sa.text("payer_id IS NULL"),
            postgresql_where=sa.text("payer_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_panel_signature_person_id"))
        batch_op.drop_index(batch_op.f("ix_panel_signature_decision_id"))

    op.drop_table("panel_signature")
    with op.batch_alter_table("authority", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authority_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_authority_offer_id"))

    op.drop_table("authority")
    with op.batch_alter_table("panel_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_decision_referral_id"))
        batch_op.drop_index(batch_op.f("ix_panel_decision_offer_id"))
        batch_op.drop_index(batch_op.f("ix_panel_decision_meeting_id"))

    op.drop_table("panel_decision")
    with op.batch_alter_table("funding_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_funding_share_referral_id"))

    op.drop_table("funding_share")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_referral_open",
            sqlite_where=sa.text("status IN ('draft', 'listed', 'returned')"),
            postgresql_where=sa.text("status IN ('draft', 'listed', 'returned')"),
        )
        batch_op.drop_index(batch_op.f("ix_referral_request_id"))
        batch_op.drop_index(batch_op.f("ix_referral_panel_id"))
        batch_op.drop_index(batch_op.f("ix_referral_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_referral_offer_id"))
        batch_op.drop_index(batch_op.f("ix_referral_meeting_id"))

    op.drop_table("referral")
    with op.batch_alter_table("place_hold", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_place_hold_live",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_place_hold_valid_until"))
        batch_op.drop_index(batch_op.f("ix_place_hold_service_id"))
        batch_op.drop_index(batch_op.f("ix_place_hold_offer_id"))

    op.drop_table("place_hold")
    with op.batch_alter_table("offer_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_choice_request_id"))
        batch_op.drop_index(batch_op.f("ix_offer_choice_offer_id"))
        batch_op.drop_index(batch_op.f("ix_offer_choice_evaluation_id"))

    op.drop_table("offer_choice")
    with op.batch_alter_table("request_section", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_section_request_id"))

    op.drop_table("request_section")
    with op.batch_alter_table("request_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_move_request_id"))

    op.drop_table("request_move")
    with op.batch_alter_table("request_clearance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_clearance_request_id"))

    op.drop_table("request_clearance")
    with op.batch_alter_table("request_child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_child_request_id"))
        batch_op.drop_index(batch_op.f("ix_request_child_child_id"))

    op.drop_table("request_child")
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_seat_person_id"))
        batch_op.drop_index(batch_op.f("ix_panel_seat_panel_id"))

    op.drop_table("panel_seat")
    with op.batch_alter_table("offer_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_invitation_service_id"))
        batch_op.drop_index(batch_op.f("ix_offer_invitation_request_id"))
        batch_op.drop_index(batch_op.f("ix_offer_invitation_organisation_id"))

    op.drop_table("offer_invitation")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_preferred",
            sqlite_where=sa.text("status IN ('preferred', 'won')"),
            postgresql_where=sa.text("status IN ('preferred', 'won')"),
        )
        batch_op.drop_index(
            "uq_offer_live",
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )
        batch_op.drop_index(batch_op.f("ix_offer_service_id"))
        batch_op.drop_index(batch_op.f("ix_offer_request_id"))
        batch_op.drop_index(batch_op.f("ix_offer_organisation_id"))

    op.drop_table("offer")
    op.drop_table("evaluation")
    op.drop_table("enrolment_move")
    with op.batch_alter_table("spend_month", schema=None) as batch_op:
        batch_op.drop_index("ix_spend_month_month")

    op.drop_table("spend_month")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_service_authority_gss"))

    op.drop_table("service")
    with op.batch_alter_table("placement_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placement_request_published_at"))
        batch_op.drop_index(batch_op.f("ix_placement_request_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_placement_request_lot_id"))
        batch_op.drop_index("ix_placement_request_desk")

    op.drop_table("placement_request")
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_participation_lot_id"))

    op.drop_table("participation")
    with op.batch_alter_table("panel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_organisation_id"))

    op.drop_table("panel")
    with op.batch_alter_table("needs_measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_needs_measure_child_id"))

    op.drop_table("needs_measure")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_series_id"))
        batch_op.drop_index(batch_op.f("ix_meeting_held_on"))

    op.drop_table("meeting")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_lot_id"))
        batch_op.drop_index(batch_op.f("ix_enrolment_claim_id"))

    op.drop_table("enrolment")
    with op.batch_alter_table("child_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_view_person_id"))
        batch_op.drop_index(batch_op.f("ix_child_view_child_id"))

    op.drop_table("child_view")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_application_open",
            sqlite_where=sa.text("status = 'submitted'"),
            postgresql_where=sa.text("status = 'submitted'"),
        )
        batch_op.drop_index(batch_op.f("ix_application_lot_id"))
        batch_op.drop_index(batch_op.f("ix_application_claim_id"))

    op.drop_table("application")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_open")

    op.drop_table("task")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_person_id"))

    op.drop_table("sign_in_session")
    with op.batch_alter_table("register_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_register_import_sha256"))
        batch_op.drop_index(batch_op.f("ix_register_import_imported_at"))
        batch_op.drop_index("ix_register_import_coverage_day")

    op.drop_table("register_import")
    with op.batch_alter_table("quality_score", schema=None) as batch_op:
        batch_op.drop_index("ix_quality_score_latest")

    op.drop_table("quality_score")
    with op.batch_alter_table("payer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payer_organisation_id"))

    op.drop_table("payer")
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_reset_person_id"))

    op.drop_table("password_reset")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_membership_live", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_membership_person_id"))
        batch_op.drop_index(batch_op.f("ix_membership_organisation_id"))

    op.drop_table("membership")
    with op.batch_alter_table("meeting_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_series_organisation_id"))

    op.drop_table("meeting_series")
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lot_system_id"))

    op.drop_table("lot")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_invitation_email"))

    op.drop_table("invitation")
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_urn_day")
        batch_op.drop_index("ix_inspection_contradictory")

    op.drop_table("inspection")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_claim_live_urn",
            sqlite_where=sa.text("status IN ('pending', 'confirmed')"),
            postgresql_where=sa.text("status IN ('pending', 'confirmed')"),
        )
        batch_op.drop_index(batch_op.f("ix_claim_urn"))
        batch_op.drop_index(batch_op.f("ix_claim_organisation_id"))

    op.drop_table("claim")
    with op.batch_alter_table("child", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_child_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_child_name_index"))

    op.drop_table("child")
    op.drop_table("audit_seal")
    with op.batch_alter_table("spent_form_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_form_key_spent_at"))

    op.drop_table("spent_form_key")
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_up_email"))

    op.drop_table("sign_up")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_provision_type"))
        batch_op.drop_index(batch_op.f("ix_registration_name"))
        batch_op.drop_index(batch_op.f("ix_registration_linked_education_urn"))
        batch_op.drop_index("ix_registration_authority_type")

    op.drop_table("registration")
    op.drop_table("purchasing_system")
    op.drop_table("policy_version")
    op.drop_table("person")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_message_due")
        batch_op.drop_index(batch_op.f("ix_outbox_message_created_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_address"))

    op.drop_table("outbox_message")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organisation_one_hub", sqlite_where=sa.text("kind = 'hub'"), postgresql_where=sa.text("kind = 'hub'")
        )

    op.drop_table("organisation")
    op.drop_table("moved_clock")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_job_waiting", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")
        )

    op.drop_table("job")
    op.drop_table("installation_secret")
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_sign_in_network_address"))
        batch_op.drop_index(batch_op.f("ix_failed_sign_in_email_hash"))
        batch_op.drop_index(batch_op.f("ix_failed_sign_in_at"))

    op.drop_table("failed_sign_in")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_person_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for name in FUNCTIONS:
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
