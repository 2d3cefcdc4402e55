"""Create and serve the demo: migrate, fill an empty database, run the due jobs once, serve on this machine, and print
the accounts."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.core.management.commands import runserver
from django.db import OperationalError, connection
from django.db.migrations import Migration
from django.utils import timezone

from shs.core.due import clock
from shs.core.due.runner import beside, run_once
from shs.core.management.commands import migrate
from shs.demo import guard, logins
from shs.demo.environment import add_port
from shs.demo.seed import fill_if_empty


class Migrate(migrate.Command):
    """`migrate` that prints a line when it begins with the tables of another app."""

    app = ""

    def migration_progress_callback(self, action: str, migration: Migration | None = None, fake: bool = False) -> None:
        """Called by Django before and after each migration."""
        if action == "apply_start" and migration and migration.app_label != self.app:
            self.app = migration.app_label
            self.stdout.write(f"  tables of {self.app}")
            self.stdout.flush()


class Serve(runserver.Command):
    """runserver that prints `greeting` once the port is open, and skips the check of migrations."""

    def __init__(self, greeting: str) -> None:
        super().__init__()
        self.greeting = greeting

    def check_migrations(self) -> None:
        """Skipped: quickstart has just applied them."""

    def on_bind(self, server_port: int) -> None:
        """Called by Django when the port is open."""
        self.stdout.write(self.greeting)
        self.stdout.flush()


class Command(BaseCommand):
    help = "Migrate, fill an empty database with a fictitious health network, serve it, and say who can log in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_port(parser)

    def handle(self, *, port: int, **options: object) -> None:
        guard.require_own_machine()
        guard.require_place_for_files()
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database of DATABASE_URL cannot be reached: {error}".strip()) from None
        guard.require_own_database()
        self.say(f"Creating the tables in {connection.settings_dict['NAME']} …")
        call_command(Migrate(), verbosity=0, stdout=self.stdout)
        self.say("Adding the fictitious health network …")
        fill_if_empty(say=self.say)
        settings.SITE_URL = f"http://127.0.0.1:{port}"  # the links of the mails that the terminal shows
        self.say("Running due jobs, such as reminders …")
        clock.release(timezone.now())  # the demo may not have run for days
        run_once(clock=timezone.now, say=lambda line: None)
        self.serve(port)

    def say(self, line: str) -> None:
        """Write a line and flush, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()

    def serve(self, port: int) -> None:
        """Serve until Ctrl-C, with the due jobs in a thread."""
        greeting = f"\nServing on http://127.0.0.1:{port}/ (stop with Ctrl-C).\n\n{logins.who_can_log_in()}\n"
        options = {"use_reloader": False, "skip_checks": True, "shutdown_message": "\nStopped."}
        with beside(every=60, pause=60):
            call_command(Serve(greeting), f"127.0.0.1:{port}", stdout=self.stdout, **options)
