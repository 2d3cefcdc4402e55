"""The printed day list: one table of visits for each doctor."""

from itertools import groupby
from typing import NamedTuple

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from shs.appointment import board
from shs.appointment.admin.board import CALL, EXPORT, Board
from shs.appointment.board import Flag
from shs.appointment.models import Appointment, Status
from shs.core.admin.site import office
from shs.core.dates import show_date
from shs.core.grants.table import holds, require
from shs.core.phones import mask_phone
from shs.core.reads.log import log_read
from shs.doctors.models import DoctorInformation
from shs.users import contacts
from shs.users.models import UserProfile
from shs.users.requests import UserRequest


def day_list(request: UserRequest) -> HttpResponse:
    """The board's visits for printing; written to the read log as an export. With `?phones=1` with whole phone numbers,
    for those who may call patients, else with masked ones."""
    page = Board(request)
    with_phones = "phones" in request.GET
    if with_phones:
        require(request.user, CALL)
    found = page.visits("call" if with_phones else "export")
    visits = [visit for visit in found[: board.MOST_CARDS] if visit.status != Status.CANCELLED]
    with override("en"):  # the log is kept in one language, whatever the user's is
        day = show_date(page.day)
    log_read(
        request.user,
        what=f"export {Appointment._meta.label_lower}",
        ids=[visit.pk for visit in visits],
        note=", ".join([day, *([page.clinic.name] if page.clinic else []), *(["with phones"] if with_phones else [])]),
    )
    offers_phones = not with_phones and holds(request.user, CALL)
    context = {
        "page": page,
        "place": page.clinic.name if page.clinic else _("every clinic"),
        "tables": _tables(page, visits, with_phones=with_phones),
        "is_cut": len(found) > board.MOST_CARDS,
        "back": page.url(page.day),
        "phones_url": f"{page.url(page.day, 'desk_print')}&phones=1" if offers_phones else "",
    }
    return TemplateResponse(request, "admin/appointment/day_list.html", context)


class Row(NamedTuple):
    """A line of the list: the visit, the phone, and the flags of its card. `calls`: the patient is to be called."""

    visit: Appointment
    phone: str
    flags: list[Flag]
    calls: bool


def _tables(page: Board, visits: list[Appointment], *, with_phones: bool) -> list[tuple[DoctorInformation, list[Row]]]:
    """Pairs of doctor and rows, ordered by the doctor's name; phones are masked unless `with_phones`."""
    flags = board.flags_of(page.user, visits, page.now)
    people = {visit.patient_id for visit in visits}
    known = UserProfile.objects.allowed(page.user, "view").filter(user__in=people).values_list("user", flat=True)
    numbers = contacts.numbers_of(known)
    phones = numbers if with_phones else {pk: mask_phone(phone) for pk, phone in numbers.items()}
    in_order = sorted(visits, key=lambda visit: (visit.doctor.name, visit.doctor_id, visit.starts_at))
    rows = [
        Row(
            visit,
            phones.get(visit.patient_id, ""),
            [flag for flag in flags[visit.pk] if flag.text != board.CALLS],
            board.is_to_call(flags[visit.pk]),
        )
        for visit in in_order
    ]
    by_doctor = (list(group) for _key, group in groupby(rows, key=lambda row: row.visit.doctor_id))
    return [(group[0].visit.doctor, group) for group in by_doctor]


office.add_page("desk/print/", day_list, name="desk_print", needs=EXPORT)
