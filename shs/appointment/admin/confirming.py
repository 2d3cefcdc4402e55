"""The page that confirms several visits: those chosen in the list, or the requests of a day on the board."""

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment import services
from shs.appointment.admin.board import Board
from shs.appointment.models import Appointment, Status
from shs.core.admin.site import office
from shs.core.labels import Label
from shs.core.types import MAX_ID
from shs.users.requests import UserRequest

CONFIRM = "appointment.confirm_appointment"


def confirm_page(request: UserRequest, visits: list[Appointment], back: str) -> HttpResponse:
    """Lists `visits`: those that will be confirmed, and the others with the reason why not."""
    now = timezone.now()
    rows = Appointment.objects.allowed(request.user, "confirm").filter(pk__in=[visit.pk for visit in visits])
    mine = set(rows.values_list("pk", flat=True))
    affected: list[Appointment] = []
    others: list[tuple[Appointment, Label]] = []
    for visit in visits:
        why = services.why_not_confirmed(visit, now)
        if visit.pk not in mine and not why:
            why = _("you may not confirm this visit")
        if why:
            others.append((visit, why))
        else:
            affected.append(visit)
    context = {
        **admin.site.each_context(request),
        "title": _("Confirm visits"),
        "affected": affected,
        "others": others,
        "action_url": request.get_full_path(),
        "back": back,
    }
    return TemplateResponse(request, "admin/appointment/confirm.html", context)


def confirm_visits(request: UserRequest, visits: list[Appointment], back: str) -> HttpResponse:
    """Confirms `visits`, each by itself, and tells what became of them."""
    done, refused = services.confirm_all(visits, request.user, now=timezone.now())
    if done:
        messages.success(request, ngettext("%d visit is confirmed.", "%d visits are confirmed.", done) % done)
    for words in refused:
        messages.error(request, words)
    return HttpResponseRedirect(back)


def confirm_day(request: UserRequest) -> HttpResponse:
    """The requests of the board's day, clinic and doctor. POST confirms those that were shown, not those that came
    since."""
    page = Board(request)
    back = page.url(page.day)
    asked = [visit for visit in page.visits() if visit.status == Status.PENDING][: services.MOST_AT_ONCE]
    if request.method != "POST":
        return confirm_page(request, asked, back)
    shown = {int(key) for key in request.POST.getlist("_selected_action") if key.isdecimal() and len(key) < 19}
    rows = Appointment.objects.allowed(request.user, "view").filter(pk__in=[pk for pk in shown if pk <= MAX_ID])
    visits = rows.select_related("patient", "doctor", "clinic").order_by("starts_at", "pk")[: services.MOST_AT_ONCE]
    return confirm_visits(request, list(visits), back)


office.add_page("desk/confirm/", confirm_day, name="desk_confirm", needs=CONFIRM)
