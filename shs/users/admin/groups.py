"""The screen for duties."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import display

from shs.core.admin.screen import Screen
from shs.users.models import User
from shs.users.requests import UserRequest

# The devices of django-otp hold secrets, so they have no screens.
admin.site.unregister([Group, TOTPDevice, StaticDevice])


@admin.register(Group)
class GroupScreen(Screen):
    """The duties of staff. Their rights are in the grant tables of the code."""

    icon = "badge"
    stays_small = "written in the code"
    list_display = ["duty", "members"]
    fieldsets = [(None, {"fields": ["name", "members"]})]
    readonly_fields = ["members"]
    ordering = ["name"]

    def get_object(self, request: UserRequest, object_id: str, from_field: str | None = None) -> Group | None:
        """A read-only group, named as its duty in the user's language."""
        group = super().get_object(request, object_id, from_field)
        if isinstance(group, Group):
            group.name = self.duty(group)
            return group
        return None

    @display(description=_("duty"), ordering="name")
    def duty(self, group: Group) -> str:
        return str(dict(User.duty_choices).get(group.name, group.name))

    def get_queryset(self, request: UserRequest) -> QuerySet[Group]:
        people = User.objects.unrestricted("the page is for those who see everybody")
        members = people.order_by("name", "pk").only("name")
        return super().get_queryset(request).prefetch_related(Prefetch("user_set", queryset=members))

    @display(description=_("Members"))
    def members(self, group: Group) -> str:
        return ", ".join(user.name for user in group.user_set.all()[:50]) or "–"

    def shows_history(self, request: UserRequest, row: Group) -> bool:
        return False

    def history_view(
        self, request: UserRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Groups are created by a migration and never changed, so there is no history."""
        raise Http404

    def history_form_view(
        self, request: UserRequest, object_id: str, version_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """See `history_view`."""
        raise Http404
