"""The page of one's own sessions, and the call by which a page learns when it will be logged out."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.admin.site import ANY_STAFF, office
from shs.core.errors import Refused
from shs.users import sessions
from shs.users.models import User
from shs.users.requests import UserRequest


def sessions_page(request: UserRequest) -> HttpResponse:
    """Open to every admin user, for their own account only."""
    user = User.objects.unrestricted("oneself, as stored").get(pk=request.user.pk)
    if request.method == "POST":
        return _end(request, user)
    context = {
        **office.each_context(request),
        "title": _("Where you are logged in"),
        "places": sessions.places(user, here=request.session.session_key, now=timezone.now()),
        "idle_minutes": settings.ADMIN_IDLE_MINUTES,
    }
    return TemplateResponse(request, "admin/users/sessions.html", context)


def _end(request: UserRequest, user: User) -> HttpResponse:
    everywhere = request.POST.get("everywhere", "")
    if everywhere in {"others", "all"}:
        sessions.end_all(request, user=user, keep_this=everywhere == "others")
        if everywhere == "all":
            return HttpResponseRedirect(f"{reverse('admin:login')}?ended=all")
        messages.success(
            request, _("Logged out everywhere else; this session stays. Your private calendar links have ended.")
        )
        return HttpResponseRedirect(reverse("admin:sessions"))
    try:
        sessions.end(user=user, key=request.POST.get("end", ""), now=timezone.now())
    except Refused:
        messages.error(request, _("That session has already ended."))
    else:
        messages.success(request, _("That session is logged out."))
    return HttpResponseRedirect(reverse("admin:sessions"))


def stay(request: UserRequest) -> HttpResponse:
    """Seconds until this session ends without activity, and the text of the warning before. A call without the header
    of automatic requests counts as activity, as every page does."""
    return JsonResponse(
        {
            "left": sessions.seconds_left(request.session, timezone.now()),
            "title": _("You will be logged off soon"),
            "text": _("Nobody has used this page for a while. What you have typed and not saved will be lost."),
            "stay": _("Stay logged in"),
        }
    )


office.add_page("sessions/", sessions_page, name="sessions", needs=ANY_STAFF, also_outside=True)
office.add_page("stay/", stay, name="stay", needs=ANY_STAFF, also_outside=True)
