"""Results on a doctor's dashboard."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shs.core.admin.dashboards import Numbers, Widget, Widgets
from shs.doctors.dashboard import MY_DAY
from shs.prescription.models import Prescription
from shs.results.models import Result
from shs.users.requests import UserRequest


def results(request: UserRequest, now: datetime) -> list[Widget]:
    """Critical results, results to review, and ordered tests without one."""
    found = Numbers(request, Result, "mine", "my_critical", beside={Prescription: "no_result"})
    red = found["my_critical"]
    return [
        found.card("my_critical", _("Critical results"), _("to acknowledge now"), is_late=red > 0, order=5),
        found.card("mine", _("Results to review"), _("patients wait for you"), order=32),
        found.beside[Prescription].card("no_result", _("Ordered, no result"), _("for longer than expected"), order=34),
    ]


widgets = [Widgets(MY_DAY, results)]
