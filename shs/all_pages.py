"""The page "All pages" of the admin: with all menu entries, also those that the sidebar leaves out."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from shs.console import everything
from shs.core.admin.site import office
from shs.core.caller import MemberRequest


@require_GET
def all_pages(request: MemberRequest) -> HttpResponse:
    """Every list and page of this user, by section."""
    context = {**office.each_context(request), "title": _("All pages"), "groups": everything(request)}
    return TemplateResponse(request, "admin/all_pages.html", context)
