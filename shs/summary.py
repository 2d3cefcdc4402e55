"""The first screen of the app in one request: what the caller has to do next, as a patient and as a doctor."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from typing_extensions import TypedDict

from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.schemas import ROW, AppointmentOut, DoctorRef, PatientRef, out_for
from shs.core.api.answers import Answer
from shs.core.api.authentication import requires
from shs.core.api.paging import COUNT_CAP, PageOut, Paging, paged
from shs.core.dates import midnight
from shs.core.grants.table import holds
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.medical_record.schemas import OneOfWhom
from shs.medical_record.services import note_rows, read_chart
from shs.notices.models import Notice
from shs.prescription.models import Prescription, PrescriptionLine, Status
from shs.prescription.models.lines import MOST_DAYS
from shs.prescription.models.prescription import PrescriptionQuerySet, follow_up_due
from shs.prescription.schemas import MedicineOut, medicine_out
from shs.users.families import acts_for, is_teenager, person_for
from shs.users.models import User
from shs.users.permissions import BOOK, READ
from shs.users.requests import UserRequest

router = Router(tags=["Summary"])
NEXT_VISITS = Paging(page_size=5)
DAY = Paging(page_size=100)
SHORT = Paging(page_size=20)
MOST_RUNNING = 50
"""How many of a patient's newest prescriptions are searched for running medicines."""


class RunningOut(TypedDict):
    """A prescription of which a medicine is still to be taken; `medications` are only those, `until` is the last
    day of the longest."""

    id: int
    doctor: str
    issued_at: datetime
    until: date
    medications: list[MedicineOut]


class FollowUpOut(TypedDict):
    """A follow-up that is due: within a week from today, before or after. `id` is the prescription's."""

    id: int
    doctor: DoctorRef
    patient: PatientRef
    date: date


class DraftOut(TypedDict):
    """A prescription that is not issued yet."""

    appointment: int
    number: str
    patient: PatientRef
    created_at: datetime


class PatientSummary(TypedDict):
    """Of a patient. `running_prescriptions` and `follow_ups` are null until the caller's address is confirmed, and for
    a guardian who may not read the chart."""

    next_visits: PageOut[AppointmentOut]
    running_prescriptions: list[RunningOut] | None
    follow_ups: PageOut[FollowUpOut] | None


class DoctorSummary(TypedDict):
    """Of a doctor: the visits of today in order of time, visits to come that are not confirmed, drafts, and follow-ups
    that are due. Drafts and follow-ups are null until the caller's address is confirmed."""

    today: PageOut[AppointmentOut]
    requests: PageOut[AppointmentOut]
    drafts: PageOut[DraftOut] | None
    follow_ups: PageOut[FollowUpOut] | None


class SummaryOut(TypedDict):
    """`patient` and `doctor` are null for a caller who is none. `unread_notices` is exact up to 1,000."""

    email_confirmed: bool
    unread_notices: int
    patient: PatientSummary | None
    doctor: DoctorSummary | None


ANSWER = Answer(SummaryOut)


@router.get("", auth=requires("notices.receive_notice"), response=SummaryOut)
def summary(request: UserRequest, find: Query[OneOfWhom]) -> HttpResponse:
    """What the caller has to do next. A patient: next visits, running prescriptions, follow-ups that are due; with
    `patient` those of somebody whose guardian the caller is. A doctor: the day, requests, drafts, follow-ups that are
    due."""
    user, now = request.user, timezone.now()
    is_own = find.patient in (None, user.pk)
    right = BOOK if not is_own and acts_for(user, int(find.patient or 0), BOOK, now) else READ
    person = person_for(user, find.patient, right, "summary", now)
    unread = Notice.objects.shown_to(user, now).unread().order_by()[:COUNT_CAP].count()
    return ANSWER(
        {
            "email_confirmed": user.is_confirmed,
            "unread_notices": unread,
            "patient": _of_patient(user, person, now) if holds(user, "appointment.book_appointment") else None,
            "doctor": _of_doctor(user, now) if holds(user, "appointment.attend_appointment") else None,
        }
    )


def _of_patient(user: User, person: User, now: datetime) -> PatientSummary:
    """Of `person`, for whom `user` books or reads: themselves, or a dependant."""
    is_own = person.pk == user.pk
    may_read = is_own or acts_for(user, person.pk, READ, now)
    with_words = is_own or (may_read and not is_teenager(person, timezone.localdate(now)))
    seen = Appointment.objects.allowed(user, "view").filter(patient=person)
    visits = seen.filter(status__in=[Visit.PENDING, Visit.CONFIRMED])
    coming = visits.upcoming(now).order_by("starts_at", "pk").values(*ROW)
    running, follow_ups = None, None
    if user.is_confirmed and may_read:
        issued = Prescription.objects.allowed(user, "view").filter(patient=person, status=Status.ISSUED)
        running = running_at(issued, now)
        due = issued.filter(follow_up_due(timezone.localdate(now))).select_related("doctor", "patient")
        follow_ups = paged(due.order_by("follow_up_date", "pk"), SHORT, _follow_up_out)
        if shown := {row["id"] for row in [*running, *follow_ups["items"]]}:
            read_chart(user, person, "summary", sorted(shown), now=now)
    next_visits = paged(coming, NEXT_VISITS, out_for(user, with_words=with_words))
    if not is_own:
        ids = [row["id"] for row in next_visits["items"]]
        log_read(user, what="visits", ids=ids, subject=person, basis=ReadLog.Basis.GUARDIAN)
    return {
        "next_visits": next_visits,
        "running_prescriptions": running,
        "follow_ups": follow_ups,
    }


def _of_doctor(user: User, now: datetime) -> DoctorSummary:
    visits = Appointment.objects.allowed(user, "view").filter(doctor__user=user).order_by("starts_at", "pk")
    day = timezone.localdate(now)
    start, end = midnight(day), midnight(day + timedelta(days=1))
    today = visits.filter(starts_at__gte=start, starts_at__lt=end).values(*ROW)
    requests = visits.filter(status=Visit.PENDING).upcoming(now).values(*ROW)
    drafts, follow_ups = None, None
    if user.is_confirmed:
        drafts, follow_ups = _drafts_and_follow_ups(user, now)
    return {
        "today": paged(today, DAY, out_for(user)),
        "requests": paged(requests, SHORT, out_for(user)),
        "drafts": drafts,
        "follow_ups": follow_ups,
    }


def running_at(issued: PrescriptionQuerySet, now: datetime) -> list[RunningOut]:
    """The prescriptions among `issued` of which a medicine is still to be taken today, newest first."""
    today = timezone.localdate(now)
    recent = issued.filter(issued_at__gt=now - timedelta(days=MOST_DAYS)).order_by("-issued_at", "-pk")
    rows = list(recent.values("id", "original_id", "parties", "issued_at")[:MOST_RUNNING])
    lines = defaultdict(list)
    for line in PrescriptionLine.objects.filter(prescription__in=[row["id"] for row in rows]).order_by("pk"):
        lines[line.prescription_id].append(line)
    found: list[RunningOut] = []
    for row in rows:
        first = timezone.localdate(row["issued_at"])
        # The day of issue is the first of the days.
        ends = {line: first + timedelta(days=line.duration_days - 1) for line in lines[row["id"]]}
        if running := {line: end for line, end in ends.items() if end >= today}:
            found.append(
                {
                    "id": row["original_id"] or row["id"],
                    "doctor": row["parties"]["doctor"]["name"],
                    "issued_at": timezone.localtime(row["issued_at"]),
                    "until": max(running.values()),
                    "medications": [medicine_out(line) for line in running],
                }
            )
    return found


def _drafts_and_follow_ups(user: User, now: datetime) -> tuple[PageOut[DraftOut], PageOut[FollowUpOut]]:
    own = Prescription.objects.allowed(user, "view").filter(doctor__user=user)
    written = own.filter(status=Status.DRAFT, issued_at=None).select_related("appointment", "patient").order_by("-pk")
    due = own.filter(follow_up_due(timezone.localdate(now))).select_related("doctor", "patient")
    shown: list[Prescription] = []

    def draft_out(row: Prescription) -> DraftOut:
        shown.append(row)
        return {
            "appointment": row.appointment_id,
            "number": row.appointment.number,
            "patient": {"id": row.patient_id, "name": row.patient.name},
            "created_at": timezone.localtime(row.created_at),
        }

    def due_out(row: Prescription) -> FollowUpOut:
        shown.append(row)
        return _follow_up_out(row)

    found = paged(written, SHORT, draft_out), paged(due.order_by("follow_up_date", "pk"), SHORT, due_out)
    note_rows(user, shown, "summary", now=now)
    return found


def _follow_up_out(row: Prescription) -> FollowUpOut:
    if row.follow_up_date is None:
        raise ValueError("a prescription without a follow-up date")
    return {
        "id": row.public_id,
        "doctor": {
            "id": row.doctor_id,
            "name": row.doctor.name,
            "specializations": row.doctor.specialty_cards,
            "location": row.doctor.location,
        },
        "patient": {"id": row.patient_id, "name": row.patient.name},
        "date": row.follow_up_date,
    }
