"""Files for deployment: the image, compose.yaml, the proxy, the Procfile, and the script that writes settings."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import dotenv
import yaml
from django.conf import settings
from django.test import SimpleTestCase, tag

from shs.tests.dockerfile import command, stages

ROOT = settings.BASE_DIR
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
HOST = "shs.example"


@tag("any_database")
class Image(SimpleTestCase):
    build, final = stages(ROOT / "Dockerfile")

    def test_it_has_two_stages_on_the_same_slim_image_and_an_unprivileged_user(self):
        self.assertEqual((self.build.image, self.build.name), (self.final.image, "build"))
        self.assertIn("-slim", self.final.image)
        self.assertNotIn(self.final.only("USER"), {"root", "0"})
        self.assertTrue(all(source.startswith("--from=build") for source in self.final.all("COPY")))

    def test_copied_files_exist_and_are_not_ignored(self):
        kept = (ROOT / ".dockerignore").read_text().split()
        for argument in self.build.all("COPY"):
            for name in argument.split()[:-1]:
                self.assertTrue((ROOT / name).exists(), name)
                self.assertIn(f"!{name}", kept)

    def test_it_serves_on_all_addresses_and_its_health_check_uses_its_port(self):
        self.assertEqual(command(self.final.only("CMD")), ["python", "manage.py", "serve", "--host", "0.0.0.0"])  # noqa: S104
        self.assertIn("/healthz", command(self.final.only("HEALTHCHECK"))[-1])

    def test_it_contains_no_secrets_and_only_existing_settings(self):
        environment = self.final.environment()
        self.assertFalse({"SECRET_KEY", "BACKUP_KEY", "DEBUG"} & environment.keys())
        for name in environment.keys() - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}:
            self.assertIn(f"\n#{name}=", EXAMPLE)


@tag("any_database")
class Services(SimpleTestCase):
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]

    def test_it_has_all_services(self):
        parts = {"migrate", "web", "due", "backup-drill", "postgres", "redis", "proxy"}
        self.assertEqual(self.services.keys(), parts)

    def test_our_containers_are_read_only_and_unprivileged(self):
        ours = [service for service in self.services.values() if service["image"] == "shs"]
        self.assertEqual(len(ours), 4)
        for service in ours:
            self.assertEqual((service["read_only"], service["cap_drop"]), (True, ["ALL"]))
            self.assertEqual([volume.split(":")[1] for volume in service["volumes"]], ["/data", "/backups"])

    def test_only_the_proxy_publishes_ports(self):
        self.assertEqual([name for name, service in self.services.items() if "ports" in service], ["proxy"])

    def test_its_settings_exist_and_it_contains_no_password(self):
        for name in self.services["web"]["environment"]:
            self.assertIn(f"\n#{name}=", EXAMPLE)
        self.assertEqual(set(re.findall(r"PASSWORD[:=}]\S*", self.text)), {"PASSWORD:?run", "PASSWORD:"})

    def test_postgresql_is_not_newer_than_the_backup_programs(self):
        version = re.search(r"postgres:(\d+)", self.services["postgres"]["image"])
        programs = re.search(r"postgresql-client-(\d+)", (ROOT / "Dockerfile").read_text())
        self.assertLessEqual(int(version[1]), int(programs[1]))

    def test_mounted_files_exist(self):
        mounted = [volume.split(":")[0] for volume in self.services["proxy"]["volumes"]]
        self.assertEqual(mounted, ["./shs/deploy/nginx.conf", "./shs/deploy/certificates"])
        self.assertTrue((ROOT / "shs/deploy/nginx.conf").is_file())
        self.assertIn("shs/deploy/certificates/", (ROOT / ".gitignore").read_text().split())


@tag("any_database")
class Procfile(SimpleTestCase):
    def test_each_line_is_an_existing_command(self):
        lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        self.assertEqual(lines.keys(), {"web", "due", "release"})
        for line in lines.values():
            program, script, name, *_options = line.split()
            self.assertEqual((program, script), ("python", "manage.py"))
            self.assertIn(name, {"serve", "run_due", "migrate"})


@tag("any_database")
class MadeSettings(SimpleTestCase):
    """`shs/deploy/make-env.sh`."""

    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        shutil.copytree(ROOT / "shs/deploy", self.folder / "shs/deploy", ignore=shutil.ignore_patterns("certificates"))
        # A certificate takes a second to make; it is tested with the proxy.
        (self.folder / "shs/deploy/certificates").mkdir()
        (self.folder / "shs/deploy/certificates/fullchain.pem").touch()

    def make(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(  # noqa: S603  our own script
            ["/bin/sh", self.folder / "shs/deploy/make-env.sh", *arguments], capture_output=True, text=True, check=False
        )

    def test_with_it_check_deploy_has_no_warnings(self):
        self.assertEqual(self.make(HOST).returncode, 0)
        file = self.folder / ".env"
        made = dotenv.dotenv_values(file, interpolate=False)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        for name in made.keys() - {"POSTGRES_PASSWORD"}:
            self.assertIn(f"\n#{name}=", EXAMPLE)
        keys = [made[name] for name in ("SECRET_KEY", "BACKUP_KEY", "POSTGRES_PASSWORD")]
        self.assertEqual((len(set(keys)), {len(key) for key in keys}), (3, {64}))
        self.assertRegex("".join(keys), r"^[A-Za-z0-9_-]+$")  # they are put into URLs unescaped
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                **made,
                "TRUSTED_PROXIES": "1",  # as in compose.yaml
                "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_never_replaces_keys(self):
        self.make(HOST)
        before = (self.folder / ".env").read_text()
        again = self.make(HOST)
        self.assertEqual((again.returncode, (self.folder / ".env").read_text()), (1, before))

    def test_it_asks_for_a_host_name(self):
        done = self.make()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("host name", done.stderr)
        self.assertFalse((self.folder / ".env").exists())
