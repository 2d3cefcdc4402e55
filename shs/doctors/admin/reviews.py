"""The screen for patients' reviews."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeNumericFilter
from unfold.decorators import display

from shs.core.admin.moderation import Moderates
from shs.core.admin.screen import Screen
from shs.doctors import services
from shs.doctors.models import DoctorReview


@admin.register(DoctorReview)
class ReviewScreen(Moderates, Screen):
    """Reviews; the patient's e-mail address is not shown."""

    icon = "reviews"
    empty_text = _("Reviews that patients write after a completed visit are listed here.")
    list_display = ["created_at", "doctor", "rating", "excerpt", "visibility_label", "next_steps"]
    list_filter = [("visibility", ChoicesDropdownFilter), ("rating", RangeNumericFilter)]
    search_fields = ["doctor__name", "comment"]
    list_select_related = ["doctor"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("doctor", "rating"), "comment", ("visibility", "created_at"), ("answer", "answered_at")]})
    ]
    readonly_fields = ["doctor", "rating", "comment", "visibility", "created_at"]

    @display(description=_("Comment"))
    def excerpt(self, review: DoctorReview) -> str:
        return review.comment[:80]

    def hide_record(self, record: DoctorReview, *, reason: str) -> None:
        services.hide_review(review=record, reason=reason)

    def restore_record(self, record: DoctorReview, *, reason: str) -> None:
        services.restore_review(review=record, reason=reason)
