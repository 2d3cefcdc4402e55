"""Uploads: what a file is, is told by its content; images are written anew, so that nothing rides along in them."""

import io
import warnings
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.credentialing.models import DoctorDocument

MAX_PIXELS = 40_000_000


def checked_upload(upload: Any) -> tuple[ContentFile, str]:
    """The content of an upload and its media type. Raises Invalid (422) for what is not a PDF, JPEG or PNG, or is
    larger than DOCUMENT_LIMIT_BYTES."""
    if upload.size > settings.DOCUMENT_LIMIT_BYTES:
        limit = settings.DOCUMENT_LIMIT_BYTES // (1024 * 1024)
        raise Invalid(_("A document may have at most %(limit)s MB.") % {"limit": limit}, field="file")
    content = upload.read()
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
        return ContentFile(content), "application/pdf"
    return _rewritten(content)


def _rewritten(content: bytes) -> tuple[ContentFile, str]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    refusal = Invalid(_("Send a PDF, a JPEG or a PNG."), field="file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
                kind = str(image.format)
                if image.width * image.height > MAX_PIXELS:
                    raise refusal
                upright = ImageOps.exif_transpose(image)
                if kind == "JPEG":
                    upright = upright.convert("RGB")
                out = io.BytesIO()
                upright.save(out, kind)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,
        SyntaxError,
    ):
        raise refusal from None
    return ContentFile(out.getvalue()), f"image/{kind.lower()}"


def served(request: HttpRequest, document: DoctorDocument, *, framed: bool = False) -> FileResponse:
    """The file of a document whose reading was allowed; the reading is logged. `framed` is for the viewer of the back
    office, which shows a PDF in a frame: nothing in it runs, and only our own pages may hold it."""
    own = document.doctor.user_id == request.user.pk
    basis = ReadLog.Basis.OWN if own else ReadLog.Basis.DUTY
    log_read(request.user, what="doctor document", ids=[document.pk], subject=document.doctor.user, basis=basis)
    answer = FileResponse(document.file.open("rb"), as_attachment=not framed, filename=document.original_name)
    answer["Content-Type"] = document.content_type
    answer["X-Content-Type-Options"] = "nosniff"
    if framed:
        answer["X-Frame-Options"] = "SAMEORIGIN"
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return answer
