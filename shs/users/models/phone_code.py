"""Codes that are sent to a phone, for a login or a registration by phone."""

import uuid
from datetime import datetime, timedelta

from django.db import models

from shs.core.dates import show_datetime
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative

CODE_LASTS, PROOF_LASTS = timedelta(minutes=5), timedelta(minutes=10)
"""For so long a code works, and what it has proved."""

MOST_WRONG_CODES, MOST_WRONG_ANSWERS = 5, 3
"""After so many wrong codes, or wrong answers of who has the phone, a new code has to be asked for."""


class PhoneCode(models.Model):
    """A code for whoever holds `phone` (E.164), whether or not anybody is registered with it. It is derived from
    `nonce` and the secret key, and not stored. `sending_at`: when a process took it to send it, which happens once.
    From `proven_at` on, when the right code was typed, the row is the proof that its bearer holds the phone, and is
    deleted by what it is used for."""

    privacy = Administrative(because="a phone to which a code was sent, for an hour; not the code")
    crud = NoPages("lasts for minutes")
    no_history = "lasts for minutes; what it opens is a login, and a line in the history of the person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone = models.CharField(max_length=20, db_index=True)
    language = models.CharField(max_length=5, blank=True)
    nonce = models.CharField(max_length=32)
    asked_at = models.DateTimeField(db_index=True)
    sending_at = models.DateTimeField(null=True)
    wrong = models.PositiveSmallIntegerField(default=0)
    proven_at = models.DateTimeField(null=True)
    wrong_answers = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return show_datetime(self.asked_at)

    def is_open(self, now: datetime) -> bool:
        """Whether its code can still be typed."""
        return self.proven_at is None and self.wrong < MOST_WRONG_CODES and now - self.asked_at < CODE_LASTS

    def is_proof(self, now: datetime) -> bool:
        """Whether it still proves that its bearer holds the phone."""
        is_proven = self.proven_at is not None and now - self.proven_at < PROOF_LASTS
        return is_proven and self.wrong_answers < MOST_WRONG_ANSWERS
