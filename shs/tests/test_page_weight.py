"""What a page of the admin weighs on a slow line: requests, scripts, styles and fonts, compressed as they are sent."""

import re
from pathlib import Path

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client, SimpleTestCase, TestCase, tag
from django.urls import reverse
from fontTools.ttLib import TTFont
from unfold.settings import CONFIG_DEFAULTS

from shs.core import bundles
from shs.core.management.commands import subset_fonts
from shs.testing import TestUsers
from shs.tests.browser import BrowserTestCase

MOST_REQUESTS, MOST_SCRIPTS, MOST_STYLES, MOST_FONTS = 12, 130_000, 40_000, 120_000
ADDRESS = re.compile(r'<(?:script|link)\b[^>]*\b(?:src|href)="([^"]+)"[^>]*>')
SHOWN = re.compile(r"""(?:material-symbols-outlined[^<>]*>\s*|\bicon"?\s*[=:]\s*")([a-z]\w+)(?=\s*<|")""")


def sent(address: str) -> int:
    """Bytes of a static file as it is sent to a browser that takes brotli."""
    path = finders.find(address.removeprefix("/static/"))
    assert isinstance(path, str), address
    content = Path(path).read_bytes()
    return len(content) if path.endswith(".woff2") else len(brotli.compress(content))


@tag("any_database")
class Weight(TestUsers, TestCase):
    def setUp(self):
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.html = client.get(reverse("admin:appointment_appointment_changelist")).content.decode()
        self.addresses = ADDRESS.findall(self.html)
        self.fonts = re.findall(r'url\("\.\./(fonts/[^"]+)"', bundles.bundle(bundles.OFFICE_CSS))

    def test_a_list_takes_few_requests(self):
        self.assertEqual(len(self.fonts), 5)
        page = 1
        self.assertLessEqual(page + len(self.addresses) + len(self.fonts), MOST_REQUESTS)

    def test_scripts_styles_and_fonts_are_small(self):
        static = [address for address in self.addresses if address.startswith("/static/")]
        for end, most in ((".js", MOST_SCRIPTS), (".css", MOST_STYLES)):
            with self.subTest(end):
                self.assertLessEqual(sum(sent(address) for address in static if address.endswith(end)), most)
        self.assertLessEqual(sum(sent(f"shs/{font}") for font in self.fonts), MOST_FONTS)

    def test_no_script_but_that_of_the_colours_holds_the_page_up(self):
        blocking = [tag for tag in re.findall(r"<script\b[^>]*>", self.html) if "defer" not in tag]
        self.assertEqual([re.search('src="([^"]*)"', tag)[1] for tag in blocking], ["/static/shs/theme.js"])
        self.assertLess(sent("shs/theme.js"), 400)


class Colours(SimpleTestCase):
    def test_every_colour_that_unfold_would_write_into_each_page_is_in_the_stylesheet(self):
        written = set(re.findall(r"--color-([\w-]+):", Path(str(finders.find("shs/colours.css"))).read_text()))
        wanted = {f"{name}-{weight}" for name, weights in CONFIG_DEFAULTS["COLORS"].items() for weight in weights}
        self.assertEqual(written, wanted)


@tag("any_database")
class Fonts(SimpleTestCase):
    def test_every_icon_that_the_sources_show_is_in_the_font(self):
        """What pages show is tested in `test_pages.py`."""
        ours = subset_fonts.icons(TTFont(subset_fonts.TARGET / "icons.woff2"))
        shown = {name for path in subset_fonts.sources() for name in SHOWN.findall(path.read_text(encoding="utf-8"))}
        self.assertGreater(len(shown), 50)
        self.assertEqual(shown - ours.keys(), set(), "Run `manage.py subset_fonts`.")

    def test_the_letters_of_both_languages_pages_are_in_the_fonts_or_the_browsers(self):
        for weight in subset_fonts.WEIGHTS:
            letters = TTFont(subset_fonts.TARGET / f"Inter-{weight}.woff2").getBestCmap()
            self.assertLessEqual(set(map(ord, "Añß–…’“→≤€⌘")), letters.keys())


@tag("any_database")
class Bundled(SimpleTestCase):
    def test_a_source_that_is_gone_is_named(self):
        with self.assertRaisesMessage(FileNotFoundError, "shs/gone.js"):
            bundles.BUNDLES["shs/bundles/x.js"] = ["shs/gone.js"]
            self.addCleanup(bundles.BUNDLES.pop, "shs/bundles/x.js")
            bundles.bundle("shs/bundles/x.js")

    def test_a_bundle_follows_its_sources(self):
        path = Path(str(finders.find(bundles.OFFICE_JS)))
        self.assertTrue(path.is_relative_to(settings.DATA_DIR))
        path.write_text("old")
        self.assertEqual(Path(str(finders.find(bundles.OFFICE_JS))).read_text(), bundles.bundle(bundles.OFFICE_JS))

    def test_no_stylesheet_of_a_bundle_has_an_address_relative_to_its_own_folder(self):
        for name in bundles.BUNDLES[bundles.OFFICE_CSS][1:]:
            text = Path(str(finders.find(name))).read_text()
            with self.subTest(name):
                self.assertEqual(re.findall(r"url\((?![\"']?data:)[^)]*\)", text), [])


class WithoutScripts(TestUsers, BrowserTestCase):
    def test_a_list_can_be_read_before_its_scripts_have_come(self):
        self.make_people()
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = self.open()
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.live_server_url}
        page.context.add_cookies([cookie])
        self.expect_problem("ERR_FAILED")
        page.route(re.compile(r"/bundles/.*\.js"), lambda route: route.abort())
        page.goto(self.live_server_url + reverse("admin:appointment_appointment_changelist") + "?tab=all")
        self.assertTrue(page.locator("#result_list a", has_text="10:00").is_visible())
        self.assertFalse(page.locator("#changelist-filter").is_visible())
        self.assertTrue(page.locator("#nav-sidebar-apps a").first.is_visible())
