"""Helpers for the cells of list pages."""

from django.utils.html import format_html


def person(name: str, detail: str) -> list[str]:
    """The value of a column with unfold's `header` display: two lines of text and the initials."""
    initials = "".join(word[0] for word in name.removeprefix("Dr. ").split()[:2]).upper()
    return [name, detail, initials]


def link_to(url: str, text: object) -> str:
    """An HTML link for a list cell or a read-only field."""
    return format_html('<a class="shs-link" href="{}">{}</a>', url, text)
