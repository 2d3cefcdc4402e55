"""Images of articles."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.blog.html import IMAGES
from shs.core.records.crud import Crud, Never
from shs.core.records.files import JPEG, PNG, CheckedFileField
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative


class PostImage(Record):
    """An image that a doctor uploaded for their articles; public while a published article shows it. `is_sent_in`: an
    article that its author has sent in shows it; until then it is the author's alone."""

    privacy = Administrative(because="sent for everybody")
    crud = Crud(
        add=Never("the author uploads it in the editor"),
        change=Never("a new one is uploaded"),
        remove=Never("shown and hidden with its article"),
    )

    key = models.UUIDField(_("key"), unique=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(
        "doctors.DoctorInformation", models.PROTECT, related_name="post_images", verbose_name=_("author")
    )
    file = CheckedFileField(_("file"), folder="articles", types=(JPEG, PNG))
    content_type = models.CharField(_("type"), max_length=20)
    size = models.PositiveIntegerField(_("size (bytes)"))
    is_sent_in = models.BooleanField(_("sent in"), default=False)

    locked_fields = ("key", "author", "file", "content_type", "size", "is_sent_in")

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["-pk"]
        permissions = [("upload_postimage", "Can upload images for their articles")]
        constraints = [
            models.CheckConstraint(
                name="postimage_type_known", condition=Q(content_type__in=["image/jpeg", "image/png"])
            )
        ]
        indexes = [
            # the list of moderators and auditors
            models.Index(fields=["-id"], name="postimage_sent_in", condition=Q(is_sent_in=True)),
        ]

    def __str__(self) -> str:
        return f"{self.author} · {str(self.key)[:8]}"

    @property
    def url(self) -> str:
        """The URL by which an article shows it."""
        return f"{IMAGES}{self.key}"
