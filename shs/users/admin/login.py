"""Login: password, then the code of the second factor."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.contrib.auth.views import LoginView
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from shs.core.admin.site import NO_LOGIN, office
from shs.core.errors import Refused, Unavailable
from shs.users import second_factor
from shs.users.guesses import Paused
from shs.users.models import User
from shs.users.requests import UserRequest

BACKEND = "shs.users.backends.EmailBackend"
ENDED = {
    "idle": _("You were logged off after a period of inactivity. Log in to continue."),
    "stale": _("This page was open while you logged in or out in another tab. Please log in again."),
    "all": _("You are logged out everywhere, including this browser."),
}
FEW_CODES = 3


class CodeForm(forms.Form):
    """The code from the authenticator app, or a backup code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false", "autofocus": True}
        ),
    )


class PasswordStep(LoginView):
    """The first step: password. A user with a second factor is not logged in yet and continues with the second step."""

    template_name = "admin/users/login.html"
    authentication_form = AuthenticationForm

    def dispatch(self, request: UserRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "GET" and (home := office.home_of(request)):
            return HttpResponseRedirect(reverse(home))
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except Paused as pause:
            return paused_page(request, pause)
        except Unavailable as busy:
            return self._busy(busy)

    def _busy(self, busy: Unavailable) -> HttpResponse:
        """The page again, while too many passwords wait to be checked."""
        form = AuthenticationForm(self.request, initial={"username": self.request.POST.get("username", "")[:254]})
        context = {**self.get_context_data(form=form), "ended": busy.detail}
        answer = self.response_class(self.request, self.get_template_names(), context, status=busy.status)
        answer["Retry-After"] = str(busy.retry_after)
        return answer

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = cast(User, form.get_user())
        if not user.has_second_factor:
            return super().form_valid(form)
        second_factor.hold(self.request.session, user, timezone.now())
        query = urlencode({REDIRECT_FIELD_NAME: self.get_success_url()})
        return HttpResponseRedirect(f"{reverse('admin:second_factor_code')}?{query}")

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        more = {
            **office.each_context(self.request),
            "title": _("Log in"),
            "app_path": self.request.get_full_path(),
            "ended": ENDED.get(self.request.GET.get("ended", "")),
        }
        return {**super().get_context_data(**kwargs), **more}


def paused_page(request: HttpRequest, pause: Paused) -> HttpResponse:
    """Says how long somebody has to wait after too many wrong guesses."""
    seconds = pause.retry_after or 1
    answer = render(request, "admin/locked_out.html", {"minutes": -(-seconds // 60)}, status=pause.status)
    answer["Retry-After"] = str(seconds)
    return answer


@never_cache
@sensitive_post_parameters("code")
def code_step(request: HttpRequest) -> HttpResponse:
    """The second step: code, after the password, or for a session that has not passed the present second factor."""
    user = _who_owes(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST or None)
    answer = _try(request, user, form) if request.method == "POST" and form.is_valid() else None
    if answer is not None:
        return answer
    context = {**office.each_context(request), "title": _("Second factor"), "form": form, "person": user}
    return TemplateResponse(request, "admin/users/code.html", context, status=_status(form))


def _who_owes(request: HttpRequest) -> User | None:
    if request.user.is_authenticated:
        owes = request.user.has_second_factor and not second_factor.has_passed(request.session, request.user)
        return request.user if owes and request.user.logs_in_here else None
    return second_factor.held(request.session, timezone.now())


def _try(request: HttpRequest, user: User, form: Form) -> HttpResponse | None:
    """The response to a correct code; None for a wrong one, with an error on the form."""
    try:
        kind = second_factor.check(user=user, code=form.cleaned_data["code"], now=timezone.now())
    except Refused as refusal:
        refuse(form, "code", refusal)
        return None
    if not request.user.is_authenticated:
        login(request, user, backend=BACKEND)
    second_factor.pass_session(request.session, user)
    if kind == second_factor.BACKUP:
        _warn_of_few(request, user)
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if is_ours else reverse("admin:index"))


def _warn_of_few(request: HttpRequest, user: User) -> None:
    left = second_factor.codes_left(user)
    words = ngettext("You have used a backup code; %d is left.", "You have used a backup code; %d are left.", left) % (
        left,
    )
    say = messages.warning if left <= FEW_CODES else messages.info
    say(request, words)


def refuse(form: Form, field: str, refusal: Refused) -> None:
    """Show a refusal beside a field and keep it on the form."""
    form.add_error(field if field in form.fields else None, str(refusal.detail))
    form.refusal = refusal  # type: ignore[attr-defined]  # read by _status()


def _status(form: Form) -> int:
    refusal = getattr(form, "refusal", None)
    return refusal.status if refusal and refusal.status == 429 else 200


office.add_page("login/", PasswordStep.as_view(), name="login", needs=NO_LOGIN)
office.add_page("second-factor/code/", code_step, name="second_factor_code", needs=NO_LOGIN)
