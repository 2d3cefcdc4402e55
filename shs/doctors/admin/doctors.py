"""The verification queue, and a doctor's page."""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.core.admin import Screen, StepForm, masked_email, person, step
from shs.core.permissions import held, holders_of
from shs.core.resources import Exports
from shs.core.tabs import Tab
from shs.doctors import services
from shs.doctors.models import DoctorInformation, Verification
from shs.doctors.models.doctor import OPEN
from shs.doctors.parts import QUIET
from shs.doctors.resources import DoctorColumns
from shs.doctors.workdays import DUE_DAYS, LATE_DAYS, working_days_between

DECIDED = (Verification.APPROVED, Verification.REJECTED, Verification.SUSPENDED)


class DoctorForm(forms.ModelForm):
    """A doctor's profile; languages are written with commas."""

    languages = forms.CharField(
        label=_("Languages"),
        required=False,
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("With commas, such as: Bangla, English"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["languages"] = ", ".join(self.instance.languages)

    def clean_languages(self):
        words = [word.strip() for word in self.cleaned_data["languages"].split(",")]
        return [word for word in words if word][:10]


class TextForm(StepForm):
    """A text that the doctor is sent."""

    text = forms.CharField(
        label=_("Message to the doctor"),
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("Sent by e-mail and kept in the history."),
    )


class OptionalTextForm(TextForm):
    """As TextForm; nothing need be said."""

    text = forms.CharField(
        label=_("Message to the doctor (optional)"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Sent by e-mail and kept in the history."),
    )


def taken_on(user) -> Q:
    """The open cases that the user has taken on."""
    return Q(pk__in=held(user, DoctorInformation, "review"))


@admin.register(DoctorInformation)
class DoctorScreen(Exports, Screen):
    """Doctors, and the queue of those who wait for verification."""

    form = DoctorForm
    icon = "stethoscope"
    in_quick_search = True
    quick_search_order = 10
    empty_text = _("Nobody is waiting here. New applications appear under “Waiting”.")
    change_form_outer_before_template = "admin/doctors/review_panel.html"
    list_display = ["who", "practice", "license_number", "waiting", "reviewer_name", "next_steps"]
    list_filter = [
        ("verification_status", ChoicesDropdownFilter),
        ("location", FieldTextFilter),
        ("submitted_at", RangeDateTimeFilter),
    ]
    search_fields = ["name", "user__email", "license_number"]
    concealed_from = {"user__email": "claim"}
    history_needs = "practise"
    search_help_text = _("Name, e-mail address or licence number")
    ordering = ["submitted_at", "pk"]
    list_select_related = ["user"]
    resource_classes = [DoctorColumns]
    filter_horizontal = ["specializations"]
    fieldsets = [
        (_("Profile"), {"fields": ["license_number", ("experience", "fees"), "education", "specializations"]}),
        (_("Practice"), {"fields": ["location", "clinics", "languages", "bio"]}),
        (
            _("Verification"),
            {"fields": [("verification_status", "submitted_at", "decided_at"), "verification_note"]},
        ),
        (_("Ratings"), {"fields": [("rating", "rating_count")]}),
    ]
    tabs = [
        Tab("waiting", _("Waiting"), lambda user: Q(verification_status__in=OPEN)),
        Tab("mine", _("Mine"), taken_on),
        Tab("needs_info", _("Needs info"), lambda user: Q(verification_status=Verification.NEEDS_INFO)),
        Tab("decided", _("Decided"), lambda user: Q(verification_status__in=DECIDED)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
        *QUIET,
    ]

    def get_tabs(self, request):
        """The queue's tabs are for those who verify; others open one plain list."""
        return self.tabs if self._may(request, "claim") else [tab for tab in self.tabs if tab.key == "all"]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            holder = obj.reviewer()
            documents = obj.documents.allowed(request.user, "view").order_by("kind", "-pk")
            readable = set(obj.documents.allowed(request.user, "read").values_list("pk", flat=True))
            context |= {
                "doctor": obj,
                "holder": holder,
                "is_mine": holder is not None and holder.user_id == request.user.pk,
                "documents": [(row, row.pk in readable) for row in documents],
                "verifies": self._may(request, "claim", obj),
                "shown_email": self._shown_email(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def found_as(self, request, row):
        return f"{row.license_number} · {row.get_verification_status_display()}"

    def save_model(self, request, obj, form, change):
        """What a doctor says of themselves changes by one service, from either door."""
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in self.own_fields}
        stored = DoctorInformation.objects.get(pk=obj.pk)
        services.change(doctor=stored, changes=changed, now=timezone.now())
        obj.refresh_from_db()

    own_fields = ("license_number", "experience", "fees", "education", "location", "languages", "bio")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        services.refresh_derived(form.instance)

    @display(description=_("Doctor"), header=True, ordering="name")
    def who(self, doctor):
        return person(doctor.name, doctor.shown_email)

    @display(description=_("Verification"), label=True)
    def state(self, doctor):
        return doctor.get_verification_status_display()

    @display(description=_("Specialty and city"))
    def practice(self, doctor):
        names = ", ".join(card["name"] for card in doctor.specialty_cards)
        return f"{names} · {doctor.location}"

    @display(description=_("Waiting since"), ordering="submitted_at")
    def waiting(self, doctor):
        if doctor.verification_status not in OPEN:
            return doctor.get_verification_status_display()
        days = working_days_between(doctor.submitted_at, timezone.now())
        state, word = (
            ("danger", _("late"))
            if days >= LATE_DAYS
            else ("warning", _("due"))
            if days >= DUE_DAYS
            else ("good", _("on time"))
        )
        return format_html(
            '<span class="shs-label shs-label-{}">{}</span> {}', state, word, timesince(doctor.submitted_at, depth=1)
        )

    def prepare_page(self, request, records):
        super().prepare_page(request, records)
        held_by = holders_of(DoctorInformation, [doctor.pk for doctor in records], "review")
        for doctor in records:
            doctor.holder = held_by.get(doctor.pk)
            doctor.shown_email = self._shown_email(request, doctor)

    def _shown_email(self, request, doctor):
        """The address, for those who verify and for the doctor; others see enough to recognise it."""
        is_open = doctor.user_id == request.user.pk or self._may(request, "claim")
        return doctor.user.email if is_open else masked_email(doctor.user.email)

    def get_list_display(self, request):
        """How long somebody waits, and with whom, is for those who verify."""
        shown = super().get_list_display(request)
        if self._may(request, "claim"):
            return shown
        return [*(name for name in shown if name not in {"waiting", "reviewer_name", "next_steps"}), "state", "rating"]

    @display(description=_("Reviewer"))
    def reviewer_name(self, doctor):
        return doctor.holder.user.name if doctor.holder else "–"

    @step(
        "claim",
        _("Claim"),
        text=_("The case is yours for two hours: its documents open for you, and nobody else can decide it."),
        done=_("The case is yours for two hours."),
        when=lambda doctor: doctor.verification_status in (*OPEN, Verification.APPROVED),
    )
    def claim(self, request, doctor, data):
        doctor.claim(by=request.user, now=timezone.now())

    @step(
        "decide",
        _("Approve…"),
        to=Verification.APPROVED,
        status_field="verification_status",
        form=OptionalTextForm,
        primary=True,
        text=_("From now on patients find and book this doctor, who may prescribe and publish."),
        done=_("Approved: patients can find and book this doctor now."),
        in_list=False,
    )
    def approve(self, request, doctor, data):
        services.decide(doctor=doctor, decision="approve", reason=data["text"], now=timezone.now())

    @step(
        "decide",
        _("Ask for information…"),
        to=Verification.NEEDS_INFO,
        status_field="verification_status",
        form=TextForm,
        text=_("The case waits for the doctor, and comes back when they have answered."),
        done=_("The doctor has been asked."),
        in_list=False,
    )
    def ask(self, request, doctor, data):
        services.ask(doctor=doctor, question=data["text"], now=timezone.now())

    @step(
        "decide",
        _("Reject…"),
        to=Verification.REJECTED,
        status_field="verification_status",
        form=TextForm,
        danger=True,
        text=_("The doctor can correct the problem and apply again."),
        done=_("Rejected; the doctor has been told why."),
        in_list=False,
    )
    def reject(self, request, doctor, data):
        services.decide(doctor=doctor, decision="reject", reason=data["text"], now=timezone.now())

    @step(
        "suspend",
        _("Suspend…"),
        to=Verification.SUSPENDED,
        status_field="verification_status",
        form=TextForm,
        danger=True,
        text=_(
            "At once: not found, not booked, no prescribing, no publishing. Booked visits stay until they are moved."
        ),
        done=_("Suspended; the doctor has been told why."),
        in_list=False,
    )
    def suspend(self, request, doctor, data):
        services.suspend(doctor=doctor, reason=data["text"], now=timezone.now())

    @step(
        "claim",
        _("Reopen"),
        to=Verification.PENDING,
        status_field="verification_status",
        text=_("The case goes back into the queue and is verified anew."),
        done=_("The case is back in the queue."),
        in_list=False,
        when=lambda doctor: doctor.verification_status in (Verification.SUSPENDED, Verification.REJECTED),
    )
    def reopen(self, request, doctor, data):
        with transaction.atomic():
            doctor.resubmit(reason="reopened", now=timezone.now())
