"""Public holidays: once a year each clinic confirms on which of them it is closed."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment import services
from shs.appointment.admin.plan import PlanNeeded, carry_out, show
from shs.appointment.holidays import clinics_to_ask
from shs.core.admin.site import office
from shs.core.labels import Label
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors import holidays
from shs.doctors.models import Clinic, ClosedDay
from shs.users.requests import UserRequest

NAME = "on_"
BECAUSE = "the clinic of the page, for which the user answers"
ANSWERS = {"closed": True, "open": False}


class Row(NamedTuple):
    """A public holiday of the coming year: what the clinic has answered, with the closed day that holds the answer;
    None: nothing yet."""

    holiday: holidays.Holiday
    answer: ClosedDay | None
    name: str

    @property
    def state(self) -> Label:
        if self.answer is None:
            return _("not confirmed: the clinic counts as open")
        return _("closed") if self.answer.closes else _("open as usual")


def close(request: UserRequest, clinic: int, days: Iterable[ClosedDay], store: services.Store) -> None:
    """`store()` closed days of a clinic. Raises PlanNeeded as `carry_out`, if visits are hit."""
    rows = list(days)
    if not rows:
        store()
        return
    reason = " / ".join(dict.fromkeys(text for row in rows[:1] for text in (row.reason, row.reason_bn)))
    outage = services.closed_on(clinic, [(row.first, row.last) for row in rows], reason if len(rows) == 1 else "")
    carry_out(request, outage, store)


def holidays_page(request: UserRequest) -> HttpResponse:
    """The public holidays of the coming year at one clinic, each with its answer or the question."""
    clinics, now = clinics_to_ask(request.user), timezone.now()
    asked = request.GET.get("clinic", "")
    clinic = next((row for row in clinics if str(row.pk) == asked), clinics[0] if clinics else None)
    if clinic is None:
        return _show(request, None, clinics, [])
    rows = _rows(clinic, now)
    if request.method == "POST":
        url = f"{reverse('admin:public_holidays')}?{urlencode({'clinic': clinic.pk})}"
        try:
            _answer(request, clinic, rows)
        except PlanNeeded as needed:
            return show(request, needed.outage, action=request.get_full_path(), back=url, error=needed.error)
        return HttpResponseRedirect(url)
    return _show(request, clinic, clinics, rows)


def _rows(clinic: Clinic, now: datetime) -> list[Row]:
    coming = holidays.coming(timezone.localdate(now))
    answers = ClosedDay.objects.unrestricted(BECAUSE).filter(
        clinic=clinic, holiday__in=[holiday.day for holiday in coming]
    )
    known = {answer.holiday: answer for answer in answers}
    return [Row(holiday, known.get(holiday.day), f"{NAME}{holiday.day.isoformat()}") for holiday in coming]


def _answer(request: UserRequest, clinic: Clinic, rows: list[Row]) -> None:
    new = [_day(clinic, row, request.POST) for row in rows if row.answer is None]
    days = [day for day in new if day is not None]

    def store() -> None:
        with transaction.atomic():
            lock(clinic)  # another desk may answer at the same time
            known = set(ClosedDay.objects.unrestricted(BECAUSE).filter(clinic=clinic).values_list("holiday", flat=True))
            for day in days:
                if day.holiday not in known:
                    save_with_reason(day, "public holiday")

    close(request, clinic.pk, [day for day in days if day.closes], store)
    if days:
        words = ngettext("%d public holiday is saved.", "%d public holidays are saved.", len(days))
        messages.success(request, words % len(days))


def _day(clinic: Clinic, row: Row, posted: QueryDict) -> ClosedDay | None:
    closes = ANSWERS.get(posted.get("every", "") or posted.get(row.name, ""))
    if closes is None:
        return None
    day = row.holiday.day
    names = {"reason": row.holiday.name, "reason_bn": row.holiday.name_bn}
    return ClosedDay(clinic=clinic, first=day, last=day, holiday=day, closes=closes, **names)


def _show(request: UserRequest, clinic: Clinic | None, clinics: list[Clinic], rows: list[Row]) -> HttpResponse:
    waiting = sum(row.answer is None for row in rows)
    context = {
        **office.each_context(request),
        "title": _("Public holidays"),
        "clinic": clinic,
        "clinics": clinics,
        "rows": rows,
        "waiting": waiting,
    }
    return TemplateResponse(request, "admin/appointment/holidays.html", context)


office.add_page("public-holidays/", holidays_page, name="public_holidays", needs="doctors.add_closedday")
