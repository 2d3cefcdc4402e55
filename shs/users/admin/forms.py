"""Forms of the users' page and dialogs."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from shs.core.admin.steps import ReasonForm
from shs.core.labels import Label
from shs.core.types import clean_email
from shs.users import services
from shs.users.admin.rights import review_words
from shs.users.models import MadeDuty, User


class RoleForm(ReasonForm):
    """A new role and, for staff, their duties."""

    role = forms.ChoiceField(label=_("Role"), choices=User.assigned_role_choices, widget=UnfoldAdminSelectWidget)
    duties = forms.MultipleChoiceField(
        label=_("Duties (staff only)"),
        choices=User.duty_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ["role", "duties", "reason"]

    def prepare(self) -> None:
        self.fields["role"].initial = self.record.role
        cast(forms.MultipleChoiceField, self.fields["duties"]).choices = [
            *User.duty_choices,
            *((name, name) for name in MadeDuty.objects.unrestricted("an admin gives any").given_to(self.record)),
        ]
        self.fields["duties"].initial = list(self.record.groups.values_list("name", flat=True))

    def consequences(self) -> Sequence[Label]:
        admins = _("Making somebody an admin takes two people: another admin has to confirm your request.")
        return [admins, review_words(self.record)]


class SuspendForm(ReasonForm):
    """Reason and end of a suspension; without an end it lasts until somebody reinstates the user."""

    days = forms.IntegerField(
        label=_("For how many days (empty: until an admin ends it)"),
        min_value=1,
        max_value=3650,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def consequences(self) -> Sequence[Label]:
        return [*services.hit_by_suspension(self.record, timezone.now()), review_words(self.record)]


class MuteForm(ReasonForm):
    """Reason and duration."""

    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=365, initial=7, widget=UnfoldAdminIntegerFieldWidget
    )


class AddressForm(ReasonForm):
    """A new e-mail address, and why the office changes it."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    field_order = ["email", "reason"]

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])

    def consequences(self) -> Sequence[Label]:
        return [_("Another admin has to confirm your request.")] if self.record.takes_two else []


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """An account; the e-mail address is normalised."""

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"])
        if (
            User.objects.unrestricted("only whether the address is taken")
            .by_email(email)
            .exclude(pk=self.instance.pk)
            .exists()
        ):
            raise forms.ValidationError(_("There is already an account with this address."))
        return email


class OpeningForm(AccountForm):
    """A new account; an admin cannot be created here, because that takes two admins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        role = cast(forms.ChoiceField, self.fields["role"])
        role.choices = User.opening_role_choices
        role.help_text = _(
            "Create the account with another role first. Then use “Change role…”; a second admin has to confirm it."
        )
