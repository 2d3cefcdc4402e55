"""A gate for work that takes a core for a while, such as hashing a password: few do it at once on this machine, and few
threads of a process wait for it, so that all other requests are answered as fast as before."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Unavailable

LOOK_AGAIN_SECONDS = 0.003
PATIENCE_SECONDS = 5


_is_trusted: ContextVar[bool] = ContextVar("shs_trusted", default=False)


@contextmanager
def trusting(is_trusted: bool) -> Iterator[None]:
    """Context manager: whether what passes a gate meanwhile comes from somebody who is known, such as a browser that
    has logged in before."""
    token = _is_trusted.set(is_trusted)
    try:
        yield
    finally:
        _is_trusted.reset(token)


class Gate:
    """Lets `settings.HASHING_AT_ONCE` threads of all processes on this machine in at once, and one of this process. A
    third of the process's threads may wait for it, and another third for those who are known (`trusting`), whom
    strangers therefore do not keep out; further ones are refused at once. A slot is a lock on a file, which the system
    ends with the process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._waiting = {False: 0, True: 0}
        self._count = threading.Lock()
        self._mine = threading.Lock()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Context manager: waits until a slot is free. Raises Unavailable (503) if too many wait, or after
        PATIENCE_SECONDS."""
        is_trusted = _is_trusted.get()
        with self._count:
            if self._waiting[is_trusted] >= max(2, settings.WEB_THREADS // 3):
                raise Unavailable(_("Many people log in at the moment. Try again in a few seconds."))
            self._waiting[is_trusted] += 1
        end = time.monotonic() + PATIENCE_SECONDS
        try:
            if not self._mine.acquire(timeout=PATIENCE_SECONDS):
                raise Unavailable
            try:
                slot = self._slot(end)
                try:
                    yield
                finally:
                    os.close(slot)  # ends the lock
            finally:
                self._mine.release()
        finally:
            with self._count:
                self._waiting[is_trusted] -= 1

    def _slot(self, end: float) -> int:
        """A locked file. Raises Unavailable if none is free until `end` (of the monotonic clock)."""
        while True:
            for number in range(settings.HASHING_AT_ONCE):
                try:
                    slot = os.open(self._path(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                except OSError:
                    return os.open(os.devnull, os.O_RDONLY)  # no folder for locks: the gate of the process has to do
                try:
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(slot)
                else:
                    return slot
            if time.monotonic() > end:
                raise Unavailable
            time.sleep(LOOK_AGAIN_SECONDS)

    def _path(self, number: int) -> Path:
        return Path(settings.DUE_SOCKET).parent / f"{self.name}-{number}.lock"


hashing = Gate("hashing")
"""The gate of password hashes."""
