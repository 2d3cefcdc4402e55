"""The screen for what patients say of doctors."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin import Screen
from shs.doctors.models import DoctorReview


@admin.register(DoctorReview)
class ReviewScreen(Screen):
    """Reviews; the patient's address is not shown."""

    icon = "reviews"
    empty_text = _("Patients review a doctor after a completed visit; what they say is listed here.")
    list_display = ["created_at", "doctor", "rating", "excerpt", "status_label"]
    list_filter = [("status", ChoicesDropdownFilter), "rating"]
    search_fields = ["doctor__name", "comment"]
    list_select_related = ["doctor"]
    ordering = ["-pk"]
    fieldsets = [(None, {"fields": [("doctor", "rating"), "comment", ("status", "created_at")]})]
    readonly_fields = ["doctor", "rating", "comment", "status", "created_at"]

    @display(description=_("Comment"))
    def excerpt(self, review):
        return review.comment[:80]

    @display(description=_("State"), label={"Published": "success", "Hidden": "warning"})
    def status_label(self, review):
        return review.get_status_display()
