"""The words of a page that people read or hear."""

import re
from html import unescape

MARKUP = re.compile(r"""<!--.*?-->|<![^>]*>|</?[a-zA-Z](?:[^"'>]|"[^"]*"|'[^']*')*>""", re.DOTALL)
SILENT = re.compile(r"<(script|style|code|template)\b.*?</\1>", re.DOTALL)
ICON = re.compile(r"""(<span\b[^>]*\bmaterial-symbols[^>]*>)[^<]*""")
ATTRIBUTE = re.compile(
    r"""\s(aria-label|title|alt|placeholder|data-label)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.DOTALL
)
BUTTON = re.compile(
    r"""<input\b(?=[^>]*\btype\s*=\s*["']?(?:submit|button))[^>]*\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)')"""
)


def spoken(html: str) -> list[str]:
    """The texts of a page or template: its text nodes, the attributes that are shown or read aloud, and the labels of
    buttons. Scripts, styles, code and the names of icons are left out."""
    tags = [tag for tag in MARKUP.findall(html) if "=" in tag]
    found = ["".join(value) for tag in tags for _name, *value in ATTRIBUTE.findall(tag)]
    found += ["".join(value) for tag in tags for value in BUTTON.findall(tag)]
    found += MARKUP.split(ICON.sub(r"\1", SILENT.sub(" ", html)))
    return [unescape(text).strip() for text in found if text and not text.isspace()]


LATIN_WORD = re.compile(r"(?<!\w)[A-Za-z]{3,}(?!\w)")

NAMES = frozenset({"Smart Health Synchronizer", "Ctrl K", "Ctrl ↵", "Enter", "Esc"})
"""Words that are the same in both languages."""


def words_outside(source: str) -> list[str]:
    """The Latin words in a template's text and visible attributes, outside of template tags."""
    for block in ("comment", "blocktranslate", "blocktrans"):
        source = re.sub(rf"{{% {block}\b.*?{{% end{block} %}}", " ", source, flags=re.DOTALL)
    source = re.sub(r"<(/?){%.*?%}", r"<\1", source)  # a tag whose name is a variable
    source = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " \u2063 ", source, flags=re.DOTALL)
    found = [part.strip("| ") for text in spoken(source) for part in text.split("\u2063")]
    return [part for part in found if LATIN_WORD.search(part) and part not in NAMES]
