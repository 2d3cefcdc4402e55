"""Categories and tags of articles."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.archive import Archivable
from shs.core.records.crud import By, Crud
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField


class Category(Archivable):
    """The subject area of an article."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("short name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name"]
        permissions = [
            ("choose_category", "Can choose the category in a form"),
            ("archive_category", "Can archive categories"),
            ("merge_category", "Can merge categories"),
        ]
        constraints = [models.CheckConstraint(name="category_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name


class Tag(Archivable):
    """A keyword shared by several articles."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive", "merge"))

    name = NameField(_("name"), max_length=50, unique=True)
    slug = models.SlugField(_("short name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        permissions = [
            ("choose_tag", "Can choose the tag in a form"),
            ("archive_tag", "Can archive tags"),
            ("merge_tag", "Can merge tags"),
        ]
        constraints = [models.CheckConstraint(name="tag_named", condition=~Q(name="") & ~Q(slug=""))]

    def __str__(self) -> str:
        return self.name
