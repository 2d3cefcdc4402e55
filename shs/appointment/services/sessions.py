"""A doctor's session: begin, call next, recall, not here, pause, end, and the undo of the last of these. The session is
locked before the visit, wherever both are."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shs.appointment.models import Appointment, DoctorSession, Turn, TurnOutcome
from shs.appointment.services.queue import QueuePlace, day_of, queue_at
from shs.core.errors import NotFound, StepRefused
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import Clinic, DoctorInformation


@atomic_with_retry
def begin_session(*, doctor: DoctorInformation, clinic: Clinic | None, room: str, now: datetime) -> DoctorSession:
    """Begin a session of today. One of another day that nobody has ended ends. Raises NotFound for a doctor who sees no
    patients, StepRefused (409) if one runs already."""
    rows = DoctorInformation.objects.listed().select_for_update(of=("self",))
    if not rows.filter(pk=doctor.pk).exists():
        raise NotFound(_("This doctor does not exist or cannot be booked."))
    running = DoctorSession.objects.running().filter(doctor=doctor).first()
    if running is not None:
        _require_of_the_past(running, now)
    session = DoctorSession(doctor=doctor, clinic=clinic, day=day_of(now), room=room, begun_at=now)
    session.before = {"step": "begin", "at": now.isoformat()}
    save_with_reason(session, "session begun")
    return session


def _require_of_the_past(running: DoctorSession, now: datetime) -> None:
    """End a session of an earlier day. Raises StepRefused (409) for one of today."""
    lock(running)
    if running.ended_at is not None:
        return
    if running.day == day_of(now):
        raise StepRefused(_("A session of this doctor is running already."))
    _end_turn(running, TurnOutcome.SEEN, now)
    _store(running, "end", "session ended with its day", now, undoes=False, ended_at=now, now_serving=None)


def require_unchanged(session: DoctorSession, seen: int | None, now: datetime) -> None:
    """Lock `session` for a change. Raises StepRefused (409) if it has ended, or if something was done since the step
    that was `seen`."""
    lock(session)
    if session.ended_at is not None or session.day != day_of(now):
        raise StepRefused(_("This session has ended."))
    _require_seen(session, seen)


def _require_seen(session: DoctorSession, seen: int | None) -> None:
    if seen is None or seen == session.step:
        return
    if session.now_serving is not None:
        words = {"serial": session.now_serving.serial}
        raise StepRefused(_("This was done just now: serial %(serial)s is called.") % words)
    raise StepRefused(_("Something was done in this session since you opened the page. Look again."))


def _store(
    session: DoctorSession,
    step: str,
    reason: str,
    now: datetime,
    *,
    undoes: bool = True,
    made: Turn | None = None,
    ended: Turn | None = None,
    **changes: object,
) -> None:
    """Store the `changes` of a step, with what undoes it: the fields as they were, and the turns it has made and
    ended."""
    before = {name: getattr(session, name) for name in ("called_at", "paused_at", "ended_at")}
    session.before = {}
    if undoes:
        session.before = {
            "step": step,
            "at": now.isoformat(),
            "fields": {name: at.isoformat() if at else None for name, at in before.items()},
            "now_serving": session.now_serving_id,
            "made": made.pk if made else None,
            "ended": ended.pk if ended else None,
        }
    for name, value in changes.items():
        setattr(session, name, value)
    session.step += 1
    save_with_reason(session, reason)


def _end_turn(session: DoctorSession, outcome: str, now: datetime) -> Turn | None:
    """End the call of who is inside; None if nobody is."""
    turn = session.turns.filter(ended_at__isnull=True).first()
    if turn is not None:
        turn.end(outcome, now=now)
    return turn


@atomic_with_retry
def call_next(*, session: DoctorSession, seen: int | None = None, now: datetime) -> Appointment:
    """Call the next who waits; whoever was inside counts as seen, and a pause ends. Raises StepRefused (409) if nobody
    waits, if the session has ended, or if something was done since the step that was `seen`."""
    require_unchanged(session, seen, now)
    queue = queue_at(QueuePlace(session.doctor_id, session.clinic_id, session.day))
    if not queue.waiting:
        raise StepRefused(_("Nobody is waiting."))
    ended = _end_turn(session, TurnOutcome.SEEN, now)
    visit = Appointment.objects.get(pk=queue.waiting[0].pk)
    made = Turn.objects.create(session=session, visit=visit, called_at=now)
    _store(session, "call", "called", now, made=made, ended=ended, now_serving=visit, called_at=now, paused_at=None)
    return visit


@atomic_with_retry
def recall(*, session: DoctorSession, seen: int | None = None, now: datetime) -> Appointment:
    """Call once more who was called last: the screen shows it as new. Raises as `call_next`."""
    require_unchanged(session, seen, now)
    visit = require_inside(session)
    _store(session, "recall", "called again", now, called_at=now)
    return visit


@atomic_with_retry
def not_here(*, session: DoctorSession, seen: int | None = None, now: datetime) -> Appointment:
    """Note that who was called is not there: they go behind the next NOT_HERE_GOES_BEHIND who wait. Raises as
    `call_next`."""
    require_unchanged(session, seen, now)
    visit = require_inside(session)
    ended = _end_turn(session, TurnOutcome.NOT_HERE, now)
    _store(session, "not_here", "not here", now, ended=ended, now_serving=None, called_at=None)
    return visit


def require_inside(session: DoctorSession) -> Appointment:
    visit = session.now_serving
    if visit is None:
        raise StepRefused(_("Nobody is called at present."))
    return visit


@atomic_with_retry
def pause(*, session: DoctorSession, seen: int | None = None, now: datetime) -> None:
    """Call nobody for a while; whoever was inside counts as seen. Raises StepRefused (409) for a paused session."""
    require_unchanged(session, seen, now)
    if session.paused_at is not None:
        raise StepRefused(_("The session is paused already."))
    ended = _end_turn(session, TurnOutcome.SEEN, now)
    _store(session, "pause", "session paused", now, ended=ended, now_serving=None, called_at=None, paused_at=now)


@atomic_with_retry
def resume(*, session: DoctorSession, seen: int | None = None, now: datetime) -> None:
    """Go on after a pause. Raises StepRefused (409) for a session that is not paused."""
    require_unchanged(session, seen, now)
    if session.paused_at is None:
        raise StepRefused(_("The session is not paused."))
    _store(session, "resume", "session resumed", now, paused_at=None)


@atomic_with_retry
def end_session(*, session: DoctorSession, seen: int | None = None, now: datetime) -> None:
    """End the session; whoever was inside counts as seen. Raises StepRefused (409) if it has ended."""
    require_unchanged(session, seen, now)
    ended = _end_turn(session, TurnOutcome.SEEN, now)
    _store(
        session,
        "end",
        "session ended",
        now,
        ended=ended,
        now_serving=None,
        called_at=None,
        paused_at=None,
        ended_at=now,
    )


@atomic_with_retry
def undo_step(*, session: DoctorSession, seen: int | None = None, now: datetime) -> None:
    """Undo the last step, within UNDO_WITHIN. A session that was begun by mistake is deleted. Raises StepRefused (409)
    if it is too late, if there is nothing to undo, or if another session of the doctor runs."""
    lock(session)
    _require_seen(session, seen)
    if not session.may_be_undone(now) or session.day != day_of(now):
        raise StepRefused(_("The last step can no longer be undone."))
    last = session.before
    if last["step"] == "begin":
        session.discard()
        return
    others = DoctorSession.objects.running().filter(doctor=session.doctor_id).exclude(pk=session.pk)
    if last["step"] == "end" and others.exists():
        raise StepRefused(_("A session of this doctor is running already."))
    for turn in Turn.objects.filter(pk=last["made"]):
        turn.end(TurnOutcome.UNDONE, now=now)
    for turn in Turn.objects.filter(pk=last["ended"]):
        turn.reopen()
    for name, at in last["fields"].items():
        setattr(session, name, datetime.fromisoformat(at) if at else None)
    session.now_serving_id = last["now_serving"]
    session.before = {}
    session.step += 1
    save_with_reason(session, "step undone")


def serving(visit: Appointment) -> DoctorSession | None:
    """The session in which `visit` is inside, locked; None if it is in none. Call it in a transaction, before the visit
    is locked."""
    rows = DoctorSession.objects.running().select_for_update(of=("self",))
    return rows.filter(now_serving=visit.pk, doctor=visit.doctor_id).first()


def move_on(session: DoctorSession, now: datetime) -> None:
    """Note that the visit inside is over, so that the next can be called. The session is locked. A visit that is
    completed cannot be undone."""
    _end_turn(session, TurnOutcome.SEEN, now)
    _store(session, "complete", "visit completed", now, undoes=False, now_serving=None, called_at=None)


@atomic_with_retry
def put_first(*, visit: Appointment, reason: str, now: datetime) -> None:
    """Let a patient who is checked in be called before the others. Raises Invalid (422) without a reason, StepRefused
    (409) for one who does not wait."""
    lock(visit)
    if not visit.waits:
        raise StepRefused(_("This patient is not checked in."))
    visit.go_first(reason=reason, now=now)


def back_in_line(*, visit: Appointment) -> None:
    """Let a patient be called by their serial again."""
    with transaction.atomic():
        lock(visit)
        visit.go_in_turn()


def last_room(doctor_id: int, clinic_id: int | None) -> str:
    """The room in which a doctor was last at a clinic."""
    rows = DoctorSession.objects.filter(doctor=doctor_id, clinic=clinic_id).order_by("-begun_at", "-pk")
    return rows.values_list("room", flat=True).first() or ""


def was_begun(doctor_id: int, clinic_id: int | None, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a session of the doctor at this clinic was running at some time in [starts_at, ends_at)."""
    rows = DoctorSession.objects.filter(doctor=doctor_id, clinic=clinic_id, begun_at__lt=ends_at)
    rows = rows.filter(day__gte=day_of(starts_at), day__lte=day_of(ends_at))
    return rows.exclude(ended_at__lte=starts_at).exists()
