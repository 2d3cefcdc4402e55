"""Who may do what to results: what the rules of charts allow, and handing in at the desk, which reads nothing."""

from django.db.models import Exists, OuterRef, Q

from shs.appointment.permissions import patients_of_my_clinics
from shs.core.caller import Member
from shs.core.grants.offered import CLINICS, admins_alone, presuppose, rows_are
from shs.core.grants.table import NOTHING, Rows, everyone, grant
from shs.medical_record.permissions import (
    of_guarded_charts,
    of_own_chart,
    of_readable_charts,
    of_writable_charts,
    seen_by_doctors,
)
from shs.results.models import Result, ResultValue, Source, Status
from shs.users.models import Duty, Role, User


@rows_are(CLINICS)
def handed_in_at_my_clinics(user: Member) -> Q:
    """What desks have handed in of people of a clinic in whose desk the user works."""
    return Q(source=Source.DESK, patient__in=User.objects.filter(patients_of_my_clinics(user)).values("pk"))


def sent_by_me(user: Member) -> Q:
    """What the user has handed in for themselves or a dependant, until a doctor has reviewed it."""
    if not user.is_confirmed:
        return NOTHING
    return Q(sent_by=user.pk, source__in=[Source.PATIENT, Source.GUARDIAN], status=Status.WAITING)


def on(rows: Rows) -> Rows:
    """The values of the results that `rows` allows."""

    def of_results(user: Member) -> Q:
        return Q(Exists(Result.objects.filter(rows(user), pk=OuterRef("result"))))

    return of_results


grant(Result, Role.PATIENT, of_readable_charts, "view")
grant(Result, Role.PATIENT, of_own_chart, "add")
grant(Result, Role.PATIENT, of_guarded_charts, "add")
grant(Result, Role.PATIENT, sent_by_me, "retract")
grant(Result, Role.DOCTOR, seen_by_doctors, "view")
grant(Result, Role.DOCTOR, of_writable_charts, "add", "enter", "review", "retract")
grant(Result, Role.DOCTOR, of_own_chart, "add")  # a doctor can be a patient too
grant(Result, Role.DOCTOR, of_guarded_charts, "add")
grant(Result, Duty.DESK, handed_in_at_my_clinics, "add", "hand_in")
grant(Result, Role.ADMIN, everyone, "view", "export")
grant(Result, Duty.AUDIT, everyone, "view")

grant(ResultValue, Role.DOCTOR, on(seen_by_doctors), "view")
grant(ResultValue, Role.ADMIN, everyone, "view")
grant(ResultValue, Duty.AUDIT, everyone, "view")

presuppose("results.view_result", "users.read_chart_user")
presuppose("results.hand_in_result", "results.add_result")
admins_alone(Result, "export", because="charts leave the clinic by an admin alone")
