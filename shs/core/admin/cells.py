"""What stands in the cells of lists."""

from django.utils.html import format_html


def person(name: str, detail: str) -> list[str]:
    """What unfold's `header` column shows: two lines and the initials."""
    initials = "".join(word[0] for word in name.removeprefix("Dr. ").split()[:2]).upper()
    return [name, detail, initials]


def link_to(url: str, text: object) -> str:
    """A link in a cell or a read-only field."""
    return format_html('<a class="shs-link" href="{}">{}</a>', url, text)
