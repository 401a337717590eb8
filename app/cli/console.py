"""Everything that an operator does to an installation.

Where a command reports, `--json` puts one JSON document on standard output and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from app.core import audit, migrate, policies
from app.core.database import transaction
from app.core.errors import HomewardError
from app.identity.permissions import Permission
from app.identity.status import OrganisationKind, Role
from app.wiring import Wiring, build
from config.settings import Settings


@click.group()
def main() -> None:
    """The commands of an installation; `homeward` itself takes them from here."""


def wired() -> Wiring:
    """The installation that the environment describes."""
    return build(Settings.from_environment(os.environ))


@contextmanager
def acting(wiring: Wiring) -> Iterator[tuple[Session, dt.datetime]]:
    """One act from the console: a transaction and one reading of the clock inside it."""
    with transaction(wiring.sessions) as session:
        yield session, wiring.clock(session)


@contextmanager
def bar(words: str, *, quiet: bool) -> Iterator[Any]:
    """A progress bar on standard error. Yields `step(done, total)`; both count from the start."""
    if quiet:
        yield lambda _done, _total=None: None
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task(words, total=None)
        yield lambda done, total=None: progress.update(task, completed=done, total=total)


def report(result: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """Print a report: the document with `--json`, otherwise its lines."""
    click.echo(json.dumps(result, indent=2, default=str) if as_json else "\n".join(lines))


json_option = click.option("--json", "as_json", is_flag=True, help="Report as one JSON document on standard output.")


@main.command()
@click.option("--workers", default=None, type=click.IntRange(1, 32), help="Web processes (1 on SQLite, else 2).")
@click.option("--prepare", is_flag=True, help="First upgrade the database and load the demonstration if it is empty.")
def serve(workers: int | None, prepare: bool) -> None:
    """Serve the pages on HOST and PORT until stopped.

    Where no Redis is configured, this process also delivers e-mail and does what falls due. --prepare is for the
    demonstration and refused in production, where an upgrade is an act of its own.
    """
    from app.serving import serve_until_stopped

    wiring = wired()
    if prepare:
        if wiring.settings.is_production:
            raise HomewardError("In production run `homeward db upgrade` yourself, before the new version serves.")
        if migrate.current(wiring.engine) != migrate.head():
            migrate.upgrade(wiring.settings.database_url)
        if wiring.settings.is_demo:
            load_demonstration(wiring, seed=1, if_empty=True, as_json=False)
    wiring.engine.dispose()
    serve_until_stopped(wiring.settings, workers)


@main.command()
@click.option("--burst", is_flag=True, help="Do what waits now, then stop.")
def worker(burst: bool) -> None:
    """Deliver e-mail and do what falls due, through Redis. Run as many as you like."""
    from app.worker import run_worker

    wiring = wired()
    if wiring.settings.redis_url is None:
        raise HomewardError("A worker needs REDIS_URL. Without Redis, `homeward serve` does this work itself.")
    run_worker(wiring, burst=burst)


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@json_option
def db_upgrade(as_json: bool) -> None:
    """Bring the database to the newest migration. Safe to run again, and beside running code."""
    wiring = wired()
    before = migrate.current(wiring.engine)
    migrate.upgrade(wiring.settings.database_url)
    after = migrate.current(wiring.engine)
    words = f"Already at {after}." if before == after else f"Upgraded from {before or 'nothing'} to {after}."
    report({"before": before, "after": after}, as_json, [words])


@main.group("policies")
def policies_group() -> None:
    """Policies: weights, limits, bands and prices as versioned data."""


@policies_group.command("load")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
def policies_load(folder: Path | None, as_json: bool) -> None:
    """Append the policy files of FOLDER (the shipped ones if none is named) that are not there yet. Edits nothing."""
    with acting(wired()) as (session, now):
        added = policies.load_shipped(session, now, folder or policies.SHIPPED)
    report({"added": added}, as_json, [f"Added {one}." for one in added] or ["Everything was already there."])


@main.group()
def prices() -> None:
    """Expected prices, fitted from placements on record."""


@prices.command("fit")
@json_option
def prices_fit(as_json: bool) -> None:
    """Fit the tariff of expected prices now and keep it as its next version, if placements have changed since the last.

    A worker does the same by itself, as often as the policy says.
    """
    from app.placements.fitting import Nothing, fit_now

    wiring = wired()
    made = fit_now(wiring.sessions, wiring.clock)
    if isinstance(made, Nothing):
        report({"fitted": None, "why": made.words}, as_json, [made.words])
        return
    days = f"{made.first_start:%-d %B %Y} to {made.last_start:%-d %B %Y}"
    enough = made.figures["types"]
    lines = [
        f"Version {made.number}, fitted from {made.placements} placements that began from {days}.",
        *(f"{kind}: {figures['comparables']} comparable placements." for kind, figures in enough.items()),
    ]
    fitted = {"number": made.number, "placements": made.placements, "history": made.history_hash, "figures": enough}
    report({"fitted": fitted, "why": None}, as_json, lines)


@main.group()
def ofsted() -> None:
    """The Ofsted register."""


@ofsted.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day that the file speaks for.")
@click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Import the good rows although some are rejected.")
@json_option
def ofsted_import(file: Path, as_of: dt.datetime, dry_run: bool, skip_bad_rows: bool, as_json: bool) -> None:
    """Import FILE, a CSV of Ofsted's, into the register: providers, inspections in a year, premises of supported
    accommodation, or leavers and joiners. Its headings say which.

    The same file again changes nothing; an older file fills history; a service that is missing stays open. If a
    row is rejected nothing
    is imported, unless --skip-bad-rows. Exit code 1 then, with each rejected row's line and column.
    """
    from app.reporting.foresight import foresee
    from providers.register.importing import import_register

    with acting(wired()) as (session, now), bar("Importing the register", quiet=as_json) as step:
        result = import_register(
            session,
            path=file,
            as_of=as_of.date(),
            dry_run=dry_run,
            skip_bad_rows=skip_bad_rows,
            actor=None,
            now=now,
            progress=step,
            foresee=lambda session, changes: foresee(session, changes, now=now),
        )
    report(result.to_dict(), as_json, result.words())
    if result.refused:
        sys.exit(1)


@main.group()
def requests() -> None:
    """Placement requests."""


@requests.command("check-text")
@click.argument("source", metavar="IN.jsonl", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="OUT.jsonl", type=click.Path(path_type=Path), help="Replaced when done.")
def requests_check_text(source: Path, out: Path) -> None:
    """Point at what identifies a child or a family in the texts of IN.jsonl. Needs no database.

    A line in: {"id": "1", "known": {"names": [], "schools": [], "places": []}, "text": "..."}
    A line out: {"id": "1", "spans": [[0, 7, "name"]]}

    A line that cannot be read is named, with exit code 2, and nothing is written.
    """
    from app.requests.check_text import check_text

    try:
        done = check_text(source, out)
    except HomewardError as error:
        click.echo(f"error: {error.message}", err=True)
        sys.exit(2)
    click.echo(f"Read {done} {'text' if done == 1 else 'texts'}.")


@requests.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The e-mail address of the placement officer who sends it.")
@click.option("--child", "reference", default="", help="The reference of the child, instead of what the file says.")
@json_option
def requests_import(file: Path, email: str, reference: str, as_json: bool) -> None:
    """Make a draft of a referral's file (JSON or CSV). What is wrong with it is listed and does not stop it."""
    from app.identity.queries import actor_who_may
    from app.requests.referrals.keeping import keep_referral, look_at
    from app.requests.referrals.parsing import decoded
    from app.requests.referrals.reading import ReadChild

    wiring = wired()
    text = decoded(file.read_bytes())
    with acting(wiring) as (session, now):
        actor = actor_who_may(session, email, Permission.REQUEST_WRITE)
        referral = look_at(text, now)
        if reference:
            referral.children[:1] = [ReadChild(reference=reference.strip().upper())]
        kept = keep_referral(session, actor=actor, vault=wiring.vault, referral=referral, now=now)
        faults = [one.to_dict() for one in kept.faults]
        result = {"request": kept.request.reference, "child": kept.child.reference, "faults": faults}
    lines = [f"Draft {result['request']} for {result['child']}. {len(faults)} faults."]
    lines += [f"{one['where']}: {one['label']}: {one['message']}" for one in faults]
    report(result, as_json, lines)


@main.group()
def outbox() -> None:
    """E-mails waiting to be sent."""


@outbox.command("drain")
@json_option
def outbox_drain(as_json: bool) -> None:
    """Send every e-mail that is due, now, in this process."""
    from notifications.delivery import drain

    wiring = wired()
    drained = drain(wiring.sessions, wiring.transport, wiring.clock)
    result = {"sent": drained.sent, "failed": drained.failed, "retried": drained.retried}
    report(result, as_json, [f"Sent {drained.sent}, failed {drained.failed}, to be tried again {drained.retried}."])
    if drained.failed:
        sys.exit(1)


@main.group("audit")
def audit_group() -> None:
    """The record of who did what."""


@audit_group.command("verify")
@json_option
def audit_verify(as_json: bool) -> None:
    """Seal what is not sealed yet, then recompute the whole chain. Exit code 1 if a link is broken."""
    wiring = wired()
    with acting(wiring) as (session, now):
        sealed = audit.seal(session, now)
    with transaction(wiring.sessions, read_only=True) as session:
        checked, faults = audit.verify(session)
    lines = [f"{checked} entries checked, {sealed} sealed just now.", *(faults or ["The chain is whole."])]
    report({"checked": checked, "sealed": sealed, "faults": faults}, as_json, lines)
    if faults:
        sys.exit(1)


@main.group()
def consortium() -> None:
    """The consortium that this installation serves."""


@consortium.command("init")
@click.option("--name", required=True, help="The sub-regional team's name, for example 'South London Commissioning'.")
@click.option("--email", required=True, help="Who becomes the first administrator.")
@json_option
def consortium_init(name: str, email: str, as_json: bool) -> None:
    """Found the consortium: its hub, the shipped policies, and an invitation to the first administrator."""
    from app.identity.invitations import first_administrator
    from app.identity.organisations import found_organisation

    wiring = wired()
    with acting(wiring) as (session, now):
        hub = found_organisation(session, actor=None, kind=OrganisationKind.HUB, name=name, now=now)
        added = policies.load_shipped(session, now)
        first_administrator(
            session, email=email, organisation_name=hub.name, now=now, base_url=wiring.settings.base_url
        )
    lines = [f"Founded {name} and loaded {len(added)} policies.", f"An invitation waits to be e-mailed to {email}."]
    report({"hub": hub.id, "policies": added, "invited": email}, as_json, lines)


@main.group()
def user() -> None:
    """People."""


@user.command("invite")
@click.option("--email", required=True)
@click.option("--organisation", required=True, help="The organisation's name or short code.")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Its administrator, if not given.")
@json_option
def user_invite(email: str, organisation: str, role: str | None, as_json: bool) -> None:
    """Invite somebody by e-mail to a role in an organisation. The link stands in the e-mail only."""
    from app.identity.invitations import first_administrator

    wiring = wired()
    with acting(wiring) as (session, now):
        invitation = first_administrator(
            session,
            email=email,
            organisation_name=organisation,
            role=Role(role) if role else None,
            now=now,
            base_url=wiring.settings.base_url,
        )
        name = invitation.organisation.name
    line = f"An invitation to {name} waits to be e-mailed to {email} (by a web process, a worker or `outbox drain`)."
    report({"organisation": name, "invited": email}, as_json, [line])


@main.group()
def demo() -> None:
    """The demonstration."""


@demo.command("load")
@click.option("--seed", default=1, show_default=True, help="The same number gives the same market.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is a consortium already.")
@json_option
def demo_load(seed: int, if_empty: bool, as_json: bool) -> None:
    """Load the demonstration: made-up children, providers and placements, through every gate, under a moved clock."""
    load_demonstration(wired(), seed=seed, if_empty=if_empty, as_json=as_json)


def load_demonstration(wiring: Wiring, *, seed: int, if_empty: bool, as_json: bool) -> None:
    """Load and report. Exit code 1 where the audit chain of what was loaded is broken."""
    from app.demo.loading import is_empty, load

    if if_empty and not is_empty(wiring):
        if as_json:
            report({"loaded": False}, as_json, [])
        return
    with bar("Loading the demonstration", quiet=as_json) as step:
        result = load(wiring, seed=seed, progress=step)
    report(result.to_dict(), as_json, result.words())
    if result.faults:
        sys.exit(1)
