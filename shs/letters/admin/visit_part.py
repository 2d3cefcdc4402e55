"""The papers on the page of a visit: buttons that write one, and those that were issued."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.letters import services
from shs.letters.models import Kind, Letter
from shs.medical_record.services import Extent
from shs.prescription.admin.visit_parts import VisitPart
from shs.users.requests import UserRequest

ANCHOR = "letters"


def papers(request: UserRequest, visit: Appointment, extent: Extent, now: datetime) -> VisitPart | None:
    """The part; None where there is nothing to see and nothing to write. After issuing, `?printed=` names the letter
    that is printed at once."""
    rows = Letter.objects.unrestricted("of a visit that is shown").seen(in_full=extent.is_in_full)
    found = list(rows.filter(visit=visit).in_full().order_by("-issued_at", "-pk"))
    writes = services.may_issue(visit, request.user, now)
    if not (found or writes):
        return None
    printed = request.GET.get("printed", "")
    fresh = next((row for row in found if str(row.pk) == printed), None)
    context: dict[str, object] = {
        "visit": visit,
        "rows": found,
        "kinds": Kind.choices if writes else [],
        "print_url": f"{reverse('admin:letters_letter_pdf', args=(fresh.pk,))}?framed=1" if fresh else "",
    }
    return VisitPart(_("Papers"), ANCHOR, "admin/letters/visit_part.html", context, "letters", [r.pk for r in found])
