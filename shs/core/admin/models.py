"""Filters of lists that were saved with a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class SavedView(Record):
    """A filter of the list `page` (the label of its model) with a name: `query` is what stands in the address. Shared
    ones are read by everybody who sees the list."""

    privacy = Administrative(because="filters of lists, without search words where others see them")

    MOST_QUERY = 1000

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=MOST_QUERY)
    is_shared = models.BooleanField(_("shared"), default=False)

    unlogged_fields = ("updated_at", "query")  # what somebody looked for is nobody else's to read

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="savedview_name_once",
                violation_error_code="view_exists",
                violation_error_message=_("You already have a view with this name."),
            ),
            models.CheckConstraint(name="savedview_named", condition=~Q(name="")),
            models.CheckConstraint(name="savedview_filters", condition=~Q(query="")),
        ]
        indexes = [models.Index(fields=["page", "is_shared"], name="savedview_by_page")]  # the menu of a list

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view with which one person opens a list."""

    privacy = Administrative(because="which view somebody opens first")
    no_history = "a choice of one person, which nobody else sees"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="default_views")
    page = models.CharField(max_length=100)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="defaults")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="defaultview_once_a_list")]

    def __str__(self) -> str:
        return f"{self.page}: {self.view_id}"

    @classmethod
    def choose(cls, user: Member, view: SavedView) -> None:
        """From now on `user` opens the list of `view` with it."""
        cls.objects.update_or_create(user=user, page=view.page, defaults={"view": view})
