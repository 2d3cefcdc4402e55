"""The screen for slots."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import AppointmentSlot
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen


@admin.register(AppointmentSlot)
class SlotScreen(Screen):
    """Slots that have been booked at least once."""

    icon = "view_timeline"
    empty_text = _("Slots appear here once they have been booked.")
    list_display = ["starts_at", "ends_at", "doctor", "clinic"]
    list_filter = [("starts_at", TimeRange)]
    list_select_related = ["doctor", "clinic"]
    ordering = ["-starts_at"]
    fieldsets = [(None, {"fields": [("doctor", "clinic"), ("starts_at", "ends_at")]})]
    readonly_fields = ["doctor", "clinic", "starts_at", "ends_at"]
