"""Opens the admin's pages in a browser, each as the demo user who works with it. All tests of a class share the
measurements, so that each page is loaded once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from django.contrib import admin
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, reverse
from playwright.sync_api import Page

from shs.testing import EveryModel
from shs.tests.browser import BrowserTestCase

WALKERS = ("grace", "henry", "erin", "carol", "dave", "irene", "frank")
"""Each page is opened by the first of these users who may see it; those with the narrowest duties come first."""

TARGET_PX = 24
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}

# The sidebar is the same on every page of a user, so it is checked on their dashboard only. Of a long list the first
# rows are enough, because the same template renders the others.
AXE = """([where, options]) => {
  const include = [document.querySelector(where) ? where : "body"];
  const exclude = ["#result_list > tbody:nth-of-type(n+6)", ".shs-changes > li:nth-child(n+6)"];
  return axe.run({ include, exclude: exclude.filter(rows => document.querySelector(rows)) }, options)
    .then(found => found.violations);
}"""
SERIOUS = {"serious", "critical"}
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
CONTRAST = {**ALL_RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}

STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"

# WCAG 2.5.8: 24 by 24 px, except links within a sentence, and targets with that much space around them.
SMALL_TARGETS = """size => {
  const shown = element => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']";
  const inText = element => {
    const around = element.parentElement;
    return getComputedStyle(element).display === "inline" &&
      [...around.childNodes].some(node => node !== element && node.nodeType === 3 && node.textContent.trim());
  };
  const boxes = [...document.querySelectorAll(wanted)].filter(shown).filter(e => !e.disabled).map(element => {
    let box = element.getBoundingClientRect();
    const label = element.matches("[type=checkbox], [type=radio]") && element.closest("label");
    if (label) box = label.getBoundingClientRect();
    return { element, box };
  }).filter(({ box }) => box.width > 1 && box.height > 1);
  const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
  const isSmall = box => box.width < size - 0.5 || box.height < size - 0.5;
  const touches = (one, other) => {
    const [x, y] = middle(one.box);
    if (isSmall(other.box)) {
      const [u, v] = middle(other.box);
      return Math.hypot(x - u, y - v) < size;
    }
    const dx = Math.max(other.box.left - x, 0, x - other.box.right);
    const dy = Math.max(other.box.top - y, 0, y - other.box.bottom);
    return Math.hypot(dx, dy) < size / 2;
  };
  return boxes.filter(one => isSmall(one.box) && !inText(one.element))
    .filter(one => boxes.some(other => other !== one && !one.element.contains(other.element) &&
      !other.element.contains(one.element) && touches(one, other)))
    .map(({ element, box }) => `${element.tagName.toLowerCase()}.${[...element.classList].slice(0, 3).join(".")} ` +
      `“${(element.textContent || element.title || element.name || "").trim().slice(0, 40)}” ` +
      `${Math.round(box.width)}×${Math.round(box.height)}`);
}"""

# Elements with a click handler: each must be a control for the keyboard and for screen readers too.
MUTE_CONTROLS = """() => [...document.querySelectorAll("*")]
  .filter(e => [...e.attributes].some(a => /^(x-on:click|@click)(?!\\.(outside|away))/.test(a.name)))
  .filter(e => !e.matches("a[href], button, input, select, textarea, summary, label, [role=button][tabindex='0']"))
  .filter(e => e.getAttribute("aria-hidden") !== "true")
  .map(e => `${e.tagName.toLowerCase()} ${e.id} ${e.getAttribute("x-on:click") || ""}`.slice(0, 100))"""

SPOKEN_ICONS = """() => [...document.querySelectorAll(".material-symbols-outlined")]
  .filter(e => !e.closest("[aria-hidden=true]")).map(e => e.textContent.trim())"""

FITS = """() => {
  const inView = e => { const b = e.getBoundingClientRect();
    return b.width > 0 && b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth + 1; };
  const shown = e => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const first = selector => [...document.querySelectorAll(selector)].find(shown);
  const found = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`scrolls sideways: ${wide} px`);
  const name = first("h1");
  if (!name) found.push("has no h1");
  else if (!inView(name)) found.push(`its name is out of view`);
  for (const selector of ["#submit-row button", ".addlink", "main .shs-steps > :is(a, button)"]) {
    const action = first(selector);
    if (action && !inView(action)) found.push(`its main action is out of view: ${action.textContent.trim()}`);
    if (action) break;
  }
  return found;
}"""


class Stop(NamedTuple):
    """A page to check: user, title, address, and the link that opens a dialog on it."""

    who: str
    name: str
    address: str
    dialog: str = ""


class Finding(NamedTuple):
    """The findings on one page."""

    stop: str
    what: str


class Asked(HttpRequest):
    """A request that has only a user."""

    def __init__(self, user: object):
        super().__init__()
        self.user = user


class Visit(EveryModel, BrowserTestCase):
    """Opens pages as a test user and runs axe on them."""

    def enter(self, name: str) -> Page:
        """A browser in which this test user is logged in, by a session cookie, because the login page takes longer."""
        page = self.open()
        client = Client()
        client.force_login(self.people[name], backend="shs.users.backends.EmailBackend")
        value = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": self.live_server_url}])
        return page

    def sidebar(self, page: Page) -> dict[str, str]:
        """The sidebar's links on the open page: title → address."""
        links = """links => links.map(link =>
            [link.querySelector("span:not(.material-symbols-outlined)").textContent, link.getAttribute("href")])"""
        return dict(page.locator("#nav-sidebar-apps a").evaluate_all(links))

    def is_wanted(self, address: str) -> bool:
        """Whether this class checks the page."""
        return True

    def other_pages(self, page: Page) -> Iterator[str]:
        """The addresses of pages that belong to no screen, take no argument, and are open to the user of `page`."""
        for pattern in admin.site.pages:  # type: ignore[attr-defined]
            if isinstance(pattern, URLPattern) and not pattern.pattern.converters:
                address = reverse(f"admin:{pattern.name}")
                answer = page.request.get(address) if self.is_wanted(address) else None
                if answer and answer.ok and 'id="content"' in answer.text():
                    yield address

    def axe(self, page: Page, options: dict[str, Any], where: str) -> list[str]:
        """axe's findings of serious or critical impact: the rule and the element."""
        if not page.evaluate("typeof axe !== 'undefined'"):
            page.evaluate(AXE_SCRIPT)
        return [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in page.evaluate(AXE, [where, options])
            if rule["impact"] in SERIOUS
            for node in rule["nodes"]
        ]


class Walk(Visit):
    """Opens the pages once a class; `found[topic]` holds the findings."""

    found: dict[str, list[Finding]] = {}

    def setUp(self):
        super().setUp()
        if "found" not in vars(type(self)):
            self.make_people()
            type(self).found = {}
            self.walk()

    def walk(self) -> None:
        raise NotImplementedError

    def note(self, topic: str, stop: Stop, whats: list[str]) -> None:
        self.found.setdefault(topic, []).extend(Finding(f"{stop.who}: {stop.name}", what) for what in whats)
