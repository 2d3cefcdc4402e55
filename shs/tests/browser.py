"""Base of the browser tests: Chromium against the live test server. Skipped if Chromium is not installed."""

import asyncio
import faulthandler
import os
import re
import shutil
import sys
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.util import Finalize
from typing import Any

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.test import tag
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from shs.testing import PASSWORD, Committed
from shs.tests.runner import SLOW_BROWSER

# The headless shell is tried first: it is the same browser and needs a third less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
# Milliseconds until a page counts as hanging. Long, because no test may depend on how busy the machine is.
DEADLINE = 60_000
FUNCTION = re.compile(r"(\w+|\(\w*\)) =>")
LATENCY_MS = 300
"""How long each answer is on its way to a slow browser."""
# These flags let it run as root and in a container, and turn its own network requests off.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@cache
def chromium() -> tuple[Browser, asyncio.AbstractEventLoop]:
    """The browser of this process, and the loop in which Playwright waits for it. It is started once, because that
    takes as long as several pages; the contexts of the tests share nothing."""
    playwright = sync_playwright().start()
    browser, loop = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS), asyncio.get_running_loop()

    def stop() -> None:
        asyncio._set_running_loop(loop)
        playwright.stop()

    Finalize(None, stop, exitpriority=0)  # and not `atexit`, which the processes of a parallel run do without
    return browser, loop


@tag("browser")
@unittest.skipUnless(CHROMIUM, "Chromium is not installed: the browser tests are skipped.")
class BrowserTestCase(Committed, StaticLiveServerTestCase):
    """Opens pages as demo users. An error in the console, in a script or of the content security policy fails the
    test."""

    @classmethod
    def setUpClass(cls):
        # Playwright's own event loop runs in this thread, which Django takes for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        cls.addClassCleanup(os.environ.pop, "DJANGO_ALLOW_ASYNC_UNSAFE", None)
        super().setUpClass()
        cls.browser, loop = chromium()
        asyncio._set_running_loop(loop)
        cls.addClassCleanup(asyncio._set_running_loop, None)  # other tests do not notice that it waits

    def setUp(self):
        self._problems: list[str] = []
        self._expected: list[str] = []
        self.waiting = Counter[str]()
        self.pages: list[Page] = []

    def tearDown(self):
        problems = [line for line in self._problems if not any(words in line for words in self._expected)]
        self.assertEqual(problems, [])

    def expect_problem(self, *words: str) -> None:
        """The test brings errors about whose lines in the console contain one of these words. They are left out at the
        end of the test, because the browser can tell of them late."""
        self._expected += words

    def open(self, *, width: int = 1440, height: int = 900) -> Page:
        """A new page in a browser context of its own, so that no cookie is shared."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, base_url=self.live_server_url)
        self.addCleanup(context.close)
        page = context.new_page()
        self.slow_down(page)
        self.pages.append(page)
        page.set_default_timeout(DEADLINE)
        self.act_when_loaded(page)
        page.on("request", lambda request: self.waiting.update([request.url]))
        page.on("requestfinished", lambda request: self.waiting.subtract([request.url]))
        page.on("requestfailed", lambda request: self.waiting.subtract([request.url]))
        page.on("pageerror", lambda error: self._problems.append(f"{page.url}: {error}"))
        page.on("console", lambda line: line.type == "error" and self._problems.append(f"{page.url}: {line.text}"))
        return page

    def act_when_loaded(self, page: Page) -> None:
        """Let a key be pressed and a page be measured only when it is loaded: its text is visible before its styles and
        its shortcuts are there. What is waited for becomes a function: Playwright evaluates anything else again and
        again, which the content security policy forbids after the first time."""
        press, evaluate, wait = page.keyboard.press, page.evaluate, page.wait_for_function

        def press_then(key: str, *, delay: float | None = None) -> None:
            page.wait_for_load_state()
            press(key, delay=delay)

        def evaluate_then(expression: str, arg: Any = None) -> Any:
            page.wait_for_load_state()
            return evaluate(expression, arg)

        def wait_for(expression: str, **options: Any) -> Any:
            if expression.lstrip().startswith("async"):
                raise ValueError("A promise counts as true at once: wait for something that can be asked directly.")
            return wait(expression if FUNCTION.match(expression) else f"() => ({expression})", **options)

        page.keyboard.press = press_then  # type: ignore[method-assign]
        page.evaluate = evaluate_then  # type: ignore[method-assign]
        page.wait_for_function = wait_for  # type: ignore[method-assign]

    def slow_down(self, page: Page) -> None:
        """With `--slow-browser N`, N times less processor and a slow line: what a test does before the page is ready
        for it shows itself."""
        if not (rate := float(os.environ.get(SLOW_BROWSER, 0))):
            return
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        session.send("Network.enable")
        line = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        session.send("Network.emulateNetworkConditions", line)

    @contextmanager
    def new_page(self, page: Page) -> Iterator[None]:
        """What is done in the block leads to another page, or to the same one anew: wait until that one is there. It
        takes a mark away that this page bears; Playwright's own `expect_navigation` also takes a change of the history
        for a new page."""
        page.evaluate("document.documentElement.dataset.old = 'yes'")
        yield
        # While a document is made, it has no root element yet.
        page.wait_for_function("document.readyState === 'complete' && !document.documentElement.dataset.old")

    def has_focus(self, page: Page, name: str) -> None:
        """Wait until the element whose name or text begins with `name` has the focus."""
        page.wait_for_function(
            "name => { const one = document.activeElement;"
            " return (one?.name || one?.textContent.trim() || '').startsWith(name); }",
            arg=name,
        )

    def _callTestMethod(self, method: Callable[[], object]) -> None:  # unittest's name
        """After a page has not answered in time, print what it shows, its requests that have no answer, and what each
        thread does."""
        try:
            method()
        except TimeoutError:
            sys.stderr.write(f"\n{self.id()}: no answer to {', '.join(+self.waiting)}\n")
            for page in self.pages:
                with suppress(TimeoutError):
                    sys.stderr.write(f"{page.url}:\n{page.locator('body').inner_text(timeout=5_000)}\n")
            faulthandler.dump_traceback(sys.stderr, all_threads=True)
            raise

    def log_in(self, page: Page, email: str) -> None:
        """Log in by the admin's login page; ends on the dashboard."""
        page.goto("/admin/login/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")

    def write(self, page: Page, text: str) -> None:
        """Put text into the rich editor, as soon as it takes input, until the form's field holds the text."""
        page.wait_for_function("document.querySelector('trix-editor')?.editor")
        page.locator("trix-editor").click()
        page.keyboard.insert_text(text)
        page.wait_for_function("text => document.querySelector('trix-editor').value.includes(text)", arg=text)

    def is_told(self, page: Page, words: str) -> None:
        """Wait until the message is visible. The same text is also in a live region, so the visible element is
        selected."""
        page.locator("#shs-messages").get_by_text(words).wait_for()
