"""The screen for documents, and the view that serves the file after checking permission."""

from django.contrib import admin
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.credentialing.models import DoctorDocument
from shs.credentialing.uploads import served
from shs.users.requests import UserRequest


@admin.register(DoctorDocument)
class DocumentScreen(Screen):
    """Documents that doctors sent; opening a file is written to the read log."""

    icon = "description"
    empty_text = _("Documents of the cases that you have claimed are listed here.")
    list_display = ["kind", "doctor", "original_name", "expires_on", "created_at"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    list_select_related = ["doctor"]
    ordering = ["-pk"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("doctor", "kind"),
                    ("original_name", "content_type", "size"),
                    ("expires_on", "created_at"),
                    "opened",
                ]
            },
        )
    ]
    readonly_fields = ["created_at", "opened"]
    concealed_from = {"opened": "read", "file": "read"}
    pages = [Page("<path:object_id>/file/", "file_view", "file", needs="read")]

    def file_view(self, request: UserRequest, document: DoctorDocument) -> HttpResponseBase:
        """Serve the file."""
        return served(request, document, framed="framed" in request.GET)

    @display(description=_("File"))
    def opened(self, document: DoctorDocument) -> str:
        url = reverse("admin:credentialing_doctordocument_file", args=(document.pk,))
        if document.content_type == "application/pdf":
            return link_to(url, _("Open the PDF"))
        return format_html('<img class="shs-document" src="{}" alt="{}">', url, document)
