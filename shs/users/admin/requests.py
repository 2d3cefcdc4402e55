"""Requests that another admin decides: to make an admin, and to change how somebody else logs in."""

from datetime import datetime

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.masks import masked_email
from shs.users import two_admins
from shs.users.admin.by_two import OrAloneScreen
from shs.users.models import RoleRequest, User


@admin.register(RoleRequest)
class RoleRequestScreen(OrAloneScreen):
    """Requests that take two admins. They are not added here but on the person's page."""

    icon = "how_to_reg"
    empty_text = _(
        "Requests to make somebody an admin, or to change how somebody logs in, wait here for a second admin."
    )
    list_display = ["user", "kind", "asked_by", "asked", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["user", "asked_by", "decided_by"]
    search_fields = ["user__name", "asked_by__name"]
    search_help_text = _("Person or requester")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("user", "status"),
                    ("kind", "new_address"),
                    "reason",
                    ("asked_by", "created_at"),
                    ("decided_by", "decided_at"),
                    "is_alone",
                ]
            },
        )
    ]
    readonly_fields = ["created_at", "new_address"]
    described_by = ("user", "kind", "asked_by", "created_at")
    dialogs = {
        "confirm": {
            "text": _(
                "Ask this person themselves, by phone or face to face, whether they want this. A new admin sees "
                "everything and can change accounts; a new address, or a reset, lets its owner log in as this person."
            )
        },
        "confirm_alone": {
            "text": _("There is no other admin. The person, and the auditors, are told that you decided alone.")
        },
        "decline": {"text": _("Nothing changes for this person.")},
    }

    @display(description=_("Requested on"), ordering="created_at")
    def asked(self, request: RoleRequest) -> datetime:
        return request.created_at

    @display(description=_("New address"))
    def new_address(self, request: RoleRequest) -> str:
        return masked_email(request.email) if request.email else "–"

    def confirm_request(self, row: RoleRequest, by: User, now: datetime) -> None:
        two_admins.confirm(request=row, by=by, now=now)

    def confirm_alone_request(self, row: RoleRequest, by: User, now: datetime) -> None:
        two_admins.confirm_alone(request=row, by=by, now=now)
