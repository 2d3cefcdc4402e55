"""The API of patients' charts: entries, access log, consents, and export."""

import json
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from shs.core.api.authentication import requires
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.grants.held import holders
from shs.core.grants.models import ObjectGrant
from shs.core.queries import KeptQuery
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.fhir import bundle
from shs.medical_record.models import MedicalRecord
from shs.medical_record.schemas import (
    LOG_ROW,
    ROW,
    AccessLogOut,
    Consent,
    ConsentOut,
    Entry,
    Find,
    RecordOut,
    RecordRow,
    consent_out,
    log_out,
    one_out,
    record_out,
)
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Medical records"])
routers = [("/medical-records", router)]

ENTRIES = KeptQuery(
    lambda **given: (
        MedicalRecord.objects.unrestricted("require_chart refuses whoever may not read this chart")
        .standing()
        .filter(**given)
        .order_by("-recorded_at", "-pk")
        .values(*ROW)
    )
)
"""The entries of the chart of a `patient`, and of a `kind`, latest first."""

may_view = requires("medical_record.view_medicalrecord")
may_share = requires("medical_record.share_medicalrecord")


@router.post("/", auth=requires("medical_record.add_medicalrecord"), response={201: RecordOut})
def add(request: UserRequest, data: Entry) -> Status[RecordOut]:
    """Add an entry: a doctor to the chart of one of their patients, a patient to their own."""
    fields = data.model_dump(exclude={"patient", "code"})
    entry = MedicalRecord(patient=_person(data.patient), code_id=data.code, **fields)
    services.record(entry=entry, by=request.user, now=timezone.now())
    return Status(201, one_out(entry, services.age_of(entry.patient)))


@router.post("/access", auth=may_share, response={201: ConsentOut})
def open_chart(request: UserRequest, data: Consent) -> Status[ConsentOut]:
    """Give a doctor access to the caller's chart. Calling it again replaces the end date."""
    grant = services.open_chart(
        patient=request.user, doctor_id=data.doctor, expires_at=data.expires_at, now=timezone.now()
    )
    return Status(201, consent_out(grant))


@router.get("/access", auth=may_share, response=PageOut[ConsentOut])
def consents(request: UserRequest, paging: Paged) -> PageOut[ConsentOut]:
    """The doctors who have access to the caller's chart by consent, latest first."""
    return paged(_consents(request.user).order_by("-pk"), paging, consent_out)


@router.delete("/access/{id:pk}", auth=may_share, response={204: None})
def close_chart(request: UserRequest, pk: int) -> Status[None]:
    """Revoke a consent, effective immediately."""
    services.close_chart(grant=get_object_or_404(_consents(request.user), pk=pk), reason="withdrawn by the patient")
    return Status(204, None)


@router.get("/{id:patient_id}", auth=may_view, response=PageOut[RecordOut])
def records(request: UserRequest, patient_id: int, find: Query[Find]) -> PageOut[RecordOut]:
    """The entries of a chart, latest first. Reading another person's chart is recorded in their access log."""
    patient = _person(patient_id)
    basis = services.require_chart(request.user, patient, "medical records")
    age = services.age_of(patient)
    given = {"patient": patient.pk, **({"kind": find.kind} if find.kind else {})}
    answer = paged_kept(ENTRIES, find, lambda row: record_out(cast(RecordRow, row), age), **given)
    ids = [row["id"] for row in answer["items"]]
    log_read(request.user, what="medical records", ids=ids, subject=patient, basis=basis)
    return answer


@router.get("/{id:patient_id}/access-log", auth=may_view, response=PageOut[AccessLogOut])
def access_log(request: UserRequest, patient_id: int, paging: Paged) -> PageOut[AccessLogOut]:
    """Who else has read the caller's chart, when and why, including denied attempts; latest first."""
    patient = _person(patient_id)
    services.read_own_chart(request.user, patient, "access log", [])
    rows = ReadLog.objects.about(patient).exclude(basis=ReadLog.Basis.OWN)
    return paged(rows.values(*LOG_ROW).order_by("-at", "-pk"), paging, log_out)


@router.get("/{id:patient_id}/export", auth=may_view)
def export(request: UserRequest, patient_id: int) -> HttpResponse:
    """The caller's whole chart as a FHIR R4 Bundle."""
    patient = _person(patient_id)
    ids = list(patient.medical_records.standing().values_list("pk", flat=True))
    services.read_own_chart(request.user, patient, "export of the chart", ids)
    answer = HttpResponse(json.dumps(bundle(patient, now=timezone.now())), content_type="application/fhir+json")
    answer["Content-Disposition"] = f'attachment; filename="chart-{patient.pk}.json"'
    return answer


def _person(pk: int) -> User:
    return get_object_or_404(User.objects.unrestricted("each route asks and logs").select_related("profile"), pk=pk)


def _consents(patient: User) -> QuerySet[ObjectGrant]:
    rows = holders(patient, "read_chart").filter(source=ObjectGrant.Source.CONSENT, user__doctor__isnull=False)
    return rows.select_related("user__doctor")
