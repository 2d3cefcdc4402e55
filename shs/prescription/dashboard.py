"""Prescriptions on a doctor's dashboard."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shs.appointment.models import Appointment
from shs.core.admin.dashboards import Numbers, Widget, Widgets
from shs.doctors.dashboard import MY_DAY
from shs.prescription.models import Prescription
from shs.users.requests import UserRequest


def papers(request: UserRequest, now: datetime) -> list[Widget]:
    """Drafts to issue, visits to document, and follow-ups."""
    papers = Numbers(request, Prescription, "drafts", "my_follow_up", beside={Appointment: "unwritten"})
    return [
        papers.card("drafts", _("Prescriptions to issue"), _("drafts not yet issued"), order=30),
        papers.beside[Appointment].card("unwritten", _("Visits without an entry"), _("of the last 30 days"), order=40),
        papers.card("my_follow_up", _("Follow-ups due"), _("within a week of today"), order=50),
    ]


widgets = [Widgets(MY_DAY, papers)]
