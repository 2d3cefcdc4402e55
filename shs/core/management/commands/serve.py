"""Serves the project by gunicorn, with a process for each core. SIGTERM ends it; SIGHUP replaces its processes one
after the other."""

import os
import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from shs.core.serving import gunicorn_options, workers


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # for a quick start; `check --deploy` runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, or 8000")

    def handle(self, *, host: str, port: int, **options: object) -> None:
        processes, threads = workers(settings.WEB_CONCURRENCY), settings.WEB_THREADS
        self.stdout.write(f"Serving on {host}:{port} by {processes} processes with {threads} threads each.")
        self.stdout.flush()
        chosen = gunicorn_options(
            host=host, port=port, processes=processes, threads=threads, does_due_work=settings.DUE_WORK == "beside"
        )
        os.chdir(settings.BASE_DIR)
        # This process becomes gunicorn, so signals reach gunicorn directly. Workers import the code again after SIGHUP.
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *chosen])  # noqa: S606  our own options
