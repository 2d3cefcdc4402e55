"""The screen for comments."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.blog import services
from shs.blog.admin.authors import HidesWritings
from shs.blog.models import Comment, Report
from shs.core.admin.moderation import Moderates
from shs.core.admin.screen import Screen
from shs.users.models import User


@admin.register(Comment)
class CommentScreen(Moderates, HidesWritings, Screen):
    """Comments; hiding one upholds the reports about it."""

    icon = "chat_bubble"
    empty_text = _("Comments that users write on articles are listed here.")
    list_display = ["created_at", "user", "excerpt", "post", "visibility_label", "next_steps"]
    list_filter = [("visibility", ChoicesDropdownFilter)]
    search_fields = ["content", "post__title", "user__name"]
    search_help_text = _("Comment text, article title or author name")
    list_select_related = ["user", "post"]
    ordering = ["-pk"]
    fieldsets = [(None, {"fields": [("post", "user"), "content", ("visibility", "created_at")]})]
    readonly_fields = ["created_at"]

    @display(description=_("Comment"))
    def excerpt(self, comment: Comment) -> str:
        return comment.content[:80]

    def hide_record(self, record: Comment, *, reason: str) -> None:
        services.hide(kind=Report.Kind.COMMENT, row=record, reason=reason)

    def restore_record(self, record: Comment, *, reason: str) -> None:
        services.restore(kind=Report.Kind.COMMENT, row=record, reason=reason)

    def author_of(self, comment: Comment) -> User:
        return comment.user
