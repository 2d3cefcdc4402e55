"""The screen for comments."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.blog import services
from shs.blog.admin.authors import HidesWritings
from shs.blog.models import Comment, Report
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, step


@admin.register(Comment)
class CommentScreen(HidesWritings, Screen):
    """Comments; hiding one upholds what was reported of it."""

    icon = "chat_bubble"
    empty_text = _("What users say about articles is listed here.")
    list_display = ["created_at", "user", "excerpt", "post", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter)]
    search_fields = ["content", "post__title", "user__name"]
    search_help_text = _("Words of the comment, the article or the name")
    list_select_related = ["user", "post"]
    ordering = ["-pk"]
    fieldsets = [(None, {"fields": [("post", "user"), "content", ("status", "created_at")]})]
    readonly_fields = ["created_at"]

    @display(description=_("Comment"))
    def excerpt(self, comment):
        return comment.content[:80]

    @display(description=_("State"), label={"Published": "success", "Hidden": "warning"})
    def status_label(self, comment):
        return comment.get_status_display()

    @step(
        "hide",
        _("Hide…"),
        to=Comment.Status.HIDDEN,
        form=ReasonForm,
        danger=True,
        text=_("Nobody reads it any more. Who wrote it is sent the reason."),
        done=_("Hidden; the author has been told why."),
    )
    def hide(self, request, comment, data):
        services.hide(kind=Report.Kind.COMMENT, row=comment, reason=data["reason"])

    @step(
        "hide",
        _("Restore…"),
        to=Comment.Status.PUBLISHED,
        form=ReasonForm,
        text=_("Everybody reads it again."),
        done=_("It can be read again."),
    )
    def restore(self, request, comment, data):
        services.restore(kind=Report.Kind.COMMENT, row=comment, reason=data["reason"])

    def author_of(self, comment):
        return comment.user
