"""The screen for users."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib import admin, messages
from django.db import transaction
from django.forms import ModelForm
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.cells import link_to, person
from shs.core.admin.links import may_open
from shs.core.admin.masks import masked_email
from shs.core.admin.ranges import TimeRange
from shs.core.admin.resources import Exports
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.users import services, sessions
from shs.users.admin.forms import AccountForm, MuteForm, OpeningForm, RoleForm, SuspendForm
from shs.users.models import User, UserProfile
from shs.users.requests import UserRequest
from shs.users.resources import UserColumns


@admin.register(User)
class UserScreen(Exports, Screen):
    """Accounts. A new user gets a mail with a link to set the password."""

    form = AccountForm
    icon = "person"
    reveals = "contact details"
    history_needs = "reset"
    in_quick_search = True
    quick_search_order = 20
    empty_text = _("People who register, and the staff whom you add, are listed here.")
    list_display = ["who", "role_label", "state", "is_verified", "logins", "next_steps"]
    list_display_by_name = ["name", "role_label", "state", "next_steps"]
    """The fields for users who may only see a person's name."""
    list_filter = [
        ("role", ChoicesDropdownFilter),
        "is_active",
        "is_verified",
        ("created_at", TimeRange),
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
                    ("second_factor_at", "open_logins"),
                ]
            },
        ),
        (_("Contact"), {"fields": ["contact"]}),
    ]
    add_form = OpeningForm
    add_fieldsets = [(None, {"fields": ["name", "email", "role"]})]
    readonly_fields = ["shown_email", "duties", "contact", "created_at", "open_logins"]
    concealed_from = {
        "logins": "recognise",
        "open_logins": "recognise",
        "second_factor_at": "recognise",
        "is_verified": "recognise",
        "email": "reveal",
        "who": "recognise",
        "shown_email": "recognise",
        "last_login": "recognise",
        "contact": "recognise",
    }

    def log_revealed(self, request: UserRequest, obj: User) -> None:
        if self._may(request, "reveal"):
            super().log_revealed(request, obj)

    def get_list_display(self, request: UserRequest) -> list[str]:
        return super().get_list_display(request) if self._may(request, "recognise") else self.list_display_by_name

    def get_fieldsets(self, request: UserRequest, obj: User | None = None) -> FieldSets:
        if obj is None:
            return super().get_fieldsets(request, obj)
        (title, _options), *rest = super().get_fieldsets(request, obj)
        shown = ["email"] if self._may(request, "reveal") else ["shown_email"]
        return [(title, {"fields": ["name", *(shown if self._may(request, "recognise") else [])]}), *rest]

    def prepare_page(self, request: UserRequest, records: Sequence[User]) -> None:
        super().prepare_page(request, records)
        if self._may(request, "recognise"):
            counts = sessions.counts([user.pk for user in records], timezone.now())
            for user in records:
                user.login_count = counts.get(user.pk, 0)

    def found_as(self, request: UserRequest, row: User) -> str:
        known = self._may(request, "recognise")
        return f"{row.get_role_display()} · {masked_email(row.email)}" if known else row.get_role_display()

    def save_model(self, request: UserRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        if change:
            return super().save_model(request, obj, form, change)
        with transaction.atomic():
            made = User.objects.create_user(obj.email, None, name=obj.name, role=obj.role)
            obj.__dict__.update(made.__dict__)
            services.send_reset(made)
        return None

    @display(description=_("Person"), header=True, ordering="name")
    def who(self, user: User) -> list[str]:
        return person(user.name, masked_email(user.email))

    @display(description=_("Role"), label=True)
    def role_label(self, user: User) -> str:
        return user.get_role_display()

    @display(
        description=_("State"),
        ordering="is_active",
        label={str(_("Active")): "success", str(_("Muted")): "warning", str(_("Suspended")): "danger"},
    )
    def state(self, user: User) -> Label:
        if not user.is_active:
            return _("Suspended")
        return _("Muted") if user.is_muted(timezone.now()) else _("Active")

    @display(description=_("Last login, sessions"), ordering="last_login", header=True)
    def logins(self, user: User) -> list[Label]:
        last = show_datetime(user.last_login) if user.last_login else _("Never")
        return [last, ngettext("%d session", "%d sessions", user.login_count) % user.login_count]

    @display(description=_("Open sessions"))
    def open_logins(self, user: User) -> int:
        return sessions.counts([user.pk], timezone.now()).get(user.pk, 0)

    @display(description=_("E-mail address"))
    def shown_email(self, user: User) -> str:
        return masked_email(user.email)

    @display(description=_("Duties"))
    def duties(self, user: User) -> str:
        return ", ".join(user.groups.values_list("name", flat=True)) or "–"

    @display(description=_("Profile"))
    def contact(self, user: User) -> str:
        profile = UserProfile.objects.unrestricted("of a user who is shown").filter(user=user).first()
        if profile is None or not may_open(profile):
            return "–"
        return link_to(reverse("admin:users_userprofile_change", args=(profile.pk,)), _("Contact details"))

    @step(
        "suspend",
        _("Suspend…"),
        form=SuspendForm,
        danger=True,
        text=_("Every session and token of this person ends at once; they cannot log in until they are reinstated."),
        keep_label=_("Keep account active"),
        done=_("Suspended. All sessions have ended."),
        when=lambda user: user.is_active,
    )
    def suspend(self, request: UserRequest, user: User, data: StepData) -> None:
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
    def reinstate(self, request: UserRequest, user: User, data: StepData) -> None:
        with transaction.atomic():
            user.reinstate(reason=data["reason"])

    @step(
        "mute",
        _("Mute…"),
        form=MuteForm,
        text=_("They can still use everything else, but cannot post comments, reviews or reports or submit articles."),
        done=_("Muted."),
        in_list=False,
        when=lambda user: user.is_active and not user.is_muted(timezone.now()),
    )
    def mute(self, request: UserRequest, user: User, data: StepData) -> None:
        with transaction.atomic():
            user.mute(until=_in_days(data["days"]), reason=data["reason"])

    @step(
        "mute",
        _("Unmute…"),
        form=ReasonForm,
        text=_("They can write in public again."),
        done=_("Unmuted."),
        in_list=False,
        when=lambda user: user.is_muted(timezone.now()),
    )
    def unmute(self, request: UserRequest, user: User, data: StepData) -> None:
        with transaction.atomic():
            user.unmute(reason=data["reason"])

    @step(
        "assign",
        _("Change role…"),
        form=RoleForm,
        done=_("Saved. The new role is shown here, or the request under “Admin requests”."),
        in_list=False,
    )
    def assign(self, request: UserRequest, user: User, data: StepData) -> None:
        waits = services.change_role(user=user, by=request.user, **data)
        if waits:
            link = link_to(reverse("admin:users_rolerequest_changelist"), _("requests for admins"))
            messages.info(request, format_html(str(_("Another admin has to confirm it: see {}.")), link))

    @step(
        "reset",
        _("Send reset mail"),
        text=_("This person gets a mail with a link to set a new password. The current password works until then."),
        done=_("The reset mail has been queued."),
        in_list=False,
        when=lambda user: user.is_active,
    )
    def send_reset(self, request: UserRequest, user: User, data: StepData) -> None:
        services.send_reset(user)

    @step(
        "reset",
        _("Log out everywhere…"),
        form=ReasonForm,
        text=_("This person is logged out of every browser and app immediately."),
        done=_("Logged out everywhere."),
        in_list=False,
    )
    def log_out(self, request: UserRequest, user: User, data: StepData) -> None:
        with transaction.atomic():
            user.end_sessions(reason=data["reason"])

    @step(
        "reset_factor",
        _("Reset second factor…"),
        form=ReasonForm,
        danger=True,
        text=_(
            "First confirm by phone or in person that the request really comes from this person. "
            "They are logged out everywhere, informed by mail, and asked to set up a new second "
            "factor at their next login."
        ),
        done=_("The second factor has been reset and the person has been informed."),
        keep_label=_("Keep second factor"),
        in_list=False,
        when=lambda user: user.has_second_factor,
    )
    def reset_second_factor(self, request: UserRequest, user: User, data: StepData) -> None:
        services.reset_second_factor(user=user, reason=data["reason"])


def _in_days(days: int | None) -> datetime | None:
    """The instant so many days from now; None for no end."""
    return timezone.now() + timedelta(days=days) if days else None
