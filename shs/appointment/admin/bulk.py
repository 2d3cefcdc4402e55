"""Actions on several visits of the list."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from shs.appointment import services
from shs.appointment.admin.cause import CauseForm, cause_of
from shs.appointment.admin.confirming import confirm_page, confirm_visits
from shs.appointment.models import Appointment, Status
from shs.core.admin.screen import Screen
from shs.core.dates import show_datetime, show_time
from shs.core.labels import Label
from shs.users.models import User
from shs.users.requests import UserRequest


class DelayForm(forms.Form):
    """By how many minutes a doctor is late."""

    minutes = forms.IntegerField(
        label=_("Minutes late"), min_value=5, max_value=300, widget=UnfoldAdminIntegerFieldWidget
    )


class Bulk(Screen):
    """Mixin of the visits' screen: for several visits, confirm them, send reminders, tell that the doctor is late, note
    who was called, or cancel them; a page lists those affected. That the doctor is away is said as time off, which asks
    what becomes of each."""

    actions = ["confirm_chosen", "remind_chosen", "delay_chosen", "away_chosen", "called_chosen", "cancel_chosen"]

    def has_confirm_permission(self, request: UserRequest) -> bool:
        return self._may(request, "confirm")

    def has_remind_permission(self, request: UserRequest) -> bool:
        return self._may(request, "remind")

    def has_cancel_permission(self, request: UserRequest) -> bool:
        return self._may(request, "cancel")

    @admin.action(description=_("Confirm…"), permissions=["confirm"])
    def confirm_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        visits = _at_most(request, queryset)
        if visits is None:
            return None
        back = request.get_full_path()
        if "decided" in request.POST:
            return confirm_visits(request, visits, back)
        return confirm_page(request, visits, back)

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

    @admin.action(description=_("Doctor is late…"), permissions=["remind"])
    def delay_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        visits = _at_most(request, queryset)
        if visits is None:
            return None
        form = DelayForm(request.POST if "decided" in request.POST else None)
        if form.is_valid():
            minutes = form.cleaned_data["minutes"]
            told = services.tell_delay(visits, request.user, minutes=minutes, now=timezone.now())
            messages.success(request, ngettext("%d patient is told.", "%d patients are told.", told) % told)
            if left := len(visits) - told:
                words = ngettext(
                    "No message was sent about %d visit: it is over or cancelled, or its patient knows already.",
                    "No message was sent about %d visits: they are over or cancelled, or their patients know already.",
                    left,
                )
                messages.warning(request, words % left)
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Doctor is late"),
            "visits": visits,
            "form": form,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/appointment/delay.html", context)

    @admin.action(description=_("Doctor is away…"), permissions=["cancel"])
    def away_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """To the form of time off over the chosen visits of one doctor; the planner follows."""
        visits = _at_most(request, queryset)
        if not visits:
            return None
        if len({visit.doctor_id for visit in visits}) > 1:
            messages.error(request, _("Choose visits of one doctor."))
            return None
        period = {"starts_at": visits[0].starts_at, "ends_at": max(visit.ends_at for visit in visits)}
        wanted = {"doctor": visits[0].doctor_id, **{name: at.isoformat() for name, at in period.items()}}
        return HttpResponseRedirect(f"{reverse('admin:doctors_timeoff_add')}?{urlencode(wanted)}")

    @admin.action(description=_("Told by phone"), permissions=["remind"])
    def called_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> None:
        visits = _at_most(request, queryset)
        if visits is None:
            return
        if done := services.called(visits, request.user):
            words = ngettext("%d patient is marked as told by phone.", "%d patients are marked as told by phone.", done)
            messages.success(request, words % done)
        else:
            messages.warning(request, _("None of these patients had to be called."))

    @admin.action(description=_("Cancel…"), permissions=["cancel"])
    def cancel_chosen(self, request: UserRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        visits = _at_most(request, queryset)
        if visits is None:
            return None
        affected, others = _split(request.user, visits)
        form = CauseForm(request.POST if "decided" in request.POST else None, user=request.user)
        if form.is_valid() and affected:
            cause = cause_of(affected[0], request.user, form.cleaned_data, timezone.now())
            done, refused = services.cancel_all(affected, request.user, cause=cause)
            if done:
                words = ngettext("%d visit was cancelled.", "%d visits were cancelled.", done) % done
                messages.success(request, words)
            for words in refused:
                messages.error(request, words)
            tell_offered(request, affected, timezone.now())
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


def tell_offered(request: UserRequest, visits: Iterable[Appointment], now: datetime) -> None:
    """Offer the times of cancelled visits to those who wait for them, and name each of them."""
    for offer in services.offer_freed(visits, now):
        words = _("%(when)s with %(doctor)s is offered to %(name)s on the waiting list until %(until)s.") % {
            "when": show_datetime(offer.starts_at),
            "doctor": offer.doctor.name,
            "name": offer.wish.patient.name,
            "until": show_time(offer.open_until),
        }
        messages.info(request, words)


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
