"""Patients to call: the list with phone numbers, and noting the result of a call."""

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from shs.appointment import services
from shs.appointment.admin.board import CALL, Board
from shs.appointment.calls import MOST_CALLS, Call, calls_for
from shs.appointment.models import Appointment
from shs.core.admin.site import office
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.core.reads.log import log_read
from shs.core.types import MAX_ID
from shs.users import contacts
from shs.users.models import UserProfile
from shs.users.requests import UserRequest

DONE = {
    services.Outcome.REACHED: _("%(name)s is marked as told by phone."),
    services.Outcome.NOT_REACHED: _("Noted: %(name)s was not reached. The call stays in the list."),
    services.Outcome.WILL_COME: _("Noted: %(name)s will come."),
    services.Outcome.WILL_NOT_COME: _("%(name)s will not come: the visit is cancelled."),
}


def calls(request: UserRequest) -> HttpResponse:
    """The patients whom nothing else reaches, with their numbers, which is written to the read log; POST notes what
    came of one call."""
    page = Board(request)
    if request.method == "POST":
        _note(request)
        return HttpResponseRedirect(_back(request, page))
    found = [] if page.has_no_clinic else calls_for(request.user, page.now, clinic=page.clinic)
    shown = found[:MOST_CALLS]
    numbers = _numbers(request, shown)
    if numbers:
        keys = [call.visit.pk for call in shown if call.visit.patient_id in numbers]
        log_read(request.user, what="phones of patients to call", ids=keys)
    context = {
        **admin.site.each_context(request),
        "title": _("Patients to call"),
        "page": page,
        "calls": [(call, numbers.get(call.visit.patient_id, "")) for call in shown],
        "is_cut": len(found) > MOST_CALLS,
        "most": MOST_CALLS,
        "outcomes": services.Outcome,
        "calls_url": page.url(page.day, "desk_calls"),
        "back": page.url(page.day),
    }
    return TemplateResponse(request, "admin/appointment/calls.html", context)


def _numbers(request: UserRequest, shown: list[Call]) -> dict[int, str]:
    """The phones of those whose contact details the user may see."""
    people = {call.visit.patient_id for call in shown}
    if not people:
        return {}
    known = UserProfile.objects.allowed(request.user, "view").filter(user__in=people).values_list("user", flat=True)
    return contacts.numbers_of(known)


def _note(request: UserRequest) -> None:
    key, _colon, outcome = request.POST.get("said", "").partition(":")
    pk = int(key) if key.isdecimal() and len(key) < 19 else MAX_ID
    visit = Appointment.objects.allowed(request.user, "call").select_related("patient", "doctor").filter(pk=pk).first()
    if visit is None or outcome not in services.Outcome.values:
        messages.error(request, _("This call is no longer in the list. Reload the page."))
        return
    try:
        services.note_call(visit=visit, outcome=outcome, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal.detail))
    else:
        words: Label = DONE[services.Outcome(outcome)] % {"name": visit.patient.name}
        messages.success(request, words)


def _back(request: UserRequest, page: Board) -> str:
    """The page of this site where the button stood: the list of calls, or the board."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else page.url(page.day, "desk_calls")


office.add_page("desk/calls/", calls, name="desk_calls", needs=CALL)
