"""The doctor's forms: a draft with its medicines and tests, and the reasons for warnings when issuing."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.inlines import TabularInline
from shs.core.admin.steps import StepForm
from shs.core.labels import Label
from shs.medical_record.admin.records import SignForm, signs_of
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine
from shs.prescription.services.checks import check
from shs.users.requests import UserRequest


class DraftForm(SignForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A draft with a field for each vital sign."""

    class Meta:
        model = Prescription
        fields = ["appointment", "diagnosis", "symptoms", "advice", "follow_up_date", "is_confidential"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(self.instance.vital_signs or {})
        for name in {"diagnosis", "symptoms", "advice"} & set(self.fields):
            self.fields[name].widget.attrs["rows"] = 3

    def clean(self) -> dict[str, object]:
        super().clean()
        self.instance.vital_signs = signs_of(self.cleaned_data)
        return self.cleaned_data


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A row of a prescription; an empty name is filled from the catalogue's entry."""

    catalogue = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].required = False

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        if not data.get("name") and not data.get(self.catalogue):
            self.add_error("name", _("Choose an entry from the catalogue, or enter a name."))
        data["name"] = data.get("name") or str(data.get(self.catalogue) or "")
        return data


class LineForm(ItemForm):
    """One medicine."""

    catalogue = "medication"

    class Meta:
        model = PrescriptionLine
        fields = ["medication", "name", "dosage", "frequency", "duration_days", "instructions"]


class TestForm(ItemForm):
    """One test."""

    catalogue = "test"

    class Meta:
        model = OrderedTest
        fields = ["test", "name", "instructions"]


class WhileDraft(TabularInline):
    """Rows that are edited with their draft and read-only once it is issued."""

    hide_title = True

    def _may_write(self, request: UserRequest, obj: Model | None) -> bool:
        return obj is None or request.user.has_perm("prescription.change_prescription", obj)

    def has_add_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return self._may_write(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return self._may_write(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: UserRequest, obj: Model | None = None) -> bool:
        return self._may_write(request, obj) and super().has_delete_permission(request, obj)


class Lines(WhileDraft):
    """The medicines of a prescription."""

    model = PrescriptionLine
    form = LineForm
    fields = ["medication", "name", "dosage", "frequency", "duration_days", "instructions"]
    autocomplete_fields = ["medication"]


class Tests(WhileDraft):
    """The tests of a prescription."""

    model = OrderedTest
    form = TestForm
    fields = ["test", "name", "instructions"]
    autocomplete_fields = ["test"]


class IssueForm(StepForm):
    """A reason for each warning that stops, and the reason of an amendment; above them how each check ended."""

    def prepare(self) -> None:
        self.checked = check(self.record, now=timezone.now())
        for found in self.checked.stopping:
            self.fields[f"reason-{found.key}"] = _reason(found.text, _("Reason for prescribing despite the warning"))
        if self.record.amends_id:
            self.fields["reason"] = _reason(_("What has changed, and why"))

    def consequences(self) -> list[str]:
        minor = [found.text for found in self.checked.warnings if not found.stops]
        return [*minor, *(f"{line.label}: {line.outcome}. {line.text}".strip() for line in self.checked.lines)]

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        data["reasons"] = {found.key: data.get(f"reason-{found.key}", "") for found in self.checked.stopping}
        return data


def _reason(label: Label, help_text: Label = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
