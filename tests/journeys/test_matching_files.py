"""The matcher from file to file, as whoever judges it from outside meets it."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cli.market_files import nothing_said
from matching.allocate.program import NoPlanError
from matching.rank import make_record, read_market
from tests.unit.matching.histories import as_file, history
from tests.unit.matching.markets import example, market, put

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "tests" / "cases" / "matching" / "records"
BROKEN = {"HOMEWARD_ENV": "production", "DATABASE_URL": "nothing://nowhere", "SECRET_KEY": "short"}
POSITIONS_MEAN_SOMETHING = ("indicator_weights", "capability", "evidence", "needs")


def homeward(*arguments: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(main, ["matching", *map(str, arguments)])


def alone(*arguments: object, **environment: str) -> list[str]:
    """The command in a process of its own, in an installation that is set up wrongly. The heavy libraries it loaded."""
    program = (
        "import sys; from app.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'flask', 'sqlalchemy', 'sklearn'}))"
    )
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, "matching", *map(str, arguments)],
        cwd=ROOT,
        env={**kept, **BROKEN, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def shuffled(value: Any, chance: random.Random, name: str = "") -> Any:
    """The same document with everything whose order means nothing in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, chance, key)) for key, one in value.items()]
        return dict(chance.sample(items, len(items)))
    if not isinstance(value, list):
        return value
    items = [shuffled(one, chance) for one in value]
    return items if name in POSITIONS_MEAN_SOMETHING else chance.sample(items, len(items))


def town() -> Any:
    """A market large enough to be reckoned by columns, with ties and refusals in it; one request has offers."""
    chance = random.Random(7)
    services = [
        {
            "id": f"S{number}",
            "lot": chance.choice(["residential", "ifa"]),
            "places": chance.randint(0, 3),
            "quality": chance.choice([None, 60, 71]),
            "easting": 532000 + 500 * (number % 7) + 0.5,
            "languages": chance.sample(["en", "ur", "bsl"], 2),
            "list_price_pence_week": chance.choice([None, 450000, 520000]),
        }
        for number in range(60)
    ]
    requests = [{"id": f"R{number}", "places": 1 + number % 3, "age_weeks": 600 + number} for number in range(12)]
    offers = [{"id": f"O{number}", "request": "R3", "service": f"S{number}"} for number in range(5)]
    return market(requests=requests, services=services, offers=offers)


@pytest.mark.parametrize("command", ["rank", "allocate"])
def test_the_same_facts_give_the_same_bytes_in_any_order_process_thread_count_and_hash_seed(
    tmp_path: Path, command: str
) -> None:
    found = set()
    for number in (1, 2):
        source, out = tmp_path / f"market{number}.json", tmp_path / f"out{number}.json"
        source.write_text(json.dumps(shuffled(town(), random.Random(number)), indent=number))
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(number))
        assert alone(command, source, "--out", out, PYTHONHASHSEED=str(number), **threads) == []
        found.add(out.read_bytes())
    (tmp_path / "market.json").write_text(json.dumps(town()))
    assert homeward(command, tmp_path / "market.json", "--out", tmp_path / "out.json").exit_code == 0
    found.add((tmp_path / "out.json").read_bytes())
    assert len(found) == 1
    text = found.pop().decode()
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_a_result_file_says_what_the_result_says_in_the_order_of_the_page(tmp_path: Path) -> None:
    source, out = tmp_path / "market.json", tmp_path / "result.json"
    source.write_text(json.dumps(town()))
    assert homeward("rank", source, "--out", out).exit_code == 0
    result, _record = make_record(read_market(town()))
    assert json.dumps(json.loads(out.read_text())) == json.dumps(result.to_dict())


def test_a_decision_that_the_first_version_recorded_verifies_with_todays_code() -> None:
    record = json.loads((RECORDS / "first.json").read_text())
    said = homeward("verify", RECORDS / "first.json")
    assert (said.exit_code, said.stdout, said.stderr) == (0, f"{record['result']['hash']}\n", "")


def test_a_record_is_verified_contradicted_or_refused(tmp_path: Path) -> None:
    def said(path: str, value: Any) -> tuple[int, str, str]:
        (tmp_path / "record.json").write_text(json.dumps(put(json.loads(kept), path, value)))
        found = homeward("verify", tmp_path / "record.json")
        return found.exit_code, found.stdout, found.stderr

    kept = (RECORDS / "first.json").read_text()
    total = "result.requests[0].candidates[0].total"
    assert said(total, 1) == (1, f"{total}\n", "")
    assert said("market.services[0].quality", 1) == (1, "result.hash\n", "")
    assert said(total, 1.0) == (2, "", f"error: {total}: must be written as an integer\n")
    assert said("algorithm", 99) == (2, "", "error: algorithm: there is no algorithm 99\n")
    assert said("x_added", {"anything": [1.5]})[0] == 0


@pytest.mark.parametrize("command", ["rank", "allocate"])
@pytest.mark.parametrize(
    ("text", "path"),
    [
        (json.dumps(put(example(), "requests[0].needs[11]", 4)), "requests[0].needs[11]"),
        (json.dumps(put(example(), "services[0].northing", None)), "services[0].northing"),
        (json.dumps(put(example(), "a\n\ud800", 1)), r"a\n\ud800"),
        ("", "$"),
        ("[]", "$"),
    ],
    ids=range(5),
)
def test_a_wrong_file_is_one_line_and_leaves_an_output_as_it_was(
    tmp_path: Path, command: str, text: str, path: str
) -> None:
    source, out = tmp_path / "market.json", tmp_path / "out.json"
    source.write_text(text)
    refused = homeward(command, source, "--out", out)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"error: {path}: ")
    assert refused.stderr.count("\n") == 1
    assert not out.exists()

    out.write_text("as it was")
    assert homeward(command, source, "--out", out).exit_code == 2
    assert out.read_text() == "as it was"
    assert sorted(tmp_path.iterdir()) == [source, out]


def test_a_file_that_cannot_be_read_or_written_is_said_in_one_line(tmp_path: Path) -> None:
    source = tmp_path / "market.json"
    source.write_text(json.dumps(example()))
    for arguments, blamed in (
        (("rank", tmp_path / "none.json", "--out", tmp_path / "out.json"), tmp_path / "none.json"),
        (("rank", tmp_path, "--out", tmp_path / "out.json"), tmp_path),
        (("verify", tmp_path / "none.json"), tmp_path / "none.json"),
        (("rank", source, "--out", tmp_path / "none" / "out.json"), tmp_path / "none" / "out.json"),
        (("rank", source, "--out", source / "out.json"), source / "out.json"),
        (("rank", source, "--out", tmp_path), tmp_path),
    ):
        said = homeward(*arguments)
        assert (said.exit_code, said.stdout, said.stderr.count("\n")) == (2, "", 1)
        assert said.stderr.startswith(f"error: {blamed}: cannot be ")
    assert list(tmp_path.iterdir()) == [source]
    assert homeward("rank", source).exit_code == 2


def test_an_output_is_replaced_and_stays_what_it_was_to_others(tmp_path: Path) -> None:
    source, out, link = tmp_path / "market.json", tmp_path / "out.json", tmp_path / "link.json"
    source.write_text(json.dumps(example()))
    out.write_text("as it was")
    out.chmod(0o640)
    link.symlink_to(out)
    assert homeward("rank", source, "--out", link).exit_code == 0
    assert link.is_symlink()
    assert json.loads(out.read_text())["schema"] == "homeward-result/1"
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert homeward("rank", source, "--out", os.devnull).exit_code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert homeward("rank", source, "--out", source).exit_code == 0
    assert source.read_bytes() == out.read_bytes()


def test_a_tariff_is_fitted_and_prices_requests(tmp_path: Path) -> None:
    rows, tariff, asked, prices = (tmp_path / name for name in ("rows.csv", "tariff.json", "asked.json", "prices.json"))
    rows.write_text(as_file(history(61, noise=0.1)))
    one = {"placement_type": "home", "age_years": 12, "needs": [None, *[1] * 11], "as_of": "2026-04-01"}
    asked.write_text(json.dumps([{"id": "Q2"} | one, {"id": "Q1"} | one | {"placement_type": "unheard of"}]))
    assert homeward("price-fit", rows, "--out", tariff).exit_code == 0
    assert homeward("price", tariff, asked, "--out", prices).exit_code == 0
    unheard, home = json.loads(prices.read_text())
    nothing = {"expected_pence_week": None, "p80_pence_week": None, "p90_pence_week": None, "comparables": 0}
    assert unheard == {"id": "Q1", **nothing}
    assert (home["id"], home["comparables"]) == ("Q2", 30)
    assert 0 < home["expected_pence_week"] <= home["p80_pence_week"] <= home["p90_pence_week"]

    kept = (tariff.read_bytes(), prices.read_bytes())
    lines = rows.read_text().splitlines()
    rows.write_text("\n".join([*lines[:6], lines[6].replace(",", ",9", 3), *lines[7:]]))
    asked.write_text(json.dumps([one | {"id": "Q1", "needs": [0] * 11 + [4]}]))
    assert homeward("price-fit", rows, "--out", tariff).stderr.startswith("error: line 7.n")
    refused = homeward("price", tariff, asked, "--out", prices)
    assert (refused.exit_code, refused.stderr) == (2, "error: [0].needs[11]: must be from 0 to 3\n")
    assert (tariff.read_bytes(), prices.read_bytes()) == kept


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (ArithmeticError("no\nplan"), 3, "error: it could not be computed: ArithmeticError: no plan\n"),
        (NoPlanError("within the time"), 3, "error: it could not be computed: NoPlanError: within the time\n"),
        (MemoryError(), 3, "error: there is not enough memory for files of this size\n"),
        (KeyboardInterrupt(), 130, "error: interrupted before it was done\n"),
    ],
    ids=["arithmetic", "no plan", "memory", "interrupted"],
)
def test_work_that_fails_is_one_line_an_exit_code_of_its_own_and_leaves_an_output_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, code: int, words: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise failure

    for name in ("allocate.files.plan_text", "rank.files.result_text", "fit.files.fit_text", "fit.files.price_text"):
        monkeypatch.setattr(f"matching.{name}", fail)
    monkeypatch.setattr("matching.files.verify_text", fail)
    source, out = tmp_path / "source", tmp_path / "out.json"
    source.write_text("{}")
    out.write_text("as it was")
    for command in (["rank", source], ["allocate", source], ["price-fit", source], ["price", source, source]):
        failed = homeward(*command, "--out", out)
        assert (failed.exit_code, failed.stdout, failed.stderr) == (code, "", words)
        assert isinstance(failed.exception, SystemExit)
        assert [one.name for one in sorted(tmp_path.iterdir())] == ["out.json", "source"]
        assert out.read_text() == "as it was"
    failed = homeward("verify", source)
    assert (failed.exit_code, failed.stdout, failed.stderr) == (code, "", words)


def test_what_a_solver_writes_past_python_never_reaches_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    with nothing_said():
        os.write(1, b"a solver's line")
    os.write(1, b"ours")
    assert capfd.readouterr() == ("ours", "a solver's line")
