"""Answers that are the same for everybody who waits, kept for some seconds in this process."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.db import connection

Value = TypeVar("Value")

MOST = 5000
"""The most values of one store; then it begins anew."""


class Kept(Generic[Value]):
    """Values by key, each as it was made at most `seconds` ago. In a transaction nothing is kept, because what it reads
    may be rolled back."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._values: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of `key`, made by `make()` if none is fresh. Of several threads that miss it at once one makes it,
        so that many clients that ask together cost as much as one."""
        if connection.in_atomic_block:
            return make()
        found = self._values.get(key)
        if found is not None and time.monotonic() - found[0] < self.seconds:
            return found[1]
        with self._lock:
            found = self._values.get(key)
            if found is not None and time.monotonic() - found[0] < self.seconds:
                return found[1]
            value = make()
            if len(self._values) >= MOST:
                self._values.clear()
            self._values[key] = (time.monotonic(), value)
        return value

    def forget(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._values.clear()
