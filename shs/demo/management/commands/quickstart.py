"""From nothing to a running demo: migrate, fill an empty database, say who can log in, serve on this machine, with the
due work beside the server."""

from django.core.management import BaseCommand, call_command

from shs.core.due.runner import beside
from shs.demo import guard, personas
from shs.demo.seed import fill_if_empty
from shs.demo.seed.size import at_most


class Command(BaseCommand):
    help = "Migrate, fill an empty database with a made-up health network, say who can log in, and serve it."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=at_most(65_535), default=8000, help="on 127.0.0.1 (default 8000)")

    def handle(self, *, port, **options):
        guard.require_own_machine()
        guard.require_own_database()
        call_command("migrate", verbosity=0)
        fill_if_empty(say=self.stdout.write)
        self.stdout.write(f"\n{personas.who_can_log_in()}\n\nServing on http://127.0.0.1:{port}/ (stop with Ctrl-C)\n")
        self.stdout.flush()
        with beside(every=60, pause=2):
            call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)
