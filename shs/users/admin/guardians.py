"""The screen for guardianships: added at the desk with a proof and a reason, ended with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.core.admin.cells import link_to, person
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.context import current
from shs.core.dates import show_date
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.users import families
from shs.users.models import Guardianship, User
from shs.users.numbers import clean_patient_number
from shs.users.requests import UserRequest

State = Guardianship.State
MOST_SHOWN = 20
"""Of the guardianships on a person's page."""


class DeskForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A guardianship that was proven at the desk. The two are named by their patient numbers, because a desk may not
    browse people whom it does not know."""

    guardian_number = forms.CharField(
        label=_("Patient number of the guardian"), max_length=40, widget=UnfoldAdminTextInputWidget
    )
    dependant_number = forms.CharField(
        label=_("Patient number of the dependant"), max_length=40, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label=_("How this was verified"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Such as: the mother's name stands on the birth certificate. Adults are there and agree."),
    )

    class Meta:
        model = Guardianship
        fields = ["relation", "may_book", "may_read", "document", "last_four", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"document", "last_four"} & set(self.fields):
            self.fields[name].required = True

    def clean_guardian_number(self) -> str:
        return self._found("guardian")

    def clean_dependant_number(self) -> str:
        return self._found("dependant")

    def _found(self, field: str) -> str:
        number = str(self.cleaned_data[f"{field}_number"])
        people = User.objects.unrestricted("who reads the whole number from a card").select_related("profile")
        clean_patient_number(number)
        found = people.with_number(number).filter(is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody has this patient number."))
        setattr(self.instance, field, found)
        return number


@admin.register(Guardianship)
class GuardianshipScreen(Screen):
    """Who books and reads for whom."""

    icon = "family_restroom"
    empty_text = _("Guardians who act for children or other adults are listed here.")
    list_display = ["who", "relation", "for_whom", "rights", "state_label", "until_label", "next_steps"]
    list_filter = [("relation", ChoicesDropdownFilter), ("basis", ChoicesDropdownFilter)]
    list_select_related = ["guardian", "dependant__profile"]
    search_fields = ["guardian__name", "dependant__name"]
    ordering = ["-pk"]
    tabs = [
        Tab("active", _("In force"), lambda user: Guardianship.of_state(State.ACTIVE)),
        Tab("asked", _("Asked for"), lambda user: Guardianship.of_state(State.ASKED)),
        Tab("ended", _("Ended"), lambda user: Guardianship.of_state(State.ENDED, State.DECLINED)),
    ]
    fieldsets = [
        (None, {"fields": [("guardian", "dependant"), "relation", ("may_book", "may_read")]}),
        (
            _("Basis"),
            {
                "fields": [
                    ("state_label", "basis"),
                    ("since", "until_label"),
                    ("document", "last_four"),
                    "reason",
                    ("given_by", "ended_at"),
                ]
            },
        ),
    ]
    add_form = DeskForm
    add_fieldsets = [
        (
            None,
            {"fields": ["guardian_number", "dependant_number", "relation", ("may_book", "may_read")]},
        ),
        (_("Proof"), {"fields": [("document", "last_four"), "reason"]}),
    ]
    readonly_fields = ["state_label", "until_label"]
    described_by = ("guardian", "dependant")

    def get_changeform_initial_data(self, request: UserRequest) -> dict[str, Any]:
        """From a link on a person's page: their number."""
        number = request.GET.get("dependant_number", "")[:40]
        return {**super().get_changeform_initial_data(request), "dependant_number": number}

    def save_model(
        self, request: UserRequest, obj: Guardianship, form: "ModelForm[Guardianship]", change: bool
    ) -> None:
        families.add_at_desk(link=obj, by=request.user, now=timezone.now())

    @display(description=_("Guardian"), header=True)
    def who(self, row: Guardianship) -> list[str]:
        return person(row.guardian.name, row.guardian.patient_number)

    @display(description=_("Acts for"), header=True)
    def for_whom(self, row: Guardianship) -> list[str]:
        return person(row.dependant.name, row.dependant.patient_number)

    @display(description=_("Rights"))
    def rights(self, row: Guardianship) -> str:
        found = [_("book") if row.may_book else "", _("read the chart") if row.may_read else ""]
        return ", ".join(str(right) for right in found if right)

    @display(
        description=_("State"),
        label={str(State.ACTIVE.label): "success", str(State.ASKED.label): "warning"},
    )
    def state_label(self, row: Guardianship) -> Label:
        return row.get_state_display()

    @display(description=_("Until"))
    def until_label(self, row: Guardianship) -> Label:
        if row.ended_at:
            return show_date(timezone.localdate(row.ended_at))
        return show_date(row.until) if row.until else _("until it is ended")

    @step(
        "end",
        _("End guardianship…"),
        form=ReasonForm,
        danger=True,
        text=_("The guardian can neither book nor read for this person any more. Both are told."),
        done=_("Ended."),
        when=lambda row: row.state in (State.ACTIVE, State.ASKED),
    )
    def end(self, request: UserRequest, row: Guardianship, data: StepData) -> None:
        families.end(link=row, by=request.user, reason=data["reason"], now=timezone.now())


def family_of(user: User) -> str:
    """The guardians of a person, and those whose guardian they are, as far as the present user sees them, each with a
    link; one query."""
    reader = context.user if (context := current.get()) else None
    if reader is None or not holds(reader, "users.view_guardianship"):
        return "–"
    rows = Guardianship.objects.allowed(reader, "view").in_force(timezone.now()).about(user.pk)
    lines = []
    for row in rows.select_related("guardian", "dependant").order_by("pk")[:MOST_SHOWN]:
        is_guardian = row.guardian_id == user.pk
        told = _("acts for %(name)s") if is_guardian else _("guardian: %(name)s")
        name = row.dependant.name if is_guardian else row.guardian.name
        url = reverse("admin:users_guardianship_change", args=(row.pk,))
        lines.append((link_to(url, f"{told % {'name': name}} ({row.get_relation_display()})"),))
    return format_html_join("", "<p>{}</p>", lines) or "–"
