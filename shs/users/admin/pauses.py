"""Pauses after wrong logins, which admins can lift."""

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.masks import masked_email
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.core.dates import show_datetime
from shs.core.labels import Label
from shs.users.models import LoginPause
from shs.users.requests import UserRequest


def paused(user: Member) -> Q:
    """Pauses that last."""
    return Q(until__gt=timezone.now())


@admin.register(LoginPause)
class LoginPauseScreen(Screen):
    """Wrong guesses of passwords, codes and links, by account and by internet address."""

    icon = "lock_clock"
    empty_text = _(
        "No pauses. Accounts and internet addresses with too many wrong passwords or codes are paused, and listed here."
    )
    list_display = ["whose", "address", "of_device", "failures", "last_at", "until_at", "lifted_by", "next_steps"]
    list_select_related = ["lifted_by"]
    search_fields = ["account"]
    search_help_text = _("E-mail address")
    ordering = ["-failed_at", "-pk"]
    tabs = [
        Tab("paused", _("Paused now"), paused),
        Tab("all", _("Last 24 hours"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (None, {"fields": [("whose", "address"), ("of_device", "failures"), ("last_at", "until_at")]}),
        (_("Lifted"), {"fields": [("lifted_by", "lifted_at")]}),
    ]
    readonly_fields = ["whose", "of_device", "last_at", "until_at"]

    @display(description=_("Account"))
    def whose(self, pause: LoginPause) -> Label:
        if not pause.account:
            return _("any account")
        return masked_email(pause.account) if "@" in pause.account else _("not an e-mail address")

    @display(description=_("From"))
    def of_device(self, pause: LoginPause) -> Label:
        if pause.device:
            return _("a device that has logged in before")
        return _("this address") if pause.address else _("anywhere")

    @display(description=_("Last attempt"), ordering="failed_at")
    def last_at(self, pause: LoginPause) -> str:
        return show_datetime(pause.failed_at)

    @display(description=_("Paused until"))
    def until_at(self, pause: LoginPause) -> str:
        return show_datetime(pause.until) if pause.until and pause.until > timezone.now() else "–"

    @step(
        "lift",
        _("Lift pause"),
        text=_("The next login is tried at once, and wrong ones are counted anew."),
        done=_("Lifted."),
        when=lambda pause: pause.until is not None and pause.until > timezone.now(),
    )
    def lift(self, request: UserRequest, pause: LoginPause, data: StepData) -> None:
        pause.lift(by=request.user, now=timezone.now())
