"""What people write for everybody, and a moderator may hide: articles, comments, reviews."""

from typing import Generic, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.transitions import move

Written = TypeVar("Written", bound="Moderated")


class Visibility(models.TextChoices):
    """Whether a moderator lets it be seen."""

    SHOWN = "shown", _("Shown")
    HIDDEN = "hidden", _("Hidden")


class ModeratedQuerySet(RecordQuerySet[Written], Generic[Written]):
    """Rows that a moderator may hide."""

    def shown(self):
        """Those that no moderator has hidden."""
        return self.filter(visibility=Visibility.SHOWN)


class Moderated(Record):
    """Something that a moderator hides and restores, each time for a reason that the history keeps. A model with other
    STEPS adds these to them, and `visibility` to its `locked_fields`, and `known("visibility", Visibility)` to its
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
        """Whether everybody may read it."""
        return not self.is_hidden

    def get_state_display(self) -> str:
        """What has become of it, for people; a model with a status of its own says that of what is not hidden."""
        return self.get_visibility_display()

    def hide(self, *, reason: str) -> None:
        """Nobody reads it, until a moderator restores it."""
        move(self, Visibility.HIDDEN, field="visibility", reason=reason)

    def restore(self, *, reason: str) -> None:
        """Everybody reads it again."""
        move(self, Visibility.SHOWN, field="visibility", reason=reason)
