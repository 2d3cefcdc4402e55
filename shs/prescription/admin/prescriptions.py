"""The screen for prescriptions: doctors write, issue, amend and cancel them; others with access can read them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.contrib import admin
from django.db.models import Exists, Field, Model, OuterRef, Q, QuerySet, Value, prefetch_related_objects
from django.forms import Field as FormField
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.appointment.admin import AppointmentScreen
from shs.appointment.admin.session_panel import WithSession
from shs.appointment.admin.times import FOLLOW_UPS
from shs.appointment.models import OPENING, Appointment
from shs.core.admin.base import Context
from shs.core.admin.cells import link_to
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.ranges import DayRange, TimeRange
from shs.core.admin.rights import FieldSets
from shs.core.admin.site import office
from shs.core.admin.steps import ReasonForm, StepData, offered_on, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_datetime
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.medical_record.admin.chart import ChartRows
from shs.medical_record.admin.shown_signs import shown_values
from shs.medical_record.models import MedicalRecord, VisitNote
from shs.medical_record.vital_signs import SIGNS
from shs.prescription import services
from shs.prescription.admin.checks import shown_draft, shown_issued
from shs.prescription.admin.dispensing import shown_given_out
from shs.prescription.admin.forms import DraftForm, IssueForm, Lines, Tests
from shs.prescription.admin.papers import PaperPages, paper_links
from shs.prescription.admin.writer import WriterPages
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine, Status
from shs.prescription.models.answers import Answer
from shs.prescription.models.prescription import follow_up_due
from shs.prescription.resources import PrescriptionColumns
from shs.users.models import User
from shs.users.requests import UserRequest

SIGN_ROWS = [tuple(list(SIGNS)[at : at + 2]) for at in range(0, len(SIGNS), 2)]
UNWRITTEN_DAYS = 30


def unwritten(user: User) -> Q:
    """The user's own visits as a doctor in the last UNWRITTEN_DAYS days without documentation: no prescription, no
    signed note, and no entry in the patient's chart since."""
    now = timezone.now()
    prescribed = (
        Prescription.objects.unrestricted("only whether there is one")
        .filter(appointment=OuterRef("pk"))
        .exclude(status=Status.CANCELLED)
    )
    noted = MedicalRecord.objects.unrestricted("only whether there is one").filter(
        patient=OuterRef("patient"), recorded_by=OuterRef("doctor__user"), recorded_at__gte=OuterRef("starts_at")
    )
    signed = VisitNote.objects.unrestricted("only whether there is one").filter(visit=OuterRef("pk"))
    over = Q(ends_at__lte=now, ends_at__gt=now - timedelta(days=UNWRITTEN_DAYS), status__in=OPENING)
    return over & Q(doctor__user=user.pk) & ~Q(Exists(prescribed)) & ~Q(Exists(noted)) & ~Q(Exists(signed))


AppointmentScreen.offer_tab(Tab("unwritten", _("Empty"), unwritten, quiet=True))


def day_to_come_again(user: User, visit: Appointment) -> date | None:
    """The follow-up of what was prescribed last in a visit, if `user` may see it."""
    rows = Prescription.objects.allowed(user, "view").filter(appointment=visit, follow_up_date__isnull=False)
    kept = rows.filter(status__in=(Status.DRAFT, Status.ISSUED))
    return kept.order_by("-pk").values_list("follow_up_date", flat=True).first()


FOLLOW_UPS.append(day_to_come_again)


def own_follow_ups(user: User) -> Q:
    """Follow-ups that are due of what the user has prescribed, not of what others have, or to them as a patient."""
    return follow_up_due(timezone.localdate()) & Q(doctor__user=user.pk)


DRAFTS = Tab("drafts", _("Drafts"), lambda user: Q(status=Status.DRAFT))
ISSUED = Tab("issued", _("Issued"), lambda user: Q(status=Status.ISSUED))
OTHERS = [
    Tab("follow_up", _("Follow-up due"), lambda user: follow_up_due(timezone.localdate())),
    Tab("my_follow_up", _("My follow-ups due"), own_follow_ups, quiet=True),
    Tab("amended", Status.AMENDED.label, lambda user: Q(status=Status.AMENDED)),
    Tab("cancelled", Status.CANCELLED.label, lambda user: Q(status=Status.CANCELLED)),
    Tab("all", _("All"), lambda user: ~Q(pk__in=())),
]

NEXT = "next_version"
"""Attribute of the request with the new version, to which the page redirects."""


def item_names(prescriptions: Sequence[int]) -> dict[int, list[str]]:
    """Prescription → the names of its medicines and tests, as they were written. One query."""
    of_rows = {"prescription__in": prescriptions}
    medicines = PrescriptionLine.objects.unrestricted("of rows that are shown").filter(**of_rows)
    tests = OrderedTest.objects.unrestricted("of rows that are shown").filter(**of_rows)
    columns = ("prescription_id", "kind", "pk", "name")
    lines = medicines.annotate(kind=Value(1)).order_by().values_list(*columns)
    names: dict[int, list[str]] = defaultdict(list)
    for prescription, _kind, _pk, name in sorted(
        lines.union(tests.annotate(kind=Value(2)).order_by().values_list(*columns), all=True)
    ):
        names[prescription].append(name)
    return names


@admin.register(Prescription)
class PrescriptionScreen(WriterPages, PaperPages, ChartRows, WithSession):
    """Prescriptions. The doctor of the visit writes drafts here; issued prescriptions are read-only."""

    icon = "prescriptions"
    in_quick_search = True
    quick_search_order = 40
    quick_search_fields = ["appointment__number"]
    empty_text = _(
        "No prescriptions yet. Doctors write them for confirmed visits, with “Add” or from the patient's page."
    )
    list_display = ["issued", "patient_and_doctor", "items", "status_label", "follow_up_date", "next_steps"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("doctor", AutocompleteFilter),
        ("issued_at", TimeRange),
        ("follow_up_date", DayRange),
    ]
    search_fields = ["patient__name", "doctor__name", "appointment__number", "lines__name"]
    search_help_text = _("Patient, doctor, visit or medicine")
    ordering = ["-issued_at", "-pk"]
    resource_classes = [PrescriptionColumns]
    form = DraftForm
    inlines = [Lines, Tests]
    tabs = [DRAFTS, ISSUED, *OTHERS]
    written: list[str | tuple[str, ...]] = [
        "diagnosis",
        "symptoms",
        "advice",
        "follow_up_date",
        "is_confidential",
        ("pregnancy", "breastfeeding"),
    ]
    later_fieldsets = [
        (None, {"fields": [("pregnancy", "breastfeeding"), "advice", "follow_up_date"], "classes": ["shs-in-writer"]}),
        (_("Vital signs"), {"fields": [*SIGN_ROWS, "is_confidential"], "classes": ["shs-after-writer"]}),
    ]
    """What stands in and after the medicines and tests."""
    add_fieldsets = [(None, {"fields": ["appointment", ("diagnosis", "symptoms")]}), *later_fieldsets]
    draft_fieldsets = [
        (None, {"fields": [("appointment", "patient_link"), "shown_checks", ("diagnosis", "symptoms")]}),
        *later_fieldsets,
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient_link", "doctor"),
                    ("appointment", "status_label", "issued"),
                    "paper",
                    "stops",
                    *written,
                ]
            },
        ),
        (_("Vital signs"), {"fields": ["signs"]}),
        (_("Dispensed by pharmacies"), {"fields": ["given_out"]}),
        (_("Checks before issuing"), {"fields": ["shown_checks"]}),
        (_("Version"), {"fields": [("version", "amends", "successor"), "status_reason", "seal"]}),
    ]
    shown = [
        "issued",
        "patient_link",
        "status_label",
        "shown_checks",
        "paper",
        "stops",
        "given_out",
        "signs",
        "successor",
        "seal",
    ]

    def get_queryset(self, request: UserRequest) -> QuerySet[Prescription]:
        return super().get_queryset(request).select_related("patient__profile", "doctor", "appointment")

    def prepare_page(self, request: UserRequest, records: Sequence[Prescription]) -> None:
        super().prepare_page(request, records)
        names = item_names([row.pk for row in records])
        for row in records:
            vars(row)["item_names"] = names[row.pk]

    def get_tabs(self, request: UserRequest) -> list[Tab]:
        """The first tab: drafts for doctors, issued prescriptions for others."""
        is_doctor = holds(request.user, "prescription.add_prescription")
        first = [DRAFTS, ISSUED] if is_doctor else [ISSUED, DRAFTS]
        return [*first, *(tab for tab in self.tabs if tab not in first)]  # with those that later apps have added

    def found_as(self, request: UserRequest, row: Prescription) -> str:
        return f"{row.patient} · {row.get_status_display()}"

    # --- Writing ---

    def get_fieldsets(self, request: UserRequest, obj: Prescription | None = None) -> FieldSets:
        is_draft = obj is not None and self.has_change_permission(request, obj)
        return self.draft_fieldsets if is_draft else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: UserRequest, obj: Prescription | None = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "appointment", *self.shown] if obj else fields

    def formfield_for_foreignkey(
        self, db_field: "Field[object, object]", request: UserRequest, **kwargs: object
    ) -> FormField | None:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "appointment":
            field.label_from_instance = _visit  # type: ignore[attr-defined]  # of a ModelChoiceField
        return field

    def _choices(
        self, db_field: "Field[object, object]", request: UserRequest, kwargs: dict[str, object]
    ) -> QuerySet[Model]:
        if db_field.name == "appointment":
            return services.prescribable(doctor=request.user, now=timezone.now())
        return super()._choices(db_field, request, kwargs)

    def save_model(
        self, request: UserRequest, obj: Prescription, form: "ModelForm[Prescription]", change: bool
    ) -> None:
        now = timezone.now()
        if change:
            services.save_draft(draft=obj, now=now)
        else:
            services.begin(draft=obj, visit=form.cleaned_data["appointment"], by=request.user, now=now)

    def render_change_form(
        self,
        request: UserRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Prescription | None = None,
    ) -> HttpResponse:
        """The buttons also lead to the next visit, for those who may book it."""
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if obj is not None:
            visits: AppointmentScreen = office.get_model_admin(Appointment)
            again = [one for name, one in visits.steps().items() if name in ("come_again", "follow_up")]
            visits.offer_steps(request, [obj.appointment], again)
            steps = [(one, visits.step_url(obj.appointment, one)) for one in offered_on(obj.appointment)]
            context["offered_steps"] = [*context["offered_steps"], *steps]
        return response

    # --- Columns ---

    @display(description=_("Issued"), ordering="-issued_at")
    def issued(self, row: Prescription) -> str:
        return show_datetime(row.issued_at) if row.issued_at else "–"

    @display(description=_("Patient and doctor"), header=True, ordering="patient__name")
    def patient_and_doctor(self, row: Prescription) -> list[str]:
        return [row.patient.name, row.doctor.name]

    @display(description=_("Patient"))
    def patient_link(self, row: Prescription) -> str:
        return link_to(reverse("admin:medical_record_medicalrecord_patient", args=(row.patient_id,)), row.patient.name)

    @display(description=_("Items"))
    def items(self, row: Prescription) -> str:
        names = vars(row)["item_names"]
        more = f" +{len(names) - 2}" if len(names) > 2 else ""
        return ", ".join(names[:2]) + more if names else "–"

    @display(
        description=_("State"),
        ordering="status",
        label={
            str(Status.DRAFT.label): "warning",
            str(Status.ISSUED.label): "success",
            str(Status.CANCELLED.label): "danger",
        },
    )
    def status_label(self, row: Prescription) -> str:
        return row.get_status_display()

    @display(description=_("Vital signs"))
    def signs(self, row: Prescription) -> str:
        """With the grades of the chart, by the age at that time and as the patient answered about pregnancy."""
        is_pregnant = row.pregnancy == Answer.YES
        at = row.issued_at or timezone.now()
        return shown_values(row.vital_signs, patient=row.patient, at=at, is_pregnant=is_pregnant)

    @display(description=_("Checks"))
    def shown_checks(self, row: Prescription) -> Label:
        """For a draft the current results of the checks, otherwise the kept ones with the reasons for overriding."""
        return shown_draft(row) if row.is_draft else shown_issued(row)

    @display(description=_("Stopped"))
    def stops(self, row: Prescription) -> str:
        prefetch_related_objects([row], "stopped")  # the seal needs them again
        return "; ".join(f"{stop.name} ({stop.reason})" for stop in row.stopped.all()) or "–"

    @display(description=_("PDF"))
    def paper(self, row: Prescription) -> str:
        if not row.digest:
            return "–"
        return paper_links(row)

    @display(description=_("Dispensed"))
    def given_out(self, row: Prescription) -> Label:
        return shown_given_out(row)

    @display(description=_("Replaced by"))
    def successor(self, row: Prescription) -> str:
        if row.status != Status.AMENDED:  # it is amended with the newer one's issue
            return "–"
        rows = Prescription.objects.unrestricted("of a prescription that is shown")
        newer = rows.released().filter(amends=row).first()
        return link_to(self.url_of(newer), newer) if newer else "–"

    @display(description=_("Seal"))
    def seal(self, row: Prescription) -> str:
        if not row.digest:
            return "–"
        if not row.is_intact():
            return format_html(
                '<strong class="shs-error">{}</strong>', _("NOT VALID: the content was changed after issuing")
            )
        return _("intact: %(digest)s…") % {"digest": row.digest[:16]}

    # --- Steps ---

    def save_related(
        self, request: UserRequest, form: "ModelForm[Prescription]", formsets: list[object], change: bool
    ) -> None:
        """After the rows of a draft are saved, its page shows the warnings: they count as seen."""
        super().save_related(request, form, formsets, change)
        services.note_shown(draft=form.instance, by=request.user, now=timezone.now())

    @step(
        "issue",
        _("Issue…"),
        to=Status.ISSUED,
        form=IssueForm,
        primary=True,
        text=_(
            "Once issued, it cannot be changed, only amended by a new version. If the visit has "
            "begun, it is marked as completed."
        ),
        done=_("The prescription is issued."),
    )
    def issue(self, request: UserRequest, row: Prescription, data: StepData) -> None:
        services.issue(
            draft=row, by=request.user, reasons=data["reasons"], now=timezone.now(), reason=data.get("reason", "")
        )

    @step(
        "amend",
        _("Amend…"),
        to=Status.AMENDED,
        text=_("Creates a draft of the next version. The current version stays valid until the new one is issued."),
        done=_("A draft of the next version has been created. Edit it, then issue it."),
    )
    def amend(self, request: UserRequest, row: Prescription, data: StepData) -> None:
        setattr(row, NEXT, services.begin_amendment(issued=row, by=request.user, now=timezone.now()))

    @step(
        "cancel",
        _("Cancel prescription…"),
        keep_label=_("Keep prescription"),
        to=Status.CANCELLED,
        form=ReasonForm,
        danger=True,
        text=_("Pharmacies will see it as not valid. It remains readable. A draft is discarded."),
        done=_("The prescription is cancelled."),
    )
    def cancel(self, request: UserRequest, row: Prescription, data: StepData) -> None:
        services.cancel(prescription=row, by=request.user, reason=data["reason"], now=timezone.now())

    def _after_step(self, request: UserRequest, record: Prescription) -> str:
        newer = getattr(record, NEXT, None)
        return self.url_of(newer) if newer else super()._after_step(request, record)


def _visit(visit: Appointment) -> str:
    return f"{visit.patient.name} · {show_datetime(visit.starts_at)} · {visit.number}"
