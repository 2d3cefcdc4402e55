"""Uploaded files: the type is determined by content, images are re-encoded to remove hidden data, and files are served
by `file_answer` only."""

import io
import uuid
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import FileResponse as FileResponse
from django.utils.translation import gettext as _

from shs.core.errors import Invalid

MAX_PIXELS = 40_000_000
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}

if TYPE_CHECKING:
    Bytes = ContentFile[bytes]
else:
    Bytes = ContentFile


class CheckedFile(Bytes):
    """Checked content: `content_type` is the detected type, `name` is random."""

    def __init__(self, content: bytes, content_type: str):
        super().__init__(content, name=f"{uuid.uuid4().hex}.{ENDINGS[content_type]}")
        self.content_type = content_type


def checked_file(upload: "File[bytes]", types: tuple[str, ...]) -> CheckedFile:
    """Check an upload's content. Raises Invalid (422) if it is none of `types` or larger than DOCUMENT_LIMIT_BYTES."""
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
    """The file of a CheckedFileField."""

    field: "CheckedFileField"

    def save(self, name: str, content: "File[bytes]", save: bool = True) -> None:
        """Check `content` and store it under a random name."""
        checked = checked_file(content, self.field.types)
        super().save(str(checked.name), checked, save)


class CheckedFileField(models.FileField):
    """A file of one of `types`, checked and stored in `folder` under a random name however it is assigned. It has no
    URL: a view that has checked permission serves it by `file_answer`."""

    attr_class = CheckedFieldFile

    def __init__(self, *args: object, folder: str = "", types: tuple[str, ...] = (), **kwargs: object) -> None:
        self.types = types
        options = {"upload_to": folder, "max_length": 120, **kwargs}
        super().__init__(*args, **options)  # type: ignore[arg-type]  # passed on as they are

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        """In migrations it is a plain FileField, because types and sizes do not concern the database."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, {**kwargs, "upload_to": "", "max_length": self.max_length}


def file_answer(file: FieldFile, content_type: str, *, filename: str = "", framed: bool = False) -> FileResponse:
    """The response with the content of `file`; the caller has checked permission. It is downloaded as `filename`, or
    shown in the browser if that is None. `framed` is for the admin's viewer: scripts in it do not run, and only our own
    pages may embed it."""
    answer = FileResponse(file.open("rb"), as_attachment=bool(filename) and not framed, filename=filename)
    answer["Content-Type"] = content_type
    answer["X-Content-Type-Options"] = "nosniff"
    if framed:
        answer["X-Frame-Options"] = "SAMEORIGIN"
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return answer
