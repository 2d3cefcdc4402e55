"""Wakes the process of the due work from another process on this machine, by a datagram socket."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from time import monotonic
from typing import NamedTuple

from django.conf import settings

log = logging.getLogger("shs.due")

LOOK_SECONDS = 0.5
"""How often a waiting process looks whether it is to end."""


class Asked(NamedTuple):
    """A requested job; `by_id` is the id of the user who requested it by hand, if any."""

    name: str
    by_id: int | None = None


def ring(name: str, by_id: int | None = None) -> bool:
    """Request a job; returns whether a process is listening. Never blocks."""
    if not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(f"{name} {by_id or 0}".encode(), str(settings.DUE_SOCKET))
        except OSError:
            return False
    return True


class Bell:
    """The receiving end of the socket. Without `receiver` (the socket could not be created) it receives nothing."""

    def __init__(self, receiver: socket.socket | None = None) -> None:
        self.receiver = receiver

    def wait(self, seconds: float, stop: threading.Event) -> set[Asked]:
        """Wait for requested jobs; returns an empty set after `seconds`, or soon after `stop` is set."""
        until = monotonic() + seconds
        while not stop.is_set() and (left := until - monotonic()) > 0:
            if self.receiver is None:
                stop.wait(min(left, LOOK_SECONDS))
            elif select([self.receiver], [], [], min(left, LOOK_SECONDS))[0]:
                return self._received(self.receiver)
        return set()

    @staticmethod
    def _received(receiver: socket.socket) -> set[Asked]:
        found = set()
        with suppress(BlockingIOError):
            while True:
                name, _space, by_id = receiver.recv(200).decode(errors="replace").partition(" ")
                found.add(Asked(name, int(by_id) or None if by_id.isdecimal() else None))
        return found


@contextmanager
def listening() -> Iterator[Bell]:
    """Context manager: a Bell at DUE_SOCKET. If several processes listen, the last one receives; others run jobs only
    on schedule."""
    place = Path(settings.DUE_SOCKET)
    if not hasattr(socket, "AF_UNIX"):
        yield Bell()
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.setblocking(False)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)  # left by a killed process
            receiver.bind(str(place))
        except OSError as error:
            log.warning("Due work cannot be woken, and runs by the clock alone: %s", error.strerror or error)
            yield Bell()
            return
        own = place.stat().st_ino
        try:
            yield Bell(receiver)
        finally:
            with suppress(OSError):
                if place.stat().st_ino == own:
                    place.unlink()
