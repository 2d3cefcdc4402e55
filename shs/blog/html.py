"""The HTML of articles: sanitising, plain text, and differences between two texts."""

import re
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser

import nh3
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from shs.core.errors import Invalid

IMAGES = "/api/v1/blogs/images/"
KEY = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OUR_IMAGE = re.compile(rf"^{IMAGES}{KEY}$")
SHOWN_IMAGE = re.compile(rf'src="{IMAGES}({KEY})"')
LINK = re.compile(r"^(https?://|mailto:)[^\s\x00-\x1f]+$", re.IGNORECASE)

BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "figure", "figcaption", "hr", "br"}
BLOCKS |= {"table", "thead", "tbody", "tr", "td", "th"}
TAGS = BLOCKS | {"strong", "b", "em", "i", "u", "del", "s", "sub", "sup", "code", "a", "img"}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
WITHOUT_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math"}
WITHOUT_CONTENT |= {"textarea", "title"}
ALONE = {"img", "br", "hr", "p", "li", "td", "th", "tr"}
"""Elements that need no end, so that many of them side by side do not count as nested."""

MOST_NESTED = 100
IMAGE_WITHOUT_SOURCE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")


def _kept_value(tag: str, name: str, value: str) -> str | None:
    """The sanitised value of an allowed attribute, or None to drop it."""
    match tag, name:
        case "img", "src":
            return value if OUR_IMAGE.match(value) else None
        case "a", "href":
            return value if LINK.match(value.strip()) else None
        case _, ("colspan" | "rowspan"):
            return value if value.isascii() and value.isdigit() and len(value) <= 2 else None
    return re.sub(r"[<>]", "", value)


class _Depth(HTMLParser):
    """Measures how deep elements are nested, counting what is never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALONE:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - (tag not in ALONE))


def is_too_deep(html: str) -> bool:
    """Whether elements of `html` are nested deeper than MOST_NESTED."""
    if html.count("<") <= MOST_NESTED:
        return False
    parser = _Depth()
    parser.feed(html)
    parser.close()
    return parser.deepest > MOST_NESTED


def image_keys(html: str) -> set[str]:
    """The keys of our images that a sanitised text shows."""
    return set(SHOWN_IMAGE.findall(html))


def clean(html: str) -> str:
    """Sanitise `html`. Raises Invalid (422) where elements are nested deeper than MOST_NESTED: the time that this
    takes grows with the square of the depth.

    The result has only the tags and attributes of the allow-list, so no script, style, form or frame; links get
    rel=nofollow, and only our own images stay. Sanitising again changes nothing."""
    if is_too_deep(html):
        raise Invalid(_("This text nests its elements too deeply."), field="content")
    kept = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_kept_value,
        clean_content_tags=WITHOUT_CONTENT,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )
    return IMAGE_WITHOUT_SOURCE.sub("", kept).strip()


class _Text(HTMLParser):
    """Collects the text, with a new line for each block element. With `with_links`, the targets of links and images are
    included."""

    def __init__(self, *, with_links: bool) -> None:
        super().__init__()
        self.with_links, self.parts = with_links, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")
        if self.with_links and tag in {"a", "img"}:
            self.parts += [f" [{value}] " for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))


def plain_text(html: str, *, with_links: bool = False) -> str:
    """The text of `html`, one line for each block element."""
    parser = _Text(with_links=with_links)
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def excerpt(html: str) -> str:
    """The beginning of the text, at most 240 characters."""
    return Truncator(" ".join(plain_text(html).split())).chars(240)


def difference(old: str, new: str) -> SafeString:
    """The differences from the HTML `old` to `new`, word by word, as `<del>` and `<ins>`; escaped."""
    before, after = _words(old), _words(new)
    pieces = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(format_html("{}", _joined(before[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(format_html("<del>{}</del>", _joined(before[i1:i2])))
        if j2 > j1:
            pieces.append(format_html("<ins>{}</ins>", _joined(after[j1:j2])))
    return format_html_join(" ", "{}", ((piece,) for piece in pieces))


def _words(html: str) -> list[str]:
    """Split into words and line ends; long texts into whole lines, so that the comparison stays fast."""
    text = plain_text(html, with_links=True)
    words = re.findall(r"\S+|\n", text)
    return words if len(words) <= 4000 else re.findall(r"[^\n]+|\n", text)


def _joined(words: list[str]) -> str:
    return " ".join(words)


def paragraphs(text: str) -> str:
    """Convert plain text to HTML; an empty line starts a paragraph."""
    return "".join(f"<p>{escape(part.strip(), quote=False)}</p>" for part in text.strip().split("\n\n"))
