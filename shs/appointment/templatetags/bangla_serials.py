"""Template filters of the pages for waiting patients."""

from django import template

from shs.core.digits import bangla_digits

register = template.Library()


@register.filter
def in_bangla(number: int) -> str:
    """A serial in Bangla digits."""
    return bangla_digits(str(number))
