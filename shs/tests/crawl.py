"""The links of pages: which addresses they lead to, and which of these are worth opening."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

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


class Links:
    """The addresses that pages link to and that are still to be opened: `waiting` holds each with the page that links
    to it. Of the addresses of one kind, only some are opened; those of a query only `with_queries`."""

    def __init__(self, *, with_queries: bool = True) -> None:
        self.with_queries = with_queries
        self.seen: set[str] = set()
        self.known: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.waiting: deque[tuple[str, str]] = deque()

    def opened(self, address: str) -> None:
        """`address` needs not be opened any more."""
        if address not in self.seen:
            self.seen.add(address)
            self.kinds[kind_of(address)] += 1

    def found(self, html: str, origin: str) -> None:
        """Take in the links of the page `origin`."""
        for address in links(html):
            if address not in self.known:
                if address.startswith("/"):  # it leads to the same place from any page
                    self.known.add(address)
                self.follow(address, origin)

    def follow(self, found: str, origin: str) -> None:
        """Take in one link of the page `origin`, or where it redirects to."""
        address = urldefrag(urljoin(origin, found)).url
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or parts.path.startswith("/static/") or address in self.seen:
            return
        # Filters can be combined endlessly: an address with two of them is not followed, since each was opened alone.
        most = PAGES_OF_A_KIND
        if parts.query:
            most = 1 if self.with_queries and len(_asked(parts.query)) <= 1 else 0
        if self.kinds[kind_of(address)] < most:
            self.opened(address)
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
