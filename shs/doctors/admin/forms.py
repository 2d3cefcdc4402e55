"""Form of a doctor's profile."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from shs.core.types import clean_email


class DoctorForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's has no arguments when it runs
    """A doctor's profile; languages are separated by commas."""

    languages = forms.CharField(
        label=_("Languages"),
        required=False,
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Separate by commas, for example: Bangla, English"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["languages"] = ", ".join(self.instance.languages)

    def clean_languages(self) -> list[str]:
        words = [word.strip() for word in self.cleaned_data["languages"].split(",")]
        return [word for word in words if word][:10]

    def clean_clinics(self) -> Any:
        """Hours at a clinic are deleted first: that asks what becomes of the visits booked there."""
        chosen = self.cleaned_data["clinics"]
        kept = {clinic.pk for clinic in chosen}
        blocks = self.instance.availability.exclude(clinic=None).select_related("clinic") if self.instance.pk else ()
        if left := sorted({block.clinic.name for block in blocks if block.clinic_id not in kept}):
            words = _("Delete the working hours there first: %(clinics)s.")
            raise forms.ValidationError(words % {"clinics": ", ".join(left)})
        return chosen

    def clean_notice_minutes(self) -> int:
        return self.cleaned_data["notice_minutes"] or 0


class OpeningForm(DoctorForm):
    """A new doctor: the account, and the profile as the doctor declares it."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("An invitation with a link to set a password is sent to it."),
    )

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])
