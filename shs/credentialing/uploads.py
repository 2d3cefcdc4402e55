"""Serving a doctor's document."""

from django.http import HttpRequest, HttpResponseBase

from shs.core.caller import Caller
from shs.core.grants.table import is_shared, rows_held
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.core.records.files import file_answer
from shs.credentialing.models import DoctorDocument


def served(request: HttpRequest, document: DoctorDocument, *, framed: bool = False) -> HttpResponseBase:
    """The response with a document's file; the caller has checked permission, and the reading is logged here. `framed`
    is for the admin's viewer, which shows a PDF in a frame: scripts in it do not run, and only our own pages may embed
    it."""
    subject, basis = document.doctor.user, _basis(document, request.user)
    log_read(request.user, what="doctor document", ids=[document.pk], subject=subject, basis=basis)
    return file_answer(document.file, document.content_type, filename=document.original_name, framed=framed)


def _basis(document: DoctorDocument, reader: Caller) -> str:
    """Why the reader may open the document: it is their own, it is shared with them, or their duty."""
    if document.doctor.user_id == reader.pk:
        return ReadLog.Basis.OWN
    if not is_shared(document, reader, "read"):
        return ReadLog.Basis.DUTY
    by_duty = DoctorDocument.objects.filter(rows_held(DoctorDocument, reader, "read"), pk=document.pk)
    return ReadLog.Basis.DUTY if by_duty.exists() else ReadLog.Basis.SHARED
