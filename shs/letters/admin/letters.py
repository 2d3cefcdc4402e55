"""The screen for letters: read, printed and cancelled; they are written on the page of their visit."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.pages import Page
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_date, show_datetime
from shs.letters import pdf, services
from shs.letters.models import Letter, Status
from shs.letters.resources import LetterColumns
from shs.letters.shown import shown_parts
from shs.medical_record.admin.chart import ChartRows
from shs.prescription.admin.papers import asked_size
from shs.users.requests import UserRequest


@admin.register(Letter)
class LetterScreen(ChartRows, Screen):
    """Referral letters, sick notes and visit summaries."""

    icon = "description"
    empty_text = _("No letters yet. Doctors write them on the page of a visit.")
    list_display = ["issued", "patient_and_doctor", "kind", "days", "status_label", "next_steps"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("doctor", AutocompleteFilter),
        ("issued_at", TimeRange),
    ]
    search_fields = ["patient__name", "doctor__name", "visit__number"]
    search_help_text = _("Patient, doctor or visit")
    ordering = ["-issued_at", "-pk"]
    resource_classes = [LetterColumns]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient_link", "doctor"),
                    ("visit", "kind", "status_label"),
                    ("issued", "paper"),
                    "content",
                ]
            },
        ),
        (_("Record"), {"fields": [("colleague", "is_confidential", "language"), "status_reason", "seal"]}),
    ]
    readonly_fields = ["patient_link", "status_label", "issued", "paper", "content", "seal"]
    tabs = [
        Tab("issued", Status.ISSUED.label, lambda user: Q(status=Status.ISSUED)),
        Tab("cancelled", Status.CANCELLED.label, lambda user: Q(status=Status.CANCELLED)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    pages = [Page("<path:object_id>/pdf/", "pdf_view", "pdf", needs="view", read_as="PDF")]

    def get_queryset(self, request: UserRequest) -> QuerySet[Letter]:
        return super().get_queryset(request).select_related("patient", "doctor", "visit__clinic", "colleague")

    def pdf_view(self, request: UserRequest, row: Letter) -> HttpResponse:
        """The PDF, on the clinic's paper or with `?paper=A5`."""
        return pdf.answer(request, row, size=asked_size(request), framed=bool(request.GET.get("framed")))

    # --- Columns ---

    @display(description=_("Issued"), ordering="-issued_at")
    def issued(self, row: Letter) -> str:
        return show_datetime(row.issued_at)

    @display(description=_("Patient and doctor"), header=True)
    def patient_and_doctor(self, row: Letter) -> list[str]:
        return [row.patient.name, row.doctor.name]

    @display(description=_("Patient"))
    def patient_link(self, row: Letter) -> str:
        return link_to(reverse("admin:medical_record_medicalrecord_patient", args=(row.patient_id,)), row.patient.name)

    @display(description=_("Days"))
    def days(self, row: Letter) -> str:
        return " – ".join(map(show_date, row.days)) if row.days else "–"

    @display(
        description=_("State"),
        label={str(Status.ISSUED.label): "success", str(Status.CANCELLED.label): "danger"},
    )
    def status_label(self, row: Letter) -> str:
        return row.get_status_display()

    @display(description=_("PDF"))
    def paper(self, row: Letter) -> str:
        url = reverse("admin:letters_letter_pdf", args=(row.pk,))
        sizes = [(f"{url}?paper={size}", size) for size in ("A4", "A5")]
        links = format_html_join(" ", '<a class="shs-button" href="{}" target="_blank">{}</a>', sizes)
        first = format_html('<a class="shs-button" href="{}" target="_blank">{}</a>', url, _("Open PDF to print"))
        return format_html("{} {}", first, links)

    @display(description=_("Content"))
    def content(self, row: Letter) -> str:
        lines = [(part.title, part.words) for part in shown_parts(row)]
        return format_html_join("", '<p class="shs-lines"><strong>{}</strong><br>{}</p>', lines) or "–"

    @display(description=_("Seal"))
    def seal(self, row: Letter) -> str:
        if not row.is_intact():
            words = _("NOT VALID: the content was changed after issuing")
            return format_html('<strong class="shs-error">{}</strong>', words)
        return _("intact: %(digest)s…") % {"digest": row.digest[:16]}

    # --- Steps ---

    @step(
        "cancel",
        _("Cancel letter…"),
        keep_label=_("Keep letter"),
        to=Status.CANCELLED,
        form=ReasonForm,
        danger=True,
        text=_("Anyone who scans its code sees that it is not valid. It remains readable."),
        done=_("The letter is cancelled."),
    )
    def cancel(self, request: UserRequest, row: Letter, data: StepData) -> None:
        services.cancel(letter=row, by=request.user, reason=data["reason"], now=timezone.now())
