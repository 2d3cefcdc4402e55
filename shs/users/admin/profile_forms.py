"""Forms of the page of contact details, and of its steps."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.core.admin.steps import ReasonForm, StepForm
from shs.core.ages import Birth, read_birth
from shs.core.phones import clean_phone, show_phone
from shs.users import contacts
from shs.users.models import IdentifierSystem, UserProfile
from shs.users.places import district_choices, districts

AGE_HELP = _("Day/month/year, such as 28/11/1990; or what is known: 11/1990, 1990, or an age such as 45 or 7 months.")


class BirthField(forms.CharField):
    """A date of birth, as far as it is known, or an age. Cleans to a Birth, or None."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Date of birth or age"),
            help_text=AGE_HELP,
            required=False,
            max_length=40,
            widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        )

    def clean(self, value: object) -> Birth | None:
        typed = super().clean(value)
        return read_birth(typed, timezone.localdate()) if typed else None


class PhoneField(forms.CharField):
    """A phone number. Cleans to E.164, or an empty text."""

    def __init__(self, *, required: bool = False) -> None:
        super().__init__(
            label=_("Phone"),
            required=required,
            max_length=100,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "tel", "autocomplete": "off"}),
        )

    def clean(self, value: object) -> str:
        typed = str(super().clean(value))
        return clean_phone(typed) if typed else ""


class UpazilaInput(UnfoldAdminTextInputWidget):
    """A text with the upazilas of all districts as suggestions; the thana of a city is typed."""

    template_name = "admin/users/suggesting.html"

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        context: dict[str, object] = super().get_context(name, value, {**(attrs or {}), "list": f"{name}-list"})
        names = sorted({latin for row in districts().values() for latin, _bangla in row.upazilas})
        return {**context, "suggestions": names, "list": f"{name}-list"}


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Contact details, with the main phone. The date of birth is typed as far as it is known."""

    phone = PhoneField()
    date_of_birth = BirthField()
    district = forms.ChoiceField(
        label=_("District"), required=False, choices=district_choices, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = UserProfile
        fields = ["date_of_birth", "district", "upazila", "photo"]  # and those of the screen's fieldsets
        widgets = {"upazila": UpazilaInput, "photo": forms.FileInput(attrs={"accept": "image/jpeg,image/png"})}

    birth: Birth | None = None
    """What was read of the date of birth or the age."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["date_of_birth"] = self.instance.shown_birth
        self.initial["phone"] = show_phone(contacts.number_of(self.instance.user_id))

    def clean_date_of_birth(self) -> date | None:
        self.birth = cast("Birth | None", self.cleaned_data["date_of_birth"])
        return self.birth.day if self.birth else None

    def _clean_fields(self) -> None:
        """A number that is kept as it was told stays, if nobody changes it."""
        kept = self.initial.get("phone")
        phone = self.fields.get("phone")
        if phone and not phone.has_changed(kept, self.data.get(self.add_prefix("phone"))):
            del self.fields["phone"]
            super()._clean_fields()
            self.fields["phone"] = phone
        else:
            super()._clean_fields()


class PhoneForm(StepForm):
    """A further phone."""

    phone = PhoneField(required=True)


class EndPhoneForm(ReasonForm):
    """Which phone is no longer the person's."""

    point = forms.ChoiceField(label=_("Phone"), widget=UnfoldAdminSelectWidget)
    field_order = ["point", "reason"]

    def prepare(self) -> None:
        points = contacts.phones_of(self.record.user_id)
        choices = [(str(point.pk), show_phone(point.value)) for point in points]
        cast(forms.ChoiceField, self.fields["point"]).choices = choices


class IdentifierForm(StepForm):
    """An identity number."""

    system = forms.ChoiceField(label=_("Kind"), choices=IdentifierSystem.choices, widget=UnfoldAdminSelectWidget)
    number = forms.CharField(
        label=_("Number"), max_length=60, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    )
