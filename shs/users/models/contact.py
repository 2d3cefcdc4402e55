"""Phones and addresses of people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.phones import clean_phone
from shs.core.records.constraints import known
from shs.core.records.crud import NoPages
from shs.core.records.derived import DigitsField
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.words import GramsIndex
from shs.core.types import clean_email
from shs.users.models.role import BY_PHONE


class Addressed(Protocol):
    """A user, as far as contact points need it."""

    email: str | None
    is_verified: bool

    @property
    def pk(self) -> int: ...


class ContactSystem(models.TextChoices):
    """What a contact point is, as in FHIR. OTHER is a number as it was told, which nobody can dial."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail address")
    OTHER = "other", _("Phone, as it was given")


TELEPHONE = (ContactSystem.PHONE, ContactSystem.OTHER)


class ContactPointQuerySet(RecordQuerySet["ContactPoint"]):
    """Contact points."""

    def live(self) -> Self:
        """Those in use."""
        return self.filter(ended_at__isnull=True)

    def phones(self) -> Self:
        """The phones in use that can be dialled, newest first: the first one of a person is their main one."""
        return self.live().filter(system=ContactSystem.PHONE).order_by("-pk")

    def of_phone(self, number: str) -> Self:
        """The contact points in use of a phone (E.164), which several people may share."""
        return self.live().filter(system=ContactSystem.PHONE, value=number)

    def to_log_in(self, number: str) -> Self:
        """Those of a phone whose people may log in by it (`User.may_use_phone`). Whoever has an address has to
        confirm the phone in the app first; others prove it by logging in."""
        people = Q(person__role__in=BY_PHONE, person__is_active=True, person__died_on__isnull=True)
        return self.of_phone(number).filter(people, Q(person__email__isnull=True) | Q(confirmed_at__isnull=False))

    def numbers(self, people: Iterable[int]) -> dict[int, str]:
        """Person's key → main phone, or else the number as it was told; one query."""
        rows = self.live().filter(person__in=list(people), system__in=TELEPHONE)
        return dict(rows.order_by("system", "pk").values_list("person", "value"))

    def number_of(self, person: int) -> str:
        """As `numbers`, for one person; empty if there is none."""
        return self.numbers([person]).get(person, "")

    def follow_login(self, person: Addressed, *, now: datetime, reason: str) -> None:
        """Let the address in use be the one by which `person` logs in: `User.email` and this row are one fact, and
        whatever changes the former calls this in the same transaction."""
        stored = self.live().filter(person=person.pk, system=ContactSystem.EMAIL).first()
        if stored and stored.value != person.email:
            stored.end(now=now, reason=reason)
            stored = None
        if stored is None and person.email:
            stored = self.model(person_id=person.pk, system=ContactSystem.EMAIL, value=person.email)
        if stored and (stored.pk is None or bool(stored.confirmed_at) != person.is_verified):
            stored.confirmed_at = now if person.is_verified else None
            save_with_reason(stored, reason)


class ContactPoint(Record):
    """A phone (E.164) or an e-mail address of a person, until it has `ended_at`; `confirmed_at`: when its owner proved
    that they receive what is sent to it. An address belongs to one person, a phone may belong to a family."""

    privacy = Administrative(because="how somebody is reached; opening the page with them is written to the read log")
    crud = NoPages("on the page of the person's contact details, where they are added and ended")

    System = ContactSystem

    person = models.ForeignKey("users.User", models.CASCADE, related_name="contact_points", verbose_name=_("person"))
    system = models.CharField(_("kind"), max_length=10, choices=ContactSystem)
    value = models.CharField(_("number or address"), max_length=254)
    digits = DigitsField(of=["value"])
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ContactPointQuerySet.as_manager()
    unlogged_fields = ("updated_at", "digits")

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        default_permissions = ()
        constraints = [
            known("system", ContactSystem),
            models.CheckConstraint(name="contactpoint_not_empty", condition=~Q(value="")),
            models.UniqueConstraint(
                fields=["value"],
                condition=Q(system="email", ended_at__isnull=True),
                name="contactpoint_address_of_one",
                violation_error_message=_("There is already an account with this address."),
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(system="email", ended_at__isnull=True),
                name="contactpoint_one_address",
                violation_error_message=_("This person has another address."),
            ),
            models.UniqueConstraint(
                fields=["person", "system", "value"],
                condition=Q(ended_at__isnull=True),
                name="contactpoint_once",
                violation_error_message=_("This person has this number already."),
            ),
        ]
        indexes = [
            # Everybody who shares a phone.
            models.Index(fields=["value", "person"], condition=Q(ended_at__isnull=True), name="contactpoint_by_value"),
            GramsIndex(fields=["digits"], name="contactpoint_digits"),  # searches for people
        ]

    def __str__(self) -> str:
        return self.get_system_display()

    def clean(self) -> None:
        """Store a phone as E.164, and an address as it is compared."""
        super().clean()
        try:
            if self.system == ContactSystem.PHONE:
                self.value = clean_phone(self.value)
            elif self.system == ContactSystem.EMAIL:
                self.value = clean_email(self.value)
        except ValidationError as error:
            raise ValidationError({"value": error}) from None

    def end(self, *, now: datetime, reason: str) -> None:
        """Note that the person is no longer reached by it."""
        lock(self)
        self.ended_at = self.ended_at or now
        save_with_reason(self, reason)

    def confirm(self, *, now: datetime) -> None:
        """Note that its owner has proved that they receive what is sent to it."""
        lock(self)
        self.confirmed_at = now
        save_with_reason(self, "confirmed by a code")
