"""The API of patients' charts: entries, access log, consents, and export."""

import json
from typing import cast

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from shs.core.ages import TEENAGER, Precision
from shs.core.api.answers import Answer
from shs.core.api.authentication import requires
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.grants.held import holders
from shs.core.grants.models import ObjectGrant
from shs.core.queries import KeptQuery, instance
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.access import shared_rows
from shs.medical_record.fhir import bundle
from shs.medical_record.models import MedicalRecord, MedicalRecordQuerySet
from shs.medical_record.notes_api import router as notes_router
from shs.medical_record.schemas import (
    LOG_ROW,
    ROW,
    AccessLogOut,
    Consent,
    ConsentOut,
    Entry,
    Find,
    GuardianOut,
    OfWhom,
    OneOfWhom,
    RecordOut,
    RecordRow,
    SharedOut,
    consent_out,
    guardian_out,
    log_out,
    one_out,
    record_out,
    shared_out,
)
from shs.medical_record.whose import Whose, sex_of
from shs.users.families import guardians_of, is_under, person_for
from shs.users.models import User
from shs.users.permissions import READ
from shs.users.requests import UserRequest

router = Router(tags=["Medical records"])
routers = [("/medical-records", router), ("/appointments", notes_router)]


def entries(**given: object) -> MedicalRecordQuerySet:
    """The entries of a chart that stand, latest first."""
    rows = MedicalRecord.objects.unrestricted("require_extent refuses whoever may not read this chart")
    return rows.without_errors().filter(**given).order_by("-recorded_at", "-pk")


PERSON = KeptQuery(
    lambda pk: User.objects.unrestricted("each route asks and logs").filter(pk=pk),
    ("id", "profile__date_of_birth", "profile__birth_precision", "profile__gender"),
)
LIST = Answer(PageOut[RecordOut])
ENTRIES = KeptQuery(entries, ROW)
"""The entries of the chart of a `patient`, and of a `kind`, latest first."""

may_view = requires("medical_record.view_medicalrecord")
may_share = requires("medical_record.share_medicalrecord")


@router.post("/", auth=requires("medical_record.add_medicalrecord").limited("chart"), response={201: RecordOut})
def add(request: UserRequest, data: Entry) -> Status[RecordOut]:
    """Add an entry: a doctor to the chart of one of their patients, a patient to their own, a guardian to that of their
    dependant. `patient`: by default the caller."""
    fields = data.model_dump(exclude={"patient", "code"})
    entry = MedicalRecord(patient=_person(data.patient or request.user.pk), code_id=data.code, **fields)
    services.record(entry=entry, by=request.user, now=timezone.now())
    return Status(201, one_out(entry))


@router.post("/access", auth=may_share, response={201: ConsentOut})
def open_chart(request: UserRequest, data: Consent) -> Status[ConsentOut]:
    """Give a doctor access to the caller's chart, or to that of a minor whose guardian the caller is (`patient`).
    Calling it again replaces the end date. A minor with a guardian gets 403."""
    now = timezone.now()
    patient = services.require_consent_of(request.user, data.patient, now)
    grant = services.open_chart(
        patient=patient, doctor_id=data.doctor, expires_at=data.expires_at, by=request.user, now=now
    )
    return Status(201, consent_out(grant))


@router.get("/access", auth=may_share, response=PageOut[ConsentOut])
def consents(request: UserRequest, find: Query[OfWhom]) -> PageOut[ConsentOut]:
    """The doctors who have access by consent to the chart of the caller, or of a `patient` whose guardian they are,
    latest first."""
    person = person_for(request.user, find.patient, READ, "access to the chart", timezone.now())
    return paged(_consents(person).order_by("-pk"), find, consent_out)


@router.get("/access/shared", auth=may_share, response=list[SharedOut])
def shared(request: UserRequest) -> list[SharedOut]:
    """The people with whom an admin has shared a record of the caller's chart, each record by itself."""
    return [shared_out(line) for line in shared_rows(request.user, timezone.now())]


@router.get("/access/guardians", auth=may_share, response=list[GuardianOut])
def guardians(request: UserRequest, find: Query[OneOfWhom]) -> list[GuardianOut]:
    """The guardians who can read the chart of the caller, or of a `patient` whose guardian they are."""
    now = timezone.now()
    person = person_for(request.user, find.patient, READ, "access to the chart", now)
    return [guardian_out(line) for line in guardians_of(person.pk, now, READ)]


@router.delete("/access/{id:pk}", auth=may_share, response={204: None})
def close_chart(request: UserRequest, pk: int, find: Query[OneOfWhom]) -> Status[None]:
    """Revoke a consent of the caller, or of the minor `patient` whose guardian they are, effective immediately."""
    patient = services.require_consent_of(request.user, find.patient, timezone.now())
    is_own = patient.pk == request.user.pk
    reason = "withdrawn by the patient" if is_own else "withdrawn by the guardian"
    services.close_chart(grant=get_object_or_404(_consents(patient), pk=pk), reason=reason)
    return Status(204, None)


@router.get("/{id:patient_id}", auth=may_view, response=PageOut[RecordOut])
def records(request: UserRequest, patient_id: int, find: Query[Find]) -> HttpResponse:
    """The entries of a chart, latest first. Reading another person's chart is recorded in their access log."""
    row = PERSON.first(pk=patient_id)
    if row is None:
        raise Http404
    patient = instance(User, {"id": row["id"]})
    sex, precision = sex_of(row["profile__gender"]), row["profile__birth_precision"] or Precision.DAY
    who = Whose(row["profile__date_of_birth"], timezone.localdate(), sex, precision)
    extent = services.require_extent(request.user, patient, "medical records", of=MedicalRecord, now=timezone.now())
    given = {"patient": patient.pk, **({"kind": find.kind} if find.kind else {})}

    zone = timezone.get_current_timezone()  # asking for it takes as long as converting a time

    def out(row: dict[str, object]) -> RecordOut:
        return record_out(cast(RecordRow, row), who, zone)

    if extent.is_whole:
        answer = paged_kept(ENTRIES, find, out, **given)
    else:
        rows = extent.of(entries(**given))
        answer = paged(rows.values(*ROW), find, out)
    ids = [row["id"] for row in answer["items"]]
    log_read(request.user, what="medical records", ids=ids, subject=patient, basis=extent.basis)
    return LIST(answer)


@router.get("/{id:patient_id}/access-log", auth=may_view, response=PageOut[AccessLogOut])
def access_log(request: UserRequest, patient_id: int, paging: Paged) -> PageOut[AccessLogOut]:
    """Who else has read the caller's chart, when and why, including denied attempts; latest first. Guardians see that
    of a child under 12: later it would show what is confidential."""
    patient = _person(patient_id)
    is_child = is_under(patient, TEENAGER, timezone.localdate())
    services.read_own_chart(request.user, patient, "access log", [], with_guardians=is_child)
    rows = ReadLog.objects.about(patient).exclude(basis=ReadLog.Basis.OWN)
    return paged(rows.values(*LOG_ROW).order_by("-at", "-pk"), paging, log_out)


@router.get("/{id:patient_id}/export", auth=may_view.limited("render"))
def export(request: UserRequest, patient_id: int) -> HttpResponse:
    """The caller's whole chart as a FHIR R4 Bundle; that of a dependant without identity numbers and what is
    confidential."""
    patient, is_own = _person(patient_id), patient_id == request.user.pk
    rows = MedicalRecord.objects.unrestricted("read_own_chart() refuses others").filter(patient=patient)
    ids = list(rows.without_errors().seen(in_full=is_own).values_list("pk", flat=True))
    services.read_own_chart(request.user, patient, "export of the chart", ids)
    found = bundle(patient, now=timezone.now(), reveals=is_own, in_full=is_own)
    answer = HttpResponse(json.dumps(found), content_type="application/fhir+json")
    answer["Content-Disposition"] = f'attachment; filename="chart-{patient.pk}.json"'
    return answer


def _person(pk: int) -> User:
    return get_object_or_404(User.objects.unrestricted("each route asks and logs").select_related("profile"), pk=pk)


def _consents(patient: User) -> QuerySet[ObjectGrant]:
    rows = holders(patient, "read_chart").filter(source=ObjectGrant.Source.CONSENT, user__doctor__isnull=False)
    return rows.select_related("user__doctor")
