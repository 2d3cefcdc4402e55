"""The page "Review rights": what one person holds."""

from typing import NamedTuple

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shs.core.admin.addresses import page_of
from shs.core.admin.base import ScreenBase
from shs.core.admin.pages import Page
from shs.core.admin.shared_page import by_kind
from shs.core.admin.sharing import duty_words
from shs.core.admin.wording import name_of
from shs.core.grants.held import live
from shs.core.grants.models import ObjectGrant
from shs.core.grants.shares import shares_with
from shs.core.labels import Label
from shs.users.models import User
from shs.users.requests import UserRequest


class HeldGrant(NamedTuple):
    """An object grant as the page lists it."""

    right: str
    name: str
    url: str
    grant: ObjectGrant
    revoke_url: str


def review_link(person: User) -> SafeString:
    """A link to the page for `person`."""
    url = reverse("admin:users_user_rights", args=(person.pk,))
    return format_html('<a class="shs-link" href="{}">{}</a>', url, _("Review rights"))


def review_words(person: User) -> Label:
    """A sentence for the dialogs that change what somebody may do, with the link."""
    words = gettext("Rights of this person on single records: {}.")
    return format_html(words, review_link(person))


class ReviewPages(ScreenBase):
    """Mixin for the screen of users: the page "Review rights"."""

    pages = [Page("<path:object_id>/rights/", "rights_view", "rights", needs="assign")]

    def rights_view(self, request: UserRequest, person: User) -> HttpResponse:
        """The role, the duties, what is shared, and the object grants of `person`, each with its Revoke."""
        now = timezone.now()
        grants = ObjectGrant.objects.allowed(request.user, "view").filter(live(now), user=person.pk)
        rows = (
            grants.select_related("permission", "granted_by")
            .prefetch_related("content_object")
            .order_by("source", "pk")
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Rights of %(name)s") % {"name": person.name},
            "person": person,
            "duties": [duty_words(name) for name in sorted(person.roles_held - {person.role})],
            "kinds": by_kind(shares_with(person), request.GET.get("kind", ""), request.path),
            "grants": [self._held(request, row) for row in rows],
            "opts": self.opts,
            "original": person,
        }
        return TemplateResponse(request, "admin/users/rights.html", context)

    def _held(self, request: UserRequest, grant: ObjectGrant) -> HeldGrant:
        obj = grant.content_object
        may = request.user.has_perm("core.revoke_objectgrant", grant)
        return HeldGrant(
            right=gettext(grant.permission.name),
            name=name_of(obj) if obj else "–",
            url=page_of(obj) if obj else "",
            grant=grant,
            revoke_url=reverse("admin:core_objectgrant_step", args=(grant.pk, "revoke")) if may else "",
        )
