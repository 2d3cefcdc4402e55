"""Sidebar entries for articles, comments and moderation."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.blog.queue import LATE_DAYS, count
from shs.core.caller import Member
from shs.core.menu import Badge, Entry, Rank, Section

CONTENT = Section(_("Content"), 30)


def waiting(user: Member) -> Badge:
    """The number of items in the moderation queue; red if one has waited too long."""
    waits, oldest = count(user)
    if oldest is None:
        return {}
    is_late = (timezone.now() - oldest).days >= LATE_DAYS
    return {"badge": str(waits), "badge_variant": "danger" if is_late else "info"}


entries = [
    Entry(
        CONTENT,
        10,
        _("Moderation"),
        "gavel",
        "moderation",
        "blog.dismiss_report",
        waiting,
        is_list=False,
        rank=Rank.DAILY,
    ),
    Entry(CONTENT, 20, _("Articles"), "article", "blog_blogpost", "blog.view_blogpost"),
    Entry(CONTENT, 30, _("Comments"), "chat_bubble", "blog_comment", "blog.view_comment", rank=Rank.SELDOM),
    Entry(CONTENT, 40, _("Reports"), "flag", "blog_report", "blog.view_report", rank=Rank.SELDOM),
    Entry(CONTENT, 50, _("Categories"), "folder", "blog_category", "blog.view_category", rank=Rank.SELDOM),
    Entry(CONTENT, 60, _("Tags"), "label", "blog_tag", "blog.view_tag", rank=Rank.SELDOM),
    Entry(CONTENT, 70, _("Images"), "image", "blog_postimage", "blog.view_postimage", rank=Rank.SELDOM),
]
