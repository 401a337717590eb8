"""Settings: the demonstration needs none, production says everything that is wrong at once, and no secret is shown."""

from __future__ import annotations

import base64
import dataclasses
import stat
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.settings import (
    Settings,
    SettingsError,
    is_loopback,
    kept_in,
    new_secret_key,
    without_password,
)

SECRET = "Rk8vW2xq-made-up-7Zt5Lb3Ng9Ps1Hd6Yc4Mj"
# Fixed, so that every xdist worker gives the same names to the cases below.
FIRST, SECOND = (base64.urlsafe_b64encode(bytes(range(start, start + 32))).decode() for start in (0, 32))


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    return {
        "HOMEWARD_ENV": "production",
        "DATABASE_URL": "postgresql://hub:mZ4-vQ7x@db.example.org/homeward",
        "REDIS_URL": "rediss://:bQ7vXw2c@queue.example.org:6380/0",
        "SMTP_URL": "smtps://hub:mZ4-vQ7y@mail.example.org",
        "SECRET_KEY": SECRET,
        "ENCRYPTION_KEYS": f"{FIRST}, {SECOND}",
        "BASE_URL": "https://homes.example.org/",
        "HOST": "0.0.0.0",
        "PORT": "8080",
        "DATA_DIR": str(tmp_path),
    }


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment(environ)
    assert all(problem in str(refusal.value) for problem in refusal.value.problems)
    return refusal.value.problems


def named(problems: Iterable[str]) -> list[str]:
    """The variable that each problem begins with."""
    return sorted(problem.replace(":", " ").split()[0] for problem in problems)


def test_with_nothing_set_it_is_the_demonstration_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.env == "demo"
    assert settings.is_demo
    assert not settings.is_production
    assert settings.sqlite
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'homeward.db'}"
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.redis_url is None
    assert settings.smtp_url is None
    assert len(settings.secret_key) >= 32
    Fernet(settings.encryption_keys[0])


def test_the_keys_of_the_demonstration_are_kept_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    first = Settings.from_environment({"DATA_DIR": str(tmp_path / "here")})
    assert Settings.from_environment({"DATA_DIR": str(tmp_path / "here")}) == first
    assert Settings.from_environment({"DATA_DIR": str(tmp_path / "there")}).secret_key != first.secret_key
    files = sorted((tmp_path / "here" / "keys").iterdir())
    assert [file.name for file in files] == ["encryption_key", "secret_key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "here" / "keys").stat().st_mode) == 0o700


def test_many_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: kept_in(tmp_path / "key", new_secret_key), range(64)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_an_empty_variable_is_one_that_is_not_set(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path), "REDIS_URL": "", "HOMEWARD_ENV": " ", "PORT": ""})
    assert settings.redis_url is None
    assert settings.env == "demo"
    assert settings.port == 8000


@pytest.mark.parametrize("env", ["demo", "test"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "homes.example.org", ""])
def test_demonstration_and_tests_answer_on_this_machine_only(tmp_path: Path, env: str, host: str) -> None:
    environ = {"HOMEWARD_ENV": env, "DATA_DIR": str(tmp_path), "HOST": host}
    if host:
        assert named(problems_of(environ)) == ["HOST"]
        assert not list(tmp_path.iterdir())
    else:
        assert Settings.from_environment(environ).host == "127.0.0.1"


def test_an_unknown_environment_is_refused() -> None:
    (problem,) = problems_of({"HOMEWARD_ENV": "prod"})
    assert "demo, test, production" in problem


def test_production_with_all_it_needs_starts(production: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.from_environment(production)
    assert settings.is_production
    assert not settings.sqlite
    assert settings.database_url == "postgresql+psycopg://hub:mZ4-vQ7x@db.example.org/homeward"
    assert settings.encryption_keys == (FIRST, SECOND)
    assert settings.base_url == "https://homes.example.org"
    assert (settings.host, settings.port, settings.data_dir) == ("0.0.0.0", 8080, tmp_path)
    assert not list(tmp_path.iterdir())


def test_production_names_everything_that_is_missing_at_once() -> None:
    assert named(problems_of({"HOMEWARD_ENV": "production"})) == [
        "BASE_URL",
        "DATABASE_URL",
        "DATA_DIR",
        "ENCRYPTION_KEYS",
        "REDIS_URL",
        "SECRET_KEY",
        "SMTP_URL",
    ]


UNSAFE = [
    ("DATABASE_URL", "sqlite:///var/homeward.db"),
    ("DATABASE_URL", "postgresql://hub:postgres@db.example.org/homeward"),
    ("DATABASE_URL", "postgresql://hub:hub@db.example.org/homeward"),
    ("DATABASE_URL", "postgresql://hub:Change%6De@db.example.org/homeward"),
    ("DATABASE_URL", "postgresql://hub:mZ4-vQ7x@db.example.org/"),
    ("DATABASE_URL", "postgresql+psycopg2://hub:mZ4-vQ7x@db.example.org/homeward"),
    ("DATABASE_URL", "mysql://hub:mZ4-vQ7x@db.example.org/homeward"),
    ("DATABASE_URL", "postgresql://hub:mZ4-vQ7x@[db/homeward"),
    ("DATABASE_URL", "homeward.db"),
    ("REDIS_URL", "https://queue.example.org"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "redis://queue.example.org:queue"),
    ("SMTP_URL", "mail.example.org"),
    ("SMTP_URL", "smtp://"),
    ("SMTP_URL", "smtp://mail.example.org:25"),
    ("SMTP_URL", "smtps://mail.example.org:mail"),
    ("CLAMAV_URL", "http://127.0.0.1:3310"),
    ("CLAMAV_URL", "clamav://"),
    ("CLAMAV_URL", "clamav+unix://"),
    ("SECRET_KEY", "Tr1ckle"),
    ("SECRET_KEY", "a" * 64),
    ("SECRET_KEY", "this-is-a-Secret-key-for-the-homes-of-the-boroughs"),
    ("ENCRYPTION_KEYS", "not a key"),
    ("ENCRYPTION_KEYS", FIRST[:-4]),
    ("ENCRYPTION_KEYS", f"{FIRST},{FIRST}"),
    ("ENCRYPTION_KEYS", base64.urlsafe_b64encode(bytes(32)).decode()),
    ("BASE_URL", "http://homes.example.org"),
    ("BASE_URL", "https://homes.example.org/homeward"),
    ("BASE_URL", "https://hub@homes.example.org"),
    ("BASE_URL", "homes.example.org"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "eighty"),
    ("PORT", "²"),
    ("DATA_DIR", "/dev/null"),
    ("DATA_DIR", "/no/such/folder"),
]


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_production_refuses_what_is_unsafe_and_repeats_no_secret(
    production: dict[str, str], name: str, value: str
) -> None:
    problems = problems_of(production | {name: value})
    assert named(problems) == [name]
    text = " ".join(problems)
    assert "mZ4" not in text
    assert FIRST not in text
    if name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        assert value not in text


def test_production_wants_one_key_for_each_purpose(production: dict[str, str]) -> None:
    (problem,) = problems_of(production | {"SECRET_KEY": SECOND})
    assert problem.startswith("ENCRYPTION_KEYS: number 2")


def test_production_may_be_reached_without_https_from_this_machine_only(production: dict[str, str]) -> None:
    assert Settings.from_environment(production | {"BASE_URL": "http://127.0.0.1:8000"}).is_production


@pytest.mark.parametrize(
    "url",
    [
        "smtp://127.0.0.1:25",
        "smtp+starttls://mail.example.org",
        "smtps://hub:mZ4@mail.example.org:465?from=a@b.example",
    ],
)
def test_e_mail_leaves_encrypted_or_through_this_machine(production: dict[str, str], url: str) -> None:
    assert Settings.from_environment(production | {"SMTP_URL": url}).smtp_url == url


@pytest.mark.parametrize("url", ["", "clamav://127.0.0.1:3310", "clamav+unix:///run/clamd.sock"])
def test_a_virus_scanner_may_be_named_and_need_not(production: dict[str, str], url: str) -> None:
    assert Settings.from_environment(production | {"CLAMAV_URL": url}).clamav_url == (url or None)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRESQL"])
def test_every_spelling_of_postgresql_means_the_driver_that_is_installed(
    scheme: str, production: dict[str, str]
) -> None:
    settings = Settings.from_environment(production | {"DATABASE_URL": f"{scheme}://hub@db.example.org/homeward"})
    assert settings.database_url == "postgresql+psycopg://hub@db.example.org/homeward"


def test_nothing_that_is_printed_shows_a_secret(production: dict[str, str]) -> None:
    settings = Settings.from_environment(
        production | {"REDIS_URL": "rediss://:mZ4-vQ7z@queue.example.org?password=mZ4"}
    )
    for text in (repr(settings), str(settings), f"{settings}"):
        for secret in ("mZ4", SECRET, FIRST, SECOND):
            assert secret not in text
        assert "db.example.org/homeward" in text
        assert "hub:***@" in text


def test_settings_cannot_be_changed(production: dict[str, str]) -> None:
    settings = Settings.from_environment(production)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.env = "demo"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("", ""),
        ("sqlite:////var/data/homeward.db", "sqlite:////var/data/homeward.db"),
        ("redis://:word@queue/0", "redis://:***@queue/0"),
        ("smtp://hub:a%40b@mail:25", "smtp://hub:***@mail:25"),
        ("postgresql://[broken", "<an address that cannot be read>"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str | None, shown: str | None) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        ("localhost", True),
        ("LocalHost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("localhost.example.org", False),
        ("", False),
        (None, False),
    ],
)
def test_what_counts_as_this_machine(host: str | None, is_this_machine: bool) -> None:
    assert is_loopback(host) is is_this_machine


def test_an_address_of_the_demonstration_on_ipv6_can_be_opened(tmp_path: Path) -> None:
    assert Settings.from_environment({"DATA_DIR": str(tmp_path), "HOST": "::1"}).base_url == "http://[::1]:8000"


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "postgresql://hub:mZ4-vQ7x@db.example.org/homeward"},
        {"REDIS_URL": "redis://127.0.0.1:6379"},
        {"SMTP_URL": "smtp://127.0.0.1:25"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_whoever_names_a_real_server_must_say_what_kind_of_installation_it_is(
    given: dict[str, str], tmp_path: Path
) -> None:
    """Forgetting HOMEWARD_ENV must not turn a real installation into one with one-click sign-in."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"DATA_DIR": str(tmp_path), **given})
    assert "HOMEWARD_ENV is not set" in str(refused.value)
    assert Settings.from_environment({"DATA_DIR": str(tmp_path), "HOMEWARD_ENV": "demo", **given}).is_demo


def test_the_demonstration_is_never_behind_a_public_address(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "HOMEWARD_ENV": "demo", "BASE_URL": "https://homeward.example.org"}
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(given)
    assert "BASE_URL" in str(refused.value)


@pytest.mark.parametrize(
    ("url", "fault"),
    [("redis://:mZ4-vQ7x@queue.example.org", "rediss://"), ("rediss://queue.example.org", "no password")],
)
def test_a_queue_on_another_machine_is_guarded(production: dict[str, str], url: str, fault: str) -> None:
    """Whoever can write to the queue can run code in the workers."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(production | {"REDIS_URL": url})
    assert fault in str(refused.value)
    assert Settings.from_environment(production | {"REDIS_URL": "redis://127.0.0.1:6379"}).redis_url is not None
