"""Services: issuing and cancelling letters."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.appointment.models import OPENING, Appointment
from shs.core.errors import Forbidden, Invalid
from shs.core.paper.content import known_language
from shs.core.paper.fonts import require_drawable
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import validate_name
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import own_profile
from shs.letters.models import Absence, Addressee, Kind, Letter, Unfit, Urgency, Written
from shs.letters.models.content import LONGEST, PARTS
from shs.letters.prefill import is_confidential
from shs.medical_record.errors import NotNow
from shs.medical_record.models import VisitNote
from shs.medical_record.notes import too_early, too_late, writer_of
from shs.medical_record.permissions import may_write_chart, visits_alone
from shs.notices.kinds import Kind as NoticeKind
from shs.notices.services import notice, notify
from shs.prescription.services import parties
from shs.users.families import to_family
from shs.users.models import User
from shs.users.permissions import READ

MOST_DAYS = 30
"""A sick note lasts at most so many days; a longer illness is seen again."""
BACKDATED_DAYS = 3
"""A sick note begins at most so many days before the visit, and says so."""
AHEAD_DAYS = 7
"""A sick note begins at most so many days after the visit."""


# --- Who, and when ---------------------------------------------------------------------------------------------------


def author_of(visit: Appointment, by: User, now: datetime) -> DoctorInformation:
    """The profile as which `by` writes letters of `visit`: its verified doctor, or the colleague who has taken it over
    or signed its note, while the patient's chart is open to them. Raises Forbidden (403)."""
    doctor = own_profile(by)
    if doctor is None or not by.is_active or not _writes(visit, doctor, by):
        raise Forbidden(_("Only the doctor of the visit can write its letters."))
    if not doctor.is_approved:
        raise Forbidden(_("Only verified doctors can write letters."))
    if visit.status not in OPENING:
        raise Forbidden(_("Letters can only be written for a confirmed or completed visit."))
    if not may_write_chart(by, visit.patient, now) and visit.pk not in visits_alone(by, now, [visit.patient_id]):
        raise Forbidden(_("You no longer have access to the patient's chart."))
    return doctor


def _writes(visit: Appointment, doctor: DoctorInformation, by: User) -> bool:
    if visit.doctor_id == doctor.pk or writer_of(visit) == by.pk:
        return True
    notes = VisitNote.objects.unrestricted("only whether there is one")
    return notes.filter(visit=visit, signed_by=by).exists()


def may_issue(visit: Appointment, by: User, now: datetime) -> bool:
    """Whether `by` can issue letters of `visit` now."""
    try:
        author_of(visit, by, now)
    except Forbidden:
        return False
    return not (too_early(visit, now) or too_late(visit, now))


def require_its_time(visit: Appointment, now: datetime) -> None:
    """Raises NotNow (409) for a visit that has not begun or was over more than PRESCRIBE_WITHIN_DAYS ago, as for
    prescriptions."""
    if too_early(visit, now):
        raise NotNow(_("The visit has not begun. Write its letters when the patient is there."))
    if too_late(visit, now):
        words = ngettext(
            "The visit was more than %(days)s day ago. Write the letter in a new visit.",
            "The visit was more than %(days)s days ago. Write the letter in a new visit.",
            settings.PRESCRIBE_WITHIN_DAYS,
        )
        raise NotNow(words % {"days": settings.PRESCRIBE_WITHIN_DAYS})


# --- Issuing and cancelling ------------------------------------------------------------------------------------------


@atomic_with_retry
def issue(
    *, visit: Appointment, by: User, kind: str, written: Written, now: datetime, colleague: int | None = None
) -> Letter:
    """Seal a letter of `visit`. `colleague`: the listed doctor (a key) to whom a referral is addressed.

    Raises Forbidden (403) as `author_of`, NotNow (409) as `require_its_time`, a refusal (409) for a second sick note or
    summary while the first one counts, Invalid (422) for what is missing, too long or cannot be printed."""
    lock(visit)
    doctor = author_of(visit, by, now)
    require_its_time(visit, now)
    letter = Letter(visit=visit, patient=visit.patient, doctor=doctor, kind=kind, issued_at=now)
    letter.written = checked(kind, written, visit, now)
    if kind == Kind.REFERRAL and colleague is not None:
        letter.colleague = DoctorInformation.objects.listed().filter(pk=colleague).first()
    letter.language = known_language(visit.patient.language)
    letter.parties = parties(doctor, visit.clinic, visit.patient)
    letter.is_confidential = is_confidential(visit)
    save_with_reason(letter, "issued")
    _tell(letter, NoticeKind.LETTER_ISSUED, now)
    return letter


def _tell(letter: Letter, kind: NoticeKind, now: datetime) -> None:
    """Tell the patient, and who acts for them unless it is confidential; nothing of what is in it."""
    data = {"doctor": letter.doctor.name, "is_prescription": False}
    told = [notice(to=letter.patient, kind=kind, data=data, about=f"letter:{letter.pk}")]
    notify(*(told if letter.is_confidential else to_family(told, letter.patient, READ, now)))


@transaction.atomic
def cancel(*, letter: Letter, by: User, reason: str, now: datetime) -> None:
    """Cancel a letter: it stays readable, and its page says that it does not count. Raises Forbidden (403) for others
    than its doctor, StepRefused (409), Invalid (422) without a reason."""
    lock(letter.visit)
    if not by.has_perm("letters.cancel_letter", letter):
        raise Forbidden(_("Only the doctor of a letter can cancel it."))
    letter.cancel(reason=reason)
    _tell(letter, NoticeKind.PAPER_CANCELLED, now)


# --- What can be written ---------------------------------------------------------------------------------------------


def checked(kind: str, written: Written, visit: Appointment, now: datetime) -> Written:
    """`written` without what is empty. Raises Invalid (422)."""
    texts = {part["key"]: part["text"].strip() for part in written["parts"]}
    for key, text in texts.items():
        if len(text) > LONGEST:
            raise Invalid(_("At most %(most)s letters.") % {"most": LONGEST}, field=key)
        require_drawable(text, field=key)
    found: Written = {"parts": [{"key": key, "text": texts[key]} for key in PARTS if texts.get(key)]}
    if kind == Kind.REFERRAL:
        found["to"] = _addressee(written.get("to"))
        if not texts.get("reason"):
            raise Invalid(_("Enter why the patient is referred."), field="reason")
    elif kind == Kind.SICK_NOTE:
        found["absence"] = _absence(written.get("absence"), visit, now)
    else:
        found["lines"] = written.get("lines", [])
        if day := written.get("follow_up"):
            found["follow_up"] = day
        if not (found["parts"] or found["lines"] or day):
            raise Invalid(_("Write something in the summary."), field="complaint")
    return found


def _addressee(to: Addressee | None) -> Addressee:
    given: Mapping[str, object] = to or {}
    found = {name: str(given.get(name) or "").strip() for name in ("name", "specialty", "place", "urgency")}
    if not (found["name"] or found["specialty"] or found["place"]):
        raise Invalid(_("Enter a specialty, a doctor or a hospital."), field="specialty")
    if found["urgency"] not in Urgency.values:
        raise Invalid(_("Choose how urgent it is."), field="urgency")
    for name in ("name", "specialty", "place"):
        try:
            validate_name(found[name])
        except ValidationError as error:
            raise Invalid(error.messages[0], field=name) from error
        require_drawable(found[name], field=name)
    return Addressee(name=found["name"], specialty=found["specialty"], place=found["place"], urgency=found["urgency"])


def _absence(absence: Absence | None, visit: Appointment, now: datetime) -> Absence:
    if absence is None:
        raise Invalid(_("Enter the first and the last day."), field="first")
    first, last = date.fromisoformat(absence["first"]), date.fromisoformat(absence["last"])
    seen_on = timezone.localdate(visit.starts_at)
    if last < first:
        raise Invalid(_("The last day is before the first one."), field="last")
    if (last - first).days + 1 > MOST_DAYS:
        words = _("A sick note lasts at most %(days)s days. See the patient again for a longer one.")
        raise Invalid(words % {"days": MOST_DAYS}, field="last")
    if first < seen_on - timedelta(days=BACKDATED_DAYS):
        words = _("A sick note begins at most %(days)s days before the visit.")
        raise Invalid(words % {"days": BACKDATED_DAYS}, field="first")
    if first > seen_on + timedelta(days=AHEAD_DAYS):
        words = _("A sick note begins at most %(days)s days after the visit.")
        raise Invalid(words % {"days": AHEAD_DAYS}, field="first")
    if absence["unfit_for"] not in Unfit.values:
        raise Invalid(_("Choose what the patient is unfit for."), field="unfit_for")
    require_drawable(absence["fit_for"], field="fit_for")
    return {**absence, "seen_on": seen_on.isoformat(), "fit_for": absence["fit_for"].strip()[:200]}
