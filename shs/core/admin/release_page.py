"""The page on which an admin lets a restored system send messages again."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from shs.core.admin.site import BackOffice
from shs.core.admin.steps import ReasonForm
from shs.core.backup.models import Restore, held, release
from shs.core.caller import MemberRequest
from shs.core.dates import show_datetime
from shs.core.errors import Refused
from shs.core.labels import Label


class ReleaseForm(ReasonForm):
    """Asks for the reason, and whether messages that were due before the restore are sent or dropped."""

    withdraws_due = forms.BooleanField(
        label=_("Withdraw the messages that were due before the restore"),
        help_text=_("The original system may have sent them already."),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )


def release_page(request: MemberRequest) -> HttpResponse:
    """GET shows the form, POST releases the messages. Errors are shown on the form."""
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _release(request, form):
        return HttpResponseRedirect(reverse("admin:system"))
    found = held()
    context = {
        **admin.site.each_context(request),
        "title": _("Send messages again"),
        "form": form,
        "step": {
            "title": _("Send messages again"),
            "text": _(
                "Only when the original system no longer runs: people would otherwise get the same message twice."
            ),
            "keep_label": _("Go back"),
            "danger": True,
        },
        "subject": _facts(found) if found else [],
        "is_legal": found is not None,
        "back": reverse("admin:system"),
        "action_url": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/step.html", context)


def _release(request: MemberRequest, form: ReleaseForm) -> bool:
    asked = form.cleaned_data
    try:
        release(
            by_id=request.user.pk,
            reason=asked["reason"],
            withdraws_due=asked["withdraws_due"],
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal.detail))
        return False
    messages.success(request, _("Messages are sent again."))
    return True


def _facts(restore: Restore) -> list[tuple[Label, str]]:
    return [
        (_("Backup"), restore.file),
        (_("Taken"), show_datetime(restore.taken_at)),
        (_("Restored"), show_datetime(restore.restored_at)),
    ]


assert isinstance(admin.site, BackOffice)
admin.site.add_page("system/release/", release_page, name="system_release", needs="core.release_restore")
