"""The page of the address of a waiting room's screen."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from shs.appointment import services
from shs.appointment.queue_pages import screen_url
from shs.core.admin.site import office
from shs.core.grants.table import rows_allowed
from shs.doctors.models import Clinic
from shs.users.models import User
from shs.users.requests import UserRequest

RENEW = "appointment.renew_waitingscreen"


def clinics_with_screens(user: User) -> list[Clinic]:
    """The clinics whose screens `user` may open: in whose desk they work, for admins all."""
    rows = rows_allowed(Clinic, user, "run_desk") | rows_allowed(Clinic, user, "view")
    return list(Clinic.objects.filter(rows).order_by("name", "pk"))


@never_cache
def screens(request: UserRequest) -> HttpResponse:
    """Shows the address of each clinic's screen; POST makes a new one, and the former one ends."""
    clinics = clinics_with_screens(request.user)
    if request.method == "POST":
        clinic = next((row for row in clinics if str(row.pk) == request.POST.get("renew", "")), None)
        if clinic is None:
            messages.error(request, _("You may not renew this address."))
        else:
            services.renew_screen(clinic=clinic, now=timezone.now())
            messages.success(request, _("The screen has a new address. Open it on the screen."))
        return HttpResponseRedirect(reverse("admin:waiting_screen"))
    present = services.screens_of(clinics)
    rows = [(clinic, screen_url(present[clinic.pk]) if clinic.pk in present else "") for clinic in clinics]
    context = {**office.each_context(request), "title": _("Screen for the waiting room"), "rows": rows}
    return TemplateResponse(request, "admin/appointment/screens.html", context)


office.add_page("desk/screen/", screens, name="waiting_screen", needs=RENEW)
