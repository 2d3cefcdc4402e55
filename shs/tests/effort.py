"""What a piece of work in the office costs: clicks, keys and seconds of a scripted browser, and the queries of its
pages. `python manage.py test shs.appointment.tests.test_morning -v 2` prints the table."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import TestCase, TestResult
from unittest.mock import patch

from django.core.signals import request_finished, request_started
from django.db.backends.utils import CursorWrapper
from django.urls import resolve
from playwright.sync_api import Locator, Page


class Effort(NamedTuple):
    """The effort of one part; `keys` counts every key, also those of the letters that are typed."""

    part: str
    clicks: int
    keys: int
    seconds: float


class Queries:
    """Counts the queries of each request to the office while it is in use: the name of the page → the most queries of
    one request to it."""

    def __init__(self) -> None:
        self.most: dict[str, int] = {}
        self._now: dict[int, tuple[str, int]] = {}

    def _began(self, environ: dict[str, Any] | None = None, **more: object) -> None:
        path = (environ or {}).get("PATH_INFO", "")
        if path.startswith("/admin/"):
            self._now[threading.get_ident()] = (f"{environ['REQUEST_METHOD']} {resolve(path).view_name}", 0)

    def _ended(self, **more: object) -> None:
        name, count = self._now.pop(threading.get_ident(), ("", 0))
        if name:
            self.most[name] = max(count, self.most.get(name, 0))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count from here on."""
        execute, seen = CursorWrapper.execute, self._now

        def counting(cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
            if (entry := seen.get(threading.get_ident())) is not None:
                seen[threading.get_ident()] = (entry[0], entry[1] + 1)
            return execute(cursor, sql, params)

        request_started.connect(self._began)
        request_finished.connect(self._ended)
        try:
            with patch.object(CursorWrapper, "execute", counting):
                yield
        finally:
            request_started.disconnect(self._began)
            request_finished.disconnect(self._ended)


class Measured(TestCase):
    """Mixin for browser tests: works by clicks and keys, which are counted in parts."""

    def run(self, result: TestResult | None = None) -> TestResult | None:
        self.prints = getattr(result, "showAll", False)
        self.done: list[Effort] = []
        self.queries = Queries()
        return super().run(result)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A part of the work."""
        self.clicks = self.keys = 0
        began = time.perf_counter()
        yield
        self.done.append(Effort(name, self.clicks, self.keys, time.perf_counter() - began))

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def press(self, page: Page, *keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
        self.keys += len(keys)

    def type(self, page: Page, text: str) -> None:
        """Type a text, letter by letter, where the focus is."""
        page.keyboard.type(text)
        self.keys += len(text)

    def show(self) -> None:
        """Print the table, if the tests run with `-v 2`."""
        if not self.prints:
            return
        lines = [f"{'':<18}{'clicks':>8}{'keys':>8}{'seconds':>9}"]
        lines += [f"{each.part:<18}{each.clicks:>8}{each.keys:>8}{each.seconds:>9.1f}" for each in self.done]
        lines += ["", f"{'queries':>7}  of"]
        lines += [f"{count:>7}  {name}" for name, count in sorted(self.queries.most.items())]
        sys.stderr.write("\n" + "\n".join(lines) + "\n")
