"""Who may do what to visits, and which people a doctor or a desk may see because of a visit."""

from django.db.models import Q, QuerySet

from shs.appointment.models import Appointment, AppointmentSlot
from shs.core.caller import Member
from shs.core.grants.held import held
from shs.core.grants.table import everyone, grant
from shs.doctors.models import Clinic
from shs.doctors.permissions import own_ids
from shs.users.models import Duty, Role, User, UserProfile


def booked_by(user: Member) -> Q:
    """Visits of the user as a patient."""
    return Q(patient=user.pk)


def booked_with(user: Member) -> Q:
    """Visits to the user as a doctor."""
    return Q(doctor__in=own_ids(user))


def booked_with_verified(user: Member) -> Q:
    """Visits to the user as a doctor, while they are verified."""
    return Q(doctor__in=own_ids(user, verified=True))


def at_my_clinics(user: Member) -> Q:
    """Visits at a clinic in whose desk the user works."""
    return Q(clinic__in=held(user, Clinic, "run_desk"))


def of_doctor(user: Member) -> Q:
    """Slots of the user as a doctor."""
    return Q(doctor__in=own_ids(user))


def own_patients(user: Member) -> Q:
    """People who have a visit to the user as a doctor."""
    return Q(pk__in=Appointment.objects.filter(doctor__in=own_ids(user)).order_by().values("patient"))


def patients_of_my_clinics(user: Member) -> Q:
    """People who have a visit at a clinic in whose desk the user works."""
    return Q(pk__in=_patients_at_my_clinics(user))


def profiles_of_my_clinics(user: Member) -> Q:
    """Profiles of people who have a visit at a clinic in whose desk the user works."""
    return Q(user__in=_patients_at_my_clinics(user))


def _patients_at_my_clinics(user: Member) -> QuerySet[Appointment, int]:
    return (
        Appointment.objects.filter(clinic__in=held(user, Clinic, "run_desk"))
        .order_by()
        .values_list("patient", flat=True)
    )


grant(Appointment, Role.PATIENT, booked_by, "view", "book", "cancel", "reschedule", "read_reason")
grant(Appointment, Role.DOCTOR, booked_with, "view", "attend", "cancel", "reschedule", "read_reason", "export")
grant(Appointment, Role.DOCTOR, booked_with_verified, "confirm", "complete", "annotate")
grant(Appointment, Duty.DESK, at_my_clinics, "view", "add", "confirm", "check_in", "cancel", "reschedule")
grant(Appointment, Duty.DESK, at_my_clinics, "remind", "export")
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
    "cancel",
    "reschedule",
    "remind",
    "annotate",
    "read_reason",
    "export",
)

grant(AppointmentSlot, Role.ADMIN, everyone, "view")
grant(AppointmentSlot, Duty.DESK, at_my_clinics, "view")
grant(AppointmentSlot, Duty.AUDIT, everyone, "view")
grant(AppointmentSlot, Role.DOCTOR, of_doctor, "view")

grant(User, Role.DOCTOR, own_patients, "view", "recognise")
grant(User, Duty.DESK, patients_of_my_clinics, "view", "recognise")
grant(UserProfile, Duty.DESK, profiles_of_my_clinics, "view", "change")
