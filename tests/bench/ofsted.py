"""How fast and in how much memory the register of 2025 comes in: 5,600 rows in under 5 seconds and 300 MB on either
database.

Each import runs in a process of its own, as `homeward ofsted import` does, so that its peak memory is its own.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = (
    ("childrens_social_care_providers_31_march_2025.csv", "2025-03-31"),
    ("childrens_social_care_providers_31_march_2025.csv", "2025-03-31"),
    ("childrens_social_care_providers_31_march_2024.csv", "2024-03-31"),
    ("inspections_in_year_2024_25.csv", "2025-03-31"),
)
LIMIT_SECONDS = 5.0
LIMIT_MEGABYTES = 300


def figures(databases: Mapping[str, str]) -> list[dict[str, Any]]:
    """One dict for each import: a new register, the same again, an older year, the visits of a year.

    `databases` maps an engine's name to the address of a migrated database with an empty register. Seconds are of the
    whole transaction, reading and commit included; megabytes are the peak resident size of the process, imports of
    modules included.
    """
    found: list[dict[str, Any]] = []
    for engine, url in databases.items():
        for number, (name, as_of) in enumerate(FILES, start=1):
            command = [sys.executable, "-m", "tests.bench.ofsted", url, name, as_of]
            done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
            figure: dict[str, Any] = json.loads(done.stdout)
            within = figure["seconds"] < LIMIT_SECONDS and figure["megabytes"] < LIMIT_MEGABYTES
            found.append(
                {"bench": "ofsted_import", "engine": engine, "step": number, **figure, "within_limits": within}
            )
    return found


def import_once(url: str, name: str, as_of: str) -> dict[str, Any]:
    """Import one of the real files into a database, in this process, and measure it."""
    import app.identity.models  # noqa: F401  (the register's tables refer to people)
    from app.core.database import build_engine, build_sessions, transaction
    from providers.register.importing import import_register

    sessions = build_sessions(build_engine(url))
    path = ROOT.parent / "shared" / "reference" / "ofsted" / name
    started = time.perf_counter()
    with transaction(sessions) as session:
        report = import_register(session, path=path, as_of=dt.date.fromisoformat(as_of), now=dt.datetime.now(dt.UTC))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "file": name,
        "rows": report.rows_read,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "seconds": round(seconds, 2),
        "megabytes": round(peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024),
    }


if __name__ == "__main__":
    print(json.dumps(import_once(*sys.argv[1:4])))
