"""The note of a visit: who writes it, its draft, signing, amending, and taking over from a colleague."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shs.appointment.models import OPENING, Appointment, Status
from shs.core.context import forget
from shs.core.dates import show_time
from shs.core.errors import Forbidden, Invalid
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import tidy
from shs.doctors.models import DoctorInformation
from shs.doctors.permissions import own_profile
from shs.medical_record.errors import NoteSigned, NotNow, StaleDraft, TakenOver
from shs.medical_record.models import PARTS, ConditionCode, Source, VisitDraft, VisitDraftQuerySet, VisitNote
from shs.medical_record.permissions import may_write_chart, visits_alone
from shs.medical_record.services import require_teenager
from shs.notices.kinds import Kind as NoticeKind
from shs.notices.services import notice, notify
from shs.users.models import User

MOST_TYPED = 60_000
"""The most letters of a draft, with the names of its fields."""
MOST_CODES = 10
Typed = Mapping[str, Sequence[str]]
"""Name of a field → the texts in it."""


class Written(NamedTuple):
    """What is signed as a note: the texts by PARTS, and the codes of the assessment."""

    texts: Mapping[str, str]
    codes: Sequence[str] = ()
    is_confidential: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.codes or any(text.strip() for text in self.texts.values()))


# --- When, and who ---------------------------------------------------------------------------------------------------


def too_early(visit: Appointment, now: datetime) -> bool:
    """Whether nothing can be signed yet: the visit has not begun, and its patient is not there."""
    return visit.starts_at > now and visit.checked_in_at is None


def too_late(visit: Appointment, now: datetime) -> bool:
    """Whether nothing can be signed any more: the visit was over more than PRESCRIBE_WITHIN_DAYS ago."""
    return visit.ends_at < now - timedelta(days=settings.PRESCRIBE_WITHIN_DAYS)


def require_its_time(visit: Appointment, now: datetime) -> None:
    """Raises NotNow (409) unless a note can be signed. Amendments stay possible."""
    if too_early(visit, now):
        raise NotNow(_("The visit has not begun. Sign its note when the patient is there."))
    if too_late(visit, now):
        raise NotNow(_("The visit was too long ago. Write in a new visit."))


def draft_read_with(visit: Appointment) -> VisitDraft | None:
    """The draft of a visit that was read with its `visit_draft`."""
    return getattr(visit, "visit_draft", None)


def writer_of(visit: Appointment, *, is_read: bool = False) -> int:
    """Who writes the visit: its doctor (a key of users.User), unless a colleague has taken over. One query, or none of
    a visit that `is_read` with its `visit_draft`, for a page."""
    own = VisitDraft.objects.filter(visit=visit).only("writer_id")
    draft = draft_read_with(visit) if is_read else own.first()
    return draft.writer_id if draft else visit.doctor.user_id


def as_writer(visit: Appointment, by: User, now: datetime, *, is_read: bool = False) -> DoctorInformation:
    """The profile as which `by` writes in `visit`. Raises TakenOver (409) for its doctor while a colleague writes,
    Forbidden (403) for everybody else who does not write it."""
    doctor, writer = own_profile(by), writer_of(visit, is_read=is_read)
    if doctor is not None and visit.doctor_id == doctor.pk and writer != by.pk:
        raise TakenOver(_("%(name)s has taken over this visit.") % {"name": User.objects.get(pk=writer).name})
    if doctor is None or writer != by.pk or not by.is_active:
        raise Forbidden(_("Only the doctor of the visit, or the colleague who has taken over, can write in it."))
    if not doctor.is_approved:
        raise Forbidden(_("Only verified doctors can write in a visit."))
    if visit.status not in OPENING:
        raise Forbidden(_("Only a confirmed or completed visit can have a note."))
    if not may_write_chart(by, visit.patient, now) and visit.pk not in visits_alone(by, now, [visit.patient_id]):
        raise Forbidden(_("You no longer have access to the patient's chart."))
    return doctor


def may_take_over(visit: Appointment, by: User, now: datetime) -> bool:
    """Whether `by`, who does not write the visit now, can go on in it: its doctor, or a verified doctor of its clinic
    who may write in the patient's chart."""
    doctor = own_profile(by)
    if doctor is None or not doctor.is_approved or visit.status not in OPENING or writer_of(visit) == by.pk:
        return False
    if not may_write_chart(by, visit.patient, now):
        return False
    is_colleague = visit.clinic_id is not None and doctor.clinics.filter(pk=visit.clinic_id).exists()
    return doctor.pk == visit.doctor_id or is_colleague


# --- The draft -------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(*, visit: Appointment, by: User, typed: Typed, seen: int, now: datetime) -> VisitDraft:
    """Keep what was typed. `seen` is the number of the draft on which it builds (0: there was none). What is saved
    twice is saved once. Raises as `as_writer`, StaleDraft (409) if it was saved since by somebody or in another window,
    Invalid (422) for more than a draft can hold."""
    lock(visit)
    as_writer(visit, by, now)
    content = {name: list(texts) for name, texts in typed.items() if any(texts)}
    if sum(len(name) + sum(map(len, texts)) for name, texts in content.items()) > MOST_TYPED:
        raise Invalid(_("This text is too long for a draft."), field="plan")
    draft = VisitDraft.objects.select_for_update().filter(visit=visit).first()
    if draft is None:
        draft = VisitDraft(visit=visit, patient_id=visit.patient_id, writer=by)
    elif draft.content == content:
        return draft
    require_seen(draft, seen)
    draft.content, draft.saved_at, draft.number = content, now, draft.number + 1
    draft.save()
    return draft


def require_seen(draft: VisitDraft, seen: int) -> None:
    """Raises StaleDraft (409) if the draft was saved since it was read."""
    if draft.number != seen:
        words = _("This draft was changed at %(time)s in another window or on another device. Nothing was overwritten.")
        raise StaleDraft(words % {"time": show_time(draft.saved_at)}, number=draft.number)


def forgettable(now: datetime) -> VisitDraftQuerySet:
    """Drafts that nobody can sign or read any more: of cancelled visits, and of those that were over so long ago that
    their doctor's access to the chart has ended, too."""
    days = max(settings.PRESCRIBE_WITHIN_DAYS, settings.RECORD_ACCESS_DAYS)
    over = Q(visit__ends_at__lt=now - timedelta(days=days))
    return VisitDraft.objects.unrestricted("nobody reads them").filter(Q(visit__status=Status.CANCELLED) | over)


def forget_drafts(*, now: datetime, dry_run: bool = False) -> int:
    """Delete what is forgettable; returns how many drafts."""
    rows = forgettable(now)
    return rows.count() if dry_run else rows.delete()[0]


def note_of(content: Typed) -> Written:
    """What a draft says as a note."""
    texts = {name: (content.get(name) or [""])[0] for name in PARTS}
    return Written(texts, list(content.get("codes") or ()), bool(content.get("is_confidential")))


def typed_of(note: Written) -> dict[str, list[str]]:
    """What a draft holds of a note."""
    typed = {name: [text] for name, text in note.texts.items()}
    return {**typed, "codes": list(note.codes), "is_confidential": ["on"] if note.is_confidential else []}


# --- Taking over -----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_over(*, visit: Appointment, by: User, now: datetime) -> VisitDraft:
    """Go on in a visit in which a colleague writes. What they wrote stays, and who they are; they are told, and the
    history of the visit has a line. Raises Forbidden (403), NoteSigned (409)."""
    lock(visit)
    if VisitNote.objects.filter(visit=visit).exists():
        raise NoteSigned(_("The note of this visit is signed already."))
    if not may_take_over(visit, by, now):
        raise Forbidden(_("Only a doctor of the same clinic who may write in the chart can take over."))
    draft = VisitDraft.objects.select_for_update().filter(visit=visit).first()
    draft = draft or VisitDraft(visit=visit, patient_id=visit.patient_id, writer=visit.doctor.user)
    before = draft.writer
    draft.passed.append({"user": before.pk, "name": before.name, "at": now.astimezone(UTC).isoformat()})
    draft.writer, draft.saved_at, draft.number = by, now, draft.number + 1
    draft.save()
    save_with_reason(visit, "taken over by a colleague")
    data = {"doctor": by.name, "starts_at": visit.starts_at, "number": visit.number}
    notify(notice(to=before, kind=NoticeKind.VISIT_TAKEN_OVER, data=data, about=f"appointment:{visit.pk}"))
    forget()
    return draft


# --- Signing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def sign(*, visit: Appointment, by: User, written: Written, seen: int | None, now: datetime) -> VisitNote:
    """Sign the note of a visit; its draft ends. `seen` as in `save_draft` (None: whatever the draft says). Raises as
    `as_writer`, NotNow and StaleDraft (409), NoteSigned (409), Invalid (422) for an empty note."""
    lock(visit)
    as_writer(visit, by, now)
    require_its_time(visit, now)
    if VisitNote.objects.filter(visit=visit).exists():
        raise NoteSigned(_("The note of this visit is signed already."))
    draft = VisitDraft.objects.select_for_update().filter(visit=visit).first()
    if draft is not None and seen is not None:
        require_seen(draft, seen)
    note = VisitNote(visit=visit, patient_id=visit.patient_id, signed_by=by, signed_at=now)
    note.passed = draft.passed if draft else []
    _fill(note, written, now)
    save_with_reason(note, "signed")
    if draft is not None:
        draft.delete()
    return note


@transaction.atomic
def amend(*, note: VisitNote, by: User, written: Written, reason: str, now: datetime) -> VisitNote:
    """Sign the next version of a note; the former one stays readable. Raises Forbidden (403) for others than whoever
    signed it, NoteSigned (409) if there is a later version, Invalid (422) for an empty note or without a reason."""
    lock(note.visit)
    if note.signed_by_id != by.pk or not by.has_perm("medical_record.amend_visitnote", note):
        raise Forbidden(_("Only the doctor who signed a note can amend it."))
    if VisitNote.objects.filter(amends=note).exists():
        raise NoteSigned(_("There is a later version of this note already."))
    if not reason.strip():
        raise Invalid(_("Enter a reason: it is kept with the note."), field="reason")
    following = VisitNote(visit=note.visit, patient_id=note.patient_id, signed_by=by, signed_at=now)
    following.amends, following.version, following.passed = note, note.version + 1, note.passed
    following.reason = reason.strip()
    _fill(following, written, now)
    save_with_reason(following, "amended")
    return following


def _fill(note: VisitNote, written: Written, now: datetime) -> None:
    if written.is_empty:
        raise Invalid(_("Write something in the note before you sign it."), field="assessment")
    for name, (_label, most) in PARTS.items():
        text = tidy(written.texts.get(name, ""))
        if len(text) > most:
            raise Invalid(_("At most %(most)s letters.") % {"most": most}, field=name)
        setattr(note, name, text)
    if written.is_confidential and not (note.amends and note.amends.is_confidential):
        require_teenager(note.patient, Source.DOCTOR, now)
    note.is_confidential = written.is_confidential
    kept = {row["code"]: row for row in note.amends.codes} if note.amends else {}
    note.codes = [kept.get(code) or found for code, found in _coded(written.codes, kept).items()]
    note.assessment = note.assessment or ", ".join(row["title"] for row in note.codes)


def _coded(codes: Iterable[str], kept: Mapping[str, object]) -> dict[str, Mapping[str, str]]:
    """Code → the code with its title. Raises Invalid (422) for one that the clinic does not use, unless it is kept."""
    asked = list(dict.fromkeys(codes))[:MOST_CODES]
    rows = ConditionCode.objects.in_use().filter(code__in=asked)
    found = {code: {"code": code, "title": title} for code, title in rows.values_list("code", "title")}
    if missing := [code for code in asked if code not in found and code not in kept]:
        raise Invalid(_("%(code)s is not in the clinic's ICD-10 list.") % {"code": missing[0]}, field="codes")
    return {code: found.get(code, {}) for code in asked}


def latest_note(visit: Appointment) -> VisitNote | None:
    """The current version of the note of a visit; the caller logs the reading."""
    rows = VisitNote.objects.unrestricted("of a visit whose reader is checked and logged")
    return rows.latest().filter(visit=visit).select_related("signed_by").first()
