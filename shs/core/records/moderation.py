"""Public content that a moderator may hide: articles, comments, reviews."""

from typing import Generic, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.transitions import move

Written = TypeVar("Written", bound="Moderated")


class Visibility(models.TextChoices):
    """Whether a moderator has hidden it."""

    SHOWN = "shown", _("Shown")
    HIDDEN = "hidden", _("Hidden")


class ModeratedQuerySet(RecordQuerySet[Written], Generic[Written]):
    """Rows that a moderator may hide."""

    def shown(self) -> Self:
        """Rows that no moderator has hidden."""
        return self.filter(visibility=Visibility.SHOWN)


class Moderated(Record):
    """Base model of content that a moderator hides and restores, with a reason in the history. A model with STEPS of
    its own adds these to them, `visibility` to its `locked_fields`, and `known("visibility", Visibility)` to its
    constraints."""

    STEPS = {Visibility.SHOWN: {Visibility.HIDDEN}, Visibility.HIDDEN: {Visibility.SHOWN}}

    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility, default=Visibility.SHOWN)

    class Meta:
        abstract = True

    @property
    def is_hidden(self) -> bool:
        return self.visibility == Visibility.HIDDEN

    @property
    def is_public(self) -> bool:
        """Whether it is public."""
        return not self.is_hidden

    def get_state_display(self) -> str:
        """The state for people; a model with a status of its own shows that unless it is hidden."""
        return self.get_visibility_display()

    def hide(self, *, reason: str) -> None:
        """Hide it until a moderator restores it."""
        move(self, Visibility.HIDDEN, field="visibility", reason=reason)

    def restore(self, *, reason: str) -> None:
        """Make it public again."""
        move(self, Visibility.SHOWN, field="visibility", reason=reason)
