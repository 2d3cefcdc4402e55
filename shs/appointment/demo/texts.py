"""Texts as a gateway would have sent them to patients who have a phone and no e-mail address, so that the lists of the
office show some. Nothing is ever sent to made-up people."""

from datetime import datetime, timedelta

from django.conf import settings

from shs.appointment.models import LIVE, Appointment
from shs.appointment.notices import about, data_of
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import store, told
from shs.notices.budget import thousandths
from shs.notices.kinds import Kind
from shs.notices.models import Notice, State
from shs.notices.segments import segments
from shs.notices.services import notice
from shs.notices.sms import NOT_DELIVERED
from shs.notices.texts import text_of
from shs.notices.ways import NO_WAY
from shs.users import contacts
from shs.users.seeding import made_users

MOST = 40
"""So many at any size of the network."""

NEAR = timedelta(days=4)
KINDS = (Kind.BOOKED, Kind.REMINDER_DAY, Kind.BOOKED, Kind.DOCTOR_LATE, Kind.RESCHEDULED)
FAILS, CALLED, DELIVERED = 11, 7, 3
"""Every so manieth was not delivered, has to be told by phone, and has no delivery report yet."""


def add_texts(demo: Demo) -> int:
    """Store texts about the next days' visits, once; returns their number."""
    patients = made_users().filter(email__isnull=True)
    if Notice.objects.by_sms().filter(user__in=patients).exists():
        return 0
    visits = Appointment.objects.filter(
        patient__in=patients, status__in=LIVE, starts_at__range=(demo.now, demo.now + NEAR)
    )
    near = list(visits.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")[:MOST])
    phones = contacts.numbers_of(visit.patient_id for visit in near)
    rows = [_row(at, visit, phones.get(visit.patient_id, ""), demo.now) for at, visit in enumerate(near)]
    store([told(row, row.due_at, reason="seed") for row in rows])
    return len(rows)


def _row(at: int, visit: Appointment, phone: str, now: datetime) -> Notice:
    kind = KINDS[at % len(KINDS)]
    due = now.replace(microsecond=0) - timedelta(minutes=7 + 23 * at)
    data = {**data_of(visit), "minutes": 20, "from_at": visit.starts_at - timedelta(days=1)}
    row = notice(
        to=visit.patient,
        kind=kind,
        data=data,
        about=about(visit),
        key=f"seed:{visit.number}",
        due_at=due,
        charged_to=f"clinic:{visit.clinic_id}",
    )
    row.channel, row.attempts = Notice.Channel.SMS, 1
    if at % CALLED == CALLED - 1 and kind == Kind.BOOKED:
        row.channel, row.state, row.error, row.attempts = Notice.Channel.APP, State.CALL, NO_WAY, 0
        return row
    row.number, row.segments = phone, segments(text_of(row))
    row.cost = row.segments * thousandths(settings.SMS_PRICE)
    row.claimed_at = row.sent_at = due + timedelta(seconds=2)
    row.state = State.SENT
    if at % FAILS == FAILS - 1:
        row.state, row.error = State.FAILED, NOT_DELIVERED
    elif at % DELIVERED:
        row.delivered_at = due + timedelta(seconds=9)
    return row
