"""Settings, commands and quickstart in a fresh copy of the project."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from urllib.request import urlopen

from django.test import tag

from shs.demo.logins import LOGINS
from shs.demo.tests.checkout import EXAMPLE, HANGS, Checkout

LONG_KEY = "0123456789" * 6
SHOW = """
import json, sys
from shs import settings
names = sys.argv[1:] or {name for name in dir(settings) if name.isupper()} - {"UNFOLD", "LANGUAGES"}
print(json.dumps({name: str(getattr(settings, name)) for name in names}))
"""
"""The two excluded settings contain lazy translations and functions, which do not come from the environment."""


def free_port() -> int:
    """An unused port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@tag("any_database")
class SettingsTests(Checkout):
    """The settings that result from a given `.env`."""

    def settings(self, *names, **environment):
        """The named settings, or all of them, as text."""
        done = self.python("-c", SHOW, *names, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_comments_quotes_and_line_ends_are_read_like_in_other_dotenv_readers(self):
        self.write_env(
            b"\xef\xbb\xbfDEBUG=on\r\n"
            b"# a comment\r\n"
            b'export SECRET_KEY="two words # and no comment"  # a comment\r\n'
            b"JWT_ACCESS_TOKEN_LIFETIME=45  # minutes\r\n"
            b"EMAIL_HOST_PASSWORD=$ecr#t${HOME}\r\n"
            b"EMAIL_HOST_USER = 'clinic'\r\n"
            b"EMAIL_PORT=\r\n"
            b"TIME_ZONE=   # as it is by default\r\n"
        )
        expected = {
            "DEBUG": "True",
            "SECRET_KEY": "two words # and no comment",
            "ACCESS_TOKEN_LIFETIME": "0:45:00",
            "EMAIL_HOST_PASSWORD": "$ecr#t${HOME}",
            "EMAIL_HOST_USER": "clinic",
            "EMAIL_PORT": "25",
            "TIME_ZONE": "Asia/Dhaka",
        }
        self.assertEqual(self.settings(*expected), expected)

    def test_the_environment_overrides_the_file(self):
        self.write_env("DEBUG=on\nEMAIL_PORT=26\n")
        self.assertEqual(self.settings("EMAIL_PORT", EMAIL_PORT="27"), {"EMAIL_PORT": "27"})

    def test_the_example_contains_the_default_of_every_setting(self):
        key = {"SECRET_KEY": LONG_KEY, "ALLOWED_HOSTS": "example.com"}
        without = self.settings(**key)
        self.write_env(re.sub(r"^#([A-Z_]+=)", r"\1", EXAMPLE, flags=re.M))
        filled = self.settings(**key)
        for name in without:
            with self.subTest(name):
                self.assertEqual(filled[name], without[name])

    def test_local_web_apps_may_call_the_api_only_with_debug(self):
        ask = (
            "import sys, django; django.setup()\n"
            "from django.test import Client\n"
            "for origin in sys.argv[1:]:\n"
            "    answer = Client(headers={'origin': origin, 'access-control-request-method': 'GET'})"
            ".options('/api/v1/doctors/search', secure=True)\n"
            "    print(answer.headers.get('access-control-allow-origin'))\n"
        )
        local = [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5173)]
        origins = [*local, "http://localhost:8080", "https://app.example.com"]
        common = {
            "DJANGO_SETTINGS_MODULE": "shs.settings",
            "SECRET_KEY": LONG_KEY,
            "ALLOWED_HOSTS": "testserver",
            "CORS_ALLOWED_ORIGINS": "https://app.example.com",
        }
        for debug, allowed in (("on", local), ("off", [])):
            with self.subTest(debug=debug):
                done = self.python("-c", ask, *origins, DEBUG=debug, **common)
                expected = [str(origin if origin in [*allowed, origins[-1]] else None) for origin in origins]
                self.assertEqual(done.stdout.split(), expected, done.stderr)


@tag("any_database")
class CannotStart(Checkout):
    """An invalid setting stops every command with one line of output, and nothing is created."""

    def assert_one_line(self, done, words):
        """Assert that the process failed with one line on stderr, which contains `words`."""
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertIn(words, done.stderr)

    def test_without_a_key_every_command_names_the_setting(self):
        self.write_env(EXAMPLE)
        for command in ("migrate", "seed_bd_data", "runserver", "check", "shell"):
            with self.subTest(command):
                self.assert_one_line(self.manage(command), "Cannot start: SECRET_KEY is not set.")

    def test_quickstart_without_debug_does_too(self):
        self.write_env("DEBUG=off\n")
        done = self.manage("quickstart", "--port", str(free_port()))
        self.assert_one_line(done, "Cannot start: SECRET_KEY is not set.")

    def test_servers_and_workers_do_too(self):
        for module in ("shs.wsgi", "shs.celery"):
            with self.subTest(module):
                done = self.python("-c", f"import {module}")
                self.assert_one_line(done, "Cannot start: SECRET_KEY is not set.")
                self.assertEqual(done.returncode, 3)  # with this status gunicorn does not restart workers

    def test_any_other_invalid_value_is_named(self):
        for name, value in (("DEBUG", "perhaps"), ("TIME_ZONE", "Mars/Base"), ("DATABASE_URL", "sqlite:///no/such/db")):
            with self.subTest(name):
                done = self.manage("migrate", **{"SECRET_KEY": LONG_KEY, "DEBUG": "on", name: value})
                self.assert_one_line(done, f"Cannot start: {name} must ")

    def test_a_file_that_is_no_text_is_reported(self):
        self.write_env(b"DEBUG=\xff\n")
        self.assert_one_line(self.manage("check"), "Cannot start: The file .env cannot be read")

    def test_help_works_without_settings(self):
        for arguments in (("help",), ("--help",), ("--version",), ("quickstart", "--help")):
            with self.subTest(arguments):
                self.assertEqual(self.manage(*arguments).returncode, 0)
        self.assertFalse((self.folder / ".env").exists())


@tag("long", "any_database")
class QuickstartProcess(Checkout):
    """`manage.py quickstart` as a process: its output, and the files it leaves."""

    def made(self):
        """The files that quickstart has created."""
        paths = [self.folder / ".env", *(self.folder / "var").rglob("*")]
        return sorted(str(path.relative_to(self.folder)) for path in paths if path.is_file())

    def run_until(self, words, number, *, look=lambda: None):
        """Start it, and send the signal `number` at the first output line that begins with `words`; returns the exit
        status and the lines.

        `look` is called before the signal is sent.
        """
        command = [sys.executable, "manage.py", "quickstart", "--port", str(self.port)]
        process = subprocess.Popen(  # noqa: S603  our own command
            command,
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watch = threading.Timer(HANGS, process.kill)  # kill a process that never prints the line
        watch.start()
        self.addCleanup(watch.cancel)
        lines = []
        with process:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith(words):
                    look()
                    process.send_signal(number)
        return process.returncode, lines

    def setUp(self):
        super().setUp()
        self.port = free_port()

    def test_a_port_in_use_is_reported_before_anything_is_created(self):
        with socket.create_server(("127.0.0.1", self.port)):
            done = self.manage("quickstart", "--port", str(self.port))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"^Port {self.port} is in use by another program\. .*--port \d+\n$")
        self.assertEqual((done.stdout, self.made()), ("", []))

    def test_it_can_be_interrupted_or_killed_at_any_step_and_continues_next_time(self):
        for words, number in (
            ("Loading", signal.SIGINT),
            ("  tables of auth", signal.SIGKILL),
            ("  tables of users", signal.SIGTERM),
            ("  visits of", signal.SIGINT),  # all documents are drawn by then
            ("  visits of", signal.SIGKILL),
        ):
            with self.subTest(words, signal=number):
                status, lines = self.run_until(words, number)
                self.assertTrue(any(line.startswith(words) for line in lines), lines)
                self.assertFalse([line for line in lines if "Traceback" in line])
                if number != signal.SIGKILL:
                    self.assertEqual((status, lines[-1]), (130, "Stopped."))
                    self.assertFalse([name for name in self.made() if "media" in name])
        left_by_kill = {name for name in self.made() if "media" in name}
        self.assertGreater(len(left_by_kill), 1)
        self.assert_it_serves()
        self.assertFalse(left_by_kill & set(self.made()))

    def assert_it_serves(self):
        """Assert that it finishes with the logins as its last lines, and Ctrl-C ends it."""

        def look():
            with urlopen(f"http://127.0.0.1:{self.port}/admin/login/", timeout=60) as page:
                self.assertEqual(page.status, 200)

        last = f"  {LOGINS[-1].who}@"
        status, lines = self.run_until(last, signal.SIGINT, look=look)
        self.assertEqual((status, lines.count("Stopped.")), (0, 1))  # the server may log our request after it
        at = lines.index("Demo accounts:")
        self.assertTrue(lines[at + len(LOGINS)].startswith(last), lines)
        self.assertFalse([line for line in lines if "Traceback" in line or "\x1b" in line])
