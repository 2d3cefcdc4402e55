"""The API of prescriptions: issue, read, amend, print; and the public check of a code."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from shs.appointment.models import Appointment
from shs.core.api.authentication import anyone, requires
from shs.core.api.idempotency import idempotent
from shs.core.api.paging import Paged, PageOut, paged, paged_kept
from shs.core.reads.log import log_read
from shs.medical_record.services import require_extent
from shs.prescription import pdf, services
from shs.prescription.answers import LATEST, ROW, PrescriptionRow, answer_of, answers, latest
from shs.prescription.dispensing_schemas import DispensingOut, dispensing_out
from shs.prescription.finding import MedicineFound, find_medicines
from shs.prescription.models import Prescription
from shs.prescription.models.prescription import find_by_code
from shs.prescription.schemas import (
    Amendment,
    MedicineSearch,
    NewPrescription,
    PrescriptionInFull,
    PrescriptionOut,
    VerifiedOut,
    WhichPaper,
    WhichVersion,
    verified_out,
)
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Prescriptions"])
medicines = Router(tags=["Medicines"])
routers = [("/prescriptions", router), ("/medicines", medicines)]

may_view = requires("prescription.view_prescription")


@router.post("/", auth=requires("prescription.issue_prescription").limited("chart"), response={201: PrescriptionInFull})
@idempotent
def prescribe(request: UserRequest, data: NewPrescription) -> Status[PrescriptionInFull]:
    """Issue the prescription of a visit that has begun. Warnings that stop, for example about an allergy, are answered
    with 422 `acknowledgement_needed` and their keys; with a reason for each in `acknowledge` it is issued."""
    visit = get_object_or_404(Appointment.objects.allowed(request.user, "attend"), pk=data.appointment)
    issued = services.prescribe(visit=visit, by=request.user, **data.parts(), now=timezone.now())
    return Status(201, answer_of(issued.pk))


@router.get("/patient/{id:patient_id}", auth=may_view, response=PageOut[PrescriptionOut])
def of_patient(request: UserRequest, patient_id: int, paging: Paged) -> PageOut[PrescriptionOut]:
    """The prescriptions of a patient, newest first, each in its current version."""
    patient = get_object_or_404(User.objects.unrestricted("require_extent asks and logs"), pk=patient_id)
    extent = require_extent(request.user, patient, "prescriptions", of=Prescription, now=timezone.now())

    def out(row: dict[str, object]) -> PrescriptionRow:
        return cast(PrescriptionRow, row)

    if extent.is_whole:
        page = paged_kept(LATEST, paging, out, patient=patient.pk)
    else:
        rows = extent.of(latest(patient=patient.pk), "appointment")
        page = paged(rows.values(*ROW), paging, out)
    ids = [row["id"] for row in page["items"]]
    log_read(request.user, what="prescriptions", ids=ids, subject=patient, basis=extent.basis)
    return {**page, "items": answers(page["items"])}


@router.get("/verify/{code}", auth=anyone.limited("verify"), response=VerifiedOut)
def verify(request: HttpRequest, code: str) -> VerifiedOut:
    """Whether a pharmacy may dispense on the prescription with this code. Public; reveals nothing about the patient."""
    return verified_out(find_by_code(code), timezone.now())


@router.get("/{id:pk}", auth=may_view, response=PrescriptionInFull)
def detail(request: UserRequest, pk: int, which: Query[WhichVersion]) -> PrescriptionInFull:
    """One prescription, in its current version unless another one is requested."""
    found = services.read(reader=request.user, pk=pk, what="prescription", version=which.version)
    return answer_of(found.pk)


@router.put("/{id:pk}", auth=requires("prescription.amend_prescription").limited("chart"), response=PrescriptionInFull)
def amend(request: UserRequest, pk: int, data: Amendment) -> PrescriptionInFull:
    """Issue a new version. The earlier one stays readable with `?version=`, but its code is no longer valid."""
    issued = services.read(reader=request.user, pk=pk, what="prescription")
    data.require_visit(issued)
    amended = services.amend(issued=issued, by=request.user, **data.parts(), reason=data.reason, now=timezone.now())
    return answer_of(amended.pk)


@router.get("/{id:pk}/pdf", auth=may_view.limited("render"))
def paper(request: UserRequest, pk: int, which: Query[WhichPaper]) -> HttpResponse:
    """The prescription with a QR code, on the paper of the clinic, or on A4 or A5 with `paper`."""
    found = services.read(reader=request.user, pk=pk, what="prescription PDF", version=which.version)
    return pdf.answer(request, found, size=which.paper)


@router.get("/{id:pk}/dispensing", auth=may_view, response=DispensingOut)
def dispensing(request: UserRequest, pk: int) -> DispensingOut:
    """What pharmacies have dispensed on a prescription, and the code for the next time."""
    found = services.read(reader=request.user, pk=pk, what="prescription")
    return dispensing_out(found, timezone.now())


@medicines.get("/", auth=requires("prescription.view_medication"), response=list[MedicineFound])
def find_medicine(request: UserRequest, find: Query[MedicineSearch]) -> list[MedicineFound]:
    """Medicines of the catalogue by the beginning of their generic name or of their brand, at most twenty."""
    return find_medicines(find.q)
