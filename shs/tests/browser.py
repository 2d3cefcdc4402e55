"""Base of the browser tests: Chromium against the live test server. Skipped if Chromium is not installed."""

import os
import shutil
import unittest

from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.test import tag
from playwright.sync_api import Page, sync_playwright

from shs.testing import PASSWORD, Committed

# The headless shell is tried first: it is the same browser and needs a third less time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
# These flags let it run as root and in a container, and turn its own network requests off.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


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
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.problems: list[str] = []

    def tearDown(self):
        self.assertEqual(self.problems, [])

    def open(self, *, width: int = 1440, height: int = 900) -> Page:
        """A new page in a browser context of its own, so that no cookie is shared."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, base_url=self.live_server_url)
        self.addCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", lambda line: line.type == "error" and self.problems.append(f"{page.url}: {line.text}"))
        return page

    def log_in(self, page: Page, email: str) -> None:
        """Log in by the admin's login page; ends on the dashboard."""
        page.goto("/admin/login/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/admin/")

    def is_told(self, page: Page, words: str) -> None:
        """Wait until the message is visible. The same text stands in a live region too, which is why the visible one is
        asked for."""
        page.locator("#shs-messages").get_by_text(words).wait_for()
