"""Screens for working hours and time off."""

from datetime import datetime, time, timedelta

from django.contrib import admin
from django.db.models import Q
from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.tabs import Tab
from shs.doctors import services
from shs.doctors.models import DoctorAvailability, TimeOff
from shs.users.models import User
from shs.users.requests import UserRequest


@admin.register(DoctorAvailability)
class AvailabilityScreen(Screen):
    """Weekly working hours."""

    icon = "schedule"
    empty_text = _("Without working hours a doctor cannot be booked. Add them here.")
    list_display = ["doctor", "day", "hours", "slot_minutes", "clinic"]
    list_filter = [("weekday", ChoicesDropdownFilter)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor", "clinic"]
    autocomplete_fields = ["doctor"]
    ordering = ["doctor", "weekday", "start"]
    fieldsets = [(None, {"fields": [("doctor", "clinic"), "weekday", ("start", "end"), "slot_minutes"]})]

    def save_model(
        self, request: UserRequest, obj: DoctorAvailability, form: "ModelForm[DoctorAvailability]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        services.refresh_derived(obj.doctor)

    def delete_model(self, request: UserRequest, obj: DoctorAvailability) -> None:
        super().delete_model(request, obj)
        services.refresh_derived(obj.doctor)

    @display(description=_("Day"), ordering="weekday")
    def day(self, block: DoctorAvailability) -> str:
        return block.get_weekday_display()

    @display(description=_("Hours"), ordering="start")
    def hours(self, block: DoctorAvailability) -> str:
        return f"{block.start:%H:%M}–{block.end:%H:%M}"


def away_today(user: User) -> Q:
    """Time off that overlaps today, in the clinic's zone."""
    start = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return Q(starts_at__lt=start + timedelta(days=1), ends_at__gt=start)


@admin.register(TimeOff)
class TimeOffScreen(Screen):
    """Doctors' time off."""

    icon = "event_busy"
    empty_text = _("No time off is planned.")
    list_display = ["doctor", "starts_at", "ends_at", "reason"]
    list_filter = [("starts_at", TimeRange)]
    search_fields = ["doctor__name"]
    list_select_related = ["doctor"]
    autocomplete_fields = ["doctor"]
    ordering = ["-starts_at"]
    tabs = [
        Tab("coming", _("Current and upcoming"), lambda user: Q(ends_at__gt=timezone.now())),
        Tab("today", _("Away today"), away_today),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [(None, {"fields": ["doctor", ("starts_at", "ends_at"), "reason"]})]
