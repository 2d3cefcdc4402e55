"""Which public holidays a clinic has not confirmed yet."""

from datetime import date

from django.db.models import Count, Q, QuerySet

from shs.core.caller import Caller
from shs.core.grants.table import rows_allowed
from shs.doctors import holidays
from shs.doctors.models import Clinic


def _asked(user: Caller) -> QuerySet[Clinic]:
    rows = Clinic.objects.filter(rows_allowed(Clinic, user, "change") | rows_allowed(Clinic, user, "run_desk"))
    return rows.filter(is_active=True)


def clinics_to_ask(user: Caller) -> list[Clinic]:
    """The clinics for which `user` may say when they are closed."""
    return list(_asked(user).order_by("name", "pk"))


def not_confirmed(user: Caller, today: date) -> int:
    """How many public holidays of the coming year wait for an answer, of all clinics of `user`. One query."""
    coming = [holiday.day for holiday in holidays.coming(today)]
    answered = Count("closed_days__holiday", filter=Q(closed_days__holiday__in=coming), distinct=True)
    rows = _asked(user).order_by().annotate(answered=answered).values_list("answered", flat=True)
    return sum(len(coming) - count for count in rows) if coming else 0
