"""The title of an admin page: the list, the row, and what the page is for, each named once."""

from typing import NamedTuple, cast

from django import template
from django.db.models import Model
from django.db.models.options import Options
from django.template import RequestContext
from django.utils.translation import gettext_lazy as _

from shs.core.admin.addresses import list_of, page_of
from shs.core.labels import Label
from shs.core.menu import list_title

register = template.Library()

ENDINGS = {
    "_history": _("History"),
    "_simple_history": _("Former version"),
    "_delete": _("Delete"),
    "_import": _("Import"),
    "_export": _("Export"),
}
"""How the name of an address ends → the last part of its title."""


class Part(NamedTuple):
    """A part of the title, with the address of its page."""

    title: Label
    link: str = ""


@register.inclusion_tag("unfold/helpers/header_title.html", takes_context=True)
def page_title(context: RequestContext) -> dict[str, list[Part]]:
    """The parts of the title: "Tags › New tag", "Users › Rezaul Munshi › History"; of a page of no model its own
    title."""
    opts = cast("Options[Model] | None", context.get("opts"))
    if opts is None:
        return {"parts": [Part(context.get("content_title") or context.get("title") or "")]}
    parts = [Part(list_title(opts), list_of(opts.model))]
    row = context.get("original") or context.get("object")
    if isinstance(row, Model):
        parts.append(Part(str(row), page_of(row)))
    elif context.get("add"):
        parts.append(Part(new(opts)))
    match = context["request"].resolver_match
    page = str(match.url_name if match else "")
    parts += [Part(title) for ending, title in ENDINGS.items() if page.endswith(f"{opts.model_name}{ending}")]
    return {"parts": parts}


def new(opts: "Options[Model]") -> Label:
    """The title of the page on which a row is added."""
    return _("New %(kind)s") % {"kind": opts.verbose_name}
