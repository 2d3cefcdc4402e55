"""The address of the screen in a clinic's waiting room, and the codes of links that anybody may open."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext_lazy as _

from shs.core.records.crud import NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import save_with_reason

LETTERS = 26
"""Of five bits each: 130 bits, which nobody guesses."""

ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789"
"""Without letters that look like a digit on paper."""


def code_of(what: str, pk: int) -> str:
    """The code of a link to the row `pk`: its number, and 130 bits that only the secret key gives. So nothing of a code
    is stored, and each paper that is printed again carries the same one."""
    return f"{int_to_base36(pk)}-{_proof(what, pk, settings.SECRET_KEY)}"


def pk_of(what: str, code: str) -> int | None:
    """The row to which a code belongs; None for a wrong one, without a query. Codes by a former key work as long as
    `SECRET_KEY_FALLBACKS` names it."""
    number, _dash, proof = code.lower().partition("-")
    if not number or len(number) > 12 or not number.isascii() or not proof.isascii():
        return None
    try:
        pk = base36_to_int(number)
    except ValueError:
        return None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    is_right = any([constant_time_compare(_proof(what, pk, key), proof) for key in keys])
    return pk if is_right and pk < 2**63 else None


def _proof(what: str, pk: int, key: str) -> str:
    bits = salted_hmac(f"shs.appointment.{what}", str(pk), secret=key, algorithm="sha256").digest()
    number = int.from_bytes(bits)
    return "".join(ALPHABET[number >> 5 * at & 31] for at in range(LETTERS))


class WaitingScreen(Record):
    """An address of the screen in the waiting room of `clinic`. Renewing it ends the former one. Nothing of the address
    is stored: see `code_of`."""

    privacy = Administrative(because="an address that shows serials and rooms")
    crud = NoPages("on the page “Screen for the waiting room”, which makes and renews them")

    clinic = models.ForeignKey("doctors.Clinic", models.PROTECT, related_name="screens", verbose_name=_("clinic"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = RecordQuerySet.as_manager()
    locked_fields = ("clinic", "ended_at")

    class Meta:
        verbose_name = _("screen for the waiting room")
        verbose_name_plural = _("screens for waiting rooms")
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [("renew_waitingscreen", "Can open and renew the address of a waiting room's screen")]
        indexes = [
            models.Index(fields=["clinic"], condition=Q(ended_at__isnull=True), name="waitingscreen_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.clinic}"

    @property
    def code(self) -> str:
        """What its address ends with."""
        return code_of("screen", self.pk)

    def end(self, *, now: datetime) -> None:
        """End the address. Call it with the clinic locked."""
        self.ended_at = now
        save_with_reason(self, "renewed")
