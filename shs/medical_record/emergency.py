"""Finding the patient of an emergency, who may be unconscious."""

import re
from datetime import datetime

from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.names import words
from shs.core.reads.log import log_reads
from shs.core.reads.models import ReadLog
from shs.medical_record.opening import require_emergency_doctor, require_reviewed
from shs.users.apart import facts_of
from shs.users.finding import WHOLE, find_people, read_wanted
from shs.users.models import User
from shs.users.numbers import LEAST_DIGITS, parse_patient_number

MOST_SHOWN = 5
"""If more people fit, none is shown."""


def find_patient(doctor: User, text: str, now: datetime) -> dict[int, str]:
    """The active people whom `text` fits, at most MOST_SHOWN: key → name and what tells them apart. An e-mail address
    must be whole, and so must a phone or patient number: a doctor could read a number that is masked digit by digit. So
    that nobody browses through patients, a name needs two words, a phone or a date of birth, and whoever is shown is
    written to the read log. Raises Invalid (422) if nobody or too many fit, Forbidden (403) for others than verified
    doctors, and ReviewPending (409)."""
    require_emergency_doctor(doctor)
    require_reviewed(doctor)
    people = User.objects.unrestricted("whoever lies there; at most five are shown, and logged").filter(is_active=True)
    people = people.exclude(pk=doctor.pk)
    if "@" in text:
        found = list(people.by_email(text)[:1])
    else:
        _require_enough(text)
        found = find_people(people, text, viewer=doctor, most=MOST_SHOWN + 1)
    if not found:
        raise Invalid(_("Nobody was found. Try another spelling, the phone number or the date of birth."), field="who")
    if len(found) > MOST_SHOWN:
        raise Invalid(_("More than five people match. Add the date of birth or the phone number."), field="who")
    if "@" not in text:
        shown = [(user.pk, [user.pk], ReadLog.Basis.DUTY) for user in found]
        log_reads(doctor, what="emergency search", rows=shown)
    facts = facts_of([user.pk for user in found], now)
    return {user.pk: " · ".join(filter(None, [user.name, facts.get(user.pk, "")])) for user in found}


def _require_enough(text: str) -> None:
    wanted = read_wanted(text)
    digits = len(re.sub(r"\D", "", wanted.number))
    is_whole = digits >= WHOLE or (digits > LEAST_DIGITS and parse_patient_number(wanted.number) is not None)
    if wanted.number and not is_whole:
        raise Invalid(_("Enter the whole phone number, or the patient number."), field="who")
    if not (is_whole or wanted.born or len(words(wanted.name)) > 1):
        raise Invalid(
            _("Enter two words of the name, the whole phone number, the patient number, or the date of birth."),
            field="who",
        )
