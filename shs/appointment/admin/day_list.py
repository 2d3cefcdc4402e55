"""The printed day list: one table of visits for each doctor."""

from itertools import groupby

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from shs.appointment import board
from shs.appointment.admin.board import EXPORT, Board
from shs.appointment.models import Appointment, Status
from shs.core.admin.masks import masked_phone
from shs.core.admin.site import office
from shs.core.reads.log import log_read
from shs.users.models import User, UserProfile
from shs.users.requests import UserRequest


def day_list(request: UserRequest) -> HttpResponse:
    """The board's visits for printing; written to the read log as an export."""
    page = Board(request)
    found = page.visits("export")
    visits = [visit for visit in found[: board.MOST_CARDS] if visit.status != Status.CANCELLED]
    place = page.clinic.name if page.clinic else _("every clinic")
    log_read(
        request.user,
        what=f"export {Appointment._meta.label_lower}",
        ids=[visit.pk for visit in visits],
        # The log is kept in one language, whatever the user's is.
        note=f"{page.day}, {page.clinic.name}" if page.clinic else f"{page.day}",
    )
    context = {
        "page": page,
        "place": place,
        "tables": _tables(request.user, visits),
        "is_cut": len(found) > board.MOST_CARDS,
        "back": page.url(page.day),
    }
    return TemplateResponse(request, "admin/appointment/day_list.html", context)


def _tables(user: User, visits: list[Appointment]) -> list[dict[str, object]]:
    """Pairs of doctor and rows, ordered by the doctor's name; a row is a visit and the patient's masked phone
    number."""
    people = {visit.patient_id for visit in visits}
    known = UserProfile.objects.allowed(user, "view").filter(user__in=people)
    phones = {pk: masked_phone(phone) for pk, phone in known.values_list("user", "phone")}
    in_order = sorted(visits, key=lambda visit: (visit.doctor.name, visit.doctor_id, visit.starts_at))
    return [
        (rows[0].doctor, [(visit, phones.get(visit.patient_id, "")) for visit in rows])
        for rows in (list(group) for _key, group in groupby(in_order, key=lambda visit: visit.doctor_id))
    ]


office.add_page("desk/print/", day_list, name="desk_print", needs=EXPORT)
