"""The pages that links in mails lead to, for everybody: a new password, a confirmed address, an undone change. Opening
a link changes nothing, as programs that check mails open it too: its page has a button."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shs.core.errors import Refused
from shs.core.types import clean_email
from shs.users import addresses, devices, guesses, mail_requests, passwords, practising, services
from shs.users.models import User

Links = list[tuple[str, str]]


class ForgottenForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if data and data.get("new_password") != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return data


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for the address to which a reset link is sent; the answer is the same for an unknown one."""
    form = ForgottenForm(request.POST or None)
    title = _("Forgot password")
    if request.method == "POST" and form.is_valid():
        mail_requests.ask_reset(email=form.cleaned_data["email"], now=timezone.now())
        text = _(
            "If there is an account with this address, a link for a new password is on its way. It works for 24 hours."
        )
        return _page(request, title, text)
    text = _("Enter the e-mail address of your account. We will send you a link to set a new password.")
    return _page(request, title, text, form=form, button=_("Send link"))


@never_cache
@sensitive_post_parameters("new_password", "again")
def new_password(request: HttpRequest) -> HttpResponse:
    """Sets a new password by the link of a reset mail."""
    uid, token = _given(request, "uid"), _given(request, "token")
    title, form = _("Set a new password"), NewPasswordForm(request.POST or None)
    try:
        user = guesses.follow(lambda: passwords.open_reset(uid=uid, token=token), timezone.now())
        _speak(user)
        if request.method == "POST" and form.is_valid():
            user = passwords.confirm_reset(uid=uid, token=token, new_password=form.cleaned_data["new_password"])
            text = _("Your new password is set, and every device was logged out. You can log in with it now.")
            answer = _page(request, title, text, links=_login_of(user))
            devices.give_cookie(request, answer, user)
            return answer
    except Refused as refusal:
        if refusal.field != "new_password":
            return _gone(request, title, refusal)
        form.add_error("new_password", str(refusal.detail))
    return _page(request, title, user.login_name, form=form, button=_("Set password"))


@never_cache
def confirm_address(request: HttpRequest) -> HttpResponse:
    """Confirms the address of a new account by the link that was sent to it."""
    uid, token = _given(request, "uid"), _given(request, "token")

    def confirm() -> None:
        services.confirm_email(uid=uid, token=token)

    return _by_link(
        request,
        lambda: services.open_confirmation(uid=uid, token=token),
        confirm,
        (_("Confirm your e-mail address"), _("Is this your address, and did you register with it?")),
        _("Thank you. Your e-mail address is confirmed."),
    )


@never_cache
def change_address(request: HttpRequest) -> HttpResponse:
    """Makes the address to which this link was sent that of the account."""
    token, now = _given(request, "token"), timezone.now()
    return _by_link(
        request,
        lambda: addresses.open_change(token, now=now).user,
        lambda: addresses.confirm(token=token, now=now),
        (
            _("Confirm your new e-mail address"),
            _("From now on you log in with this address, and all messages go to it. You are logged out everywhere."),
        ),
        _("Your e-mail address has been changed. Log in with the new one."),
    )


@never_cache
def undo_change(request: HttpRequest) -> HttpResponse:
    """Gives the account its former address back, to which this link was sent."""
    token, now = _given(request, "token"), timezone.now()
    return _by_link(
        request,
        lambda: addresses.open_undo(token, now=now).user,
        lambda: addresses.undo(token=token, now=now),
        (
            _("Undo the change of your e-mail address"),
            _("Your account gets its former address back. The password no longer works; every device is logged out."),
        ),
        _("Your account has its former address again. A link to set a new password has been sent to it."),
    )


@never_cache
def practise(request: HttpRequest) -> HttpResponse:
    """Makes a patient's account that of a doctor, by the link that was sent to its owner."""
    uid, token = _given(request, "uid"), _given(request, "token")
    return _by_link(
        request,
        lambda: practising.open_agreement(uid=uid, token=token),
        lambda: practising.agree(uid=uid, token=token, now=timezone.now()),
        (
            _("Work as a doctor with this account"),
            _(
                "The clinic wants to open a doctor's profile on your account. If you agree, you log in as a doctor "
                "from now on, and are logged out everywhere. Your own chart and past visits stay; visits to other "
                "doctors are no longer booked with this account. Patients find you only after you are verified."
            ),
        ),
        _("Thank you. This is a doctor's account now: the clinic can open your profile."),
    )


def _by_link(
    request: HttpRequest,
    look: Callable[[], User],
    take: Callable[[], object],
    asked: tuple[str, str],
    done: str,
) -> HttpResponse:
    """A page with one button, whose link `look` checks and `take` uses; `asked` is its title and text."""
    title, text = asked
    try:
        user = guesses.follow(look, timezone.now())
        if request.method == "POST":
            taken = take()
            return _page(request, title, done, links=_login_of(taken if isinstance(taken, User) else user))
    except Refused as refusal:
        return _gone(request, title, refusal)
    return _page(request, title, text, button=title)


def _page(
    request: HttpRequest,
    title: str,
    text: str = "",
    *,
    form: forms.Form | None = None,
    button: str = "",
    links: Links | None = None,
) -> HttpResponse:
    context = {"title": title, "text": text, "form": form, "button": button, "links": links or []}
    return render(request, "account/page.html", context)


def _gone(request: HttpRequest, title: str, refusal: Refused) -> HttpResponse:
    """A link that no longer works."""
    links = [(_("Forgot password"), reverse("account_forgotten"))]
    return render(
        request, "account/page.html", {"title": title, "refusal": refusal.detail, "links": links}, status=refusal.status
    )


def _login_of(user: User) -> Links:
    """Where `user` logs in, if that is a page of this project; patients do so in their app."""
    return [(_("Log in"), reverse("admin:login"))] if user.logs_in_here else []


def _given(request: HttpRequest, name: str) -> str:
    """A part of the link, of which none is longer."""
    return request.GET.get(name, "")[:300]


def _speak(user: User) -> None:
    """Show the page in the language of the account that the link is for."""
    if user.language:
        translation.activate(user.language)


paths = [
    path("account/forgot-password", forgotten, name="account_forgotten"),
    path("account/reset-password", new_password, name="account_password"),
    path("account/confirm-address", confirm_address, name="account_confirm"),
    path("account/change-address", change_address, name="account_address"),
    path("account/undo-address", undo_change, name="account_undo"),
    path("account/practise", practise, name="account_practise"),
]
"""The addresses of these pages."""
