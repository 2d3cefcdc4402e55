"""The image without Docker: executes the Dockerfile's steps in a scratch folder, and starts the server in it as a
process that can write nowhere else. Also validates compose.yaml with Docker's own program if installed, and tests the
proxy.

Packages are installed from the network: `manage.py test --tag packaging shs.tests.test_image`.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import SimpleTestCase, tag

from shs.tests.dockerfile import Stage, command, stages

ROOT = settings.BASE_DIR
PLACES = ("/opt/venv", "/app", "/data", "/backups")
"""Absolute paths in the image; here they are folders of the scratch folder."""

DEBIAN = {"apt-get", "useradd", "chown", "rm"}
"""Commands that change the image's operating system; they are skipped here."""

POWERLESS = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"] if os.geteuid() == 0 else []
IDLE = 32
PATIENCE_SECONDS = 120


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Scratch:
    """A folder that contains the paths of the image."""

    def __init__(self, folder: Path):
        self.folder = folder

    def here(self, text: str) -> str:
        """`text` with the paths of the image moved into the folder."""
        return re.sub(rf"(?<![\w.])({'|'.join(PLACES)})(?![\w-])", lambda place: f"{self.folder}{place[1]}", text)

    def run(self, stage: Stage) -> None:
        """Execute COPY and RUN of a stage in order. Raises CalledProcessError."""
        current = "/"
        for kind, argument in stage.steps:
            if kind == "WORKDIR":
                current = argument
                self.at(current).mkdir(parents=True, exist_ok=True)
            elif kind == "COPY" and not argument.startswith("--from"):
                self.copy(*argument.split(), into=self.at(current))
            elif kind == "RUN":
                self.script(argument, self.at(current))

    def at(self, place: str) -> Path:
        return self.folder / place.lstrip("/")

    def copy(self, source: str, target: str, *, into: Path) -> None:
        # Without the files that .dockerignore excludes.
        left = shutil.ignore_patterns("__pycache__", "tests", "screenshots", "*.po")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, into / target, ignore=left)
        else:
            shutil.copy(ROOT / source, into / target)

    def script(self, text: str, current: Path) -> None:
        """Run the commands of one RUN, except those that change the operating system."""
        wanted = [part for part in text.split("&&") if shlex.split(part)[0] not in DEBIAN or ".txt" in part]
        if wanted:
            words = self.here("&&".join(wanted)).replace("python -m venv", f"{sys.executable} -m venv")
            subprocess.run(  # noqa: S603  the steps of our own file
                ["/bin/sh", "-ec", words], cwd=current, check=True, capture_output=True, timeout=900
            )


@tag("packaging", "any_database")
class BuiltImage(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(cls.enterClassContext(TemporaryDirectory()))
        folder.chmod(0o755)
        cls.scratch = Scratch(folder)
        cls.build, cls.final = stages(ROOT / "Dockerfile")
        for stage in (cls.build, cls.final):
            try:
                cls.scratch.run(stage)
            except subprocess.CalledProcessError as error:
                raise AssertionError(error.stderr.decode()[-2000:]) from None
        for place in ("/opt/venv", "/app"):
            for path in (cls.scratch.at(place), *cls.scratch.at(place).rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & ~0o222)
        cls.port = free_port()
        given = {"SECRET_KEY": "0123456789" * 6, "ALLOWED_HOSTS": "shs.example", "HTTPS_ONLY": "on"}
        image = {name: cls.scratch.here(value) for name, value in cls.final.environment().items()}
        cls.environment = image | given | {"PORT": str(cls.port), "BACKUP_DIR": str(cls.scratch.at("/backups"))}

    def start(self, *words: str, **options: object) -> subprocess.Popen:
        """Start a program that can write only into the data folders, even if it runs as root."""
        program, *arguments = words
        if program == "python":
            program = str(self.scratch.at("/opt/venv/bin/python"))
        return subprocess.Popen(  # noqa: S603  our own commands
            [*POWERLESS, program, *arguments],
            cwd=self.scratch.at("/app"),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def manage(self, *words: str) -> str:
        process = self.start("python", "manage.py", *words)
        output, _none = process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, output)
        return output

    def back_up(self) -> None:
        """Make a backup; once more if the server's own job has begun one in the same second, which is its name."""
        process = self.start("python", "manage.py", "backup")
        output, _none = process.communicate(timeout=PATIENCE_SECONDS)
        if process.returncode:
            self.assertIn("File exists", output)
            time.sleep(1)
            self.manage("backup")

    def present(self) -> set[Path]:
        return {path for path in self.scratch.at("/app").rglob("*")}

    def test_it_contains_no_tests_and_no_test_dependencies(self):
        packages = {path.name for path in self.scratch.at("/opt/venv").glob("lib/*/site-packages/*")}
        self.assertLessEqual({"django", "gunicorn", "psycopg", "celery", "cryptography"}, packages)
        self.assertFalse({"playwright", "ruff", "mypy", "hypothesis"} & packages)
        self.assertEqual(list(self.scratch.at("/app").rglob("tests")), [])

    def test_it_migrates_serves_is_healthy_and_makes_backups_with_a_read_only_root(self):
        before = self.present()
        self.manage("migrate", "-v0")
        server = self.start(*command(self.final.only("CMD")), start_new_session=True)
        self.addCleanup(server.wait)
        self.addCleanup(os.killpg, server.pid, signal.SIGKILL)
        health = command(self.final.only("HEALTHCHECK"))
        until = time.monotonic() + PATIENCE_SECONDS
        while self.start(*health).wait(timeout=30):
            self.assertLess(time.monotonic(), until)
            self.assertIsNone(server.poll())
            time.sleep(0.5)
        # The server's due jobs use a socket in the folder of uploads.
        self.assertTrue(self.scratch.at("/data/due.sock").is_socket())
        self.back_up()
        self.assertIn("whole", self.manage("verify_backup"))
        self.assertEqual(self.present(), before)

    def test_without_a_key_it_names_the_setting(self):
        names = {**self.environment, "SECRET_KEY": ""}
        self.environment, kept = names, self.environment
        self.addCleanup(setattr, type(self), "environment", kept)
        process = self.start(*command(self.final.only("CMD")))
        output, _none = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output.count("\n")), (3, 1), output)
        self.assertIn("SECRET_KEY is not set", output)


@tag("packaging", "any_database")
class Compose(SimpleTestCase):
    programs = [words for words in (["docker", "compose"], ["docker-compose"]) if shutil.which(words[0])]

    def test_docker_accepts_it(self):
        with TemporaryDirectory() as folder:
            shutil.copy(ROOT / "compose.yaml", folder)
            (Path(folder) / ".env").write_text("POSTGRES_PASSWORD=x\n")
            for words in self.programs:
                if subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
                    done = subprocess.run(  # noqa: S603
                        [*words, "-f", "compose.yaml", "config", "-q"],
                        cwd=folder,
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    self.assertEqual(done.returncode, 0, done.stderr)
                    return
        self.skipTest("Neither docker compose nor docker-compose is installed.")


@tag("packaging", "any_database")
@unittest.skipUnless(shutil.which("nginx") and shutil.which("openssl"), "nginx or openssl is not installed.")
class Proxy(SimpleTestCase):
    """The proxy of compose.yaml in front of a server that counts connections."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        shutil.copytree(ROOT / "shs/deploy", self.folder / "shs/deploy", ignore=shutil.ignore_patterns("certificates"))
        made = ["/bin/sh", str(self.folder / "shs/deploy/make-env.sh"), "shs.example"]
        subprocess.run(made, check=True, capture_output=True)  # noqa: S603
        self.behind = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.behind.close)
        self.behind.settimeout(3)
        self.port, plain = free_port(), free_port()
        text = (self.folder / "shs/deploy/nginx.conf").read_text()
        for old, new in (
            ("web:8000", f"127.0.0.1:{self.behind.getsockname()[1]}"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("listen 80", f"listen 127.0.0.1:{plain}"),
            ("/run/nginx.pid", f"{self.folder}/pid"),
            ("/certificates/", f"{self.folder}/shs/deploy/certificates/"),
            ("        http2 on;\n", ""),  # needs nginx 1.25 or newer
            ("http {", f"http {{ client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;"),
        ):
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.folder / "nginx.conf").write_text(text)
        words = ["nginx", "-p", str(self.folder), "-c", "nginx.conf", "-g", "daemon off;"]
        proxy = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        until = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def send(self, sent: bytes) -> None:
        """A client that sends this much of a request and then nothing more."""
        import ssl

        context = ssl.create_default_context(cafile=self.folder / "shs/deploy/certificates/fullchain.pem")
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        opened = context.wrap_socket(connection, server_hostname="shs.example")
        self.addCleanup(opened.close)
        opened.sendall(sent)

    def reached(self) -> bytes:
        """The next request that reaches the server. Raises TimeoutError."""
        connection, _address = self.behind.accept()
        with connection:
            connection.settimeout(3)
            return connection.recv(65536)

    def test_only_complete_requests_reach_the_server(self):
        post = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: shs.example\r\nContent-Length: %d\r\n"
        for _ in range(IDLE):
            self.send(post % 500 + b"\r\n" + b"{")
            self.send(b"GET / HTTP/1.1\r\nHost: shs.exam")
        with self.assertRaises(TimeoutError):
            self.reached()
        self.send(post % 2 + b"X-Forwarded-For: 6.6.6.6\r\n\r\n{}")
        request = self.reached().lower()
        self.assertIn(b"x-forwarded-for: 127.0.0.1\r\n", request)
        self.assertIn(b"x-forwarded-proto: https\r\n", request)
        self.assertNotIn(b"6.6.6.6", request)
