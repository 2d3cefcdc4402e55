"""A doctor's dashboard: profile and reviews."""

from datetime import date, datetime

from django.db.models import Avg
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.core.admin.addresses import page_of
from shs.core.admin.dashboards import Card, Dashboard, Widget, Widgets
from shs.core.admin.graphs import Graph, Series, month_labels, months_back
from shs.core.dates import midnight, show_date
from shs.doctors.models import DoctorInformation, DoctorReview
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest

MY_DAY = Dashboard(_("My day"), "doctors.practise_doctorinformation", 50, is_day=True)
MONTHS = 12


def profile(request: UserRequest, now: datetime) -> list[Widget]:
    """The rating, the licence, and the ratings of the last year."""
    shown: list[Widget] = [_rating_graph(request, now)]
    me = own_profile(request.user)
    if me is None:
        return shown
    return [*shown, _rating_card(me), _licence_card(me, timezone.localdate(now))]


def _rating_card(me: DoctorInformation) -> Card:
    note = ngettext("%d rating", "%d ratings", me.rating_count) % me.rating_count
    return Card(_("My rating"), f"{me.rating:.1f}" if me.rating_count else "–", page_of(me), note, order=60)


def _licence_card(me: DoctorInformation, today: date) -> Card:
    end = me.license_expires_on
    if end is None:
        return Card(_("My licence expires"), "–", page_of(me), _("no expiry date on file"), order=70)
    days = (end - today).days
    note = ngettext("in %d day", "in %d days", days) % days if days >= 0 else _("expired")
    return Card(_("My licence expires"), show_date(end), page_of(me), note, is_late=days < 0, order=70)


def _rating_graph(request: UserRequest, now: datetime) -> Graph:
    months = months_back(timezone.localdate(now), MONTHS)
    rows = DoctorReview.objects.allowed(request.user, "answer").shown().filter(created_at__gte=midnight(months[0]))
    found = rows.order_by().annotate(month=TruncMonth("created_at")).values_list("month").annotate(mean=Avg("rating"))
    means = {timezone.localdate(month): round(float(mean), 1) for month, mean in found}
    series = [Series(_("Average rating per month"), [means.get(month, 0) for month in months], 1)]
    empty = _("No ratings in these months. The chart shows your average rating per month.")
    return Graph(_("My rating, month by month"), month_labels(months), series, empty, kind="line", top=5)


widgets = [Widgets(MY_DAY, profile)]
