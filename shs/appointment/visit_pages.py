"""The page behind the link "this was not me" of a mail, for everybody who has it. Opening it changes nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from shs.appointment import services
from shs.core.dates import show_datetime
from shs.core.errors import Refused


@never_cache
def not_me(request: HttpRequest) -> HttpResponse:
    """Lets a patient object to a visit that others have entered; a button does it."""
    try:
        visit = services.visit_of(request.GET.get("token", "")[:300])
        if visit.patient.language:
            translation.activate(visit.patient.language)
        title = _("This was not me")
        if request.method == "POST":
            services.object_to(visit=visit, by=None, now=timezone.now())
            text = _("Thank you. The access to your medical record has ended, and an auditor looks into it.")
            return render(request, "account/page.html", {"title": title, "text": text})
    except Refused as refusal:
        context = {"title": _("This was not me"), "refusal": refusal.detail}
        return render(request, "account/page.html", context, status=refusal.status)
    values = {"doctor": visit.doctor.name, "when": show_datetime(visit.starts_at)}
    text = _(
        "A visit to %(doctor)s on %(when)s was entered in your name: you did not book it, or it had been marked "
        "as missed. If it was not you, press the button: nobody can read your medical record because of it any longer, "
        "and an auditor looks into it."
    )
    return render(request, "account/page.html", {"title": title, "text": text % values, "button": title})


paths = [path("visits/not-me", not_me, name="visit_not_me")]
"""The address of this page."""
