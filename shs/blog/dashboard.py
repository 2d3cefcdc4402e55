"""The dashboard of moderators, and the number of reports for system operators."""

from datetime import datetime

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from shs.blog import queue
from shs.blog.models import Report
from shs.core.admin.dashboards import ROWS, Card, Dashboard, Next, Numbers, Panel, Widget, Widgets
from shs.core.dashboard import SYSTEM
from shs.core.labels import Label
from shs.users.requests import UserRequest

MODERATION = Dashboard(_("Moderation"), "blog.dismiss_report", 40)


def reports(request: UserRequest, now: datetime) -> list[Widget]:
    """How many reports are open."""
    return [Numbers(request, Report, "open").card("open", _("Open reports"), order=60)]


def waiting(request: UserRequest, now: datetime) -> list[Widget]:
    """Items waiting for a moderator."""
    heads = queue.heads(request.user)
    url = reverse("admin:moderation")
    posts = sum(head.kind == queue.POST for head in heads)
    days = (now - heads[0].since).days if heads else 0
    is_late = days >= queue.LATE_DAYS
    age = timesince(heads[0].since, now, depth=1) if heads else "–"
    target = _("the target is %(days)s days") % {"days": queue.LATE_DAYS}
    cards = [
        Card(_("To moderate"), len(heads), url, _("articles and reported content"), listed=len(heads)),
        Card(_("Articles to review"), posts, f"{url}?kind={queue.POST}", listed=posts),
        Numbers(request, Report, "open").card(
            "open", _("Open reports"), _("several reports may concern the same item")
        ),
        Card(_("Oldest item waiting"), age, url, target if heads else "", is_late, len(heads)),
    ]
    items = queue.items(heads[:ROWS])
    rows = [_waiting_item(item, url, now) for item in items]
    empty = _("Nothing to review. Submitted articles and reported content appear here.")
    todo = [
        Next(f"{item.label} · {title}", age, _("Review it"), link, late)
        for item, (title, _detail, link, late) in zip(items[:1], rows, strict=False)
    ]
    return [*todo, *cards, Panel(_("Waiting longest"), rows, empty, url=url)]


def _waiting_item(item: queue.Item, url: str, now: datetime) -> tuple[Label, Label, str, bool]:
    is_named = item.head.kind == queue.POST or item.row is None
    title = str(item.row or item.label) if is_named else item.context
    detail = f"{item.label} · {timesince(item.head.since, now, depth=1)}"
    return title, detail, f"{url}?kind={item.head.kind}", (now - item.head.since).days >= queue.LATE_DAYS


widgets = [Widgets(SYSTEM, reports), Widgets(MODERATION, waiting)]
