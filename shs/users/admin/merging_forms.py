"""Forms of the page that merges two people."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.users.merge_rules import DROPPED, KEPT, Question


class KeptForm(forms.Form):
    """With whom somebody is merged."""

    into = forms.CharField(
        label=_("Patient number of the one to keep"), max_length=40, widget=UnfoldAdminTextInputWidget
    )


class ChoicesForm(forms.Form):
    """What of what differs is kept, and why the two are one person."""

    names: dict[str, str]
    """Each field's name → the key of its question."""

    def __init__(self, data: QueryDict | None, questions: Iterable[Question]) -> None:
        super().__init__(data)
        self.names = {}
        for at, question in enumerate(questions):
            name = f"choice_{at}"
            self.names[name] = question.key
            self.fields[name] = forms.ChoiceField(
                label=capfirst(str(question.label)),
                choices=[(KEPT, question.kept), (DROPPED, question.dropped)],
                initial=question.default,
                widget=UnfoldAdminRadioSelectWidget,
            )
        self.fields["reason"] = forms.CharField(
            label=_("How you know that it is the same person"),
            max_length=500,
            min_length=5,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            help_text=_("Such as: she showed both cards; same mother's name."),
        )

    def chosen(self) -> dict[str, str]:
        """The key of each question → "kept" or "dropped"."""
        return {key: self.cleaned_data[name] for name, key in self.names.items()}
