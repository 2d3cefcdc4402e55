"""Starts processes for tests. They end with the test, and also if the test run is killed."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from django.conf import settings


@contextmanager
def started(command: Sequence[str], *, environment: Mapping[str, str], log: BinaryIO) -> Iterator[subprocess.Popen]:
    """Context manager: a process in a process group of its own, which is killed with all its children at the end."""
    with subprocess.Popen(  # noqa: S603  our own command
        command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
    ) as process:
        try:
            with _killed_with_this_process(process.pid):
                yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill a process and its children at once; a worker would otherwise wait until its job has ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


@contextmanager
def _killed_with_this_process(group: int) -> Iterator[None]:
    """A shell that kills the group as soon as the pipe from this process is closed, also if this process is killed."""
    watch = ["/bin/sh", "-c", f"read -r line; kill -9 -{group}"]
    with subprocess.Popen(  # noqa: S603
        watch, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as watcher:
        try:
            yield
        finally:
            watcher.kill()
