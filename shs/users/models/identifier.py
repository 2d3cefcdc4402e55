"""Numbers by which the state knows people."""

import re
from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.ciphers import Unreadable, digests_of, open_value, seal_value
from shs.core.digits import latin_digits
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, save_with_reason


class IdentifierSystem(models.TextChoices):
    """Who gave a number."""

    NID = "nid", _("National identity number (NID)")
    BRN = "brn", _("Birth registration number (BRN)")
    UHID = "uhid", _("Health ID (UHID)")


RULES = {
    IdentifierSystem.NID: (r"[0-9]{10}|[0-9]{13}|[0-9]{17}", _("A national identity number has 10, 13 or 17 digits.")),
    IdentifierSystem.BRN: (r"[0-9]{17}", _("A birth registration number has 17 digits.")),
    IdentifierSystem.UHID: (r"[0-9A-Z]{8,20}", _("A health ID has 8 to 20 digits or Latin letters.")),
}


def clean_identifier(system: str, text: str) -> str:
    """The number that `text` means: digits of any script, spaces and dashes make no difference. Raises ValidationError
    with a sentence that does not repeat the number."""
    rule, sentence = RULES[IdentifierSystem(system)]
    value = re.sub(r"[\s-]", "", latin_digits(text[:60])).upper()
    if not re.fullmatch(rule, value):
        raise ValidationError(sentence)
    return value


class PersonIdentifierQuerySet(RecordQuerySet["PersonIdentifier"]):
    """Identity numbers."""

    def live(self) -> Self:
        """Those that count."""
        return self.filter(ended_at__isnull=True)

    def with_value(self, system: str, value: str) -> Self:
        """Those with this cleaned number, of any key; at most one of them counts."""
        return self.filter(system=system, digest__in=digests_of(value))


class PersonIdentifier(Record):
    """A person's number in a `system`. It is stored as `ciphertext` by the key with the id `key`, with a keyed `digest`
    to match by, and neither is in the history: see `shs.core.ciphers`."""

    privacy = Administrative(
        because="who somebody is; a number is masked, and each revealing is written to the read log"
    )
    crud = Crud(
        add=Never("added on the page of the person's contact details"),
        change=Never("a wrong one is withdrawn, and the right one added"),
        remove=By("withdraw"),
    )

    System = IdentifierSystem

    person = models.ForeignKey("users.User", models.CASCADE, related_name="identifiers", verbose_name=_("person"))
    system = models.CharField(_("kind"), max_length=10, choices=IdentifierSystem)
    ciphertext = models.CharField(max_length=250, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    key = models.CharField(max_length=40, editable=False)
    ended_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = PersonIdentifierQuerySet.as_manager()
    unlogged_fields = ("updated_at", "ciphertext", "digest", "key")
    locked_fields = ("person", "system", "ended_at")

    class Meta:
        verbose_name = _("identity number")
        verbose_name_plural = _("identity numbers")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("reveal_personidentifier", "Can see an identity number in full"),
            ("withdraw_personidentifier", "Can withdraw an identity number"),
        ]
        constraints = [
            known("system", IdentifierSystem),
            models.UniqueConstraint(
                fields=["digest", "system"],
                condition=Q(ended_at__isnull=True),
                name="personidentifier_of_one",
                violation_error_message=_("This number is recorded for another person. Compare it with the paper."),
            ),
            models.UniqueConstraint(
                fields=["person", "system"],
                condition=Q(ended_at__isnull=True),
                name="personidentifier_one_of_a_kind",
                violation_error_message=_("This person has a number of this kind. Withdraw that one first."),
            ),
        ]
        indexes = [models.Index(fields=["key"], name="personidentifier_by_key")]  # what is left to rotate

    def __str__(self) -> str:
        return self.get_system_display()

    def put(self, value: str) -> None:
        """Hold this cleaned number, under the present key."""
        self.key, self.ciphertext, self.digest = seal_value(value)

    def reveal(self) -> str:
        """The number. Raises Unreadable. Who shows it logs it."""
        return open_value(self.key, self.ciphertext)

    def reveal_or_none(self) -> str | None:
        """As `reveal`; None if the key is missing."""
        try:
            return self.reveal()
        except Unreadable:
            return None

    @property
    def masked(self) -> str:
        """The last three characters."""
        return f"••• {(self.reveal_or_none() or '')[-3:]}".strip()

    def withdraw(self, *, now: datetime, reason: str) -> None:
        """Let the number count no longer."""
        lock(self)
        self.ended_at = self.ended_at or now
        save_with_reason(self, reason)
