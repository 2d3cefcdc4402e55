"""Routes for verification documents and for decisions."""

from typing import Literal

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from shs.core.api.authentication import requires
from shs.core.types import Day
from shs.credentialing import services
from shs.credentialing.models import DoctorDocument
from shs.credentialing.schemas import Decision, DocumentOut
from shs.credentialing.uploads import served
from shs.doctors.api import doctor_only, own_profile
from shs.doctors.models import DoctorInformation
from shs.doctors.schemas import OwnDoctorOut, own_out
from shs.users.requests import UserRequest

router = Router(tags=["Doctors"])
routers = [("/doctors", router)]


@router.post("/me/documents", auth=doctor_only.limited("upload"), response={201: DocumentOut})
def add_document(
    request: UserRequest,
    kind: Form[Literal["license", "degree", "identity"]],
    file: File[UploadedFile],
    expires_on: Form[Day | None] = None,
) -> Status[DocumentOut]:
    """Send a document for the verification: PDF, JPEG or PNG, at most 5 MB. `expires_on` is the document's own expiry
    date, if it has one."""
    document = services.add_document(
        doctor=own_profile(request), kind=kind, upload=file, expires_on=expires_on, now=timezone.now()
    )
    return Status(201, _document(document))


@router.get("/me/documents", auth=doctor_only, response=list[DocumentOut])
def documents(request: UserRequest) -> list[DocumentOut]:
    """The documents that the caller has sent."""
    return [_document(row) for row in own_profile(request).documents.order_by("-pk")]


@router.get("/me/documents/{id:pk}/file", auth=doctor_only.limited("render"))
def document_file(request: UserRequest, pk: int) -> HttpResponseBase:
    """The file of one document, as an attachment."""
    document = get_object_or_404(DoctorDocument.objects.allowed(request.user, "read"), pk=pk)
    return served(request, document)


@router.patch("/verify/{id:pk}", auth=requires("doctors.decide_doctorinformation"), response=OwnDoctorOut)
def verify(request: UserRequest, pk: int, data: Decision) -> OwnDoctorOut:
    """Approve or reject an application. An approval needs every required check to have passed or to be overridden by a
    second officer."""
    doctor = get_object_or_404(DoctorInformation.objects.allowed(request.user, "decide"), pk=pk)
    return own_out(services.decide(doctor=doctor, **data.model_dump(), by=request.user, now=timezone.now()))


def _document(row: DoctorDocument) -> DocumentOut:
    return {
        "id": row.pk,
        "kind": row.kind,
        "original_name": row.original_name,
        "content_type": row.content_type,
        "size": row.size,
        "expires_on": row.expires_on,
        "created_at": row.created_at,
    }
