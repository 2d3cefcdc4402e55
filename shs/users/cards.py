"""The code on a patient's card: shown to the desk that prints it, typed in the app, replaced when a card is lost."""

from django.db import transaction
from django.utils.crypto import constant_time_compare

from shs.core.caller import Member
from shs.core.reads.log import log_read
from shs.core.records.transitions import lock, save_with_reason
from shs.users.models import PatientCard, User, clean_card_code, new_card_code


def card_of(person: User, *, shown_to: Member) -> PatientCard:
    """The card of `person`, made when it is printed first; showing it is written to the read log."""
    card, _is_new = PatientCard.objects.get_or_create(person=person)
    log_read(shown_to, what="code of the card", ids=[card.pk], subject=person)
    return card


def is_code_of(person: User, text: str) -> bool:
    """Whether `text` is the code on the card of `person`; in the same time for every wrong one."""
    stored = PatientCard.objects.filter(person=person).values_list("code", flat=True).first()
    return constant_time_compare(stored or new_card_code(), clean_card_code(text)) and stored is not None


def replace(*, person: User, reason: str) -> None:
    """Give `person` a new code because the card was lost: those that were printed no longer open anything."""
    with transaction.atomic():
        lock(person)
        PatientCard.objects.update_or_create(person=person, defaults={"code": new_card_code()})
        save_with_reason(person, f"new code of the card: {reason}"[:100])
