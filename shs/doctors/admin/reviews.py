"""The screen for what patients say of doctors."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, step
from shs.doctors import services
from shs.doctors.models import DoctorReview


@admin.register(DoctorReview)
class ReviewScreen(Screen):
    """Reviews; the patient's address is not shown."""

    icon = "reviews"
    empty_text = _("Patients review a doctor after a completed visit; what they say is listed here.")
    list_display = ["created_at", "doctor", "rating", "excerpt", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter), "rating"]
    search_fields = ["doctor__name", "comment"]
    list_select_related = ["doctor"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("doctor", "rating"), "comment", ("status", "created_at"), ("answer", "answered_at")]})
    ]
    readonly_fields = ["doctor", "rating", "comment", "status", "created_at"]

    @display(description=_("Comment"))
    def excerpt(self, review):
        return review.comment[:80]

    @display(description=_("State"), label={"Published": "success", "Hidden": "warning"})
    def status_label(self, review):
        return review.get_status_display()

    @step(
        "hide",
        _("Hide…"),
        to=DoctorReview.Status.HIDDEN,
        form=ReasonForm,
        danger=True,
        text=_("Nobody reads it any more, and it counts no more. The patient is sent the reason."),
        done=_("Hidden; the patient has been told why."),
    )
    def hide(self, request, review, data):
        services.hide_review(review=review, reason=data["reason"])

    @step(
        "hide",
        _("Restore…"),
        to=DoctorReview.Status.PUBLISHED,
        form=ReasonForm,
        text=_("Everybody reads it again, and it counts."),
        done=_("It can be read again."),
    )
    def restore(self, request, review, data):
        services.restore_review(review=review, reason=data["reason"])
