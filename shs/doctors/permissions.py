"""Who may do what to doctors, their hours and their reviews."""

from django.db.models import Exists, OuterRef, Q

from shs.core.caller import Member
from shs.core.context import remember
from shs.core.grants.held import held
from shs.core.grants.offered import CLINICS, admins_alone, rows_are
from shs.core.grants.table import everyone, grant, keep_back, open_rows
from shs.core.queries import KeptQuery, instance
from shs.doctors.models import (
    Clinic,
    ClosedDay,
    DoctorAvailability,
    DoctorInformation,
    DoctorReview,
    DoctorSpecialization,
    HoursPeriod,
    PeriodBlock,
    PlaceName,
    SpecialtyAlias,
    TimeOff,
    Verification,
)
from shs.users.models import Duty, Role

OF_USER = KeptQuery(
    lambda user: DoctorInformation.objects.filter(user=user),
    [field.attname for field in DoctorInformation._meta.concrete_fields],
)


def own_profile(user: Member) -> DoctorInformation | None:
    """The user's doctor profile, looked up once a request; None for people who are no doctors."""

    def find() -> DoctorInformation | None:
        row = OF_USER.first(user=user.pk)
        return instance(DoctorInformation, row) if row else None

    return remember(("own_profile", user.pk), find) if user.pk is not None else None


def own_ids(user: Member, *, verified: bool = False) -> list[int]:
    """The id of the user's doctor profile in a list: empty for people who are no doctors and, with `verified`, for
    doctors who are not verified. Rows that belong to them are filtered by it, and not by a join with the profile, so
    that the database can read them by their own index."""
    mine = own_profile(user)
    return [mine.pk] if mine is not None and (mine.is_approved or not verified) else []


def themselves(user: Member) -> Q:
    """The user's own doctor profile."""
    return Q(user=user.pk)


def of_themselves(user: Member) -> Q:
    """Rows that belong to the user as a doctor."""
    return Q(doctor__in=own_ids(user))


def of_themselves_verified(user: Member) -> Q:
    """Rows that belong to the user as a doctor, while they are verified."""
    return Q(doctor__in=own_ids(user, verified=True))


@rows_are(CLINICS)
def own_clinics(user: Member) -> Q:
    """The clinics in whose desk the user works."""
    return Q(pk__in=held(user, Clinic, "run_desk"))


def _works_at_my_clinic(user: Member, doctor: str) -> Exists:
    links = DoctorInformation.clinics.through.objects
    return Exists(links.filter(doctorinformation=OuterRef(doctor), clinic__in=held(user, Clinic, "run_desk")))


@rows_are(CLINICS)
def at_my_clinics(user: Member) -> Q:
    """Verified doctors who see patients at a clinic in whose desk the user works."""
    return Q(_works_at_my_clinic(user, "pk"), verification_status=Verification.APPROVED)


@rows_are(CLINICS)
def of_doctors_at_my_clinics(user: Member) -> Q:
    """Rows that belong to verified doctors of a clinic in whose desk the user works."""
    return Q(_works_at_my_clinic(user, "doctor"), doctor__verification_status=Verification.APPROVED)


@rows_are(CLINICS)
def of_periods_at_my_clinics(user: Member) -> Q:
    """Working hours in periods of verified doctors of a clinic in whose desk the user works."""
    return Q(_works_at_my_clinic(user, "period__doctor"), period__doctor__verification_status=Verification.APPROVED)


def of_my_periods(user: Member) -> Q:
    """Working hours in periods of the user as a doctor."""
    return Q(period__doctor__in=own_ids(user))


@rows_are(CLINICS)
def days_of_my_clinics(user: Member) -> Q:
    """Days of the clinics in whose desk the user works."""
    return Q(clinic__in=held(user, Clinic, "run_desk"))


def days_where_i_practise(user: Member) -> Q:
    """Days of the clinics where the user sees patients."""
    links = DoctorInformation.clinics.through.objects
    return Q(Exists(links.filter(clinic=OuterRef("clinic"), doctorinformation__user=user.pk)))


def written_by_me(user: Member) -> Q:
    """The user's own reviews."""
    return Q(patient=user.pk)


def practised_at(user: Member) -> Q:
    """The clinics where the user sees patients."""
    links = DoctorInformation.clinics.through.objects
    return Q(Exists(links.filter(clinic=OuterRef("pk"), doctorinformation__user=user.pk)))


grant(DoctorInformation, Role.ADMIN, everyone, "view", "change", "schedule", "export")
grant(DoctorInformation, Duty.VERIFICATION, everyone, "view", "export")
grant(DoctorInformation, Duty.DESK, at_my_clinics, "view", "schedule")
grant(DoctorInformation, Duty.AUDIT, everyone, "view")
grant(DoctorInformation, Role.DOCTOR, themselves, "view", "change", "practise", "apply")


grant(DoctorAvailability, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(DoctorAvailability, Duty.DESK, of_doctors_at_my_clinics, "view", "add", "change", "delete")
grant(DoctorAvailability, Duty.AUDIT, everyone, "view")
grant(DoctorAvailability, Role.DOCTOR, of_themselves, "view")

grant(HoursPeriod, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(HoursPeriod, Duty.DESK, of_doctors_at_my_clinics, "view", "add", "change", "delete")
grant(HoursPeriod, Duty.AUDIT, everyone, "view")
grant(HoursPeriod, Role.DOCTOR, of_themselves, "view", "plan")

grant(PeriodBlock, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(PeriodBlock, Duty.DESK, of_periods_at_my_clinics, "view", "add", "change", "delete")
grant(PeriodBlock, Duty.AUDIT, everyone, "view")
grant(PeriodBlock, Role.DOCTOR, of_my_periods, "view")

grant(ClosedDay, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(ClosedDay, Duty.DESK, days_of_my_clinics, "view", "add", "change", "delete")
grant(ClosedDay, Duty.AUDIT, everyone, "view")
grant(ClosedDay, Role.DOCTOR, days_where_i_practise, "view")

grant(TimeOff, Role.ADMIN, everyone, "view", "add", "change", "delete")
grant(TimeOff, Duty.DESK, of_doctors_at_my_clinics, "view", "add", "change", "delete")
grant(TimeOff, Duty.AUDIT, everyone, "view")
grant(TimeOff, Role.DOCTOR, of_themselves, "view", "add", "delete", "plan")

grant(Clinic, Role.ADMIN, everyone, "view", "add", "change", "delete", "archive", "merge")
grant(Clinic, Duty.AUDIT, everyone, "view")
grant(Clinic, Duty.DESK, own_clinics, "choose", "run_desk")
grant(Clinic, Role.DOCTOR, practised_at, "choose")

grant(DoctorSpecialization, Role.ADMIN, everyone, "view", "add", "change", "import", "export")
grant(DoctorSpecialization, Role.ADMIN, everyone, "delete", "archive", "merge")
grant(DoctorSpecialization, Duty.AUDIT, everyone, "view")
grant(DoctorSpecialization, Duty.VERIFICATION, everyone, "choose")
grant(DoctorSpecialization, Role.DOCTOR, everyone, "choose")

for named in (SpecialtyAlias, PlaceName):
    grant(named, Role.ADMIN, everyone, "view", "add", "change", "delete")
    grant(named, Duty.AUDIT, everyone, "view")

grant(DoctorReview, Role.ADMIN, everyone, "view", "hide")
grant(DoctorReview, Duty.MODERATION, everyone, "view", "hide")
grant(DoctorReview, Duty.AUDIT, everyone, "view")
grant(DoctorReview, Role.DOCTOR, of_themselves_verified, "answer")
grant(DoctorReview, Role.PATIENT, written_by_me, "view", "change", "delete")

open_rows(DoctorInformation, "listed", because="patients look for a doctor before they have an account")
open_rows(DoctorReview, "shown", because="they are written for everybody")
open_rows(DoctorSpecialization, "in_use", because="a catalogue, by which doctors are looked for")
open_rows(ClosedDay, "closing", because="patients must know when a clinic is closed")
open_rows(Clinic, "all", because="patients must know where to go")

keep_back(DoctorReview, "hide", because="moderators decide, never the doctor whom a review is about")
keep_back(Clinic, "change", because="who may change a clinic also hires its desk")
admins_alone(
    Clinic, "add", "change", "delete", "archive", "merge", because="who may change a clinic also hires its desk"
)
