"""Serving the pages: gunicorn in this process's place, with the ticking thread where there is no Redis."""

from __future__ import annotations

import socket
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from app.core.errors import HomewardError
from app.factory import create_app
from app.worker import Ticker, after_commit_kick
from config.settings import Settings
from notifications.outbox import install_kick

THREADS = 8


def serve_until_stopped(settings: Settings, workers: int | None) -> None:
    """Serve until told to stop. HomewardError when the port is taken.

    SQLite has one writer, so one process with threads serves it; PostgreSQL gets two unless told otherwise.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise HomewardError(
                f"Port {settings.port} on {settings.host} is taken. Stop what uses it, or set PORT to another number."
            ) from error
    _Server(settings, workers or (1 if settings.sqlite else 2)).run()


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings and no configuration file."""

    def __init__(self, settings: Settings, workers: int) -> None:
        self.settings, self.workers = settings, workers
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": 10,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "homeward",
            "control_socket_disable": True,
            "when_ready": self.say_where,
            "worker_exit": self.stop_ticking,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made after the fork, so that no connection is shared between processes."""
        application = create_app(self.settings)
        wiring = application.extensions["homeward"]
        install_kick(wiring.sessions, after_commit_kick(wiring))
        if self.settings.redis_url is None:
            self.ticker = Ticker(wiring)
            self.ticker.start()
        return application

    def say_where(self, _server: Any) -> None:
        print(f"Homeward is at {self.settings.base_url} - press Ctrl-C to stop.", flush=True)

    def stop_ticking(self, _server: Any, _worker: Any) -> None:
        ticker = getattr(self, "ticker", None)
        if ticker is not None:
            ticker.stop()
