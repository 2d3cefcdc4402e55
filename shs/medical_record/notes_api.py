"""The API of the note of a visit: its doctor reads and writes it, its patient reads what is signed."""

from datetime import datetime
from typing import Annotated

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router
from pydantic import Field
from typing_extensions import TypedDict

from shs.appointment.models import Appointment
from shs.core.api.authentication import requires
from shs.core.errors import NotFound
from shs.core.types import In, Text
from shs.medical_record import notes
from shs.medical_record.models import PARTS, VisitDraft, VisitNote
from shs.medical_record.services import read_chart
from shs.users.requests import UserRequest

router = Router(tags=["Notes of visits"])


class NoteIn(In):
    """The note of a visit. Without `sign` it is kept as a draft: `number` is that of the draft on which it builds, as
    the last answer had it (0: there was none). With `sign` it is signed, and stays as it is; a signed note is amended
    with a `reason`. `codes`: ICD-10 codes of the clinic's list. `is_confidential`: not shown to the guardians of a
    patient from 12 to 17."""

    complaint: Annotated[str, Text(2000)] = ""
    findings: Annotated[str, Text(4000)] = ""
    assessment: Annotated[str, Text(2000)] = ""
    plan: Annotated[str, Text(4000)] = ""
    codes: Annotated[list[Annotated[str, Text(8, least=1)]], Field(max_length=notes.MOST_CODES)] = []
    is_confidential: bool = False
    number: Annotated[int, Field(ge=0, le=2_000_000_000, strict=True)] = 0
    sign: bool = False
    reason: Annotated[str, Text(500)] = ""

    def written(self) -> notes.Written:
        """The content of the note."""
        return notes.Written({name: getattr(self, name) for name in PARTS}, self.codes, self.is_confidential)


class CodeOut(TypedDict):
    code: str
    title: str


class FormerOut(TypedDict):
    """Who wrote in the visit `until` a colleague took over."""

    name: str
    until: datetime


class NoteOut(TypedDict):
    """The note of a visit. `state`: `draft` (for whoever writes it alone) or `signed`. `number`: of a draft, on which
    the next saving builds; `version` and `reason`: of a signed note; `written_by`: who signed it, or writes it now."""

    appointment: int
    state: str
    number: int
    version: int
    reason: str
    complaint: str
    findings: str
    assessment: str
    plan: str
    codes: list[CodeOut]
    is_confidential: bool
    written_by: str
    taken_over_from: list[FormerOut]
    signed_at: datetime | None


@router.get("/{id:pk}/note", auth=requires("medical_record.view_visitnote"), response=NoteOut)
def note(request: UserRequest, pk: int) -> NoteOut:
    """The note of a visit as it is signed; for whoever writes it, the draft until then."""
    visit = _visit(pk)
    signed = notes.latest_note(visit)
    _read(request, visit, signed)
    if signed is not None:
        return _signed_out(signed)
    draft = VisitDraft.objects.allowed(request.user, "view").filter(visit=visit).select_related("writer").first()
    if draft is None:
        raise NotFound
    return _draft_out(draft)


@router.put("/{id:pk}/note", auth=requires("appointment.attend_appointment").limited("chart"), response=NoteOut)
def write(request: UserRequest, pk: int, data: NoteIn) -> NoteOut:
    """Keep the note of a visit as a draft, sign it, or amend the signed one. 409 `draft_changed` if somebody else, or
    another device, has saved it since."""
    visit, now, user = _visit(pk), timezone.now(), request.user
    signed = notes.latest_note(visit)
    _read(request, visit, signed)
    if signed is not None:
        amended = notes.amend(note=signed, by=user, written=data.written(), reason=data.reason, now=now)
        return _signed_out(amended)
    if data.sign:
        return _signed_out(notes.sign(visit=visit, by=user, written=data.written(), seen=data.number, now=now))
    draft = VisitDraft.objects.allowed(user, "view").filter(visit=visit).first()
    typed = {**(draft.content if draft else {}), **notes.typed_of(data.written())}
    return _draft_out(notes.save_draft(visit=visit, by=user, typed=typed, seen=data.number, now=now))


def _visit(pk: int) -> Appointment:
    rows = Appointment.objects.unrestricted("read_chart() refuses whoever may not read its chart, and logs")
    return get_object_or_404(rows.select_related("patient", "doctor__user"), pk=pk)


def _read(request: UserRequest, visit: Appointment, signed: VisitNote | None) -> None:
    read_chart(
        request.user,
        visit.patient,
        "visit note",
        [signed.pk] if signed else [],
        visit=visit.pk,
        is_confidential=bool(signed and signed.is_confidential),
    )


def _signed_out(signed: VisitNote) -> NoteOut:
    return {
        "appointment": signed.visit_id,
        "state": "signed",
        "number": 0,
        "version": signed.version,
        "reason": signed.reason,
        "complaint": signed.complaint,
        "findings": signed.findings,
        "assessment": signed.assessment,
        "plan": signed.plan,
        "codes": signed.codes,
        "is_confidential": signed.is_confidential,
        "written_by": signed.signed_by.name,
        "taken_over_from": [{"name": row.name, "until": row.time} for row in signed.formers],
        "signed_at": signed.signed_at,
    }


def _draft_out(draft: VisitDraft) -> NoteOut:
    said = notes.note_of(draft.content)
    return {
        "appointment": draft.visit_id,
        "state": "draft",
        "number": draft.number,
        "version": 0,
        "reason": "",
        "complaint": said.texts["complaint"],
        "findings": said.texts["findings"],
        "assessment": said.texts["assessment"],
        "plan": said.texts["plan"],
        "codes": [{"code": code, "title": ""} for code in said.codes],
        "is_confidential": said.is_confidential,
        "written_by": draft.writer.name,
        "taken_over_from": [{"name": row.name, "until": row.time} for row in draft.formers],
        "signed_at": None,
    }
