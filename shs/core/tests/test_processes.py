"""Tests of the helper that starts processes for tests."""

import os
import subprocess
import sys
from tempfile import TemporaryFile

from django.test import SimpleTestCase, tag

from shs.core.tests.processes import kill, started

SLEEPS = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]
STARTS = f"""
import sys
from shs.core.tests.processes import started

command = {["/bin/sh", "-c", "echo begun; exec sleep 600"]!r}
with started(command, environment={{}}, log=sys.stdout.buffer) as process:
    print(process.pid, flush=True)
    process.wait()
"""


@tag("any_database")
class Started(SimpleTestCase):
    def test_it_ends_with_the_block_also_if_already_killed(self):
        with TemporaryFile() as log:
            with started(SLEEPS, environment={}, log=log) as first:
                self.assertIsNone(first.poll())
            with started(SLEEPS, environment={}, log=log) as second:
                kill(second)
        self.assertEqual([first.returncode, second.returncode], [-9, -9])

    def test_it_ends_if_the_test_run_is_killed(self):
        run = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", STARTS], stdout=subprocess.PIPE, env=os.environ | {"DEBUG": "on"}
        )
        with run:
            lines = {run.stdout.readline().strip(), run.stdout.readline().strip()}
            self.assertIn(b"begun", lines)
            run.kill()
            # The child holds the other end of this pipe, which is closed when the child has ended, too.
            self.assertEqual(run.stdout.read(), b"")
