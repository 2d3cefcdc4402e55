"""Screens for brands, and for lists of them that are imported."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from shs.core.admin.cells import link_to
from shs.core.admin.removal import MergePages
from shs.core.admin.resources import Exports
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, StepForm, step
from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.prescription.models import Brand, BrandImport, ImportStatus
from shs.prescription.resources import BrandColumns
from shs.prescription.services import brand_imports
from shs.prescription.services.brand_words import sentence
from shs.users.requests import UserRequest

SHOWN = 200
"""The most errors on the page of an import."""


@admin.register(Brand)
class BrandScreen(Exports, MergePages, Screen):
    """Medicines as they are sold, each with its generic."""

    icon = "sell"
    in_quick_search = True
    empty_text = _("No brands yet. Import the list of your regulator under “Imports of brands”, or add one.")
    list_display = ["brand", "generic", "maker", "source_date"]
    search_fields = ["name"]
    sortable_by = ["brand"]  # the only order that an index has
    ordering = ["name", "form", "strength"]
    list_select_related = ["medication"]
    resource_classes = [BrandColumns]
    autocomplete_fields = ["medication"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "maker"),
                    "medication",
                    ("form", "strength"),
                    "excipients",
                    ("source", "source_date"),
                ]
            },
        )
    ]

    @display(description=_("Brand"), header=True, ordering="name")
    def brand(self, row: Brand) -> list[str]:
        return [row.name, " ".join(part for part in (row.form, row.strength) if part)]

    @display(description=_("Generic"))
    def generic(self, row: Brand) -> str:
        return row.medication.generic_name

    def found_as(self, request: UserRequest, row: Brand) -> str:
        return " ".join(part for part in (row.form, row.strength) if part)


class ListForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A list to upload."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text=_(
            "CSV in UTF-8, or XLSX, with the columns brand, generic, strength and form, and if known maker; at most "
            "50,000 rows. It is checked first, and nothing is stored before you agree."
        ),
    )

    class Meta:
        model = BrandImport
        fields = ["source", "source_date"]


class StoreForm(StepForm):
    """Tells what will be stored; rows with errors are left out only if that is agreed."""

    leaves_out = forms.BooleanField(label=_("Leave out the rows with errors"), required=False)

    def prepare(self) -> None:
        self.fields["leaves_out"].widget = UnfoldBooleanSwitchWidget()
        if not self.record.wrong:
            del self.fields["leaves_out"]

    def consequences(self) -> Sequence[Label]:
        made = self.record
        told = [_("%(new)s new, %(changed)s changed.") % {"new": made.added, "changed": made.changed}]
        if made.wrong:
            words = ngettext("%(count)s row has errors.", "%(count)s rows have errors.", made.wrong)
            told.append(words % {"count": made.wrong})
        return [*told, _("Either all rows are stored, or none.")]


@admin.register(BrandImport)
class BrandImportScreen(Screen):
    """Lists of brands: uploaded here, checked by a job, then confirmed."""

    icon = "upload_file"
    stays_small = "lists of a regulator"
    empty_text = _("No list has been imported yet.")
    list_display = ["list_name", "state", "counted", "created"]
    ordering = ["-pk"]
    add_form = ListForm
    add_fieldsets = [(None, {"fields": [("source", "source_date"), "file"]})]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("source", "source_date"),
                    ("file_name", "by"),
                    "state",
                    "result",
                    "errors",
                    "other_spellings",
                ]
            },
        )
    ]
    readonly_fields = ["state", "result", "errors", "other_spellings", "by"]

    def get_queryset(self, request: UserRequest) -> QuerySet[BrandImport]:
        return super().get_queryset(request).defer("content")

    def save_model(self, request: UserRequest, obj: BrandImport, form: Any, change: bool) -> None:
        """Takes the list in, as the command does."""
        upload = form.cleaned_data["file"]
        made = brand_imports.begin(
            content=upload.read(brand_imports.MOST_BYTES + 1),
            file_name=upload.name,
            source=form.cleaned_data["source"],
            source_date=form.cleaned_data["source_date"],
            by=request.user,
        )
        obj.__dict__.update(made.__dict__)

    def found_as(self, request: UserRequest, row: BrandImport) -> Label:
        return row.get_status_display()

    # --- Steps ---

    @step(
        "store",
        _("Store…"),
        to=ImportStatus.CONFIRMED,
        form=StoreForm,
        primary=True,
        text=_("The brands of the list are added to the catalogue, or changed. A job does it, within some minutes."),
        done=_("The list will be stored. This page tells when it is."),
    )
    def store(self, request: UserRequest, row: BrandImport, data: StepData) -> None:
        brand_imports.confirm(row, leaves_out=bool(data.get("leaves_out")))

    @step(
        "withdraw",
        _("Withdraw…"),
        to=ImportStatus.WITHDRAWN,
        danger=True,
        text=_("Nothing of this list is stored, and its file is deleted."),
        done=_("The list is withdrawn."),
    )
    def withdraw(self, request: UserRequest, row: BrandImport, data: StepData) -> None:
        row.withdraw(now=timezone.now())

    # --- Columns ---

    @display(description=_("List"), header=True, ordering="source")
    def list_name(self, row: BrandImport) -> list[str]:
        return [row.source, row.file_name]

    @display(
        description=_("State"),
        ordering="status",
        label={
            str(ImportStatus.WAITING.label): "info",
            str(ImportStatus.CHECKED.label): "warning",
            str(ImportStatus.CONFIRMED.label): "info",
            str(ImportStatus.STORED.label): "success",
            str(ImportStatus.FAILED.label): "danger",
        },
    )
    def state(self, row: BrandImport) -> str:
        return row.get_status_display()

    @display(description=_("Rows"))
    def counted(self, row: BrandImport) -> Label:
        if row.status in (ImportStatus.WAITING, ImportStatus.CONFIRMED):
            return _("%(done)s of %(total)s") % {"done": row.progress, "total": row.total} if row.total else "–"
        return str(row.total) if row.total else "–"

    @display(description=_("Uploaded"), ordering="created_at")
    def created(self, row: BrandImport) -> str:
        return show_datetime(row.created_at)

    @display(description=_("By"))
    def by(self, row: BrandImport) -> str:
        return str(row.uploaded_by)

    @display(description=_("Result"))
    def result(self, row: BrandImport) -> Label:
        """What came of it; while the job works, how far it is."""
        if row.status in (ImportStatus.WAITING, ImportStatus.CONFIRMED):
            words = _("%(done)s of %(total)s rows are checked.") if row.total else _("The check begins soon.")
            again = link_to(reverse("admin:prescription_brandimport_change", args=(row.pk,)), _("Refresh"))
            shown = words % {"done": row.progress, "total": row.total}
            return format_html(
                '<progress max="{}" value="{}" aria-label="{}"></progress> {} {}',
                row.total or 1,
                row.progress,
                shown,
                shown,
                again,
            )
        if row.status == ImportStatus.FAILED:
            return "–"
        return _("%(new)s new, %(changed)s changed, %(same)s the same, %(wrong)s with errors.") % {
            "new": row.added,
            "changed": row.changed,
            "same": row.unchanged,
            "wrong": row.wrong,
        }

    @display(description=_("Errors"))
    def errors(self, row: BrandImport) -> str:
        first = ((sentence(found),) for found in row.findings[:SHOWN])
        shown = format_html_join("", '<p class="shs-error">{}</p>', first)
        more = row.wrong - SHOWN
        if more > 0:
            words = ngettext("and %(count)s more row", "and %(count)s more rows", more) % {"count": more}
            return format_html('{}<p class="shs-muted">{}</p>', shown, words)
        return shown or "–"

    @display(description=_("Read as another spelling"))
    def other_spellings(self, row: BrandImport) -> str:
        return format_html_join("", '<p class="shs-muted">{}</p>', ((sentence(n),) for n in row.notes[:SHOWN])) or "–"

    def get_readonly_fields(self, request: UserRequest, obj: Model | None = None) -> list[str]:
        """The add page has a form of its own."""
        return super().get_readonly_fields(request, obj) if obj is not None else []
