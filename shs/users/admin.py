"""Screens for people."""

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from shs.core.admin import ReasonForm, Screen, link_to, masked_email, masked_phone, person, step
from shs.core.resources import Exports
from shs.core.types import clean_email
from shs.users import services
from shs.users.models import User, UserProfile
from shs.users.resources import UserColumns

admin.site.unregister(Group)


class RoleForm(ReasonForm):
    """Another role and, for staff, their duties."""

    role = forms.ChoiceField(label=_("Role"), choices=User.role_choices, widget=UnfoldAdminSelectWidget)
    duties = forms.MultipleChoiceField(
        label=_("Duties (staff only)"),
        choices=User.duty_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ["role", "duties", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = self.record.role
        self.fields["duties"].initial = list(self.record.groups.values_list("name", flat=True))


class SuspendForm(ReasonForm):
    """Why, and for how long; without an end until somebody reinstates them."""

    days = forms.IntegerField(
        label=_("For how many days (empty: until an admin ends it)"),
        min_value=1,
        max_value=3650,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class MuteForm(ReasonForm):
    """Why, and for how long."""

    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=365, initial=7, widget=UnfoldAdminIntegerFieldWidget
    )


class AccountForm(forms.ModelForm):
    """An account; the address is kept in one form."""

    def clean_email(self):
        email = clean_email(self.cleaned_data["email"])
        if User.objects.by_email(email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is already an account with this address."))
        return email


@admin.register(User)
class UserScreen(Exports, Screen):
    """Accounts. A new one sets its password by the mail that it is sent."""

    form = AccountForm
    icon = "person"
    reveals = "contact details"
    history_needs = "reset"
    in_quick_search = True
    empty_text = _("People who register, and the staff whom you add, are listed here.")
    list_display = ["who", "role_label", "state", "last_login", "next_steps"]
    list_display_by_name = ["name", "role_label", "state", "next_steps"]
    """What those see who know people by their name alone."""
    list_filter = [
        ("role", ChoicesDropdownFilter),
        "is_active",
        "is_verified",
        ("created_at", RangeDateTimeFilter),
    ]
    search_fields = ["name", "email"]
    search_help_text = _("Name or e-mail address")
    ordering = ["-pk"]
    resource_classes = [UserColumns]
    fieldsets = [
        (None, {"fields": ["name", ("email", "shown_email")]}),
        (
            _("Account"),
            {
                "fields": [
                    ("role", "duties"),
                    ("is_active", "is_verified"),
                    ("suspended_until", "muted_until"),
                    ("last_login", "created_at"),
                ]
            },
        ),
        (_("Contact"), {"fields": ["contact"]}),
    ]
    add_fieldsets = [(None, {"fields": ["name", "email", "role"]})]
    readonly_fields = ["shown_email", "duties", "contact", "created_at"]
    concealed_from = {
        "email": "reveal",
        "who": "recognise",
        "shown_email": "recognise",
        "last_login": "recognise",
        "contact": "recognise",
    }

    def log_revealed(self, request, obj):
        if self._may(request, "reveal"):
            super().log_revealed(request, obj)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        rows.reveals = self._may(request, "reveal")
        return rows

    def get_list_display(self, request):
        return super().get_list_display(request) if self._may(request, "recognise") else self.list_display_by_name

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return self.add_fieldsets
        (title, _options), *rest = super().get_fieldsets(request, obj)
        shown = ["email"] if self._may(request, "reveal") else ["shown_email"]
        return [(title, {"fields": ["name", *(shown if self._may(request, "recognise") else [])]}), *rest]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if obj else [name for name in fields if name != "role"]

    def save_model(self, request, obj, form, change):
        if change:
            return super().save_model(request, obj, form, change)
        with transaction.atomic():
            made = User.objects.create_user(obj.email, None, name=obj.name, role=obj.role)
            obj.__dict__.update(made.__dict__)
            services.send_reset(made)
        return None

    @display(description=_("Person"), header=True, ordering="name")
    def who(self, user):
        return person(user.name, masked_email(user.email))

    @display(description=_("Role"), label=True)
    def role_label(self, user):
        return user.get_role_display()

    @display(description=_("State"), label={str(_("Active")): "success", str(_("Suspended")): "danger"})
    def state(self, user):
        return _("Active") if user.is_active else _("Suspended")

    @display(description=_("E-mail address"))
    def shown_email(self, user):
        return masked_email(user.email)

    @display(description=_("Duties"))
    def duties(self, user):
        return ", ".join(user.groups.values_list("name", flat=True)) or "–"

    @display(description=_("Profile"))
    def contact(self, user):
        profile = UserProfile.objects.filter(user=user).first()
        if profile is None:
            return "–"
        return link_to(reverse("admin:users_userprofile_change", args=(profile.pk,)), _("Contact details"))

    @step(
        "suspend",
        _("Suspend…"),
        form=SuspendForm,
        danger=True,
        text=_("Every session and token of this person ends at once; they cannot log in until they are reinstated."),
        done=_("Suspended: every session has ended."),
        when=lambda user: user.is_active,
    )
    def suspend(self, request, user, data):
        with transaction.atomic():
            user.suspend(reason=data["reason"], until=_in_days(data["days"]))

    @step(
        "suspend",
        _("Reinstate…"),
        form=ReasonForm,
        text=_("They can log in again."),
        done=_("Reinstated."),
        when=lambda user: not user.is_active,
    )
    def reinstate(self, request, user, data):
        with transaction.atomic():
            user.reinstate(reason=data["reason"])

    @step(
        "mute",
        _("Mute…"),
        form=MuteForm,
        text=_("They can use everything else; comments, reviews, reports and articles to publish are refused."),
        done=_("Muted."),
        in_list=False,
        when=lambda user: user.is_active and not user.is_muted(timezone.now()),
    )
    def mute(self, request, user, data):
        with transaction.atomic():
            user.mute(until=_in_days(data["days"]), reason=data["reason"])

    @step(
        "mute",
        _("Unmute…"),
        form=ReasonForm,
        text=_("They can write in public again."),
        done=_("No longer muted."),
        in_list=False,
        when=lambda user: user.is_muted(timezone.now()),
    )
    def unmute(self, request, user, data):
        with transaction.atomic():
            user.unmute(reason=data["reason"])

    @step("assign", _("Change role…"), form=RoleForm, done=_("The role has changed; they log in again."), in_list=False)
    def assign(self, request, user, data):
        with transaction.atomic():
            user.assign(role=data["role"], duties=data["duties"], reason=data["reason"])

    @step(
        "reset",
        _("Send reset mail"),
        text=_("They are sent a link that sets a new password; the present one works until then."),
        done=_("The mail is on its way."),
        in_list=False,
        when=lambda user: user.is_active,
    )
    def send_reset(self, request, user, data):
        services.send_reset(user)

    @step(
        "reset",
        _("Log out everywhere"),
        text=_("Every session and token of this person ends."),
        done=_("Logged out everywhere."),
        in_list=False,
    )
    def log_out(self, request, user, data):
        with transaction.atomic():
            user.end_sessions(reason="logged out by an admin")


def _in_days(days):
    """So many days from now; None for no end."""
    return timezone.now() + timedelta(days=days) if days else None


@admin.register(UserProfile)
class UserProfileScreen(Screen):
    """Contact details; a desk sees and corrects those of its patients."""

    icon = "contact_phone"
    reveals = "contact details"
    history_needs = "read_person"
    empty_text = _("Contact details of your patients are listed here.")
    list_display = ["who", "masked_phone", "city"]
    search_fields = ["user__name"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["person_link", ("phone", "emergency_contact"), "address", "city"]}),
        (_("Personal"), {"fields": [("date_of_birth", "gender", "blood_group")]}),
    ]
    readonly_fields = ["person_link"]
    concealed_from = {"date_of_birth": "read_person", "gender": "read_person", "blood_group": "read_person"}

    def person_of(self, profile):
        return profile.user

    @display(description=_("Person"), ordering="user__name")
    def who(self, profile):
        return profile.user.name

    @display(description=_("Phone"))
    def masked_phone(self, profile):
        return masked_phone(profile.phone)

    @display(description=_("Person"))
    def person_link(self, profile):
        return profile.user.name


@admin.register(Group)
class GroupScreen(Screen):
    """The duties of staff; what each may do stands in the grant tables of the code."""

    icon = "badge"
    list_display = ["name", "members"]
    fieldsets = [(None, {"fields": ["name", "members"]})]
    readonly_fields = ["members"]
    ordering = ["name"]

    @display(description=_("Members"))
    def members(self, group):
        return ", ".join(group.user_set.order_by("name").values_list("name", flat=True)[:50]) or "–"

    def shows_history(self, request, row):
        return False

    def history_view(self, request, object_id, extra_context=None):
        """Groups are made by a migration and never changed: there is no history to show."""
        raise Http404

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """As `history_view`."""
        raise Http404
