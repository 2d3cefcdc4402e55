"""The screen for documents, and the view that serves the file after checking permission."""

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.pages import Page
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.dates import show_datetime
from shs.core.errors import Refused
from shs.core.grants.table import may_all
from shs.credentialing import services
from shs.credentialing.models import DoctorDocument
from shs.credentialing.uploads import served
from shs.doctors.permissions import own_profile
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
                    ("expires_on", "uploaded"),
                    "opened",
                ]
            },
        )
    ]
    readonly_fields = ["uploaded", "opened"]
    add_fieldsets = [(None, {"fields": ["doctor", ("kind", "expires_on"), "file"]})]
    autocomplete_fields = ["doctor"]
    concealed_from = {"opened": "read", "file": "read"}
    pages = [Page("<path:object_id>/file/", "file_view", "file", needs="read")]

    def get_fieldsets(self, request: UserRequest, obj: DoctorDocument | None = None) -> FieldSets:
        """Doctors upload their own documents; officers choose whose."""
        if obj is None and not may_all(request.user, DoctorDocument, "add"):
            return [(None, {"fields": [("kind", "expires_on"), "file"]})]
        return super().get_fieldsets(request, obj)

    def save_model(
        self, request: UserRequest, obj: DoctorDocument, form: "ModelForm[DoctorDocument]", change: bool
    ) -> None:
        """Stores it as if the doctor had sent it."""
        if "doctor" not in form.cleaned_data:
            own = own_profile(request.user)
            if own is None:
                raise Refused(_("Apply as a doctor first."))
            obj.doctor = own
        made = services.add_document(
            doctor=obj.doctor,
            kind=obj.kind,
            upload=form.cleaned_data["file"],
            expires_on=obj.expires_on,
            now=timezone.now(),
        )
        obj.__dict__.update(made.__dict__)

    def response_add(
        self, request: UserRequest, obj: DoctorDocument, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Back to the doctor, unless there is more to upload."""
        if "_addanother" in request.POST:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        messages.success(request, _("The document is stored."))
        return HttpResponseRedirect(reverse("admin:doctors_doctorinformation_change", args=(obj.doctor_id,)))

    def file_view(self, request: UserRequest, document: DoctorDocument) -> HttpResponseBase:
        """Serve the file."""
        return served(request, document, framed="framed" in request.GET)

    @display(description=_("Uploaded"))
    def uploaded(self, document: DoctorDocument) -> str:
        """When, and by whom: the doctor, or somebody of the office for them."""
        first = (
            document.history.unrestricted("who uploaded it")
            .filter(history_type="+")
            .select_related("history_user")
            .first()
        )
        by = first.history_user if first else None
        time = show_datetime(document.created_at)
        return str(_("%(time)s, by %(name)s") % {"time": time, "name": by}) if by else time

    @display(description=_("File"))
    def opened(self, document: DoctorDocument) -> str:
        url = reverse("admin:credentialing_doctordocument_file", args=(document.pk,))
        if document.content_type == "application/pdf":
            return link_to(url, _("Open the PDF"))
        return format_html('<img class="shs-document" src="{}" alt="{}">', url, document)
