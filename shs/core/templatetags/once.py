"""`{% csrf_token %}` with the one-time key of the office's forms, for all templates, those of libraries too."""

from uuid import uuid4

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shs.core.admin.once import KEYED

register = template.Library()


class KeyedToken(CsrfTokenNode):
    """Django's hidden field and, in the office and where its people post elsewhere, one with a new key."""

    def render(self, context: Context) -> SafeString:
        field = mark_safe(super().render(context))  # noqa: S308  (Django made it)
        request = getattr(context, "request", None) or context.get("request")
        if not field or request is None or not request.path.startswith(KEYED):
            return field
        key = format_html('<input type="hidden" name="once" value="{}" autocomplete="off">', uuid4())
        return field + key


@register.tag
def csrf_token(parser: Parser, token: Token) -> KeyedToken:
    """The fields without which no form of the office is taken."""
    return KeyedToken()
