"""The page behind the link of an offer, for everybody who has it. Opening it changes nothing: two buttons answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from shs.appointment import services
from shs.appointment.earlier_notices import offer_of
from shs.appointment.models import EarlierOffer, Outcome
from shs.core.dates import show_datetime
from shs.core.errors import Invalid, NotFound, Refused


@never_cache
def earlier_offer(request: HttpRequest) -> HttpResponse:
    """Shows a time that is kept for somebody, and lets them accept or decline it."""
    title, now = _("An earlier time for your visit"), timezone.now()
    try:
        offer = offer_of(request.GET.get("o", "")[:60])
        if offer is None:
            raise NotFound(_("There is no such offer."))
        if offer.wish.patient.language:
            translation.activate(offer.wish.patient.language)
            title = _("An earlier time for your visit")
        if request.method == "POST":
            return render(request, "account/page.html", {"title": title, "text": _answered(request, offer)})
        if offer.outcome != Outcome.ACCEPTED:
            offer.require_open(now)
    except Refused as refusal:
        context = {"title": title, "refusal": refusal.detail}
        return render(request, "account/page.html", context, status=refusal.status)
    if offer.outcome == Outcome.ACCEPTED:
        return render(request, "account/page.html", {"title": title, "text": _accepted(offer)})
    return render(request, "account/offer.html", {"title": title, "offer": offer, "before": offer.wish.visit})


def _answered(request: HttpRequest, offer: EarlierOffer) -> str:
    """Answer as the button says; returns what is said. Raises as the service."""
    if request.POST.get("answer") == "accept":
        services.accept_offer(offer=offer, by=None, now=timezone.now())
        return _accepted(offer)
    if request.POST.get("answer") != "decline":
        raise Invalid(_("Press one of the two buttons."))
    services.decline_offer(offer=offer, now=timezone.now())
    return _("Thank you. The time is offered to somebody else. You keep your place on the waiting list.")


def _accepted(offer: EarlierOffer) -> str:
    words = _("Thank you. Your visit to %(doctor)s is on %(when)s now. We have sent you a message about it.")
    return words % {"doctor": offer.doctor.name, "when": show_datetime(offer.starts_at)}


paths = [path("visits/earlier", earlier_offer, name="earlier_offer")]
"""The address of this page."""
