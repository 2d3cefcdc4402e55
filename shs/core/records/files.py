"""Files that people send: what one is, is told by its content; images are written anew, so that nothing rides along in
them; and a file leaves only as `file_answer`."""

import io
import uuid
import warnings
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from shs.core.errors import Invalid

MAX_PIXELS = 40_000_000
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}


class CheckedFile(ContentFile):
    """Content that was looked at: `content_type` is what it is, `name` one that nobody guesses and that tells nothing
    of it."""

    def __init__(self, content: bytes, content_type: str):
        super().__init__(content, name=f"{uuid.uuid4().hex}.{ENDINGS[content_type]}")
        self.content_type = content_type


def checked_file(upload: Any, types: tuple[str, ...]) -> CheckedFile:
    """The content of an upload. Raises Invalid (422) for what is none of `types`, or is larger than
    DOCUMENT_LIMIT_BYTES."""
    if isinstance(upload, CheckedFile) and upload.content_type in types:
        return upload
    if upload.size > settings.DOCUMENT_LIMIT_BYTES:
        limit = settings.DOCUMENT_LIMIT_BYTES // (1024 * 1024)
        raise Invalid(_("A document may have at most %(limit)s MB.") % {"limit": limit}, field="file")
    refusal = Invalid(
        _("Send a PDF, a JPEG or a PNG.") if PDF in types else _("Upload a JPEG or PNG image."), field="file"
    )
    upload.seek(0)
    content = upload.read()
    is_pdf = content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]
    found = CheckedFile(content, PDF) if is_pdf else _rewritten(content, refusal)
    if found.content_type not in types:
        raise refusal
    return found


def _rewritten(content: bytes, refusal: Invalid) -> CheckedFile:
    from PIL import Image, ImageOps, UnidentifiedImageError

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
    return CheckedFile(out.getvalue(), f"image/{kind.lower()}")


class CheckedFieldFile(FieldFile):
    """What a `CheckedFileField` holds."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Check `content`, and store it under the name of a `CheckedFile`."""
        field: Any = self.field
        checked = checked_file(content, field.types)
        super().save(str(checked.name), checked, save)


class CheckedFileField(models.FileField):
    """A file of one of `types`, stored in `folder` under a random name, whichever way it is assigned. No address leads
    to it: a page or route that may give it out answers with `file_answer`."""

    attr_class = CheckedFieldFile

    def __init__(self, *args: Any, folder: str = "", types: tuple[str, ...] = (), **kwargs: Any):
        self.types = types
        super().__init__(*args, **{"upload_to": folder, "max_length": 120, **kwargs})

    def deconstruct(self) -> Any:
        """For a migration it is a path: what may be stored is no matter of the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, {**kwargs, "upload_to": "", "max_length": self.max_length}


def file_answer(file: FieldFile, content_type: str, *, filename: str = "", framed: bool = False) -> FileResponse:
    """The content of `file`, of which somebody has made sure that the caller may read it: to be saved as `filename`, or
    shown where there is none. `framed` is for the viewer of the back office: nothing in it runs, and only our own
    pages may hold it."""
    answer = FileResponse(file.open("rb"), as_attachment=bool(filename) and not framed, filename=filename)
    answer["Content-Type"] = content_type
    answer["X-Content-Type-Options"] = "nosniff"
    if framed:
        answer["X-Frame-Options"] = "SAMEORIGIN"
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return answer
