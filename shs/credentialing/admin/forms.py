"""Forms of the verification's dialogs."""

import json
from typing import cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from shs.core.admin.forms import DayField, validate_year
from shs.core.admin.steps import ReasonForm, StepForm
from shs.credentialing import casework
from shs.credentialing.models import CheckKind
from shs.credentialing.reasons import text_for
from shs.doctors.models import Reason


class WelcomeForm(StepForm):
    """An optional message to the doctor with the approval."""

    text = forms.CharField(
        label=_("Message to the doctor (optional)"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Sent to the doctor and kept in the history."),
    )


class MessageForm(StepForm):
    """A reason, and the message to the doctor: the usual text of the reason, unless the reviewer writes another."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *Reason.choices], widget=UnfoldAdminSelectWidget
    )
    text = forms.CharField(
        label=_("Message to the doctor"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "data-prefilled": ""}),
        help_text=_("Sent to the doctor and kept in the history. It is filled in from the reason; edit it as needed."),
    )

    def prepare(self) -> None:
        if self.record is not None:
            texts = {code: text_for(code, self.record.license_number) for code in Reason}
            self.fields["reason"].widget.attrs["data-texts"] = json.dumps(texts)

    def clean(self) -> dict[str, object]:
        data: dict[str, object] = super().clean() or {}
        code = str(data.get("reason") or "")
        if code and not data.get("text"):
            data["text"] = text_for(code, self.record.license_number)
            if not data["text"]:
                self.add_error("text", _("Enter a reason: it is sent to the doctor."))
        return data


class AffectingForm(MessageForm):
    """As MessageForm, for decisions that withdraw rights: it states the consequences."""

    def consequences(self) -> list[str]:
        now, sections = timezone.now(), casework.CASE_SECTIONS if self.record is not None else []
        count = sum(len(section.find(self.record, self.user, now)) for section in sections)
        if not count:
            return []
        words = ngettext(
            "%(count)s booked visit is affected.",
            "%(count)s booked visits are affected.",
            count,
        )
        return [words % {"count": count}]


class RenewalForm(StepForm):
    """The new end of the licence."""

    expires_on = DayField(
        label=_("Valid until"), widget=UnfoldAdminDateWidget(attrs={"type": "date"}), validators=[validate_year]
    )


class OverrideForm(StepForm):
    """Which check to override, and why."""

    kind = forms.ChoiceField(label=_("Check"), choices=[], widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label=_("Reason for the override"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The second person reads this and decides."),
    )

    def prepare(self) -> None:
        made = self.record.checks.current() if self.record is not None else []
        choices = [(check.kind, CheckKind(check.kind).label) for check in made if not check.counts]
        cast(forms.ChoiceField, self.fields["kind"]).choices = choices


class ConfirmForm(ReasonForm):
    """The overrides that a second officer confirms, with a reason of their own."""

    def consequences(self) -> list[str]:
        disputed = self.record.checks.disputed().select_related("override_asked_by") if self.record else []
        return [
            f"{check.get_kind_display()} ({check.get_result_display()}: {check.note}) · "
            f"{check.override_asked_by}: “{check.override_reason}”"
            for check in disputed
        ]


class CheckForm(forms.Form):
    """The result of one check; with `look_up` the register is asked instead. With the kind REST, all required checks
    that are not done yet pass."""

    REST = "rest"

    kind = forms.ChoiceField(choices=[*CheckKind.choices, (REST, _("Pass remaining checks"))])
    result = forms.ChoiceField(
        choices=[
            ("pass", _("Pass")),
            ("fail", _("Fail")),
            ("not_applicable", _("Not applicable")),
            ("look_up", _("Look up")),
        ]
    )
    note = forms.CharField(max_length=500, required=False)


class NoteForm(forms.Form):
    """An internal note."""

    text = forms.CharField(max_length=2000)
