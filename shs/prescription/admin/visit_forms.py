"""The forms of the page of a visit: the note, and the prescription with its medicines and tests, as the page of
prescriptions has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.forms.utils import ErrorDict, ErrorList
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.forms import ModelForm
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.medical_record import notes
from shs.medical_record.admin.sign_forms import signs_of
from shs.medical_record.models import PARTS, ConditionCode, MedicalRecord
from shs.medical_record.vital_signs import SIGNS
from shs.prescription.admin.writing import BLANK_ROWS, DirectedForm
from shs.prescription.alerts import ASKED
from shs.prescription.models import Prescription
from shs.prescription.services.consulting import Prescribed
from shs.prescription.services.situation import can_be_asked
from shs.users.families import is_teenager
from shs.users.models import User
from shs.users.requests import UserRequest

CONTROLS = {
    "csrfmiddlewaretoken",
    "once",
    "seen",
    "sign",
    "check",
    "save",
    "overwrite",
    "reason",
    "_issue",
    "_continue",
}
"""Fields and buttons of the page that are no part of what was typed."""
OF_NOTE = ("appointment", "diagnosis", "symptoms")
"""Fields of the prescription that follow from the visit and its note."""
HINTS = {
    "complaint": _("What the patient says, and since when"),
    "findings": _("What you see, hear and measure"),
    "assessment": _("What you think it is"),
    "plan": _("What is to be done, and what was said about it"),
}
LINES = {"complaint": 3, "findings": 4, "assessment": 2, "plan": 3}
OF_MEDICINE = (
    "name",
    "medication",
    "brand",
    "dosage",
    "frequency",
    "duration_days",
    "instructions",
    "dose",
    "meal",
    "is_continued",
    "is_confirmed",
)
COUNTED = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")


def _part(name: str) -> forms.CharField:
    label, most = PARTS[name]
    widget = UnfoldAdminTextareaWidget(attrs={"rows": LINES[name], "placeholder": HINTS[name]})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


class CodesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # noqa: TID251  (lists the chosen rows alone)
    """Condition codes, searched for in words."""

    def __init__(self) -> None:
        column = MedicalRecord._meta.get_field("code")
        super().__init__(
            ConditionCode.objects.in_use().unrestricted("the chosen codes alone; the chooser asks for itself"),
            to_field_name="code",
            required=False,
            label=_("Codes of the assessment"),
            help_text=_("Search in words, Bangla too: “diabetes”, “জ্বর”, “gola batha”."),
            widget=AutocompleteSelectMultiple(column, admin.site, attrs={"class": "unfold-admin-autocomplete"}),
        )


class NoteForm(forms.Form):
    """The note of a visit."""

    complaint = _part("complaint")
    findings = _part("findings")
    assessment = _part("assessment")
    codes = CodesField()
    plan = _part("plan")

    def written(self, *, is_confidential: bool) -> notes.Written:
        """The note; the form is valid."""
        texts = {name: self.cleaned_data[name] for name in PARTS}
        return notes.Written(texts, [row.code for row in self.cleaned_data["codes"]], is_confidential)


@dataclass(frozen=True)
class Forms:
    """All forms of the page."""

    note: NoteForm
    prescription: ModelForm
    medicines: Any
    tests: Any
    reasons: dict[str, str]

    def are_valid(self) -> bool:
        """Whether all can be signed as they are; each says what is wrong."""
        return all([one.is_valid() for one in (self.note, self.prescription, self.medicines, self.tests)])

    def hush(self) -> None:
        """What was typed is shown as it was, and not judged: a draft need not be complete."""
        for form in (self.note, self.prescription, *self.medicines.forms, *self.tests.forms):
            form._errors, form.cleaned_data = ErrorDict(), {}
        for rows in (self.medicines, self.tests):
            rows._errors = [ErrorDict() for _form in rows.forms]
            rows._non_form_errors = ErrorList()

    @property
    def media(self) -> forms.Media:
        media: forms.Media = self.note.media + self.prescription.media + self.medicines.media + self.tests.media
        return media

    def written(self) -> notes.Written:
        """The note, as it was typed."""
        return self.note.written(is_confidential=bool(self.prescription.cleaned_data.get("is_confidential")))

    def prescribed(self) -> Prescribed:
        """What is prescribed, as it was typed."""
        data = self.prescription.cleaned_data
        names = [name for name in Prescription.WRITTEN if name in data]
        written = {**{name: data[name] for name in names}, "vital_signs": signs_of(data)}
        medicines, stopped = _medicines(self.medicines)
        return Prescribed(written, medicines, _tests(self.tests), stopped, self.reasons, data.get("slot_at"))


Rows = list[dict[str, object]]


def _medicines(rows: Any) -> tuple[Rows, Rows]:
    """The medicines of the rows that say something, and those that are stopped."""
    lines: Rows = []
    stopped: Rows = []
    for form in _kept(rows):
        line = form.instance
        if form.stopped is None:
            lines.append({name: getattr(line, name) for name in OF_MEDICINE})
        else:
            data = form.cleaned_data
            stopped.append({"name": data["name"], "medication": data.get("medication"), "reason": form.stopped})
    return lines, stopped


def _tests(rows: Any) -> Rows:
    return [{name: form.cleaned_data.get(name) for name in ("test", "name", "instructions")} for form in _kept(rows)]


def _kept(rows: Any) -> list[Any]:
    """The forms of a formset that say something and were not taken out."""
    return [form for form in rows.forms if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")]


def typed_in(data: QueryDict) -> dict[str, list[str]]:
    """What was typed, of all that was sent."""
    return {name: data.getlist(name) for name in data if name not in CONTROLS and "__prefix__" not in name}


def as_sent(typed: Mapping[str, Sequence[str]]) -> QueryDict:
    """What was typed as a form sends it; a draft that another program wrote has empty rows."""
    data = QueryDict(mutable=True)
    for name, texts in typed.items():
        data.setlist(name, list(texts))
    for prefix, rows in BLANK_ROWS.items():
        counts = {"TOTAL_FORMS": str(rows), "MAX_NUM_FORMS": "1000"}
        for name in COUNTED:
            data.setdefault(f"{prefix}-{name}", counts.get(name, "0"))
        data[f"{prefix}-INITIAL_FORMS"] = "0"
    return data


def forms_for(request: UserRequest, data: QueryDict, *, is_judged: bool) -> Forms:
    """The forms with what was typed; unless it `is_judged`, nothing is said about what is missing."""
    screen: Screen = office.get_model_admin(Prescription)
    form_class = screen.get_form(request, None, exclude=OF_NOTE)
    form = form_class(data, instance=Prescription())
    for name in OF_NOTE:
        form.fields.pop(name, None)
    made = []
    for formset, inline in screen.get_formsets_with_inlines(request, None):
        prefix = formset.get_default_prefix()
        nothing = inline.model._default_manager.none()
        rows = formset(data=data, instance=Prescription(), prefix=prefix, queryset=nothing)
        made.append(rows)
    reasons = {name.removeprefix("reason-"): str(data[name]) for name in data if name.startswith("reason-")}
    found = Forms(NoteForm(data), form, made[0], made[1], reasons)
    if not is_judged:
        found.hush()
    return found


def asked_of(patient: User, now: datetime) -> set[str]:
    """The questions that can matter to this patient: pregnancy and breast-feeding, and whether a teenager's guardians
    see what is written."""
    teenager = {"is_confidential"} if is_teenager(patient, timezone.localdate(now)) else set()
    return teenager | (set(ASKED) if can_be_asked(patient, now) else set())


def answered(forms: Forms | None, issued: Prescription | None) -> dict[str, str]:
    """What was answered in a visit to what is ASKED: as it is typed now, or as it was issued."""
    if forms is not None:
        return {name: str(forms.prescription[name].value() or "") for name in ASKED}
    return {name: str(getattr(issued, name)) for name in ASKED} if issued else {}


def signs_form(form: forms.BaseForm) -> list[forms.BoundField]:
    """The fields of the vital signs."""
    return [form[name] for name in SIGNS if name in form.fields]


def typed_of(draft: Prescription) -> dict[str, list[str]]:
    """What the page of prescriptions has stored as a draft, as it would have been typed here."""
    typed = {
        "complaint": [draft.symptoms],
        "assessment": [draft.diagnosis],
        "advice": [draft.advice],
        "pregnancy": [draft.pregnancy],
        "breastfeeding": [draft.breastfeeding],
        "follow_up_date": [draft.follow_up_date.isoformat() if draft.follow_up_date else ""],
        "is_confidential": ["on"] if draft.is_confidential else [],
        **{name: [str(value)] for name, value in (draft.vital_signs or {}).items()},
    }
    medicines = [_line_typed(DirectedForm.typed_of(line)) for line in draft.lines.select_related("brand")]
    medicines += [
        _line_typed({"name": row.name, "medication": row.medication_id, "directions": f"stop: {row.reason}"})
        for row in draft.stopped.all()
    ]
    tests = [
        _line_typed({"test": row.test_id, "name": row.name, "instructions": row.instructions})
        for row in draft.tests.all()
    ]
    for prefix, rows in (("lines", medicines), ("tests", tests)):
        typed[f"{prefix}-TOTAL_FORMS"] = [str(len(rows) + BLANK_ROWS[prefix])]
        for at, row in enumerate(rows):
            typed |= {f"{prefix}-{at}-{name}": [text] for name, text in row.items()}
    return typed


def _line_typed(values: Mapping[str, object]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}
