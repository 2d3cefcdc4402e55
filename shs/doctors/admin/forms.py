"""Form of a doctor's profile."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget


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
