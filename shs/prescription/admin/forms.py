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
from shs.medical_record.admin.sign_forms import SignForm, signs_of
from shs.prescription.admin.writing import BLANK_ROWS, DirectedForm, FollowUpForm, LineFormSet
from shs.prescription.models import OrderedTest, Prescription, PrescriptionLine
from shs.prescription.models.lines import NAME_LENGTH
from shs.prescription.services.checks import check
from shs.users.requests import UserRequest


class DraftForm(FollowUpForm, SignForm, forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A draft with a field for each vital sign."""

    class Meta:
        model = Prescription
        fields = [
            "appointment",
            "diagnosis",
            "symptoms",
            "advice",
            "follow_up_date",
            "is_confidential",
            "pregnancy",
            "breastfeeding",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(self.instance.vital_signs or {})
        for name in {"diagnosis", "symptoms", "advice"} & set(self.fields):
            self.fields[name].widget.attrs["rows"] = 3
        self.offer_stops()

    def clean(self) -> dict[str, object]:
        super().clean()
        self.instance.vital_signs = signs_of(self.cleaned_data)
        self.follow_up()
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
        chosen = data.get("brand") or data.get(self.catalogue)
        if not data.get("name") and not chosen:
            self.add_error("name", _("Choose an entry from the catalogue, or enter a name."))
        data["name"] = data.get("name") or str(chosen or "")[:NAME_LENGTH]
        return data


class LineForm(ItemForm, DirectedForm):
    """One medicine."""

    catalogue = "medication"

    class Meta:
        model = PrescriptionLine
        fields = ["medication", "brand", "name", "dosage", "frequency", "duration_days", "instructions", "meal"]


class TestForm(ItemForm):
    """One test."""

    catalogue = "test"

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the row."""
        return not any(self[name].value() for name in ("name", "test", "instructions"))

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
    formset = LineFormSet
    extra = BLANK_ROWS["lines"]
    fields = ["medication", "brand", "name", "dosage", "frequency", "duration_days", "instructions", "meal"]
    autocomplete_fields = ["medication", "brand"]


class Tests(WhileDraft):
    """The tests of a prescription."""

    model = OrderedTest
    form = TestForm
    extra = BLANK_ROWS["tests"]
    fields = ["test", "name", "instructions"]
    autocomplete_fields = ["test"]


class IssueForm(StepForm):
    """A reason for each blocking warning, and the reason of an amendment; above them how each check ended."""

    def prepare(self) -> None:
        self.checked = check(self.record, now=timezone.now())
        for found in self.checked.stopping:
            self.fields[f"reason-{found.key}"] = _reason(found.text, _("Reason for prescribing despite the warning"))
        if self.record.amends_id:
            self.fields["reason"] = _reason(_("What has changed, and why"))

    def consequences(self) -> list[str]:
        minor = [found.text for found in self.checked.warnings if not found.stops]
        if left := [line.name for line in self.record.lines.all() if not line.is_confirmed]:
            minor.insert(0, _("Not confirmed, and therefore not issued: %(names)s.") % {"names": ", ".join(left)})
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
