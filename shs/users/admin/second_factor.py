"""The page of one's own second factor: set it up, renew backup codes, remove it."""

from collections.abc import Sequence

from django import forms
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from unfold.widgets import UnfoldAdminPasswordWidget

from shs.core.admin.once import DID
from shs.core.admin.site import ANY_STAFF, office
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.users import second_factor
from shs.users.admin.login import CodeForm, refuse
from shs.users.models import User
from shs.users.passwords import require_current
from shs.users.requests import UserRequest

LAYOUT = "admin/base_site.html"


class RemoveForm(CodeForm):
    """Password and code, both needed to remove a second factor."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["password", "code"]

    def __init__(self, data: QueryDict | None = None, *, user: User | None = None) -> None:
        super().__init__(data, auto_id="id_remove_%s")
        self.user = user
        calm(self)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if self.user is None:
            raise forms.ValidationError(_("Incorrect password."))
        try:
            require_current(self.user, password)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.detail)) from None
        return password


def calm(form: Form) -> Form:
    """One of several forms on the page, so it takes no focus on load."""
    form.fields["code"].widget.attrs.pop("autofocus", None)
    return form


@sensitive_post_parameters("code", "password")
def second_factor_page(request: UserRequest) -> HttpResponse:
    """Open to every admin user, for their own account only."""
    user = User.objects.unrestricted("oneself, as stored").get(pk=request.user.pk)
    return _present(request, user) if user.has_second_factor else _set_up(request, user)


@sensitive_variables("codes")
def _set_up(request: UserRequest, user: User) -> HttpResponse:
    """A new key as a QR code and as text; a code from the app confirms it."""
    offer = second_factor.Offer(request.session, user)
    form = CodeForm(request.POST if request.POST.get("do") == "enrol" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor.enrol(user=user, key=offer.key, code=form.cleaned_data["code"], now=timezone.now())
        except Refused as refusal:
            refuse(form, "code", refusal)
        else:
            user.refresh_from_db()
            second_factor.pass_session(request.session, user)
            return _show_codes(request, codes, _("Your second factor has been set up."))
    is_required = second_factor.is_required(user)
    # Until it is confirmed, the page shows no other part of the admin.
    layout = "unfold/layouts/unauthenticated.html" if is_required else LAYOUT
    return _page(request, {"offer": offer, "form": form, "is_required": is_required, "layout": layout})


@sensitive_variables("codes")
def _present(request: UserRequest, user: User) -> HttpResponse:
    """The present second factor, with forms to renew the backup codes and to remove it."""
    wanted = request.POST.get("do") if request.method == "POST" else None
    renew = calm(CodeForm(request.POST if wanted == "renew" else None, auto_id="id_renew_%s"))
    gone = RemoveForm(request.POST if wanted == "remove" else None, user=user)
    form = {"renew": renew, "remove": gone}.get(wanted or "")
    if form is not None and form.is_valid():
        try:
            second_factor.check(user=user, code=form.cleaned_data["code"], now=timezone.now())
        except Refused as refusal:
            refuse(form, "code", refusal)
        else:
            if wanted == "renew":
                codes = second_factor.renew_codes(user=user)
                return _show_codes(request, codes, _("These are your new backup codes. The old ones no longer work."))
            second_factor.remove(user=user, reason="second factor removed by the user")
            messages.success(request, _("Your second factor has been removed."))
            return HttpResponseRedirect(reverse("admin:second_factor"))
    return _page(
        request,
        {
            "since": user.second_factor_at,
            "codes_left": second_factor.codes_left(user),
            "renew": renew,
            "remove": gone,
            "stays_required": settings.STAFF_SECOND_FACTOR == "required",
        },
    )


def _show_codes(request: UserRequest, codes: Sequence[str], done: Label) -> HttpResponse:
    """Shows the backup codes once. There is no redirect, so that they are not stored in between."""
    request.META[DID] = reverse("admin:second_factor")
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return _page(request, {"codes": codes, "done": done, "go_on": wanted if is_ours else reverse("admin:index")})


def _page(request: UserRequest, more: dict[str, object]) -> HttpResponse:
    context = {**office.each_context(request), "title": _("Second factor"), "layout": LAYOUT, **more}
    return TemplateResponse(request, "admin/users/second_factor.html", context)


office.add_page("second-factor/", second_factor_page, name="second_factor", needs=ANY_STAFF, also_outside=True)
