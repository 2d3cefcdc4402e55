"""The page to change one's own e-mail address; the address changes when the link to the new one is opened."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from shs.core.admin.site import ANY_STAFF, office
from shs.core.errors import Refused
from shs.core.types import clean_email
from shs.users import services
from shs.users.addresses import change_own
from shs.users.admin.login import refuse
from shs.users.requests import UserRequest


class OwnAddressForm(forms.Form):
    """The new address, and the password again."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email"}),
    )
    current_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])


@sensitive_post_parameters("current_password")
def address_page(request: UserRequest) -> HttpResponse:
    """Open to every admin user, for their own account only; also sends the link that confirms the present address."""
    if request.method == "POST" and "resend" in request.POST:
        services.resend_verification(request.user)
        messages.success(request, _("The link to confirm your address has been sent to it."))
        return HttpResponseRedirect(reverse("admin:own_address"))
    form = OwnAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_own(user=request.user, **form.cleaned_data, now=timezone.now())
        except Refused as refusal:
            refuse(form, refusal.field, refusal)
        else:
            messages.success(request, _("A link has been sent to the new address. Open it there to finish the change."))
            return HttpResponseRedirect(reverse("admin:index"))
    context = {**office.each_context(request), "title": _("Change e-mail address"), "form": form}
    return TemplateResponse(request, "admin/users/address.html", context)


office.add_page("address/", address_page, name="own_address", needs=ANY_STAFF)
