"""Registered pharmacies, and their people."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, NoPages
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.core.records.values import NameField
from shs.users.models import User


class PharmacyStatus(models.TextChoices):
    """Whether it may dispense medicines by its login."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")


class Pharmacy(Record):
    """A pharmacy whose people log in here, and note on the page of a prescription what they dispense. `licence`: the
    number of its drug licence, by the Directorate General of Drug Administration. `suspended_because` is shown to its
    people."""

    privacy = Administrative(because="organisations that everybody may know")
    crud = Crud(remove=By("suspend"))

    Status = PharmacyStatus

    STEPS = {
        PharmacyStatus.ACTIVE: {PharmacyStatus.SUSPENDED},
        PharmacyStatus.SUSPENDED: {PharmacyStatus.ACTIVE},
    }

    name = NameField(_("name"), max_length=100)
    address = models.CharField(_("address"), max_length=255)
    licence = models.CharField(
        _("drug licence number"),
        max_length=50,
        unique=True,
        help_text=_("Of the Directorate General of Drug Administration (DGDA)."),
        error_messages={"unique": _("There is already a pharmacy with this licence.")},
    )
    phone = models.CharField(_("phone"), max_length=20)
    status = models.CharField(_("state"), max_length=9, choices=PharmacyStatus, default=PharmacyStatus.ACTIVE)
    suspended_because = models.CharField(_("suspended because"), max_length=500, blank=True)

    locked_fields = ("status", "suspended_because")

    class Meta:
        verbose_name = _("pharmacy")
        verbose_name_plural = _("pharmacies")
        ordering = ["name", "pk"]
        default_permissions = ("view", "add", "change")
        permissions = [
            ("suspend_pharmacy", "Can suspend and reinstate pharmacies"),
            ("invite_pharmacy", "Can open accounts for the people of a pharmacy"),
            ("dispense_pharmacy", "Can record what the pharmacy dispenses on a prescription"),
        ]
        constraints = [
            known("status", PharmacyStatus),
            models.CheckConstraint(name="pharmacy_named", condition=~Q(name="") & ~Q(licence="")),
            models.CheckConstraint(
                name="pharmacy_suspended_for_a_reason",
                condition=Q(status="active", suspended_because="") | (Q(status="suspended") & ~Q(suspended_because="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name_and_place(self) -> str:
        """What prescriptions say of where medicines were dispensed."""
        return f"{self.name}, {self.address}"[:150].strip()

    @property
    def is_active(self) -> bool:
        """Whether its people may note what they dispense."""
        return self.status == PharmacyStatus.ACTIVE

    def suspend(self, *, reason: str) -> None:
        """Take its right away at once. Its sessions are ended by the service. Raises StepRefused (409)."""
        move(self, PharmacyStatus.SUSPENDED, reason=reason, suspended_because=reason)

    def reinstate(self, *, reason: str) -> None:
        """Give its right back. Raises StepRefused (409)."""
        move(self, PharmacyStatus.ACTIVE, reason=reason, suspended_because="")


class PharmacyMember(Record):
    """Somebody of a pharmacy: the account belongs to it for good."""

    privacy = Administrative(because="who works at a pharmacy")
    crud = NoPages("on the page of the pharmacy; the accounts are suspended like all others")

    user = models.OneToOneField(User, models.PROTECT, related_name="pharmacy_member", verbose_name=_("person"))
    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, related_name="members", verbose_name=_("pharmacy"))

    locked_fields = ("user", "pharmacy")

    class Meta:
        verbose_name = _("person of a pharmacy")
        verbose_name_plural = _("people of pharmacies")
        ordering = ["pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.user.name
