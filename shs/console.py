"""How the admin site looks: name, colours, sidebar and dashboard. Nothing of it decides who may do what: every entry
asks the grant table, and every number is the count of the list that it links to."""

from typing import Any, NamedTuple

from django.db.models import Count, Min
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Entry(NamedTuple):
    """A line of the sidebar: shown to those who hold `permission`; `badge` names a counter of `badges`."""

    title: Any
    icon: str
    page: str
    permission: str
    badge: str = ""
    is_list: bool = True


SIDEBAR: list[tuple[Any, list[Entry]]] = [
    (
        _("Verification"),
        [
            Entry(
                _("Doctor applications"),
                "verified_user",
                "doctors_doctorinformation",
                "doctors.claim_doctorinformation",
                "waiting",
            ),
            Entry(_("Documents"), "description", "doctors_doctordocument", "doctors.view_doctordocument"),
        ],
    ),
    (
        _("Visits"),
        [
            Entry(_("Appointments"), "event", "appointment_appointment", "appointment.view_appointment"),
            Entry(_("Slots"), "view_timeline", "appointment_appointmentslot", "appointment.view_appointmentslot"),
        ],
    ),
    (
        _("Content"),
        [
            Entry(_("Moderation"), "gavel", "moderation", "blog.dismiss_report", "moderating", is_list=False),
            Entry(_("Articles"), "article", "blog_blogpost", "blog.view_blogpost"),
            Entry(_("Comments"), "chat_bubble", "blog_comment", "blog.view_comment"),
            Entry(_("Reports"), "flag", "blog_report", "blog.view_report"),
            Entry(_("Categories"), "folder", "blog_category", "blog.view_category"),
            Entry(_("Tags"), "label", "blog_tag", "blog.view_tag"),
            Entry(_("Images"), "image", "blog_postimage", "blog.view_postimage"),
        ],
    ),
    (
        _("Symptom checker"),
        [
            Entry(_("How both fare"), "monitor_heart", "services", "chat.count_chatmessage", is_list=False),
            Entry(_("Try it"), "labs", "symptom_checker", "predict.view_condition", is_list=False),
            Entry(_("Conditions"), "coronavirus", "predict_condition", "predict.view_condition"),
            Entry(_("Symptoms"), "sick", "predict_symptom", "predict.view_symptom"),
            Entry(_("Symptoms of conditions"), "join", "predict_conditionsymptom", "predict.view_conditionsymptom"),
            Entry(_("Red flags"), "e911_emergency", "predict_redflag", "predict.view_redflag"),
        ],
    ),
    (
        _("Doctors"),
        [
            Entry(_("Doctors"), "stethoscope", "doctors_doctorinformation", "doctors.view_doctorinformation"),
            Entry(_("Working hours"), "schedule", "doctors_doctoravailability", "doctors.view_doctoravailability"),
            Entry(_("Time off"), "event_busy", "doctors_timeoff", "doctors.view_timeoff"),
            Entry(_("Reviews"), "reviews", "doctors_doctorreview", "doctors.view_doctorreview"),
        ],
    ),
    (
        _("Charts"),
        [
            Entry(
                _("Medical records"),
                "clinical_notes",
                "medical_record_medicalrecord",
                "medical_record.view_medicalrecord",
            ),
            Entry(_("Prescriptions"), "prescriptions", "prescription_prescription", "prescription.view_prescription"),
        ],
    ),
    (
        _("Audit"),
        [
            Entry(_("Changes"), "history", "changes", "core.view_readlog", is_list=False),
            Entry(_("Read log"), "visibility", "core_readlog", "core.view_readlog"),
            Entry(_("Access grants"), "key", "core_objectgrant", "core.view_objectgrant"),
            Entry(_("Emergency access"), "emergency", "medical_record_breakglass", "medical_record.view_breakglass"),
        ],
    ),
    (
        _("People"),
        [
            Entry(_("Users"), "group", "users_user", "users.view_user"),
            Entry(_("Contact details"), "contact_phone", "users_userprofile", "users.view_userprofile"),
            Entry(_("Duties"), "badge", "auth_group", "auth.view_group"),
            Entry(_("Notices"), "notifications", "notices_notice", "notices.view_notice"),
        ],
    ),
    (
        _("Settings"),
        [
            Entry(_("System"), "dns", "system", "core.view_jobrun", is_list=False),
            Entry(_("Clinics"), "local_hospital", "doctors_clinic", "doctors.view_clinic"),
            Entry(
                _("Specializations"), "category", "doctors_doctorspecialization", "doctors.view_doctorspecialization"
            ),
            Entry(_("Condition codes"), "tag", "medical_record_conditioncode", "medical_record.view_conditioncode"),
            Entry(_("Medications"), "pill", "prescription_medication", "prescription.view_medication"),
            Entry(_("Medical tests"), "labs", "prescription_medicaltest", "prescription.view_medicaltest"),
        ],
    ),
]


def navigation(request) -> list[dict[str, Any]]:
    """The sidebar of this user. A page stands in it once: under the first heading that shows it."""
    groups: list[dict[str, Any]] = [
        {"items": [_item(request, _("Dashboard"), "space_dashboard", reverse("admin:index"))]}
    ]
    shown: set[str] = set()
    for title, entries in SIDEBAR:
        items = []
        for entry in entries:
            if entry.page in shown or not request.user.has_perm(entry.permission):
                continue
            shown.add(entry.page)
            badge = BADGES[entry.badge](request.user) if entry.badge else None
            link = reverse(f"admin:{entry.page}_changelist" if entry.is_list else f"admin:{entry.page}")
            items.append(_item(request, entry.title, entry.icon, link, badge))
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def _item(request, title, icon, link, badge: dict[str, Any] | None = None) -> dict[str, Any]:
    home = reverse("admin:index")
    active = request.path == link if link == home else request.path.startswith(link)
    # unfold takes a callable for what is decided by the request; a plain False would be recomputed from the address.
    return {"title": title, "icon": icon, "link": link, "active": lambda _request: active, **(badge or {})}


def waiting(user) -> dict[str, Any]:
    """How many applications wait; red only if one is late."""
    from shs.doctors.admin.doctors import LATE_DAYS
    from shs.doctors.models import DoctorInformation
    from shs.doctors.workdays import working_days_between

    rows = DoctorInformation.objects.allowed(user, "view").waiting()
    found = rows.aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    if not found["count"]:
        return {}
    is_late = working_days_between(found["oldest"], timezone.now()) >= LATE_DAYS
    return {"badge": str(found["count"]), "badge_variant": "danger" if is_late else "info"}


def moderating(user) -> dict[str, Any]:
    """How much waits for a moderator; red only if something has waited for too long."""
    from shs.blog.queue import count

    waits, oldest = count(user)
    if oldest is None:
        return {}
    is_late = (timezone.now() - oldest).days >= MODERATION_LATE_DAYS
    return {"badge": str(waits), "badge_variant": "danger" if is_late else "info"}


MODERATION_LATE_DAYS = 3
BADGES = {"waiting": waiting, "moderating": moderating}


# --- Dashboard -------------------------------------------------------------------------------------------------------


class Card(NamedTuple):
    """One number of the dashboard and the list that it counts."""

    title: Any
    value: int
    url: str
    note: Any = ""
    is_late: bool = False


def dashboard(request, context):
    """What waits for this user, each number with the list behind it."""
    context["title"] = _("Good day, %(name)s") % {"name": request.user.get_short_name()}
    context["cards"] = [
        *_verification_cards(request),
        *_visit_cards(request),
        *_moderation_cards(request),
        *_people_cards(request),
    ]
    context["panels"] = _panels(request)
    return context


def _verification_cards(request):
    if not request.user.has_perm("doctors.claim_doctorinformation"):
        return []
    from shs.doctors.admin.doctors import LATE_DAYS, taken_on
    from shs.doctors.models import DoctorInformation
    from shs.doctors.workdays import working_days_between

    rows = DoctorInformation.objects.allowed(request.user, "view")
    url = reverse("admin:doctors_doctorinformation_changelist")
    now = timezone.now()
    since = rows.waiting().values_list("submitted_at", flat=True)
    late = sum(working_days_between(start, now) >= LATE_DAYS for start in since)
    note = _("%(late)s past the target of %(days)s working days") % {"late": late, "days": LATE_DAYS}
    return [
        Card(_("Applications waiting"), len(since), f"{url}?tab=waiting", note, is_late=late > 0),
        Card(_("Mine"), rows.filter(taken_on(request.user)).count(), f"{url}?tab=mine", _("claimed for two hours")),
    ]


def _visit_cards(request):
    if not request.user.has_perm("appointment.view_appointment"):
        return []
    from shs.appointment.admin import today
    from shs.appointment.models import Appointment, Status

    rows = Appointment.objects.allowed(request.user, "view")
    url = reverse("admin:appointment_appointment_changelist")
    requested = rows.filter(status=Status.PENDING).upcoming(timezone.now())
    return [
        Card(_("Visits today"), rows.filter(today(request.user)).count(), f"{url}?tab=today"),
        Card(_("Not yet confirmed"), requested.count(), f"{url}?tab=requested", _("requested and still to come")),
    ]


def _moderation_cards(request):
    if not request.user.has_perm("blog.dismiss_report"):
        return []
    from shs.blog import queue

    heads = queue.heads(request.user)
    url = reverse("admin:moderation")
    posts = sum(head.kind == queue.POST for head in heads)
    age = (timezone.now() - heads[0].since).days if heads else 0
    note = _("the oldest for %(days)s days") % {"days": age}
    return [
        Card(_("To moderate"), len(heads), url, note if heads else "", is_late=age >= MODERATION_LATE_DAYS),
        Card(_("Articles to review"), posts, f"{url}?kind={queue.POST}"),
    ]


def _people_cards(request):
    if not request.user.has_perm("users.suspend_user"):
        return []
    from shs.users.models import User

    rows = User.objects.allowed(request.user, "view").filter(is_active=False)
    return [Card(_("Suspended users"), rows.count(), f"{reverse('admin:users_user_changelist')}?is_active__exact=0")]


def _panels(request):
    panels = []
    if request.user.has_perm("doctors.claim_doctorinformation"):
        panels.append(_waiting_panel(request))
    if request.user.has_perm("appointment.view_appointment"):
        panels.append(_next_panel(request))
    return panels


def _waiting_panel(request):
    from shs.doctors.models import DoctorInformation

    rows = DoctorInformation.objects.allowed(request.user, "view").waiting().order_by("submitted_at")[:6]
    return {
        "title": _("Waiting longest"),
        "empty": _("Nobody waits for verification. New applications appear here."),
        "rows": [
            {
                "title": doctor.name,
                "detail": f"{doctor.license_number} · {timezone.localtime(doctor.submitted_at):%Y-%m-%d}",
                "url": reverse("admin:doctors_doctorinformation_change", args=(doctor.pk,)),
            }
            for doctor in rows
        ],
    }


def _next_panel(request):
    from shs.appointment.models import Appointment

    rows = Appointment.objects.allowed(request.user, "view").live().upcoming(timezone.now()).order_by("starts_at", "pk")
    return {
        "title": _("Next visits"),
        "empty": _("No visit is coming up."),
        "rows": [
            {
                "title": f"{timezone.localtime(visit.starts_at):%Y-%m-%d %H:%M} · {visit.patient.name}",
                "detail": f"{visit.doctor.name} · {visit.get_status_display()}",
                "url": reverse("admin:appointment_appointment_change", args=(visit.pk,)),
            }
            for visit in rows.select_related("patient", "doctor")[:6]
        ],
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Smart Health Synchronizer"),
    "SITE_HEADER": _("Smart Health"),
    "SITE_SUBHEADER": _("Synchronizer · back office"),
    "SITE_SYMBOL": "ecg_heart",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("shs/icon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SHOW_LANGUAGES": False,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("shs/admin.css")],
    "SCRIPTS": [lambda request: static("shs/admin.js")],
    "DASHBOARD_CALLBACK": "shs.console.dashboard",
    "COMMAND": {"search_models": True, "show_history": False},
    "ACCOUNT": {"navigation": [{"title": _("Change password"), "link": reverse_lazy("admin:password_change")}]},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "shs.console.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.7)",
            "100": "oklch(95.3% .051 180.8)",
            "200": "oklch(91% .096 180.4)",
            "300": "oklch(85.5% .138 181.1)",
            "400": "oklch(77.7% .152 181.9)",
            "500": "oklch(60% .118 184.7)",
            "600": "oklch(51.1% .096 186.4)",
            "700": "oklch(45% .085 188.2)",
            "800": "oklch(40% .07 188.2)",
            "900": "oklch(34% .055 188.2)",
            "950": "oklch(27.7% .046 192.5)",
        },
    },
}
