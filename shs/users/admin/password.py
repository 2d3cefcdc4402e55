"""The page to change one's own password; it ends every other session, as in the API."""

from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from unfold.forms import AdminOwnPasswordChangeForm

from shs.core.admin.site import ANY_STAFF, office
from shs.core.errors import Refused
from shs.users import devices
from shs.users.models import User
from shs.users.passwords import require_current, set_password
from shs.users.requests import UserRequest


class PasswordForm(AdminOwnPasswordChangeForm):
    """The old password and the new one twice."""

    def clean_old_password(self) -> str:
        password = str(self.cleaned_data["old_password"])
        try:
            require_current(self.user, password)
        except Refused as refusal:
            raise ValidationError(str(refusal.detail)) from None
        return password

    def save(self, commit: bool = True) -> User:
        # Not the request's user object: the service locks and changes a row of its own.
        self.user: User = User.objects.unrestricted("oneself, as stored").get(pk=self.user.pk)
        set_password(user=self.user, password=self.cleaned_data["new_password1"], reason="changed by the user")
        return self.user


def password_page(request: UserRequest) -> HttpResponseBase:
    """Open to every admin user, for their own account only."""
    answer = PasswordChangeView.as_view(
        form_class=PasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context=office.each_context(request),
    )(request)
    if isinstance(answer, HttpResponseRedirect):  # the password is changed: this browser stays a known one
        user = User.objects.unrestricted("oneself, as stored").get(pk=request.user.pk)
        devices.give_cookie(request, answer, user)
    return answer


office.add_page("password_change/", password_page, name="password_change", needs=ANY_STAFF, also_outside=True)
