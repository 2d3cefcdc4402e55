"""Saved filters of lists."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.records.crud import NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField


class SavedView(Record):
    """A named filter of the list `page` (the label of its model); `query` is its query string. Users who see the list
    also see its shared views."""

    privacy = Administrative(because="filters of lists, without search words where others see them")
    crud = NoPages("in the menu of each list, where they are made, changed and deleted")

    MOST_QUERY = 1000

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=100)
    name = NameField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=MOST_QUERY)
    is_shared = models.BooleanField(_("shared"), default=False)

    unlogged_fields = ("updated_at", "query")  # what somebody searched for is private to them

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
    """The saved view that opens by default when a user opens a list."""

    privacy = Administrative(because="which view somebody opens first")
    crud = NoPages("a choice in the menu of each list")
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
        """Make `view` the default view of `user` for its list."""
        cls.objects.update_or_create(user=user, page=view.page, defaults={"view": view})
