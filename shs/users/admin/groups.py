"""The screen for duties."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import display

from shs.core.admin.cells import link_to
from shs.core.admin.links import may_open
from shs.core.admin.screen import Screen
from shs.core.grants.offered import rights_of_line
from shs.users.admin.duties import edit_links, lines_of
from shs.users.models import MadeDuty, User
from shs.users.requests import UserRequest


def made_of(group: Group) -> MadeDuty | None:
    """The made duty of a group, which is loaded with it."""
    return getattr(group, "made", None)


# The devices of django-otp hold secrets, so they have no screens.
admin.site.unregister([Group, TOTPDevice, StaticDevice])

# Pages call a group what it is here. Migrations do not see this.
Group._meta.verbose_name, Group._meta.verbose_name_plural = _("duty"), _("duties")


@admin.register(Group)
class GroupScreen(Screen):
    """The duties of staff: the built-in ones, whose rights are in the grant tables of the code and which can be copied,
    and those that the clinic has made, which can be changed and archived."""

    icon = "badge"
    stays_small = "made by hand"
    list_display = ["duty", "kind", "members", "links"]
    list_tools_template = "admin/users/duty_tools.html"
    fieldsets = [(None, {"fields": ["name", "kind", "members", "rights", "links"]})]
    readonly_fields = ["kind", "members", "rights", "links"]
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

    @display(description=_("Kind"))
    def kind(self, group: Group) -> SafeString | str:
        """Whether it is built in; of one that the clinic has made, a link to its page."""
        if (made := made_of(group)) is None:
            return gettext("built in")
        words = gettext("archived") if made.is_archived else gettext("made by the clinic")
        return link_to(reverse("admin:users_madeduty_change", args=(made.pk,)), words) if may_open(made) else words

    @display(description=_("Rights"))
    def rights(self, group: Group) -> SafeString:
        made = made_of(group)
        return lines_of(made.rights if made else rights_of_line(group.name))

    @display(description=_("Actions"))
    def links(self, group: Group) -> SafeString:
        return edit_links(group.pk, made_of(group))

    def get_queryset(self, request: UserRequest) -> QuerySet[Group]:
        people = User.objects.unrestricted("the page is for those who see everybody")
        members = people.order_by("name", "pk").only("name")
        return (
            super()
            .get_queryset(request)
            .select_related("made")
            .prefetch_related(Prefetch("user_set", queryset=members))
        )

    @display(description=_("Members"))
    def members(self, group: Group) -> str:
        return ", ".join(user.name for user in group.user_set.all()[:50]) or "–"
