"""What each persona sees first: one dashboard a duty."""

from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Avg
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shs.appointment.free import free_on
from shs.appointment.models import Appointment
from shs.appointment.models import Status as Visit
from shs.appointment.tabs import LATELY_DAYS
from shs.blog import queue
from shs.blog.models import Report
from shs.chat import client as assistant
from shs.chat.models import ChatMessage
from shs.core.admin.dashboards import (
    Card,
    Dashboard,
    Numbers,
    Panel,
    list_of,
    midnight,
    page_of,
    per_day,
    screen_of,
    share,
)
from shs.core.admin.graphs import Graph, Series, day_labels, days_back, month_labels, months_back, weeks_back
from shs.core.dates import show_date, show_datetime, show_time
from shs.core.due.models import JobRun
from shs.core.reads.models import ReadLog
from shs.core.tasks import RUNS_KEPT
from shs.credentialing.tabs import DECIDED_DAYS, decided_lately
from shs.credentialing.workdays import LATE_DAYS
from shs.doctors.models import DoctorInformation, DoctorReview, TimeOff, Verification
from shs.doctors.models.doctor import EXPIRING_DAYS
from shs.medical_record.models import BreakGlass
from shs.predict import client as predictor
from shs.predict.models import Prediction
from shs.prescription.models import Prescription

FORTNIGHT, WEEKS, MONTHS, ROWS = 14, 8, 12, 6


def dashboard(request, context):
    """The dashboards of this user's duties. Who runs the system sees that one alone: it stands above the others."""
    context["title"] = _("Good day, %(name)s") % {"name": request.user.get_short_name()}
    now = timezone.now()
    dashboards = []
    for permission, build, stands_alone in DASHBOARDS:
        if request.user.has_perm(permission):
            dashboards.append(build(request, now))
            if stands_alone:
                break
    context["dashboards"] = dashboards
    return context


# --- Admin -----------------------------------------------------------------------------------------------------------


def _system(request, now) -> Dashboard:
    cases = Numbers(request, DoctorInformation, "waiting", "late")
    visits = Numbers(request, Appointment, "today", "requested", "missed_lately", "over_lately")
    reports = Numbers(request, Report, "open")
    missed = visits["missed_lately"]
    note = _("%(missed)s of %(all)s in %(days)s days") % {
        "missed": missed,
        "all": visits["over_lately"],
        "days": LATELY_DAYS,
    }
    cards = [
        cases.card("waiting", _("Applications waiting")),
        cases.card("late", _("Late applications"), _past_target(), is_late=cases["late"] > 0),
        visits.card("today", _("Visits today")),
        visits.card("requested", _("Not yet confirmed"), _("requested and still to come")),
        visits.card("missed_lately", _("Missed"), note, value=share(missed, visits["over_lately"])),
        reports.card("open", _("Open reports")),
        _jobs_card(),
    ]
    return Dashboard(_("System"), cards, [_visits_graph(request, now)], [_waiting_panel(request), _services_panel(now)])


def _jobs_card() -> Card:
    failed = JobRun.objects.filter(JobRun.failed()).count()
    note = _("in the last %(days)s days") % {"days": RUNS_KEPT.days}
    return Card(_("Failed jobs"), failed, reverse("admin:system"), note, listed=failed)


def _past_target() -> Any:
    return _("past the target of %(days)s working days") % {"days": LATE_DAYS}


def _visits_graph(request, now) -> Graph:
    days = days_back(timezone.localdate(now), FORTNIGHT)
    rows = Appointment.objects.allowed(request.user, "view").filter(
        starts_at__lt=midnight(days[-1] + timedelta(days=1))
    )
    found = per_day(rows, "starts_at", "status", days[0])
    kinds = [
        (Visit.COMPLETED.label, [Visit.COMPLETED], 1),
        (_("Requested or confirmed"), [Visit.PENDING, Visit.CONFIRMED], 2),
        (Visit.MISSED.label, [Visit.MISSED], 3),
        (Visit.CANCELLED.label, [Visit.CANCELLED], 4),
    ]
    series = [
        Series(label, [sum(found[day, state] for state in states) for day in days], tone)
        for label, states, tone in kinds
    ]
    empty = _("No visit in these days. Each day's visits are drawn here, by their state.")
    return Graph(_("Visits, the last 14 days"), day_labels(days), series, empty)


def _waiting_panel(request) -> Panel:
    rows = DoctorInformation.objects.allowed(request.user, "view").waiting().order_by("submitted_at", "pk")
    found = [
        (doctor.name, _("%(licence)s · for %(time)s") % _facts_of(doctor), page_of(doctor), False)
        for doctor in rows[:ROWS]
    ]
    return Panel(_("Waiting longest"), found, _("Nobody waits for verification. New applications appear here."))


def _facts_of(doctor) -> dict[str, Any]:
    return {"licence": doctor.license_number, "time": timesince(doctor.submitted_at, depth=1)}


def _services_panel(now) -> Panel:
    parts = [
        (_("Assistant"), assistant.service(), ChatMessage.objects.counts(now)),
        (_("Symptom checker"), predictor.service(), Prediction.objects.counts(now)),
    ]
    rows = [(title, _health(service, counts), reverse("admin:services"), False) for title, service, counts in parts]
    return Panel(_("Assistant and symptom checker, 24 hours"), rows, "")


def _health(service, counts) -> str:
    """How a service fares, in a few words."""
    asked, failed = sum(row["asked"] for row in counts), sum(row["failed"] for row in counts)
    words = [
        ngettext("%d question", "%d questions", asked) % asked,
        ngettext("%d failed", "%d failed", failed) % failed,
    ]
    if service is not None:
        words.append(str(service.state().circuit.label))
    return " · ".join(words)


# --- Verification ----------------------------------------------------------------------------------------------------


def _verification(request, now) -> Dashboard:
    cases = Numbers(request, DoctorInformation, "waiting", "mine", "late", "expiring", "decided_lately")
    rows = screen_of(DoctorInformation).get_queryset(request)
    decided = rows.filter(decided_lately(request.user)).order_by()
    spans = [end - start for start, end in decided.values_list("submitted_at", "decided_at") if end]
    hours = f"{median(span.total_seconds() for span in spans) / 3600:.0f} h" if spans else "–"
    note = _("median of %(count)s cases in %(days)s days") % {"count": cases["decided_lately"], "days": DECIDED_DAYS}
    cards = [
        cases.card("waiting", _("Applications waiting")),
        cases.card("mine", _("Mine"), _("claimed for two hours")),
        cases.card("late", _("Late"), _past_target(), is_late=cases["late"] > 0),
        cases.card("expiring", _("Licences that end"), _("within %(days)s days") % {"days": EXPIRING_DAYS}),
        cases.card("decided_lately", _("Time to a decision"), note, value=hours),
    ]
    return Dashboard(_("Verification"), cards, [_decisions_graph(rows, now)], [_waiting_panel(request)])


def _decisions_graph(rows, now) -> Graph:
    weeks = weeks_back(timezone.localdate(now), WEEKS)
    found = per_day(rows.filter(decided_at__isnull=False), "decided_at", "verification_status", weeks[0])
    outcomes = [(Verification.APPROVED, 1), (Verification.REJECTED, 3), (Verification.SUSPENDED, 5)]
    series = [
        Series(
            state.label,
            [
                sum(n for (day, held), n in found.items() if held == state and 0 <= (day - week).days < 7)
                for week in weeks
            ],
            tone,
        )
        for state, tone in outcomes
    ]
    empty = _("Nothing was decided in these weeks. Decisions are drawn here, by their outcome.")
    return Graph(_("Decisions a week"), day_labels(weeks), series, empty, note=_("by the first day of the week"))


# --- Desk ------------------------------------------------------------------------------------------------------------


def _desk(request, now) -> Dashboard:
    visits = Numbers(request, Appointment, "still_today", "unconfirmed_tomorrow")
    free = free_on(request.user, timezone.localdate(now), now)
    slots = sum(len(entry.times) for entry in free)
    who = ngettext("with %d doctor", "with %d doctors", len(free)) % len(free)
    cards = [
        visits.card("still_today", _("Now and next"), _("still to come or under way today")),
        visits.card("unconfirmed_tomorrow", _("Unconfirmed tomorrow")),
        Card(_("Free today"), slots, reverse("admin:free_today"), who if slots else "", listed=slots),
        Numbers(request, TimeOff, "today").card("today", _("Away today")),
    ]
    rows = [
        (
            entry.doctor.name,
            _("next at %(time)s, %(count)s free")
            % {"time": show_time(entry.times[0].starts_at), "count": len(entry.times)},
            reverse("admin:free_today"),
            False,
        )
        for entry in free[:ROWS]
    ]
    free_panel = Panel(_("Who can still see somebody today"), rows, _("Every time of today is taken or over."))
    return Dashboard(_("Clinic desk"), cards, [], [_next_panel(request, now, _("Now and next")), free_panel])


def _next_panel(request, now, title, *, names_doctor: bool = True) -> Panel:
    """The visits of today that are under way or to come, the first one first."""
    screen = screen_of(Appointment)
    where = next(tab.where for tab in screen.get_tabs(request) if tab.key == "still_today")
    rows = screen.get_queryset(request).filter(where(request.user)).select_related("patient", "doctor")
    found = [
        (
            f"{show_time(visit.starts_at)} · {visit.patient.name}",
            " · ".join([*([visit.doctor.name] if names_doctor else []), visit.get_status_display()]),
            page_of(visit),
            False,
        )
        for visit in rows.order_by("starts_at", "pk")[:ROWS]
    ]
    return Panel(title, found, _("Nobody is expected any more today. The next visits of today appear here."))


# --- Moderation ------------------------------------------------------------------------------------------------------


def _moderation(request, now) -> Dashboard:
    heads = queue.heads(request.user)
    url = reverse("admin:moderation")
    posts = sum(head.kind == queue.POST for head in heads)
    days = (now - heads[0].since).days if heads else 0
    is_late = days >= queue.LATE_DAYS
    age = timesince(heads[0].since, now, depth=1) if heads else "–"
    target = _("the target is %(days)s days") % {"days": queue.LATE_DAYS}
    cards = [
        Card(_("To moderate"), len(heads), url, _("articles and what was reported"), listed=len(heads)),
        Card(_("Articles to review"), posts, f"{url}?kind={queue.POST}", listed=posts),
        Numbers(request, Report, "open").card("open", _("Open reports"), _("several may be of one thing")),
        Card(_("The oldest waits for"), age, url, target if heads else "", is_late, len(heads)),
    ]
    rows = [_waiting_item(item, url, now) for item in queue.items(heads[:ROWS])]
    empty = _("Nothing waits. Articles to review and what readers report appear here.")
    return Dashboard(_("Moderation"), cards, [], [Panel(_("Waiting longest"), rows, empty)])


def _waiting_item(item, url, now) -> tuple[Any, Any, str, bool]:
    is_named = item.head.kind == queue.POST or item.row is None
    title = str(item.row or item.label) if is_named else item.context
    detail = f"{item.label} · {timesince(item.head.since, now, depth=1)}"
    return title, detail, f"{url}?kind={item.head.kind}", (now - item.head.since).days >= queue.LATE_DAYS


# --- A doctor's day --------------------------------------------------------------------------------------------------


def _practice(request, now) -> Dashboard:
    me = DoctorInformation.objects.allowed(request.user, "practise").first()
    visits = Numbers(request, Appointment, "today", "requested", "unwritten")
    papers = Numbers(request, Prescription, "drafts", "follow_up")
    cards = [
        visits.card("today", _("My day"), _("visits today")),
        visits.card("requested", _("Not yet confirmed"), _("requested and still to come")),
        papers.card("drafts", _("Prescriptions to issue"), _("drafts that nobody can use yet")),
        visits.card("unwritten", _("Visits without an entry"), _("of the last 30 days")),
        papers.card("follow_up", _("Follow-ups due"), _("within a week of today")),
    ]
    if me is not None:
        cards += [_rating_card(me), _licence_card(me, timezone.localdate(now))]
        if not me.is_approved:
            state = me.get_verification_status_display()
            cards.insert(0, Card(_("Your verification"), state, page_of(me), me.verification_note))
    return Dashboard(
        _("My day"), cards, [_rating_graph(request, now)], [_next_panel(request, now, _("My day"), names_doctor=False)]
    )


def _rating_card(me) -> Card:
    note = ngettext("%d rating", "%d ratings", me.rating_count) % me.rating_count
    return Card(_("My rating"), f"{me.rating:.1f}" if me.rating_count else "–", page_of(me), note)


def _licence_card(me, today) -> Card:
    end = me.license_expires_on
    if end is None:
        return Card(_("My licence ends"), "–", page_of(me), _("no end is known"))
    days = (end - today).days
    note = ngettext("in %d day", "in %d days", days) % days if days >= 0 else _("it has ended")
    return Card(_("My licence ends"), show_date(end), page_of(me), note, is_late=days < 0)


def _rating_graph(request, now) -> Graph:
    months = months_back(timezone.localdate(now), MONTHS)
    rows = DoctorReview.objects.allowed(request.user, "answer").published().filter(created_at__gte=midnight(months[0]))
    found = rows.order_by().annotate(month=TruncMonth("created_at")).values_list("month").annotate(mean=Avg("rating"))
    means = {timezone.localdate(month): round(float(mean), 1) for month, mean in found}
    series = [Series(_("Mean rating of the month"), [means.get(month, 0) for month in months], 1)]
    empty = _("No patient has rated you in these months. The mean of each month is drawn here.")
    return Graph(_("My rating, month by month"), month_labels(months), series, empty, kind="line", top=5)


# --- Audit -----------------------------------------------------------------------------------------------------------


def _audit(request, now) -> Dashboard:
    reads = Numbers(request, ReadLog, "fortnight", "exports", "denied")
    glass = Numbers(request, BreakGlass, "waiting")
    cards = [
        glass.card("waiting", _("Emergency access to review")),
        reads.card("fortnight", _("Reads"), _("the last 14 days")),
        reads.card("denied", _("Refused reads"), _("the last 30 days")),
        reads.card("exports", _("Exports"), _("the last 30 days")),
    ]
    panels = [_glass_panel(request), _exports_panel(request)]
    return Dashboard(_("Compliance"), cards, [_reads_graph(request, now)], panels)


def _reads_graph(request, now) -> Graph:
    days = days_back(timezone.localdate(now), FORTNIGHT)
    found = per_day(ReadLog.objects.allowed(request.user, "view"), "at", "basis", days[0])
    tones = {basis: 1 + at % 6 for at, basis in enumerate(ReadLog.Basis)}
    present = [basis for basis in ReadLog.Basis if any(held == basis for _day, held in found)]
    url = f"{list_of(ReadLog)}?tab=fortnight&basis__exact="
    series = [
        Series(capfirst(basis.label), [found[day, basis] for day in days], tones[basis], f"{url}{basis}")
        for basis in present
    ]
    empty = _("Nobody read anything in these days. Reads are drawn here, by the right that they stood on.")
    return Graph(_("Reads by basis, the last 14 days"), day_labels(days), series, empty)


def _glass_panel(request) -> Panel:
    rows = BreakGlass.objects.allowed(request.user, "view").filter(BreakGlass.waiting())
    found = [
        (
            f"{row.doctor.name} → {row.patient.name}",
            show_datetime(row.opened_at),
            page_of(row),
            False,
        )
        for row in rows.select_related("doctor", "patient").order_by("opened_at")[:ROWS]
    ]
    empty = _("No emergency access waits for its review. When a doctor opens a chart in an emergency, it appears here.")
    return Panel(_("Emergency access to review"), found, empty)


def _exports_panel(request) -> Panel:
    rows = ReadLog.objects.allowed(request.user, "view").filter(what__startswith="export ").select_related("reader")
    found = [
        (
            f"{row.reader.name if row.reader else '–'} · {row.what_label}",
            row.note,
            page_of(row),
            False,
        )
        for row in rows.order_by("-at", "-pk")[:ROWS]
    ]
    return Panel(
        _("Latest exports"), found, _("Nobody has exported anything. Each export appears here with its purpose.")
    )


DASHBOARDS: list[tuple[str, Callable[[Any, datetime], Dashboard], bool]] = [
    ("users.suspend_user", _system, True),
    ("doctors.claim_doctorinformation", _verification, False),
    ("doctors.run_desk_clinic", _desk, False),
    ("blog.dismiss_report", _moderation, False),
    ("doctors.practise_doctorinformation", _practice, False),
    ("core.export_readlog", _audit, False),
]
"""The right that a dashboard needs, what builds it, and whether it stands alone."""
