"""Follows links from the dashboard with Django's test client, and lists the pages that a user reaches."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.test import Client

from shs.users.models import User

PAGES_OF_A_KIND = 2
IGNORED = {"_changelist_filters"}
"""Query parameters that only remember the page before; they change nothing on the page."""


TAG = re.compile(r"""<(a|img|iframe|object|embed)\b((?:[^"'>]|"[^"]*"|'[^']*')*)>""")
ADDRESS = {
    tag: re.compile(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
    for tag, name in {"a": "href", "img": "src", "iframe": "src", "object": "data", "embed": "src"}.items()
}


def links(html: str) -> Iterator[str]:
    """The addresses in a page's links, images and embedded documents."""
    for tag, attributes in TAG.findall(html):
        for address in ADDRESS[tag].findall(attributes)[:1]:
            yield unescape("".join(address))


@dataclass
class Crawl:
    """The pages that one user can reach: `pages` holds one address of each kind, `broken` maps an address that answers
    with an error to the page that links to it."""

    user: User
    pages: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def run(self, start: str = "/admin/") -> "Crawl":
        self.client = Client()
        self.client.force_login(self.user, backend="shs.users.backends.EmailBackend")
        self.seen, self.kinds = {start}, Counter({kind_of(start): 1})
        self.waiting = deque([(start, "")])
        while self.waiting:
            self._visit(*self.waiting.popleft())
        return self

    def _visit(self, address: str, origin: str) -> None:
        response = self.client.get(address)
        if response.status_code >= 400:
            self.broken.append(f"{response.status_code} {address} on {origin}")
        if response.status_code in (301, 302):
            self._follow(response["Location"], address)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            self.pages.setdefault(kind_of(address), address)
            for found in links(response.content.decode()):
                self._follow(found, address)

    def _follow(self, found: str, origin: str) -> None:
        address = urldefrag(urljoin(origin, found)).url
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or parts.path.startswith("/static/") or address in self.seen:
            return
        kind = kind_of(address)
        # Filters can be combined endlessly: an address with two of them is not followed, since each was opened alone.
        most = 0 if len(_asked(parts.query)) > 1 else 1 if parts.query else PAGES_OF_A_KIND
        if self.kinds[kind] >= most:
            return
        self.seen.add(address)
        self.kinds[kind] += 1
        self.waiting.append((address, origin))


def kind_of(address: str) -> str:
    """The address without what differs between rows: primary keys in the path, and the values of all parameters except
    the tab's."""
    parts = urlsplit(address)
    names = sorted(f"tab={value}" if name == "tab" else name for name, value in _asked(parts.query))
    path = re.sub(r"(?<=/)[0-9]+(?=/|$)", "N", parts.path)
    return f"{path}?{'&'.join(names)}" if names else path


def _asked(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(query) if name not in IGNORED]
