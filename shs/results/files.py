"""Files of results: images as everywhere, and PDFs that are written anew without what is not drawn."""

import io

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.core.errors import Invalid
from shs.core.records.files import JPEG, PDF, PNG, CheckedFile, checked_file

TYPES = (PDF, JPEG, PNG)
MOST_PAGES = 20
MOST_OBJECTS = 50_000
"""A PDF with more parts takes seconds to walk through; a scan has a few in each page."""
DROPPED = (
    *("/AA", "/A", "/OpenAction", "/JS", "/JavaScript", "/Annots", "/AcroForm", "/Names", "/EmbeddedFiles", "/EF"),
    *("/AF", "/Metadata", "/PieceInfo", "/RichMedia", "/StructParents", "/Thumb"),
)
"""Entries that run, open, attach or tell something; pages are drawn without them."""


def safe_file(upload: "File[bytes]") -> tuple[CheckedFile, int]:
    """The content to store, and its number of pages. Raises Invalid (422) for another type, and for a PDF that is
    damaged, locked by a password, or too long."""
    found = checked_file(upload, TYPES)
    if found.content_type != PDF:
        return found, 1
    found.seek(0)
    content, pages = rewritten(found.read())
    if len(content) > settings.DOCUMENT_LIMIT_BYTES:
        raise Invalid(_("This PDF cannot be read. Send a photo of the paper."), field="file")
    return CheckedFile(content, PDF), pages


def rewritten(content: bytes) -> tuple[bytes, int]:
    """The pages of a PDF in a new one, without scripts, links, forms, attachments and hidden data; and their number."""
    from pypdf import PdfReader, PdfWriter  # takes 0.1 s to load, and few processes need it
    from pypdf.errors import PyPdfError

    unreadable = Invalid(_("This PDF cannot be read. Send a photo of the paper."), field="file")
    out = io.BytesIO()
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Invalid(_("This PDF is locked by a password. Send one without, or a photo."), field="file")
        count = len(reader.pages)
        _require_pages(count)
        writer = PdfWriter()
        for page in reader.pages:
            _clean(page)
            writer.add_page(page)
        writer.metadata = None
        writer.write(out)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise unreadable from None
    return out.getvalue(), count


def _require_pages(count: int) -> None:
    if not 1 <= count <= MOST_PAGES:
        raise Invalid(
            ngettext(
                "A PDF must have from 1 to %(count)d page.",
                "A PDF must have from 1 to %(count)d pages.",
                MOST_PAGES,
            )
            % {"count": MOST_PAGES},
            field="file",
        )


def _clean(page: object) -> None:
    """Remove what is DROPPED from a page and from all that it uses, but not from its parent."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    waiting, seen = [page], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if (key := (one.idnum, one.generation)) in seen:
                continue
            seen.add(key)
            if len(seen) > MOST_OBJECTS:
                raise ValueError(len(seen))
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            for name in DROPPED:
                one.pop(name, None)
            waiting += [one.raw_get(name) for name in one if name != "/Parent"]
        elif isinstance(one, ArrayObject):
            waiting += list(one)
