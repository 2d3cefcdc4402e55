"""The screen for users."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

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
from shs.core.admin.finding import found_by
from shs.core.admin.links import may_open
from shs.core.admin.masks import masked_email
from shs.core.admin.ranges import TimeRange
from shs.core.admin.resources import Exports
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.context import current
from shs.core.dates import show_datetime
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.core.phones import mask_phone
from shs.users import contacts, services, sessions, two_admins
from shs.users.admin.cards import CardPages, with_card_link
from shs.users.admin.death import DeathSteps
from shs.users.admin.forms import AddressForm, MuteForm, OpeningForm, RoleForm, SuspendForm
from shs.users.admin.guardians import family_of
from shs.users.admin.merging import PersonMergingPages
from shs.users.admin.rights import ReviewPages, review_link
from shs.users.apart import told_apart
from shs.users.finding import found_as_person
from shs.users.models import RoleRequest, User, UserProfile
from shs.users.models.user import UserQuerySet
from shs.users.requests import UserRequest
from shs.users.resources import UserColumns

found_by(User, "name", found_as_person)


@admin.register(User)
class UserScreen(CardPages, DeathSteps, ReviewPages, PersonMergingPages, Exports, Screen):
    """Accounts. A new user gets a mail with a link to set the password."""

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
    search_help_text = _("Name as you hear it, phone, date of birth, or e-mail address")
    ordering = ["-pk"]
    resource_classes = [UserColumns]
    fieldsets = [
        (None, {"fields": ["name", "name_bn", "number", ("email", "shown_email"), ("died_on", "death_told_by")]}),
        (
            _("Account"),
            {
                "fields": [
                    ("role", "duties"),
                    ("is_active", "is_verified"),
                    ("suspended_until", "muted_until"),
                    ("last_login", "created_at"),
                    ("second_factor_at", "open_logins"),
                    "rights",
                ]
            },
        ),
        (_("Contact"), {"fields": ["contact", "family"]}),
    ]
    add_form = OpeningForm
    add_fieldsets = [(None, {"fields": ["name", "email", "role"]})]
    readonly_fields = [
        "number",
        "shown_email",
        "duties",
        "contact",
        "family",
        "created_at",
        "open_logins",
        "rights",
        "merge_link",
    ]
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
        "family": "recognise",
        "rights": "assign",
    }

    def get_queryset(self, request: UserRequest) -> UserQuerySet:
        """Whoever was merged is not listed: they are found by their number, which leads to the kept row."""
        rows = cast(UserQuerySet, super().get_queryset(request))
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.unmerged()

    def log_revealed(self, request: UserRequest, obj: User) -> None:
        if self.may_read(request, "reveal", obj):
            super().log_revealed(request, obj)

    def get_list_display(self, request: UserRequest) -> list[str]:
        return super().get_list_display(request) if self.may_read(request, "recognise") else self.list_display_by_name

    def get_fieldsets(self, request: UserRequest, obj: User | None = None) -> FieldSets:
        if obj is None:
            return super().get_fieldsets(request, obj)
        (title, _options), *rest = super().get_fieldsets(request, obj)
        died = [("died_on", "death_told_by")] if obj.is_dead else []
        if self._may(request, "merge", obj) and not obj.is_merged:
            rest = [*rest, (_("Registered twice"), {"fields": ["merge_link"]})]
        shown = ["email"] if self.may_read(request, "reveal", obj) else ["shown_email"]
        contact = shown if self.may_read(request, "recognise", obj) else []
        if obj.is_merged:
            contact = [*contact, "merged_into"]
        return [(title, {"fields": [("name", "name_bn"), "number", *contact, *died]}), *rest]

    def prepare_page(self, request: UserRequest, records: Sequence[User]) -> None:
        super().prepare_page(request, records)
        if self.may_read(request, "recognise"):
            counts = sessions.counts([user.pk for user in records], timezone.now())
            phones = contacts.numbers_of(user.pk for user in records if not user.email)
            for user in records:
                user.login_count = counts.get(user.pk, 0)
                user.listed_phone = phones.get(user.pk, "")
            # In results only: whoever looks for nobody in particular need not tell people apart.
            apart = self.told_apart(request, records) if request.GET.get("q") else {}
            for user in records:
                user.apart = apart.get(user.pk, "")

    def told_apart(self, request: UserRequest, rows: Sequence[User]) -> dict[int, str]:
        return told_apart(request.user, [user.pk for user in rows], timezone.now())

    def found_as(self, request: UserRequest, row: User) -> str:
        known = self.may_read(request, "recognise", row)
        parts = [row.get_role_display(), row.patient_number, masked_email(row.email) if known else ""]
        return " · ".join(filter(None, parts))

    def save_model(self, request: UserRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        if change:
            stored = User.objects.unrestricted("the row of the form, as stored").get(pk=obj.pk)
            if not services.rename(user=stored, name=obj.name, now=timezone.now()):
                messages.info(request, _("The name of a verified doctor changes once an officer has accepted it."))
            if "name_bn" in form.changed_data:
                stored.rename_bn(form.cleaned_data["name_bn"])
            obj.refresh_from_db()
            return
        made = services.open_account(
            email=form.cleaned_data["email"], name=obj.name, role=obj.role, by=request.user, now=timezone.now()
        )
        obj.__dict__.update(made.__dict__)
        return

    @display(description=_("Person"), header=True, ordering="name")
    def who(self, user: User) -> list[str]:
        reached = masked_email(user.email) or mask_phone(user.listed_phone)
        return person(user.name, " · ".join(filter(None, [user.patient_number, user.apart or reached])))

    @display(description=_("Patient number"))
    def number(self, user: User) -> str:
        return with_card_link(user)

    @display(description=_("Role"), label=True)
    def role_label(self, user: User) -> str:
        return user.get_role_display()

    @display(
        description=_("State"),
        ordering="is_active",
        label={str(_("Active")): "success", str(_("Muted")): "warning", str(_("Suspended")): "danger"},
    )
    def state(self, user: User) -> Label:
        if user.is_merged:
            return _("Merged")
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
        labels = dict(User.duty_choices)
        return ", ".join(str(labels.get(name, name)) for name in user.groups.values_list("name", flat=True)) or "–"

    @display(description=_("Two patient numbers"))
    def merge_link(self, user: User) -> str:
        return link_to(reverse("admin:users_user_merge", args=(user.pk,)), _("Merge with another number…"))

    @display(description=_("Rights"))
    def rights(self, user: User) -> str:
        return review_link(user) if may_open(user, "assign") else "–"

    @display(description=_("Family"))
    def family(self, user: User) -> str:
        add, reader = reverse("admin:users_guardianship_add"), getattr(current.get(), "user", None)
        if not user.may_be_patient or reader is None or not holds(reader, "users.add_guardianship"):
            return family_of(user)
        link = link_to(f"{add}?dependant_number={user.patient_number}", _("Add a guardian…"))
        return format_html("{}<p>{}</p>", family_of(user), link)

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
        until = _in_days(data["days"])
        services.suspend(user=user, reason=data["reason"], until=until, by=request.user, now=timezone.now())

    @step(
        "suspend",
        _("Reinstate…"),
        form=ReasonForm,
        text=_("They can log in again."),
        done=_("Reinstated."),
        when=lambda user: not user.is_active and not user.is_merged,
    )
    def reinstate(self, request: UserRequest, user: User, data: StepData) -> None:
        services.reinstate(user=user, reason=data["reason"], by=request.user, now=timezone.now())

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
        done=_("Saved. The new role is shown here, or the request under “Requests for two admins”."),
        in_list=False,
        when=lambda user: not user.is_pharmacys,
    )
    def assign(self, request: UserRequest, user: User, data: StepData) -> None:
        self._asked(request, two_admins.change_role(user=user, by=request.user, now=timezone.now(), **data))

    @step(
        "readdress",
        _("Change e-mail address…"),
        form=AddressForm,
        text=_(
            "A link is sent to the new address, which changes when somebody opens it. A message to the present address "
            "tells about the change; its link undoes it for seven days. For staff, doctors and admins a second admin "
            "has to confirm it first."
        ),
        done=_("The change was requested."),
        in_list=False,
        when=lambda user: user.is_active,
    )
    def change_address(self, request: UserRequest, user: User, data: StepData) -> None:
        self._asked(request, two_admins.change_address(user=user, by=request.user, now=timezone.now(), **data))

    @step(
        "reset",
        _("Send reset mail…"),
        form=ReasonForm,
        text=_(
            "This person gets a mail with a link to set a new password. The current password works until then. They "
            "are told that somebody of the clinic asked for it."
        ),
        done=_("The password reset mail was requested."),
        in_list=False,
        when=lambda user: user.is_active and user.has_login,
    )
    def send_reset(self, request: UserRequest, user: User, data: StepData) -> None:
        self._asked(request, two_admins.reset_password(user=user, by=request.user, now=timezone.now(), **data))

    @step(
        "reset",
        _("Log out everywhere…"),
        form=ReasonForm,
        text=_(
            "This person is logged out of every browser and app immediately. Their private calendar links end, too."
        ),
        done=_("Logged out everywhere."),
        in_list=False,
    )
    def log_out(self, request: UserRequest, user: User, data: StepData) -> None:
        sessions.log_out_everywhere(user, reason=data["reason"], now=timezone.now())

    @step(
        "reset_factor",
        _("Reset second factor…"),
        form=ReasonForm,
        danger=True,
        text=_(
            "First confirm by phone or in person that the request really comes from this person. "
            "Another admin has to confirm it too. They are then logged out everywhere, informed by mail, and asked to "
            "set up a new second factor at their next login."
        ),
        done=_("The reset was requested."),
        keep_label=_("Keep second factor"),
        in_list=False,
        when=lambda user: user.has_second_factor,
    )
    def reset_second_factor(self, request: UserRequest, user: User, data: StepData) -> None:
        self._asked(request, two_admins.reset_factor(user=user, by=request.user, now=timezone.now(), **data))

    def _asked(self, request: UserRequest, waits: RoleRequest | None) -> None:
        """Say where a request waits for another admin."""
        if waits:
            link = link_to(reverse("admin:users_rolerequest_changelist"), _("requests for two admins"))
            messages.info(request, format_html(str(_("Another admin has to confirm it: see {}.")), link))


def _in_days(days: int | None) -> datetime | None:
    """The instant so many days from now; None for no end."""
    return timezone.now() + timedelta(days=days) if days else None
