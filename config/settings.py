"""What an installation may decide, read from the environment once and never again.

Three kinds of installation: the *demonstration* (nothing set: SQLite and fresh keys under `var/`, this machine only),
the *tests*, and *production*, which refuses to start while anything is missing or unsafe and says all of it at once, so
that the person who sets it up reads one list and not ten.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

Environment = Literal["demo", "test", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("demo", "test", "production")

VARIABLES = (
    "HOMEWARD_ENV",
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "CLAMAV_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "BASE_URL",
    "HOST",
    "PORT",
    "DATA_DIR",
)

SHORTEST_SECRET = 32
"""Characters in the key that signs cookies and links: 32 random ones are past guessing."""

FEWEST_LETTERS = 10
"""Different characters in that key. A random one has about 20; `aaaa…` has one."""

KNOWN_SECRETS = ("secret", "password", "changeme", "change-me", "change_me", "insecure", "example", "homeward")
KNOWN_PASSWORDS = frozenset(
    {"postgres", "postgresql", "password", "passw0rd", "changeme", "secret", "admin", "root", "homeward", "12345678"}
)

POSTGRESQL = "postgresql+psycopg"
POSTGRESQL_SHAPE = "postgresql://user:password@host/database"
_SPELLINGS = {"postgres": POSTGRESQL, "postgresql": POSTGRESQL}


class SettingsError(Exception):
    """The environment does not describe an installation that may start. `problems` names everything that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Homeward cannot start:\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True, repr=False)
class Settings:
    """One installation. `encryption_keys` are Fernet keys: the first encrypts, every one of them decrypts."""

    env: Environment
    database_url: str
    redis_url: str | None
    smtp_url: str | None
    secret_key: str
    encryption_keys: tuple[str, ...]
    base_url: str
    host: str
    port: int
    data_dir: Path
    clamav_url: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that `environ` describes. An empty variable counts as not set.

        The demonstration and the tests get what is not set: a folder, a SQLite file and keys in it (made on the first
        call and kept). Raises `SettingsError`, which lists everything that is wrong and repeats no secret.
        """
        return _Reading(environ).settings()

    @property
    def is_demo(self) -> bool:
        """The demonstration: one-click sign-in and the mailbox page exist, and only this machine may look."""
        return self.env == "demo"

    @property
    def is_test(self) -> bool:
        """A run of the tests."""
        return self.env == "test"

    @property
    def is_production(self) -> bool:
        """Real children, real money."""
        return self.env == "production"

    @property
    def sqlite(self) -> bool:
        """The database is a SQLite file and not a PostgreSQL server."""
        return self.database_url.startswith("sqlite")

    def __repr__(self) -> str:
        return (
            f"Settings(env={self.env!r}, database_url={without_password(self.database_url)!r}, "
            f"redis_url={without_password(self.redis_url)!r}, smtp_url={without_password(self.smtp_url)!r}, "
            f"secret_key=<hidden>, encryption_keys=<{len(self.encryption_keys)} hidden>, base_url={self.base_url!r}, "
            f"host={self.host!r}, port={self.port!r}, data_dir={str(self.data_dir)!r})"
        )


def without_password(url: str | None) -> str | None:
    """The address with its password and its query (which may hold another) replaced by stars, fit for a log."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return "<an address that cannot be read>"
    netloc = parts.netloc
    if password is not None:
        user, _, place = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:***@{place}"
    # urlunsplit would drop the empty host of sqlite:///file, so the pieces are joined by hand.
    return f"{parts.scheme}://{netloc}{parts.path}{'?***' if parts.query else ''}"


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only be this machine."""
    if not host:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_secret_key() -> str:
    """A fresh key for signing cookies and links."""
    return secrets.token_urlsafe(48)


def new_encryption_key() -> str:
    """A fresh Fernet key (32 random bytes in base64, as `Fernet.generate_key` makes them)."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def kept_in(file: Path, make: Callable[[], str]) -> str:
    """The text that `file` holds; made first, readable by its owner only, where there is none.

    Many processes may ask at once: the file appears whole or not at all, and all of them get what the first one wrote.
    """
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    # mkstemp opens the draft with mode 0600; a hard link is refused if another process was first.
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(make() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        os.unlink(draft)
    return file.read_text("ascii").strip()


class _Reading:
    """One pass over the environment, which collects problems and does not stop at the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.given = {name: environ.get(name, "").strip() for name in VARIABLES}
        self.problems: list[str] = []
        named = self.given["HOMEWARD_ENV"] or "demo"
        if named not in ENVIRONMENTS:
            # Nothing else can be judged while it is not known how strict to be.
            raise SettingsError([f"HOMEWARD_ENV is {named!r}; it must be one of {', '.join(ENVIRONMENTS)}"])
        self.env = named
        if not self.given["HOMEWARD_ENV"]:
            # Whoever names a real server means a real installation, and must not get one-click sign-in by forgetting.
            real = [name for name in ("REDIS_URL", "SMTP_URL") if self.given[name]]
            if self.given["DATABASE_URL"] and not self.given["DATABASE_URL"].lower().startswith("sqlite"):
                real.insert(0, "DATABASE_URL")
            if real:
                self.problems.append(
                    f"HOMEWARD_ENV is not set although {', '.join(real)} is: say production, demo or test"
                )
        self.strict = self.env == "production"

    def settings(self) -> Settings:
        data_dir = self.data_dir()
        host, port = self.host(), self.port()
        values = {
            "database_url": self.database_url(data_dir),
            "redis_url": self.service("REDIS_URL", ("redis", "rediss", "unix"), "a worker queue"),
            "smtp_url": self.smtp_url(),
            "clamav_url": self.clamav_url(),
            "base_url": self.base_url(host, port),
        }
        secret_key = self.secret_key()
        encryption_keys = self.encryption_keys(secret_key)
        if self.problems:
            raise SettingsError(self.problems)
        if not self.strict:
            # Only now: an installation that may not start leaves nothing behind.
            keys = data_dir / "keys"
            keys.mkdir(parents=True, exist_ok=True, mode=0o700)
            secret_key = secret_key or kept_in(keys / "secret_key", new_secret_key)
            encryption_keys = encryption_keys or (kept_in(keys / "encryption_key", new_encryption_key),)
        return Settings(
            env=self.env,
            database_url=values["database_url"] or "",
            redis_url=values["redis_url"],
            smtp_url=values["smtp_url"],
            secret_key=secret_key,
            encryption_keys=encryption_keys,
            base_url=values["base_url"] or "",
            host=host,
            port=port,
            data_dir=data_dir,
            clamav_url=values["clamav_url"],
        )

    def data_dir(self) -> Path:
        given = self.given["DATA_DIR"]
        folder = Path(given or "var").absolute()
        if not given and self.strict:
            self.problems.append("DATA_DIR is not set; production needs a folder for files that people attach")
        elif self.strict and not folder.is_dir():
            self.problems.append(f"DATA_DIR {str(folder)!r} is not a folder")
        elif self.strict and not os.access(folder, os.W_OK | os.X_OK):
            self.problems.append(f"DATA_DIR {str(folder)!r} cannot be written by this user")
        elif not self.strict and not _can_be_made(folder):
            self.problems.append(f"DATA_DIR {str(folder)!r} cannot be made or written by this user")
        return folder

    def host(self) -> str:
        host = self.given["HOST"] or "127.0.0.1"
        if not self.strict and not is_loopback(host):
            # The demonstration signs anybody in with one click, and its clock can be moved.
            self.problems.append(
                f"HOST is {host!r}; the {self.env} environment answers on this machine only: 127.0.0.1, ::1"
            )
        return host

    def port(self) -> int:
        given = self.given["PORT"] or "8000"
        if given.isascii() and given.isdigit() and 1 <= int(given) <= 65535:
            return int(given)
        self.problems.append(f"PORT is {given!r}; it must be a whole number from 1 to 65535")
        return 0

    def database_url(self, data_dir: Path) -> str:
        given = self.given["DATABASE_URL"]
        if not given:
            if self.strict:
                self.problems.append(f"DATABASE_URL is not set; production needs {POSTGRESQL_SHAPE}")
            return f"sqlite:///{data_dir / 'homeward.db'}"
        scheme, colon, rest = given.partition("://")
        scheme = _SPELLINGS.get(scheme.lower(), scheme.lower())
        url = f"{scheme}{colon}{rest}"
        if scheme == "sqlite" and colon:
            if self.strict:
                self.problems.append(
                    "DATABASE_URL is SQLite, which serves one process group; production needs PostgreSQL"
                )
            return url
        parts = self.parts("DATABASE_URL", url, (POSTGRESQL,), f"{POSTGRESQL_SHAPE} or sqlite:///file")
        if parts is None:
            return ""
        if not parts.path.strip("/"):
            self.problems.append(f"DATABASE_URL names no database; write {POSTGRESQL_SHAPE}")
        password = unquote(parts.password or "")
        if (
            self.strict
            and password
            and (password.lower() in KNOWN_PASSWORDS or password == unquote(parts.username or ""))
        ):
            self.problems.append("DATABASE_URL has a password that everybody knows or that is the user's name")
        return url

    def service(self, name: str, schemes: tuple[str, ...], what: str) -> str | None:
        given = self.given[name]
        if not given:
            if self.strict:
                self.problems.append(f"{name} is not set; production needs {what}")
            return None
        parts = self.parts(name, given, schemes, " or ".join(f"{scheme}://…" for scheme in schemes))
        if parts is not None and not parts.hostname and parts.scheme != "unix":
            self.problems.append(f"{name} names no host")
        if parts is not None and name == "REDIS_URL" and self.strict and parts.hostname:
            self.guarded_redis(parts)
        return given

    def guarded_redis(self, parts: SplitResult) -> None:
        """Whoever can write to the queue can run code in the workers, so it is not left open on a network."""
        if is_loopback(parts.hostname or ""):
            return
        if parts.scheme != "rediss":
            self.problems.append("REDIS_URL is redis:// to another machine, in the clear; write rediss://")
        if not parts.password:
            self.problems.append("REDIS_URL has no password; whoever reaches that server could run code in the workers")

    def smtp_url(self) -> str | None:
        given = self.service("SMTP_URL", ("smtps", "smtp+starttls", "smtp"), "a server that sends e-mail")
        if self.strict and given and given.startswith("smtp:"):
            with contextlib.suppress(ValueError):  # said already
                if (host := urlsplit(given).hostname) and not is_loopback(host):
                    self.problems.append(
                        "SMTP_URL is smtp://, and links that set passwords would travel in the clear; "
                        "write smtp+starttls:// or smtps://"
                    )
        return given

    def clamav_url(self) -> str | None:
        """A virus scanner for uploads; without one they are taken by kind and size alone."""
        given = self.given["CLAMAV_URL"]
        if not given:
            return None
        parts = self.parts(
            "CLAMAV_URL", given, ("clamav", "clamav+unix"), "clamav://host:3310 or clamav+unix:///run/clamd.sock"
        )
        if parts is not None and not (parts.path if parts.scheme == "clamav+unix" else parts.hostname):
            self.problems.append("CLAMAV_URL names neither a host nor a socket")
        return given

    def base_url(self, host: str, port: int) -> str:
        given = self.given["BASE_URL"].rstrip("/")
        if not given:
            if self.strict:
                self.problems.append(
                    "BASE_URL is not set; production needs the public https:// address, for links in e-mail"
                )
            return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        parts = self.parts("BASE_URL", given, ("https", "http"), "https://host")
        if parts is None:
            return ""
        if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username is not None:
            self.problems.append("BASE_URL must be a scheme, a host and perhaps a port: no path, query or user")
        elif self.strict and parts.scheme != "https" and not is_loopback(parts.hostname):
            self.problems.append("BASE_URL is not https; cookies and links in e-mail would travel in the clear")
        elif self.env == "demo" and not is_loopback(parts.hostname):
            # A proxy in front of it would let everybody in as anybody.
            self.problems.append("BASE_URL is not this machine; the demonstration is for this machine only")
        return given

    def parts(self, name: str, url: str, schemes: tuple[str, ...], wanted: str) -> SplitResult | None:
        """The pieces of an address, or None and a problem that does not repeat it, since it may hold a password."""
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            self.problems.append(f"{name} is not an address that can be read; write {wanted}")
            return None
        if parts.scheme not in schemes or "://" not in url:
            self.problems.append(f"{name} is not of a known kind; write {wanted}")
            return None
        return parts

    def secret_key(self) -> str:
        key = self.given["SECRET_KEY"]
        if not key:
            if self.strict:
                self.problems.append(
                    f"SECRET_KEY is not set; production needs {SHORTEST_SECRET} random characters or more"
                )
        elif self.strict:
            plain = key.lower()
            if len(key) < SHORTEST_SECRET:
                self.problems.append(f"SECRET_KEY is too short; it needs {SHORTEST_SECRET} random characters or more")
            elif len(set(key)) < FEWEST_LETTERS or any(word in plain for word in KNOWN_SECRETS):
                self.problems.append("SECRET_KEY is one that could be guessed; draw it at random")
        return key

    def encryption_keys(self, secret_key: str) -> tuple[str, ...]:
        keys = tuple(key for key in (part.strip() for part in self.given["ENCRYPTION_KEYS"].split(",")) if key)
        if not keys and self.strict:
            self.problems.append(
                "ENCRYPTION_KEYS is not set; production needs one or more Fernet keys, the newest first"
            )
        for place, key in enumerate(keys, start=1):
            raw = _fernet_bytes(key)
            if raw is None:
                self.problems.append(
                    f"ENCRYPTION_KEYS: number {place} is not a Fernet key (32 bytes in URL-safe base64)"
                )
            elif self.strict and len(set(raw)) < FEWEST_LETTERS:
                self.problems.append(f"ENCRYPTION_KEYS: number {place} is one that could be guessed; draw it at random")
            elif self.strict and key == secret_key:
                self.problems.append(f"ENCRYPTION_KEYS: number {place} is the SECRET_KEY; each needs its own")
        if len(set(keys)) < len(keys):
            self.problems.append("ENCRYPTION_KEYS names the same key twice")
        return keys


def _fernet_bytes(key: str) -> bytes | None:
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == 32 else None


def _can_be_made(folder: Path) -> bool:
    """Whether a folder is there and can be written, or its nearest existing parent can take it."""
    for place in (folder, *folder.parents):
        if place.exists():
            return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False
