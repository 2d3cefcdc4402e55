"""Who may do what to visits, and which people a doctor or a desk may see because of a visit."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shs.appointment.models import (
    Appointment,
    AppointmentSlot,
    CalendarFeed,
    DoctorSession,
    EarlierWish,
    IdentityCheck,
    Registration,
    WaitingScreen,
)
from shs.core.ages import TEENAGER
from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.offered import CLINICS, admins_alone, rows_are
from shs.core.grants.table import NOTHING, everyone, grant, keep_back
from shs.doctors.models import Clinic
from shs.doctors.permissions import own_ids
from shs.notices.models import SmsChoice
from shs.users.models import (
    Correction,
    Duty,
    Guardianship,
    PersonIdentifier,
    PersonMerge,
    PossibleDouble,
    Role,
    User,
    UserProfile,
    minors,
)
from shs.users.permissions import BOOK, READ, corrections_of_others, dependants, merge_to_confirm


def booked_by(user: Member) -> Q:
    """Visits of the user as a patient, and wishes to come earlier."""
    return Q(patient=user.pk)


def booked_by_confirmed(user: Member) -> Q:
    """Visits of the user as a patient, once their address is confirmed."""
    return booked_by(user) if user.is_confirmed else NOTHING


def of_dependants(user: Member) -> Q:
    """Visits of people for whom the user may book or read as their guardian."""
    return Q(patient__in=dependants(user, BOOK, READ))


def booked_for(user: Member) -> Q:
    """Visits of people for whom the user may book as their guardian, and their wishes to come earlier."""
    return Q(patient__in=dependants(user, BOOK))


def read_for(user: Member) -> Q:
    """Visits of people whose chart the user may read as their guardian, once their address is confirmed; not those of
    teenagers, who may tell their doctor why they come."""
    if not user.is_confirmed:
        return NOTHING
    to_themselves = minors("patient", timezone.localdate()) & ~minors("patient", timezone.localdate(), TEENAGER)
    return Q(patient__in=dependants(user, READ)) & ~Q(
        Exists(Appointment.objects.filter(to_themselves, pk=OuterRef("pk")))
    )


def booked_with(user: Member) -> Q:
    """Visits to the user as a doctor, and wishes to come to them earlier."""
    return Q(doctor__in=own_ids(user))


def booked_with_verified(user: Member) -> Q:
    """Visits to the user as a doctor, and their sessions, while they are verified."""
    return Q(doctor__in=own_ids(user, verified=True))


def annotated_by(user: Member) -> Q:
    """Visits to the user as a verified doctor, once their address is confirmed: the form shows the notes."""
    return booked_with_verified(user) if user.is_confirmed else NOTHING


def own_feeds(user: Member) -> Q:
    """The user's own calendar links."""
    return Q(owner=user.pk)


@rows_are(CLINICS)
def at_my_clinics(user: Member) -> Q:
    """Visits, sessions, registrations, calendar links, wishes and screens at a clinic in whose desk the user works."""
    return Q(clinic__in=held(user, Clinic, "run_desk"))


def of_doctor(user: Member) -> Q:
    """Slots and sessions of the user as a doctor."""
    return Q(doctor__in=own_ids(user))


def own_patients(user: Member) -> Q:
    """People who have a visit to the user as a doctor."""
    return Q(pk__in=Appointment.objects.filter(doctor__in=own_ids(user)).order_by().values("patient"))


@rows_are(CLINICS)
def patients_of_my_clinics(user: Member) -> Q:
    """People who have a visit at a clinic in whose desk the user works, or were registered there."""
    return Q(pk__in=_people_of_my_clinics(user))


@rows_are(CLINICS)
def patients_to_readdress(user: Member) -> Q:
    """Patients, not staff or doctors who are patients too, who are known to be the ones that came to a clinic in whose
    desk the user works."""
    return Q(pk__in=_people_of_my_clinics(user, proven=True)) & Q(role=Role.PATIENT)


@rows_are(CLINICS)
def identifiers_at_my_clinics(user: Member) -> Q:
    """Identity numbers of people who are known to be the ones that came to a clinic in whose desk the user works."""
    return Q(person__in=_people_of_my_clinics(user, proven=True))


@rows_are(CLINICS)
def corrections_at_my_clinics(user: Member) -> Q:
    """Corrections of people who are known to be the ones that came to a clinic in whose desk the user works."""
    return Q(person__in=_people_of_my_clinics(user, proven=True))


@rows_are(CLINICS)
def corrections_to_decide(user: Member) -> Q:
    """As `corrections_at_my_clinics`, of other people, that others have asked for."""
    return corrections_at_my_clinics(user) & corrections_of_others(user)


@rows_are(CLINICS)
def guardians_at_my_clinics(user: Member) -> Q:
    """Guardianships of people who are known to be the ones that came to a clinic in whose desk the user works."""
    return Q(dependant__in=_people_of_my_clinics(user, proven=True))


@rows_are(CLINICS)
def doubles_at_my_clinics(user: Member) -> Q:
    """Pairs of people who are both known to be the ones that came to a clinic in whose desk the user works."""
    people = _people_of_my_clinics(user, proven=True)
    return Q(first__in=people, second__in=people)


@rows_are(CLINICS)
def merges_at_my_clinics(user: Member) -> Q:
    """Merges that the user has asked for or decided, and those of people who are known to be the ones that came to a
    clinic in whose desk the user works."""
    people = _people_of_my_clinics(user, proven=True)
    return Q(asked_by=user.pk) | Q(decided_by=user.pk) | Q(kept__in=people)


@rows_are(CLINICS)
def merges_to_confirm_at_my_clinics(user: Member) -> Q:
    """Merges that others ask for, of two people who are known to be the ones that came to a clinic in whose desk the
    user works."""
    people = _people_of_my_clinics(user, proven=True)
    return merge_to_confirm(user) & Q(kept__in=people, dropped__in=people)


@rows_are(CLINICS)
def merges_of_mine(user: Member) -> Q:
    """Merges that the user has asked for."""
    return Q(asked_by=user.pk)


@rows_are(CLINICS)
def profiles_of_my_clinics(user: Member) -> Q:
    """Profiles of people who are known to be the ones that came to a clinic in whose desk the user works."""
    return Q(user__in=_people_of_my_clinics(user, proven=True))


def _people_of_my_clinics(user: Member, *, proven: bool = False) -> QuerySet[Appointment, int]:
    """The keys of those who have a visit at a clinic in whose desk the user works, or were registered there; `proven`:
    if it is known that the visit is theirs, or they have no login, so that all was entered by desks."""
    clinics = held(user, Clinic, "run_desk")
    visits, registered = Appointment.objects.filter(clinic__in=clinics), Registration.objects.filter(clinic__in=clinics)
    if proven:
        visits, registered = visits.proven(), registered.filter(person__email__isnull=True)
    # One union, not two conditions: each half is read by its own index.
    return (
        visits.order_by()
        .values_list("patient", flat=True)
        .union(registered.order_by().values_list("person", flat=True))
    )


grant(Appointment, Role.PATIENT, booked_by, "view", "book", "cancel", "reschedule")
grant(Appointment, Role.PATIENT, booked_by_confirmed, "read_reason")
grant(Appointment, Role.PATIENT, of_dependants, "view")
grant(Appointment, Role.PATIENT, booked_for, "book", "cancel", "reschedule")
grant(Appointment, Role.PATIENT, read_for, "read_reason")
grant(Appointment, Role.DOCTOR, booked_with, "view", "attend", "cancel", "reschedule", "read_reason", "export")
grant(Appointment, Role.DOCTOR, booked_with, "delay")
grant(Appointment, Role.DOCTOR, booked_with_verified, "confirm", "complete", "miss", "put_first")
grant(Appointment, Role.DOCTOR, annotated_by, "annotate")
grant(Appointment, Duty.DESK, at_my_clinics, "view", "add", "confirm", "check_in", "miss", "cancel", "reschedule")
grant(Appointment, Duty.DESK, at_my_clinics, "remind", "delay", "call", "export", "put_first")
grant(Appointment, Duty.AUDIT, everyone, "view")
grant(
    Appointment,
    Role.ADMIN,
    everyone,
    "view",
    "add",
    "confirm",
    "check_in",
    "complete",
    "miss",
    "cancel",
    "reschedule",
    "remind",
    "delay",
    "put_first",
    "call",
    "annotate",
    "read_reason",
    "export",
)

for who in (Role.ADMIN, Duty.AUDIT):
    grant(IdentityCheck, who, everyone, "view", "review")

grant(AppointmentSlot, Role.ADMIN, everyone, "view")
grant(AppointmentSlot, Duty.DESK, at_my_clinics, "view")
grant(AppointmentSlot, Duty.AUDIT, everyone, "view")
grant(AppointmentSlot, Role.DOCTOR, of_doctor, "view")

grant(DoctorSession, Role.DOCTOR, of_doctor, "view", "begin", "run")
grant(DoctorSession, Role.DOCTOR, booked_with_verified, "complete")
grant(DoctorSession, Duty.DESK, at_my_clinics, "view", "begin", "run")
grant(DoctorSession, Role.ADMIN, everyone, "view", "begin", "run")
grant(DoctorSession, Duty.AUDIT, everyone, "view")

grant(WaitingScreen, Duty.DESK, at_my_clinics, "renew")
grant(WaitingScreen, Role.ADMIN, everyone, "renew")

grant(Registration, Role.ADMIN, everyone, "view", "recognise")
grant(Registration, Duty.DESK, at_my_clinics, "view", "recognise")
grant(Registration, Duty.AUDIT, everyone, "view")

grant(CalendarFeed, Role.PATIENT, own_feeds, "view", "subscribe", "revoke")
grant(CalendarFeed, Role.DOCTOR, own_feeds, "view", "subscribe", "revoke")
grant(CalendarFeed, Duty.DESK, at_my_clinics, "view", "subscribe", "revoke")
grant(CalendarFeed, Role.ADMIN, everyone, "view", "revoke")
grant(CalendarFeed, Duty.AUDIT, everyone, "view")

grant(EarlierWish, Role.PATIENT, booked_by, "view", "ask", "withdraw")
grant(EarlierWish, Role.PATIENT, booked_for, "view", "ask", "withdraw")
grant(EarlierWish, Role.DOCTOR, booked_with, "view")
grant(EarlierWish, Duty.DESK, at_my_clinics, "view", "add", "offer", "withdraw")
grant(EarlierWish, Role.ADMIN, everyone, "view", "add", "offer", "withdraw")
grant(EarlierWish, Duty.AUDIT, everyone, "view")

grant(User, Role.DOCTOR, own_patients, "view", "recognise")
grant(User, Duty.DESK, patients_of_my_clinics, "view", "recognise")
grant(User, Duty.DESK, patients_to_readdress, "readdress")
grant(User, Duty.DESK, patients_to_readdress, "note_death", "card")
grant(User, Duty.DESK, patients_to_readdress, "merge")
grant(PossibleDouble, Duty.DESK, doubles_at_my_clinics, "view", "dismiss")
grant(PersonMerge, Duty.DESK, merges_at_my_clinics, "view", "undo")
grant(PersonMerge, Duty.DESK, merges_to_confirm_at_my_clinics, "decide", "decline")
grant(PersonMerge, Duty.DESK, merges_of_mine, "withdraw")
grant(UserProfile, Duty.DESK, profiles_of_my_clinics, "view", "change")
grant(Guardianship, Duty.DESK, guardians_at_my_clinics, "view", "add", "end")
grant(Correction, Duty.DESK, corrections_at_my_clinics, "view")
grant(Correction, Duty.DESK, corrections_to_decide, "decide")
grant(PersonIdentifier, Duty.DESK, identifiers_at_my_clinics, "view", "reveal", "withdraw")
grant(SmsChoice, Duty.DESK, profiles_of_my_clinics, "view", "add", "change")

keep_back(IdentityCheck, "review", because="it reviews what the doctor of the visit has read")
admins_alone(
    Appointment,
    "complete",
    "annotate",
    "read_reason",
    because="what a patient tells the doctor of the visit, and what follows; an admin does it only in their place",
)
