"""How the admin site looks: name, colours and sidebar. Nothing of it decides who may do what: every entry asks the
grant table."""

from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
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
            Entry(_("Register of doctors"), "menu_book", "doctors_registerentry", "doctors.view_registerentry"),
        ],
    ),
    (
        _("Visits"),
        [
            Entry(_("Desk board"), "view_kanban", "desk", "appointment.view_appointment", is_list=False),
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
            Entry(_("Requests for admins"), "how_to_reg", "users_rolerequest", "users.view_rolerequest", "asked"),
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
    home = reverse("admin:index")
    dashboard = _item(_("Dashboard"), "space_dashboard", home, is_active=request.path == home)
    groups: list[dict[str, Any]] = [{"items": [dashboard]}]
    shown: set[str] = set()
    badges = badges_of(request.user)
    for title, entries in SIDEBAR:
        items = []
        for entry in entries:
            if entry.page in shown or not request.user.has_perm(entry.permission):
                continue
            shown.add(entry.page)
            link = reverse(f"admin:{entry.page}_changelist" if entry.is_list else f"admin:{entry.page}")
            is_active = request.path.startswith(link)
            items.append(_item(entry.title, entry.icon, link, badges.get(entry.badge), is_active=is_active))
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(title, icon, link, badge: dict[str, Any] | None = None, *, is_active: bool) -> dict[str, Any]:
    # unfold takes a callable for what is decided by the request; a plain False would be recomputed from the address.
    return {"title": title, "icon": icon, "link": link, "active": lambda _request: is_active, **(badge or {})}


def badges_of(user) -> dict[str, dict[str, Any]]:
    """The counts beside the entries of this user's sidebar: one look into the cache, for BADGE_SECONDS. A badge is seen
    only beside its entry, which asks for the right anew each time."""
    key = f"badges:{user.pk}:{user.token_version}"
    found = cache.get(key)
    if found is None:
        entries = [entry for _title, entries in SIDEBAR for entry in entries]
        names = {entry.badge for entry in entries if entry.badge and user.has_perm(entry.permission)}
        found = {name: BADGES[name](user) for name in sorted(names)}
        cache.set(key, found, BADGE_SECONDS)
    return found


def waiting(user) -> dict[str, Any]:
    """How many applications wait; red only if one is late."""
    from shs.doctors.models import DoctorInformation
    from shs.doctors.workdays import LATE_DAYS, working_days_between

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


def asked(user) -> dict[str, Any]:
    """How many requests for an admin this user can decide."""
    from shs.users.admin.requests import waiting as undecided
    from shs.users.models import RoleRequest

    if not user.has_perm("users.decide_rolerequest"):
        return {}
    number = RoleRequest.objects.allowed(user, "decide").filter(undecided(user)).count()
    return {"badge": str(number), "badge_variant": "info"} if number else {}


BADGE_SECONDS = 60
MODERATION_LATE_DAYS = 3
BADGES = {"waiting": waiting, "moderating": moderating, "asked": asked}


def idle_script(request) -> str:
    """The script that warns before a session ends; its address says after how many minutes without use."""
    return f"{static('shs/idle.js')}?minutes={settings.ADMIN_IDLE_MINUTES}"


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
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("shs/admin.css"), lambda request: static("shs/access.css")],
    "SCRIPTS": [
        lambda request: static("shs/access.js"),
        lambda request: static("shs/admin.js"),
        lambda request: static("shs/menus.js"),
        lambda request: static("shs/search.js"),
        idle_script,
    ],
    "DASHBOARD_CALLBACK": "shs.dashboards.dashboard",
    "COMMAND": {"search_models": True, "show_history": False},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Second factor"), "link": reverse_lazy("admin:second_factor")},
            {"title": _("Where you are logged in"), "link": reverse_lazy("admin:sessions")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
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
