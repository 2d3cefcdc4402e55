"""Giving a document of a doctor out."""

from django.http import HttpRequest, HttpResponseBase

from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.core.records.files import file_answer
from shs.credentialing.models import DoctorDocument


def served(request: HttpRequest, document: DoctorDocument, *, framed: bool = False) -> HttpResponseBase:
    """The file of a document whose reading was allowed; the reading is logged. `framed` is for the viewer of the back
    office, which shows a PDF in a frame: nothing in it runs, and only our own pages may hold it."""
    own = document.doctor.user_id == request.user.pk
    basis = ReadLog.Basis.OWN if own else ReadLog.Basis.DUTY
    log_read(request.user, what="doctor document", ids=[document.pk], subject=document.doctor.user, basis=basis)
    return file_answer(document.file, document.content_type, filename=document.original_name, framed=framed)
