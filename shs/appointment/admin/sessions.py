"""Sessions: the list, their steps, the dialog in which one begins, and the panel that the desk board and the
consultation share."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment import services
from shs.appointment.admin.board import Board
from shs.appointment.models import Appointment, DoctorSession
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.leads import leads_of
from shs.core.admin.once import Go
from shs.core.admin.pages import Page
from shs.core.admin.ranges import TimeRange
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.errors import Forbidden, Refused
from shs.core.labels import Label
from shs.core.types import MAX_ID
from shs.doctors.models import Clinic, DoctorInformation
from shs.doctors.permissions import own_profile
from shs.users.requests import UserRequest


def runs(session: DoctorSession) -> bool:
    """Whether somebody can still be called in it."""
    return session.is_running and session.day == services.day_of(timezone.now())


def serves(session: DoctorSession) -> bool:
    """Whether somebody is inside."""
    return runs(session) and session.now_serving_id is not None


def seen_step(request: UserRequest) -> int | None:
    """Which step of the session whoever pressed a button has seen."""
    words = request.POST.get("seen") or request.GET.get("seen") or ""
    return int(words) if words.isascii() and words.isdigit() and int(words[:10]) < MAX_ID else None


class EndForm(StepForm):
    """Asks before a session ends, and says who still waits."""

    def consequences(self) -> list[Label]:
        session = self.record
        place = services.QueuePlace(session.doctor_id, session.clinic_id, session.day)
        serials = ", ".join(f"#{entry.serial}" for entry in services.queue_at(place).waiting)
        return [_("Still waiting: %(serials)s.") % {"serials": serials}] if serials else []


class BeginForm(forms.Form):
    """Who begins, where, and in which room."""

    doctor = forms.TypedChoiceField(label=_("Doctor"), coerce=int, widget=UnfoldAdminSelectWidget)
    clinic = forms.TypedChoiceField(
        label=_("Clinic"), coerce=int, empty_value=None, required=False, widget=UnfoldAdminSelectWidget
    )
    room = forms.CharField(label=_("Room"), max_length=20, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(
        self,
        data: object,
        *,
        doctors: list[DoctorInformation],
        clinics: list[Clinic],
        chosen: tuple[DoctorInformation | None, Clinic | None],
    ) -> None:
        doctor, clinic = chosen
        first = doctor or (doctors[0] if len(doctors) == 1 else None)
        place = clinic or (clinics[0] if clinics else None)
        room = services.last_room(first.pk, place.pk if place else None) if first else ""
        initial = {"doctor": first and first.pk, "clinic": place and place.pk, "room": room}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # what was posted, or nothing
        self._offer("doctor", [(row.pk, row.name) for row in doctors])
        self._offer("clinic", [(row.pk, row.name) for row in clinics])

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        """Let the field choose one; with a single one nothing is asked."""
        field = self.fields[name]
        field.choices = choices  # type: ignore[attr-defined]  # that of a field with choices
        if len(choices) < 2 and name == "clinic":
            field.widget = forms.HiddenInput()


@admin.register(DoctorSession)
class DoctorSessionScreen(Screen):
    """Sessions: a desk's, a doctor's own, or all."""

    icon = "view_timeline"
    empty_text = _("No sessions. A session begins on the desk board, or on “My day”.")
    list_display = ["begun_at", "doctor", "clinic", "room", "state_label", "ended_at", "next_steps"]
    list_filter = [("doctor", AutocompleteFilter), ("begun_at", TimeRange)]
    list_select_related = ["doctor", "clinic", "now_serving"]
    search_fields = ["doctor__name", "room"]
    search_help_text = _("Doctor or room")
    ordering = ["-begun_at", "-pk"]
    described_by = ("doctor", "clinic", "room", "now_serving")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("doctor", "clinic"),
                    ("day", "room"),
                    ("begun_at", "paused_at", "ended_at"),
                    ("now_serving", "called_at"),
                ]
            },
        )
    ]
    pages = [Page("begin/", "begin_page", "begin", needs="begin")]
    tabs = [
        Tab("today", _("Today"), lambda user: Q(day=services.day_of(timezone.now()))),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]

    @display(
        description=_("State"),
        label={str(_("Running")): "success", str(_("Paused")): "warning", str(_("Ended")): "info"},
    )
    def state_label(self, session: DoctorSession) -> Label:
        if not runs(session):
            return str(_("Ended"))
        return str(_("Paused")) if session.paused_at else str(_("Running"))

    @step("run", _("Call next"), primary=True, done=_("The next patient is called."), when=runs)
    def call_next(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        request.META[CALLED] = services.call_next(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "complete",
        _("Complete and call next"),
        text=_("The current visit is completed, and the next patient is called."),
        done=_("The visit is completed."),
        in_list=False,
        when=serves,
    )
    def complete(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        now, visit = timezone.now(), session.now_serving
        if visit is None or not request.user.has_perm("appointment.complete_appointment", visit):
            raise Forbidden
        request.META[CALLED] = services.complete_and_call(
            session=session, by=request.user, seen=seen_step(request), now=now
        )

    def _after_step(self, request: UserRequest, record: DoctorSession) -> str:
        """Who calls their own next patient goes on to the page of that visit."""
        called = request.META.get(CALLED)
        lead = leads_of(request.user, [called]).get(called.pk) if called is not None else None
        return lead or super()._after_step(request, record)

    @step(
        "run",
        _("Call again"),
        text=_("The waiting-room screen announces the serial again."),
        done=_("The patient is called again."),
        in_list=False,
        when=serves,
    )
    def recall(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.recall(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "run",
        _("Not here"),
        text=_("The patient is called again after some of the others."),
        done=_("The patient moves behind the next ones in the queue."),
        in_list=False,
        when=serves,
    )
    def not_here(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.not_here(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "run",
        _("Pause"),
        text=_("No patients are called until the doctor is back. The patient who was inside counts as seen."),
        done=_("The session is paused."),
        in_list=False,
        when=lambda session: runs(session) and session.paused_at is None,
    )
    def pause(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.pause(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "run",
        _("Resume"),
        done=_("The session has resumed."),
        in_list=False,
        when=lambda session: runs(session) and session.paused_at is not None,
    )
    def resume(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.resume(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "run",
        _("End session…"),
        form=EndForm,
        danger=True,
        text=_("No more patients are called. The patient who was inside counts as seen."),
        done=_("The session has ended."),
        when=runs,
    )
    def end(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.end_session(session=session, seen=seen_step(request), now=timezone.now())

    @step(
        "run",
        _("Undo"),
        text=_("The last step of this session is undone."),
        done=_("The last step is undone."),
        in_list=False,
        when=lambda session: session.may_be_undone(timezone.now()),
    )
    def undo(self, request: UserRequest, session: DoctorSession, data: StepData) -> None:
        services.undo_step(session=session, seen=seen_step(request), now=timezone.now())

    def begin_page(self, request: UserRequest) -> HttpResponse:
        """The dialog in which a session begins, also as a page."""
        return begin(request)


CALLED = "shs.called"
"""The key in `request.META` under which a step leaves the visit that it has called."""


def begin(request: UserRequest) -> HttpResponse:
    """Begin a session of a doctor of the chosen clinic; of a doctor, their own."""
    board = Board(request)
    mine = own_profile(request.user) if board.is_doctors_own else None
    doctors = [mine] if mine else board.doctors
    clinics = board.clinics if mine else [board.clinic] if board.clinic else []
    if mine:
        own = set(mine.clinics.values_list("pk", flat=True))
        clinics = [clinic for clinic in clinics if clinic.pk in own]
    posted = request.POST if request.method == "POST" else None
    form = BeginForm(posted, doctors=doctors, clinics=clinics, chosen=(board.doctor, board.clinic))
    back, is_dialog = board.url(board.today), request.headers.get("X-Dialog") == "1"
    if form.is_valid() and _begun(form, doctors, clinics):
        messages.success(request, _("The session has begun."))
        return Go(back) if is_dialog else HttpResponseRedirect(back)
    context = {"form": form, "back": back, "action_url": request.get_full_path(), "title": _("Begin a session")}
    if is_dialog:
        return render(request, "admin/appointment/session_form.html", context)
    return TemplateResponse(request, "admin/appointment/session.html", {**admin.site.each_context(request), **context})


def _begun(form: BeginForm, doctors: list[DoctorInformation], clinics: list[Clinic]) -> bool:
    """Whether the session could be begun; if not, the form says why."""
    data = form.cleaned_data
    doctor = next(row for row in doctors if row.pk == data["doctor"])
    clinic = next((row for row in clinics if row.pk == data["clinic"]), clinics[0] if clinics else None)
    try:
        services.begin_session(doctor=doctor, clinic=clinic, room=data["room"], now=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal.detail))
        return False
    return True


class UrgentSteps:
    """For the screen of visits: who goes first."""

    @step(
        "put_first",
        _("Mark as urgent…"),
        form=ReasonForm,
        text=_("The patient is called before the others who wait. The reason is kept in the history."),
        done=_("The patient is called first."),
        in_list=False,
        when=lambda visit: visit.waits and visit.urgent_at is None,
    )
    def put_first(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.put_first(visit=visit, reason=data["reason"], now=timezone.now())

    @step(
        "put_first",
        _("No longer urgent"),
        done=_("The patient is called in the order of the serials again."),
        in_list=False,
        when=lambda visit: visit.waits and visit.urgent_at is not None,
    )
    def back_in_line(self, request: UserRequest, visit: Appointment, data: StepData) -> None:
        services.back_in_line(visit=visit)
