"""Actions on several visits of the list."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.appointment import services
from shs.appointment.models import Appointment, Status
from shs.core.admin.screen import Screen
from shs.core.labels import Label
from shs.users.models import User
from shs.users.requests import UserRequest


class BulkReasonForm(forms.Form):
    """The reason for cancelling several visits, stored in the history of each."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), strip=True
    )


class Bulk(Screen):
    """Mixin of the visits' screen: send reminders for several visits, or cancel them after a page that lists those
    affected."""

    actions = ["remind_chosen", "cancel_chosen"]

    def has_remind_permission(self, request: UserRequest) -> bool:
        return self._may(request, "remind")

    def has_cancel_permission(self, request: UserRequest) -> bool:
        return self._may(request, "cancel")

    @admin.action(description=_("Remind patients"), permissions=["remind"])
    def remind_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> None:
        visits = _at_most(request, queryset)
        if visits is None:
            return
        sent = services.remind(visits, request.user, now=timezone.now())
        if sent:
            messages.success(request, ngettext("%d patient was reminded.", "%d patients were reminded.", sent) % sent)
        if left := len(visits) - sent:
            words = ngettext(
                "No reminder for %d visit: it is over or cancelled, you may not remind its patient, or a "
                "reminder went out today.",
                "No reminders for %d visits: they are over or cancelled, you may not remind their "
                "patients, or reminders went out today.",
                left,
            )
            messages.warning(request, words % left)

    @admin.action(description=_("Cancel…"), permissions=["cancel"])
    def cancel_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        visits = _at_most(request, queryset)
        if visits is None:
            return None
        affected, others = _split(request.user, visits)
        form = BulkReasonForm(request.POST if "decided" in request.POST else None)
        if form.is_valid():
            done, refused = services.cancel_all(affected, request.user, reason=form.cleaned_data["reason"])
            if done:
                words = ngettext("%d visit was cancelled.", "%d visits were cancelled.", done) % done
                messages.success(request, words)
            for words in refused:
                messages.error(request, words)
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel visits"),
            "affected": affected,
            "others": others,
            "form": form,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/appointment/cancel.html", context)


def _at_most(request: UserRequest, queryset: QuerySet[Appointment]) -> list[Appointment] | None:
    """The selected visits; None, with a message, if they are too many for one action."""
    visits = list(queryset.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")[: _MOST + 1])
    if len(visits) > _MOST:
        messages.error(request, _("Select at most %(most)s visits at a time.") % {"most": _MOST})
        return None
    return visits


_MOST = services.MOST_AT_ONCE


def _split(user: User, visits: list[Appointment]) -> tuple[list[Appointment], list[tuple[Appointment, Label]]]:
    """The visits that `user` can cancel, and the others, each with the reason why not."""
    rows = Appointment.objects.allowed(user, "cancel").filter(pk__in=[visit.pk for visit in visits])
    mine = set(rows.values_list("pk", flat=True))
    affected: list[Appointment] = []
    others: list[tuple[Appointment, Label]] = []
    for visit in visits:
        if visit.pk not in mine:
            others.append((visit, _("you may not cancel this visit")))
        elif Status.CANCELLED not in Appointment.STEPS.get(visit.status, ()):
            others.append((visit, visit.get_status_display()))
        else:
            affected.append(visit)
    return affected, others
