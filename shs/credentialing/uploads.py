"""Serving a doctor's document."""

from django.http import HttpRequest, HttpResponseBase

from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.core.records.files import file_answer
from shs.credentialing.models import DoctorDocument


def served(request: HttpRequest, document: DoctorDocument, *, framed: bool = False) -> HttpResponseBase:
    """The response with a document's file; the caller has checked permission, and the reading is logged here. `framed`
    is for the admin's viewer, which shows a PDF in a frame: scripts in it do not run, and only our own pages may embed
    it."""
    own = document.doctor.user_id == request.user.pk
    basis = ReadLog.Basis.OWN if own else ReadLog.Basis.DUTY
    log_read(request.user, what="doctor document", ids=[document.pk], subject=document.doctor.user, basis=basis)
    return file_answer(document.file, document.content_type, filename=document.original_name, framed=framed)
