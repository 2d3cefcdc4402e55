"""Codes to a phone: asked for by whoever types a number, sent by the process of the due jobs, and typed. Nothing that
the asker sees tells whether anybody is registered with the number: the code is sent all the same, so that who is not
can register."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

import phonenumbers
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from shs.core.backup.models import held
from shs.core.digits import latin_digits
from shs.core.due.soon import soon
from shs.core.errors import Invalid, TooMany
from shs.core.limits import counting
from shs.core.phones import MADE_UP
from shs.notices import gateway
from shs.notices.sending import Away
from shs.notices.sms import send_code
from shs.users import guesses
from shs.users.errors import NoTexts, WrongCode
from shs.users.models import CODE_LASTS, MOST_WRONG_CODES, PROOF_LASTS, ContactPoint, PhoneCode

PAUSE = timedelta(minutes=1)
"""Between two codes to one phone."""

KEPT_FOR = timedelta(hours=1)
"""After so long nothing is left of a code."""

PROOF = "shs.users.phone_codes.proof"


class Asked(NamedTuple):
    """A code is on its way: what names it when it is typed, and for how many seconds it works."""

    challenge: str
    expires_in: int


def ask(*, phone: str, now: datetime) -> Asked:
    """Have a code sent to `phone` (E.164). The work and the answer are the same for every number. Raises TooMany (429)
    within PAUSE after the last one, and over the limits; Invalid (422) for no number; NoTexts (409) without a
    gateway."""
    if not phone:
        raise Invalid(_("Enter a phone number."), field="phone")
    if not gateway.is_there():
        raise NoTexts
    last = PhoneCode.objects.filter(phone=phone, asked_at__gt=now - PAUSE).order_by("-asked_at").first()
    if last is not None:
        left = PAUSE - (now - last.asked_at)
        raise TooMany(
            _("A code has just been sent. Wait a minute before you ask for another one."),
            retry_after=max(1, int(left.total_seconds())),
        )
    counting.count("code_phone", instead=f"phone:{_mark(phone)}", now=now)
    with transaction.atomic():
        row = PhoneCode.objects.create(
            phone=phone, language=get_language() or "", nonce=secrets.token_hex(16), asked_at=now
        )
        soon("send_phone_codes")
    return Asked(str(row.pk), int(CODE_LASTS.total_seconds()))


def _mark(phone: str) -> str:
    """What a phone is counted by: it does not have to be stored for that."""
    return salted_hmac("shs.users.phone_codes.count", phone, algorithm="sha256").hexdigest()[:32]


# --- Sending ---------------------------------------------------------------------------------------------------------


def send(*, now: datetime, dry_run: bool = False) -> int:
    """Send the codes that wait; returns their number. As notices, each is sent by one process, once; a restored system
    sends none until somebody releases it."""
    waiting = PhoneCode.objects.filter(sending_at=None, proven_at=None, asked_at__gt=now - CODE_LASTS)
    if dry_run:
        return waiting.count()
    if held() or not gateway.is_there():
        return 0
    sent = 0
    for row in waiting.order_by("asked_at"):
        # Of two processes, one changes the row.
        taken = PhoneCode.objects.filter(pk=row.pk, sending_at=None).update(sending_at=timezone.now())
        if not taken or not _is_wanted(row.phone, now):
            continue
        try:
            send_code(to=row.phone, text=_text(row), mark=f"code-{row.pk}", now=now)
        except Away:
            PhoneCode.objects.filter(pk=row.pk).update(sending_at=None)
            break
        sent += 1
    return sent


def _is_wanted(phone: str, now: datetime) -> bool:
    """Whether a text may go to `phone`: not to made-up people, unless texts only reach the developer's terminal or
    file. To who is not registered it goes within the country, and not to many an hour, because somebody pays for it."""
    people = list(ContactPoint.objects.of_phone(phone).values_list("person__demo_name", flat=True)[:20])
    if MADE_UP.fullmatch(phone) or (people and all(people)):
        return gateway.service() is None
    if people:
        return True
    home = phonenumbers.country_code_for_region(settings.PHONE_REGION)
    if phonenumbers.parse(phone).country_code != home:
        return False
    try:
        counting.count("code_unknown", instead="all", now=now)
    except TooMany:
        return False
    return True


def _text(row: PhoneCode) -> str:
    with override(row.language or settings.LANGUAGE_CODE):
        return _("Your code for the app: %(code)s. It works for 5 minutes. Tell nobody the code.") % {
            "code": code_of(row)
        }


def code_of(row: PhoneCode) -> str:
    """The six digits; they are in nothing but the text to the phone."""
    digest = salted_hmac("shs.users.phone_codes", f"{row.pk}:{row.phone}:{row.nonce}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 1_000_000:06d}"


# --- Typing ----------------------------------------------------------------------------------------------------------


def prove(*, challenge: uuid.UUID, code: str, now: datetime) -> PhoneCode:
    """The proof that whoever types this `code` holds the phone to which it was sent; a code proves it once. Raises
    WrongCode (422), the same for a challenge that there never was, TooMany (429) after MOST_WRONG_CODES and Paused
    (429) after wrong ones for several."""
    typed = latin_digits(code).replace(" ", "")
    with transaction.atomic():
        row = PhoneCode.objects.select_for_update().filter(pk=challenge).first()
        who = guesses.guesser(row.phone if row else "")
        if row and row.wrong >= MOST_WRONG_CODES:
            raise TooMany(_("Too many wrong codes. Ask for a new one."))
        guesses.require_open(who, now)
        is_right = bool(row and row.is_open(now) and constant_time_compare(code_of(row), typed))
        if row and is_right:
            row.proven_at = now
            row.save(update_fields=["proven_at"])
        elif row:
            row.wrong += 1
            row.save(update_fields=["wrong"])
    if row is None or not is_right:
        guesses.note_wrong(who, now)
        raise WrongCode(_("This code is wrong or too old."), field="code")
    return row


def proof_of(row: PhoneCode) -> str:
    """What the bearer of a proof sends to use it."""
    return signing.dumps(row.pk.hex, salt=PROOF)


def locked(proof: str, now: datetime) -> PhoneCode:
    """The row of a proof, locked until the end of the transaction. Raises Invalid (422) for one that is wrong, used or
    too old."""
    try:
        pk = signing.loads(proof, salt=PROOF, max_age=PROOF_LASTS + CODE_LASTS)
    except signing.BadSignature:
        pk = None
    row = PhoneCode.objects.select_for_update().filter(pk=pk).first() if pk else None
    if row is None or not row.is_proof(now):
        raise Invalid(_("The proof of the phone is no longer valid. Ask for a new code."), field="proof")
    return row
