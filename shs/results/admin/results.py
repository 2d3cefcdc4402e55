"""The screen for results: handed in by doctors and desks, reviewed by doctors, never deleted."""

from collections import defaultdict
from collections.abc import Sequence

from django.contrib import admin, messages
from django.db.models import Field, Model, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.pages import Page
from shs.core.admin.ranges import DayRange
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_date, show_datetime
from shs.core.errors import NotFound
from shs.core.grants.table import NOTHING, holds
from shs.core.labels import Label
from shs.core.records.files import PDF
from shs.doctors.permissions import own_ids
from shs.medical_record.admin.chart import ChartRows
from shs.medical_record.permissions import charts_writable, visits_alone
from shs.prescription.admin.papers import asked_size
from shs.prescription.admin.prescriptions import PrescriptionScreen
from shs.results import orders, pdf, services
from shs.results.admin.forms import VALUE_ROWS, EnterForm, MedicinesForm, ReviewForm, SendForm, is_on_paper
from shs.results.models import Finding, Result, ResultValue, Status
from shs.results.resources import ResultColumns
from shs.results.uploads import served
from shs.users.models import User
from shs.users.requests import UserRequest


def my_reviews(user: User) -> Q:
    """What the user has to review as a doctor."""
    return Q(doctor__in=own_ids(user)) & Result.to_review()


def my_critical(user: User) -> Q:
    """The user's red list as a doctor."""
    return Q(doctor__in=own_ids(user)) & Result.unacknowledged()


MINE = Tab("mine", _("For me to review"), my_reviews)
RED = Tab("my_critical", _("My critical results"), my_critical, quiet=True)
OTHERS = [
    Tab("to_review", _("To review"), lambda user: Result.to_review()),
    Tab("critical", _("Critical"), lambda user: Result.unacknowledged()),
    Tab("reviewed", Status.REVIEWED.label, lambda user: Q(status=Status.REVIEWED)),
    Tab("errors", Status.ENTERED_IN_ERROR.label, lambda user: Q(status=Status.ENTERED_IN_ERROR)),
    Tab("all", _("All"), lambda user: ~Q(pk__in=())),
]

PrescriptionScreen.offer_tab(Tab("no_result", _("Ordered, no result"), orders.my_overdue, quiet=True))


def is_standing(row: Result) -> bool:
    """Whether it was not entered in error."""
    return row.status != Status.ENTERED_IN_ERROR


@admin.register(Result)
class ResultScreen(ChartRows, Screen):
    """Results and other papers of charts. Desks hand them in and cannot read them."""

    icon = "lab_research"
    empty_text = _("Results of the patients whose charts are open to you are listed here.")
    list_display = ["taken", "patient_and_title", "found", "finding_label", "status_label", "next_steps"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("finding", ChoicesDropdownFilter),
        ("doctor", AutocompleteFilter),
        ("taken_on", DayRange),
    ]
    search_fields = ["patient__name"]
    search_help_text = _("Patient")
    autocomplete_fields = ["patient"]
    ordering = ["-taken_on", "-pk"]
    resource_classes = [ResultColumns]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient_link", "kind", "status_label"),
                    ("title", "taken_on", "laboratory"),
                    "measured",
                    "opened",
                    "note",
                    "comment",
                ]
            },
        ),
        (
            _("Record"),
            {
                "fields": [
                    ("doctor", "ordered"),
                    ("source", "sent_by", "sent_at"),
                    ("reviewed_by", "reviewed_at"),
                    ("acknowledged_by", "acknowledged_at"),
                    "is_confidential",
                ]
            },
        ),
    ]
    readonly_fields = ["patient_link", "status_label", "measured", "opened", "ordered"]
    add_form = SendForm
    paper = ["patient", ("kind", "title"), ("taken_on", "laboratory"), "file", "note"]
    add_fieldsets = [
        (None, {"fields": [*paper, "is_confidential"]}),
        (_("Values, as they are on the paper"), {"fields": VALUE_ROWS}),
    ]
    desk_fieldsets = [
        (None, {"fields": paper}),
        (_("Values, as they are on the paper"), {"fields": VALUE_ROWS}),
    ]
    tabs = [MINE, RED, *OTHERS]
    pages = [
        Page("<path:object_id>/file/", "file_view", "file", needs="view", read_as="file"),
        Page("<path:object_id>/pdf/", "pdf_view", "pdf", needs="view", read_as="PDF"),
    ]

    def get_tabs(self, request: UserRequest) -> list[Tab]:
        """Doctors begin with what they have to review."""
        return self.tabs if holds(request.user, "results.review_result") else OTHERS

    def get_queryset(self, request: UserRequest) -> QuerySet[Result]:
        people = ("patient", "doctor", "sent_by", "reviewed_by", "acknowledged_by")
        return super().get_queryset(request).select_related(*people, "order__prescription")

    def prepare_page(self, request: UserRequest, records: Sequence[Result]) -> None:
        super().prepare_page(request, records)
        rows = ResultValue.objects.unrestricted("of rows that are shown").filter(result__in=[row.pk for row in records])
        values = defaultdict(list)
        for value in sorted(rows.order_by(), key=lambda value: value.pk):  # sorted by the database, it reads them all
            values[value.result_id].append(value)
        for row in records:
            vars(row)["found_values"] = values[row.pk]

    # --- Handing in ---

    def get_fieldsets(self, request: UserRequest, obj: Result | None = None) -> FieldSets:
        if obj is None and not holds(request.user, "results.review_result"):
            return self.desk_fieldsets
        return super().get_fieldsets(request, obj)

    def _choices(
        self, db_field: "Field[object, object]", request: UserRequest, kwargs: dict[str, object]
    ) -> QuerySet[Model]:
        """Doctors choose patients in whose charts they may write, desks the people of their clinics."""
        if db_field.name == "patient":
            alone = Q(pk__in=set(visits_alone(request.user, timezone.now()).values()))
            rows = charts_writable(request.user, "pk") | alone
            if holds(request.user, "results.hand_in_result"):
                desk = User.objects.allowed(request.user, "recognise").values("pk")
                rows = Q(pk__in=desk) if rows == NOTHING else rows | Q(pk__in=desk)
            return User.objects.unrestricted("cut by the rule of charts, or of the desk").filter(rows)
        return super()._choices(db_field, request, kwargs)

    def save_model(self, request: UserRequest, obj: Result, form: "ModelForm[Result]", change: bool) -> None:
        upload, typed = form.cleaned_data.get("file"), getattr(form, "typed", [])
        obj.file = None  # the service stores it
        services.send(result=obj, upload=upload or None, values=typed, by=request.user, now=timezone.now())

    def response_add(self, request: UserRequest, obj: Result, post_url_continue: str | None = None) -> HttpResponse:
        """A desk cannot open what it has handed in: it goes on with the next one."""
        if request.user.has_perm("results.view_result", obj) and "_addanother" not in request.POST:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        messages.success(request, _("The result is stored. Its doctor will review it."))
        return HttpResponseRedirect(reverse("admin:results_result_add"))

    # --- Columns ---

    @display(description=_("Taken"), ordering="-taken_on")
    def taken(self, row: Result) -> str:
        return show_date(row.taken_on)

    @display(description=_("Patient"), header=True)
    def patient_and_title(self, row: Result) -> list[str]:
        return [row.patient.name, row.title]

    @display(description=_("Patient"))
    def patient_link(self, row: Result) -> str:
        return link_to(reverse("admin:medical_record_medicalrecord_patient", args=(row.patient_id,)), row.patient.name)

    @display(description=_("Values"))
    def found(self, row: Result) -> str:
        values = vars(row)["found_values"]
        lines = [(str(value), "" if value.flag in ("", "normal") else value.get_flag_display()) for value in values[:4]]
        return format_html_join("", "<div>{} <strong>{}</strong></div>", lines) or "–"

    @display(
        description=_("Finding"),
        label={
            str(Finding.CRITICAL.label): "danger",
            str(Finding.ABNORMAL.label): "warning",
            str(Finding.NORMAL.label): "success",
        },
    )
    def finding_label(self, row: Result) -> str:
        return row.get_finding_display()

    @display(
        description=_("State"),
        label={str(Status.WAITING.label): "info", str(Status.ENTERED_IN_ERROR.label): "danger"},
    )
    def status_label(self, row: Result) -> str:
        return row.get_status_display()

    @display(description=_("Values"))
    def measured(self, row: Result) -> str:
        """Each value with its range and, if it was typed in another unit, in the stored one."""
        lines = [
            (
                value.analyte.label,
                value.as_typed,
                "" if value.unit == value.analyte.stored.name else f"= {value.as_stored}",
                _critical_or(value),
                f"{value.range} ({value.range_words})" if value.range else _("no range known"),
            )
            for value in row.values.all()
        ]
        if not lines:
            return "–"
        shown = format_html_join("", "<p>{}: <strong>{}</strong> {} <strong>{}</strong> · {}</p>", lines)
        url = reverse("admin:results_result_pdf", args=(row.pk,))
        paper = format_html('<a class="shs-button" href="{}" target="_blank">{}</a>', url, _("Open PDF to print"))
        return format_html("{}<p>{}</p>", shown, paper)

    @display(description=_("Photo or PDF"))
    def opened(self, row: Result) -> str:
        if not row.file:
            return "–"
        url = reverse("admin:results_result_file", args=(row.pk,))
        if row.content_type == PDF:
            return link_to(url, _("Open the PDF"))
        return format_html('<img class="shs-document" src="{}" alt="{}">', f"{url}?framed=1", row.title)

    @display(description=_("Ordered test"))
    def ordered(self, row: Result) -> str:
        if row.order is None:
            return "–"
        url = reverse("admin:prescription_prescription_change", args=(row.order.prescription_id,))
        return link_to(url, f"{row.order.name} · {show_datetime(row.order.prescription.created_at)}")

    def file_view(self, request: UserRequest, row: Result) -> HttpResponseBase:
        """Serve the file; 404 for values without one."""
        if not row.file:
            raise Http404
        return served(request, row, framed="framed" in request.GET)

    def pdf_view(self, request: UserRequest, row: Result) -> HttpResponse:
        """The values on paper, on the clinic's or with `?paper=A5`; 404 without values."""
        try:
            return pdf.answer(row, request.user, size=asked_size(request))
        except NotFound:
            raise Http404 from None

    # --- Steps ---

    @step(
        "review",
        _("Acknowledge…"),
        text=_(
            "Confirms that you know of the critical value. It leaves your list of critical results, "
            "and still waits for your review."
        ),
        done=_("Acknowledged."),
        primary=True,
        when=lambda row: row.is_red,
    )
    def acknowledge(self, request: UserRequest, row: Result, data: StepData) -> None:
        services.acknowledge(result=row, by=request.user, now=timezone.now())

    @step(
        "review",
        _("Review…"),
        to=Status.REVIEWED,
        form=ReviewForm,
        text=_("The patient can read it in the app from then on."),
        done=_("Reviewed. The patient can read it now."),
        primary=True,
    )
    def review(self, request: UserRequest, row: Result, data: StepData) -> None:
        services.review(result=row, by=request.user, comment=data["comment"], now=timezone.now())

    @step(
        "enter",
        _("Enter values…"),
        form=EnterForm,
        text=_("A value of the same kind replaces the earlier one, which stays in the history."),
        done=_("The values are stored."),
        in_list=False,
        when=lambda row: is_standing(row) and row.kind == Result.Kind.LAB,
    )
    def enter(self, request: UserRequest, row: Result, data: StepData) -> None:
        services.enter(result=row, values=data["values"], by=request.user, now=timezone.now())

    @step(
        "enter",
        _("Add its medicines to the chart…"),
        form=MedicinesForm,
        text=_("They become active medicines of the chart, marked as prescribed elsewhere and not checked."),
        done=_("The medicines are in the chart."),
        in_list=False,
        when=lambda row: is_standing(row) and is_on_paper(row),
    )
    def medicines(self, request: UserRequest, row: Result, data: StepData) -> None:
        services.note_medicines(result=row, medicines=data["medicines"], by=request.user, now=timezone.now())

    @step(
        "retract",
        _("Mark as entered in error…"),
        to=Status.ENTERED_IN_ERROR,
        form=ReasonForm,
        danger=True,
        in_list=False,
        text=_("The result stays in the history, marked as an error; its values no longer count."),
        done=_("Marked as entered in error."),
    )
    def retract(self, request: UserRequest, row: Result, data: StepData) -> None:
        services.retract(result=row, reason=data["reason"])


def _critical_or(value: ResultValue) -> Label:
    if value.is_critical:
        return _("critical")
    return "" if value.flag in ("", "normal") else value.get_flag_display()
