"""Object grants."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionAbstract

from shs.core.records.constraints import known
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative


class GrantSource(models.TextChoices):
    DESK = "desk", _("works at the clinic's desk")
    CONSENT = "consent", _("the patient's consent")
    BREAK_GLASS = "break_glass", _("emergency access")
    CLAIM = "claim", _("claimed for review")
    SHARE = "share", _("shared by an admin")


class ObjectGrant(UserObjectPermissionAbstract, Record):
    """A right of one person on one object that does not follow from other data: a desk's clinic, a patient's consent, a
    claimed verification. It has a source and a reason and ends at `expires_at`."""

    privacy = Administrative(because="who may open what, and nothing of what it holds")

    Source = GrantSource

    source = models.CharField(_("basis"), max_length=12, choices=Source)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants_given",
        verbose_name=_("by"),
    )
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)

    # guardian's manager would write without a history
    objects = RecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        verbose_name = _("access grant")
        verbose_name_plural = _("access grants")
        permissions = [("revoke_objectgrant", "Can revoke access to a chart")]
        constraints = [known("source", GrantSource)]

    def __str__(self) -> str:
        return f"{self.user} · {self.permission.codename} · {self.object_pk}"


# guardian's fields have no label; Django would show their names in the code.
ObjectGrant._meta.get_field("user").verbose_name = _("person")
ObjectGrant._meta.get_field("permission").verbose_name = _("right")
ObjectGrant._meta.get_field("content_type").verbose_name = _("kind")
