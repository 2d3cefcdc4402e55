"""Duties that the clinic makes: which rights each gives, and on which rows."""

import hashlib
import json
from collections.abc import Callable, Mapping

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.context import remember
from shs.core.errors import Invalid
from shs.core.grants.offered import CLINICS, lacks, offered, split
from shs.core.grants.words import spoken
from shs.core.queries import KeptQuery
from shs.core.records.archive import Archivable, ArchivableQuerySet
from shs.core.records.crud import By, Crud
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.users.models.role import Duty, Role

WRITTEN = frozenset([*Role.values, *Duty.values])
"""The names that the grant table itself uses: none of them is ever the name of a made duty."""

Rights = dict[str, str]
"""What a made duty gives: right → the name of its rows, such as {"appointment.view_appointment": "clinics"}."""

NO_RIGHT = {"blank": _("Choose at least one right.")}


def validate_rights(rights: object) -> None:
    """Refuses what is not offered, and a right that opens nothing without another one."""
    if not isinstance(rights, dict) or not rights:
        raise ValidationError(NO_RIGHT["blank"])
    for right, rows in rights.items():
        model, action = split(str(right))
        if model is None or rows not in offered(model, action):
            unknown = {"right": f"{right}: {rows}"[:200]}
            raise ValidationError(_("This right is not offered: %(right)s."), params=unknown)
    for right, other in lacks(rights):
        raise ValidationError(
            _("“%(right)s” opens nothing without “%(other)s”: choose that, too."),
            params={"right": spoken(right), "other": spoken(other)},
        )


def validate_duty_name(name: str) -> None:
    """Refuses the names of roles and built-in duties, in any spelling and language."""
    taken = {*WRITTEN, *map(str, (*Role.labels, *Duty.labels))}
    if name.strip().casefold() in {one.casefold() for one in taken}:
        raise ValidationError(_("This is the name of a role or of a built-in duty."))


class MadeDutyQuerySet(ArchivableQuerySet["MadeDuty"]):
    """Made duties."""

    def given_to(self, user: Member) -> list[str]:
        """The names of the duties that can be given to `user`: those in use, and archived ones that they have."""
        can_be = models.Q(archived_at__isnull=True) | models.Q(group__in=Group.objects.filter(user=user.pk))
        return list(self.filter(can_be).order_by("name").values_list("name", flat=True))

    def groups_giving(self, fits: Callable[[str, str], bool]) -> list[int]:
        """The groups of the duties that give a right for which `fits(right, rows)`: there are few of them."""
        rows = self.order_by("pk").values_list("group", "rights")
        return [group for group, rights in rows if any(fits(right, where) for right, where in rights.items())]


class MadeDuty(Archivable):
    """A duty that the clinic has made: `group` is held by those who have it, and has the same name. The grant table
    reads `rights` (`read_duties`). An archived one can no longer be given; who holds it keeps it."""

    privacy = Administrative(because="what a duty allows")
    crud = Crud(add=By("compose"), change=By("compose"), remove=By("archive"))

    group = models.OneToOneField(Group, models.PROTECT, related_name="made", editable=False)
    name = NameField(_("name"), max_length=100, validators=[validate_duty_name])
    rights = models.JSONField(_("rights"), validators=[validate_rights], error_messages=NO_RIGHT)

    locked_fields = ("name", "rights", "group", "archived_at")

    objects = MadeDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty made by the clinic")
        verbose_name_plural = _("duties made by the clinic")
        default_permissions = ("view",)
        permissions = [
            ("compose_madeduty", "Can make and change duties"),
            ("archive_madeduty", "Can archive duties"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="madeduty_name_once",
                violation_error_message=_("There is already a duty with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seen(self) -> str:
        """A digest of what can be changed, by which somebody's form tells whether it has changed since."""
        return digest(self.name, self.rights)


def digest(name: str, rights: Mapping[str, str]) -> str:
    """A digest of the name and the rights of a duty."""
    return hashlib.sha256(json.dumps([name, sorted(rights.items())]).encode()).hexdigest()[:32]


OF_USER = KeptQuery(lambda user: MadeDuty.objects.filter(group__user=user), ("name", "rights"))


def made_duties_of(user: Member) -> dict[str, Rights]:
    """The made duties of a member of staff, each with its rights; read once a request, and only for those who have one:
    the names of a person's duties are known already."""
    if user.roles_held <= WRITTEN:
        return {}

    def read() -> dict[str, Rights]:
        return {row["name"]: row["rights"] for row in OF_USER.rows(user=user.pk)}

    return remember(("made_duties", user.pk), read)


def require_given(groups: models.QuerySet[Group], *, kept: models.QuerySet[Group]) -> None:
    """Raises Invalid (422) for an archived duty among `groups` which is not among those that somebody has already. The
    duties stay locked, so that none is archived meanwhile."""
    had = set(kept.values_list("pk", flat=True))
    for made in MadeDuty.objects.select_for_update(of=("self",)).filter(group__in=groups).order_by("pk"):
        if made.is_archived and made.group_id not in had:
            raise Invalid(_("“%(name)s” is archived and can no longer be given.") % {"name": made}, field="duties")


def works_at_desks(user: Member) -> bool:
    """Whether a made duty of `user` gives rights at the clinics where they work at the desk."""
    return any(CLINICS.key in rights.values() for rights in made_duties_of(user).values())
