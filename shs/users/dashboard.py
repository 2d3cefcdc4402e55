"""What the dashboard of admins shows of accounts: requests that take two of them."""

from datetime import datetime

from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from shs.core.admin.addresses import list_of, page_of
from shs.core.admin.dashboards import ROWS, Next, Panel, Widget, Widgets
from shs.core.dashboard import SYSTEM
from shs.core.dates import show_datetime
from shs.core.grants.table import rows_allowed
from shs.users.admin.by_two import waiting
from shs.users.models import RoleRequest
from shs.users.requests import UserRequest


def requests(request: UserRequest, now: datetime) -> list[Widget]:
    """The latest requests, who made them, and what became of them; first those that wait for this user."""
    mine = waiting(request.user) & rows_allowed(RoleRequest, request.user, "decide")
    rows = RoleRequest.objects.allowed(request.user, "view").select_related("user", "asked_by", "decided_by")
    rows = rows.annotate(is_mine=Case(When(mine, then=True), default=False))
    latest = list(rows.order_by("-is_mine", "-pk")[:ROWS])
    found = [(_title(row), _told(row), page_of(row), _stands_out(row, now)) for row in latest]
    empty = _("No requests. What takes two admins is listed here with who asked for it and who decided.")
    todo = [Next(_title(row), _told(row), _("Decide"), page_of(row), order=20) for row in latest[:1] if row.is_mine]
    return [*todo, Panel(_("Requests for two admins"), found, empty, order=80, url=list_of(RoleRequest))]


def _title(row: RoleRequest) -> str:
    return f"{row.user.name} · {row.get_kind_display()}"


def _stands_out(row: RoleRequest, now: datetime) -> bool:
    """Whether it was or can be confirmed by its asker alone."""
    return row.is_alone or (row.status == RoleRequest.Status.WAITING and now >= row.alone_from)


def _told(row: RoleRequest) -> str:
    who = f"{row.asked_by.name} → {row.decided_by.name}" if row.decided_by else row.asked_by.name
    alone = f" ({_('without a second admin')})" if row.is_alone else ""
    return f"{row.get_status_display()}{alone} · {who} · {show_datetime(row.created_at)}"


widgets = [Widgets(SYSTEM, requests)]
