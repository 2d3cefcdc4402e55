"""Dashboard of verification officers, and the queue's figures on the admin's dashboard."""

from datetime import datetime, timedelta
from statistics import median

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.core.admin.addresses import list_of, page_of
from shs.core.admin.dashboards import (
    ROWS,
    Dashboard,
    Next,
    Numbers,
    Panel,
    Widget,
    Widgets,
    per_period,
    screen_of,
)
from shs.core.admin.graphs import Graph, Series, day_labels, weeks_back
from shs.core.dashboard import SYSTEM
from shs.core.dates import show_date
from shs.core.labels import Label
from shs.credentialing.tabs import DECIDED_DAYS, decided_lately
from shs.credentialing.workdays import LATE_DAYS
from shs.doctors.dashboard import MY_DAY
from shs.doctors.models import DoctorInformation, Verification
from shs.doctors.models.doctor import EXPIRING_DAYS
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest

VERIFICATION = Dashboard(_("Verification"), "doctors.claim_doctorinformation", 20)
WEEKS = 8


def waiting(request: UserRequest, now: datetime) -> list[Widget]:
    """The number of open applications and the longest wait."""
    cases = Numbers(request, DoctorInformation, "waiting", "late")
    return [
        *_late_case(cases),
        cases.card("waiting", _("Applications waiting"), order=10),
        cases.card("late", _("Late applications"), _past_target(), is_late=cases["late"] > 0, order=20),
        _waiting_panel(request),
    ]


def _late_case(cases: Numbers) -> list[Next]:
    late = cases["late"]
    title = ngettext("%d application is late", "%d applications are late", late) % late
    step = Next(title, _past_target(), _("Open the list"), f"{cases.url}?tab=late", is_late=True, order=30)
    return [step] if late else []


def applications(request: UserRequest, now: datetime) -> list[Widget]:
    """The queue's figures, the decisions of the last weeks, and the cases that have waited longest."""
    cases = Numbers(request, DoctorInformation, "waiting", "mine", "late", "changes", "expiring", "decided_lately")
    rows = screen_of(DoctorInformation).get_queryset(request)
    decided = rows.filter(decided_lately(request.user)).order_by()
    spans = [end - start for start, end in decided.values_list("submitted_at", "decided_at") if end]
    hours = f"{median(span.total_seconds() for span in spans) / 3600:.0f} h" if spans else "–"
    note = _("median of %(count)s cases in %(days)s days") % {"count": cases["decided_lately"], "days": DECIDED_DAYS}
    cards = [
        cases.card("waiting", _("Applications waiting")),
        cases.card("mine", _("Mine"), _("claimed for two hours")),
        cases.card("late", _("Late"), _past_target(), is_late=cases["late"] > 0),
        cases.card("changes", _("Changes to decide"), _("proposed by verified doctors")),
        cases.card("expiring", _("Licences about to expire"), _("within %(days)s days") % {"days": EXPIRING_DAYS}),
        cases.card("decided_lately", _("Time to a decision"), note, value=hours),
    ]
    panel = _waiting_panel(request)
    return [*_next_case(cases, panel), *cards, _decisions_graph(rows, now), panel]


def _next_case(cases: Numbers, panel: Panel) -> list[Next]:
    """The user's own claims; without one, the application that has waited longest."""
    if mine := cases["mine"]:
        title = ngettext("%d application is yours to decide", "%d applications are yours to decide", mine) % mine
        return [Next(title, _("Nobody else can decide while your claim lasts."), _("Resume"), f"{cases.url}?tab=mine")]
    return [Next(title, detail, _("Open the application"), url, late) for title, detail, url, late in panel.rows[:1]]


def _past_target() -> Label:
    return _("past the target of %(days)s working days") % {"days": LATE_DAYS}


def _decisions_graph(rows: QuerySet[DoctorInformation], now: datetime) -> Graph:
    weeks = weeks_back(timezone.localdate(now), WEEKS)
    found = per_period(rows, "decided_at", "verification_status", [*weeks, weeks[-1] + timedelta(days=7)])
    outcomes = [(Verification.APPROVED, 1), (Verification.REJECTED, 3), (Verification.SUSPENDED, 5)]
    series = [
        Series(
            state.label,
            [found[week, state] for week in weeks],
            tone,
        )
        for state, tone in outcomes
    ]
    empty = _("No decisions in these weeks. The chart shows decisions by outcome.")
    return Graph(_("Decisions per week"), day_labels(weeks), series, empty, note=_("by the first day of the week"))


def _waiting_panel(request: UserRequest) -> Panel:
    rows = DoctorInformation.objects.allowed(request.user, "view").waiting().order_by("submitted_at", "pk")
    found = [
        (doctor.name, _("%(licence)s · waiting %(time)s") % _facts_of(doctor), page_of(doctor), False)
        for doctor in rows[:ROWS]
    ]
    empty = _("No applications are waiting. New ones appear here.")
    return Panel(_("Waiting longest"), found, empty, url=f"{list_of(DoctorInformation)}?tab=waiting")


def own_application(request: UserRequest, now: datetime) -> list[Widget]:
    """For a doctor who is not verified: the state of the application, and what comes next."""
    me = own_profile(request.user)
    if me is None or me.is_approved:
        return []
    told = _comes_next(me)
    title = _("Your application: %(state)s") % {"state": me.get_verification_status_display()}
    return [Next(title, told, _("Open my application"), page_of(me), order=0)]


COMES_NEXT = {
    Verification.PENDING: _("Sent on %(since)s. An officer decides within %(days)s working days."),
    Verification.IN_REVIEW: _("Sent on %(since)s. An officer is reading it, and decides within %(days)s working days."),
    Verification.NEEDS_INFO: _("The officer asks: %(note)s Your answer puts it into the queue again."),
    Verification.REJECTED: _("The reason: %(note)s You can correct your profile and apply again."),
    Verification.SUSPENDED: _(
        "The reason: %(note)s Patients cannot find you. Write to the clinic to be verified again."
    ),
    Verification.EXPIRED: _("Your licence has expired. Upload the renewed licence to be verified again."),
}


def _comes_next(me: DoctorInformation) -> str:
    """What happens next with an application, in a sentence or two."""
    values = {"since": show_date(me.submitted_at), "days": LATE_DAYS, "note": me.verification_note}
    return str(COMES_NEXT[Verification(me.verification_status)]) % values


def _facts_of(doctor: DoctorInformation) -> dict[str, object]:
    return {"licence": doctor.license_number, "time": timesince(doctor.submitted_at, depth=1)}


widgets = [Widgets(SYSTEM, waiting), Widgets(VERIFICATION, applications), Widgets(MY_DAY, own_application)]
